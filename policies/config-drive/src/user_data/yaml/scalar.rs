//! Plain scalars, typed as in YAML 1.1.

use super::Value;
use saphyr_parser::{ScalarStyle, Tag};
use std::borrow::Cow;

pub(super) fn scalar(text: Cow<'_, str>, style: ScalarStyle, tag: Option<&Tag>) -> Value {
    let tag = tag.filter(|tag| tag.is_yaml_core_schema());
    match tag.map(|tag| tag.suffix.as_str()) {
        Some("binary" | "timestamp") => Value::Other,
        Some("str") => Value::Text(text.into_owned()),
        Some(_) => plain(&text),
        None if style == ScalarStyle::Plain => plain(&text),
        None => Value::Text(text.into_owned()),
    }
}

/// The type of a plain scalar in YAML 1.1.
pub(super) fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => {
            Value::Boolean(true)
        }
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => {
            Value::Boolean(false)
        }
        _ => number(text).unwrap_or_else(|| {
            if is_date(text) {
                Value::Other
            } else {
                Value::Text(text.to_owned())
            }
        }),
    }
}

fn number(text: &str) -> Option<Value> {
    let first = text.bytes().next()?;
    if !first.is_ascii_digit() && !matches!(first, b'+' | b'-' | b'.') {
        return None;
    }
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if matches!(digits, ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN") {
        return Some(Value::Float(f64::INFINITY));
    }
    let plain: String = digits
        .chars()
        .filter(|character| *character != '_')
        .collect();
    if !plain.starts_with(|character: char| character.is_ascii_digit() || character == '.') {
        return None;
    }
    let radix = |digits: &str, radix: u32| {
        let number = i64::from_str_radix(digits, radix).ok()?;
        Some(Value::Integer(sign * number))
    };
    if let Some(digits) = plain.strip_prefix("0x") {
        return radix(digits, 16);
    }
    if let Some(digits) = plain.strip_prefix("0b") {
        return radix(digits, 2);
    }
    if plain.len() > 1 && plain.starts_with('0') && plain.bytes().all(|byte| byte.is_ascii_digit())
    {
        // Octal, as long as its digits are; `0o` is not of this version.
        return radix(&plain, 8);
    }
    if plain.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(plain.parse().map_or(Value::Float(f64::MAX), |number: i64| {
            Value::Integer(sign * number)
        }));
    }
    if let Some(number) = sexagesimal(&plain) {
        return Some(Value::Integer(sign * number));
    }
    let is_float = plain.contains('.')
        && plain
            .bytes()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-'))
        && plain.bytes().any(|byte| byte.is_ascii_digit());
    is_float.then(|| {
        plain
            .parse()
            .map_or(Value::Text(text.to_owned()), Value::Float)
    })
}

/// Numbers such as `1:30`, to the base of 60.
fn sexagesimal(text: &str) -> Option<i64> {
    let (first, rest) = text.split_once(':')?;
    if first.starts_with('0') || !first.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut number: i64 = first.parse().ok()?;
    for part in rest.split(':') {
        let is_part =
            (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        let part: i64 = part.parse().ok().filter(|part| is_part && *part < 60)?;
        number = number.checked_mul(60)?.checked_add(part)?;
    }
    Some(number)
}

/// Dates such as `2026-01-31`, with or without a time.
fn is_date(text: &str) -> bool {
    let Some(date) = text.get(..10) else {
        return false;
    };
    let rest = text.get(10..).unwrap_or_default();
    date.bytes().enumerate().all(|(index, byte)| match index {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    }) && (rest.is_empty() || (rest.starts_with(['T', 't', ' ']) && rest.contains(':')))
}
