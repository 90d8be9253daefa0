#![doc = include_str!("../README.md")]

mod arguments;
mod verb;

use portcullis_guest::{
    Context, Finding, Pointer, Rule, SettingsProblem, Severities, Value, problem,
};
use serde::Deserialize;
use std::collections::BTreeMap;
use verb::{Condition, VERBS, Verb};

portcullis_guest::policy! {
    name: "provision-target",
    doc: "Allows a provision verb when the operator permits it, the node's state and flags admit \
          it, and its arguments are its own.",
    rules: [
        TARGET_MISSING, TARGET_UNKNOWN, TARGET_DENIED, STATE, MAINTENANCE, PROTECTED, RETIRED,
        arguments::MISPLACED, arguments::STEPS_OR_RUNBOOK, arguments::RESCUE_PASSWORD,
    ],
    settings_schema: include_str!("../settings.schema.json"),
    operations: ["node.provision.*"],
    settings: Settings,
    check_settings: check_settings,
    severities: severity,
    input: Input,
    validate: validate,
}

const TARGET_MISSING: Rule = Rule::error(
    "target-missing",
    "A provision request says what is to become of the node.",
);
const TARGET_UNKNOWN: Rule = Rule::error(
    "target-unknown",
    "Ironic knows a closed set of provision verbs.",
);
const TARGET_DENIED: Rule = Rule::error(
    "target-denied",
    "The setting `allow` lists the verbs that may be used.",
);
const STATE: Rule = Rule::error(
    "state",
    "A verb can be used from certain provision states. Nodes that Ironic is working on, or holds \
     a lock on, are left to Ironic, unless the setting `states` narrows the verb.",
);
const MAINTENANCE: Rule = Rule::error(
    "maintenance",
    "Nodes in maintenance are not deployed, rebuilt, cleaned, serviced or rescued.",
);
const PROTECTED: Rule = Rule::error(
    "protected",
    "Protected nodes are not rebuilt and keep their instance.",
);
const RETIRED: Rule = Rule::error("retired", "Retired nodes are not made available again.");

/// Settings; the README lists them.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    allow: Option<Vec<String>>,
    states: BTreeMap<String, Vec<String>>,
    rescue_password_max: usize,
    severity: Severities,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            allow: None,
            states: BTreeMap::new(),
            rescue_password_max: 255,
            severity: Severities::default(),
        }
    }
}

portcullis_guest::input! {
    /// The verb, its arguments but the config drive, and what the node's readiness depends on.
    pub struct Input {
        target: Option<String> = "/body/target" as "the name of a verb",
        clean_steps: Value = "/body/clean_steps",
        deploy_steps: Value = "/body/deploy_steps",
        service_steps: Value = "/body/service_steps",
        runbook: Value = "/body/runbook",
        disable_ramdisk: Value = "/body/disable_ramdisk",
        rescue_password: Option<String> = "/body/rescue_password" as "a string",
        state: Option<String> = "/node/provision_state" as "the name of a provision state",
        reservation: Option<String> = "/node/reservation" as "the name of a conductor",
        maintenance: Option<bool> = "/node/maintenance" as "a boolean",
        protected: Option<bool> = "/node/protected" as "a boolean",
        retired: Option<bool> = "/node/retired" as "a boolean",
    }
}

fn check_settings(settings: &Settings) -> Vec<SettingsProblem> {
    let known: Vec<&str> = VERBS.iter().map(|verb| verb.name).collect();
    let unknown_verb = |place: Pointer, name: &str| {
        problem(
            place,
            format!(
                "unknown verb `{name}`, expected one of {}",
                known.join(", ")
            ),
        )
    };
    let root = Pointer::root();
    let mut problems = Vec::new();
    for (index, name) in settings.allow.iter().flatten().enumerate() {
        if !known.contains(&name.as_str()) {
            problems.push(unknown_verb(root.key("allow").index(index), name));
        }
    }
    for (name, states) in &settings.states {
        let place = root.key("states").key(name);
        if !known.contains(&name.as_str()) {
            problems.push(unknown_verb(place.clone(), name));
        }
        for (index, state) in states.iter().enumerate() {
            if !verb::is_start(state) {
                let message = format!("no verb can be used from a state `{state}`");
                problems.push(problem(place.index(index), message));
            }
        }
    }
    problems
}

