//! Taking an input apart into the texts a property wants.

/// The input up to the first line break, and what follows it. Nothing where it is not UTF-8: what
/// is looked at here comes as text.
pub(crate) fn first_line(data: &[u8]) -> Option<(&str, &str)> {
    let text = std::str::from_utf8(data).ok()?;
    Some(text.split_once('\n').unwrap_or((text, "")))
}
