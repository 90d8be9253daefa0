//! What can be ordered, one file for each family.
//!
//! Pure: an order and what Ironic shows of the node make a plan, or a reason why there is none.

use serde_json::{Map, Value};

use super::call::{VifPlace, VolumeConnector};
use super::error::Cause;
use super::input::{BootDevice, BootMode, InstanceId, MediaDevice, PlainLine, ResourceId, VifId};
use super::plan::{Owner, Plan, Step};
use super::run::one_of;
use super::state::{NodeView, ProvisionState};
use crate::secret::Secret;

mod deploy;
mod hardware;
mod network;
mod power;
mod rebuild;
mod storage;
mod verbs;

pub use deploy::{Checksum, ChecksumError, ConfigDrive, Deploy, Destroy, Image, Volume};
pub use power::PowerOff;
pub use rebuild::Rebuild;
pub use verbs::Steps;

/// What can be ordered for a node.
#[derive(Clone, Debug)]
pub enum Order {
    /// Claim the node for an instance, and do nothing else yet.
    Reserve {
        /// The instance.
        instance: InstanceId,
    },
    /// Give up a claim.
    Release {
        /// The instance.
        instance: InstanceId,
    },
    /// Deploy an instance.
    Deploy(Box<Deploy>),
    /// Deploy the instance once more, on the same disks.
    Rebuild(Box<Rebuild>),
    /// Undeploy the instance, clean the node, and clear whatever is left.
    Destroy(Destroy),
    /// Switch power on.
    PowerOn,
    /// Switch power off.
    PowerOff(PowerOff),
    /// Switch power off and on.
    Reboot {
        /// Whether the operating system is asked first.
        soft: bool,
    },
    /// Boot a rescue system.
    Rescue {
        /// What opens it.
        password: Secret<String>,
    },
    /// Boot the instance again.
    Unrescue,
    /// Attach a VIF.
    AttachVif {
        /// The VIF.
        vif: VifId,
        /// To which port; without it, Ironic chooses.
        to: Option<VifPlace>,
    },
    /// Detach a VIF.
    DetachVif {
        /// The VIF.
        vif: VifId,
    },
    /// Describe what the node calls itself towards storage.
    AttachConnector(VolumeConnector),
    /// Forget it.
    DetachConnector {
        /// Its UUID.
        uuid: ResourceId,
    },
    /// Describe a volume that the node is to use.
    AttachVolume(Volume),
    /// Forget it.
    DetachVolume {
        /// UUID of the description.
        uuid: ResourceId,
    },
    /// Set what the node boots from.
    SetBootDevice {
        /// What.
        device: BootDevice,
        /// Whether it stays so.
        persistent: bool,
    },
    /// Set how the firmware boots.
    SetBootMode {
        /// How.
        mode: BootMode,
    },
    /// Switch the console.
    SetConsole {
        /// On or off.
        enabled: bool,
    },
    /// Interrupt the processor.
    InjectNmi,
    /// Put virtual media in.
    InsertMedia {
        /// What it looks like.
        device: MediaDevice,
        /// Where the image lies.
        image_url: String,
    },
    /// Take virtual media out.
    EjectMedia {
        /// Which; all without it.
        device: Option<MediaDevice>,
    },
    /// Run clean steps.
    Clean(Steps),
    /// Run service steps.
    Service(Steps),
    /// Look at the hardware.
    Inspect,
    /// Take under management.
    Manage,
    /// Make available.
    Provide,
    /// Take over what runs already.
    Adopt,
    /// Break off what waits.
    Abort,
    /// Put into maintenance.
    SetMaintenance {
        /// Why.
        reason: Option<PlainLine>,
    },
    /// Take out of maintenance.
    ClearMaintenance,
}

/// What Ironic shows of a node before an order is carried out.
#[derive(Clone, Debug)]
pub struct Before {
    /// What the runner looks at.
    pub node: NodeView,
    /// Everything.
    pub document: Map<String, Value>,
    /// VIFs that are attached, where the order asks for them.
    pub vifs: Vec<VifId>,
    /// Volume targets of the node, where the order asks for them.
    pub targets: Vec<ResourceId>,
    /// What the node boots from, where the order asks for it and Ironic can tell.
    pub boot_device: Option<(BootDevice, bool)>,
}

/// What an order has to know besides the node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Needs {
    pub(super) vifs: bool,
    pub(super) targets: bool,
    pub(super) boot_device: bool,
}

