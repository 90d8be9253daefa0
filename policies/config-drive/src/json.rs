//! Drives in JSON form: the parts, one by one.

use crate::{Settings, network, rules, secrets, user_data};
use portcullis_guest::{Finding, Pointer, Rule, Value};
use serde::Deserialize;
use serde_json::Value as Json;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// Every finding about a drive that is the JSON object `text`, and whose user data is also at hand
/// by itself.
pub(crate) fn check(
    settings: &Settings,
    text: &str,
    user_data: &Value,
    place: &Pointer,
) -> Vec<Finding> {
    if let Some(finding) = too_large(rules::SIZE, "drive", text, settings.max_json_bytes, place) {
        return vec![finding];
    }
    let Ok(parts) = serde_json::from_str::<BTreeMap<String, &RawValue>>(text) else {
        return vec![rules::FORM.at(place, "an object that cannot be read")];
    };
    let mut findings = Vec::new();
    for (name, part) in parts {
        let text = part.get();
        match name.as_str() {
            "meta_data" => findings.extend(meta_data(text, &place.key("meta_data"))),
            "network_data" => {
                findings.extend(network_data(settings, text, &place.key("network_data")));
            }
            "user_data" => {
                findings.extend(check_user_data(
                    settings,
                    user_data,
                    &place.key("user_data"),
                ));
            }
            "vendor_data" => findings.extend(vendor_data(text, &place.key("vendor_data"))),
            _ => {
                let message = format!(
                    "an unknown part, named by {} characters",
                    name.chars().count()
                );
                let hint = "meta_data, network_data, user_data or vendor_data";
                findings.push(
                    rules::UNKNOWN_FILE
                        .at(place.key(&name), message)
                        .with_hint(hint),
                );
            }
        }
    }
    findings
}

fn too_large(rule: Rule, what: &str, text: &str, limit: usize, place: &Pointer) -> Option<Finding> {
    (text.len() > limit).then(|| {
        let finding = rule.at(place, format!("a {what} of {} bytes", text.len()));
        finding.with_hint(format!("at most {limit} bytes"))
    })
}

fn is_object(text: &str) -> bool {
    text.starts_with('{')
}

/// What is looked at in meta data; the rest is anybody's.
#[derive(Deserialize)]
struct MetaData {
    uuid: Option<Json>,
    hostname: Option<Json>,
}

fn meta_data(text: &str, place: &Pointer) -> Vec<Finding> {
    let mut findings = Vec::new();
    match serde_json::from_str::<MetaData>(text) {
        Ok(meta_data) if is_object(text) => {
            if meta_data
                .uuid
                .is_some_and(|uuid| !uuid.as_str().is_some_and(is_uuid))
            {
                let finding = rules::META.at(place.key("uuid"), "an id that is no UUID");
                findings.push(finding.with_hint("a UUID, or nothing"));
            }
            if meta_data
                .hostname
                .is_some_and(|name| !name.as_str().is_some_and(is_host_name))
            {
                let finding = rules::META.at(place.key("hostname"), "a name that is not a host's");
                findings.push(finding.with_hint("letters, digits, dots and hyphens"));
            }
        }
        _ => {
            findings.push(
                rules::META
                    .at(place, "meta data that is no object")
                    .with_hint("an object"),
            );
        }
    }
    findings.extend(secrets::search(text, place));
    findings
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

fn is_host_name(text: &str) -> bool {
    (1..=253).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte))
        && text
            .split('.')
            .all(|label| !label.is_empty() && !label.starts_with('-'))
}

fn vendor_data(text: &str, place: &Pointer) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !is_object(text) {
        let finding = rules::VENDOR.at(place, "vendor data that is no object");
        findings.push(finding.with_hint("an object"));
    }
    findings.extend(secrets::search(text, place));
    findings
}

fn network_data(settings: &Settings, text: &str, place: &Pointer) -> Vec<Finding> {
    let limit = settings.max_network_data_bytes;
    if let Some(finding) = too_large(rules::FILE_SIZE, "network data part", text, limit, place) {
        return vec![finding];
    }
    let mut findings = match serde_json::from_str(text) {
        Ok(network_data) => network::check(&network_data, place),
        Err(_) => vec![rules::NET.at(place, "network data that cannot be read")],
    };
    findings.extend(secrets::search(text, place));
    findings
}

fn check_user_data(settings: &Settings, user_data: &Value, place: &Pointer) -> Vec<Finding> {
    let limit = settings.max_user_data_bytes;
    let too_large = |text| too_large(rules::FILE_SIZE, "user data part", text, limit, place);
    match user_data {
        Value::Text(text) => {
            too_large(text).map_or_else(|| user_data::search(text, place), |finding| vec![finding])
        }
        Value::Json(text) => {
            too_large(text).map_or_else(|| secrets::search(text, place), |finding| vec![finding])
        }
        Value::Absent | Value::Null => Vec::new(),
        Value::Boolean(_) | Value::Number(_) => {
            let finding = rules::UD_FORMAT.at(place, "user data that is no text");
            vec![finding.with_hint("a string, an object or an array")]
        }
    }
}
