//! Ironic's provision verbs, as its state machine and its API know them (Ironic 39).

/// One value `target` can have.
#[derive(Debug)]
pub(crate) struct Verb {
    /// The name it is known by here and in settings.
    pub(crate) name: &'static str,
    /// Another name the API takes for the same.
    pub(crate) alias: Option<&'static str>,
    /// Provision states from which it can be used.
    pub(crate) from: &'static [&'static str],
    /// What a node must not be for it to go through.
    pub(crate) refuses: &'static [Condition],
}

/// A property of a node that stands in the way of some verbs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    Maintenance,
    Protected,
    Retired,
}

use Condition::{Maintenance, Protected, Retired};

/// States in which a node stays until somebody asks for something. In every other state Ironic
/// itself is at work: it answers a premature verb with 409, which clients repeat.
const RESTING: &[&str] = &[
    "active",
    "adopt failed",
    "available",
    "clean failed",
    "clean hold",
    "deploy failed",
    "deploy hold",
    "enroll",
    "error",
    "inspect failed",
    "manageable",
    "rescue",
    "rescue failed",
    "service failed",
    "service hold",
    "unrescue failed",
];

/// Every verb.
pub(crate) const VERBS: &[Verb] = &[
    Verb {
        alias: Some("deploy"),
        refuses: &[Maintenance],
        ..verb("active", &["available", "deploy failed"])
    },
    Verb {
        refuses: &[Maintenance, Protected],
        ..verb("rebuild", &["active", "deploy failed", "error"])
    },
    Verb {
        alias: Some("undeploy"),
        refuses: &[Protected],
        ..verb(
            "deleted",
            &[
                "active",
                "wait call-back",
                "deploy failed",
                "error",
                "rescue",
                "rescue failed",
                "rescue wait",
                "unrescue failed",
                "service failed",
                "service wait",
            ],
        )
    },
    verb(
        "manage",
        &[
            "enroll",
            "available",
            "cleaning",
            "clean failed",
            "inspect failed",
            "adopt failed",
        ],
    ),
    Verb {
        refuses: &[Retired],
        ..verb("provide", &["manageable"])
    },
    verb("inspect", &["manageable", "inspect failed"]),
    Verb {
        refuses: &[Maintenance],
        ..verb("clean", &["manageable"])
    },
    Verb {
        refuses: &[Maintenance],
        ..verb("service", &["active", "service hold", "service failed"])
    },
    verb("adopt", &["manageable", "adopt failed"]),
    verb(
        "abort",
        &[
            "deploy hold",
            "wait call-back",
            "clean wait",
            "clean hold",
            "inspect wait",
            "rescue wait",
            "service wait",
            "service hold",
            "service failed",
        ],
    ),
    verb("unhold", &["deploy hold", "clean hold", "service hold"]),
    Verb {
        refuses: &[Maintenance],
        ..verb(
            "rescue",
            &[
                "active",
                "rescue",
                "rescue failed",
                "unrescue failed",
                "service failed",
            ],
        )
    },
    Verb {
        refuses: &[Maintenance],
        ..verb("unrescue", &["rescue", "rescue failed", "unrescue failed"])
    },
];

const fn verb(name: &'static str, from: &'static [&'static str]) -> Verb {
    Verb {
        name,
        alias: None,
        from,
        refuses: &[],
    }
}

impl Verb {
    /// The verb `target` names.
    pub(crate) fn named(target: &str) -> Option<&'static Self> {
        VERBS
            .iter()
            .find(|verb| verb.name == target || verb.alias == Some(target))
    }
}

/// Whether a node stays in `state` until somebody asks for something.
pub(crate) fn is_resting(state: &str) -> bool {
    RESTING.contains(&state)
}

/// Whether any verb can be used from `state`, so that naming it in settings makes sense.
pub(crate) fn is_start(state: &str) -> bool {
    VERBS.iter().any(|verb| verb.from.contains(&state))
}
