//! JSON patches (RFC 6902), as Ironic takes them.
//!
//! Ironic knows `add`, `remove` and `replace`, and paths of plain parts: `/` and one or more
//! letters, digits, `_` or `-`. Neither `~` nor the empty part can be written, in any version. A
//! path through something that is not there is refused here: Ironic's answer to one quotes the
//! whole object, passwords included.
//!
//! Pure. Errors carry the pointer into the patch, and never a value. Bounded work: each operation
//! costs the length of its path and of its value, once.

use serde_json::Value as Tree;

use crate::json::{Document, MAX_DEPTH, Value};

mod apply;

/// Operations in one patch, unless configured otherwise. Stock clients send some twenty. Ironic
/// has no limit, and copies the document for each.
pub const MAX_OPERATIONS: usize = 256;

/// A patch that has been read.
#[derive(Clone, PartialEq)]
pub struct Patch(Vec<Step>);

/// One operation of a patch.
#[derive(Clone, PartialEq)]
pub struct Step {
    path: Path,
    action: Action,
}

/// What an operation does at its path.
#[derive(Clone, PartialEq)]
pub enum Action {
    /// Puts a value there: over what is there, or between the items of an array.
    Add(Tree),
    /// Takes away what is there.
    Remove,
    /// Puts a value in place of what is there.
    Replace(Tree),
}

/// A path: the field of the document, and what is below.
#[derive(Clone, PartialEq, Eq)]
struct Path {
    root: Box<str>,
    below: Vec<Box<str>>,
}

/// A patch that is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{fault}{}", Place(pointer))]
pub struct PatchError {
    /// JSON pointer into the patch, such as `/3/path`; empty for the whole.
    pub pointer: String,
    /// What is wrong.
    pub fault: PatchFault,
}

/// Where it is, unless it is the whole.
struct Place<'a>(&'a str);

impl std::fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            "" => Ok(()),
            pointer => write!(f, " (in `{pointer}`)"),
        }
    }
}

/// What can be wrong with a patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatchFault {
    /// Not an array.
    #[error("patch is not an array, expected an array of operations")]
    NotAnArray,
    /// More operations than are taken.
    #[error("patch has {found} operations, expected at most {limit}")]
    TooMany {
        /// How many there are.
        found: usize,
        /// How many would be taken.
        limit: usize,
    },
    /// An operation is not an object.
    #[error("operation is not an object, expected one with `op`, `path` and `value`")]
    NotAnObject,
    /// An operation has another member.
    #[error("operation has an unknown member, expected `op`, `path` and `value`")]
    UnknownMember,
    /// A member is missing.
    #[error("operation has no `{0}`, expected one")]
    Missing(&'static str),
    /// Not an operation of Ironic.
    #[error("operation is not known, expected `add`, `remove` or `replace`")]
    Op,
    /// Not a path of Ironic.
    #[error(
        "path cannot be used, expected `/` before each part, and parts of letters, digits, `_` and `-`"
    )]
    Path,
    /// The value would stand too deep.
    #[error("value would be nested too deep, expected at most {MAX_DEPTH} levels")]
    Depth,
    /// The path leads through what is not there, or holds nothing.
    #[error(
        "path leads through a value that is not there or can hold no other, expected one that is an object or an array"
    )]
    NoParent,
    /// There is nothing to remove or replace.
    #[error("path leads to nothing, expected a value that is there")]
    NoValue,
    /// Not an index of the array.
    #[error(
        "last part of the path is no place in the array, expected an index, or `-` for its end when adding"
    )]
    Index,
}

impl Patch {
    /// Reads a patch of at most so many operations.
    ///
    /// # Errors
    /// When Ironic would not take it for a patch, or it is larger than `limit`.
    pub fn read(body: &Document, limit: usize) -> Result<Self, PatchError> {
        let root = body.root();
        if !root.is_array() {
            return Err(PatchFault::NotAnArray.at(String::new()));
        }
        let found = root.items().count();
        if found > limit {
            return Err(PatchFault::TooMany { found, limit }.at(String::new()));
        }
        let steps = root
            .items()
            .enumerate()
            .map(|(at, item)| Step::read(item, at));
        steps.collect::<Result<_, _>>().map(Self)
    }

