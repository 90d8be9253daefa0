//! YAML as cloud-init reads it: one document, as a tree.
//!
//! Aliases share what they name, so a small text cannot grow in memory; how large it would be with
//! all of them written out is bounded, because nodes write them out. Plain scalars are typed as in
//! YAML 1.1, which nodes use. No error holds any of the text.

mod scalar;

use saphyr_parser::{Event, Parser};
use scalar::scalar;
use std::collections::HashMap;
use std::rc::Rc;
use thiserror::Error;

const MOST_LEVELS: usize = 64;
const MOST_ALIASES: usize = 64;
const MOST_EXPANDED_BYTES: usize = 1 << 20;

/// One value, and where it stands.
#[derive(Debug)]
pub(crate) struct Node {
    /// Line, counted from 1.
    pub(crate) line: usize,
    pub(crate) value: Value,
    height: usize,
    /// Bytes it would take with all aliases written out.
    weight: usize,
}

/// A value.
#[derive(Debug)]
pub(crate) enum Value {
    Null,
    Boolean(bool),
    Integer(i64),
    Float(f64),
    /// A date, or bytes: neither is a text to nodes.
    Other,
    Text(String),
    List(Vec<Rc<Node>>),
    Map(Vec<Pair>),
}

/// Why a text is not a YAML document that is read here.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(crate) enum YamlError {
    #[error("line {line}: no YAML")]
    Syntax { line: usize },
    #[error("line {line}: more than 64 levels")]
    Depth { line: usize },
    #[error("line {line}: a second YAML document")]
    Documents { line: usize },
    #[error("more than 64 aliases")]
    Aliases,
    #[error("more than 1 MiB with all aliases resolved")]
    Expanded,
}

