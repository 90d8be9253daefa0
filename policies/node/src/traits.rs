//! Traits of a node.

use crate::Settings;
use crate::rules::TRAIT;
use portcullis_guest::{Finding, Pointer, Value};

/// Longest name Ironic stores.
const LONGEST: usize = 255;

/// All of a node's traits at once.
pub(crate) fn set(settings: &Settings, traits: &Value) -> Vec<Finding> {
    let place = Pointer::root().key("traits");
    if matches!(traits, Value::Absent) {
        // Ironic asks for them itself.
        return Vec::new();
    }
    let Some(traits) = traits.to_array() else {
        let finding = TRAIT.at(place, "traits that are no array");
        return vec![finding.with_hint("an array of traits")];
    };
    let mut findings = Vec::new();
    if traits.len() > settings.max_traits {
        let finding = TRAIT.at(&place, format!("{} traits", traits.len()));
        findings.push(finding.with_hint(format!("at most {}", settings.max_traits)));
    }
    for (index, name) in traits.iter().enumerate() {
        findings.extend(one(settings, name.as_str(), &place.index(index)));
    }
    findings
}

/// One more, which the path names.
pub(crate) fn add(settings: &Settings, path: Option<&str>) -> Vec<Finding> {
    let name = path.and_then(|path| path.rsplit_once("/traits/"));
    let finding = one(settings, name.map(|(_, name)| name), &Pointer::root());
    finding.into_iter().collect()
}

fn one(settings: &Settings, name: Option<&str>, place: &Pointer) -> Option<Finding> {
    let Some(name) = name.filter(|name| is_trait(name)) else {
        let finding = TRAIT.at(place, "no name of a trait");
        let hint = format!("up to {LONGEST} capitals, digits and underscores");
        return Some(finding.with_hint(hint));
    };
    let listed = settings
        .traits
        .iter()
        .any(|pattern| match pattern.strip_suffix('*') {
            Some(prefix) => name.starts_with(prefix),
            None => pattern == name,
        });
    if listed {
        return None;
    }
    let finding = TRAIT.at(place, format!("the trait `{name}` is not allowed here"));
    Some(finding.with_hint(format!("one of {}", settings.traits.join(", "))))
}

fn is_trait(name: &str) -> bool {
    name.len() <= LONGEST
        && name.starts_with(|first: char| first.is_ascii_uppercase())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}
