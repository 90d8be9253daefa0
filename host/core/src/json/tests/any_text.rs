//! Whatever a text is, it is refused, or read as every other reader would read it.

use serde_json::Value as Other;

use super::*;

/// A generator of numbers that are the same in every run.
struct Numbers(u64);

impl Numbers {
    const SEED: Self = Self(0x9e37_79b9_7f4a_7c15);

    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit.max(1) as u64).unwrap()
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

const SPACES: &[&str] = &["", "", "", " ", "\n", "\t \r\n"];
const SCALARS: &[&str] = &[
    "null",
    "true",
    "false",
    "0",
    "-0",
    "-1",
    "1.50",
    "2e3",
    "-1.25E-7",
    "9223372036854775807",
    "18446744073709551615",
    "0.30000000000000004",
    "1e308",
];
const TEXTS: &[&str] = &[
    "",
    "name",
    "a/b~c",
    "caf\u{e9} \u{1f600}",
    r#"\u0061\n\t\r\b\f\/\\\""#,
    r"\ud83d\ude00",
    r"\u0000",
    "longer than a machine word, so that both ways to look for its end are taken",
];

/// A text that has to be accepted.
fn strict(numbers: &mut Numbers, depth: usize) -> String {
    let space = numbers.pick(SPACES);
    let inner = match numbers.below(if depth == 0 { 2 } else { 5 }) {
        0 => numbers.pick(SCALARS).to_owned(),
        1 => format!("\"{}\"", numbers.pick(TEXTS)),
        2 => {
            let items: Vec<_> = (0..numbers.below(5))
                .map(|_| strict(numbers, depth - 1))
                .collect();
            format!("[{}{space}]", items.join(","))
        }
        _ => {
            let members: Vec<_> = (0..numbers.below(5))
                .map(|at| {
                    // The number in front keeps keys apart.
                    let key = format!("{at}{}", numbers.pick(TEXTS));
                    let value = strict(numbers, depth - 1);
                    format!("{space}\"{key}\"{space}:{value}")
                })
                .collect();
            format!("{{{}{space}}}", members.join(","))
        }
    };
    format!("{space}{inner}{space}")
}

/// Asserts that both readers found the same.
fn assert_alike(ours: Value<'_>, theirs: &Other, text: &str) {
    match (ours.typed(), theirs) {
        (Typed::Null, Other::Null) => {}
        (Typed::Boolean(ours), Other::Bool(theirs)) => assert_eq!(ours, *theirs, "{text}"),
        (Typed::Number(ours), Other::Number(theirs)) => {
            let ours: serde_json::Number = ours.parse().unwrap();
            assert_eq!(ours, *theirs, "{text}");
        }
        (Typed::Text(ours), Other::String(theirs)) => assert_eq!(ours, *theirs, "{text}"),
        (Typed::Array(_), Other::Array(theirs)) => {
            let ours: Vec<_> = ours.items().collect();
            assert_eq!(ours.len(), theirs.len(), "{text}");
            for (ours, theirs) in ours.into_iter().zip(theirs) {
                assert_alike(ours, theirs, text);
            }
        }
        (Typed::Object(_), Other::Object(theirs)) => {
            let ours: Vec<_> = ours.members().collect();
            assert_eq!(ours.len(), theirs.len(), "{text}");
            for (key, ours) in ours {
                assert_alike(ours, &theirs[&*key], text);
            }
        }
        _ => panic!("of different types: {text}"),
    }
}

#[test]
fn strict_texts_are_read_as_others_read_them() {
    let mut numbers = Numbers::SEED;
    for _ in 0..3_000 {
        let text = strict(&mut numbers, 4);
        let ours = read(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"));
        let theirs = serde_json::from_str(&text).unwrap();
        assert_alike(ours.root(), &theirs, &text);
    }
}

#[test]
fn damaged_texts_are_refused_or_read_as_others_read_them() {
    const PIECES: &[&str] = &[
        "", "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\ud800", "\\x", "0", "-", ".", "e9",
        "1e999", "nul", "true", " ", "\n", "\0", "\u{7f}", "\u{feff}", "\u{e9}", "NaN", "/*",
        "\"0\":",
    ];
    let mut numbers = Numbers::SEED;
    let (mut accepted, mut refused) = (0, 0);
    for _ in 0..20_000 {
        let mut text = strict(&mut numbers, 3).into_bytes();
        for _ in 0..=numbers.below(3) {
            let start = numbers.below(text.len() + 1);
            let end = (start + numbers.below(3)).min(text.len());
            let piece = numbers.pick(PIECES);
            text.splice(start..end, piece.bytes());
        }
        let shown = String::from_utf8_lossy(&text);
        match read(&text) {
            Ok(ours) => {
                let theirs = serde_json::from_slice(&text);
                let theirs = theirs.unwrap_or_else(|error| panic!("{error}: {shown}"));
                assert_alike(ours.root(), &theirs, &shown);
                accepted += 1;
            }
            Err(error) => {
                assert!(error.offset <= text.len(), "{error}: {shown}");
                refused += 1;
            }
        }
    }
    assert!(
        accepted > 500 && refused > 500,
        "{accepted} accepted, {refused} refused"
    );
}