    /// Its operations, in order.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.0.iter()
    }

    /// Applies the operations one after the other.
    ///
    /// A field of the document itself is taken to be there even when `document` does not have it:
    /// Ironic's own has them all, and which of them may be touched is the schema's to say.
    ///
    /// # Errors
    /// When a path leads through, or an operation needs, what is not there. `document` is then
    /// changed in part, and of no use.
    pub fn apply(&self, document: &mut Tree) -> Result<(), PatchError> {
        for (at, step) in self.steps().enumerate() {
            apply::step(document, step).map_err(|fault| fault.at(format!("/{at}/path")))?;
        }
        Ok(())
    }
}

impl Step {
    fn read(item: Value<'_>, at: usize) -> Result<Self, PatchError> {
        if !item.is_object() {
            return Err(PatchFault::NotAnObject.at(format!("/{at}")));
        }
        let (mut op, mut path, mut value) = (None, None, None);
        for (name, member) in item.members() {
            match &*name {
                "op" => op = Some(member),
                "path" => path = Some(member),
                "value" => value = Some(member),
                _ => return Err(PatchFault::UnknownMember.at(format!("/{at}"))),
            }
        }
        let missing = |name| PatchFault::Missing(name).at(format!("/{at}"));
        let op = op.ok_or_else(|| missing("op"))?.as_text();
        let path = path.ok_or_else(|| missing("path"))?.as_text();
        let path = path.and_then(|path| Path::read(&path));
        let path = path.ok_or_else(|| PatchFault::Path.at(format!("/{at}/path")))?;
        let value = || {
            let value = value.ok_or_else(|| missing("value"))?;
            if path.below.len() + value.depth() >= MAX_DEPTH {
                return Err(PatchFault::Depth.at(format!("/{at}/value")));
            }
            Ok(value.to_tree())
        };
        let action = match op.as_deref() {
            Some("add") => Action::Add(value()?),
            Some("replace") => Action::Replace(value()?),
            Some("remove") => Action::Remove,
            Some(_) | None => return Err(PatchFault::Op.at(format!("/{at}/op"))),
        };
        Ok(Self { path, action })
    }

    /// The field of the document that is touched.
    pub fn root(&self) -> &str {
        &self.path.root
    }

    /// Whether the whole field is touched, and not something in it.
    pub fn is_root(&self) -> bool {
        self.path.below.is_empty()
    }

    /// The parts of its path below that field.
    pub fn below(&self) -> impl Iterator<Item = &str> {
        self.path.below.iter().map(|part| &**part)
    }

    /// What is done there.
    pub fn action(&self) -> &Action {
        &self.action
    }
}

impl Path {
    /// Ironic's pattern is `^(/[\w-]+)+$`, by which a line break at the end passes as well.
    fn read(text: &str) -> Option<Self> {
        let is_plain = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
        let mut parts = text.strip_prefix('/')?.split('/');
        let mut part = || {
            let part = parts.next()?;
            Some((!part.is_empty() && part.chars().all(is_plain)).then(|| Box::from(part)))
        };
        let root = part()??;
        let mut below = Vec::new();
        while let Some(part) = part() {
            if below.len() >= MAX_DEPTH {
                return None;
            }
            below.push(part?);
        }
        Some(Self { root, below })
    }
}

impl PatchFault {
    fn at(self, pointer: String) -> PatchError {
        PatchError {
            pointer,
            fault: self,
        }
    }
}

impl std::fmt::Debug for Patch {
    /// Shows the size only: values can be secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Patch({} operations)", self.0.len())
    }
}

#[cfg(test)]
mod tests;
