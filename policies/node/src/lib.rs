#![doc = include_str!("../README.md")]

mod allocation;
mod attributes;
mod destruction;
mod driver_info;
mod properties;
mod rules;
mod settings;
mod text;
mod traits;
mod volume;
mod window;

use portcullis_guest::{Changes, Context, Finding, Value};

pub use settings::Settings;

portcullis_guest::policy! {
    name: "node",
    doc: "Judges what is written to nodes and their volumes, and what would destroy something on \
          a node: whether it may be, and when. An allocation that names its node has to fit it.",
    rules: [
        rules::POWER_TIMEOUT, rules::REASON, rules::NAME, rules::TRAIT, rules::PROPERTIES,
        rules::DRIVER_INFO, rules::BMC, rules::VOLUME_CONNECTOR, rules::VOLUME_TARGET,
        rules::INSTANCE, rules::PROTECTED, rules::RETIRED, rules::RETIRED_END, rules::WINDOW,
        rules::CONFIRM, rules::ALLOCATION,
    ],
    settings_schema: include_str!("../settings.schema.json"),
    operations: [
        "node.create", "node.update", "node.delete", "node.provision.*", "node.power", "node.raid",
        "node.maintenance.set", "node.traits.set", "node.traits.add", "volume-connector.create",
        "volume-connector.update", "volume-target.create", "volume-target.update",
        "allocation.create",
    ],
    settings: Settings,
    check_settings: settings::check,
    severities: severity,
    input: Input,
    validate: validate,
}

portcullis_guest::input! {
    /// What is written, and what the node is like before.
    pub struct Input {
        timeout: Value = "/body/timeout",
        reason: Value = "/body/reason",
        traits: Value = "/body/traits",
        path: Option<String> = "/request/path" as "a path",
        clean_steps: Value = "/body/clean_steps",
        deploy_steps: Value = "/body/deploy_steps",
        service_steps: Value = "/body/service_steps",
        runbook: Value = "/body/runbook",
        allocated: Option<String> = "/body/node" as "a name or UUID",
        resource_class: Value = "/body/resource_class",
        candidates: Value = "/body/candidate_nodes",
        patch: Value = "/patch",
        name: Value = "/resource/name",
        description: Value = "/resource/description",
        protected_reason: Value = "/resource/protected_reason",
        retired_reason: Value = "/resource/retired_reason",
        properties: Value = "/resource/properties",
        driver_info: Value = "/resource/driver_info",
        instance_uuid: Value = "/resource/instance_uuid",
        instance_info: Value = "/resource/instance_info",
        connector_type: Value = "/resource/type",
        connector_id: Value = "/resource/connector_id",
        volume_type: Value = "/resource/volume_type",
        volume_id: Value = "/resource/volume_id",
        boot_index: Value = "/resource/boot_index",
        node_uuid: Option<String> = "/node/uuid" as "a UUID",
        node_name: Option<String> = "/node/name" as "a name",
        state: Option<String> = "/node/provision_state" as "the name of a provision state",
        class_before: Value = "/node/resource_class",
        traits_before: Value = "/node/traits",
        protected: Option<bool> = "/node/protected" as "a boolean",
        retired: Option<bool> = "/node/retired" as "a boolean",
        instance_uuid_before: Value = "/node/instance_uuid",
        instance_info_before: Value = "/node/instance_info",
        properties_before: Value = "/node/properties",
        driver_info_before: Value = "/node/driver_info",
        time: Option<String> = "/time/utc" as "a time",
        confirmation: Option<String> = "/header/x-portcullis-confirm" as "a name or UUID",
    }
}

fn validate(settings: &Settings, context: &Context, input: Input) -> Vec<Finding> {
    let changes = Changes::of(&input.patch);
    let written = match context.operation.as_str() {
        "node.power" => return attributes::power(settings, &input),
        "node.maintenance.set" => return attributes::maintenance(settings, &input),
        "node.traits.set" => return traits::set(settings, &input.traits),
        "allocation.create" => return allocation::check(&input),
        "node.traits.add" => return traits::add(settings, input.path.as_deref()),
        "node.create" => attributes::node(settings, &input, false),
        "node.update" => attributes::node(settings, &input, true),
        "volume-connector.create" | "volume-connector.update" => {
            volume::connector(&input, &changes)
        }
        "volume-target.create" | "volume-target.update" => volume::target(settings, &input),
        _ => return destruction::check(settings, context, &input),
    };
    changes.relocate(written)
}

#[cfg(test)]
mod tests;
