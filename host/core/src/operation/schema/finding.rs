//! From the errors of the `jsonschema` crate to findings that are safe to show.

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind as Kind;
use serde_json::Value as Tree;

use super::words;
use crate::json::{Document, Pointer, Typed, Value};
use crate::operation::Microversion;

/// One thing in a request that its schema does not allow. Safe to show: it holds names of members
/// and kinds of values, and no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaFinding {
    /// JSON pointer to it. Control characters are shown as escapes, and a long one is cut short
    /// with `...`.
    pub pointer: String,
    /// What was found, by its kind.
    pub message: String,
    /// What would be accepted.
    pub accepted: String,
}

/// Most findings in one answer.
const MOST: usize = 32;
/// Longest pointer that is shown, in bytes.
const LONGEST: usize = 256;

/// Findings, gathered.
#[derive(Default)]
pub(super) struct Findings(Vec<SchemaFinding>);

impl Findings {
    pub(super) fn push(&mut self, finding: SchemaFinding) {
        let SchemaFinding { pointer, .. } = finding;
        let finding = SchemaFinding {
            pointer: shown(&pointer),
            ..finding
        };
        if self.0.len() < MOST && !self.0.contains(&finding) {
            self.0.push(finding);
        }
    }

    pub(super) fn into_result(self) -> Result<(), Vec<SchemaFinding>> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(self.0)
        }
    }

    /// Adds the first NUL character of a document: nothing that Ironic hands a text on to takes
    /// one, and some of it reads the text only up to there.
    pub(super) fn add_nul(&mut self, document: &Document) {
        if !document.has_nul() {
            return;
        }
        if let Some(pointer) = nul_in(document.root()) {
            self.push(of_nul(pointer));
        }
    }

    /// The same, for a tree.
    pub(super) fn add_nul_of_tree(&mut self, tree: &Tree) {
        if let Some(pointer) = nul_in_tree(tree) {
            self.push(of_nul(pointer));
        }
    }

    /// Adds what a validator has found.
    pub(super) fn add_errors<'i>(
        &mut self,
        errors: impl Iterator<Item = ValidationError<'i>>,
        schema: &Tree,
        kinds: &Kinds<'_>,
    ) {
        for error in errors.take(MOST) {
            self.add_error(&error, schema, kinds);
        }
        if self.0.is_empty() {
            self.push(SchemaFinding {
                pointer: String::new(),
                message: format!("found {}", kinds.at("")),
                accepted: words::of(schema),
            });
        }
    }

    fn add_error(&mut self, error: &ValidationError<'_>, schema: &Tree, kinds: &Kinds<'_>) {
        let place = error.instance_path().as_str();
        let (holder, accepted) = words::walk(schema, error.schema_path().as_str());
        let field = |name: &str| holder.get("properties").and_then(|fields| fields.get(name));
        match error.kind() {
            Kind::AdditionalProperties { unexpected } => {
                for name in unexpected {
                    let pointer = format!("{place}/{}", escape(name));
                    self.push(match field(name) {
                        Some(field) => of_field_of_other_version(pointer, field),
                        None => SchemaFinding {
                            pointer,
                            message: "found a member that is not known".into(),
                            accepted: words::names(
                                holder.get("properties").and_then(Tree::as_object),
                            ),
                        },
                    });
                }
            }
            Kind::Required { property } => {
                let name = property.as_str().unwrap_or_default();
                self.push(SchemaFinding {
                    pointer: format!("{place}/{}", escape(name)),
                    message: "found nothing".into(),
                    accepted: field(name).map_or_else(|| "a value".into(), words::of),
                });
            }
            Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
                let mut meant = context.iter().filter(|errors| is_meant(errors, place));
                match (meant.next(), meant.next()) {
                    (Some(errors), None) => {
                        for error in errors {
                            self.add_error(error, schema, kinds);
                        }
                    }
                    _ => self.push_of(place, kinds, accepted.unwrap_or_else(|| words::of(holder))),
                }
            }
            Kind::Custom { keyword, .. } => {
                let words = holder
                    .get(keyword.as_str())
                    .and_then(|value| super::keywords::words(keyword, value));
                self.push_of(place, kinds, words.unwrap_or_else(|| words::of(holder)));
            }
            _ => self.push_of(place, kinds, accepted.unwrap_or_else(|| words::of(holder))),
        }
    }

    fn push_of(&mut self, place: &str, kinds: &Kinds<'_>, accepted: String) {
        self.push(SchemaFinding {
            pointer: place.to_owned(),
            message: format!("found {}", kinds.at(place)),
            accepted,
        });
    }
}

