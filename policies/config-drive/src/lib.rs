#![doc = include_str!("../README.md")]

mod image;
mod json;
mod network;
mod rules;
mod secrets;
mod url;
mod user_data;

use portcullis_guest::{Context, Finding, Pointer, Severities, Value};
use serde::Deserialize;

portcullis_guest::policy! {
    name: "config-drive",
    doc: "Judges the config drive of a deployment or rebuild: its form and size, and for the JSON \
          form the shape of its parts and the secrets it holds in clear.",
    rules: [
        rules::VERB, rules::FORM, rules::EMPTY, rules::SIZE, rules::FILE_SIZE,
        rules::UNKNOWN_FILE, rules::META, rules::VENDOR, rules::NET, rules::UD_FORMAT,
        rules::PLAIN_PASSWORD, rules::PASSWORD_HASH, rules::PRIVATE_KEY,
        rules::URL, rules::URL_SCHEME, rules::URL_SYNTAX, rules::URL_USERINFO,
        rules::BASE64, rules::UNOPENED,
    ],
    settings_schema: include_str!("../settings.schema.json"),
    operations: ["node.provision.*"],
    settings: Settings,
    severities: severity,
    input: Input,
    validate: validate,
}

/// Settings; the README lists them.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    allow_url: bool,
    max_json_bytes: usize,
    max_image_bytes: usize,
    max_user_data_bytes: usize,
    max_network_data_bytes: usize,
    severity: Severities,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            allow_url: false,
            max_json_bytes: 1 << 20,
            max_image_bytes: 8 << 20,
            max_user_data_bytes: 65_535,
            max_network_data_bytes: 256 << 10,
            severity: Severities::default(),
        }
    }
}

portcullis_guest::input! {
    /// The drive, in whichever form it comes.
    pub struct Input {
        drive: Value = "/body/configdrive",
        // Part of the drive, asked for by itself so that the host resolves its escapes.
        user_data: Value = "/body/configdrive/user_data",
    }
}

fn validate(settings: &Settings, context: &Context, input: Input) -> Vec<Finding> {
    let place = Pointer::root().key("configdrive");
    let text = match &input.drive {
        Value::Absent | Value::Null => return Vec::new(),
        Value::Text(text) if text.is_empty() => {
            return vec![rules::EMPTY.at(place, "an empty string, which stands for no drive")];
        }
        Value::Text(text) => Some(text),
        _ => None,
    };
    let mut findings = wrong_verb(&context.operation, &place);
    match (text, &input.drive) {
        (Some(text), _) if url::is_url(text) => findings.extend(url::check(settings, text, &place)),
        (Some(text), _) => findings.extend(image::check(settings, text, &place)),
        (None, Value::Json(text)) if text.trim_start().starts_with('{') => {
            findings.extend(json::check(settings, text, &input.user_data, &place));
        }
        (None, _) => {
            let finding = rules::FORM.at(place, "a config drive that is no object and no string");
            findings.push(finding.with_hint("an object of its parts, or base64 text"));
        }
    }
    findings
}

fn wrong_verb(operation: &str, place: &Pointer) -> Vec<Finding> {
    match operation {
        "node.provision.active" | "node.provision.rebuild" => Vec::new(),
        _ => {
            let finding = rules::VERB.at(place, "a config drive with a verb that takes none");
            vec![finding.with_hint("only with active or rebuild")]
        }
    }
}

#[cfg(test)]
mod tests;
