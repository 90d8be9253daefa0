//! Policies: what an operator configures.
//!
//! Pure. A policy names a validator, the settings it runs with, whether its denials count, and
//! the operations it is asked about.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// Name of a policy, unique within a configuration: 1 to 64 of `a-z 0-9 -`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PolicyId(Box<str>);

/// A text that is not a [`PolicyId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 1 to 64 characters of `a-z`, `0-9` and `-`")]
pub struct PolicyIdError;

impl PolicyId {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PolicyId {
    type Err = PolicyIdError;

    fn from_str(text: &str) -> Result<Self, PolicyIdError> {
        let fits = (1..=64).contains(&text.len());
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if fits && text.bytes().all(plain) {
            Ok(Self(text.into()))
        } else {
            Err(PolicyIdError)
        }
    }
}

impl fmt::Display for PolicyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for PolicyId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// What a policy's denial does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// A denial rejects the request.
    #[default]
    Enforce,
    /// A denial is only recorded. So is a failure: it cannot hide a denial that would have
    /// counted.
    Audit,
}

/// What happens when an enforced policy's validator gives no verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnFailure {
    /// The request is stopped.
    #[default]
    Refuse,
    /// The failure is recorded and the request judged by the other policies. Only an operator
    /// can choose this, for each policy by name.
    Admit,
}

/// A text with an optional `*` at its end, which stands for any rest.
///
/// ```
/// use portcullis::policy::Pattern;
/// let pattern: Pattern = "node.provision.*".parse()?;
/// assert!(pattern.matches("node.provision.active"));
/// assert!(!pattern.matches("node.power"));
/// # Ok::<(), portcullis::policy::PatternError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    prefix: Box<str>,
    open: bool,
}

/// A text that is not a [`Pattern`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 1 to 255 printable characters, with `*` only at the end")]
pub struct PatternError;

impl Pattern {
    /// Whether `text` is one of those the pattern stands for.
    pub fn matches(&self, text: &str) -> bool {
        if self.open {
            text.starts_with(&*self.prefix)
        } else {
            *text == *self.prefix
        }
    }

    /// Whether the pattern stands for every text.
    pub fn matches_all(&self) -> bool {
        self.open && self.prefix.is_empty()
    }

    /// Whether some text may match both patterns.
    pub fn overlaps(&self, other: &Self) -> bool {
        match (self.open, other.open) {
            (false, _) => other.matches(&self.prefix),
            (true, false) => self.matches(&other.prefix),
            (true, true) => {
                self.prefix.starts_with(&*other.prefix) || other.prefix.starts_with(&*self.prefix)
            }
        }
    }
}

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let (prefix, open) = match text.strip_suffix('*') {
            Some(prefix) => (prefix, true),
            None => (text, false),
        };
        let printable = prefix.chars().all(|c| !c.is_control() && c != '*');
        if text.is_empty() || text.len() > 255 || !printable {
            return Err(PatternError);
        }
        Ok(Self {
            prefix: prefix.into(),
            open,
        })
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.prefix, if self.open { "*" } else { "" })
    }
}

/// Which requests a policy is asked about. Empty lists select everything, so the default
/// selects every write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector {
    /// Operation names, such as `node.provision.*`.
    pub operations: Vec<Pattern>,
    /// Nodes by UUID or by name; either matching is enough.
    pub nodes: Vec<Pattern>,
    /// Projects of the caller by id. A request whose project is not known is always selected.
    pub projects: Vec<Pattern>,
}

impl Selector {
    /// Whether the selector depends on which node the request is about.
    pub fn asks_for_node(&self) -> bool {
        !selects_all(&self.nodes)
    }

    /// Whether the policy judges operations of this name.
    pub fn selects_operation(&self, name: &str) -> bool {
        selects(&self.operations, name)
    }

    /// Whether the policy judges requests of this project; one that is not known always is.
    pub fn selects_project(&self, project: Option<&str>) -> bool {
        project.is_none_or(|project| selects(&self.projects, project))
    }

    /// Whether the policy judges requests about a node with these identifiers. A request about
    /// no node is judged only by policies that do not ask for one.
    pub fn selects_node(&self, identifiers: &[&str]) -> bool {
        selects_all(&self.nodes) || identifiers.iter().any(|ident| selects(&self.nodes, ident))
    }
}

fn selects(patterns: &[Pattern], text: &str) -> bool {
    patterns.is_empty() || patterns.iter().any(|pattern| pattern.matches(text))
}

fn selects_all(patterns: &[Pattern]) -> bool {
    patterns.is_empty() || patterns.iter().any(Pattern::matches_all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(texts: &[&str]) -> Vec<Pattern> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn a_pattern_has_its_star_at_the_end() {
        let check = |pattern: &str, text: &str, expected: bool| {
            assert_eq!(
                pattern.parse::<Pattern>().unwrap().matches(text),
                expected,
                "{pattern} {text}"
            );
        };
        check("*", "", true);
        check("node.*", "node.power", true);
        check("node.*", "node", false);
        check("node.power", "node.power", true);
        check("node.power", "node.power-x", false);
        for bad in ["", "a*b", "**", "a\nb"] {
            assert_eq!(bad.parse::<Pattern>(), Err(PatternError), "{bad:?}");
        }
    }

    #[test]
    fn patterns_that_share_a_text_overlap() {
        let check = |a: &str, b: &str, expected: bool| {
            let (a, b): (Pattern, Pattern) = (a.parse().unwrap(), b.parse().unwrap());
            assert_eq!(a.overlaps(&b), expected, "{a} {b}");
            assert_eq!(b.overlaps(&a), expected, "{b} {a}");
        };
        check("node.*", "node.power", true);
        check("node.*", "port.*", false);
        check("*", "other", true);
        check("node.p*", "node.power*", true);
        check("node.power", "node.raid", false);
    }

    #[test]
    fn an_unknown_project_is_judged_by_every_policy() {
        let selector = Selector {
            projects: patterns(&["p1"]),
            ..Selector::default()
        };
        assert!(selector.selects_project(Some("p1")));
        assert!(!selector.selects_project(Some("p2")));
        assert!(selector.selects_project(None));
    }

    #[test]
    fn a_node_is_selected_by_either_identifier() {
        let selector = Selector {
            nodes: patterns(&["rack1-*"]),
            ..Selector::default()
        };
        assert!(selector.asks_for_node());
        assert!(selector.selects_node(&["1be26c0b-03f2-4d2e-ae87-c02d7f33c123", "rack1-u7"]));
        assert!(!selector.selects_node(&["rack2-u7"]));
        assert!(!selector.selects_node(&[]));
        assert!(Selector::default().selects_node(&[]));
    }

    #[test]
    fn policy_names_are_plain() {
        assert_eq!(
            "deploy-steps".parse::<PolicyId>().unwrap().as_str(),
            "deploy-steps"
        );
        for bad in ["", "Deploy", "a b", &"x".repeat(65)] {
            assert_eq!(bad.parse::<PolicyId>(), Err(PolicyIdError), "{bad}");
        }
    }
}
