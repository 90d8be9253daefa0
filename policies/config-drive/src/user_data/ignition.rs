//! Ignition configurations: JSON with places to fetch more from.

use super::{JSON_DEPTH, Judge};
use crate::{rules, secrets, url};
use portcullis_guest::config_drive::json::{self, JsonFault};
use portcullis_guest::config_drive::shown;
use portcullis_guest::{Finding, Pointer};
use serde_json::Value as Json;

impl Judge<'_> {
    pub(super) fn ignition(&mut self, text: &str) -> Vec<Finding> {
        let root = match json::parse(text.as_bytes(), JSON_DEPTH) {
            Ok(root) => root,
            Err(error) => {
                let rule = match error.fault {
                    JsonFault::Syntax => rules::UD_FORMAT,
                    JsonFault::Duplicate => rules::JSON_DUP,
                    JsonFault::Depth => rules::JSON_DEPTH,
                };
                return vec![
                    rule.at(self.place, error.to_string())
                        .with_hint("strict JSON"),
                ];
            }
        };
        // Places within a text are none of the request.
        let mut findings = secrets::search(&root, &Pointer::root());
        for finding in &mut findings {
            finding
                .message
                .insert_str(0, &format!("`{}`: ", shown(&finding.pointer)));
            finding.pointer = self.place.to_string();
        }
        if !root
            .pointer("/ignition/version")
            .is_some_and(Json::is_string)
        {
            let finding =
                rules::UD_FORMAT.at(self.place, "an Ignition configuration without a version");
            findings.push(finding.with_hint("a version under `ignition`"));
        }
        let mut sources = Vec::new();
        let config = root.pointer("/ignition/config").unwrap_or(&Json::Null);
        fetched(config, &mut sources);
        fetched(
            root.pointer("/storage/files").unwrap_or(&Json::Null),
            &mut sources,
        );
        fetched(
            root.pointer("/ignition/security").unwrap_or(&Json::Null),
            &mut sources,
        );
        let is_foreign = |source: &&str| {
            !source.is_empty()
                && !source.starts_with("data:")
                && !url::is_listed(source, &self.settings.include_hosts)
        };
        let foreign = sources.iter().filter(|source| is_foreign(source)).count();
        if foreign > 0 {
            let found = format!("{foreign} sources on hosts that are not listed");
            findings.push(self.include_of(found));
        }
        findings
    }
}

/// Collects every `source` in `value`.
fn fetched<'a>(value: &'a Json, sources: &mut Vec<&'a str>) {
    match value {
        Json::Object(members) => {
            for (key, value) in members {
                match value {
                    Json::String(source) if key == "source" => sources.push(source),
                    _ => fetched(value, sources),
                }
            }
        }
        Json::Array(items) => items.iter().for_each(|item| fetched(item, sources)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}
