//! Drives in JSON form: the parts, one by one.

use crate::documents::{self, Listable, Target};
use crate::{Settings, network, rules, secrets, user_data};
use portcullis_guest::{Finding, Pointer, Rule};
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// Every finding about a drive that is the JSON object `text`. The host has refused keys that stand
/// twice, and nesting beyond what Ironic takes.
pub(crate) fn check(
    settings: &Settings,
    text: &str,
    target: &Target,
    place: &Pointer,
) -> Vec<Finding> {
    let Ok(parts) = serde_json::from_str::<BTreeMap<String, &RawValue>>(text) else {
        return vec![rules::FORM.at(place, "an object that cannot be read")];
    };
    let mut findings = Vec::new();
    for (name, part) in parts {
        let text = part.get();
        let place = place.key(&name);
        match name.as_str() {
            "meta_data" => findings.extend(meta_data(settings, text, target, &place)),
            "network_data" => findings.extend(network_data(settings, text, target, &place)),
            "user_data" => findings.extend(check_user_data(settings, text, &place)),
            "vendor_data" => findings.extend(vendor_data(text, &place)),
            _ => {
                let message = format!(
                    "an unknown part, named by {} characters",
                    name.chars().count()
                );
                let hint = "meta_data, network_data, user_data or vendor_data";
                findings.push(rules::UNKNOWN_FILE.at(place, message).with_hint(hint));
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

fn meta_data(settings: &Settings, text: &str, target: &Target, place: &Pointer) -> Vec<Finding> {
    match serde_json::from_str(text) {
        Ok(json) => documents::meta_data(settings, &json, &Listable::None, target, place),
        Err(_) => vec![rules::META.at(place, "meta data that cannot be read")],
    }
}

fn vendor_data(text: &str, place: &Pointer) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !text.starts_with('{') {
        let finding = rules::VENDOR.at(place, "vendor data that is no object");
        findings.push(finding.with_hint("an object"));
    }
    match serde_json::from_str(text) {
        Ok(json) => findings.extend(secrets::search(&json, place)),
        Err(_) => findings.push(rules::VENDOR.at(place, "vendor data that cannot be read")),
    }
    findings
}

fn network_data(settings: &Settings, text: &str, target: &Target, place: &Pointer) -> Vec<Finding> {
    let limit = settings.max_network_data_bytes;
    if let Some(finding) = too_large(rules::FILE_SIZE, "network data part", text, limit, place) {
        return vec![finding];
    }
    match serde_json::from_str(text) {
        Ok(json) => {
            let mut findings = network::check(&json, target, place);
            findings.extend(secrets::search(&json, place));
            findings
        }
        Err(_) => vec![rules::NET.at(place, "network data that cannot be read")],
    }
}

fn check_user_data(settings: &Settings, text: &str, place: &Pointer) -> Vec<Finding> {
    let limit = settings.max_user_data_bytes;
    let too_large = |text| too_large(rules::FILE_SIZE, "user data part", text, limit, place);
    // Text counts as it will stand in the file, anything else as it stands here.
    if !text.starts_with('"')
        && let Some(finding) = too_large(text)
    {
        return vec![finding];
    }
    match serde_json::from_str(text) {
        Ok(Value::String(text)) => too_large(&text).map_or_else(
            || user_data::check_text(settings, &text, place),
            |finding| vec![finding],
        ),
        Ok(json @ (Value::Object(_) | Value::Array(_))) => secrets::search(&json, place),
        Ok(Value::Null) => Vec::new(),
        Ok(Value::Bool(_) | Value::Number(_)) => {
            let finding = rules::UD_FORMAT.at(place, "user data that is no text");
            vec![finding.with_hint("a string, an object or an array")]
        }
        Err(_) => vec![rules::UD_FORMAT.at(place, "user data that cannot be read")],
    }
}
