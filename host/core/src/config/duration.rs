//! Durations as an operator writes them: a whole number and one unit.

use std::time::Duration;

const UNITS: [(&str, u64); 4] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];

/// Reads `50ms`, `5s`, `10m` or `2h`.
pub(super) fn parse(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.find(|c: char| !c.is_ascii_digit())?)?;
    let (_, milliseconds) = UNITS.iter().find(|(name, _)| *name == unit.trim_start())?;
    Some(Duration::from_millis(
        number.parse::<u64>().ok()?.checked_mul(*milliseconds)?,
    ))
}

/// Writes a duration of whole milliseconds in its largest whole unit.
pub(super) fn show(duration: Duration) -> String {
    let all = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let largest = UNITS
        .iter()
        .rev()
        .find(|(_, unit)| all >= *unit && all.is_multiple_of(*unit));
    largest.map_or_else(
        || format!("{all}ms"),
        |(name, unit)| format!("{}{name}", all / unit),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read() {
        let check = |text: &str, expected: Option<u64>| {
            assert_eq!(parse(text), expected.map(Duration::from_millis), "{text}");
        };
        check("0s", Some(0));
        check("50ms", Some(50));
        check("5 s", Some(5_000));
        check("10m", Some(600_000));
        check("2h", Some(7_200_000));
        for bad in [
            "",
            "5",
            "s",
            "-5s",
            "1.5s",
            "5sec",
            "5 s ",
            "18446744073709551615h",
            "٣s",
        ] {
            check(bad, None);
        }
    }

    #[test]
    fn a_duration_is_written_as_it_was_read() {
        for text in ["0ms", "50ms", "1500ms", "5s", "90s", "10m", "2h"] {
            assert_eq!(show(parse(text).unwrap()), text);
        }
    }
}
