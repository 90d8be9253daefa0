#![doc = include_str!("../README.md")]

mod grammar;
mod parameters;

use grammar::Fault;
use parameters::{MACHINE, names, weakens};
use portcullis_guest::{
    Changed, Changes, Context, Finding, Pointer, Rule, SettingsProblem, Severities, Value, problem,
};
use serde::Deserialize;
use serde_json::Value as Json;

portcullis_guest::policy! {
    name: "kernel-params",
    doc: "Judges the kernel parameters a node is booted with: a strict grammar, and no parameter \
          that hands the machine over.",
    rules: [FORM, SIZE, CHARACTERS, GRAMMAR, DENIED, UNLISTED, WEAKENED],
    settings_schema: include_str!("../settings.schema.json"),
    operations: ["node.create", "node.update"],
    settings: Settings,
    check_settings: check,
    severities: severity,
    input: Input,
    validate: validate,
}

const FORM: Rule = Rule::error("KP-FORM", "Kernel parameters are text.");
const SIZE: Rule = Rule::error(
    "KP-SIZE",
    "The length of the parameters and their number are limited: a kernel cuts off what is beyond \
     its own limit.",
);
const CHARACTERS: Rule = Rule::error(
    "KP-CHARACTERS",
    "Letters, digits and the punctuation of parameters, in ASCII. Line breaks, NUL, quotes within \
     a value, dollar signs and what else a boot loader's script reads as its own are not among \
     them.",
);
const GRAMMAR: Rule = Rule::error(
    "KP-GRAMMAR",
    "Parameters are `name` or `name=value`, a blank between two of them; a value with blanks is in \
     double quotes as a whole.",
);
const DENIED: Rule = Rule::error(
    "KP-DENIED",
    "Parameters that hand the machine to whoever sets them are denied unless the setting `allow` \
     names them: another init, a shell, another root or agent, credentials, files from elsewhere. \
     So are those the setting `deny` names.",
);
const UNLISTED: Rule = Rule::error(
    "KP-UNLISTED",
    "With the setting `only`, no parameter but those it and `allow` name.",
);
const WEAKENED: Rule = Rule::warning(
    "KP-WEAKENED",
    "Parameters that switch off what protects the kernel or the users of the machine.",
);

/// Settings; the README lists them.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    allow: Vec<String>,
    deny: Vec<String>,
    only: Option<Vec<String>>,
    max_bytes: usize,
    max_parameters: usize,
    severity: Severities,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            allow: Vec::new(),
            deny: Vec::new(),
            only: None,
            max_bytes: 1024,
            max_parameters: 64,
            severity: Severities::default(),
        }
    }
}

/// Finds what the schema lets through.
fn check(settings: &Settings) -> Vec<SettingsProblem> {
    let lists = [
        ("allow", Some(&settings.allow)),
        ("deny", Some(&settings.deny)),
        ("only", settings.only.as_ref()),
    ];
    let mut problems = Vec::new();
    for (key, patterns) in lists {
        for (index, pattern) in patterns.into_iter().flatten().enumerate() {
            let name = pattern.strip_suffix('*').unwrap_or(pattern);
            if !grammar::is_name(name) {
                let place = Pointer::root().key(key).index(index);
                let message = "no name of a parameter, expected one, perhaps with `*` at its end";
                problems.push(problem(place, message));
            }
        }
    }
    problems
}

portcullis_guest::input! {
    /// Where a node keeps kernel parameters.
    pub struct Input {
        patch: Value = "/patch",
        driver_info: Value = "/resource/driver_info",
        instance_info: Value = "/resource/instance_info",
        driver_info_before: Value = "/node/driver_info",
        instance_info_before: Value = "/node/instance_info",
    }
}

fn validate(settings: &Settings, _: &Context, input: Input) -> Vec<Finding> {
    let changes = Changes::of(&input.patch);
    let attributes = [
        ("driver_info", &input.driver_info, &input.driver_info_before),
        (
            "instance_info",
            &input.instance_info,
            &input.instance_info_before,
        ),
    ];
    let mut findings = Vec::new();
    for (attribute, now, before) in attributes {
        for value in changes.values(attribute, now, Some(before)) {
            if holds_parameters(value.name()) {
                findings.extend(judge(settings, &value));
            }
        }
    }
    findings
}

/// True for members that end up on a kernel's command line. Older drivers have a prefix.
fn holds_parameters(member: &str) -> bool {
    member.ends_with("append_params")
        || matches!(member, "ramdisk_kernel_arguments" | "kernel_cmdline")
}

fn judge(settings: &Settings, value: &Changed) -> Vec<Finding> {
    let at = |rule: Rule, found: String| {
        rule.at(&value.place, format!("`{}` holds {found}", value.label()))
    };
    let text = match &value.value {
        Json::Null => return Vec::new(),
        Json::String(text) if !value.is_nested() => text,
        _ => return vec![at(FORM, "something that is no text".to_owned()).with_hint("text")],
    };
    if text.len() > settings.max_bytes {
        let finding = at(SIZE, format!("{} bytes", text.len()));
        return vec![finding.with_hint(format!("at most {}", settings.max_bytes))];
    }
    let (parameters, faults) = grammar::read(text);
    let mut findings: Vec<_> = faults
        .into_iter()
        .map(|fault| match fault {
            Fault::Character { parameter, code } => {
                let found = format!("a character {code} in parameter {parameter}");
                at(CHARACTERS, found).with_hint(grammar::CHARACTERS)
            }
            Fault::Blank { parameter } => {
                let found = format!("a blank that separates nothing at parameter {parameter}");
                at(GRAMMAR, found).with_hint("one blank between two parameters")
            }
            Fault::Name { parameter } => {
                let found = format!("no name of a parameter at parameter {parameter}");
                at(GRAMMAR, found).with_hint("a name of letters, digits, hyphens, dots")
            }
            Fault::Quotes { parameter } => {
                let found = format!("stray quotes in parameter {parameter}");
                at(GRAMMAR, found).with_hint("quotes around a whole value, as in name=\"a b\"")
            }
        })
        .collect();
    if parameters.len() > settings.max_parameters {
        let finding = at(SIZE, format!("{} parameters", parameters.len()));
        findings.push(finding.with_hint(format!("at most {}", settings.max_parameters)));
    }
    for parameter in parameters {
        let name = parameter.name;
        let listed = |patterns: &[String]| patterns.iter().any(|pattern| names(pattern, name));
        let hands_over = || MACHINE.iter().any(|pattern| names(pattern, name));
        let allowed = listed(&settings.allow);
        // What is quoted here is the name of a parameter: the grammar admits no other text.
        if listed(&settings.deny) || (!allowed && hands_over()) {
            let finding = at(DENIED, format!("the parameter `{name}`, which is denied"));
            findings.push(finding.with_hint("parameters that do not hand over the machine"));
        } else if let Some(only) = &settings.only
            && !allowed
            && !listed(only)
        {
            let finding = at(
                UNLISTED,
                format!("the parameter `{name}`, which is not listed"),
            );
            findings.push(finding.with_hint(only.join(", ")));
        } else if !allowed && weakens(name, parameter.value) {
            let finding = at(WEAKENED, format!("`{name}`, which weakens the machine"));
            findings.push(finding.with_hint("parameters that leave protection as it is"));
        }
    }
    findings
}

#[cfg(test)]
mod tests;
