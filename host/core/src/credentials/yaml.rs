//! As much of YAML as a clouds file needs: the first document, as a tree that is walked by key.
//!
//! An alias shares the value it names instead of copying it, and nesting is bounded through
//! aliases too, so a small file can neither grow large in memory nor run the stack out. No
//! error holds any of the text.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use saphyr_parser::{Event, Parser, ScalarStyle};
use zeroize::Zeroizing;

mod plain;

/// Levels of nesting; a clouds file has five or so.
const MAX_HEIGHT: usize = 64;

/// One value, and where it stands.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) line: usize,
    height: usize,
    value: Value,
}

#[derive(Debug)]
enum Value {
    Scalar {
        text: Zeroizing<String>,
        plain: bool,
    },
    Sequence(Vec<Rc<Node>>),
    Mapping(Vec<Entry>),
}

/// A key and its value.
type Entry = (Rc<Node>, Rc<Node>);

/// Why a text is not a YAML document that is read here.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct YamlFault {
    pub(super) line: usize,
    pub(super) found: &'static str,
    pub(super) expected: &'static str,
}

impl Node {
    /// The text of a scalar; none for null.
    pub(super) fn as_text(&self) -> Result<Option<&str>, YamlFault> {
        match &self.value {
            Value::Scalar { text, plain: true }
                if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL") =>
            {
                Ok(None)
            }
            Value::Scalar { text, .. } => Ok(Some(text)),
            Value::Sequence(_) | Value::Mapping(_) => Err(self.unexpected("a text")),
        }
    }

    /// The same, refused where a client of YAML 1.1 would make another text of it.
    pub(super) fn as_exact_text(&self) -> Result<Option<&str>, YamlFault> {
        let text = self.as_text()?;
        let is_plain = matches!(self.value, Value::Scalar { plain: true, .. });
        if is_plain && text.is_some_and(plain::changes) {
            return Err(YamlFault {
                line: self.line,
                found: "a number or date in a form that clients rewrite",
                expected: "it in quotes",
            });
        }
        Ok(text)
    }

    /// A text, or all those of a list.
    pub(super) fn as_texts(&self) -> Result<Vec<&str>, YamlFault> {
        let texts = match &self.value {
            Value::Sequence(items) => items.iter().map(|item| item.as_exact_text()).collect(),
            Value::Scalar { .. } | Value::Mapping(_) => self.as_exact_text().map(|text| vec![text]),
        };
        texts.map(|texts: Vec<_>| texts.into_iter().flatten().collect())
    }

    /// The values of a list.
    pub(super) fn items(&self) -> Result<&[Rc<Self>], YamlFault> {
        match &self.value {
            Value::Sequence(items) => Ok(items),
            Value::Scalar { .. } | Value::Mapping(_) => Err(self.unexpected("a list")),
        }
    }

    pub(super) fn is_mapping(&self) -> bool {
        matches!(self.value, Value::Mapping(_))
    }

    /// The value of a key, own ones before those that a merge key (`<<`) brings.
    pub(super) fn get(&self, key: &str) -> Result<Option<&Self>, YamlFault> {
        self.find(key, &mut HashSet::new())
    }

    fn find<'a>(
        &'a self,
        key: &str,
        seen: &mut HashSet<*const Self>,
    ) -> Result<Option<&'a Self>, YamlFault> {
        let entries = self.entries()?;
        if let Some((_, value)) = entries.iter().find(|(name, _)| name.is(key)) {
            return Ok(Some(value));
        }
        for (_, merged) in entries.iter().filter(|(name, _)| name.is("<<")) {
            let sources = match &merged.value {
                Value::Sequence(items) => items.as_slice(),
                Value::Scalar { .. } | Value::Mapping(_) => std::slice::from_ref(merged),
            };
            for source in sources {
                // Looked at once only: sources can share sources without end.
                if !seen.insert(Rc::as_ptr(source)) {
                    continue;
                }
                if let Some(value) = source.find(key, seen)? {
                    return Ok(Some(value));
                }
            }
        }
        Ok(None)
    }

    /// The keys that stand in the mapping itself.
    pub(super) fn keys(&self) -> Result<Vec<String>, YamlFault> {
        let texts = self
            .entries()?
            .iter()
            .filter_map(|(name, _)| name.as_text().ok().flatten());
        Ok(texts.map(String::from).collect())
    }

    fn entries(&self) -> Result<&[Entry], YamlFault> {
        match &self.value {
            Value::Mapping(entries) => Ok(entries),
            // A key without a value stands for an empty mapping, as in the clients.
            Value::Scalar { plain: true, text } if text.is_empty() => Ok(&[]),
            Value::Scalar { .. } | Value::Sequence(_) => Err(self.unexpected("a mapping")),
        }
    }

    fn is(&self, key: &str) -> bool {
        matches!(&self.value, Value::Scalar { text, .. } if text.as_str() == key)
    }

    fn unexpected(&self, expected: &'static str) -> YamlFault {
        let found = match self.value {
            Value::Scalar { .. } => "a text",
            Value::Sequence(_) => "a list",
            Value::Mapping(_) => "a mapping",
        };
        YamlFault {
            line: self.line,
            found,
            expected,
        }
    }
}

/// Reads the first document of a text.
pub(super) fn parse(text: &str) -> Result<Rc<Node>, YamlFault> {
    let mut tree = Tree::default();
    for event in Parser::new_from_str(text) {
        // The parser's own message may hold a piece of the text.
        let (event, span) = event.map_err(|error| YamlFault {
            line: error.marker().line(),
            found: "what is not YAML",
            expected: "a YAML document",
        })?;
        if let Some(root) = tree.take(event, span.start.line())? {
            return Ok(root);
        }
    }
    Err(YamlFault {
        line: 1,
        found: "nothing",
        expected: "a YAML document",
    })
}

