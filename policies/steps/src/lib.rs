#![doc = include_str!("../README.md")]

mod arguments;
mod kind;
mod known;
mod rules;
mod runbook;
mod settings;
mod step;

use kind::Kind;
use portcullis_guest::{Changes, Context, Finding, Pointer, Value};
use serde_json::Value as Json;
use std::collections::BTreeSet;
use step::Step;

pub use settings::Settings;

portcullis_guest::policy! {
    name: "steps",
    doc: "Judges the steps that deployments, cleanings and services bring along, and those of \
          deploy templates and runbooks: interfaces, names, arguments, order and form.",
    rules: [
        rules::STEPS_FORM, rules::STEPS_SIZE, rules::STEP_FORM, rules::STEP_KEY, rules::STEP_NAME,
        rules::STEP_INTERFACE, rules::STEP_UNKNOWN, rules::STEP_DENIED, rules::STEP_RAW,
        rules::STEP_PRIORITY, rules::STEP_ARGUMENTS, rules::STEP_ARGUMENT, rules::STEP_DUPLICATE,
        rules::STEP_CHILD_NODES, rules::RUNBOOK_NAME, rules::RUNBOOK_DENIED,
    ],
    settings_schema: include_str!("../settings.schema.json"),
    operations: [
        "node.provision.*", "deploy-template.create", "deploy-template.update", "runbook.create",
        "runbook.update",
    ],
    settings: Settings,
    check_settings: settings::check,
    severities: severity,
    input: Input,
    validate: validate,
}

portcullis_guest::input! {
    /// The steps, unread: how large they are is judged first.
    pub struct Input {
        deploy_steps: Value = "/body/deploy_steps",
        clean_steps: Value = "/body/clean_steps",
        service_steps: Value = "/body/service_steps",
        runbook: Value = "/body/runbook",
        // Of a template or a runbook, as it will stand.
        stored_steps: Value = "/resource/steps",
        name: Value = "/resource/name",
        patch: Value = "/patch",
    }
}

fn validate(settings: &Settings, context: &Context, input: Input) -> Vec<Finding> {
    let root = Pointer::root();
    let stored = match context.operation.split_once('.') {
        Some(("deploy-template", _)) => Some(Kind::Deploy),
        Some(("runbook", _)) => Some(Kind::Runbook),
        _ => None,
    };
    if let Some(kind) = stored {
        let mut findings = list(settings, kind, &input.stored_steps, &root.key("steps"));
        if kind == Kind::Runbook {
            findings.extend(runbook::name(&input.name, &root.key("name")));
        }
        return Changes::of(&input.patch).relocate(findings);
    }
    // Whatever the verb: steps that come with one that takes none are judged all the same.
    let lists = [
        (Kind::Deploy, &input.deploy_steps, "deploy_steps"),
        (Kind::Clean, &input.clean_steps, "clean_steps"),
        (Kind::Service, &input.service_steps, "service_steps"),
    ];
    let mut findings: Vec<Finding> = lists
        .into_iter()
        .flat_map(|(kind, steps, key)| list(settings, kind, steps, &root.key(key)))
        .collect();
    findings.extend(runbook::used(
        settings,
        &input.runbook,
        &root.key("runbook"),
    ));
    findings
}

/// Judges a list of steps, if there is one.
fn list(settings: &Settings, kind: Kind, steps: &Value, place: &Pointer) -> Vec<Finding> {
    match steps {
        Value::Absent | Value::Null => return Vec::new(),
        Value::Json(text) if text.len() > settings.max_bytes => {
            let finding = rules::STEPS_SIZE.at(place, format!("steps of {} bytes", text.len()));
            return vec![finding.with_hint(format!("at most {} bytes", settings.max_bytes))];
        }
        _ => {}
    }
    let Some(steps) = steps.to_array() else {
        let finding = rules::STEPS_FORM.at(place, "steps that are no array");
        return vec![finding.with_hint("an array of steps")];
    };
    if steps.len() > settings.max_steps {
        let finding = rules::STEPS_SIZE.at(place, format!("{} steps", steps.len()));
        return vec![finding.with_hint(format!("at most {}", settings.max_steps))];
    }
    let mut seen = BTreeSet::new();
    let mut findings = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        let place = place.index(index);
        let Json::Object(members) = step else {
            let finding = rules::STEP_FORM.at(place, "a step that is no object");
            findings.push(finding.with_hint("an object"));
            continue;
        };
        let step = Step {
            kind,
            members,
            place,
        };
        findings.extend(step.check(settings));
        let Some((interface, name)) = step.identity() else {
            continue;
        };
        if !seen.insert((interface, name)) && !kind.repeats(interface) {
            let finding = rules::STEP_DUPLICATE.at(step.place, "a step that is given twice");
            findings.push(finding.with_hint("each step of an interface once"));
        }
    }
    findings
}

#[cfg(test)]
mod tests;
