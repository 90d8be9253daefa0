//! Volumes, and what the node calls itself towards them.

use super::deploy::Volume;
use super::{Before, Order};
use crate::lifecycle::call::{Call, VolumeConnector, VolumeTarget};
use crate::lifecycle::input::ResourceId;
use crate::lifecycle::plan::{Plan, Step};

pub(super) fn create_target(target: VolumeTarget) -> Step {
    let back = Call::DeleteTarget {
        uuid: target.uuid.clone(),
    };
    Step::new(Call::CreateTarget(target)).undone_by(back)
}

pub(super) fn attach_volume(order: &Order, volume: &Volume, before: &Before) -> Plan {
    order.of(before, vec![create_target(volume.target())])
}

pub(super) fn detach_volume(order: &Order, uuid: &ResourceId, before: &Before) -> Plan {
    let delete = Call::DeleteTarget { uuid: uuid.clone() };
    order.of(before, vec![Step::new(delete).unless_so()])
}

pub(super) fn attach_connector(
    order: &Order,
    connector: &VolumeConnector,
    before: &Before,
) -> Plan {
    let back = Call::DeleteConnector {
        uuid: connector.uuid.clone(),
    };
    let create = Step::new(Call::CreateConnector(connector.clone())).undone_by(back);
    order.of(before, vec![create])
}

pub(super) fn detach_connector(order: &Order, uuid: &ResourceId, before: &Before) -> Plan {
    let delete = Call::DeleteConnector { uuid: uuid.clone() };
    order.of(before, vec![Step::new(delete).unless_so()])
}
