//! Reading a declared field as a Rust type.
//!
//! Strict as JSON is typed: a string of digits is no number, and a number no string.

use crate::bindings::portcullis::policy::types::Value;
use serde::de::{self, DeserializeOwned, Deserializer, IntoDeserializer, Visitor};
use std::fmt;

/// A field that is not of the type it is declared as.
///
/// Carries nothing: what serde could tell quotes the value, and a finding must not.
#[derive(Debug)]
pub(crate) struct Mismatch;

impl fmt::Display for Mismatch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the field has another shape")
    }
}

impl std::error::Error for Mismatch {}

impl de::Error for Mismatch {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

/// Reads `value` as a `T`. Absent and `null` are the same to serde: only an `Option` or the unit
/// type takes them.
pub(crate) fn read<T: DeserializeOwned>(value: &Value) -> Result<T, Mismatch> {
    T::deserialize(Field(value))
}

/// What kind of value it is, as a message names it.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Absent => "nothing",
        Value::Null => "null",
        Value::Boolean(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::Text(_) => "a string",
        Value::Json(text) if text.trim_ascii_start().starts_with('[') => "an array",
        Value::Json(_) => "an object",
    }
}

struct Field<'de>(&'de Value);

/// Reads JSON text to its end with the given method of serde_json's deserializer.
macro_rules! from_json {
    ($text:expr, $method:ident($($argument:expr),+)) => {{
        let mut json = serde_json::Deserializer::from_str($text);
        let value = json.$method($($argument),+).map_err(|_| Mismatch)?;
        json.end().map_err(|_| Mismatch)?;
        Ok(value)
    }};
}

impl<'de> Deserializer<'de> for Field<'de> {
    type Error = Mismatch;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self.0 {
            Value::Absent | Value::Null => visitor.visit_unit(),
            Value::Boolean(boolean) => visitor.visit_bool(*boolean),
            Value::Text(text) => visitor.visit_borrowed_str(text),
            Value::Number(text) | Value::Json(text) => {
                from_json!(text, deserialize_any(visitor))
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self.0 {
            Value::Absent | Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        match self.0 {
            // `RawValue` asks for the text of what follows this way.
            Value::Json(text) => from_json!(text, deserialize_newtype_struct(name, visitor)),
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        match self.0 {
            Value::Text(text) => visitor.visit_enum(text.as_str().into_deserializer()),
            Value::Json(text) => from_json!(text, deserialize_enum(name, variants, visitor)),
            _ => Err(Mismatch),
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use std::collections::BTreeMap;

    fn number(text: &str) -> Value {
        Value::Number(text.to_owned())
    }

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    fn json(text: &str) -> Value {
        Value::Json(text.to_owned())
    }

    fn check<T: DeserializeOwned + PartialEq + fmt::Debug>(value: Value, expected: Option<T>) {
        assert_eq!(read::<T>(&value).ok(), expected, "{value:?}");
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "lowercase")]
    enum Colour {
        Red,
        Other(u8),
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Wrapped(String);

    #[test]
    fn scalars_are_read_as_their_own_type_only() {
        check(Value::Boolean(true), Some(true));
        check(text("a\"b"), Some("a\"b".to_owned()));
        check(number("7"), Some(7_u8));
        check(number("-7"), Some(-7_i64));
        check(number("1.5"), Some(1.5_f64));
        check::<u8>(number("256"), None);
        check::<u8>(number("1.0"), None);
        check::<u8>(text("7"), None);
        check::<String>(number("7"), None);
        check::<bool>(text("true"), None);
        check(text("x"), Some(Wrapped("x".to_owned())));
    }

    #[test]
    fn absent_and_null_are_options_only() {
        check(Value::Absent, Some(None::<String>));
        check(Value::Null, Some(None::<String>));
        check::<String>(Value::Absent, None);
        check(text(""), Some(Some(String::new())));
        check::<Option<String>>(number("1"), None);
    }

    #[test]
    fn objects_arrays_and_enums_come_from_json() {
        check(json("[1,2]"), Some(vec![1, 2]));
        check::<Vec<u8>>(json("[1,\"2\"]"), None);
        check::<Vec<u8>>(json("{}"), None);
        check(
            json("{\"a\":1}"),
            Some(BTreeMap::from([("a".to_owned(), 1)])),
        );
        check(text("red"), Some(Colour::Red));
        check(json("{\"other\":3}"), Some(Colour::Other(3)));
        check::<Colour>(text("blue"), None);
    }

    #[test]
    fn kinds_are_named_for_people() {
        assert_eq!(kind(&json(" [1]")), "an array");
        assert_eq!(kind(&json("{}")), "an object");
        assert_eq!(kind(&Value::Absent), "nothing");
    }
}
