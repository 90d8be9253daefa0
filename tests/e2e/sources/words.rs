//! What does not belong in a source, and how long one may be.

use super::*;

/// Longest Rust file. Past 300 lines there is usually a second idea in it.
const MOST_LINES: usize = 450;
/// The same in tests, which are read a test at a time.
const MOST_LINES_IN_TESTS: usize = 600;

#[test]
fn nothing_is_left_to_do() {
    // In two parts, or this file would be found.
    let marks = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
    ];
    let endings = ["in", "md", "py", "rs", "sh", "toml", "wit"];
    let mut found = Vec::new();
    for source in sources(&endings) {
        for (at, line) in source.text.lines().enumerate() {
            if marks.iter().any(|mark| line.contains(mark)) {
                found.push(format!("{}:{}: {}", source.path, at + 1, line.trim()));
            }
        }
    }
    assert_none(&found, "things left to do:");
}

#[test]
fn no_file_is_too_long_to_be_read() {
    let mut found = Vec::new();
    for source in sources(&["rs"]) {
        let lines = source.text.lines().count();
        let is_test = source.path.starts_with("tests/");
        let most = if is_test {
            MOST_LINES_IN_TESTS
        } else {
            MOST_LINES
        };
        if lines > most {
            found.push(format!("{}: {lines} lines", source.path));
        }
    }
    assert_none(&found, "files that want to be split:");
}
