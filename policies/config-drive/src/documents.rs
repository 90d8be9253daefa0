//! The documents of a drive, whichever form it has.

use crate::files::Files;
use crate::image::document_name;
use crate::layout::is_content_path;
use crate::{Settings, network, rules, secrets, user_data};
use portcullis_guest::config_drive::Entry;
use portcullis_guest::config_drive::json::{self, JsonFault};
use portcullis_guest::{Finding, Pointer, Rule, Value};
use serde_json::Value as Json;

/// Levels of nesting, as Ironic takes them.
const JSON_DEPTH: usize = 25;

/// Whom a drive is for, as far as it is known.
#[derive(Debug, Default)]
pub(crate) struct Target {
    uuids: Vec<String>,
    /// Addresses of the node's ports.
    addresses: Vec<String>,
}

impl Target {
    /// The node, its instance, and the addresses of its ports.
    pub(crate) fn of(node: &Value, instance: &Value, addresses: &Value) -> Self {
        let uuid = |value: &Value| match value {
            Value::Text(text) => Some(text.to_lowercase()),
            _ => None,
        };
        let address = |json: &Json| Some(json.as_str()?.to_lowercase());
        Self {
            uuids: [node, instance].into_iter().filter_map(uuid).collect(),
            addresses: addresses
                .to_array()
                .unwrap_or_default()
                .iter()
                .filter_map(address)
                .collect(),
        }
    }

    /// Whether a port of the node may have this address: one has it, or none is known.
    pub(crate) fn may_have(&self, address: &str) -> bool {
        let address = address.to_lowercase();
        self.addresses.is_empty() || self.addresses.contains(&address)
    }

    fn is(&self, uuid: &str) -> bool {
        let uuid = uuid.to_lowercase();
        self.uuids.is_empty() || self.uuids.contains(&uuid)
    }
}

/// Which files of an image meta data may list.
pub(crate) enum Listable<'a> {
    /// Those of this drive.
    On(&'a Files),
    /// None: the JSON form has no place for them.
    None,
}

impl Listable<'_> {
    fn has(&self, content_path: &str) -> bool {
        match self {
            Self::None => false,
            Self::On(files) => files.has(&["openstack", content_path].concat()),
        }
    }
}

/// Every finding about the contents of `entry`. Places are within the document.
pub(crate) fn check(
    settings: &Settings,
    files: &Files,
    entry: &Entry,
    target: &Target,
) -> Vec<Finding> {
    let Some(bytes) = files.contents(entry) else {
        return Vec::new();
    };
    let bytes = &*bytes;
    let place = Pointer::root();
    let name = document_name(&entry.path).or_else(|| ec2_name(&entry.path));
    match name {
        Some("user_data" | "user-data") => user_data::check(settings, bytes, &place),
        // Larger ones have been refused for their size.
        _ if bytes.len() > settings.max_file_bytes => Vec::new(),
        Some("meta_data.json") => with_json(bytes, rules::META, &place, |json| {
            meta_data(settings, json, &Listable::On(files), target, &place)
        }),
        Some("network_data.json") => with_json(bytes, rules::NET, &place, |json| {
            let mut findings = network::check(json, target, &place);
            findings.extend(secrets::search(json, &place));
            findings
        }),
        // Anything that is JSON is vendor data to Nova, and a string is how cloud-init has it.
        Some("vendor_data.json" | "vendor_data2.json") => {
            with_json(bytes, rules::VENDOR, &place, |json| {
                vendor_data(settings, json, &place)
            })
        }
        Some("meta-data.json") => with_json(bytes, rules::META, &place, |json| {
            secrets::search(json, &place)
        }),
        _ => secrets::search_bytes(bytes, &place),
    }
}

fn ec2_name(path: &str) -> Option<&str> {
    path.strip_prefix("ec2/")?
        .split_once('/')
        .map(|(_, name)| name)
}

fn with_json(
    bytes: &[u8],
    rule: Rule,
    place: &Pointer,
    check: impl FnOnce(&Json) -> Vec<Finding>,
) -> Vec<Finding> {
    match json::parse(bytes, JSON_DEPTH) {
        Ok(json) => check(&json),
        Err(error) => {
            let (rule, hint) = match error.fault {
                JsonFault::Syntax => (rule, "JSON"),
                JsonFault::Duplicate => (rules::JSON_DUP, "every key once"),
                JsonFault::Depth => (rules::JSON_DEPTH, "at most 25 levels"),
            };
            vec![rule.at(place, error.to_string()).with_hint(hint)]
        }
    }
}