impl Node {
    /// The text of a scalar that is one.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The items of a list.
    pub(crate) fn items(&self) -> Option<&[Rc<Self>]> {
        match &self.value {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// Keys and values of a mapping.
    pub(crate) fn entries(&self) -> &[(Rc<Self>, Rc<Self>)] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The value of `key` in a mapping: the first, if it stands twice.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.entries()
            .iter()
            .find(|(name, _)| name.text() == Some(key))
            .map(|(_, value)| &**value)
    }
}

/// Reads the document that `text` is.
pub(crate) fn parse(text: &str) -> Result<Rc<Node>, YamlError> {
    let mut tree = Tree::default();
    let mut root = None;
    for event in Parser::new_from_str(text) {
        // The parser's own message may hold a piece of the text.
        let (event, span) = event.map_err(|error| YamlError::Syntax {
            line: error.marker().line(),
        })?;
        let line = span.start.line();
        if root.is_some() && matches!(event, Event::DocumentStart(_)) {
            return Err(YamlError::Documents { line });
        }
        if let Some(node) = tree.take(event, line)? {
            root = Some(node);
        }
    }
    Ok(root.unwrap_or_else(|| {
        Rc::new(Node {
            line: 1,
            value: Value::Null,
            height: 1,
            weight: 0,
        })
    }))
}

/// A tree that is being read: what is open, and what has a name.
#[derive(Default)]
struct Tree {
    open: Vec<Open>,
    anchors: HashMap<usize, Rc<Node>>,
    aliases: usize,
}

struct Open {
    line: usize,
    anchor: usize,
    is_map: bool,
    items: Vec<Rc<Node>>,
}

impl Tree {
    /// Takes the next event; answers the root once it is complete.
    fn take(&mut self, event: Event<'_>, line: usize) -> Result<Option<Rc<Node>>, YamlError> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let weight = text.len();
                let node = Node {
                    line,
                    value: scalar(text, style, tag.as_deref()),
                    height: 1,
                    weight,
                };
                Ok(self.complete(node, anchor))
            }
            Event::SequenceStart(anchor, _) => self.begin(line, anchor, false).map(|()| None),
            Event::MappingStart(anchor, _) => self.begin(line, anchor, true).map(|()| None),
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Alias(anchor) => {
                self.aliases += 1;
                if self.aliases > MOST_ALIASES {
                    return Err(YamlError::Aliases);
                }
                let node = self.anchors.get(&anchor).cloned();
                // An alias of a value around it has no end.
                let node = node.ok_or(YamlError::Syntax { line })?;
                Ok(self.put(node))
            }
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => Ok(None),
        }
    }

    fn begin(&mut self, line: usize, anchor: usize, is_map: bool) -> Result<(), YamlError> {
        self.open.push(Open {
            line,
            anchor,
            is_map,
            items: Vec::new(),
        });
        if self.open.len() > MOST_LEVELS {
            return Err(YamlError::Depth { line });
        }
        Ok(())
    }

    fn end(&mut self) -> Result<Option<Rc<Node>>, YamlError> {
        let Some(Open {
            line,
            anchor,
            is_map,
            items,
        }) = self.open.pop()
        else {
            return Ok(None);
        };
        let height = 1 + items.iter().map(|item| item.height).max().unwrap_or(0);
        if height > MOST_LEVELS {
            return Err(YamlError::Depth { line });
        }
        let weights = items.iter().map(|item| item.weight.saturating_add(1));
        let weight = weights.fold(1, usize::saturating_add);
        if weight > MOST_EXPANDED_BYTES {
            return Err(YamlError::Expanded);
        }
        let value = if is_map {
            Value::Map(pairs(items))
        } else {
            Value::List(items)
        };
        let node = Node {
            line,
            value,
            height,
            weight,
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

/// A key and its value.
type Pair = (Rc<Node>, Rc<Node>);

fn pairs(items: Vec<Rc<Node>>) -> Vec<Pair> {
    let mut items = items.into_iter();
    std::iter::from_fn(|| Some((items.next()?, items.next()?))).collect()
}

#[cfg(test)]
mod tests {
    use super::scalar::plain;
    use super::*;

    fn kind(text: &str) -> &'static str {
        match plain(text) {
            Value::Null => "null",
            Value::Boolean(_) => "boolean",
            Value::Integer(_) => "integer",
            Value::Float(_) => "float",
            Value::Other => "other",
            Value::Text(_) => "text",
            Value::List(_) | Value::Map(_) => "more",
        }
    }

    #[test]
    fn plain_scalars_are_typed_as_nodes_do() {
        for (text, expected) in [
            ("", "null"),
            ("~", "null"),
            ("yes", "boolean"),
            ("Off", "boolean"),
            ("y", "text"),
            ("0644", "integer"),
            ("0999", "text"),
            ("0o644", "text"),
            ("-12", "integer"),
            ("1_000", "integer"),
            ("0x1f", "integer"),
            ("1:30", "integer"),
            ("1:99", "text"),
            ("1.5", "float"),
            (".5", "float"),
            ("1e3", "text"),
            ("1.5.2", "text"),
            ("-", "text"),
            ("2026-01-31", "other"),
            ("2026-01-31 10:00:00", "other"),
            ("hello", "text"),
            ("52:54:00:12:34:56", "integer"),
            ("00:11:22:33:44:55", "text"),
            ("...", "text"),
        ] {
            assert_eq!(kind(text), expected, "{text}");
        }
    }

    #[test]
    fn aliases_are_counted_and_weighed() {
        let mut bomb = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
        for level in 1..9 {
            let below = level - 1;
            let items = vec![format!("*a{below}"); 7].join(",");
            bomb += &format!("a{level}: &a{level} [{items}]\n");
        }
        assert_eq!(parse(&bomb).expect_err("bomb"), YamlError::Expanded);
        let many = format!("a: &a 1\nb: [{}]\n", vec!["*a"; 65].join(","));
        assert_eq!(parse(&many).expect_err("many"), YamlError::Aliases);
        let few = format!("a: &a 1\nb: [{}]\n", vec!["*a"; 64].join(","));
        assert!(parse(&few).is_ok());
    }

    #[test]
    fn hostile_texts_end_in_an_error() {
        for text in [
            "[".repeat(100_000),
            "{a: ".repeat(100_000),
            "- ".repeat(100_000),
            "a: &a [*a]".to_owned(),
            "a: *nowhere".to_owned(),
            "a: [".to_owned(),
            "a: 1\n---\nb: 2\n".to_owned(),
        ] {
            let start: String = text.chars().take(20).collect();
            assert!(parse(&text).is_err(), "{start}");
        }
        assert!(matches!(parse("").map(|root| root.line), Ok(1)));
    }
}
