//! Names of runbooks.

use crate::rules::{RUNBOOK_DENIED, RUNBOOK_NAME};
use crate::settings::Settings;
use portcullis_guest::{Finding, Pointer, Value};

/// Longest name Ironic stores.
const LONGEST: usize = 255;

/// The runbook a request wants to use, by name or UUID.
pub(crate) fn used(settings: &Settings, runbook: &Value, place: &Pointer) -> Option<Finding> {
    let name = match runbook {
        Value::Absent | Value::Null => return None,
        Value::Text(name) if is_name(name) => name,
        _ => {
            let finding = RUNBOOK_NAME.at(place, "no name of a runbook");
            return Some(finding.with_hint("a UUID, or letters, digits and - . _ ~"));
        }
    };
    let allowed = settings
        .runbooks
        .iter()
        .any(|pattern| match pattern.strip_suffix('*') {
            Some(prefix) => name.starts_with(prefix),
            None => pattern == name,
        });
    if allowed {
        return None;
    }
    let finding = RUNBOOK_DENIED.at(place, format!("the runbook `{name}` is not allowed here"));
    Some(finding.with_hint("a runbook that the setting `runbooks` lists"))
}

/// The name a runbook is to have.
pub(crate) fn name(name: &Value, place: &Pointer) -> Option<Finding> {
    let found = match name {
        // Ironic asks for one itself.
        Value::Absent => return None,
        Value::Text(name) if is_uuid(name) => "a name that is a UUID",
        Value::Text(name) if is_name(name) => return None,
        _ => "no name of a runbook",
    };
    let finding = RUNBOOK_NAME.at(place, found);
    Some(finding.with_hint("letters, digits and - . _ ~, and no UUID"))
}

/// A name has its place in paths, where `.` and `..` mean something else.
fn is_name(name: &str) -> bool {
    (1..=LONGEST).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
        && !matches!(name, "." | "..")
}

/// As Ironic reads them: with hyphens, in braces or behind `urn:uuid:`, in either case.
fn is_uuid(name: &str) -> bool {
    let digits = name.bytes().filter(u8::is_ascii_hexdigit).count();
    digits == 32
        && name
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}
