//! Reads five fields of a deployment and judges each, as a policy of ordinary size does.
//!
//! The benchmarks send it bodies of 8 KiB and 1 MiB and measure what it costs to find five values
//! in them, hand them over and have them judged.

use portcullis_guest::{Context, Finding, Pointer, Rule};
use serde::Deserialize;

portcullis_guest::policy! {
    name: "five-fields",
    doc: "Reads five fields of a deployment.",
    rules: [VERB, HOSTNAME, UUID, INTERFACE, LINK],
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
const INTERFACE: Rule = Rule::error(
    "interface",
    "Deploy steps begin with the firmware's settings.",
);
const LINK: Rule = Rule::error("link", "Network data names its first link.");

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
        interface: Option<String> = "/body/deploy_steps/0/interface" as "the name of an interface",
        link: Option<String> = "/body/configdrive/network_data/links/0/id" as "a string",
    }
}

fn validate(settings: &Settings, context: &Context, input: Input) -> Vec<Finding> {
    let mut findings = Vec::new();
    let drive = Pointer::root().key("configdrive");
    let mut expect = |is_met: bool, finding: fn(&Pointer) -> Finding| {
        if !is_met {
            findings.push(finding(&drive));
        }
    };
    expect(context.operation.ends_with(&input.target), |_| {
        VERB.at("/target", "another verb than the operation's")
    });
    expect(
        input
            .hostname
            .is_none_or(|name| name.len() <= settings.max_hostname),
        |drive| {
            HOSTNAME.at(
                drive.key("meta_data").key("hostname"),
                "too long a host name",
            )
        },
    );
    expect(input.uuid.is_none_or(|uuid| uuid.len() == 36), |drive| {
        UUID.at(drive.key("meta_data").key("uuid"), "no UUID")
    });
    expect(
        input.interface.is_none_or(|interface| interface == "bios"),
        |_| INTERFACE.at("/deploy_steps/0/interface", "another interface"),
    );
    expect(input.link.is_none_or(|link| !link.is_empty()), |drive| {
        LINK.at(
            drive.key("network_data").key("links").index(0).key("id"),
            "an empty id",
        )
    });
    findings
}
