//! JSON pointers (RFC 6901).

use std::fmt;
use std::str::FromStr;

/// A place in a JSON document, such as `/deploy_steps/0/interface`; empty for the whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Pointer {
    tokens: Vec<Box<str>>,
}

/// A text that is not a [`Pointer`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a JSON pointer: empty, or `/` before each part, with `~` only as `~0` or `~1`")]
pub struct PointerError;

impl Pointer {
    /// The parts, unescaped.
    pub fn tokens(&self) -> impl Iterator<Item = &str> {
        self.tokens.iter().map(|token| &**token)
    }

    /// The first part and the pointer below it.
    pub fn split_first(&self) -> Option<(&str, Pointer)> {
        let (first, rest) = self.tokens.split_first()?;
        Some((
            first,
            Pointer {
                tokens: rest.to_vec(),
            },
        ))
    }
}

impl FromStr for Pointer {
    type Err = PointerError;

    fn from_str(text: &str) -> Result<Self, PointerError> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        let parts = text.strip_prefix('/').ok_or(PointerError)?.split('/');
        let tokens = parts.map(unescape).collect::<Result<_, _>>()?;
        Ok(Self { tokens })
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.tokens()
            .try_for_each(|token| write!(f, "/{}", escape(token)))
    }
}

/// Writes one part of a pointer.
pub(super) fn escape(token: &str) -> String {
    token.replace('~', "~0").replace('/', "~1")
}

fn unescape(part: &str) -> Result<Box<str>, PointerError> {
    let mut pieces = part.split('~');
    let mut token = String::from(pieces.next().unwrap_or_default());
    for piece in pieces {
        let (sign, rest) = match piece.as_bytes().first() {
            Some(b'0') => ('~', piece),
            Some(b'1') => ('/', piece),
            Some(_) | None => return Err(PointerError),
        };
        token.push(sign);
        token.push_str(rest.get(1..).unwrap_or_default());
    }
    Ok(token.into())
}

/// Index into an array: decimal, without sign or leading zero.
pub(super) fn array_index(token: &str) -> Option<usize> {
    let plain =
        token.bytes().all(|b| b.is_ascii_digit()) && (token == "0" || !token.starts_with('0'));
    if plain { token.parse().ok() } else { None }
}
