#![doc = include_str!("../README.md")]

mod fields;
pub mod judgement;
mod rules;
mod settings;

use fields::{Audience, Kind};
use portcullis_guest::{Changed, Changes, Context, Finding, Value};
use serde::Deserialize;
use serde_json::Value as Json;
use serde_json::value::RawValue;

pub use settings::Settings;

portcullis_guest::policy! {
    name: "url",
    doc: "Judges every URL and address a request hands to Ironic: schemes, hosts in any \
          notation, ports, credentials.",
    rules: [
        rules::FORM, rules::SYNTAX, rules::FILE, rules::SCHEME, rules::USERINFO,
        rules::CREDENTIAL, rules::HOST, rules::NOTATION, rules::ADDRESS, rules::NAME,
        rules::UNLISTED, rules::PORT,
    ],
    settings_schema: include_str!("../settings.schema.json"),
    operations: [
        "node.create", "node.update", "node.provision.*", "node.vmedia.attach",
        "node.vendor-passthru", "driver.vendor-passthru", "deploy-template.create",
        "deploy-template.update", "runbook.create", "runbook.update", "inspection-rule.create",
        "inspection-rule.update", "ramdisk.heartbeat",
    ],
    settings: Settings,
    check_settings: settings::check,
    severities: severity,
    input: Input,
    validate: validate,
}

portcullis_guest::input! {
    /// What of a request can hold URLs.
    pub struct Input {
        body: Value = "/body",
        patch: Value = "/patch",
        driver_info: Value = "/resource/driver_info",
        instance_info: Value = "/resource/instance_info",
        steps: Value = "/resource/steps",
        actions: Value = "/resource/actions",
        driver_info_before: Value = "/node/driver_info",
        instance_info_before: Value = "/node/instance_info",
    }
}

fn validate(settings: &Settings, context: &Context, input: Input) -> Vec<Finding> {
    let mut judge = Judge {
        settings,
        findings: Vec::new(),
    };
    match context.operation.as_str() {
        "node.create" | "node.update" => node(&mut judge, &input),
        "node.vmedia.attach" => {
            let values = Changes::whole().values("", &input.body, None);
            judge.members(&values, |name| match name {
                "image_url" => Kind::Url(Audience::Images),
                _ => Kind::Text,
            });
        }
        "ramdisk.heartbeat" => {
            let values = Changes::whole().values("", &input.body, None);
            judge.members(&values, |name| match name {
                "callback_url" => Kind::Url(Audience::Callbacks),
                _ => Kind::Text,
            });
        }
        "node.vendor-passthru" | "driver.vendor-passthru" => judge.all(
            &Changes::whole().values("", &input.body, None),
            Audience::Callbacks,
        ),
        operation if operation.starts_with("node.provision.") => {
            provision(&mut judge, operation, &input);
        }
        _ => {
            let changes = Changes::of(&input.patch);
            for (name, now) in [("steps", &input.steps), ("actions", &input.actions)] {
                judge.all(&changes.values(name, now, None), Audience::Images);
            }
        }
    }
    judge.findings
}

fn node(judge: &mut Judge, input: &Input) {
    let changes = Changes::of(&input.patch);
    let (now, before) = (&input.driver_info, &input.driver_info_before);
    let values = changes.values("driver_info", now, Some(before));
    judge.members(&values, fields::of_driver_info);
    let (now, before) = (&input.instance_info, &input.instance_info_before);
    let values = changes.values("instance_info", now, Some(before));
    judge.members(&values, fields::of_instance_info);
}

/// What of the body of a provision request can hold URLs. The rest is not read: drives are large.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Provision<'a> {
    #[serde(borrow)]
    configdrive: Option<&'a RawValue>,
    #[serde(borrow)]
    clean_steps: Option<&'a RawValue>,
    #[serde(borrow)]
    deploy_steps: Option<&'a RawValue>,
    #[serde(borrow)]
    service_steps: Option<&'a RawValue>,
}

fn provision(judge: &mut Judge, operation: &str, input: &Input) {
    let body = match &input.body {
        Value::Json(text) => serde_json::from_str(text).unwrap_or_default(),
        _ => Provision::default(),
    };
    let whole = Changes::whole();
    let steps = [
        ("clean_steps", body.clean_steps),
        ("deploy_steps", body.deploy_steps),
        ("service_steps", body.service_steps),
    ];
    for (name, steps) in steps {
        let Some(steps) = steps else { continue };
        let now = Value::Json(steps.get().to_owned());
        judge.all(&whole.values(name, &now, None), Audience::Images);
    }
    // Without a colon, as it is or escaped, a drive is not a URL and not worth unpacking.
    let drive = body.configdrive.map(RawValue::get).unwrap_or_default();
    if drive.starts_with('"') && drive.contains([':', '\\']) {
        let now = Value::Json(drive.to_owned());
        judge.members(&whole.values("configdrive", &now, None), |_| Kind::Drive);
    }
    if matches!(
        operation,
        "node.provision.active" | "node.provision.rebuild"
    ) {
        judge.stored(&whole.values("instance_info", &input.instance_info_before, None));
    }
}

