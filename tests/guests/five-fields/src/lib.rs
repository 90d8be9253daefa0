//! Reads five fields of a deployment and judges each, as a policy of ordinary size does.
//!
//! The benchmarks send it bodies of 8 KiB and 1 MiB: three strings, an array of objects and a
//! small object are what it takes out of them.

use portcullis_guest::{Context, Finding, Pointer, Rule};
use serde::Deserialize;

portcullis_guest::policy! {
    name: "five-fields",
    doc: "Reads five fields of a deployment.",
    rules: [VERB, HOSTNAME, UUID, PRIORITY, LINKS],
    settings_schema: r#"{
        "type": "object",
        "additionalProperties": false,
        "properties": { "max_hostname": { "type": "integer", "minimum": 1 } }
    }"#,
    operations: ["node.provision.active", "node.provision.rebuild"],
    settings: Settings,
    input: Input,
    validate: validate,
}

const VERB: Rule = Rule::error("verb", "The target has to be the verb of the operation.");
const HOSTNAME: Rule = Rule::error("hostname", "Host names are of limited length.");
const UUID: Rule = Rule::error("uuid", "The instance's id is a UUID.");
const PRIORITY: Rule = Rule::error("priority", "Deploy steps have a priority of at most 200.");
const LINKS: Rule = Rule::error("links", "Network data names its links.");

/// Limits.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    max_hostname: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { max_hostname: 63 }
    }
}

portcullis_guest::input! {
    /// The five fields.
    pub struct Input {
        target: String = "/body/target" as "the name of a verb",
        hostname: Option<String> = "/body/configdrive/meta_data/hostname" as "a string",
        uuid: Option<String> = "/body/configdrive/meta_data/uuid" as "a string",
        steps: Option<Vec<Step>> = "/body/deploy_steps" as "an array of deploy steps",
        network: Option<Network> = "/body/configdrive/network_data" as "an object with links",
    }
}

/// What it reads of a step.
#[derive(Debug, Deserialize)]
pub struct Step {
    priority: u32,
}

/// What it reads of network data.
#[derive(Debug, Deserialize)]
pub struct Network {
    links: Vec<Link>,
}

/// What it reads of a link.
#[derive(Debug, Deserialize)]
pub struct Link {
    id: String,
}

fn validate(settings: &Settings, context: &Context, input: Input) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !context.operation.ends_with(&input.target) {
        findings.push(VERB.at("/target", "another verb than the operation's"));
    }
    let drive = Pointer::root().key("configdrive");
    let meta_data = drive.key("meta_data");
    if input.hostname.is_some_and(|name| name.len() > settings.max_hostname) {
        findings.push(HOSTNAME.at(meta_data.key("hostname"), "too long a host name"));
    }
    if input.uuid.is_some_and(|uuid| uuid.len() != 36) {
        findings.push(UUID.at(meta_data.key("uuid"), "no UUID"));
    }
    let steps = Pointer::root().key("deploy_steps");
    for (index, step) in input.steps.unwrap_or_default().iter().enumerate() {
        if step.priority > 200 {
            findings.push(PRIORITY.at(steps.index(index).key("priority"), "over 200"));
        }
    }
    let links = drive.key("network_data").key("links");
    for (index, link) in input.network.map_or(Vec::new(), |network| network.links).iter().enumerate() {
        if link.id.is_empty() {
            findings.push(LINKS.at(links.index(index).key("id"), "an empty id"));
        }
    }
    findings
}
