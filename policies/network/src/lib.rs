#![doc = include_str!("../README.md")]

mod mac;
mod port;
mod rules;
mod vif;

use portcullis_guest::{
    Changes, Context, Finding, Pointer, SettingsProblem, Severities, Value, problem,
};
use serde::Deserialize;

portcullis_guest::policy! {
    name: "network",
    doc: "Judges VIF attachments, and what is written to ports and port groups: ids, addresses, \
          physical networks, modes, and whose port it is.",
    rules: [
        rules::VIF_ID, rules::VIF_KEY, rules::VIF_TARGET, rules::MAC, rules::PHYSNET, rules::MODE,
        rules::EXTRA, rules::LINK, rules::TEXT, rules::MOVE,
    ],
    settings_schema: include_str!("../settings.schema.json"),
    operations: [
        "node.vif.attach", "port.create", "port.update", "portgroup.create", "portgroup.update",
    ],
    settings: Settings,
    check_settings: check_settings,
    severities: severity,
    input: Input,
    validate: validate,
}

/// Settings; the README lists them.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    vif_names: bool,
    vif_keys: Vec<String>,
    mac_prefixes: Option<Vec<String>>,
    physical_networks: Option<Vec<String>>,
    modes: Vec<String>,
    reserved_extra: Vec<String>,
    severity: Severities,
}

impl Default for Settings {
    fn default() -> Self {
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        Self {
            vif_names: false,
            vif_keys: Vec::new(),
            mac_prefixes: None,
            physical_networks: None,
            // What Linux calls the modes of a bond.
            modes: owned(&[
                "active-backup",
                "802.3ad",
                "balance-rr",
                "balance-xor",
                "broadcast",
                "balance-tlb",
                "balance-alb",
            ]),
            reserved_extra: owned(&[
                "vif_port_id",
                "tenant_vif_port_id",
                "cleaning_vif_port_id",
                "inspection_vif_port_id",
                "provisioning_vif_port_id",
                "rescuing_vif_port_id",
                "servicing_vif_port_id",
            ]),
            severity: Severities::default(),
        }
    }
}

fn check_settings(settings: &Settings) -> Vec<SettingsProblem> {
    let root = Pointer::root();
    let mut problems = Vec::new();
    for (index, prefix) in settings.mac_prefixes.iter().flatten().enumerate() {
        if mac::octets(prefix).is_none() {
            let message = "no beginning of a MAC address, expected octets as in `52:54:00`";
            problems.push(problem(root.key("mac_prefixes").index(index), message));
        }
    }
    for (index, pattern) in settings.physical_networks.iter().flatten().enumerate() {
        let fixed = pattern.strip_suffix('*').unwrap_or(pattern);
        if pattern.is_empty() || fixed.contains('*') {
            let message = "expected the name of a network, with a `*` at its end at most";
            problems.push(problem(root.key("physical_networks").index(index), message));
        }
    }
    problems
}

portcullis_guest::input! {
    /// An attachment, or a port or port group as it will stand and as it stands now.
    pub struct Input {
        body: Value = "/body",
        patch: Value = "/patch",
        node: Option<String> = "/node/uuid" as "a UUID",
        port_node: Option<String> = "/port/node_uuid" as "a UUID",
        portgroup_node: Option<String> = "/portgroup/node_uuid" as "a UUID",
        port_extra: Value = "/port/extra",
        portgroup_extra: Value = "/portgroup/extra",
        address: Value = "/resource/address",
        physical_network: Value = "/resource/physical_network",
        mode: Value = "/resource/mode",
        extra: Value = "/resource/extra",
        link: Value = "/resource/local_link_connection",
        name: Value = "/resource/name",
        description: Value = "/resource/description",
        vendor: Value = "/resource/vendor",
        category: Value = "/resource/category",
        owner: Value = "/resource/node_uuid",
    }
}

fn validate(settings: &Settings, context: &Context, input: Input) -> Vec<Finding> {
    match context.operation.as_str() {
        "node.vif.attach" => vif::attach(settings, context, &input),
        operation => {
            let (node, extra) = match operation {
                "port.update" => (input.port_node.as_deref(), &input.port_extra),
                "portgroup.update" => (input.portgroup_node.as_deref(), &input.portgroup_extra),
                _ => (None, &Value::Absent),
            };
            let before = port::Before { node, extra };
            let findings = port::check(settings, &input, before);
            Changes::of(&input.patch).relocate(findings)
        }
    }
}

/// A UUID as APIs write it: 32 hexadecimal digits in five groups.
fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests;
