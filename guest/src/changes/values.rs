//! The values of an attribute that a write changes, each by itself.

use super::Changes;
use crate::{Pointer, Value};
use serde_json::Value as Json;

/// A value that a write changes: a scalar, or an object or array with nothing in it.
#[derive(Debug)]
pub struct Changed {
    /// Where it is in the resource.
    pub path: Pointer,
    /// Keys and indices from the attribute down to it, without the attribute.
    keys: Vec<String>,
    /// What it is now.
    pub value: Json,
    /// Where it is in the body; the root if no single place there is to blame.
    pub place: Pointer,
}

impl Changed {
    /// The name of the attribute's member the value belongs to; empty for an attribute that is
    /// neither object nor array.
    pub fn name(&self) -> &str {
        self.keys.first().map_or("", String::as_str)
    }

    /// True if the member is an object or array, and this a value within.
    pub fn is_nested(&self) -> bool {
        self.keys.len() > 1
    }

    /// The path as messages name it: without the leading slash and control characters.
    pub fn label(&self) -> String {
        let path = self.path.as_str().trim_start_matches('/');
        path.replace(char::is_control, "?")
    }
}

impl Changes {
    /// Every value of the attribute that the write makes something else than it was, at any depth.
    ///
    /// `now` is the field `/resource/ATTRIBUTE`; `before` is the same of the resource as it is,
    /// for example `/node/ATTRIBUTE`. With `before` left out, a value counts as changed when the
    /// request touches it, as of [`origin`](Self::origin). An empty name stands for the resource
    /// itself.
    ///
    /// ```
    /// use portcullis_guest::{Changes, Value};
    ///
    /// let patch = r#"[{"op": "add", "path": "/driver_info/deploy_kernel", "value": "new"}]"#;
    /// let changes = Changes::of(&Value::Json(patch.to_owned()));
    /// let now = Value::Json(r#"{"deploy_kernel": "new", "deploy_ramdisk": "old"}"#.to_owned());
    /// let before = Value::Json(r#"{"deploy_ramdisk": "old"}"#.to_owned());
    ///
    /// let values = changes.values("driver_info", &now, Some(&before));
    /// assert_eq!(values.len(), 1);
    /// assert_eq!(values[0].name(), "deploy_kernel");
    /// assert_eq!(values[0].place.as_str(), "/0/value");
    /// ```
    pub fn values(&self, attribute: &str, now: &Value, before: Option<&Value>) -> Vec<Changed> {
        let Some(now) = now.to_json() else {
            return Vec::new();
        };
        let path = match attribute {
            "" => Pointer::root(),
            attribute => Pointer::root().key(attribute),
        };
        let mut walk = Walk {
            changes: self,
            is_known: before.is_some(),
            keys: Vec::new(),
            found: Vec::new(),
        };
        walk.visit(now, before.and_then(Value::to_json).as_ref(), path);
        walk.found
    }
}

/// A walk through a value, side by side with what it was.
struct Walk<'a> {
    changes: &'a Changes,
    /// Whether it is known what was there.
    is_known: bool,
    keys: Vec<String>,
    found: Vec<Changed>,
}

impl Walk<'_> {
    fn visit(&mut self, now: Json, before: Option<&Json>, path: Pointer) {
        // What is the same as a whole need not be looked at in detail.
        if before == Some(&now) {
            return;
        }
        match now {
            Json::Object(members) if !members.is_empty() => {
                for (key, member) in members {
                    let was = before.and_then(|before| before.get(&key));
                    self.descend(key, member, was, &path);
                }
            }
            Json::Array(items) if !items.is_empty() => {
                for (index, item) in items.into_iter().enumerate() {
                    let was = before.and_then(|before| before.get(index));
                    self.descend(index.to_string(), item, was, &path);
                }
            }
            value => self.note(value, path),
        }
    }

    fn descend(&mut self, key: String, now: Json, before: Option<&Json>, above: &Pointer) {
        let path = above.key(&key);
        self.keys.push(key);
        self.visit(now, before, path);
        self.keys.pop();
    }

    fn note(&mut self, value: Json, path: Pointer) {
        let place = self.changes.origin(path.as_str());
        if place.is_none() && !self.is_known {
            return;
        }
        self.found.push(Changed {
            keys: self.keys.clone(),
            value,
            place: place.unwrap_or_default(),
            path,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(text: &str) -> Value {
        Value::Json(text.to_owned())
    }

    /// Of a patch; without one, of a whole resource.
    fn changes(patch: &str) -> Changes {
        match patch {
            "" => Changes::whole(),
            patch => Changes::of(&field(patch)),
        }
    }

    /// The values found, as `path=place`.
    fn check(patch: &str, now: &str, before: Option<&str>, expected: &[&str]) {
        let before = before.map(field);
        let found = changes(patch).values("a", &field(now), before.as_ref());
        let told: Vec<_> = found
            .iter()
            .map(|value| format!("{}={}", value.path, value.place))
            .collect();
        assert_eq!(told, expected, "{patch} {now}");
    }

    #[test]
    fn a_new_resource_is_written_where_it_stands() {
        check(
            "",
            r#"{"k": 1, "x/y": [true, {}]}"#,
            Some("{}"),
            &["/a/k=/a/k", "/a/x~1y/0=/a/x~1y/0", "/a/x~1y/1=/a/x~1y/1"],
        );
    }

    #[test]
    fn a_patch_is_traced_to_its_last_operation() {
        let patch = r#"[
            {"op": "add", "path": "/a", "value": {"k": 1, "l": 2}},
            {"op": "replace", "path": "/a/k", "value": 3},
            {"op": "add", "path": "/a/deep/x", "value": {"y": 4}},
            {"op": "add", "path": "/ab", "value": 5}
        ]"#;
        check(
            patch,
            r#"{"k": 3, "l": 2, "deep": {"x": {"y": 4}}}"#,
            Some("{}"),
            &["/a/deep/x/y=/2/value/y", "/a/k=/1/value", "/a/l=/0/value/l"],
        );
    }

    #[test]
    fn what_was_there_is_left_out() {
        let patch = r#"[{"op": "add", "path": "/a", "value": {"old": 1, "new": 2}}]"#;
        let now = r#"{"old": 1, "new": 2}"#;
        check(patch, now, Some(r#"{"old": 1}"#), &["/a/new=/0/value/new"]);
        check(patch, now, Some(now), &[]);
        // Nothing known of before: what the patch names counts.
        let both = ["/a/new=/0/value/new", "/a/old=/0/value/old"];
        check(patch, now, None, &both);
        let elsewhere = r#"[{"op": "add", "path": "/b", "value": 1}]"#;
        check(elsewhere, now, None, &[]);
    }

    #[test]
    fn a_change_that_no_operation_explains_is_found_at_the_root() {
        check("[]", r#"{"k": 1}"#, Some("{}"), &["/a/k="]);
        let removed = r#"[{"op": "remove", "path": "/a/k/0"}]"#;
        check(removed, r#"{"k": []}"#, Some(r#"{"k": [1]}"#), &["/a/k=/0"]);
    }

    #[test]
    fn names_are_those_of_members() {
        let whole = Changes::whole();
        let now = field(r#"{"k": {"l": 1}}"#);
        let values = whole.values("driver_info", &now, Some(&Value::Absent));
        assert_eq!(values[0].name(), "k");
        assert!(values[0].is_nested());
        assert_eq!(values[0].label(), "driver_info/k/l");
        let plain = whole.values("driver", &Value::Text("ipmi".to_owned()), None);
        assert_eq!(plain[0].name(), "");
        assert!(!plain[0].is_nested());
    }
}
