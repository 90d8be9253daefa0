//! VIFs.

use super::{Before, Order};
use crate::lifecycle::call::{Call, VifPlace};
use crate::lifecycle::input::VifId;
use crate::lifecycle::plan::{Plan, Step};

pub(super) fn attach_step(vif: &VifId, to: Option<&VifPlace>) -> Step {
    let attach = Call::AttachVif {
        vif: vif.clone(),
        to: to.cloned(),
    };
    Step::new(attach).undone_by(Call::DetachVif { vif: vif.clone() })
}

pub(super) fn attach(order: &Order, vif: &VifId, to: Option<&VifPlace>, before: &Before) -> Plan {
    let steps = if before.vifs.contains(vif) {
        Vec::new()
    } else {
        vec![attach_step(vif, to)]
    };
    order.of(before, steps)
}

pub(super) fn detach(order: &Order, vif: &VifId, before: &Before) -> Plan {
    // Some network interfaces list none of those they have. They are asked, too.
    let detach = Step::new(Call::DetachVif { vif: vif.clone() });
    let steps = if before.vifs.is_empty() || before.vifs.contains(vif) {
        vec![detach]
    } else {
        Vec::new()
    };
    order.of(before, steps)
}
