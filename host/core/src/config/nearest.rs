//! Which known word a mistyped one was meant to be.

/// The known word that is closest to `word`, unless none is close: at most one edit for each
/// three characters, and always one. An edit adds, drops or changes a character or swaps two
/// neighbours.
pub(super) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word: Vec<char> = word.chars().take(64).collect();
    let allowed = (word.len() / 3).max(1);
    let distances = known
        .into_iter()
        .map(|known| (distance(&word, known), known));
    distances
        .filter(|(edits, _)| *edits <= allowed)
        .min()
        .map(|(_, known)| known)
}

/// Edits between two words (optimal string alignment), row by row.
fn distance(word: &[char], known: &str) -> usize {
    let known: Vec<char> = known.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=known.len()).collect();
    for (i, here) in word.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, there) in known.iter().enumerate() {
            let at =
                |row: &[usize], index: usize| row.get(index).copied().unwrap_or(usize::MAX / 2);
            let changed = at(&row, j) + usize::from(here != there);
            let mut edits = changed.min(at(&row, j + 1) + 1).min(at(&next, j) + 1);
            let neighbours = i.checked_sub(1).zip(j.checked_sub(1));
            if let Some((i_before, j_before)) = neighbours
                && word.get(i_before) == Some(there)
                && known.get(j_before) == Some(here)
            {
                edits = edits.min(at(&before, j_before) + 1);
            }
            next.push(edits);
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let check = |word: &str, expected: Option<&str>| {
            let known = ["mode", "name", "on_failure", "select", "settings"];
            assert_eq!(nearest(word, known), expected, "{word}");
        };
        check("mdoe", Some("mode"));
        check("mod", Some("mode"));
        check("modes", Some("mode"));
        check("onfailure", Some("on_failure"));
        check("on-failure", Some("on_failure"));
        check("setings", Some("settings"));
        check("selector", Some("select"));
        check("password", None);
        check("", None);
    }
}
