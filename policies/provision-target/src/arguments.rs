//! The arguments of a verb: whether they belong to it, and whether what it needs is there.

use crate::verb::Verb;
use crate::{Input, Settings};
use portcullis_guest::{Finding, Rule, Value};

pub(crate) const MISPLACED: Rule = Rule::error(
    "argument-misplaced",
    "Steps, runbooks and passwords are accepted with the verbs that use them.",
);
pub(crate) const STEPS_OR_RUNBOOK: Rule = Rule::error(
    "steps-or-runbook",
    "Cleaning and servicing take steps or the name of a runbook, one of the two.",
);
pub(crate) const RESCUE_PASSWORD: Rule = Rule::error(
    "rescue-password",
    "A rescue needs a password that is not blank, of limited length and without control \
     characters: Ironic hands it to the agent as it is.",
);

/// Every finding about the arguments.
pub(crate) fn check(settings: &Settings, verb: &Verb, input: &Input) -> Vec<Finding> {
    let password = match input.rescue_password {
        Some(_) => Given::Yes,
        None => Given::No,
    };
    let mut findings = Vec::new();
    for (name, given, verbs) in [
        ("clean_steps", given(&input.clean_steps), &["clean"][..]),
        (
            "deploy_steps",
            given(&input.deploy_steps),
            &["active", "rebuild"],
        ),
        ("service_steps", given(&input.service_steps), &["service"]),
        ("runbook", given(&input.runbook), &["clean", "service"]),
        (
            "disable_ramdisk",
            given(&input.disable_ramdisk),
            &["clean", "service"],
        ),
        ("rescue_password", password, &["rescue"]),
    ] {
        if given == Given::Yes && !verbs.contains(&verb.name) {
            let message = format!("`{name}` with the verb `{}`", verb.name);
            let hint = format!("only with {}", verbs.join(" or "));
            findings.push(MISPLACED.at(["/", name].concat(), message).with_hint(hint));
        }
    }
    findings.extend(match verb.name {
        "clean" => steps_or_runbook("clean_steps", &input.clean_steps, &input.runbook),
        "service" => steps_or_runbook("service_steps", &input.service_steps, &input.runbook),
        "rescue" => rescue_password(settings, input.rescue_password.as_deref()),
        _ => None,
    });
    findings
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Given {
    Yes,
    No,
}

/// Ironic takes `null` and an empty list for an argument that is not there.
fn given(value: &Value) -> Given {
    match value {
        Value::Absent | Value::Null => Given::No,
        Value::Json(text) if is_empty_list(text) => Given::No,
        _ => Given::Yes,
    }
}

fn is_empty_list(text: &str) -> bool {
    let inside = text
        .trim()
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    inside.is_some_and(|inside| inside.trim().is_empty())
}

fn steps_or_runbook(name: &str, steps: &Value, runbook: &Value) -> Option<Finding> {
    let hint = format!("`{name}` with at least one step, or `runbook`");
    let pointer = ["/", name].concat();
    match (given(steps), given(runbook)) {
        (Given::Yes, Given::No) => match steps {
            Value::Json(text) if text.trim_start().starts_with('[') => None,
            _ => Some(
                STEPS_OR_RUNBOOK
                    .at(pointer, "steps that are no array")
                    .with_hint(hint),
            ),
        },
        (Given::No, Given::Yes) => match runbook {
            Value::Text(runbook) if !runbook.trim().is_empty() => None,
            _ => Some(
                STEPS_OR_RUNBOOK
                    .at("/runbook", "a runbook without a name")
                    .with_hint(hint),
            ),
        },
        (Given::No, Given::No) => Some(STEPS_OR_RUNBOOK.at(pointer, "no steps").with_hint(hint)),
        (Given::Yes, Given::Yes) => Some(
            STEPS_OR_RUNBOOK
                .at("/runbook", "steps and a runbook")
                .with_hint(hint),
        ),
    }
}

fn rescue_password(settings: &Settings, password: Option<&str>) -> Option<Finding> {
    let found = match password {
        None => "no password".to_owned(),
        Some(password) if password.trim().is_empty() => "a blank password".to_owned(),
        Some(password) if password.chars().any(char::is_control) => {
            "a password with control characters".to_owned()
        }
        Some(password) => {
            let length = password.chars().count();
            if length <= settings.rescue_password_max {
                return None;
            }
            format!("a password of {length} characters")
        }
    };
    let hint = format!(
        "1 to {} characters, printable",
        settings.rescue_password_max
    );
    Some(
        RESCUE_PASSWORD
            .at("/rescue_password", found)
            .with_hint(hint),
    )
}
