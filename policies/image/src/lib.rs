#![doc = include_str!("../README.md")]

mod checksum;
mod rules;
mod settings;
mod sizes;

use portcullis_guest::{Changed, Changes, Context, Finding, Pointer, Rule, Value};
use serde_json::{Map, Value as Json};

pub use settings::Settings;

portcullis_guest::policy! {
    name: "image",
    doc: "Judges how an image is described: checksum and algorithm, format, kernel and ramdisk, \
          sizes, templates and pull secrets.",
    rules: [
        rules::FORM, rules::SOURCE, rules::CHECKSUM, rules::ALGORITHM, rules::DIGEST,
        rules::CHECKSUM_URL, rules::FORMAT, rules::KIND, rules::PAIR, rules::SIZE, rules::TEMPLATE, rules::SECRET,
    ],
    settings_schema: include_str!("../settings.schema.json"),
    operations: [
        "node.create", "node.update", "node.provision.active", "node.provision.rebuild",
    ],
    settings: Settings,
    severities: severity,
    input: Input,
    validate: validate,
}

portcullis_guest::input! {
    /// How a node's image is described.
    pub struct Input {
        patch: Value = "/patch",
        driver_info: Value = "/resource/driver_info",
        instance_info: Value = "/resource/instance_info",
        driver_info_before: Value = "/node/driver_info",
        instance_info_before: Value = "/node/instance_info",
        deploy_interface: Value = "/node/deploy_interface",
    }
}

fn validate(settings: &Settings, context: &Context, input: Input) -> Vec<Finding> {
    match context.operation.as_str() {
        "node.create" | "node.update" => description(settings, &input),
        operation => deployment(settings, &input, operation),
    }
}

/// Judges what a write changes of a description.
fn description(settings: &Settings, input: &Input) -> Vec<Finding> {
    let changes = Changes::of(&input.patch);
    let instance_info = Description::new(
        input.instance_info.to_object(),
        changes.values(
            "instance_info",
            &input.instance_info,
            Some(&input.instance_info_before),
        ),
    );
    let driver_info = Description::new(
        input.driver_info.to_object(),
        changes.values(
            "driver_info",
            &input.driver_info,
            Some(&input.driver_info_before),
        ),
    );
    let mut findings = instance(settings, &instance_info);
    for (kernel, ramdisk) in [
        ("deploy_kernel", "deploy_ramdisk"),
        ("rescue_kernel", "rescue_ramdisk"),
    ] {
        findings.extend(pair(&driver_info, kernel, ramdisk));
    }
    findings.extend(permissions(settings, &driver_info));
    findings
}

/// Judges the description a deployment is about to use. Now it has to be complete.
fn deployment(settings: &Settings, input: &Input, operation: &str) -> Vec<Finding> {
    let members = input.instance_info_before.to_object();
    let mut values = Changes::whole().values("instance_info", &input.instance_info_before, None);
    for value in &mut values {
        // It stands in the node, so no place in the body is to blame.
        value.place = Pointer::root();
    }
    let info = Description::new(members, values);
    let mut findings = instance(settings, &info);
    let interface = match &input.deploy_interface {
        Value::Text(interface) => interface.as_str(),
        _ => "",
    };
    findings.extend(checksum::missing(settings, &info, interface));
    // What cannot be seen is not held against anybody.
    let is_seen = input.instance_info_before.to_object().is_some();
    if operation == "node.provision.rebuild" && is_seen {
        findings.extend(no_source(&info));
    }
    findings
}

/// Deployments can do without an image, from a volume or from a CD. A rebuild cannot.
fn no_source(info: &Description) -> Option<Finding> {
    if info.text("image_source").is_some() {
        return None;
    }
    let message = "`instance_info/image_source` names no image";
    let hint = "a node with an image, or `deleted` and `active` in place of `rebuild`";
    Some(rules::SOURCE.at("/target", message).with_hint(hint))
}