fn validate(settings: &Settings, _: &Context, input: Input) -> Vec<Finding> {
    let Some(target) = &input.target else {
        let finding = TARGET_MISSING.at("/target", "no target");
        return vec![finding.with_hint("the name of a verb")];
    };
    let Some(verb) = Verb::named(target) else {
        let message = format!(
            "a verb of {} characters that does not exist",
            target.chars().count()
        );
        return vec![
            TARGET_UNKNOWN
                .at("/target", message)
                .with_hint(verb_names(settings)),
        ];
    };
    let mut findings = Vec::new();
    if !is_allowed(settings, verb) {
        let message = format!("`{}` is not allowed here", verb.name);
        findings.push(
            TARGET_DENIED
                .at("/target", message)
                .with_hint(verb_names(settings)),
        );
    }
    findings.extend(wrong_state(settings, verb, &input));
    findings.extend(
        verb.refuses
            .iter()
            .filter_map(|&condition| refusal(verb, condition, &input)),
    );
    findings.extend(arguments::check(settings, verb, &input));
    findings
}

fn is_allowed(settings: &Settings, verb: &Verb) -> bool {
    settings
        .allow
        .as_ref()
        .is_none_or(|allow| allow.iter().any(|name| name == verb.name))
}

fn verb_names(settings: &Settings) -> String {
    let names: Vec<_> = VERBS
        .iter()
        .filter(|verb| is_allowed(settings, verb))
        .map(|verb| verb.name)
        .collect();
    if names.is_empty() {
        return "no verb".to_owned();
    }
    format!("one of {}", names.join(", "))
}

/// Finds a verb used from a state it cannot be used from.
///
/// Without narrowing this only spares Ironic a request it would refuse, so it keeps quiet where
/// the state may be about to change. With narrowing it is the operator's word and holds always.
fn wrong_state(settings: &Settings, verb: &Verb, input: &Input) -> Option<Finding> {
    let narrowed = settings.states.get(verb.name);
    let admitted =
        |state: &&str| narrowed.is_none_or(|states| states.iter().any(|allowed| allowed == state));
    let hint = || {
        let from: Vec<_> = verb.from.iter().copied().filter(admitted).collect();
        format!("a node that is {}", from.join(", "))
    };
    let Some(state) = input.state.as_deref() else {
        narrowed?;
        let message = format!(
            "`{}` on a node whose provision state is not known",
            verb.name
        );
        return Some(STATE.at("/target", message).with_hint(hint()));
    };
    if verb.from.contains(&state) && admitted(&state) {
        return None;
    }
    if narrowed.is_none() && (input.reservation.is_some() || !verb::is_resting(state)) {
        return None;
    }
    let message = format!("`{}` on a node that is `{state}`", verb.name);
    Some(STATE.at("/target", message).with_hint(hint()))
}

fn refusal(verb: &Verb, condition: Condition, input: &Input) -> Option<Finding> {
    let (rule, holds, words) = match condition {
        Condition::Maintenance => (MAINTENANCE, input.maintenance, "in maintenance"),
        Condition::Protected => (PROTECTED, input.protected, "protected"),
        Condition::Retired => (RETIRED, input.retired, "retired"),
    };
    let message = || format!("`{}` on a node that is {words}", verb.name);
    (holds == Some(true)).then(|| {
        rule.at("/target", message())
            .with_hint(format!("a node that is not {words}"))
    })
}

#[cfg(test)]
mod tests;
