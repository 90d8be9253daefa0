//! Times of the week.

use crate::destruction::Kind;
use portcullis_guest::{Pointer, SettingsProblem, problem};
use serde::Deserialize;

const MINUTES_A_DAY: u32 = 24 * 60;

/// When something may be destroyed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Window {
    /// What is bound to it.
    #[serde(default = "everything")]
    pub(crate) kinds: Vec<Kind>,
    /// When it is open, in UTC.
    open: Vec<Span>,
}

fn everything() -> Vec<Kind> {
    Kind::ALL.into()
}

/// A span of time on each of some days.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Span {
    /// Days on which it begins; all of them where it is left out.
    #[serde(default = "whole_week")]
    days: Vec<Day>,
    /// `HH:MM`.
    from: String,
    /// `HH:MM`, up to `24:00`. What does not lie behind `from` is of the next day.
    to: String,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

const WEEK: [Day; 7] = [
    Day::Mon,
    Day::Tue,
    Day::Wed,
    Day::Thu,
    Day::Fri,
    Day::Sat,
    Day::Sun,
];

fn whole_week() -> Vec<Day> {
    WEEK.into()
}

impl Window {
    /// Whether it is open at `time`, which is as RFC 3339 writes it, in UTC. At a time that
    /// cannot be read it is closed.
    pub(crate) fn is_open(&self, time: &str) -> bool {
        moment(time).is_some_and(|(day, minute)| {
            let open = |span: &Span| span.holds(day, minute);
            self.open.iter().any(open)
        })
    }

    /// When it is open, in words.
    pub(crate) fn words(&self) -> String {
        let span = |span: &Span| {
            let days: Vec<String> = span.days.iter().map(|day| format!("{day:?}")).collect();
            format!("{} {} to {} UTC", days.join(" "), span.from, span.to)
        };
        let spans: Vec<String> = self.open.iter().map(span).collect();
        if spans.is_empty() {
            "never".to_owned()
        } else {
            spans.join(", ")
        }
    }

    /// Finds what the schema lets through.
    pub(crate) fn check(&self, place: &Pointer) -> Vec<SettingsProblem> {
        let mut problems = Vec::new();
        for (index, span) in self.open.iter().enumerate() {
            let place = place.key("open").index(index);
            for (key, text) in [("from", &span.from), ("to", &span.to)] {
                if minutes(text).is_none() {
                    let message = "no time of day, expected HH:MM from 00:00 to 24:00";
                    problems.push(problem(place.key(key), message));
                }
            }
        }
        problems
    }
}

impl Span {
    fn holds(&self, day: usize, minute: u32) -> bool {
        let (Some(from), Some(to)) = (minutes(&self.from), minutes(&self.to)) else {
            return false;
        };
        let begins = |day: usize| WEEK.get(day % 7).is_some_and(|it| self.days.contains(it));
        if from < to {
            begins(day) && (from..to).contains(&minute)
        } else {
            // Over midnight: its first part, or the rest of what began the day before.
            begins(day) && minute >= from || begins(day + 6) && minute < to
        }
    }
}

/// Minutes since midnight.
fn minutes(text: &str) -> Option<u32> {
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute) = (number(hour, 2)?, number(minute, 2)?);
    let minutes = hour * 60 + minute;
    (minute < 60 && minutes <= MINUTES_A_DAY).then_some(minutes)
}

