//! What becomes of a policy's findings on their way to the host.
//!
//! A request can be wrong in a million places, with names as long as the body allows, while the
//! host bounds an answer and takes a longer one for a failure. So findings of one rule are told
//! up to a number, and places and messages up to a length: the verdict stays what it is.

use crate::Finding;

/// Findings of one rule that are told; the last of them counts the others.
const PER_RULE: usize = 8;

/// Longest pointer. A longer one is cut back to a place further up.
const POINTER_BYTES: usize = 512;

/// Longest message and longest hint.
const TEXT_BYTES: usize = 1024;

/// Bounds the number of findings of each rule, and the length of each finding.
pub(crate) fn bound(findings: &mut Vec<Finding>) {
    if findings.len() > PER_RULE {
        limit_each_rule(findings);
    }
    for finding in findings {
        climb(&mut finding.pointer);
        cut(&mut finding.message);
        if let Some(hint) = &mut finding.hint {
            cut(hint);
        }
    }
}

/// Keeps a rule's first findings. Severity is a rule's, so that no verdict depends on the rest.
fn limit_each_rule(findings: &mut Vec<Finding>) {
    let mut totals: Vec<(String, usize)> = Vec::new();
    let mut kept: Vec<Finding> = Vec::new();
    for finding in findings.drain(..) {
        match totals.iter_mut().find(|(rule, _)| *rule == finding.rule) {
            Some((_, total)) => {
                *total += 1;
                if *total <= PER_RULE {
                    kept.push(finding);
                }
            }
            None => {
                totals.push((finding.rule.clone(), 1));
                kept.push(finding);
            }
        }
    }
    for (rule, total) in totals.iter().filter(|(_, total)| *total > PER_RULE) {
        if let Some(last) = kept.iter_mut().rfind(|finding| finding.rule == *rule) {
            let more = total - PER_RULE;
            cut(&mut last.message);
            last.message
                .push_str(&format!(" (and {more} more of the kind)"));
        }
    }
    *findings = kept;
}

fn climb(pointer: &mut String) {
    while pointer.len() > POINTER_BYTES {
        let above = pointer.rfind('/').unwrap_or(0);
        pointer.truncate(above);
    }
}

fn cut(text: &mut String) {
    if text.len() > TEXT_BYTES {
        text.truncate(text.floor_char_boundary(TEXT_BYTES));
        text.push_str(" ...");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rule;

    const ONE: Rule = Rule::error("one", "One.");
    const TWO: Rule = Rule::info("two", "Two.");

    #[test]
    fn a_few_findings_pass_as_they_are() {
        let mut findings = vec![ONE.at("/a", "x"), TWO.at("/b", "y").with_hint("z")];
        bound(&mut findings);
        assert_eq!(findings.len(), 2);
        assert_eq!(findings[1].hint.as_deref(), Some("z"));
    }

    #[test]
    fn a_rule_does_not_crowd_out_another() {
        let mut findings: Vec<_> = (0..1000)
            .map(|index| TWO.at("", index.to_string()))
            .collect();
        findings.push(ONE.at("", "the one that matters"));
        bound(&mut findings);
        assert_eq!(findings.len(), PER_RULE + 1);
        assert_eq!(
            findings[PER_RULE - 1].message,
            "7 (and 992 more of the kind)"
        );
        assert_eq!(findings[PER_RULE].rule, "one");
    }

    #[test]
    fn long_places_climb_and_long_texts_are_cut_between_characters() {
        let place = format!("/a/b/{}/c", "k".repeat(600));
        let mut findings = vec![ONE.at(place, "é".repeat(1000)).with_hint("h".repeat(2000))];
        bound(&mut findings);
        assert_eq!(findings[0].pointer, "/a/b");
        assert_eq!(findings[0].message, format!("{} ...", "é".repeat(512)));
        assert_eq!(findings[0].hint.as_ref().map(String::len), Some(1028));
    }
}
