//! From bytes to the list of places, in one pass.

use std::borrow::Cow;
use std::fmt;

use super::text::{self, EscapeFault};
use super::{Kind, MAX_DEPTH, Node, number, pointer};

/// A text that is not strict JSON: what is wrong with it, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{fault} (at byte {offset}{})", Place(pointer))]
pub struct ReadError {
    /// What is wrong.
    pub fault: Fault,
    /// Byte the reader stopped at, counted from 0.
    pub offset: usize,
    /// JSON pointer to the value it was reading; empty at the outermost. Cut short with `...`
    /// when it is long.
    pub pointer: String,
}

struct Place<'a>(&'a str);

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            Ok(())
        } else {
            write!(f, ", in `{}`", self.0)
        }
    }
}

/// What keeps a text from being strict JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Bytes that are not UTF-8.
    #[error("text is not UTF-8")]
    Encoding,
    /// A byte-order mark in front.
    #[error("text begins with a byte-order mark, expected JSON without one")]
    ByteOrderMark,
    /// Nothing but white space.
    #[error("text is empty, expected a JSON value")]
    Empty,
    /// Something else than the grammar allows here.
    #[error("found what is not JSON, expected {0}")]
    Unexpected(&'static str),
    /// The text ends inside a value.
    #[error("text ends too early, expected {0}")]
    End(&'static str),
    /// Something after the value.
    #[error("found more text after the value, expected its end")]
    Trailing,
    /// Deeper than [`MAX_DEPTH`].
    #[error("nested too deep, expected at most {MAX_DEPTH} levels")]
    Depth,
    /// The same key twice in one object.
    #[error("key stands twice in one object, expected each key once")]
    RepeatedKey,
    /// A control character that is not escaped.
    #[error("control character in a string, expected it escaped")]
    Control,
    /// An escape that JSON does not have.
    #[error("unknown escape in a string, expected one of JSON's")]
    Escape,
    /// Half of a surrogate pair.
    #[error("lone surrogate in a string, expected a pair")]
    Surrogate,
    /// A number that changes when it is read and written again.
    #[error(
        "number does not survive being read, expected a 64-bit integer or a double of at most 17 digits"
    )]
    Number,
    /// More than 4 GiB.
    #[error("text is too large, expected at most 4 GiB")]
    Size,
}

/// Reads the whole text.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Node>, ReadError> {
    let outermost = |fault, offset| ReadError {
        fault,
        offset,
        pointer: String::new(),
    };
    if u32::try_from(bytes.len()).is_err() {
        return Err(outermost(Fault::Size, 0));
    }
    if bytes.starts_with(b"\xef\xbb\xbf") {
        return Err(outermost(Fault::ByteOrderMark, 0));
    }
    std::str::from_utf8(bytes).map_err(|error| outermost(Fault::Encoding, error.valid_up_to()))?;
    let mut reader = Reader {
        bytes,
        at: 0,
        nodes: Vec::with_capacity(bytes.len() / 32 + 8),
        open: Vec::new(),
        keys: Vec::new(),
    };
    match reader.read_all() {
        Ok(()) => Ok(reader.nodes),
        Err(fault) => Err(ReadError {
            fault,
            offset: reader.at,
            pointer: reader.pointer(),
        }),
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    nodes: Vec<Node>,
    /// Objects and arrays that are not closed yet, outermost first.
    open: Vec<Open>,
    /// Scratch space for comparing the keys of one object.
    keys: Vec<u32>,
}

struct Open {
    /// Its node.
    index: usize,
    is_object: bool,
    /// Members or items read so far.
    count: usize,
    /// Node of the key whose value is being read.
    key: usize,
}

impl<'a> Reader<'a> {
    fn read_all(&mut self) -> Result<(), Fault> {
        self.skip_space();
        if self.peek().is_none() {
            return Err(Fault::Empty);
        }
        self.value()?;
        while let Some(top) = self.open.last() {
            let (is_object, is_first) = (top.is_object, top.count == 0);
            self.skip_space();
            let closer = if is_object { b'}' } else { b']' };
            if self.peek() == Some(closer) {
                self.at += 1;
                self.close()?;
                continue;
            }
            if !is_first {
                self.expect(
                    b',',
                    if is_object {
                        "`,` or `}`"
                    } else {
                        "`,` or `]`"
                    },
                )?;
                self.skip_space();
            }
            if is_object {
                self.key()?;
            }
            if let Some(top) = self.open.last_mut() {
                top.count += 1;
            }
            self.value()?;
        }
        self.skip_space();
        if self.at < self.bytes.len() {
            Err(Fault::Trailing)
        } else {
            Ok(())
        }
    }