fn number(text: &str, digits: usize) -> Option<u32> {
    let plain = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

/// Day of the week, from 0 for Monday, and minutes since midnight.
fn moment(time: &str) -> Option<(usize, u32)> {
    let (date, clock) = time.split_once('T')?;
    let clock = clock.strip_suffix('Z').or(clock.strip_suffix("+00:00"))?;
    let mut date = date.splitn(3, '-');
    let year = number(date.next()?, 4)?;
    let month = number(date.next()?, 2)?;
    let day = number(date.next()?, 2)?;
    let minute = minutes(clock.get(..5)?)?;
    let sound = (1..=12).contains(&month) && (1..=31).contains(&day) && minute < MINUTES_A_DAY;
    sound.then_some((weekday(year, month, day), minute))
}

/// By Sakamoto's method, turned to begin the week on Monday.
fn weekday(year: u32, month: u32, day: u32) -> usize {
    const OFFSETS: [u32; 12] = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4];
    let offset = month
        .checked_sub(1)
        .and_then(|index| OFFSETS.get(index as usize))
        .copied()
        .unwrap_or_default();
    // A year of more keeps the year 0 from going below it; 400 years are whole weeks.
    let year = year + 400 - u32::from(month < 3);
    ((year + year / 4 - year / 100 + year / 400 + offset + day + 6) % 7) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_the_week() {
        let check = |date: (u32, u32, u32), day: usize| {
            assert_eq!(weekday(date.0, date.1, date.2), day, "{date:?}");
        };
        check((1970, 1, 1), 3);
        check((2000, 2, 29), 1);
        check((2024, 2, 29), 3);
        check((2024, 3, 1), 4);
        check((2026, 11, 23), 0);
        check((2100, 2, 28), 6);
        check((2100, 3, 1), 0);
    }

    fn open(json: &str, time: &str) -> bool {
        let window: Window = serde_json::from_str(json).expect("a window");
        assert!(window.check(&Pointer::root()).is_empty(), "{json}");
        window.is_open(time)
    }

    #[test]
    fn a_window_is_open_from_its_first_minute_to_before_its_last() {
        let night = r#"{"open": [{"days": ["mon"], "from": "08:00", "to": "09:30"}]}"#;
        assert!(open(night, "2026-11-23T08:00:00Z"));
        assert!(open(night, "2026-11-23T09:29:59.999999Z"));
        assert!(open(night, "2026-11-23T09:29:59+00:00"));
        assert!(!open(night, "2026-11-23T07:59:59Z"));
        assert!(!open(night, "2026-11-23T09:30:00Z"));
        assert!(!open(night, "2026-11-24T08:30:00Z"));
    }

    #[test]
    fn a_window_over_midnight_belongs_to_the_day_it_begins_on() {
        let night = r#"{"open": [{"days": ["sun"], "from": "22:00", "to": "04:00"}]}"#;
        assert!(open(night, "2026-11-22T23:00:00Z"));
        assert!(open(night, "2026-11-23T03:59:00Z"));
        assert!(!open(night, "2026-11-23T04:00:00Z"));
        assert!(!open(night, "2026-11-23T23:00:00Z"));
        assert!(!open(night, "2026-11-22T03:00:00Z"));
    }

    #[test]
    fn a_whole_day_and_no_day() {
        let day = r#"{"open": [{"days": ["mon"], "from": "00:00", "to": "24:00"}]}"#;
        assert!(open(day, "2026-11-23T00:00:00Z"));
        assert!(open(day, "2026-11-23T23:59:59Z"));
        assert!(!open(day, "2026-11-24T00:00:00Z"));
        assert!(!open(r#"{"open": []}"#, "2026-11-23T00:00:00Z"));
    }

    #[test]
    fn at_a_time_that_cannot_be_read_nothing_is_open() {
        let always = r#"{"open": [{"from": "00:00", "to": "24:00"}]}"#;
        assert!(open(always, "2026-11-23T08:00:00Z"));
        for time in [
            "",
            "2026-11-23",
            "2026-11-23T08:00:00",
            "2026-11-23T08:00:00+02:00",
            "2026-13-23T08:00:00Z",
            "2026-11-00T08:00:00Z",
            "2026-11-23T24:00:00Z",
            "2026-11-23T8:00Z",
            "20261123T080000Z",
            "2026-11-23Té8:00:00Z",
        ] {
            assert!(!open(always, time), "{time}");
        }
    }
}
