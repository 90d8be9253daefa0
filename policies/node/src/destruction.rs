//! What destroys something, and when that may be.

use crate::rules::{CONFIRM, PROTECTED, RETIRED, RETIRED_END, WINDOW};
use crate::{Input, Settings};
use portcullis_guest::{Context, Finding, Pointer, Value};
use serde::Deserialize;
use serde_json::Value as Json;

/// A way to destroy something.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// The verb deleted, which undeploys an instance.
    Deleted,
    /// The verb rebuild.
    Rebuild,
    /// The verb clean.
    Clean,
    /// Steps that erase disks.
    Erase,
    /// RAID steps, and the RAID configuration that is wanted.
    Raid,
    /// Steps that write firmware.
    Firmware,
    /// A service by runbook: what the runbook holds is not in the request.
    Runbook,
    /// Deleting the node.
    Delete,
}

impl Kind {
    pub(crate) const ALL: [Self; 8] = [
        Self::Deleted,
        Self::Rebuild,
        Self::Clean,
        Self::Erase,
        Self::Raid,
        Self::Firmware,
        Self::Runbook,
        Self::Delete,
    ];

    fn words(self) -> &'static str {
        match self {
            Self::Deleted => "undeploying",
            Self::Rebuild => "rebuilding",
            Self::Clean => "cleaning",
            Self::Erase => "erasing disks",
            Self::Raid => "changing RAID",
            Self::Firmware => "writing firmware",
            Self::Runbook => "running a runbook",
            Self::Delete => "deleting",
        }
    }
}

/// Every finding about what the request destroys.
pub(crate) fn check(settings: &Settings, context: &Context, input: &Input) -> Vec<Finding> {
    let found = find(&context.operation, input);
    let confirmed = is_confirmed(context, input);
    let mut findings = Vec::new();
    for (kind, place) in found {
        let what = kind.words();
        if input.protected == Some(true) && settings.protected.contains(&kind) {
            let finding = PROTECTED.at(&place, format!("{what} on a protected node"));
            findings.push(finding.with_hint("a node that is no longer protected"));
        }
        if input.retired == Some(true) {
            let rule = if settings.retired.contains(&kind) {
                RETIRED
            } else {
                RETIRED_END
            };
            let finding = rule.at(&place, format!("{what} on a retired node"));
            findings.push(finding.with_hint("a node that is not retired"));
        }
        let window = settings.window.as_ref();
        if let Some(window) = window.filter(|window| window.kinds.contains(&kind)) {
            let time = input.time.as_deref().unwrap_or_default();
            if !window.is_open(time) {
                let finding = WINDOW.at(&place, format!("{what} out of hours"));
                findings.push(finding.with_hint(window.words()));
            }
        }
        if settings.confirmation.contains(&kind) && !confirmed {
            let finding = CONFIRM.at(&place, format!("{what} without confirmation"));
            let hint = "a header X-Portcullis-Confirm with the name or UUID of the node";
            findings.push(finding.with_hint(hint));
        }
    }
    findings
}

/// What the request destroys, each kind once, and where in the body it says so.
fn find(operation: &str, input: &Input) -> Vec<(Kind, Pointer)> {
    let root = Pointer::root();
    let target = root.key("target");
    let mut found: Vec<(Kind, Pointer)> = Vec::new();
    match operation {
        "node.delete" => found.push((Kind::Delete, root.clone())),
        "node.raid" => found.push((Kind::Raid, root.clone())),
        "node.provision.deleted" => found.push((Kind::Deleted, target)),
        "node.provision.rebuild" => found.push((Kind::Rebuild, target)),
        "node.provision.clean" => found.push((Kind::Clean, target)),
        "node.provision.service" if matches!(&input.runbook, Value::Text(_)) => {
            found.push((Kind::Runbook, root.key("runbook")));
        }
        _ => {}
    }
    let lists = [
        ("clean_steps", &input.clean_steps),
        ("deploy_steps", &input.deploy_steps),
        ("service_steps", &input.service_steps),
    ];
    for (key, steps) in lists {
        for (index, kind) in kinds_of_steps(steps) {
            if found.iter().all(|(known, _)| *known != kind) {
                found.push((kind, root.key(key).index(index)));
            }
        }
    }
    found
}

/// What is no list of steps is for another policy to judge, and for Ironic to refuse.
fn kinds_of_steps(steps: &Value) -> Vec<(usize, Kind)> {
    let steps = steps.to_array().unwrap_or_default();
    let kind = |(index, step): (usize, &Json)| {
        let text = |key: &str| step.get(key).and_then(Json::as_str).unwrap_or_default();
        let (interface, name) = (text("interface"), text("step"));
        let kind = if name.starts_with("erase") {
            Kind::Erase
        } else if interface == "raid" {
            Kind::Raid
        } else if interface == "firmware" || name.contains("firmware") {
            Kind::Firmware
        } else {
            return None;
        };
        Some((index, kind))
    };
    steps.iter().enumerate().filter_map(kind).collect()
}

/// Whether the header names the node.
fn is_confirmed(context: &Context, input: &Input) -> bool {
    let Some(confirmation) = input.confirmation.as_deref().map(str::trim) else {
        return false;
    };
    let node = context.node.as_ref();
    let names = [
        node.map(|node| node.ident.as_str()),
        node.and_then(|node| node.uuid.as_deref()),
        input.node_uuid.as_deref(),
        input.node_name.as_deref(),
    ];
    !confirmation.is_empty() && names.into_iter().flatten().any(|name| name == confirmation)
}
