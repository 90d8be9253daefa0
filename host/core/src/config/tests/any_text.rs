//! Whatever a file holds, reading it ends in a configuration or an error.

use super::*;

/// A generator of numbers that are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit.max(1) as u64).unwrap()
    }
}

#[test]
fn no_text_makes_the_reader_panic() {
    const PIECES: &[&str] = &[
        "[",
        "]",
        "[[",
        "]]",
        "{",
        "}",
        "=",
        ".",
        ",",
        "\"",
        "'",
        "\"\"\"",
        "\n",
        "#",
        "\\u",
        "\0",
        "\u{feff}",
        "é",
        "-1",
        "1e999",
        "nan",
        "0x",
        "1979-05-27",
        "true",
        "''",
        "[[policy]]",
        "[[listen]]",
        "[policy]",
        "settings",
        "select.nodes",
        "limits",
        "tls",
        "name",
        "bundled:",
        "*",
        "9223372036854775808",
        "ironic.credentials.env",
        "..",
    ];
    let dir = site();
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let seeds = [reference::MINIMAL, reference::PRODUCTION, ""];
    let (mut read, mut refused) = (0, 0);
    for _ in 0..4_000 {
        let mut text: Vec<char> = seeds[numbers.below(seeds.len())].chars().collect();
        for _ in 0..=numbers.below(6) {
            let start = numbers.below(text.len() + 1);
            let end = (start + numbers.below(12)).min(text.len());
            let piece = PIECES[numbers.below(PIECES.len())];
            text.splice(start..end, piece.chars());
        }
        let text: String = text.into_iter().collect();
        match Config::parse(&text, "fuzz.toml", dir.path(), &BUNDLE) {
            Ok(config) => {
                assert!(
                    !config.policies.is_empty() && !config.listeners.is_empty(),
                    "{text}"
                );
                read += 1;
            }
            Err(error) => {
                assert!(
                    error.to_string().lines().count() == error.problems().len(),
                    "{error}"
                );
                refused += 1;
            }
        }
    }
    assert!(
        read > 100 && refused > 100,
        "{read} read, {refused} refused"
    );
}

#[test]
fn no_nesting_runs_the_stack_out() {
    for text in [
        format!("a = {}", "[".repeat(200_000)),
        format!("a = {}", "{a=".repeat(200_000)),
        format!("{}a = 1", "a.".repeat(200_000)),
        format!("[{}a]", "a.".repeat(200_000)),
        "[[a]]\n".repeat(100_000),
    ] {
        assert!(parse(&text).is_err());
    }
}
