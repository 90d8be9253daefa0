//! JSON, read once and strictly.
//!
//! A body that two readers could take for two different things is refused: repeated keys at any
//! depth, lone surrogates, a byte-order mark, numbers that do not survive being read. What is
//! accepted becomes a [`Document`]: the text and a flat list of where each value stands in it,
//! so that any number of pointers can be looked up without building a tree.
//!
//! Pure. Grammar: RFC 8259. Errors carry the pointer and the byte offset, never a value.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use zeroize::Zeroizing;

mod instance;
mod number;
mod pointer;
mod reader;
mod text;
mod tree;

pub use instance::Read;
pub use pointer::{Pointer, PointerError};
pub use reader::{Fault, ReadError};

/// Deepest nesting of objects and arrays: what Ironic accepts (`[api]max_json_body_depth`).
pub const MAX_DEPTH: usize = 25;

/// A JSON text that has been read in full and found strict.
#[derive(Clone)]
pub struct Document {
    text: Bytes,
    nodes: Vec<Node>,
}

/// One value or key, as a place in the text.
#[derive(Clone, Copy, Debug)]
struct Node {
    kind: Kind,
    /// First byte; for strings and keys, the one after the quotation mark.
    start: u32,
    /// One past the last byte; for strings and keys, the closing quotation mark.
    end: u32,
    /// Index of the node that follows this value and all inside it.
    next: u32,
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Null,
    True,
    False,
    Number,
    /// A string without escapes.
    Plain,
    /// A string with escapes.
    Escaped,
    /// A key without escapes; its value is the next node.
    PlainKey,
    /// A key with escapes; its value is the next node.
    EscapedKey,
    Array,
    Object,
}

impl Document {
    /// Reads a whole text.
    ///
    /// # Errors
    /// When the text is not strict JSON, or nested deeper than [`MAX_DEPTH`].
    pub fn read(text: Bytes) -> Result<Self, ReadError> {
        let nodes = reader::read(&text)?;
        Ok(Self { text, nodes })
    }

    /// The outermost value.
    pub fn root(&self) -> Value<'_> {
        Value {
            document: self,
            index: 0,
        }
    }

    /// The value at `pointer`; `None` where there is none.
    pub fn get(&self, pointer: &Pointer) -> Option<Value<'_>> {
        pointer
            .tokens()
            .try_fold(self.root(), |value, token| value.child(token))
    }

    /// The text as it was received.
    pub fn text(&self) -> &Bytes {
        &self.text
    }

    /// Whether a string or a key has a NUL character in it. One can only be there as an escape,
    /// and hardly any text has that escape at all.
    pub(crate) fn has_nul(&self) -> bool {
        const ESCAPE: &[u8] = br"\u0000";
        if memchr::memmem::find(&self.text, ESCAPE).is_none() {
            return false;
        }
        let mut escaped = self
            .nodes
            .iter()
            .filter(|node| matches!(node.kind, Kind::Escaped | Kind::EscapedKey));
        escaped.any(|node| text::unescape(self.slice(*node)).contains('\0'))
    }

    fn node(&self, index: usize) -> Node {
        // The reader writes an object or array only together with all that is inside, so every
        // index below is in range; the fallback keeps that from ever being a panic.
        let nothing = Node {
            kind: Kind::Null,
            start: 0,
            end: 0,
            next: u32::MAX,
        };
        self.nodes.get(index).copied().unwrap_or(nothing)
    }

    fn bytes(&self, node: Node) -> &[u8] {
        self.text
            .get(node.start as usize..node.end as usize)
            .unwrap_or_default()
    }

    fn slice(&self, node: Node) -> &str {
        std::str::from_utf8(self.bytes(node)).unwrap_or_default()
    }

    fn key(&self, key: Node) -> Cow<'_, str> {
        let text = self.slice(key);
        if key.kind == Kind::EscapedKey {
            text::unescape(text)
        } else {
            Cow::Borrowed(text)
        }
    }

    /// Whether a key is this text. Looking a value up passes many keys, and nearly all of them
    /// can be compared as they stand.
    fn is_key(&self, key: Node, text: &str) -> bool {
        if key.kind == Kind::EscapedKey {
            self.key(key) == text
        } else {
            self.bytes(key) == text.as_bytes()
        }
    }
}

impl fmt::Debug for Document {
    /// Shows the size only: bodies are never logged.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Document({} bytes)", self.text.len())
    }
}

/// A value inside a [`Document`].
#[derive(Clone, Copy)]
pub struct Value<'a> {
    document: &'a Document,
    index: usize,
}

