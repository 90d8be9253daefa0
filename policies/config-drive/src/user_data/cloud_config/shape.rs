//! Shapes of values, written as text: small enough to stand in a table, and read only where a
//! document has the key.
//!
//! | text | stands for |
//! | --- | --- |
//! | `s`, `b`, `i`, `f`, `n`, `*` | text, boolean, integer, any number, null, anything |
//! | `'a'` | the text `a` |
//! | `true`, `false` | that boolean |
//! | `<name>` | text of a form that has a name below |
//! | `[X]` | a list of `X` |
//! | `{a:X,b!:Y}` | a mapping with `a` if any, and with `b` |
//! | `{*:X}` | a mapping of whatever names to `X` |
//! | `{<name>:X}` | a mapping of names of that form to `X` |
//! | `{a:X,..}` | a mapping with anything else besides |
//! | `X+`, `X2`, `X1-6` | `X`, and not empty, of two items, of one to six |
//! | `X#` | a list `X` in which no text stands twice |
//! | `X\|Y` | either |

mod reader;

use crate::user_data::yaml::{Node, Value};
use reader::Reader;
use std::borrow::Cow;
use std::fmt;
use std::ops::RangeInclusive;
use std::rc::Rc;

/// What a value may be.
#[derive(Debug)]
pub(super) enum Shape<'a> {
    Any,
    Text,
    Boolean,
    Integer,
    Number,
    Null,
    /// One certain text, or boolean.
    Exactly(&'a str),
    Is(bool),
    Form(&'a str),
    List(Box<Shape<'a>>),
    Map(Vec<Field<'a>>, Others<'a>),
    Sized(Box<Shape<'a>>, RangeInclusive<usize>),
    Distinct(Box<Shape<'a>>),
    Either(Vec<Shape<'a>>),
}

/// A name that a mapping may have.
#[derive(Debug)]
pub(super) struct Field<'a> {
    name: &'a str,
    is_required: bool,
    /// As text, read once a mapping has the name.
    shape: &'a str,
}

/// What a mapping may have besides the names that are listed.
#[derive(Debug)]
pub(super) enum Others<'a> {
    None,
    Anything,
    /// Whatever has a name of this form, or any.
    Of(Option<&'a str>, Box<Shape<'a>>),
}

/// Where a value is not what it may be. Cheap to make, for alternatives are tried one by one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) line: usize,
    /// Names and positions on the way, the last one first; names that are free stand as `*`.
    path: Vec<Cow<'static, str>>,
    found: Cow<'static, str>,
}

impl Problem {
    /// One with what stands at `line`, which is where the path ends.
    pub(super) fn at(line: usize, found: impl Into<Cow<'static, str>>) -> Self {
        Self {
            line,
            path: Vec::new(),
            found: found.into(),
        }
    }

    /// The same, seen from a value around it.
    pub(super) fn within(mut self, step: impl Into<Cow<'static, str>>) -> Self {
        self.path.push(step.into());
        self
    }

    fn path(&self) -> String {
        let steps: Vec<&str> = self.path.iter().rev().map(|step| &**step).collect();
        steps.join("/")
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}:", self.line)?;
        if !self.path.is_empty() {
            write!(f, " `{}`:", self.path())?;
        }
        write!(f, " {}", self.found)
    }
}

impl<'a> Shape<'a> {
    /// Reads a shape. What is no shape stands for anything; a test reads the whole table.
    pub(super) fn of(text: &'a str) -> Self {
        let mut reader = Reader(text);
        match reader.shape() {
            Some(shape) if reader.0.is_empty() => shape,
            _ => Self::Any,
        }
    }

    /// Whether `node` is of this shape.
    pub(super) fn check(&self, node: &Node) -> Result<(), Problem> {
        let problem = |found: &'static str| Problem::at(node.line, found);
        let fits = match (self, &node.value) {
            (Self::Any, _)
            | (Self::Text, Value::Text(_))
            | (Self::Boolean, Value::Boolean(_))
            | (Self::Integer | Self::Number, Value::Integer(_))
            | (Self::Number, Value::Float(_))
            | (Self::Null, Value::Null) => true,
            (Self::Exactly(text), Value::Text(found)) => text == found,
            (Self::Is(expected), Value::Boolean(found)) => expected == found,
            (Self::Form(name), Value::Text(text)) => has_form(name, text),
            (Self::List(shape), Value::List(items)) => {
                return items.iter().enumerate().try_for_each(|(index, item)| {
                    let within = |problem: Problem| problem.within(index.to_string());
                    shape.check(item).map_err(within)
                });
            }
            (Self::Map(fields, others), Value::Map(_)) => {
                return check_map(fields, others, node);
            }
            (Self::Sized(shape, range), value) => {
                shape.check(node)?;
                let size = match value {
                    Value::List(items) => items.len(),
                    Value::Map(entries) => entries.len(),
                    _ => return Ok(()),
                };
                return match size {
                    _ if range.contains(&size) => Ok(()),
                    0 => Err(problem("nothing")),
                    _ if size < *range.start() => Err(problem("too few items")),
                    _ => Err(problem("too many items")),
                };
            }
            (Self::Distinct(shape), value) => {
                shape.check(node)?;
                return match value {
                    Value::List(items) if has_twins(items) => {
                        Err(problem("an item that stands twice"))
                    }
                    _ => Ok(()),
                };
            }
            (Self::Either(shapes), _) => {
                if shapes.iter().any(|shape| shape.check(node).is_ok()) {
                    return Ok(());
                }
                // Of a list or a mapping, what is wrong within says more.
                let within = shapes
                    .iter()
                    .filter(|shape| shape.is_like(node))
                    .collect::<Vec<_>>();
                return match within.as_slice() {
                    [shape] => shape.check(node),
                    _ => Err(problem("a value of another type")),
                };
            }
            _ => false,
        };
        if fits {
            Ok(())
        } else {
            Err(problem("a value of another type"))
        }
    }

    fn is_like(&self, node: &Node) -> bool {
        match (self, &node.value) {
            (Self::List(_), Value::List(_)) | (Self::Map(..), Value::Map(_)) => true,
            (Self::Sized(shape, _) | Self::Distinct(shape), _) => shape.is_like(node),
            _ => false,
        }
    }
}

fn check_map(fields: &[Field<'_>], others: &Others<'_>, node: &Node) -> Result<(), Problem> {
    let mut has_merge = false;
    for (key, value) in node.entries() {
        let name = key.text();
        if name == Some("<<") {
            has_merge = true;
            continue;
        }
        let field = fields.iter().find(|field| Some(field.name) == name);
        let problem = |found: &'static str| Problem::at(key.line, found);
        match (field, others) {
            (Some(field), _) => {
                let within = |problem: Problem| problem.within(field.name.to_owned());
                Shape::of(field.shape).check(value).map_err(within)?;
            }
            (None, Others::Anything) => {}
            (None, Others::Of(..)) if name == Some("") => {
                return Err(problem("a key without a name"));
            }
            (None, Others::Of(Some(form), _)) if !name.is_some_and(|name| has_form(form, name)) => {
                return Err(problem("a key that cannot be one"));
            }
            (None, Others::Of(_, shape)) => {
                shape.check(value).map_err(|problem| problem.within("*"))?;
            }
            (None, Others::None) => return Err(problem("a key that cloud-init does not know")),
        }
    }
    let missing = |field: &&Field<'_>| field.is_required && node.get(field.name).is_none();
    match fields.iter().find(missing) {
        Some(field) if !has_merge => Err(Problem::at(node.line, format!("no `{}`", field.name))),
        _ => Ok(()),
    }
}

/// Whether a text stands in a list twice.
fn has_twins(items: &[Rc<Node>]) -> bool {
    let mut texts: Vec<&str> = items.iter().filter_map(|item| item.text()).collect();
    texts.sort_unstable();
    texts
        .windows(2)
        .any(|pair| matches!(pair, [one, next] if one == next))
}

/// The forms of text that have a name.
fn has_form(name: &str, text: &str) -> bool {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match name {
        // Minutes from now, for a shutdown.
        "delay" => text == "now" || is_digits(text.strip_prefix('+').unwrap_or(text)),
        // Bytes, perhaps in larger units and then in parts of them.
        "size" => match text.strip_suffix(['B', 'K', 'M', 'G', 'T']) {
            Some(number) => {
                let (whole, part) = number.split_once('.').unwrap_or(("", number));
                is_digits(part) && (whole.is_empty() || is_digits(whole))
            }
            None => text == "auto" || is_digits(text),
        },
        // What repositories can be configured with.
        "option" => text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::keys;
    use super::*;
    use crate::user_data::yaml;

    fn read_all(name: &str, text: &str) {
        let mut reader = Reader(text);
        let shape = reader.shape().filter(|_| reader.0.is_empty());
        match shape {
            Some(shape) => read_fields(name, &shape),
            None => panic!("{name}: {text}"),
        }
    }

    fn read_fields(name: &str, shape: &Shape) {
        match shape {
            Shape::Map(fields, others) => {
                for field in fields {
                    read_all(name, field.shape);
                }
                if let Others::Of(_, shape) = others {
                    read_fields(name, shape);
                }
            }
            Shape::List(shape) | Shape::Sized(shape, _) | Shape::Distinct(shape) => {
                read_fields(name, shape);
            }
            Shape::Either(shapes) => shapes.iter().for_each(|shape| read_fields(name, shape)),
            _ => {}
        }
    }

    #[test]
    fn the_whole_table_can_be_read() {
        for (name, shape) in keys::ALL {
            read_all(name, shape);
        }
        assert!(keys::ALL.is_sorted_by_key(|(name, _)| *name));
    }

    #[test]
    fn values_are_compared_with_shapes() {
        let check = |shape: &str, yaml: &str, expected: Result<(), &str>| {
            let root = yaml::parse(yaml).expect("YAML");
            let found = Shape::of(shape).check(&root);
            assert_eq!(
                found.map_err(|problem| problem.within("x").path()),
                expected.map_err(str::to_owned),
                "{shape} {yaml}"
            );
        };
        check("[s|[s]]+", "[a, [b, c]]", Ok(()));
        check("[s|[s]]+", "[]", Err("x"));
        check("[s|[s]]+", "[a, [1]]", Err("x/1/0"));
        check("[s]2", "[a, b]", Ok(()));
        check("[s]2", "[a]", Err("x"));
        check("[[s]1-2]", "[[a, b, c]]", Err("x/0"));
        check("[s]+#", "[a, b]", Ok(()));
        check("[s]+#", "[b, a, b]", Err("x"));
        check("{*:{a:b,<option>:s}+}", "{k!: {o_1: s}}", Ok(()));
        check("{*:{a:b,<option>:s}+}", "{k!: {o-1: s}}", Err("x/*"));
        check("{a!:i,b:s}", "{a: 1}", Ok(()));
        check("{a!:i,b:s}", "{b: x}", Err("x"));
        check("{a!:i,b:s}", "{a: 1, c: x}", Err("x"));
        check("{a:i,..}", "{c: x}", Ok(()));
        check("{*:{a:b}+}+", "{k: {a: yes}}", Ok(()));
        check("{*:{a:b}+}+", "{k: {a: 'yes'}}", Err("x/*/a"));
        check("{*:{a:b}+}+", "{k: {}}", Err("x/*"));
        check("'a'|'b'|true", "b", Ok(()));
        check("'a'|'b'|true", "false", Err("x"));
        check("<delay>|i", "+5", Ok(()));
        check("<delay>|i", "'++5'", Err("x"));
        check("<size>", "1.5G", Ok(()));
        check("<size>", ".5T", Ok(()));
        check("<size>", "'1.5'", Err("x"));
        check("<size>", "1.G", Err("x"));
        check("n|s", "~", Ok(()));
        check("f", "1.5", Ok(()));
    }
}
