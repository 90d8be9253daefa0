//! JSON documents: names and values are known, nothing has to be guessed.

use serde_json::{Map, Value};

use crate::mark::Reason;
use crate::{Counts, Sanitizer};

/// Deeper than this nothing is written.
const DEEPEST: usize = 64;

impl Sanitizer {
    /// Takes the secrets out of a document. Everything below the name of a secret goes, whatever
    /// its type; other texts are read as texts, which may hold JSON themselves.
    pub fn sanitize_json(&self, value: &mut Value, counts: &mut Counts) {
        self.json(value, DEEPEST, counts);
    }

    fn json(&self, value: &mut Value, depth: usize, counts: &mut Counts) {
        let Some(depth) = depth.checked_sub(1) else {
            *value = Value::String(self.marked(Reason::Token, "", counts));
            return;
        };
        match value {
            Value::String(text) => *text = self.sanitize_alone(text, counts),
            Value::Array(items) => items
                .iter_mut()
                .for_each(|item| self.json(item, depth, counts)),
            Value::Object(members) => self.members(members, depth, counts),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn members(&self, members: &mut Map<String, Value>, depth: usize, counts: &mut Counts) {
        // `{"name": "DB_PASSWORD", "value": "x"}`, `{"path": "/driver_info/ipmi_password", "value": "x"}`
        let label = ["name", "key", "path", "method"]
            .into_iter()
            .find_map(|label| members.get(label)?.as_str());
        let named = label.map(|label| label.rsplit('/').next().unwrap_or_default().to_owned());
        for (name, member) in members.iter_mut() {
            let effective = match (&named, name.as_str()) {
                (Some(named), "value" | "Value" | "params") => named,
                _ => name,
            };
            self.member(effective, member, depth, counts);
        }
    }

    fn member(&self, name: &str, member: &mut Value, depth: usize, counts: &mut Counts) {
        match member {
            Value::String(text) => match self.secret(name, text) {
                Some(reason) => *text = self.marked(reason, text, counts),
                None => *text = self.sanitize_alone(text, counts),
            },
            Value::Number(number) => {
                let number = number.to_string();
                let is_count = number.len() < 6;
                match self.secret(name, &number) {
                    Some(reason) if !is_count || reason == Reason::Password => {
                        *member = Value::String(self.marked(reason, &number, counts));
                    }
                    _ => {}
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| match item {
                Value::Object(_) => self.below(name, item, depth, counts),
                _ => self.member(name, item, depth.saturating_sub(1), counts),
            }),
            Value::Object(_) => self.below(name, member, depth, counts),
            Value::Null | Value::Bool(_) => {}
        }
    }

    /// Below the name of a secret every value is one, whatever its own name.
    fn below(&self, name: &str, value: &mut Value, depth: usize, counts: &mut Counts) {
        let is_secret = self.secret(name, "a value of any kind").is_some();
        match value {
            Value::Object(members) if is_secret && depth > 0 => members
                .values_mut()
                .for_each(|member| self.member(name, member, depth - 1, counts)),
            _ => self.json(value, depth, counts),
        }
    }
}
