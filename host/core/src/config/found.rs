//! How an error shows what it found.

use toml::de::DeValue;

/// A value as an error shows it; only its type when it may be a secret.
pub(super) fn found(value: &DeValue<'_>, secret: bool) -> String {
    match value {
        DeValue::String(_) if secret => String::from("a text"),
        // What stands before an `@` in an address is often a password.
        DeValue::String(text) if text.contains('@') => String::from("a text with `@` in it"),
        DeValue::String(text) => quoted(text),
        DeValue::Integer(_) | DeValue::Float(_) if secret => String::from("a number"),
        DeValue::Integer(integer) => quoted(&integer.to_string()),
        DeValue::Float(float) => quoted(float.as_str()),
        DeValue::Boolean(_) if secret => String::from("`true` or `false`"),
        DeValue::Boolean(switch) => quoted(&switch.to_string()),
        DeValue::Datetime(_) => String::from("a date or time"),
        DeValue::Array(items) if items.is_empty() => String::from("an empty list"),
        DeValue::Array(_) => String::from("a list"),
        DeValue::Table(_) => String::from("a table"),
    }
}

/// The start of a text, on one line.
pub(super) fn quoted(text: &str) -> String {
    const SHOWN: usize = 80;
    let start: String = text.chars().take(SHOWN).collect();
    let rest = if start.len() < text.len() { "..." } else { "" };
    format!("`{}{rest}`", on_one_line(&start))
}

/// A text whose control characters are spelled out.
pub(super) fn on_one_line(text: &str) -> String {
    let plain = |c: char| {
        if c.is_control() {
            c.escape_default().to_string()
        } else {
            c.into()
        }
    };
    text.chars().map(plain).collect()
}