/// A value by its JSON type.
pub enum Typed<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean(bool),
    /// A number as it is written.
    Number(&'a str),
    /// A string, escapes resolved.
    Text(Cow<'a, str>),
    /// An array, as its JSON text.
    Array(&'a str),
    /// An object, as its JSON text.
    Object(&'a str),
}

impl<'a> Value<'a> {
    /// The value by its type.
    pub fn typed(self) -> Typed<'a> {
        let node = self.node();
        let text = self.document.slice(node);
        match node.kind {
            Kind::Null => Typed::Null,
            Kind::True => Typed::Boolean(true),
            Kind::False => Typed::Boolean(false),
            Kind::Number => Typed::Number(text),
            Kind::Plain | Kind::PlainKey => Typed::Text(Cow::Borrowed(text)),
            Kind::Escaped | Kind::EscapedKey => Typed::Text(text::unescape(text)),
            Kind::Array => Typed::Array(text),
            Kind::Object => Typed::Object(text),
        }
    }

    /// The string, if it is one.
    pub fn as_text(self) -> Option<Cow<'a, str>> {
        match self.typed() {
            Typed::Text(text) => Some(text),
            Typed::Null
            | Typed::Boolean(_)
            | Typed::Number(_)
            | Typed::Array(_)
            | Typed::Object(_) => None,
        }
    }

    /// The string with its escapes resolved, or the JSON text of anything else, without a copy
    /// where none is needed. A copy is wiped when it is dropped.
    pub fn shared_text(self) -> Bytes {
        let node = self.node();
        match node.kind {
            Kind::Escaped | Kind::EscapedKey => {
                let text = text::unescape(self.document.slice(node)).into_owned();
                Bytes::from_owner(Zeroizing::new(text.into_bytes()))
            }
            Kind::Null
            | Kind::True
            | Kind::False
            | Kind::Number
            | Kind::Plain
            | Kind::PlainKey
            | Kind::Array
            | Kind::Object => self
                .document
                .text
                .slice(node.start as usize..node.end as usize),
        }
    }

    /// Where it stands in the text of its document; of a string, between the quotation marks.
    pub(crate) fn range(self) -> std::ops::Range<usize> {
        let node = self.node();
        node.start as usize..node.end as usize
    }

    /// The boolean, if it is one.
    pub fn as_boolean(self) -> Option<bool> {
        match self.typed() {
            Typed::Boolean(value) => Some(value),
            Typed::Null
            | Typed::Number(_)
            | Typed::Text(_)
            | Typed::Array(_)
            | Typed::Object(_) => None,
        }
    }

    /// The members of an object; nothing for other values.
    pub fn members(self) -> impl Iterator<Item = (Cow<'a, str>, Value<'a>)> {
        let document = self.document;
        self.nodes_of_members()
            .map(move |(key, value)| (document.key(key), value))
    }

    /// The members of an object, their keys as the text has them.
    fn nodes_of_members(self) -> impl Iterator<Item = (Node, Value<'a>)> {
        let Self { document, index } = self;
        let node = self.node();
        let is_object = node.kind == Kind::Object;
        let end = if is_object { node.next as usize } else { index };
        let mut at = index + 1;
        std::iter::from_fn(move || {
            if at >= end {
                return None;
            }
            let key = document.node(at);
            let value = Value {
                document,
                index: at + 1,
            };
            at = value.node().next as usize;
            Some((key, value))
        })
    }

    /// The items of an array; nothing for other values.
    pub fn items(self) -> impl Iterator<Item = Value<'a>> {
        let Self { document, index } = self;
        let node = self.node();
        let end = if node.kind == Kind::Array {
            node.next as usize
        } else {
            index
        };
        let mut at = index + 1;
        std::iter::from_fn(move || {
            if at >= end {
                return None;
            }
            let value = Value {
                document,
                index: at,
            };
            at = value.node().next as usize;
            Some(value)
        })
    }

    /// The member of this name, or the item of this index.
    fn child(self, token: &str) -> Option<Value<'a>> {
        match self.node().kind {
            Kind::Object => self
                .nodes_of_members()
                .find(|(key, _)| self.document.is_key(*key, token))
                .map(|(_, value)| value),
            Kind::Array => self.items().nth(pointer::array_index(token)?),
            Kind::Null
            | Kind::True
            | Kind::False
            | Kind::Number
            | Kind::Plain
            | Kind::Escaped
            | Kind::PlainKey
            | Kind::EscapedKey => None,
        }
    }

    fn node(self) -> Node {
        self.document.node(self.index)
    }
}

#[cfg(test)]
mod tests;