/// Whether a value was meant to satisfy an alternative: it is of the right type, and the members
/// that tell alternatives apart are right.
fn is_meant(errors: &[ValidationError<'_>], place: &str) -> bool {
    errors.iter().all(|error| {
        let below = error.instance_path().as_str().strip_prefix(place);
        let depth = below.unwrap_or_default().matches('/').count();
        match error.kind() {
            Kind::Type { .. }
            | Kind::FalseSchema
            | Kind::Pattern { .. }
            | Kind::MaxProperties { .. } => depth > 0,
            Kind::Constant { .. } | Kind::Enum { .. } => depth > 1,
            _ => true,
        }
    })
}

/// A field or an operation that the version of the request does not have.
pub(super) fn of_other_version(
    pointer: String,
    piece: &Tree,
    version: Microversion,
) -> SchemaFinding {
    SchemaFinding {
        message: format!("found what version {version} of the API does not have"),
        ..of_field_of_other_version(pointer, piece)
    }
}

fn of_field_of_other_version(pointer: String, piece: &Tree) -> SchemaFinding {
    let version = |keyword: &str| piece.get(keyword).and_then(Tree::as_str);
    let accepted = match (version("x-since"), version("x-until")) {
        (Some(since), Some(until)) => format!("it in versions {since} to {until} of the API"),
        (Some(since), None) => format!("it from version {since} of the API on"),
        (None, Some(until)) => format!("it up to version {until} of the API"),
        (None, None) => "a request without it".into(),
    };
    SchemaFinding {
        pointer,
        message: "found a member that this version of the API does not have".into(),
        accepted,
    }
}

fn of_nul(pointer: String) -> SchemaFinding {
    SchemaFinding {
        pointer,
        message: "found a NUL character in a string".into(),
        accepted: "text without it".into(),
    }
}

fn nul_in(value: Value<'_>) -> Option<String> {
    match value.typed() {
        Typed::Text(text) => text.contains('\0').then(String::new),
        Typed::Array(_) => value
            .items()
            .enumerate()
            .find_map(|(at, item)| Some(format!("/{at}{}", nul_in(item)?))),
        Typed::Object(_) => value.members().find_map(|(name, value)| {
            let below = if name.contains('\0') {
                Some(String::new())
            } else {
                nul_in(value)
            };
            Some(format!("/{}{}", escape(&name), below?))
        }),
        Typed::Null | Typed::Boolean(_) | Typed::Number(_) => None,
    }
}

fn nul_in_tree(tree: &Tree) -> Option<String> {
    match tree {
        Tree::String(text) => text.contains('\0').then(String::new),
        Tree::Array(items) => {
            let mut items = items.iter().enumerate();
            items.find_map(|(at, item)| Some(format!("/{at}{}", nul_in_tree(item)?)))
        }
        Tree::Object(members) => members.iter().find_map(|(name, value)| {
            let below = if name.contains('\0') {
                Some(String::new())
            } else {
                nul_in_tree(value)
            };
            Some(format!("/{}{}", escape(name), below?))
        }),
        Tree::Null | Tree::Bool(_) | Tree::Number(_) => None,
    }
}

/// What was judged, to name the kinds of what is in it.
pub(super) enum Kinds<'a> {
    Document(&'a Document),
    Tree(&'a Tree),
}

impl<'a> Kinds<'a> {
    pub(super) fn of(document: &'a Document) -> Self {
        Self::Document(document)
    }

    pub(super) fn of_tree(tree: &'a Tree) -> Self {
        Self::Tree(tree)
    }

    /// The kind of the value at a pointer.
    fn at(&self, pointer: &str) -> String {
        match self {
            Self::Document(document) => {
                let pointer: Pointer = pointer.parse().unwrap_or_default();
                document.get(&pointer).map(kind)
            }
            Self::Tree(tree) => tree.pointer(pointer).map(kind_of_tree),
        }
        .unwrap_or_else(|| "nothing".into())
    }
}

fn kind(value: Value<'_>) -> String {
    match value.typed() {
        Typed::Null => "null".into(),
        Typed::Boolean(_) => "a boolean".into(),
        Typed::Number(digits) => kind_of_number(digits.contains(['.', 'e', 'E'])),
        Typed::Text(text) => kind_of_text(&text),
        Typed::Array(_) => count(value.items().count(), "an array", "item"),
        Typed::Object(_) => count(value.members().count(), "an object", "member"),
    }
}

fn kind_of_tree(tree: &Tree) -> String {
    match tree {
        Tree::Null => "null".into(),
        Tree::Bool(_) => "a boolean".into(),
        Tree::Number(number) => kind_of_number(number.is_f64()),
        Tree::String(text) => kind_of_text(text),
        Tree::Array(items) => count(items.len(), "an array", "item"),
        Tree::Object(members) => count(members.len(), "an object", "member"),
    }
}

fn kind_of_number(is_fraction: bool) -> String {
    if is_fraction {
        "a number with a fraction"
    } else {
        "an integer"
    }
    .into()
}

fn kind_of_text(text: &str) -> String {
    count(text.chars().count(), "a string", "character")
}

fn count(number: usize, kind: &str, unit: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{kind} of {number} {unit}{plural}")
}

fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn shown(pointer: &str) -> String {
    let mut shown = String::new();
    for c in pointer.chars() {
        if c.is_control() {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
        if shown.len() > LONGEST {
            shown.push_str("...");
            break;
        }
    }
    shown
}
