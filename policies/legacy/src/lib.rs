#![doc = include_str!("../README.md")]

mod known;
mod rules;
mod settings;

use portcullis_guest::{Changed, Changes, Context, Finding, Rule, Severity, Value};
use serde_json::Value as Json;

pub use settings::Settings;

portcullis_guest::policy! {
    name: "legacy",
    doc: "Points at what should be gone by now: old microversions, weak checksums, controllers \
          without TLS, old IPMI and SNMP, hardware types and parameters without a future.",
    rules: [
        rules::MICROVERSION, rules::CHECKSUM, rules::PLAIN_HTTP, rules::VERIFY_CA, rules::TLS,
        rules::IPMI, rules::SNMP, rules::DRIVER, rules::INTERFACE, rules::FIELD,
    ],
    settings_schema: include_str!("../settings.schema.json"),
    operations: ["*"],
    settings: Settings,
    check_settings: settings::check,
    severities: severity,
    input: Input,
    validate: validate,
}

portcullis_guest::input! {
    /// What of a node can be old. The node as it is now is not read: this policy judges every
    /// write, and most have no other need for it.
    pub struct Input {
        patch: Value = "/patch",
        driver: Value = "/resource/driver",
        driver_info: Value = "/resource/driver_info",
        instance_info: Value = "/resource/instance_info",
        bios: Value = "/resource/bios_interface",
        boot: Value = "/resource/boot_interface",
        console: Value = "/resource/console_interface",
        deploy: Value = "/resource/deploy_interface",
        firmware: Value = "/resource/firmware_interface",
        inspect: Value = "/resource/inspect_interface",
        management: Value = "/resource/management_interface",
        network: Value = "/resource/network_interface",
        power: Value = "/resource/power_interface",
        raid: Value = "/resource/raid_interface",
        rescue: Value = "/resource/rescue_interface",
        storage: Value = "/resource/storage_interface",
        vendor: Value = "/resource/vendor_interface",
    }
}

fn validate(settings: &Settings, context: &Context, input: Input) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(microversion(settings, context));
    if matches!(context.operation.as_str(), "node.create" | "node.update") {
        findings.extend(node(settings, &input));
    }
    if settings.enforce {
        for finding in &mut findings {
            finding.severity = Severity::Error;
        }
    }
    findings
}

fn microversion(settings: &Settings, context: &Context) -> Option<Finding> {
    let asked = (context.microversion.major, context.microversion.minor);
    let least = settings::version(&settings.min_microversion)?;
    if asked >= least {
        return None;
    }
    let message = format!("the request is made at version {}.{}", asked.0, asked.1);
    let hint = format!("at least {}", settings.min_microversion);
    Some(rules::MICROVERSION.at("", message).with_hint(hint))
}

fn node(settings: &Settings, input: &Input) -> Vec<Finding> {
    let changes = Changes::of(&input.patch);
    let mut findings = Vec::new();
    for value in changes.values("driver", &input.driver, None) {
        if value
            .value
            .as_str()
            .is_some_and(|name| settings.is_old_driver(name))
        {
            let hint = "a hardware type of today, such as redfish";
            findings.push(finding(
                rules::DRIVER,
                &value,
                "a hardware type without a future",
                hint,
            ));
        }
    }
    for (attribute, now) in interfaces(input) {
        for value in changes.values(attribute, now, None) {
            if value
                .value
                .as_str()
                .is_some_and(|name| settings.is_old_interface(name))
            {
                let hint = "the interface of the redfish or ipmi hardware type, or the default";
                findings.push(finding(rules::INTERFACE, &value, "an old interface", hint));
            }
        }
    }
    for value in changes.values("driver_info", &input.driver_info, None) {
        findings.extend(parameter_of_driver(settings, &value));
    }
    for value in changes.values("instance_info", &input.instance_info, None) {
        findings.extend(parameter_of_instance(&value));
    }
    findings
}

