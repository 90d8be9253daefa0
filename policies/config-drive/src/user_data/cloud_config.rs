//! Cloud-config: the secrets in it, and whether cloud-init knows what it says.

mod keys;
mod shape;

use super::lines;
use super::yaml::{Node, Value};
use crate::rules;
use crate::secrets::{self, Kind, kind, password};
use portcullis_guest::{Finding, Pointer};
use shape::{Problem, Shape};
use std::collections::BTreeSet;

/// More findings about the shape than this tell nobody more.
const MOST_SHAPE_FINDINGS: usize = 8;

/// Every password in the document, and every secret that is known by its form.
pub(super) fn secrets(root: &Node, place: &Pointer) -> Vec<Finding> {
    let mut search = Search {
        place,
        findings: Vec::new(),
    };
    search.node(root, Kind::Ordinary);
    search.findings
}

struct Search<'a> {
    place: &'a Pointer,
    findings: Vec<Finding>,
}

impl Search<'_> {
    /// `kind` is what the key above promises.
    fn node(&mut self, node: &Node, kind: Kind) {
        match &node.value {
            Value::Null | Value::Boolean(_) | Value::Other => {}
            Value::Integer(number) => self.scalar(node.line, &number.to_string(), kind),
            Value::Float(number) => self.scalar(node.line, &number.to_string(), kind),
            Value::Text(text) => self.scalar(node.line, text, kind),
            Value::List(items) => items.iter().for_each(|item| self.node(item, kind)),
            Value::Map(entries) => {
                for (key, value) in entries {
                    let name = key.text().unwrap_or_default();
                    if name == "chpasswd" {
                        self.chpasswd(value);
                    }
                    // What is below a key has names of its own.
                    self.node(value, secrets_kind(name, value));
                }
            }
        }
    }

    fn scalar(&mut self, line: usize, text: &str, kind: Kind) {
        if text.trim_start().starts_with("{{") {
            return;
        }
        let text = text.trim_end_matches('\n');
        self.found(line, password(kind, text));
    }

    /// Lines of `user:password`, as text or as a list of lines.
    fn chpasswd(&mut self, chpasswd: &Node) {
        let Some(list) = chpasswd.get("list") else {
            return;
        };
        match &list.value {
            Value::Text(text) => {
                for (index, line) in text.lines().enumerate() {
                    self.found(list.line + index, lines::entry(line));
                }
            }
            Value::List(items) => {
                for item in items {
                    self.found(item.line, item.text().and_then(lines::entry));
                }
            }
            _ => {}
        }
    }

    fn found(&mut self, line: usize, found: lines::Found) {
        self.findings.extend(found.map(|(rule, message)| {
            rule.at(self.place, format!("line {line}: {message}"))
                .with_hint(lines::HINT)
        }));
    }
}

/// What `name` promises about `value`: nothing, if that is a mapping with names of its own.
fn secrets_kind(name: &str, value: &Node) -> Kind {
    match value.value {
        Value::Map(_) => Kind::Ordinary,
        _ => kind(name),
    }
}

/// Every place where the document is not what cloud-init knows.
pub(super) fn check(root: &Node, place: &Pointer) -> Vec<Finding> {
    let mut problems = Vec::new();
    match &root.value {
        Value::Null => {}
        Value::Map(entries) => {
            for (key, value) in entries {
                let problem = |found: &'static str| Some(Problem::at(key.line, found));
                problems.extend(match key.text() {
                    Some("<<") => None,
                    Some(name) => match keys::find(name) {
                        Some(shape) => {
                            let checked = Shape::of(shape).check(value);
                            checked.err().map(|problem| problem.within(name.to_owned()))
                        }
                        None => problem("a key that cloud-init does not know"),
                    },
                    None => problem("a key that is no text"),
                });
            }
        }
        _ => {
            let finding = rules::UD_FORMAT.at(place, "cloud-config that is no mapping");
            return vec![finding.with_hint("keys and values")];
        }
    }
    problems.extend(repeated_keys(root));
    problems.truncate(MOST_SHAPE_FINDINGS);
    let finding = |problem: Problem| {
        rules::UD_SCHEMA
            .at(place, problem.to_string())
            .with_hint("keys and values as cloud-init documents them")
    };
    problems.into_iter().map(finding).collect()
}

/// Keys that stand twice: cloud-init takes the last one, people read the first.
fn repeated_keys(root: &Node) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut pending = vec![root];
    while let Some(node) = pending.pop() {
        if let Value::List(items) = &node.value {
            pending.extend(items.iter().map(|item| &**item));
        }
        let mut seen = BTreeSet::new();
        for (key, value) in node.entries() {
            if key
                .text()
                .is_some_and(|name| name != "<<" && !seen.insert(name))
            {
                problems.push(Problem::at(key.line, "a key that stands twice"));
            }
            pending.push(value);
        }
    }
    problems
}

/// Secrets that are known by their form, in scalars that a search of the text would miss.
pub(super) fn known_forms(root: &Node, place: &Pointer) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut pending = vec![root];
    while let Some(node) = pending.pop() {
        match &node.value {
            Value::Text(text) => {
                findings.extend(secrets::known_forms(text, "user data with", place))
            }
            Value::List(items) => pending.extend(items.iter().map(|item| &**item)),
            Value::Map(entries) => pending.extend(entries.iter().map(|(_, value)| &**value)),
            _ => {}
        }
    }
    findings.truncate(1);
    findings
}