    /// Reads a scalar whole; opens an object or array.
    fn value(&mut self) -> Result<(), Fault> {
        match self.peek() {
            Some(b'"') => self.string(Kind::Plain, Kind::Escaped),
            Some(b'{') => self.begin(true),
            Some(b'[') => self.begin(false),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Kind::True),
            Some(b'f') => self.word("false", Kind::False),
            Some(b'n') => self.word("null", Kind::Null),
            Some(_) => Err(Fault::Unexpected("a JSON value")),
            None => Err(Fault::End("a JSON value")),
        }
    }

    fn begin(&mut self, is_object: bool) -> Result<(), Fault> {
        if self.open.len() >= MAX_DEPTH {
            return Err(Fault::Depth);
        }
        self.open.push(Open {
            index: self.nodes.len(),
            is_object,
            count: 0,
            key: 0,
        });
        let start = self.at;
        self.at += 1;
        self.push(if is_object { Kind::Object } else { Kind::Array }, start);
        Ok(())
    }

    fn close(&mut self) -> Result<(), Fault> {
        let Some(top) = self.open.pop() else {
            return Ok(());
        };
        let (end, next) = (place(self.at), place(self.nodes.len()));
        if let Some(node) = self.nodes.get_mut(top.index) {
            (node.end, node.next) = (end, next);
        }
        if top.is_object && top.count > 1 {
            self.check_keys(top)
        } else {
            Ok(())
        }
    }

    /// Refuses an object in which a key stands twice.
    fn check_keys(&mut self, object: Open) -> Result<(), Fault> {
        let mut keys = std::mem::take(&mut self.keys);
        keys.clear();
        let mut at = object.index + 1;
        while keys.len() < object.count {
            keys.push(place(at));
            at = self
                .nodes
                .get(at + 1)
                .map_or(usize::MAX, |value| value.next as usize);
        }
        keys.sort_unstable_by(|&a, &b| self.key_text(a).cmp(&self.key_text(b)));
        let twice = keys.windows(2).find_map(|pair| match pair {
            &[a, b] if self.key_text(a) == self.key_text(b) => Some(a.max(b)),
            _ => None,
        });
        self.keys = keys;
        let Some(twice) = twice else { return Ok(()) };
        let key = twice as usize;
        self.at = self
            .nodes
            .get(key)
            .map_or(self.at, |node| node.start as usize);
        self.open.push(Open { key, ..object });
        Err(Fault::RepeatedKey)
    }

    fn key_text(&self, index: u32) -> Cow<'a, [u8]> {
        let Some(node) = self.nodes.get(index as usize) else {
            return Cow::Borrowed(b"");
        };
        let bytes = self
            .bytes
            .get(node.start as usize..node.end as usize)
            .unwrap_or_default();
        if node.kind == Kind::PlainKey {
            return Cow::Borrowed(bytes);
        }
        let text = std::str::from_utf8(bytes).unwrap_or_default();
        Cow::Owned(text::unescape(text).into_owned().into_bytes())
    }

    fn key(&mut self) -> Result<(), Fault> {
        if self.peek() != Some(b'"') {
            return Err(self.unexpected("a key in quotation marks"));
        }
        let key = self.nodes.len();
        self.string(Kind::PlainKey, Kind::EscapedKey)?;
        if let Some(top) = self.open.last_mut() {
            top.key = key;
        }
        self.skip_space();
        self.expect(b':', "`:` after a key")?;
        self.skip_space();
        Ok(())
    }

    fn string(&mut self, plain: Kind, escaped: Kind) -> Result<(), Fault> {
        let start = self.at + 1;
        self.at = start;
        let mut kind = plain;
        loop {
            self.at = text::find_special(self.bytes, self.at);
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    let rest = self.bytes.get(self.at..).unwrap_or_default();
                    let (length, _) = text::escape(rest).map_err(|fault| match fault {
                        EscapeFault::Unknown => Fault::Escape,
                        EscapeFault::LoneSurrogate => Fault::Surrogate,
                    })?;
                    self.at += length;
                    kind = escaped;
                }
                Some(_) => return Err(Fault::Control),
                None => return Err(Fault::End("the end of a string")),
            }
        }
        self.push(kind, start);
        self.at += 1;
        Ok(())
    }

    fn number(&mut self) -> Result<(), Fault> {
        let start = self.at;
        let rest = self.bytes.get(start..).unwrap_or_default();
        let length = number::scan(rest).ok_or(Fault::Unexpected("a number"))?;
        let text = rest
            .get(..length)
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
            .unwrap_or_default();
        if !number::survives(text) {
            return Err(Fault::Number);
        }
        self.at += length;
        self.push(Kind::Number, start);
        Ok(())
    }

    fn word(&mut self, word: &'static str, kind: Kind) -> Result<(), Fault> {
        let start = self.at;
        if !self
            .bytes
            .get(start..)
            .unwrap_or_default()
            .starts_with(word.as_bytes())
        {
            return Err(Fault::Unexpected("a JSON value"));
        }
        self.at += word.len();
        self.push(kind, start);
        Ok(())
    }

    /// Adds a node that ends where the reader stands.
    fn push(&mut self, kind: Kind, start: usize) {
        let next = place(self.nodes.len() + 1);
        self.nodes.push(Node {
            kind,
            start: place(start),
            end: place(self.at),
            next,
        });
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    fn expect(&mut self, byte: u8, what: &'static str) -> Result<(), Fault> {
        if self.peek() != Some(byte) {
            return Err(self.unexpected(what));
        }
        self.at += 1;
        Ok(())
    }

    fn unexpected(&self, what: &'static str) -> Fault {
        if self.peek().is_none() {
            Fault::End(what)
        } else {
            Fault::Unexpected(what)
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Pointer to what is being read.
    fn pointer(&self) -> String {
        const LONGEST: usize = 256;
        let mut pointer = String::new();
        for open in self
            .open
            .iter()
            .filter(|open| open.count > 0 || open.key > 0)
        {
            let token = if open.is_object {
                let key = self.key_text(place(open.key));
                pointer::escape(&String::from_utf8_lossy(&key).escape_debug().to_string())
            } else {
                (open.count - 1).to_string()
            };
            pointer.push('/');
            pointer.push_str(&token);
            if pointer.len() > LONGEST {
                let cut = pointer.floor_char_boundary(LONGEST);
                pointer.truncate(cut);
                pointer.push_str("...");
                break;
            }
        }
        pointer
    }
}

/// A place in the text or the list. Both are shorter than 4 GiB: `read` has checked the text,
/// and every node stands for at least one byte of it.
fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
