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

    fn until(&mut self, end: &[char]) -> Option<&'a str> {
        let at = self.0.find(end)?;
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
        let shape = if self.take("[") {
            let shape = self.shape()?;
            self.take("]").then(|| Shape::List(Box::new(shape)))?
        } else if self.take("{") {
            self.map()?
        } else if self.take("'") {
            let text = self.until(&['\''])?;
            self.take("'");
            Shape::Exactly(text)
        } else if self.take("<") {
            let text = self.until(&['>'])?;
            self.take(">");
            Shape::Form(text)
        } else if self.take("true") {
            Shape::Is(true)
        } else if self.take("false") {
            Shape::Is(false)
        } else {
            let scalars = [
                ("s", Shape::Text),
                ("b", Shape::Boolean),
                ("i", Shape::Integer),
                ("f", Shape::Number),
                ("n", Shape::Null),
                ("*", Shape::Any),
            ];
            scalars
                .into_iter()
                .find_map(|(name, shape)| self.take(name).then_some(shape))?
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
        let end = self.0.find(|c: char| !c.is_ascii_digit());
        let (number, rest) = self.0.split_at_checked(end.unwrap_or(self.0.len()))?;
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
                let form = self.until(&['>'])?;
                self.take(">:").then_some(())?;
                others = Others::Of(Some(form), Box::new(self.shape()?));
            } else {
                let name = self.until(&[':', '!'])?;
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