/// A tree that is being read: what is open, and what has a name.
#[derive(Default)]
struct Tree {
    open: Vec<Open>,
    anchors: HashMap<usize, Rc<Node>>,
}

struct Open {
    line: usize,
    anchor: usize,
    mapping: bool,
    items: Vec<Rc<Node>>,
}

impl Tree {
    /// Takes the next event; answers the root once it is complete.
    fn take(&mut self, event: Event<'_>, line: usize) -> Result<Option<Rc<Node>>, YamlFault> {
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let plain = style == ScalarStyle::Plain;
                let text = Zeroizing::new(text.into_owned());
                let value = Value::Scalar { text, plain };
                let node = Node {
                    line,
                    height: 1,
                    value,
                };
                Ok(self.complete(node, anchor))
            }
            Event::SequenceStart(anchor, _) => self.begin(line, anchor, false).map(|()| None),
            Event::MappingStart(anchor, _) => self.begin(line, anchor, true).map(|()| None),
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Alias(anchor) => match self.anchors.get(&anchor).cloned() {
                Some(node) => Ok(self.put(node)),
                None => Err(YamlFault {
                    line,
                    found: "an alias of a value around it",
                    expected: "an alias of a complete value",
                }),
            },
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => Ok(None),
        }
    }

    fn begin(&mut self, line: usize, anchor: usize, mapping: bool) -> Result<(), YamlFault> {
        self.open.push(Open {
            line,
            anchor,
            mapping,
            items: Vec::new(),
        });
        check_height(self.open.len(), line)
    }

    fn end(&mut self) -> Result<Option<Rc<Node>>, YamlFault> {
        let Some(Open {
            line,
            anchor,
            mapping,
            items,
        }) = self.open.pop()
        else {
            return Ok(None);
        };
        let height = 1 + items.iter().map(|item| item.height).max().unwrap_or(0);
        check_height(height, line)?;
        let value = if mapping {
            let mut items = items.into_iter();
            let pair = || Some((items.next()?, items.next()?));
            Value::Mapping(std::iter::from_fn(pair).collect())
        } else {
            Value::Sequence(items)
        };
        let node = Node {
            line,
            height,
            value,
        };
        Ok(self.complete(node, anchor))
    }

    /// Takes a complete value; answers it when nothing is around it.
    fn complete(&mut self, node: Node, anchor: usize) -> Option<Rc<Node>> {
        let node = Rc::new(node);
        // Anchors are numbered from 1.
        if anchor != 0 {
            self.anchors.insert(anchor, Rc::clone(&node));
        }
        self.put(node)
    }

    fn put(&mut self, node: Rc<Node>) -> Option<Rc<Node>> {
        match self.open.last_mut() {
            Some(around) => {
                around.items.push(node);
                None
            }
            None => Some(node),
        }
    }
}

fn check_height(height: usize, line: usize) -> Result<(), YamlFault> {
    if height <= MAX_HEIGHT {
        return Ok(());
    }
    Err(YamlFault {
        line,
        found: "more than 64 levels",
        expected: "at most 64 levels of nesting",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_at(yaml: &str, path: &[&str]) -> Option<String> {
        let root = parse(yaml).unwrap();
        let mut node = &*root;
        for key in path {
            node = node.get(key).unwrap()?;
        }
        node.as_text().unwrap().map(String::from)
    }

    #[test]
    fn values_are_found_by_key() {
        let check = |yaml: &str, expected: Option<&str>| {
            assert_eq!(text_at(yaml, &["a", "b"]).as_deref(), expected, "{yaml}");
        };
        check("a: {b: c}", Some("c"));
        check("a:\n  b: 'null'\n", Some("null"));
        check("a:\n  b: null\n", None);
        check("a:\n  b: 12345\n", Some("12345"));
        check("a:\n", None);
        check("{\"a\": {\"b\": \"c\"}}", Some("c"));
        check("x: &x {b: 1}\na: *x\n", Some("1"));
        check("x: &x {b: 1}\na: {<<: *x}\n", Some("1"));
        check("x: &x {b: 1}\na: {<<: *x, b: 2}\n", Some("2"));
        check("x: &x {c: 1}\ny: &y {b: 2}\na: {<<: [*x, *y]}\n", Some("2"));
    }

    #[test]
    fn aliases_cost_no_more_than_they_are_long() {
        let mut yaml = String::from("a0: &a0 {x: 1}\n");
        for level in 1..60 {
            let below = level - 1;
            yaml += &format!("a{level}: &a{level} {{<<: [*a{below}, *a{below}, *a{below}]}}\n");
        }
        let fault = parse(&yaml).unwrap_err();
        assert_eq!(fault.expected, "at most 64 levels of nesting");
        let few: Vec<&str> = yaml.lines().take(30).collect();
        assert_eq!(text_at(&few.join("\n"), &["a29", "b"]), None);
        assert_eq!(
            text_at(&few.join("\n"), &["a29", "x"]).as_deref(),
            Some("1")
        );
    }

    #[test]
    fn hostile_texts_end_in_a_fault() {
        for yaml in [
            "[".repeat(100_000),
            "{a: ".repeat(100_000),
            "- ".repeat(100_000),
            "a: &a [*a]".into(),
            "a: *nowhere".into(),
            "a: [".into(),
            "\t- a: b\n -c: 'x".into(),
            String::new(),
        ] {
            let start: String = yaml.chars().take(20).collect();
            assert!(parse(&yaml).is_err(), "{start}");
        }
    }
}
