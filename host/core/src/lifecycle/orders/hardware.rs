//! What is set on the hardware, and maintenance.

use super::{Before, Order};
use crate::lifecycle::call::Call;
use crate::lifecycle::guarded::Guarded;
use crate::lifecycle::input::{BootDevice, BootMode, MediaDevice, PlainLine};
use crate::lifecycle::plan::{Plan, Step, Undo, Wait};

pub(super) fn boot_device(
    order: &Order,
    device: BootDevice,
    persistent: bool,
    before: &Before,
) -> Plan {
    let set = Step::new(Call::SetBootDevice { device, persistent });
    let step = match before.boot_device {
        Some((device, persistent)) => set.undone_by(Call::SetBootDevice { device, persistent }),
        None => set,
    };
    order.of(before, vec![step])
}

pub(super) fn boot_mode(order: &Order, mode: BootMode, before: &Before) -> Plan {
    let set = Step::new(Call::SetBootMode { mode }).until(Wait::Shown);
    order.of(before, vec![set])
}

pub(super) fn console(order: &Order, enabled: bool, before: &Before) -> Plan {
    let set = Step::new(Call::SetConsole { enabled }).until(Wait::Shown);
    let step = set.undone_by(Call::SetConsole { enabled: !enabled });
    let steps = if before.node.console_enabled == enabled {
        Vec::new()
    } else {
        vec![step]
    };
    order.of(before, steps)
}

pub(super) fn inject_nmi(order: &Order, before: &Before) -> Plan {
    order.of(before, vec![Step::new(Call::InjectNmi)])
}

pub(super) fn insert_media(
    order: &Order,
    device: MediaDevice,
    image_url: &str,
    before: &Before,
) -> Plan {
    let insert = Call::InsertMedia {
        device,
        image_url: Guarded::instance_info("image_url", &image_url.into()),
    };
    let eject = Call::EjectMedia {
        device: Some(device),
    };
    let step = Step::new(insert).until(Wait::Unlocked).undone_by(eject);
    order.of(before, vec![step])
}

pub(super) fn eject_media(order: &Order, device: Option<MediaDevice>, before: &Before) -> Plan {
    let eject = Step::new(Call::EjectMedia { device }).until(Wait::Unlocked);
    order.of(before, vec![eject])
}

pub(super) fn set_maintenance(order: &Order, reason: Option<&PlainLine>, before: &Before) -> Plan {
    let set = Step::new(Call::SetMaintenance {
        reason: reason.map(|reason| reason.as_str().to_owned()),
    });
    let step = if before.node.maintenance {
        // Only the reason changes, and nobody shows the one before to everybody.
        Step {
            undo: Undo::Nothing,
            ..set
        }
    } else {
        set.undone_by(Call::ClearMaintenance)
    };
    order.of(before, vec![step])
}

pub(super) fn clear_maintenance(order: &Order, before: &Before) -> Plan {
    order.of(before, vec![Step::new(Call::ClearMaintenance).unless_so()])
}