/// Everything about `instance_info` that can be judged before it is complete.
fn instance(settings: &Settings, info: &Description) -> Vec<Finding> {
    let mut findings = checksum::judge(settings, info);
    for value in info.values("image_disk_format") {
        let known = |text: &str| settings.disk_formats.iter().any(|format| format == text);
        if !value.value.is_null() && !value.value.as_str().is_some_and(known) {
            let finding = info.finding(rules::FORMAT, value, "a format that is not admitted");
            findings.push(finding.with_hint(settings.disk_formats.join(", ")));
        }
    }
    for value in info.values("image_type") {
        let known = |text: &str| matches!(text, "partition" | "whole-disk");
        if !value.value.is_null() && !value.value.as_str().is_some_and(known) {
            let finding = info.finding(rules::KIND, value, "no kind of image");
            findings.push(finding.with_hint("partition or whole-disk"));
        }
    }
    findings.extend(pair(info, "kernel", "ramdisk"));
    findings.extend(sizes::judge(settings, info));
    findings.extend(permissions(settings, info));
    findings
}

/// A kernel without a ramdisk boots nothing, nor the other way round.
fn pair(info: &Description, kernel: &str, ramdisk: &str) -> Option<Finding> {
    let (present, absent) = match (info.has(kernel), info.has(ramdisk)) {
        (true, false) => (kernel, ramdisk),
        (false, true) => (ramdisk, kernel),
        _ => return None,
    };
    // Whoever takes one of two away has changed nothing that could be named.
    let place = info.values(present).next().map(|value| &value.place)?;
    let message = format!("`{present}` comes without `{absent}`");
    Some(rules::PAIR.at(place, message).with_hint("both or neither"))
}

/// Templates and secrets, which an operator has to permit.
fn permissions(settings: &Settings, info: &Description) -> Vec<Finding> {
    let mut findings = Vec::new();
    for value in &info.changed {
        let (permitted, rule, setting): (_, Rule, _) = match value.name() {
            "ks_template" | "ks_cfg" | "pxe_template" | "ipxe_template" => {
                (settings.allow_templates, rules::TEMPLATE, "allow_templates")
            }
            "image_pull_secret"
            | "image_request_authorization_secret"
            | "image_server_user"
            | "image_server_password" => (
                settings.allow_pull_secrets,
                rules::SECRET,
                "allow_pull_secrets",
            ),
            _ => continue,
        };
        let empty = value.value.is_null() || value.value == "";
        if !permitted && !empty {
            let found = "what needs an operator's permission";
            let hint = format!("nothing, unless the setting `{setting}` is on");
            findings.push(info.finding(rule, value, found).with_hint(hint));
        }
    }
    findings
}

/// An object of parameters as it will stand, and what of it is to be judged.
struct Description {
    members: Map<String, Json>,
    changed: Vec<Changed>,
}

impl Description {
    fn new(members: Option<Map<String, Json>>, changed: Vec<Changed>) -> Self {
        Self {
            members: members.unwrap_or_default(),
            changed,
        }
    }

    /// The values to be judged of the parameter `name`.
    fn values(&self, name: &str) -> impl Iterator<Item = &Changed> {
        self.changed
            .iter()
            .filter(move |value| value.name() == name)
    }

    /// The text of a parameter, as it will stand.
    fn text(&self, name: &str) -> Option<&str> {
        self.members
            .get(name)?
            .as_str()
            .filter(|text| !text.is_empty())
    }

    /// True if there is something to a parameter: to Ironic, an empty one is none.
    fn has(&self, name: &str) -> bool {
        match self.members.get(name) {
            None | Some(Json::Null) => false,
            Some(value) => value != "",
        }
    }

    fn finding(&self, rule: Rule, value: &Changed, found: &str) -> Finding {
        rule.at(&value.place, format!("`{}` holds {found}", value.label()))
    }
}

#[cfg(test)]
mod tests;