/// Collects what is found.
struct Judge<'a> {
    settings: &'a Settings,
    findings: Vec<Finding>,
}

impl Judge<'_> {
    /// Judges the members of an attribute by what their names promise.
    fn members(&mut self, values: &[Changed], kind: impl Fn(&str) -> Kind) {
        for value in values {
            self.value(value, kind(value.name()), value.place.as_str());
        }
    }

    /// Judges whatever looks like a URL.
    fn all(&mut self, values: &[Changed], audience: Audience) {
        for value in values {
            if let Some(text) = value.value.as_str().filter(|text| looks_like_url(text)) {
                self.url(text, audience, value, value.place.as_str());
            }
        }
    }

    /// Judges what a deployment is about to use. It stands in the node, so no place in the body
    /// is to blame.
    fn stored(&mut self, values: &[Changed]) {
        /// What Ironic shows in place of a secret.
        const MASKED: &str = "******";
        for value in values {
            if value.value != MASKED {
                self.value(value, fields::of_instance_info(value.name()), "");
            }
        }
    }

    fn value(&mut self, value: &Changed, kind: Kind, place: &str) {
        // Images by architecture are the only ones to come as an object.
        let misplaced = value.is_nested() && !value.name().ends_with("_by_arch");
        let text = match (&value.value, kind) {
            (_, Kind::Text) | (Json::Null, _) => return,
            (Json::String(text), Kind::Drive | Kind::Unknown) => text.as_str(),
            (_, Kind::Drive | Kind::Unknown) => return,
            (Json::String(text), _) if !misplaced => text.as_str(),
            (_, Kind::Image | Kind::Url(_) | Kind::Redfish | Kind::Address) => {
                let message = format!("`{}` holds something that is no text", value.label());
                let finding = rules::FORM.at(place, message);
                self.findings.push(finding.with_hint("text"));
                return;
            }
        };
        match kind {
            // To Ironic an empty value is none.
            Kind::Image if text.is_empty() || fields::is_image_id(text) => {}
            Kind::Image => self.url(text, Audience::Images, value, place),
            Kind::Url(audience) if !text.is_empty() => self.url(text, audience, value, place),
            Kind::Redfish if !text.is_empty() => self.redfish(text, value, place),
            Kind::Address if text.contains("://") => self.url(text, Audience::Bmc, value, place),
            Kind::Address if !text.is_empty() => {
                let admitted = self.settings.admitted(Audience::Bmc);
                let faults = judgement::judge_address(text, &admitted);
                self.report(faults, &admitted, value, place);
            }
            Kind::Drive if !value.is_nested() && text.contains("://") => {
                self.url(text, Audience::Images, value, place);
            }
            Kind::Unknown if looks_like_url(text) => {
                self.url(text, Audience::Images, value, place);
            }
            Kind::Url(_) | Kind::Redfish | Kind::Address => {}
            Kind::Drive | Kind::Unknown | Kind::Text => {}
        }
    }

    /// Ironic takes a controller without a scheme for one with https, and brackets IPv6.
    fn redfish(&mut self, text: &str, value: &Changed, place: &str) {
        if text.contains("://") {
            return self.url(text, Audience::Bmc, value, place);
        }
        let admitted = self.settings.admitted(Audience::Bmc);
        let faults = match text.parse::<std::net::Ipv6Addr>() {
            Ok(_) => judgement::judge_address(text, &admitted),
            Err(_) => judgement::judge_url(&format!("https://{text}"), &admitted),
        };
        self.report(faults, &admitted, value, place);
    }

    fn url(&mut self, text: &str, audience: Audience, value: &Changed, place: &str) {
        let admitted = self.settings.admitted(audience);
        let faults = judgement::judge_url(text, &admitted);
        self.report(faults, &admitted, value, place);
    }

    fn report(
        &mut self,
        faults: Vec<judgement::Fault>,
        admitted: &judgement::Accepted<'_>,
        value: &Changed,
        place: &str,
    ) {
        let label = value.label();
        let findings = faults
            .into_iter()
            .map(|fault| rules::finding(fault, place, &label, admitted));
        self.findings.extend(findings);
    }
}

/// True for text that some reader would fetch.
fn looks_like_url(text: &str) -> bool {
    judgement::scheme(text).is_some_and(|scheme| {
        let plain = text.replace(['\t', '\r', '\n'], "");
        scheme == "file" || plain.contains("://")
    })
}

#[cfg(test)]
mod tests;
