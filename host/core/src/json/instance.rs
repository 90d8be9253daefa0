//! Documents as the `jsonschema` crate sees them, so that a body is held against its schema where
//! it stands: no tree is built, and a config drive of megabytes is not copied.

use std::borrow::Cow;
use std::ops::ControlFlow;

use bytes::Bytes;
use jsonschema::JsonType;
use jsonschema::json::{Array, Json, JsonNumber, Node as Instance, NodeIdentity, Object};
use serde_json::Value as Tree;

use super::{Document, Kind, Node, Value};

/// [`Document`], as a representation of JSON that schemas can be compiled for.
pub struct Read;

impl Json for Read {
    type Node<'a> = Value<'a>;
    type PreparedKey = Box<str>;
    type StringBuffer = Option<Document>;

    const ACYCLIC: bool = true;

    fn prepare_key(key: &str) -> Box<str> {
        key.into()
    }

    fn with_string_node<T>(
        buffer: &mut Option<Document>,
        string: &str,
        f: impl FnOnce(Value<'_>) -> T,
    ) -> T {
        f(buffer.insert(Document::of_text(string)).root())
    }
}

impl Document {
    /// A document that is one string.
    fn of_text(text: &str) -> Self {
        let node = Node {
            kind: Kind::Plain,
            start: 0,
            // Longer texts than the reader takes do not come here: this one was part of one.
            end: u32::try_from(text.len()).unwrap_or_default(),
            next: 1,
        };
        Self {
            text: Bytes::copy_from_slice(text.as_bytes()),
            nodes: vec![node],
        }
    }
}

impl<'a> Instance<'a, Read> for Value<'a> {
    type Object = Members<'a>;
    type Array = Items<'a>;
    type Number = Written<'a>;

    fn as_object(&self) -> Option<Members<'a>> {
        (self.node().kind == Kind::Object).then_some(Members(*self))
    }

    fn as_array(&self) -> Option<Items<'a>> {
        (self.node().kind == Kind::Array).then_some(Items(*self))
    }

    fn as_string(&self) -> Option<Cow<'a, str>> {
        self.as_text()
    }

    fn as_number(&self) -> Option<Written<'a>> {
        let node = self.node();
        (node.kind == Kind::Number).then(|| Written(self.document.slice(node)))
    }

    fn as_boolean(&self) -> Option<bool> {
        Value::as_boolean(*self)
    }

    fn is_null(&self) -> bool {
        self.node().kind == Kind::Null
    }

    fn json_type(&self) -> JsonType {
        match self.node().kind {
            Kind::Null => JsonType::Null,
            Kind::True | Kind::False => JsonType::Boolean,
            Kind::Number => JsonType::Number,
            Kind::Plain | Kind::Escaped | Kind::PlainKey | Kind::EscapedKey => JsonType::String,
            Kind::Array => JsonType::Array,
            Kind::Object => JsonType::Object,
        }
    }

    fn string_length_within(&self, min: u64, max: u64) -> Option<bool> {
        let text = self.as_text()?;
        let bytes = text.len() as u64;
        // A character takes one to four bytes.
        let fewest = bytes.div_ceil(4);
        if bytes < min || fewest > max {
            return Some(false);
        }
        if fewest >= min && bytes <= max {
            return Some(true);
        }
        Some((min..=max).contains(&(text.chars().count() as u64)))
    }

    fn equals_value(&self, expected: &Tree) -> bool {
        match (self.as_text(), expected) {
            (Some(ours), Tree::String(theirs)) => ours == *theirs,
            (Some(_), _) | (None, Tree::String(_)) => false,
            (None, expected) => jsonschema_equal(&self.to_tree(), expected),
        }
    }

    fn to_value(&self) -> Cow<'a, Tree> {
        Cow::Owned(self.to_tree())
    }

    fn identity(&self) -> Option<NodeIdentity> {
        let address = std::ptr::from_ref(self.document) as usize;
        Some(NodeIdentity::tagged(
            address,
            u32::try_from(self.index).ok()?,
        ))
    }
}

/// Equality of schemas: 1 and 1.0 are the same number.
fn jsonschema_equal(ours: &Tree, theirs: &Tree) -> bool {
    match (ours, theirs) {
        (Tree::Number(a), Tree::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Tree::Array(a), Tree::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| jsonschema_equal(a, b))
        }
        (Tree::Object(a), Tree::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, a)| b.get(key).is_some_and(|b| jsonschema_equal(a, b)))
        }
        (a, b) => a == b,
    }
}

/// An object of a document.
pub struct Members<'a>(Value<'a>);

