//! Volume connectors and volume targets. Places are those in the resource.

use crate::rules::{VOLUME_CONNECTOR, VOLUME_TARGET};
use crate::text::{is_controlled, is_made_of};
use crate::{Input, Settings};
use portcullis_guest::{Changes, Finding, Value};
use std::net::IpAddr;

/// Longest id Ironic stores.
const LONGEST_ID: usize = 255;

/// Longest name of an iSCSI node (RFC 7143, section 4.2.7.1).
const LONGEST_ISCSI: usize = 223;

/// Nova writes -1 for a volume that nobody boots from.
const BOOT_INDEX: std::ops::RangeInclusive<i64> = -1..=255;

const TYPES: [&str; 7] = ["iqn", "ip", "mac", "wwnn", "wwpn", "port", "portgroup"];

pub(crate) fn connector(input: &Input, changes: &Changes) -> Vec<Finding> {
    let mut findings = Vec::new();
    let kind = match &input.connector_type {
        // Ironic asks for it itself.
        Value::Absent => None,
        Value::Text(kind) if TYPES.contains(&kind.as_str()) => Some(kind.as_str()),
        _ => {
            let finding = VOLUME_CONNECTOR.at("/type", "a type that does not exist");
            findings.push(finding.with_hint(format!("one of {}", TYPES.join(", "))));
            None
        }
    };
    let fits = match (&input.connector_id, kind) {
        (Value::Absent, _) => true,
        (Value::Text(id), Some(kind)) => is_connector(kind, id),
        (Value::Text(id), None) => is_plain(id),
        _ => false,
    };
    if !fits {
        let expected = match kind {
            Some("iqn") => "an iSCSI name: iqn.2024-01.com.example:host",
            Some("ip") => "an IP address",
            Some("mac") => "a MAC address",
            Some("wwnn" | "wwpn") => "a world wide name: 16 hexadecimal digits",
            _ => "plain text",
        };
        // An old id can come to be of the wrong form by a new type.
        let place = match changes.origin("/connector_id") {
            Some(_) => "/connector_id",
            None => "/type",
        };
        let finding = VOLUME_CONNECTOR.at(place, "an id of another form");
        findings.push(finding.with_hint(expected));
    }
    findings
}

fn is_connector(kind: &str, id: &str) -> bool {
    match kind {
        "iqn" => is_iscsi_name(id),
        "ip" => id.parse::<IpAddr>().is_ok(),
        "mac" => is_pairs(id, 6),
        "wwnn" | "wwpn" => {
            let digits = id.strip_prefix("0x").unwrap_or(id);
            is_pairs(digits, 8) || is_hexadecimal(digits, 16)
        }
        _ => is_plain(id),
    }
}

fn is_iscsi_name(name: &str) -> bool {
    let sound = match name.split_once('.') {
        Some(("iqn", rest)) => is_qualified(rest),
        Some(("eui", digits)) => is_hexadecimal(digits, 16),
        Some(("naa", digits)) => is_hexadecimal(digits, 16) || is_hexadecimal(digits, 32),
        _ => false,
    };
    sound && name.len() <= LONGEST_ISCSI
}

/// `2024-01.com.example`, and perhaps more behind a colon.
fn is_qualified(rest: &str) -> bool {
    let (authority, unique) = match rest.split_once(':') {
        Some((authority, unique)) => (authority, Some(unique)),
        None => (rest, None),
    };
    let Some((date, domain)) = authority.split_once('.') else {
        return false;
    };
    let digits = |text: &str, count: usize| {
        text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let dated = date
        .split_once('-')
        .is_some_and(|(year, month)| digits(year, 4) && digits(month, 2));
    dated
        && domain.split('.').all(|label| is_made_of(label, b"-"))
        && unique.is_none_or(|unique| is_made_of(unique, b"-._:"))
}

fn is_pairs(text: &str, count: usize) -> bool {
    text.split(':').count() == count && text.split(':').all(|pair| is_hexadecimal(pair, 2))
}

fn is_hexadecimal(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_plain(text: &str) -> bool {
    (1..=LONGEST_ID).contains(&text.len()) && !is_controlled(text)
}

pub(crate) fn target(settings: &Settings, input: &Input) -> Vec<Finding> {
    let mut findings = Vec::new();
    let known = |kind: &str| settings.volume_types.iter().any(|known| known == kind);
    match &input.volume_type {
        Value::Absent => {}
        Value::Text(kind) if known(kind) => {}
        _ => {
            let finding = VOLUME_TARGET.at("/volume_type", "a type that is not allowed here");
            let hint = format!("one of {}", settings.volume_types.join(", "));
            findings.push(finding.with_hint(hint));
        }
    }
    match &input.volume_id {
        Value::Absent => {}
        Value::Text(id) if id.len() <= LONGEST_ID && is_made_of(id, b"-._:") => {}
        _ => {
            let finding = VOLUME_TARGET.at("/volume_id", "no id of a volume");
            let hint = format!("up to {LONGEST_ID} letters, digits and - . _ :");
            findings.push(finding.with_hint(hint));
        }
    }
    let index = match &input.boot_index {
        Value::Absent | Value::Null => Some(0),
        Value::Number(digits) | Value::Text(digits) => digits.parse().ok(),
        _ => None,
    };
    if !index.is_some_and(|index| BOOT_INDEX.contains(&index)) {
        let finding = VOLUME_TARGET.at("/boot_index", "a boot index out of range");
        let hint = format!("{} to {}", BOOT_INDEX.start(), BOOT_INDEX.end());
        findings.push(finding.with_hint(hint));
    }
    findings
}
