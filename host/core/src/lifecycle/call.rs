//! The writes that plans are made of.
//!
//! Pure. A call is a value: it can be shown, kept in a journal, turned into a request, and it says
//! what becomes of the node by it, so that the gate can judge the calls behind it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::guarded::Guarded;
use super::input::{
    BootDevice, BootMode, ConnectorKind, InstanceId, MediaDevice, ResourceId, VifId,
};
use super::state::PowerState;
use super::version::Feature;

mod foretell;
mod request;
mod words;

pub(super) use request::version_headers;

/// Named values of a call, in their order.
pub type Arguments = Vec<(String, Guarded)>;

/// One write.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "call", rename_all = "kebab-case")]
pub enum Call {
    /// Takes a node for an instance, and describes the instance, in one step.
    Claim {
        /// The instance.
        instance: InstanceId,
        /// What is added to `instance_info`.
        info: Arguments,
    },
    /// Gives a node back that has been claimed.
    Unclaim {
        /// The instance it was claimed for.
        instance: InstanceId,
        /// What is removed from `instance_info`.
        info: Vec<String>,
    },
    /// Clears whatever is left of an instance.
    ClearInstance,
    /// Changes `instance_info`.
    SetInfo {
        /// What is added or replaced.
        set: Arguments,
        /// What is removed.
        remove: Vec<String>,
    },
    /// Attaches a VIF.
    AttachVif {
        /// The VIF.
        vif: VifId,
        /// To which port or port group; without it, Ironic chooses.
        to: Option<VifPlace>,
    },
    /// Detaches a VIF.
    DetachVif {
        /// The VIF.
        vif: VifId,
    },
    /// Describes a volume that the node is to use.
    CreateTarget(VolumeTarget),
    /// Forgets it.
    DeleteTarget {
        /// Its UUID.
        uuid: ResourceId,
    },
    /// Describes what the node calls itself towards storage.
    CreateConnector(VolumeConnector),
    /// Forgets it.
    DeleteConnector {
        /// Its UUID.
        uuid: ResourceId,
    },
    /// Asks for another provision state.
    Provision {
        /// The verb.
        verb: Verb,
        /// What it takes.
        arguments: Arguments,
    },
    /// Asks for another power state.
    Power {
        /// Which, and how.
        target: PowerTarget,
        /// How long the hardware has, in seconds.
        timeout_s: Option<u32>,
    },
    /// Sets what the node boots from.
    SetBootDevice {
        /// What.
        device: BootDevice,
        /// Whether it stays so.
        persistent: bool,
    },
    /// Sets how the firmware boots.
    SetBootMode {
        /// How.
        mode: BootMode,
    },
    /// Switches the console.
    SetConsole {
        /// On or off.
        enabled: bool,
    },
    /// Interrupts the processor of the node.
    InjectNmi,
    /// Puts virtual media in.
    InsertMedia {
        /// What it looks like.
        device: MediaDevice,
        /// Where the image lies.
        image_url: Guarded,
    },
    /// Takes virtual media out.
    EjectMedia {
        /// Which; all without it.
        device: Option<MediaDevice>,
    },
    /// Puts the node into maintenance.
    SetMaintenance {
        /// Why.
        reason: Option<String>,
    },
    /// Takes the node out of maintenance.
    ClearMaintenance,
}

/// Where a VIF is attached to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VifPlace {
    /// A port.
    Port(ResourceId),
    /// A port group.
    Portgroup(ResourceId),
}

/// A volume that a node uses.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct VolumeTarget {
    /// UUID of the description, chosen here so that a lost answer can be looked up.
    pub uuid: ResourceId,
    /// Such as `iscsi`.
    pub volume_type: String,
    /// Id of the volume where it comes from.
    pub volume_id: String,
    /// 0 is what the node boots from.
    pub boot_index: u32,
    /// How to reach it; may hold passwords.
    pub properties: Option<Guarded>,
}

