//! JSON pointers (RFC 6901).

use std::borrow::Cow;
use std::fmt;

/// A JSON pointer into the request's body, grown one step at a time.
///
/// ```
/// use portcullis_guest::Pointer;
///
/// let step = Pointer::root().key("deploy_steps").index(3);
/// assert_eq!(step.key("a/b~c").to_string(), "/deploy_steps/3/a~1b~0c");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pointer(String);

impl Pointer {
    /// The whole body.
    pub fn root() -> Self {
        Self::default()
    }

    /// The member `key` of this object.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        let mut text = String::with_capacity(self.0.len() + 1 + key.len());
        text.push_str(&self.0);
        text.push('/');
        for character in key.chars() {
            match character {
                '~' => text.push_str("~0"),
                '/' => text.push_str("~1"),
                other => text.push(other),
            }
        }
        Self(text)
    }

    /// The item at `index` of this array.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.key(&index.to_string())
    }

    /// A pointer that the host has told.
    pub(crate) fn told(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The pointer as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Pointer> for String {
    fn from(pointer: Pointer) -> Self {
        pointer.0
    }
}

impl From<&Pointer> for String {
    fn from(pointer: &Pointer) -> Self {
        pointer.0.clone()
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The place in the body that a declared field names; none for a field from elsewhere.
pub(crate) fn in_body(field: &str) -> Option<&str> {
    let rest = field.strip_prefix("/body")?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

/// The steps of a pointer, without their escapes. `None` for text that is not a pointer.
pub(crate) fn steps(pointer: &str) -> Option<impl Iterator<Item = Cow<'_, str>>> {
    let rest = match pointer.strip_prefix('/') {
        Some(rest) => Some(rest),
        None if pointer.is_empty() => None,
        None => return None,
    };
    Some(
        rest.into_iter()
            .flat_map(|rest| rest.split('/'))
            .map(unescape),
    )
}

fn unescape(step: &str) -> Cow<'_, str> {
    if step.contains('~') {
        Cow::Owned(step.replace("~1", "/").replace("~0", "~"))
    } else {
        Cow::Borrowed(step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_escaped_and_read_back() {
        let pointer = Pointer::root().key("a/b").key("~1").index(0).key("");
        assert_eq!(pointer.as_str(), "/a~1b/~01/0/");
        let back: Vec<_> = steps(pointer.as_str()).expect("a pointer").collect();
        assert_eq!(back, ["a/b", "~1", "0", ""]);
        assert_eq!(steps("").expect("the root").count(), 0);
        assert!(steps("a").is_none());
    }

    #[test]
    fn only_body_fields_have_a_place_in_the_body() {
        assert_eq!(in_body("/body/target"), Some("/target"));
        assert_eq!(in_body("/body"), Some(""));
        assert_eq!(in_body("/bodyguard"), None);
        assert_eq!(in_body("/node/name"), None);
    }
}
