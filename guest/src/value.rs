//! Values of declared fields as JSON.
//!
//! One reader for all of a policy: each type that is read from text by itself makes a guest some
//! kilobytes larger.

use crate::Value;
use serde_json::{Map, Value as Json};

impl Value {
    /// The value as JSON; `None` where there is none.
    ///
    /// # Panics
    ///
    /// When the host hands over text that is not JSON, or a number or depth that JSON cannot have
    /// here. It refuses such a request before it asks; if it ever does not, no verdict is better
    /// than one about nothing.
    pub fn to_json(&self) -> Option<Json> {
        Some(match self {
            Self::Absent => return None,
            Self::Null => Json::Null,
            Self::Boolean(boolean) => Json::Bool(*boolean),
            Self::Text(text) => Json::String(text.clone()),
            Self::Number(text) | Self::Json(text) => match serde_json::from_str(text) {
                Ok(json) => json,
                Err(_) => panic!("a field that is not JSON"),
            },
        })
    }

    /// The members of an object; `None` for any other value.
    pub fn to_object(&self) -> Option<Map<String, Json>> {
        match self.composite()? {
            Json::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The items of an array; `None` for any other value.
    pub fn to_array(&self) -> Option<Vec<Json>> {
        match self.composite()? {
            Json::Array(items) => Some(items),
            _ => None,
        }
    }

    /// Leaves scalars alone: a large text need not be copied to see that it is no object.
    fn composite(&self) -> Option<Json> {
        match self {
            Self::Json(_) => self.to_json(),
            Self::Absent | Self::Null | Self::Boolean(_) | Self::Number(_) | Self::Text(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_read_as_what_they_are() {
        let check = |value: Value, expected: Option<Json>| {
            assert_eq!(value.to_json(), expected, "{value:?}");
            let object = expected.as_ref().and_then(Json::as_object);
            assert_eq!(value.to_object().as_ref(), object, "{value:?}");
            let array = expected.as_ref().and_then(Json::as_array);
            assert_eq!(value.to_array().as_ref(), array, "{value:?}");
        };
        check(Value::Absent, None);
        check(Value::Null, Some(Json::Null));
        check(Value::Boolean(true), Some(json!(true)));
        check(Value::Number("7".to_owned()), Some(json!(7)));
        check(Value::Text("{}".to_owned()), Some(json!("{}")));
        check(Value::Json("[1, null]".to_owned()), Some(json!([1, null])));
        check(
            Value::Json(r#"{"a": {}}"#.to_owned()),
            Some(json!({"a": {}})),
        );
    }

    #[test]
    #[should_panic(expected = "a field that is not JSON")]
    fn what_is_not_json_gets_no_verdict() {
        Value::Json("{".to_owned()).to_object();
    }
}