/// What a node calls itself towards storage.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct VolumeConnector {
    /// UUID of the description, chosen here so that a lost answer can be looked up.
    pub uuid: ResourceId,
    /// What kind of id.
    pub kind: ConnectorKind,
    /// The id.
    pub connector_id: String,
}

/// Verbs of `PUT /v1/nodes/NODE/states/provision`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verb {
    /// Deploys.
    Active,
    /// Deploys once more over what is there.
    Rebuild,
    /// Undeploys and cleans.
    Deleted,
    /// Boots a rescue system.
    Rescue,
    /// Boots the instance again.
    Unrescue,
    /// Runs clean steps.
    Clean,
    /// Runs service steps.
    Service,
    /// Looks at the hardware.
    Inspect,
    /// Takes under management.
    Manage,
    /// Makes available.
    Provide,
    /// Takes over what runs already.
    Adopt,
    /// Breaks off what waits.
    Abort,
}

impl Verb {
    /// The API's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Rebuild => "rebuild",
            Self::Deleted => "deleted",
            Self::Rescue => "rescue",
            Self::Unrescue => "unrescue",
            Self::Clean => "clean",
            Self::Service => "service",
            Self::Inspect => "inspect",
            Self::Manage => "manage",
            Self::Provide => "provide",
            Self::Adopt => "adopt",
            Self::Abort => "abort",
        }
    }
}

/// Targets of `PUT /v1/nodes/NODE/states/power`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PowerTarget {
    /// On.
    #[serde(rename = "power on")]
    On,
    /// Off, at once.
    #[serde(rename = "power off")]
    Off,
    /// Off, by asking the operating system.
    #[serde(rename = "soft power off")]
    SoftOff,
    /// Off and on again.
    #[serde(rename = "rebooting")]
    Reboot,
    /// The same, by asking the operating system.
    #[serde(rename = "soft rebooting")]
    SoftReboot,
}

impl PowerTarget {
    /// The API's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::On => "power on",
            Self::Off => "power off",
            Self::SoftOff => "soft power off",
            Self::Reboot => "rebooting",
            Self::SoftReboot => "soft rebooting",
        }
    }

    /// Where it leads.
    pub fn goal(self) -> PowerState {
        match self {
            Self::On | Self::Reboot | Self::SoftReboot => PowerState::On,
            Self::Off | Self::SoftOff => PowerState::Off,
        }
    }

    fn is_soft(self) -> bool {
        match self {
            Self::SoftOff | Self::SoftReboot => true,
            Self::On | Self::Off | Self::Reboot => false,
        }
    }
}

/// A call whose secret is not there any more: it comes from a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the call holds a secret that a journal does not keep")]
pub struct Withheld;

impl Call {
    /// Whether it can still be sent: a journal keeps no secret.
    pub fn is_sendable(&self) -> bool {
        let all = |arguments: &Arguments| arguments.iter().all(|(_, value)| value.is_there());
        match self {
            Self::Claim { info, .. } => all(info),
            Self::SetInfo { set, .. } => all(set),
            Self::Provision { arguments, .. } => all(arguments),
            Self::CreateTarget(target) => target.properties.as_ref().is_none_or(Guarded::is_there),
            Self::InsertMedia { image_url, .. } => image_url.is_there(),
            Self::Unclaim { .. }
            | Self::ClearInstance
            | Self::AttachVif { .. }
            | Self::DetachVif { .. }
            | Self::DeleteTarget { .. }
            | Self::CreateConnector(_)
            | Self::DeleteConnector { .. }
            | Self::Power { .. }
            | Self::SetBootDevice { .. }
            | Self::SetBootMode { .. }
            | Self::SetConsole { .. }
            | Self::InjectNmi
            | Self::EjectMedia { .. }
            | Self::SetMaintenance { .. }
            | Self::ClearMaintenance => true,
        }
    }

