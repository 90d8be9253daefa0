//! Looking through a text once, although what is near is dealt with first.

/// What was found further on in a text while something before it was looked for.
#[derive(Default)]
pub(crate) struct Ahead {
    pub(crate) needle: Found,
    pub(crate) control: Found,
    pub(crate) own: Found,
}

/// A place that was looked for once.
#[derive(Default)]
pub(crate) enum Found {
    #[default]
    Unknown,
    At(usize),
    Nowhere,
}

impl Found {
    /// The place, if it is not before `from`; else it is looked for anew.
    pub(crate) fn at_or_after(
        &mut self,
        from: usize,
        find: impl FnOnce() -> Option<usize>,
    ) -> Option<usize> {
        match *self {
            Self::At(place) if place >= from => Some(place),
            Self::Nowhere => None,
            Self::Unknown | Self::At(_) => {
                let found = find();
                *self = found.map_or(Self::Nowhere, Self::At);
                found
            }
        }
    }
}
