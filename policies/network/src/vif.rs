//! Attaching a VIF to a node.

use crate::rules::{VIF_ID, VIF_KEY, VIF_TARGET};
use crate::{Input, Settings, is_uuid};
use portcullis_guest::{Context, Finding, Pointer};
use serde_json::{Map, Value as Json};

/// Longest name of a VIF.
const LONGEST_NAME: usize = 255;

pub(crate) fn attach(settings: &Settings, context: &Context, input: &Input) -> Vec<Finding> {
    let root = Pointer::root();
    let Some(body) = input.body.to_object() else {
        let finding = VIF_ID.at(root, "an attachment that is no object");
        return vec![finding.with_hint("an object with the id of a VIF")];
    };
    let mut findings = Vec::new();
    findings.extend(id(settings, body.get("id"), &root.key("id")));
    let known = ["id", "port_uuid", "portgroup_uuid"];
    for key in body.keys() {
        if !known.contains(&key.as_str()) && !settings.vif_keys.contains(key) {
            let finding = VIF_KEY.at(root.key(key), "a key that is not allowed here");
            let own = settings.vif_keys.iter().map(String::as_str);
            let accepted: Vec<&str> = known.into_iter().chain(own).collect();
            findings.push(finding.with_hint(accepted.join(", ")));
        }
    }
    findings.extend(target(context, input, &body));
    findings
}

fn id(settings: &Settings, id: Option<&Json>, place: &Pointer) -> Option<Finding> {
    let (found, hint) = match id.and_then(Json::as_str) {
        Some(id) if is_uuid(id) => return None,
        Some(id) if settings.vif_names && is_name(id) => return None,
        Some(_) if settings.vif_names => ("no id of a VIF", "a UUID, or a plain name"),
        Some(_) => ("an id that is no UUID", "a UUID"),
        None => ("no id of a VIF", "a UUID"),
    };
    Some(VIF_ID.at(place, found).with_hint(hint))
}

fn is_name(text: &str) -> bool {
    (1..=LONGEST_NAME).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}

/// The port or port group the VIF is meant for.
fn target(context: &Context, input: &Input, body: &Map<String, Json>) -> Vec<Finding> {
    let root = Pointer::root();
    let targets = [
        ("port_uuid", "port", &input.port_node),
        ("portgroup_uuid", "port group", &input.portgroup_node),
    ];
    let named = |key: &str| body.get(key).filter(|value| !value.is_null());
    let mut findings = Vec::new();
    if targets.iter().all(|(key, ..)| named(key).is_some()) {
        let finding = VIF_TARGET.at(root.clone(), "a port and a port group");
        findings.push(finding.with_hint("one of them, or none"));
    }
    let node = input.node.as_deref();
    let node = node.or_else(|| context.node.as_ref()?.uuid.as_deref());
    for (key, kind, owner) in targets {
        let Some(value) = named(key) else {
            continue;
        };
        let found = match (value.as_str(), owner.as_deref(), node) {
            (Some(id), ..) if !is_uuid(id) => "an id that is no UUID".to_owned(),
            (None, ..) => "an id that is no UUID".to_owned(),
            (_, Some(owner), Some(node)) if owner.eq_ignore_ascii_case(node) => continue,
            (_, Some(_), _) => format!("a {kind} of another node"),
            (_, None, _) => format!("a {kind} that is not there, or that the caller cannot see"),
        };
        let hint = format!("the UUID of a {kind} of the node");
        findings.push(VIF_TARGET.at(root.key(key), found).with_hint(hint));
    }
    findings
}
