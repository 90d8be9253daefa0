//! States of a node, and what the runner looks at of one.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::input::{InstanceId, NodeUuid};

/// A provision state, by Ironic's word for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProvisionState(Cow<'static, str>);

/// One constant for each state that a plan speaks of.
macro_rules! states {
    ($($name:ident = $text:literal),* $(,)?) => {
        #[expect(missing_docs, reason = "each is Ironic's own word")]
        impl ProvisionState {
            $(pub const $name: Self = Self(Cow::Borrowed($text));)*
        }
    };
}

states! {
    ACTIVE = "active",
    ADOPT_FAILED = "adopt failed",
    ADOPTING = "adopting",
    AVAILABLE = "available",
    CLEAN_FAILED = "clean failed",
    CLEAN_HOLD = "clean hold",
    CLEANING = "cleaning",
    CLEAN_WAIT = "clean wait",
    DELETING = "deleting",
    DEPLOY_FAILED = "deploy failed",
    DEPLOY_HOLD = "deploy hold",
    DEPLOYING = "deploying",
    DEPLOY_WAIT = "wait call-back",
    ENROLL = "enroll",
    ERROR = "error",
    INSPECT_FAILED = "inspect failed",
    INSPECTING = "inspecting",
    INSPECT_WAIT = "inspect wait",
    MANAGEABLE = "manageable",
    RESCUE = "rescue",
    RESCUE_FAILED = "rescue failed",
    RESCUING = "rescuing",
    RESCUE_WAIT = "rescue wait",
    SERVICE_FAILED = "service failed",
    SERVICE_HOLD = "service hold",
    SERVICING = "servicing",
    SERVICE_WAIT = "service wait",
    UNRESCUE_FAILED = "unrescue failed",
    UNRESCUING = "unrescuing",
    VERIFYING = "verifying",
}

impl ProvisionState {
    /// Whether an instance runs there, so that nothing of it may be cleared.
    pub fn runs_an_instance(&self) -> bool {
        [
            Self::ACTIVE,
            Self::RESCUE,
            Self::RESCUING,
            Self::RESCUE_WAIT,
            Self::RESCUE_FAILED,
            Self::UNRESCUING,
            Self::UNRESCUE_FAILED,
            Self::SERVICING,
            Self::SERVICE_WAIT,
            Self::SERVICE_HOLD,
            Self::SERVICE_FAILED,
            Self::DEPLOYING,
            Self::DEPLOY_WAIT,
            Self::DEPLOY_HOLD,
        ]
        .contains(self)
    }

    /// Ironic's word for it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProvisionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a node has power.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PowerState {
    /// It has.
    #[serde(rename = "power on")]
    On,
    /// It has not.
    #[serde(rename = "power off")]
    Off,
}

impl PowerState {
    /// Ironic's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::On => "power on",
            Self::Off => "power off",
        }
    }
}

/// Attributes that lists of nodes are asked for.
pub(super) const FIELDS: &str = "uuid,name,provision_state,target_provision_state,power_state,\
    target_power_state,last_error,instance_uuid,maintenance,reservation,\
    provision_updated_at,console_enabled";

/// A node, as far as the runner looks at it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NodeView {
    /// Its UUID.
    pub uuid: NodeUuid,
    /// Its name, if it has one.
    pub name: Option<String>,
    /// Where it is in its life.
    pub provision_state: ProvisionState,
    /// Where it is going.
    pub target_provision_state: Option<String>,
    /// Whether it has power, as far as Ironic knows.
    pub power_state: Option<String>,
    /// What is being done about that.
    pub target_power_state: Option<String>,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// Whose it is.
    pub instance_uuid: Option<InstanceId>,
    /// Whether people work on it.
    pub maintenance: bool,
    /// Which conductor holds its lock.
    pub reservation: Option<String>,
    /// When anything of it was changed, which includes each time its lock was taken.
    pub updated_at: Option<String>,
    /// When its provision state changed.
    pub provision_updated_at: Option<String>,
    /// Whether its console is on.
    pub console_enabled: bool,
}

impl NodeView {
    /// Reads it from Ironic's description; none when that lacks what every node has.
    pub(super) fn read(node: &Value) -> Option<Self> {
        let text = |key: &str| node.get(key).and_then(Value::as_str).map(str::to_owned);
        let flag = |key: &str| node.get(key).and_then(Value::as_bool).unwrap_or_default();
        Some(Self {
            uuid: text("uuid")?.parse().ok()?,
            name: text("name"),
            provision_state: ProvisionState(text("provision_state")?.into()),
            target_provision_state: text("target_provision_state"),
            power_state: text("power_state"),
            target_power_state: text("target_power_state"),
            last_error: text("last_error"),
            instance_uuid: match text("instance_uuid") {
                Some(instance) => Some(instance.parse().ok()?),
                None => None,
            },
            maintenance: flag("maintenance"),
            reservation: text("reservation"),
            updated_at: text("updated_at"),
            provision_updated_at: text("provision_updated_at"),
            console_enabled: flag("console_enabled"),
        })
    }

    /// Whether it is in this power state, and nobody is changing that.
    pub fn rests_in(&self, power: PowerState) -> bool {
        self.power_state.as_deref() == Some(power.as_str()) && self.target_power_state.is_none()
    }
}
