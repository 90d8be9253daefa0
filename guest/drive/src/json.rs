//! JSON that every reader takes for the same: no key twice, no deeper than a limit.
//!
//! Readers keep the first value of a key, or the last, or complain, so a document in which a key
//! stands twice is two documents.

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::cell::Cell;
use std::fmt;
use thiserror::Error;

/// Why a document is not JSON to every reader alike.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{fault} at line {line}, column {column}")]
pub struct JsonError {
    /// What is wrong.
    pub fault: JsonFault,
    /// Line, counted from 1.
    pub line: usize,
    /// Column, counted from 1 in bytes.
    pub column: usize,
}

/// What can be wrong with JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonFault {
    /// It is no JSON.
    Syntax,
    /// A key stands twice in one object.
    Duplicate,
    /// It is nested deeper than the limit.
    Depth,
}

impl fmt::Display for JsonFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Syntax => "no JSON",
            Self::Duplicate => "a key that stands twice",
            Self::Depth => "nesting beyond the limit",
        })
    }
}

/// Reads `text`, nested at most `depth` levels.
///
/// # Errors
///
/// It is not JSON to every reader alike, or nested deeper.
pub fn parse(text: &[u8], depth: usize) -> Result<Value, JsonError> {
    let fault = Cell::new(JsonFault::Syntax);
    let mut reader = serde_json::Deserializer::from_slice(text);
    let level = Level {
        left: depth,
        fault: &fault,
    };
    let value = level.deserialize(&mut reader);
    value
        .and_then(|value| reader.end().map(|()| value))
        .map_err(|error| JsonError {
            fault: fault.get(),
            line: error.line(),
            column: error.column(),
        })
}

#[derive(Clone, Copy)]
struct Level<'a> {
    left: usize,
    fault: &'a Cell<JsonFault>,
}

impl Level<'_> {
    fn below<E: serde::de::Error>(self) -> Result<Self, E> {
        match self.left.checked_sub(1) {
            Some(left) => Ok(Self { left, ..self }),
            None => {
                self.fault.set(JsonFault::Depth);
                Err(E::custom(""))
            }
        }
    }
}

impl<'de> DeserializeSeed<'de> for Level<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Level<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let below = self.below()?;
        let mut values = Vec::new();
        while let Some(value) = items.next_element_seed(below)? {
            values.push(value);
        }
        Ok(values.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let below = self.below()?;
        let mut values = Map::new();
        while let Some(key) = members.next_key::<String>()? {
            if values.contains_key(&key) {
                self.fault.set(JsonFault::Duplicate);
                return Err(A::Error::custom(""));
            }
            values.insert(key, members.next_value_seed(below)?);
        }
        Ok(values.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, depth: usize, expected: Result<(), JsonFault>) {
        let found = parse(text.as_bytes(), depth);
        assert_eq!(
            found.map(drop).map_err(|error| error.fault),
            expected,
            "{text}"
        );
    }

    #[test]
    fn json_is_read_as_it_stands() {
        let text = br#"{"a": [1, -2, 1.5, "x\n", true, null], "b": {}}"#;
        let plain: Value = serde_json::from_slice(text).expect("JSON");
        assert_eq!(parse(text, 2), Ok(plain));
    }

    #[test]
    fn what_readers_take_differently_is_refused() {
        check(r#"{"a":1,"a":2}"#, 9, Err(JsonFault::Duplicate));
        check(r#"{"a":1,"\u0061":2}"#, 9, Err(JsonFault::Duplicate));
        check(r#"[{"x":{"k":1,"k":1}}]"#, 9, Err(JsonFault::Duplicate));
        check(r#"{"a":{"b":1},"b":1}"#, 9, Ok(()));
        check("[[]]", 2, Ok(()));
        check("[[[]]]", 2, Err(JsonFault::Depth));
        check(&"[".repeat(1_000_000), 25, Err(JsonFault::Depth));
        for text in [
            "",
            "{",
            "NaN",
            "{\"a\":NaN}",
            "1 2",
            "\u{feff}{}",
            "{'a':1}",
            "[1,]",
            "01",
        ] {
            check(text, 9, Err(JsonFault::Syntax));
        }
    }

    #[test]
    fn errors_tell_the_place_and_nothing_else() {
        let error = parse(b"{\"secret\": 1,\n \"secret\": 2}", 9).expect_err("refused");
        assert_eq!(error.line, 2);
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}