impl<'a> Object<'a, Read> for Members<'a> {
    type Node = Value<'a>;
    type MemberName = Cow<'a, str>;
    type MembersIter = Box<dyn Iterator<Item = (Cow<'a, str>, Value<'a>)> + 'a>;

    fn len(&self) -> usize {
        self.0.nodes_of_members().count()
    }

    fn get(&self, key: &Box<str>) -> Option<Value<'a>> {
        self.0.child(key)
    }

    fn members(&self) -> Self::MembersIter {
        Box::new(self.0.members())
    }

    fn try_for_each_name_node<B>(
        &self,
        _: &mut Option<Document>,
        mut f: impl FnMut(Value<'_>) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        // A key stands right before its value, and reads as a string.
        for (_, value) in self.0.nodes_of_members() {
            let key = Value {
                document: value.document,
                index: value.index - 1,
            };
            f(key)?;
        }
        ControlFlow::Continue(())
    }
}

/// An array of a document.
pub struct Items<'a>(Value<'a>);

impl<'a> Array<'a, Read> for Items<'a> {
    type Node = Value<'a>;
    type ElementsIter = Box<dyn Iterator<Item = Value<'a>> + 'a>;

    fn len(&self) -> usize {
        self.0.items().count()
    }

    fn elements(&self) -> Self::ElementsIter {
        Box::new(self.0.items())
    }
}

/// A number as it is written.
pub struct Written<'a>(&'a str);

impl JsonNumber for Written<'_> {
    fn as_u64(&self) -> Option<u64> {
        self.0.parse().ok()
    }

    fn as_i64(&self) -> Option<i64> {
        self.0.parse().ok()
    }

    fn as_f64(&self) -> Option<f64> {
        self.0.parse().ok()
    }

    fn as_str(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.0)
    }

    fn to_number(&self) -> Cow<'_, serde_json::Number> {
        Cow::Owned(super::tree::number(self.0))
    }

    fn is_integer(&self) -> bool {
        self.is_written_as_integer() || self.as_f64().is_some_and(|number| number.fract() == 0.0)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A document and the tree of the same text are judged alike, keyword by keyword.
    #[test]
    fn documents_are_judged_as_trees_are() {
        let instances = [
            "null",
            "true",
            "0",
            "-1",
            "1.0",
            "2.5",
            "1e2",
            r#""""#,
            r#""abc""#,
            r#""a\u0062c""#,
            r#""\u00e9\u00e9\u00e9\u00e9""#,
            "[]",
            "[1,1]",
            "[1,1.0]",
            r#"["a","b"]"#,
            "{}",
            r#"{"a":1}"#,
            r#"{"a":1,"bb":[null]}"#,
            r#"{"\u0061":"x","b":{}}"#,
        ];
        let schemas = [
            json!({"type": "integer"}),
            json!({"type": ["number", "null"]}),
            json!({"type": "string", "minLength": 3, "maxLength": 4}),
            json!({"maxLength": 3}),
            json!({"pattern": "^a.c$"}),
            json!({"enum": ["abc", 1, null, [1, 1], {"a": 1.0}]}),
            json!({"const": true}),
            json!({"minimum": 0, "maximum": 2}),
            json!({"multipleOf": 0.5}),
            json!({"uniqueItems": true}),
            json!({"minItems": 1, "maxItems": 1}),
            json!({"items": {"type": "string"}}),
            json!({"contains": {"const": 1}}),
            json!({"required": ["a"]}),
            json!({"properties": {"a": {"type": "integer"}}, "additionalProperties": false}),
            json!({"propertyNames": {"maxLength": 1}}),
            json!({"minProperties": 1, "maxProperties": 1}),
            json!({"dependentRequired": {"a": ["b"]}}),
            json!({"anyOf": [{"type": "null"}, {"type": "object", "maxProperties": 0}]}),
            json!({"not": {"type": "array"}}),
        ];
        for schema in &schemas {
            let of_trees = jsonschema::validator_for(schema).unwrap();
            let of_documents = jsonschema::options_for::<Read>().build(schema).unwrap();
            for text in instances {
                let tree: Tree = serde_json::from_str(text).unwrap();
                let document = Document::read(Bytes::from_static(text.as_bytes())).unwrap();
                let ours: Vec<_> = of_documents
                    .iter_errors(document.root())
                    .map(|error| error.to_string())
                    .collect();
                let theirs: Vec<_> = of_trees
                    .iter_errors(&tree)
                    .map(|error| error.to_string())
                    .collect();
                assert_eq!(ours, theirs, "{schema} {text}");
                assert_eq!(of_documents.is_valid(document.root()), ours.is_empty());
            }
        }
    }
}