    /// What Ironic has to be able to do for it.
    pub fn feature(&self) -> Feature {
        match self {
            Self::Claim { .. }
            | Self::Unclaim { .. }
            | Self::ClearInstance
            | Self::SetInfo { .. }
            | Self::SetBootDevice { .. }
            | Self::SetConsole { .. }
            | Self::SetMaintenance { .. }
            | Self::ClearMaintenance => Feature::NODES,
            Self::AttachVif { to: None, .. } | Self::DetachVif { .. } => Feature::VIFS,
            Self::AttachVif { to: Some(_), .. } => Feature::VIF_PLACES,
            Self::CreateTarget(_)
            | Self::DeleteTarget { .. }
            | Self::CreateConnector(_)
            | Self::DeleteConnector { .. } => Feature::VOLUMES,
            Self::Provision { verb, arguments } => Feature::of_verb(*verb, arguments),
            Self::Power { target, timeout_s } if target.is_soft() || timeout_s.is_some() => {
                Feature::SOFT_POWER
            }
            Self::Power { .. } => Feature::NODES,
            Self::SetBootMode { .. } => Feature::BOOT_MODE,
            Self::InjectNmi => Feature::NMI,
            Self::InsertMedia { .. } | Self::EjectMedia { .. } => Feature::MEDIA,
        }
    }

    /// Whether Ironic answers with the node locked, and works on it afterwards.
    pub fn is_answered_early(&self) -> bool {
        match self {
            Self::Provision { .. }
            | Self::Power { .. }
            | Self::SetBootMode { .. }
            | Self::SetConsole { .. }
            | Self::InsertMedia { .. }
            | Self::EjectMedia { .. } => true,
            Self::Claim { .. }
            | Self::Unclaim { .. }
            | Self::ClearInstance
            | Self::SetInfo { .. }
            | Self::AttachVif { .. }
            | Self::DetachVif { .. }
            | Self::CreateTarget(_)
            | Self::DeleteTarget { .. }
            | Self::CreateConnector(_)
            | Self::DeleteConnector { .. }
            | Self::SetBootDevice { .. }
            | Self::InjectNmi
            | Self::SetMaintenance { .. }
            | Self::ClearMaintenance => false,
        }
    }

    /// Whether Ironic would do something twice if it came twice. Everything else either finds that
    /// it is so already, or is refused by the state that its first time has led to.
    pub fn does_harm_twice(&self) -> bool {
        match self {
            Self::InjectNmi => true,
            Self::Power { target, .. } => match target {
                PowerTarget::Reboot | PowerTarget::SoftReboot => true,
                PowerTarget::On | PowerTarget::Off | PowerTarget::SoftOff => false,
            },
            // These begin and end in the same state.
            Self::Provision { verb, .. } => match verb {
                Verb::Rebuild | Verb::Clean | Verb::Service | Verb::Inspect => true,
                Verb::Active
                | Verb::Deleted
                | Verb::Rescue
                | Verb::Unrescue
                | Verb::Manage
                | Verb::Provide
                | Verb::Adopt
                | Verb::Abort => false,
            },
            Self::Claim { .. }
            | Self::Unclaim { .. }
            | Self::ClearInstance
            | Self::SetInfo { .. }
            | Self::AttachVif { .. }
            | Self::DetachVif { .. }
            | Self::CreateTarget(_)
            | Self::DeleteTarget { .. }
            | Self::CreateConnector(_)
            | Self::DeleteConnector { .. }
            | Self::SetBootDevice { .. }
            | Self::SetBootMode { .. }
            | Self::SetConsole { .. }
            | Self::InsertMedia { .. }
            | Self::EjectMedia { .. }
            | Self::SetMaintenance { .. }
            | Self::ClearMaintenance => false,
        }
    }
}

/// How long the hardware has for a power change, as the API wants it.
pub(super) fn seconds(time: Duration) -> u32 {
    u32::try_from(time.as_secs()).unwrap_or(u32::MAX).max(1)
}
