//! From a document to a tree, for what has to be changed.

use serde_json::{Map, Number, Value as Tree};

use super::{Kind, Typed, Value};

impl Value<'_> {
    /// Whether it is an array.
    pub fn is_array(self) -> bool {
        self.node().kind == Kind::Array
    }

    /// Whether it is an object.
    pub fn is_object(self) -> bool {
        self.node().kind == Kind::Object
    }

    /// The value as a tree of its own. No deeper than [`MAX_DEPTH`](super::MAX_DEPTH), as the
    /// reader has seen to.
    pub fn to_tree(self) -> Tree {
        match self.typed() {
            Typed::Null => Tree::Null,
            Typed::Boolean(value) => Tree::Bool(value),
            Typed::Number(digits) => Tree::Number(number(digits)),
            Typed::Text(text) => Tree::String(text.into_owned()),
            Typed::Array(_) => self.items().map(Value::to_tree).collect(),
            Typed::Object(_) => {
                let members = self.members();
                Tree::Object(
                    members
                        .map(|(key, value)| (key.into_owned(), value.to_tree()))
                        .collect::<Map<_, _>>(),
                )
            }
        }
    }

    /// Levels of objects and arrays, this one included; 0 for other values.
    pub fn depth(self) -> usize {
        let below = match self.node().kind {
            Kind::Object => self.members().map(|(_, value)| value.depth()).max(),
            Kind::Array => self.items().map(Value::depth).max(),
            Kind::Null
            | Kind::True
            | Kind::False
            | Kind::Number
            | Kind::Plain
            | Kind::Escaped
            | Kind::PlainKey
            | Kind::EscapedKey => return 0,
        };
        1 + below.unwrap_or(0)
    }
}

/// The number that is written so. The reader has accepted it, so it is one.
pub(super) fn number(digits: &str) -> Number {
    digits.parse().unwrap_or_else(|_| Number::from(0))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::super::Document;

    #[test]
    fn a_tree_is_what_others_make_of_the_text() {
        let check = |text: &'static str, depth: usize| {
            let document = Document::read(Bytes::from_static(text.as_bytes())).unwrap();
            let theirs: serde_json::Value = serde_json::from_str(text).unwrap();
            assert_eq!(document.root().to_tree(), theirs, "{text}");
            assert_eq!(document.root().depth(), depth, "{text}");
        };
        check("null", 0);
        check(r#""\u00e9\n""#, 0);
        check("18446744073709551615", 0);
        check("-1.5e-3", 0);
        check("[]", 1);
        check(r#"{"a":[1,{"b":null}],"c":"","\u0064":true}"#, 3);
    }
}
