//! Ports and port groups as they will stand. Places are those in the resource.

use crate::rules::{EXTRA, LINK, MAC, MODE, MOVE, PHYSNET, TEXT};
use crate::{Input, Settings, mac};
use portcullis_guest::{Finding, Pointer, Value};
use serde_json::Value as Json;

/// Longest physical network Ironic stores.
const LONGEST_NETWORK: usize = 64;

/// Longest text in a local link connection.
const LONGEST_LINK: usize = 255;

/// Keys of a local link connection (Ironic 39). The last two ended with API version 1.105.
const LINK_KEYS: [&str; 7] = [
    "port_id",
    "switch_id",
    "hostname",
    "switch_info",
    "network_type",
    "vtep-logical-switch",
    "vtep-physical-switch",
];

/// What an update finds: a port or port group as it stands now.
#[derive(Clone, Copy)]
pub(crate) struct Before<'a> {
    pub(crate) node: Option<&'a str>,
    pub(crate) extra: &'a Value,
}

pub(crate) fn check(settings: &Settings, input: &Input, before: Before<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(address(settings, &input.address));
    findings.extend(physical_network(settings, &input.physical_network));
    findings.extend(mode(settings, &input.mode));
    findings.extend(extra(settings, &input.extra, before.extra));
    findings.extend(link(&input.link));
    let texts = [
        ("name", &input.name),
        ("description", &input.description),
        ("vendor", &input.vendor),
        ("category", &input.category),
    ];
    for (key, value) in texts {
        if matches!(value, Value::Text(text) if is_controlled(text)) {
            let finding = TEXT.at(Pointer::root().key(key), "control characters");
            findings.push(finding.with_hint("plain text"));
        }
    }
    findings.extend(owner(&input.owner, before.node));
    findings
}

fn address(settings: &Settings, address: &Value) -> Option<Finding> {
    let found = match address {
        // A port group need not have one, and a port without one Ironic refuses.
        Value::Absent | Value::Null => return None,
        Value::Text(text) => match mac::fault(text) {
            Some(fault) => fault,
            None => return prefix(settings, text),
        },
        _ => "no MAC address",
    };
    let hint = "the address of one interface, as in 52:54:00:12:34:56";
    Some(MAC.at("/address", found).with_hint(hint))
}

fn prefix(settings: &Settings, address: &str) -> Option<Finding> {
    let prefixes = settings.mac_prefixes.as_deref()?;
    let octets = mac::octets(address)?;
    let begins = |prefix: &String| mac::octets(prefix).is_some_and(|it| octets.starts_with(&it));
    if prefixes.iter().any(begins) {
        return None;
    }
    let finding = MAC.at("/address", "an address with another beginning");
    Some(finding.with_hint(format!("one of {}", prefixes.join(", "))))
}

fn physical_network(settings: &Settings, network: &Value) -> Option<Finding> {
    let place = Pointer::root().key("physical_network");
    let name = match network {
        Value::Absent | Value::Null => return None,
        Value::Text(name) if is_network(name) => name,
        _ => {
            let finding = PHYSNET.at(place, "no name of a physical network");
            let hint = format!("up to {LONGEST_NETWORK} letters, digits and - . _");
            return Some(finding.with_hint(hint));
        }
    };
    let networks = settings.physical_networks.as_deref()?;
    let listed = networks
        .iter()
        .any(|pattern| match pattern.strip_suffix('*') {
            Some(prefix) => name.starts_with(prefix),
            None => pattern == name,
        });
    if listed {
        return None;
    }
    let message = format!("the physical network `{name}` is not allowed here");
    let hint = format!("one of {}", networks.join(", "));
    Some(PHYSNET.at(place, message).with_hint(hint))
}

fn is_network(name: &str) -> bool {
    (1..=LONGEST_NETWORK).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
}

fn mode(settings: &Settings, mode: &Value) -> Option<Finding> {
    match mode {
        Value::Absent | Value::Null => None,
        Value::Text(mode) if settings.modes.contains(mode) => None,
        _ => {
            let finding = MODE.at("/mode", "a mode that is not allowed here");
            Some(finding.with_hint(format!("one of {}", settings.modes.join(", "))))
        }
    }
}

fn extra(settings: &Settings, extra: &Value, before: &Value) -> Vec<Finding> {
    // Ironic refuses anything but an object itself.
    let Some(extra) = extra.to_object() else {
        return Vec::new();
    };
    let before = before.to_object().unwrap_or_default();
    extra
        .iter()
        .filter(|(key, value)| settings.reserved_extra.contains(key) && !value.is_null())
        // Who sends all of it again need not take out what is there.
        .filter(|(key, value)| before.get(*key) != Some(value))
        .map(|(key, _)| {
            EXTRA
                .at(Pointer::root().key("extra").key(key), "a reserved key")
                .with_hint("attach VIFs by the node's vifs")
        })
        .collect()
}

fn link(link: &Value) -> Vec<Finding> {
    let Some(link) = link.to_object() else {
        return Vec::new();
    };
    let place = Pointer::root().key("local_link_connection");
    let fault = |(key, value): (&String, &Json)| {
        let (found, hint) = if !LINK_KEYS.contains(&key.as_str()) {
            ("an unknown key", LINK_KEYS.join(", "))
        } else if !value.as_str().is_some_and(is_plain) {
            let hint = format!("up to {LONGEST_LINK} characters of plain text");
            ("a value that is no plain text", hint)
        } else {
            return None;
        };
        Some(LINK.at(place.key(key), found).with_hint(hint))
    };
    link.iter().filter_map(fault).collect()
}

fn owner(owner: &Value, before: Option<&str>) -> Option<Finding> {
    match (owner, before) {
        (Value::Text(after), Some(before)) if !after.eq_ignore_ascii_case(before) => {
            let finding = MOVE.at("/node_uuid", "a port or port group goes to another node");
            Some(finding.with_hint("the node it belongs to"))
        }
        _ => None,
    }
}

fn is_plain(text: &str) -> bool {
    text.len() <= LONGEST_LINK && !is_controlled(text)
}

fn is_controlled(text: &str) -> bool {
    text.chars().any(char::is_control)
}
