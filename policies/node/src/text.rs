//! Characters.

/// True for text that would write lines of its own into a log, or move a terminal's cursor.
pub(crate) fn is_controlled(text: &str) -> bool {
    text.chars().any(is_forgery)
}

/// As [`is_controlled`], but for what stands in text of several lines.
pub(crate) fn is_controlled_but_for_lines(text: &str) -> bool {
    text.chars()
        .any(|character| is_forgery(character) && !matches!(character, '\n' | '\r' | '\t'))
}

/// Control characters, and those that break lines or turn text around unseen.
fn is_forgery(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether there is something and all of it is letters, digits and `others`.
pub(crate) fn is_made_of(text: &str, others: &[u8]) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || others.contains(&byte))
}

/// As Ironic reads UUIDs: hyphens do not count, nor do braces and `urn:uuid:`, which no name has.
pub(crate) fn is_uuid(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
        && text.bytes().filter(u8::is_ascii_hexdigit).count() == 32
}

/// A number as Ironic takes it: an integer, or digits.
pub(crate) fn whole_number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // More digits than fit are a number all the same, above every limit.
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}
