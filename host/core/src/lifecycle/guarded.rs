//! Values of a plan that may be secret.
//!
//! A plan is printed and written to a journal, and neither may hold a secret. A sealed value is in
//! memory only: what is printed or serialised says what it is and how long, and nothing that a
//! secret could be guessed by, so not even a digest.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::secret::Secret;

/// A JSON value, sealed if it may be secret.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Guarded {
    /// Safe to show.
    Plain(Value),
    /// Not to be shown.
    Sealed(Sealed),
}

/// A value that is not shown, and that a journal does not give back.
#[derive(Clone, Serialize, Deserialize)]
pub struct Sealed {
    what: Cow<'static, str>,
    bytes: usize,
    #[serde(skip)]
    text: Option<Secret<String>>,
}

impl Guarded {
    /// A value that may be shown.
    pub fn plain(value: impl Into<Value>) -> Self {
        Self::Plain(value.into())
    }

    /// A value that must not be shown; `what` says what it is.
    pub fn sealed(what: &'static str, value: &Value) -> Self {
        let text = value.to_string();
        Self::Sealed(Sealed {
            what: what.into(),
            bytes: text.len(),
            text: Some(Secret::new(text)),
        })
    }

    /// An attribute of `instance_info`: sealed if a client could not have shown it either. A URL
    /// with a user or a query carries what opens it, and Ironic itself hides what it prints as
    /// asterisks.
    pub fn instance_info(key: &str, value: &Value) -> Self {
        if is_telling(key, value) {
            Self::sealed("attribute with credentials", value)
        } else {
            Self::Plain(value.clone())
        }
    }

    /// Shows attributes of `instance_info`, without what is sealed.
    pub(super) fn debug_info(
        f: &mut fmt::Formatter<'_>,
        info: impl IntoIterator<Item = (String, Value)>,
    ) -> fmt::Result {
        let shown = info
            .into_iter()
            .map(|(key, value)| (Self::instance_info(&key, &value).to_string(), key));
        f.debug_map()
            .entries(shown.map(|(value, key)| (key, value)))
            .finish()
    }

    /// The value as JSON text; none when it was sealed and comes from a journal.
    pub(super) fn json(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Plain(value) => Some(value.to_string().into()),
            Self::Sealed(sealed) => sealed.text.as_ref().map(|text| text.expose().into()),
        }
    }

    /// Whether it can still be sent.
    pub fn is_there(&self) -> bool {
        match self {
            Self::Plain(_) => true,
            Self::Sealed(sealed) => sealed.text.is_some(),
        }
    }
}

/// Names of attributes that Ironic masks, or that hold what opens something.
const SECRET_NAMES: [&str; 5] = ["password", "secret", "token", "configdrive", "ks_cfg"];

fn is_telling(key: &str, value: &Value) -> bool {
    let key = key.to_ascii_lowercase();
    if SECRET_NAMES.iter().any(|name| key.contains(name)) {
        return true;
    }
    match value {
        Value::String(text) => {
            let Some((_, rest)) = text.split_once("://") else {
                return false;
            };
            let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
            authority.contains('@') || rest.contains('?')
        }
        Value::Array(_) | Value::Object(_) => value.to_string().contains("://"),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

impl fmt::Display for Guarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(value) => write!(f, "{value}"),
            Self::Sealed(sealed) => write!(f, "[{}, {} bytes]", sealed.what, sealed.bytes),
        }
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}, {} bytes]", self.what, self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_opens_something_is_sealed() {
        let check = |key: &str, value: Value, is_sealed: bool| {
            let guarded = Guarded::instance_info(key, &value);
            assert_eq!(matches!(guarded, Guarded::Sealed(_)), is_sealed, "{key}");
            assert!(guarded.is_there());
        };
        check(
            "image_source",
            json!("https://images.example.org/a.qcow2"),
            false,
        );
        check(
            "image_source",
            json!("https://u:p@images.example.org/a"),
            true,
        );
        check(
            "image_source",
            json!("https://images.example.org/a?sig=1"),
            true,
        );
        check(
            "image_source",
            json!("3d5e1b7a-62c4-4f0e-9a8d-0c1b2e3f4a5d"),
            false,
        );
        check("root_gb", json!(20), false);
        check("admin_password", json!("calvin"), true);
        check("traits", json!(["CUSTOM_A"]), false);
        check("extra", json!({"a": "http://x/?t"}), true);
    }

    #[test]
    fn a_sealed_value_is_neither_printed_nor_written() {
        let sealed = Guarded::sealed(
            "config drive",
            &json!({"meta_data": {"admin_pass": "calvin"}}),
        );
        let written = serde_json::to_string(&sealed).unwrap();
        for text in [format!("{sealed} {sealed:?}"), written.clone()] {
            assert!(!text.contains("calvin"), "{text}");
            assert!(text.contains("config drive"), "{text}");
        }
        let read: Guarded = serde_json::from_str(&written).unwrap();
        assert!(read.json().is_none() && !read.is_there());
    }
}
