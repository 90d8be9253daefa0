//! Which numbers every reader takes for the same number.

/// Most significant digits a double keeps.
const DOUBLE_DIGITS: usize = 17;

/// Length of the number that `bytes` begins with, by the JSON grammar; `None` if it is not one.
pub(super) fn scan(bytes: &[u8]) -> Option<usize> {
    let sign = usize::from(bytes.first() == Some(&b'-'));
    let mut at = match bytes.get(sign)? {
        b'0' => sign + 1,
        b'1'..=b'9' => sign + digits(bytes, sign),
        _ => return None,
    };
    if bytes.get(at) == Some(&b'.') {
        let fraction = digits(bytes, at + 1);
        if fraction == 0 {
            return None;
        }
        at += 1 + fraction;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let signed = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let exponent = digits(bytes, at + 1 + signed);
        if exponent == 0 {
            return None;
        }
        at += 1 + signed + exponent;
    }
    Some(at)
}

fn digits(bytes: &[u8], from: usize) -> usize {
    bytes
        .get(from..)
        .unwrap_or_default()
        .iter()
        .take_while(|b| b.is_ascii_digit())
        .count()
}

/// Whether reading the number and writing it again gives the same number, in a language with
/// 64-bit integers and in one with doubles.
///
/// `number` satisfies [`scan`].
pub(super) fn survives(number: &str) -> bool {
    let is_integer = !number.contains(['.', 'e', 'E']);
    if is_integer {
        return number.len() <= 9 || number.parse::<i64>().is_ok() || number.parse::<u64>().is_ok();
    }
    let mantissa = number.split(['e', 'E']).next().unwrap_or_default();
    let significant = mantissa
        .trim_start_matches(['-', '0', '.'])
        .bytes()
        .filter(u8::is_ascii_digit)
        .count();
    let value: f64 = number.parse().unwrap_or(f64::INFINITY);
    let vanishes = value == 0.0 && significant > 0;
    value.is_finite() && significant <= DOUBLE_DIGITS && !vanishes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_the_grammar() {
        let check = |text: &str, expected: Option<usize>| {
            assert_eq!(scan(text.as_bytes()), expected, "{text}")
        };
        check("0", Some(1));
        check("-0", Some(2));
        check("12,", Some(2));
        check("1.50e+3]", Some(7));
        check("01", Some(1));
        check("-", None);
        check("+1", None);
        check("1.", None);
        check("1e", None);
        check(".5", None);
        check("NaN", None);
    }

    #[test]
    fn numbers_that_change_when_read_are_found() {
        let check = |text: &str, expected: bool| assert_eq!(survives(text), expected, "{text}");
        check("9223372036854775807", true);
        check("18446744073709551615", true);
        check("18446744073709551616", false);
        check("-9223372036854775809", false);
        check("0.1", true);
        check("1e308", true);
        check("1e309", false);
        check("1e-400", false);
        check("0.0", true);
        check("0e9", true);
        check("3.14159265358979323846", false);
        check(&"9".repeat(5000), false);
    }
}
