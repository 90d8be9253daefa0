//! Whether a call has taken effect, by looking.
//!
//! This is what settles a write whose answer never came: what Ironic shows is believed, and nothing
//! is repeated before it was looked at.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::call::{Arguments, Call, PowerTarget};
use super::call_error::CallError;
use super::guarded::Guarded;
use super::input::{InstanceId, NodeUuid, ResourceId, VifId};
use super::ironic::Ironic;
use super::pace::Limit;
use super::state::{NodeView, ProvisionState};

/// What a look says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// It is as the call would have it.
    Yes,
    /// It is not.
    No,
    /// It is not, and somebody works on the node: perhaps on this.
    NotYet,
    /// Ironic shows nothing of it.
    CannotTell,
}

impl From<bool> for Taken {
    fn from(is_so: bool) -> Self {
        if is_so { Self::Yes } else { Self::No }
    }
}

/// A node right before a call, as far as it is needed to tell later what became of the call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    pub(super) provision_state: ProvisionState,
    pub(super) provision_updated_at: Option<String>,
    pub(super) updated_at: Option<String>,
    pub(super) instance: Option<InstanceId>,
    pub(super) maintenance: bool,
}

impl Mark {
    pub(super) fn of(node: &NodeView) -> Self {
        Self {
            provision_state: node.provision_state.clone(),
            provision_updated_at: node.provision_updated_at.clone(),
            updated_at: node.updated_at.clone(),
            instance: node.instance_uuid.clone(),
            maintenance: node.maintenance,
        }
    }

    /// Whether the node has been in another provision state since.
    pub(super) fn has_moved(&self, node: &NodeView) -> bool {
        node.provision_state != self.provision_state
            || node.provision_updated_at != self.provision_updated_at
            || node.target_provision_state.is_some()
    }
}

/// Looks at whether a call has taken effect that was, or may have been, sent after `before`.
pub(super) async fn look(
    ironic: &Ironic,
    uuid: &NodeUuid,
    call: &Call,
    before: &Mark,
    limit: &Limit,
) -> Result<Taken, CallError> {
    let below = |rest: &str| format!("/v1/nodes/{uuid}{rest}");
    let exists =
        async |path: String| Ok::<_, CallError>(ironic.read(&path, limit).await?.is_some());
    let attribute = async |path: String, key: &str| {
        let found = ironic.read(&path, limit).await?.unwrap_or_default();
        Ok::<_, CallError>(found.get(key).cloned().unwrap_or_default())
    };
    let taken = match call {
        Call::AttachVif { vif, .. } => vifs(ironic, uuid, limit).await?.contains(vif).into(),
        Call::DetachVif { vif } => (!vifs(ironic, uuid, limit).await?.contains(vif)).into(),
        Call::CreateTarget(target) => exists(target_path(&target.uuid)).await?.into(),
        Call::DeleteTarget { uuid } => (!exists(target_path(uuid)).await?).into(),
        Call::CreateConnector(connector) => exists(connector_path(&connector.uuid)).await?.into(),
        Call::DeleteConnector { uuid } => (!exists(connector_path(uuid)).await?).into(),
        Call::SetInfo { set, remove } => {
            let info = attribute(below("?fields=instance_info"), "instance_info").await?;
            is_info(&info, set, remove)
        }
        Call::SetBootDevice { device, persistent } => {
            let path = below("/management/boot_device");
            let found = ironic.read(&path, limit).await?.unwrap_or_default();
            let is_device = found.get("boot_device") == Some(&device.as_str().into());
            let is_so = is_device && found.get("persistent") == Some(&(*persistent).into());
            is_so.into()
        }
        Call::SetBootMode { mode } => {
            let found = attribute(below("/states"), "boot_mode").await?;
            (found == mode.as_str()).into()
        }
        Call::InjectNmi | Call::InsertMedia { .. } | Call::EjectMedia { .. } => Taken::CannotTell,
        Call::Claim { .. }
        | Call::Unclaim { .. }
        | Call::ClearInstance
        | Call::Provision { .. }
        | Call::Power { .. }
        | Call::SetConsole { .. }
        | Call::SetMaintenance { .. }
        | Call::ClearMaintenance => match ironic.node(uuid, limit).await? {
            Some(node) => match of_node(call, before, &node) {
                Taken::No if node.reservation.is_some() => Taken::NotYet,
                taken => taken,
            },
            None => Taken::CannotTell,
        },
    };
    Ok(taken)
}