impl Order {
    /// The order in a word, as the command has it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Reserve { .. } => "reserve",
            Self::Release { .. } => "release",
            Self::Deploy(_) => "deploy",
            Self::Rebuild(_) => "rebuild",
            Self::Destroy(_) => "destroy",
            Self::PowerOn => "power-on",
            Self::PowerOff(_) => "power-off",
            Self::Reboot { .. } => "reboot",
            Self::Rescue { .. } => "rescue",
            Self::Unrescue => "unrescue",
            Self::AttachVif { .. } => "attach-vif",
            Self::DetachVif { .. } => "detach-vif",
            Self::AttachConnector(_) => "attach-connector",
            Self::DetachConnector { .. } => "detach-connector",
            Self::AttachVolume(_) => "attach-volume",
            Self::DetachVolume { .. } => "detach-volume",
            Self::SetBootDevice { .. } => "boot-device",
            Self::SetBootMode { .. } => "boot-mode",
            Self::SetConsole { enabled: true } => "console-on",
            Self::SetConsole { enabled: false } => "console-off",
            Self::InjectNmi => "inject-nmi",
            Self::InsertMedia { .. } => "insert-media",
            Self::EjectMedia { .. } => "eject-media",
            Self::Clean(_) => "clean",
            Self::Service(_) => "service",
            Self::Inspect => "inspect",
            Self::Manage => "manage",
            Self::Provide => "provide",
            Self::Adopt => "adopt",
            Self::Abort => "abort",
            Self::SetMaintenance { .. } => "maintenance-on",
            Self::ClearMaintenance => "maintenance-off",
        }
    }

    pub(super) fn needs(&self) -> Needs {
        let vifs = matches!(
            self,
            Self::Deploy(_) | Self::Destroy(_) | Self::AttachVif { .. } | Self::DetachVif { .. }
        );
        Needs {
            vifs,
            targets: matches!(self, Self::Destroy(_)),
            boot_device: matches!(self, Self::SetBootDevice { .. }),
        }
    }

    /// The plan of this order for this node.
    ///
    /// # Errors
    /// When the node is in no state for it.
    pub fn plan(&self, before: &Before) -> Result<Plan, Cause> {
        match self {
            Self::Reserve { instance } => deploy::reserve(self, instance, before),
            Self::Release { instance } => deploy::release(self, instance, before),
            Self::Deploy(deploy) => deploy::deploy(self, deploy, before),
            Self::Rebuild(rebuild) => rebuild::rebuild(self, rebuild, before),
            Self::Destroy(destroy) => deploy::destroy(self, destroy, before),
            Self::PowerOn => Ok(power::on(self, before)),
            Self::PowerOff(off) => Ok(power::off(self, *off, before)),
            Self::Reboot { soft } => Ok(power::reboot(self, *soft, before)),
            Self::Rescue { password } => verbs::rescue(self, password, before),
            Self::Unrescue => verbs::plain(self, super::call::Verb::Unrescue, before),
            Self::AttachVif { vif, to } => Ok(network::attach(self, vif, to.as_ref(), before)),
            Self::DetachVif { vif } => Ok(network::detach(self, vif, before)),
            Self::AttachConnector(connector) => {
                Ok(storage::attach_connector(self, connector, before))
            }
            Self::DetachConnector { uuid } => Ok(storage::detach_connector(self, uuid, before)),
            Self::AttachVolume(volume) => Ok(storage::attach_volume(self, volume, before)),
            Self::DetachVolume { uuid } => Ok(storage::detach_volume(self, uuid, before)),
            Self::SetBootDevice { device, persistent } => {
                Ok(hardware::boot_device(self, *device, *persistent, before))
            }
            Self::SetBootMode { mode } => Ok(hardware::boot_mode(self, *mode, before)),
            Self::SetConsole { enabled } => Ok(hardware::console(self, *enabled, before)),
            Self::InjectNmi => Ok(hardware::inject_nmi(self, before)),
            Self::InsertMedia { device, image_url } => {
                Ok(hardware::insert_media(self, *device, image_url, before))
            }
            Self::EjectMedia { device } => Ok(hardware::eject_media(self, *device, before)),
            Self::Clean(steps) => verbs::stepwise(self, super::call::Verb::Clean, steps, before),
            Self::Service(steps) => {
                verbs::stepwise(self, super::call::Verb::Service, steps, before)
            }
            Self::Inspect => verbs::plain(self, super::call::Verb::Inspect, before),
            Self::Manage => verbs::manage(self, before),
            Self::Provide => verbs::provide(self, before),
            Self::Adopt => verbs::plain(self, super::call::Verb::Adopt, before),
            Self::Abort => verbs::abort(self, before),
            Self::SetMaintenance { reason } => {
                Ok(hardware::set_maintenance(self, reason.as_ref(), before))
            }
            Self::ClearMaintenance => Ok(hardware::clear_maintenance(self, before)),
        }
    }

    /// A plan of these steps in which the node stays whose it is.
    fn of(&self, before: &Before, steps: Vec<Step>) -> Plan {
        Plan {
            order: self.name().into(),
            node: before.node.uuid.clone(),
            owner: Owner::AsFound(before.node.instance_uuid.clone()),
            commit: steps.len().saturating_sub(1),
            steps,
        }
    }
}

/// Fails unless the node is in one of these states.
fn must_be_in(before: &Before, states: &[ProvisionState]) -> Result<(), Cause> {
    if states.contains(&before.node.provision_state) {
        return Ok(());
    }
    Err(Cause::State {
        state: before.node.provision_state.clone(),
        expected: one_of(states),
    })
}

#[cfg(test)]
mod tests;