/// Every finding about meta data.
pub(crate) fn meta_data(
    settings: &Settings,
    json: &Json,
    files: &Listable<'_>,
    target: &Target,
    place: &Pointer,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let Json::Object(members) = json else {
        let finding = rules::META.at(place, "meta data that is no object");
        return vec![finding.with_hint("an object")];
    };
    let at = |key: &str| place.key(key);
    // A key that holds nothing is taken for one that is not there.
    let given = |key: &str| members.get(key).filter(|value| !value.is_null());
    if let Some(uuid) = given("uuid") {
        let found = match uuid.as_str().filter(|uuid| is_uuid(uuid)) {
            None => Some(("an id that is no UUID", "a UUID, or nothing")),
            Some(uuid) if settings.match_uuid && !target.is(uuid) => Some((
                "the id of another node or instance",
                "the UUID of the node or of its instance",
            )),
            Some(_) => None,
        };
        findings
            .extend(found.map(|(found, hint)| rules::META.at(at("uuid"), found).with_hint(hint)));
    }
    if given("hostname").is_some_and(|name| !name.as_str().is_some_and(is_host_name)) {
        let finding = rules::META.at(at("hostname"), "a name that is not a host's");
        findings.push(finding.with_hint("letters, digits, dots and hyphens"));
    }
    if let Some(listed) = given("files") {
        findings.extend(listed_files(listed, files, &at("files")));
    }
    if let Some(network) = given("network_config") {
        findings.extend(content_path(network, files, &at("network_config")));
    }
    findings.extend(secrets::search(json, place));
    findings
}

fn listed_files(listed: &Json, files: &Listable<'_>, place: &Pointer) -> Vec<Finding> {
    let Json::Array(listed) = listed else {
        return vec![
            rules::CONTENT_PATH
                .at(place, "files that are no array")
                .with_hint("an array"),
        ];
    };
    let mut findings = Vec::new();
    for (index, file) in listed.iter().enumerate() {
        let place = place.index(index);
        findings.extend(content_path(file, files, &place));
        if !file
            .get("path")
            .and_then(Json::as_str)
            .is_some_and(is_plain_path)
        {
            let finding =
                rules::CONTENT_PATH.at(place.key("path"), "a path that leads elsewhere or nowhere");
            findings.push(
                finding.with_hint("an absolute path without dot entries or control characters"),
            );
        }
    }
    findings
}

fn content_path(file: &Json, files: &Listable<'_>, place: &Pointer) -> Vec<Finding> {
    let path = file.get("content_path").and_then(Json::as_str);
    let found = match path {
        Some(path) if !is_content_path(path) => "a path of contents that is none",
        Some(path) if !files.has(path) => "contents that are not on the drive",
        Some(_) => return Vec::new(),
        None => "no path of contents",
    };
    let finding = rules::CONTENT_PATH.at(place.key("content_path"), found);
    vec![finding.with_hint("`/content/` and four digits, of a file on the drive")]
}

fn is_plain_path(path: &str) -> bool {
    path.starts_with('/')
        && path.len() <= 4096
        && !path.chars().any(char::is_control)
        && path.split('/').all(|part| part != ".." && part != ".")
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

/// Every finding about vendor data. What it has for cloud-init is user data of another sender.
fn vendor_data(settings: &Settings, json: &Json, place: &Pointer) -> Vec<Finding> {
    let mut findings = Vec::new();
    let for_cloud_init = match json {
        Json::Object(members) => {
            findings.extend(secrets::search(json, place));
            members
                .get("cloud-init")
                .map(|value| (value, place.key("cloud-init")))
        }
        Json::String(_) => Some((json, place.clone())),
        _ => {
            let finding = rules::VENDOR.at(place, "vendor data that is no object");
            findings.push(finding.with_hint("an object"));
            None
        }
    };
    if let Some((Json::String(text), place)) = for_cloud_init {
        findings.extend(user_data::check(settings, text.as_bytes(), &place));
    }
    findings
}
