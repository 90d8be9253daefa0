//! Texts without quotes, as YAML 1.1 reads them.
//!
//! Clients read `0123` as the number 83 and send that as the password. Who reads the file
//! otherwise logs in where they cannot, or the other way round; so such texts have to be quoted.
//! Source: YAML 1.1 types `int`, `float` and `timestamp`, as PyYAML implements them.

/// Whether a client would make another text of this one.
pub(super) fn changes(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_decimal = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.is_empty();
    if is_decimal && !text.starts_with('+') && (digits == "0" || !digits.starts_with('0')) {
        // A whole number that is written as it would be printed; `-0` alone is not.
        return text == "-0";
    }
    is_whole(digits) || is_fraction(digits) || is_date(text)
}

fn is_whole(digits: &str) -> bool {
    let all = |text: &str, of: &str| !text.is_empty() && text.chars().all(|c| of.contains(c));
    if let Some(rest) = digits.strip_prefix("0b") {
        return all(rest, "01_");
    }
    if let Some(rest) = digits.strip_prefix("0x") {
        return all(rest, "0123456789abcdefABCDEF_");
    }
    if let Some(rest) = digits.strip_prefix('0') {
        return rest.is_empty() || all(rest, "01234567_");
    }
    let begins = digits.starts_with(|first: char| first.is_ascii_digit());
    let mut parts = digits.split(':');
    begins && parts.next().is_some_and(|first| all(first, "0123456789_")) && parts.all(is_sixtieth)
}

fn is_fraction(digits: &str) -> bool {
    if matches!(digits, ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let (number, exponent) = match digits.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, Some(exponent)),
        None => (digits, None),
    };
    let Some((whole, fraction)) = number.split_once('.') else {
        return false;
    };
    let is_exponent = exponent.is_none_or(|exponent| {
        let signed = exponent.strip_prefix(['+', '-']);
        signed.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()))
    });
    let is_number = |text: &str| text.chars().all(|c| c.is_ascii_digit() || c == '_');
    let begins = |text: &str| text.starts_with(|first: char| first.is_ascii_digit());
    let mut parts = whole.split(':');
    let is_whole = if whole.is_empty() {
        begins(fraction)
    } else {
        begins(whole) && parts.next().is_some_and(is_number) && parts.all(is_sixtieth)
    };
    is_exponent && is_whole && is_number(fraction)
}

/// A place of a number that counts by sixties.
fn is_sixtieth(text: &str) -> bool {
    match text.as_bytes() {
        [digit] => digit.is_ascii_digit(),
        [ten, digit] => (b'0'..=b'5').contains(ten) && digit.is_ascii_digit(),
        _ => false,
    }
}

/// `2026-01-31`, or that with a time after it.
fn is_date(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let is_number = |text: &str, least: usize, most: usize| {
        (least..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let (Some(year), Some(month), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let end = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    let (day, time) = rest.split_at(end);
    let is_time = time.is_empty() || time.starts_with(['t', 'T', ' ', '\t']) && time.contains(':');
    is_number(year, 4, 4) && is_number(month, 1, 2) && is_number(day, 1, 2) && is_time
}

#[cfg(test)]
mod tests {
    use super::changes;

    /// What `str(yaml.safe_load(text))` of PyYAML says is another text.
    #[test]
    fn numbers_and_dates_have_to_be_quoted() {
        for text in [
            "0123",
            "+1",
            "-0",
            "1_000",
            "0x1F",
            "0b101",
            "1:30",
            "190:20:30",
            "1.10",
            "1.",
            ".5",
            "1.0e+10",
            "00",
            "-012",
            "2026-01-31",
            "2026-01-31T10:00:00Z",
            "2026-01-31 10:00:00",
            ".inf",
            "-.inf",
            ".nan",
            "1:30.5",
        ] {
            assert!(changes(text), "{text}");
        }
        for text in [
            "0",
            "12345",
            "-12",
            "10.0.0.1",
            "1e10",
            "0123abc",
            "089",
            "a1",
            "",
            "1.0e10",
            "-",
            "+",
            ".",
            "x.5",
            "1:99",
            "2026-01",
            "2026-01-31x",
            "s3cret",
            "1,000",
            "0x",
            "0b2",
            "9".repeat(40).as_str(),
        ] {
            assert!(!changes(text), "{text}");
        }
    }
}
