//! Which version of the API an order speaks.
//!
//! A server is asked once for the newest version it has. Requests go out in that one, or the newest
//! that is known here, so that what they mean does not depend on what they ask for; each call then
//! says which version brought what it needs, and an order that needs more than there is fails
//! before it has changed anything.

use std::fmt;

use super::call::{Arguments, Verb};
use super::guarded::Guarded;
use crate::operation::Microversion;

/// Something that Ironic can do since some version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Feature {
    /// What.
    pub name: &'static str,
    /// Since when.
    pub since: Microversion,
}

const fn feature(name: &'static str, minor: u16) -> Feature {
    Feature {
        name,
        since: Microversion { major: 1, minor },
    }
}

#[expect(missing_docs, reason = "each says itself what it is")]
impl Feature {
    pub const NODES: Self = feature("calling nodes by their names", 5);
    pub const VIFS: Self = feature("attaching and detaching VIFs", 28);
    pub const VIF_PLACES: Self = feature("attaching a VIF to a certain port", 67);
    pub const VOLUMES: Self = feature("volume connectors and targets", 32);
    pub const SOFT_POWER: Self = feature("soft power changes and their time-outs", 27);
    pub const NMI: Self = feature("injecting an NMI", 29);
    pub const BOOT_MODE: Self = feature("setting the boot mode", 76);
    pub const MEDIA: Self = feature("virtual media", 89);

    /// What a verb with these arguments needs.
    pub fn of_verb(verb: Verb, arguments: &Arguments) -> Self {
        let of_verb = match verb {
            Verb::Active | Verb::Deleted | Verb::Rebuild => Self::NODES,
            Verb::Manage | Verb::Provide => Self::NODES,
            Verb::Inspect => feature("inspection", 6),
            Verb::Abort => feature("breaking off", 13),
            Verb::Clean => feature("manual cleaning", 15),
            Verb::Adopt => feature("adoption", 17),
            Verb::Rescue | Verb::Unrescue => feature("rescue", 38),
            Verb::Service => feature("service steps", 87),
        };
        let of_arguments = arguments
            .iter()
            .map(|(key, value)| of_argument(verb, key, value));
        of_arguments.fold(
            of_verb,
            |most, next| if next.since > most.since { next } else { most },
        )
    }
}

fn of_argument(verb: Verb, key: &str, value: &Guarded) -> Feature {
    match key {
        "configdrive" => {
            let text = value.json().unwrap_or_default();
            if text.starts_with('{') && text.contains("\"vendor_data\"") {
                feature("vendor data in a config drive", 59)
            } else if text.starts_with('{') {
                feature("config drives that Ironic builds", 56)
            } else if verb == Verb::Rebuild {
                feature("a config drive for a rebuild", 35)
            } else {
                Feature::NODES
            }
        }
        "deploy_steps" => feature("deploy steps", 69),
        "runbook" => feature("runbooks", 92),
        _ => Feature::NODES,
    }
}

impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (version {})", self.name, self.since)
    }
}

/// The version to speak with a server whose newest is `theirs`.
pub(super) fn to_speak(theirs: Microversion) -> Microversion {
    theirs.min(Microversion::NEWEST)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_verb_needs_what_its_arguments_need() {
        let check = |verb, arguments: &[(&str, serde_json::Value)], minor: u16| {
            let arguments = arguments.iter();
            let arguments = arguments
                .map(|(key, value)| ((*key).to_owned(), Guarded::sealed("value", value)))
                .collect();
            assert_eq!(Feature::of_verb(verb, &arguments).since.minor, minor);
        };
        check(Verb::Active, &[], 5);
        check(Verb::Active, &[("configdrive", json!("H4sI"))], 5);
        check(Verb::Rebuild, &[("configdrive", json!("H4sI"))], 35);
        check(
            Verb::Active,
            &[("configdrive", json!({"meta_data": {}}))],
            56,
        );
        check(
            Verb::Active,
            &[("configdrive", json!({"vendor_data": {}}))],
            59,
        );
        check(
            Verb::Active,
            &[("configdrive", json!({})), ("deploy_steps", json!([]))],
            69,
        );
        check(Verb::Service, &[], 87);
        check(Verb::Clean, &[("runbook", json!("CUSTOM_A"))], 92);
    }

    #[test]
    fn nothing_newer_than_what_is_known_is_spoken() {
        let version = |minor| Microversion { major: 1, minor };
        assert_eq!(to_speak(version(80)), version(80));
        assert_eq!(to_speak(version(999)), Microversion::NEWEST);
    }
}
