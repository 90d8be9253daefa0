//! Reading a shape from its text.

use super::{Field, Others, Shape};
use std::ops::RangeInclusive;

/// What is left to read.
pub(super) struct Reader<'a>(pub(super) &'a str);

impl<'a> Reader<'a> {
    fn take(&mut self, prefix: &str) -> bool {
        match self.0.strip_prefix(prefix) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    fn next(&mut self) -> Option<u8> {
        let next = *self.0.as_bytes().first()?;
        self.0 = self.0.get(1..)?;
        Some(next)
    }

    fn until(&mut self, ends: &[u8]) -> Option<&'a str> {
        let at = self.0.bytes().position(|byte| ends.contains(&byte))?;
        let (text, rest) = self.0.split_at_checked(at)?;
        self.0 = rest;
        Some(text)
    }

    /// The text of the shape that comes next, unread: most fields that there are, no document has.
    fn skip(&mut self) -> Option<&'a str> {
        let mut depth = 0_usize;
        let mut is_quoted = false;
        let end = self.0.bytes().position(|byte| {
            match byte {
                b'\'' => is_quoted = !is_quoted,
                _ if is_quoted => {}
                b',' | b'}' if depth == 0 => return true,
                b'[' | b'{' => depth += 1,
                b']' | b'}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            false
        });
        let (text, rest) = self.0.split_at_checked(end?)?;
        self.0 = rest;
        Some(text)
    }

    pub(super) fn shape(&mut self) -> Option<Shape<'a>> {
        let first = self.one()?;
        if !self.0.starts_with('|') {
            return Some(first);
        }
        let mut shapes = vec![first];
        while self.take("|") {
            shapes.push(self.one()?);
        }
        Some(Shape::Either(shapes))
    }

    fn one(&mut self) -> Option<Shape<'a>> {
        let shape = match self.next()? {
            b'[' => {
                let shape = self.shape()?;
                self.take("]").then(|| Shape::List(Box::new(shape)))?
            }
            b'{' => self.map()?,
            b'\'' => {
                let text = self.until(b"'")?;
                self.take("'");
                Shape::Exactly(text)
            }
            b'<' => {
                let text = self.until(b">")?;
                self.take(">");
                Shape::Form(text)
            }
            b't' if self.take("rue") => Shape::Is(true),
            b'f' if self.take("alse") => Shape::Is(false),
            b's' => Shape::Text,
            b'b' => Shape::Boolean,
            b'i' => Shape::Integer,
            b'f' => Shape::Number,
            b'n' => Shape::Null,
            b'*' => Shape::Any,
            _ => return None,
        };
        let shape = match self.sizes() {
            Some(sizes) => Shape::Sized(Box::new(shape), sizes),
            None => shape,
        };
        if self.take("#") {
            return Some(Shape::Distinct(Box::new(shape)));
        }
        Some(shape)
    }

    /// How many items there may be, if that is said.
    fn sizes(&mut self) -> Option<RangeInclusive<usize>> {
        if self.take("+") {
            return Some(1..=usize::MAX);
        }
        let least = self.number()?;
        let most = if self.take("-") {
            self.number()?
        } else {
            least
        };
        Some(least..=most)
    }

    fn number(&mut self) -> Option<usize> {
        let end = self.0.bytes().position(|byte| !byte.is_ascii_digit());
        let (number, rest) = self.0.split_at_checked(end.unwrap_or(self.0.len()))?;
        if number.is_empty() {
            return None;
        }
        let number = number.parse().ok()?;
        self.0 = rest;
        Some(number)
    }

    fn map(&mut self) -> Option<Shape<'a>> {
        let (mut fields, mut others) = (Vec::new(), Others::None);
        while !self.take("}") {
            if self.take("..") {
                others = Others::Anything;
            } else if self.take("*:") {
                others = Others::Of(None, Box::new(self.shape()?));
            } else if self.take("<") {
                let form = self.until(b">")?;
                self.take(">:").then_some(())?;
                others = Others::Of(Some(form), Box::new(self.shape()?));
            } else {
                let name = self.until(b":!")?;
                let is_required = self.take("!");
                self.take(":").then_some(())?;
                let shape = self.skip()?;
                fields.push(Field {
                    name,
                    is_required,
                    shape,
                });
            }
            if !self.take(",") && !self.0.starts_with('}') {
                return None;
            }
        }
        Some(Shape::Map(fields, others))
    }
}
