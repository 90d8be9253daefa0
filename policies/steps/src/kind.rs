//! The four kinds of lists of steps, and how they differ.

use crate::settings::{Limits, Settings};

/// What a list of steps is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Of a deployment, a rebuild or a deploy template.
    Deploy,
    /// Of a manual cleaning.
    Clean,
    /// Of a service.
    Service,
    /// Of a runbook, which cleans or serves.
    Runbook,
}

impl Kind {
    /// Keys a step may have (Ironic 39, API versions up to 1.115).
    pub(crate) fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Deploy => &["interface", "step", "args", "priority"],
            Self::Clean | Self::Service => &[
                "interface",
                "step",
                "args",
                "order",
                "execute_on_child_nodes",
                "limit_child_node_execution",
            ],
            Self::Runbook => &["interface", "step", "args", "order"],
        }
    }

    /// The key that says when a step has its turn.
    pub(crate) fn turn(self) -> &'static str {
        match self {
            Self::Deploy => "priority",
            Self::Clean | Self::Service | Self::Runbook => "order",
        }
    }

    /// Whether Ironic insists on it.
    pub(crate) fn needs_turn(self) -> bool {
        matches!(self, Self::Deploy | Self::Runbook)
    }

    /// Whether Ironic insists on arguments, if only on an empty object.
    pub(crate) fn needs_arguments(self) -> bool {
        self == Self::Deploy
    }

    /// Whether a step may well be given twice: a node can be switched off and on more than once,
    /// but where priorities decide it would not be plain which one holds.
    pub(crate) fn repeats(self, interface: &str) -> bool {
        self != Self::Deploy && interface == "power"
    }

    /// What the settings say about this kind.
    pub(crate) fn limits(self, settings: &Settings) -> &Limits {
        match self {
            Self::Deploy => &settings.deploy,
            Self::Clean => &settings.clean,
            Self::Service => &settings.service,
            Self::Runbook => &settings.runbook,
        }
    }

    /// Interfaces whose steps may be used where the settings name none.
    pub(crate) fn interfaces(self) -> &'static [&'static str] {
        match self {
            Self::Deploy => &["bios", "deploy", "management", "raid"],
            Self::Clean => &["bios", "deploy", "management", "power", "raid"],
            // Stock clients send `vendor.log_passthrough`; raw commands are denied by themselves.
            Self::Service | Self::Runbook => {
                &["bios", "deploy", "management", "power", "raid", "vendor"]
            }
        }
    }
}
