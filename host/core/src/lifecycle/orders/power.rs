//! Power.

use std::time::Duration;

use super::{Before, Order};
use crate::lifecycle::call::{Call, PowerTarget, seconds};
use crate::lifecycle::plan::{OnFailure, Plan, Step, Wait};

/// How power is switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PowerOff {
    /// At once.
    Hard,
    /// By the operating system, and at once if it has not done so within this time.
    Soft(Duration),
}

/// What the conductor takes to notice, on top of what the hardware has.
const NOTICING: u32 = 30;

fn step(target: PowerTarget) -> Step {
    let call = Call::Power {
        target,
        timeout_s: None,
    };
    Step::new(call).until(Wait::Power(target.goal()))
}

/// A step whose failure is nothing but a reason for the next one.
fn try_first(step: Step) -> Step {
    Step {
        on_failure: OnFailure::GoOn,
        ..step
    }
}

pub(super) fn on(order: &Order, before: &Before) -> Plan {
    order.of(before, vec![step(PowerTarget::On).unless_so()])
}

pub(super) fn off(order: &Order, off: PowerOff, before: &Before) -> Plan {
    let hard = step(PowerTarget::Off).unless_so();
    let steps = match off {
        PowerOff::Hard => vec![hard],
        PowerOff::Soft(time) => {
            let timeout = seconds(time);
            let soft = Step {
                call: Call::Power {
                    target: PowerTarget::SoftOff,
                    timeout_s: Some(timeout),
                },
                wait_at_most_s: Some(timeout.saturating_add(NOTICING)),
                ..step(PowerTarget::SoftOff).unless_so()
            };
            vec![try_first(soft), hard]
        }
    };
    Plan {
        commit: 0,
        ..order.of(before, steps)
    }
}

pub(super) fn reboot(order: &Order, soft: bool, before: &Before) -> Plan {
    let hard = step(PowerTarget::Reboot);
    let steps = if soft {
        vec![try_first(step(PowerTarget::SoftReboot)), hard]
    } else {
        vec![hard]
    };
    Plan {
        commit: 0,
        ..order.of(before, steps)
    }
}