fn interfaces(input: &Input) -> [(&'static str, &Value); 13] {
    [
        ("bios_interface", &input.bios),
        ("boot_interface", &input.boot),
        ("console_interface", &input.console),
        ("deploy_interface", &input.deploy),
        ("firmware_interface", &input.firmware),
        ("inspect_interface", &input.inspect),
        ("management_interface", &input.management),
        ("network_interface", &input.network),
        ("power_interface", &input.power),
        ("raid_interface", &input.raid),
        ("rescue_interface", &input.rescue),
        ("storage_interface", &input.storage),
        ("vendor_interface", &input.vendor),
    ]
}

const REPLACED: &str = "what is no longer to be used";

fn parameter_of_driver(settings: &Settings, value: &Changed) -> Option<Finding> {
    let name = value.name();
    let text = scalar(&value.value)?;
    let lower = text.trim().to_ascii_lowercase();
    if let Some(instead) = known::replaced(name) {
        return Some(finding(rules::FIELD, value, REPLACED, instead));
    }
    if name.ends_with("_verify_ca") {
        let off = ["0", "f", "false", "n", "no", "off"].contains(&lower.as_str());
        let hint = "true, or the path of a file of certificates";
        return off.then(|| finding(rules::VERIFY_CA, value, "no verification", hint));
    }
    match name {
        "redfish_address" | "xclarity_hostname" | "ilo_address" if lower.starts_with("http://") => {
            Some(finding(
                rules::PLAIN_HTTP,
                value,
                "a controller by plain http",
                "https",
            ))
        }
        "redfish_tls_minimum_version" if ["1.0", "1.1"].contains(&lower.as_str()) => Some(finding(
            rules::TLS,
            value,
            "an old version of TLS",
            "1.2 or 1.3",
        )),
        "ipmi_cipher_suite" => {
            let suite: Option<u8> = lower.parse().ok();
            let admitted = suite.is_some_and(|suite| settings.ipmi_cipher_suites.contains(&suite));
            let suites: Vec<_> = settings
                .ipmi_cipher_suites
                .iter()
                .map(u8::to_string)
                .collect();
            let hint = format!("one of {}", suites.join(", "));
            (!admitted).then(|| finding(rules::IPMI, value, "another cipher suite", &hint))
        }
        "ipmi_protocol_version" if lower == "1.5" => Some(finding(
            rules::IPMI,
            value,
            "IPMI 1.5, which does not encrypt",
            "2.0",
        )),
        "snmp_version" | "irmc_snmp_version" if !["3", "v3"].contains(&lower.as_str()) => Some(
            finding(rules::SNMP, value, "a version of SNMP without a user", "3"),
        ),
        "snmp_community"
        | "snmp_community_read"
        | "snmp_community_write"
        | "irmc_snmp_community" => {
            let hint = "a user of SNMP v3";
            Some(finding(
                rules::SNMP,
                value,
                "a community, which travels in clear",
                hint,
            ))
        }
        _ => None,
    }
}

fn parameter_of_instance(value: &Changed) -> Option<Finding> {
    let name = value.name();
    let text = scalar(&value.value)?;
    let lower = text.trim().to_ascii_lowercase();
    if let Some(instead) = known::replaced(name) {
        return Some(finding(rules::FIELD, value, REPLACED, instead));
    }
    let weak = match name {
        "image_os_hash_algo" => known::is_weak_algorithm(&lower),
        "image_checksum" => match lower.split_once(':') {
            Some((algorithm, _)) => known::is_weak_algorithm(algorithm),
            // What Ironic does not know by its length, it takes for MD5.
            None => matches!(lower.len(), 32 | 40),
        },
        // The boot option has one value left, whichever is asked for.
        "capabilities" if lower.contains("boot_option") => {
            let hint = "capabilities without `boot_option`";
            return Some(finding(
                rules::FIELD,
                value,
                "the capability `boot_option`",
                hint,
            ));
        }
        _ => false,
    };
    let hint = "SHA-256 or SHA-512 in `image_os_hash_algo` and `image_os_hash_value`";
    weak.then(|| finding(rules::CHECKSUM, value, "a checksum by MD5 or SHA-1", hint))
}

/// A scalar as text: parameters come as numbers and booleans as well.
fn scalar(value: &Json) -> Option<String> {
    match value {
        Json::Bool(boolean) => Some(boolean.to_string()),
        Json::Number(number) => Some(number.to_string()),
        Json::String(text) => Some(text.clone()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

fn finding(rule: Rule, value: &Changed, found: &str, hint: &str) -> Finding {
    rule.at(&value.place, format!("`{}` holds {found}", value.label()))
        .with_hint(hint)
}

#[cfg(test)]
mod tests;