/// What the node itself shows.
fn of_node(call: &Call, before: &Mark, node: &NodeView) -> Taken {
    match call {
        Call::Claim { instance, .. } => (node.instance_uuid.as_ref() == Some(instance)).into(),
        Call::Unclaim { instance, .. } => (node.instance_uuid.as_ref() != Some(instance)).into(),
        Call::ClearInstance => node.instance_uuid.is_none().into(),
        Call::Provision { .. } => before.has_moved(node).into(),
        Call::Power { target, .. } => of_power(*target, before, node),
        Call::SetConsole { enabled } => (node.console_enabled == *enabled).into(),
        Call::SetMaintenance { .. } => node.maintenance.into(),
        Call::ClearMaintenance => (!node.maintenance).into(),
        Call::SetInfo { .. }
        | Call::AttachVif { .. }
        | Call::DetachVif { .. }
        | Call::CreateTarget(_)
        | Call::DeleteTarget { .. }
        | Call::CreateConnector(_)
        | Call::DeleteConnector { .. }
        | Call::SetBootDevice { .. }
        | Call::SetBootMode { .. }
        | Call::InjectNmi
        | Call::InsertMedia { .. }
        | Call::EjectMedia { .. } => Taken::CannotTell,
    }
}

fn of_power(target: PowerTarget, before: &Mark, node: &NodeView) -> Taken {
    if node.target_power_state.is_some() {
        return Taken::Yes;
    }
    match target {
        PowerTarget::On | PowerTarget::Off | PowerTarget::SoftOff => {
            node.rests_in(target.goal()).into()
        }
        // A node that has been touched may have been restarted, or its lock taken for something else.
        PowerTarget::Reboot | PowerTarget::SoftReboot if node.updated_at != before.updated_at => {
            Taken::CannotTell
        }
        PowerTarget::Reboot | PowerTarget::SoftReboot => Taken::No,
    }
}

/// What Ironic shows in place of a secret.
const MASKED: &str = "******";

fn is_info(info: &Value, set: &Arguments, remove: &[String]) -> Taken {
    let mut answer = Taken::Yes;
    for (key, value) in set {
        let found = info.get(key);
        let wanted = value
            .json()
            .and_then(|text| serde_json::from_str::<Value>(&text).ok());
        match (found, value) {
            (Some(found), Guarded::Sealed(_)) if found == MASKED => answer = Taken::CannotTell,
            (found, _) if found != wanted.as_ref() => return Taken::No,
            _ => {}
        }
    }
    if remove.iter().any(|key| info.get(key).is_some()) {
        return Taken::No;
    }
    answer
}

/// VIFs that are attached to a node.
pub(super) async fn vifs(
    ironic: &Ironic,
    node: &NodeUuid,
    limit: &Limit,
) -> Result<Vec<VifId>, CallError> {
    let found = ironic
        .read(&format!("/v1/nodes/{node}/vifs"), limit)
        .await?;
    let found = found.unwrap_or_default();
    let vifs = found
        .get("vifs")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let ids = vifs.filter_map(|vif| vif.get("id")?.as_str()?.parse().ok());
    Ok(ids.collect())
}

fn target_path(uuid: &ResourceId) -> String {
    format!("/v1/volume/targets/{uuid}")
}

fn connector_path(uuid: &ResourceId) -> String {
    format!("/v1/volume/connectors/{uuid}")
}
