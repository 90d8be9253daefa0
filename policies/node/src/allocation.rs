//! Allocations that name their node.
//!
//! One that does not is for Ironic to find a node for. One that does comes after the fact: whoever
//! deployed the node without an allocation records it. Ironic keeps the allocation even if it does
//! not fit, as one that has failed.

use crate::Input;
use crate::rules::ALLOCATION;
use portcullis_guest::{Finding, Pointer, Value};
use serde_json::Value as Json;

/// Everything in which the allocation does not fit its node.
pub(crate) fn check(input: &Input) -> Vec<Finding> {
    let named = input.allocated.as_deref().unwrap_or_default();
    // What cannot be seen does not exist for the caller, and Ironic says so.
    let (false, Some(state)) = (named.is_empty(), input.state.as_deref()) else {
        return Vec::new();
    };
    let root = Pointer::root();
    let mut findings = Vec::new();
    if state != "active" {
        let message = format!("an allocation for a node that is `{state}`");
        let finding = ALLOCATION.at(root.key("node"), message);
        findings.push(finding.with_hint("a node that is active, or no node"));
    }
    if !is_of_class(input) {
        let message = "a resource class that the node is not of";
        let finding = ALLOCATION.at(root.key("resource_class"), message);
        findings.push(finding.with_hint("the class of the node, or none"));
    }
    if !has_traits(input) {
        let finding = ALLOCATION.at(root.key("traits"), "traits that the node does not have");
        findings.push(finding.with_hint("traits of the node, or none"));
    }
    if !is_candidate(input, named) {
        let message = "candidates without the node";
        let finding = ALLOCATION.at(root.key("candidate_nodes"), message);
        findings.push(finding.with_hint("the node among them, or none"));
    }
    findings
}

fn is_of_class(input: &Input) -> bool {
    match (&input.resource_class, &input.class_before) {
        (Value::Text(wanted), Value::Text(found)) => wanted.is_empty() || wanted == found,
        (Value::Text(wanted), _) => wanted.is_empty(),
        _ => true,
    }
}

fn has_traits(input: &Input) -> bool {
    let found = input.traits_before.to_array().unwrap_or_default();
    let wanted = input.traits.to_array().unwrap_or_default();
    wanted.iter().all(|name| found.contains(name))
}

/// Whether the node is among the candidates, if there are any: by the name that the request has
/// for it, or by one of its own.
fn is_candidate(input: &Input, named: &str) -> bool {
    let candidates = input.candidates.to_array().unwrap_or_default();
    let is_it = |candidate: &Json| {
        let names = [
            Some(named),
            input.node_uuid.as_deref(),
            input.node_name.as_deref(),
        ];
        names
            .into_iter()
            .flatten()
            .any(|name| candidate.as_str() == Some(name))
    };
    candidates.is_empty() || candidates.iter().any(is_it)
}
