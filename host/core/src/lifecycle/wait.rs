//! Waiting for what a call leads to.
//!
//! Every wait has an end: its goal, a state that cannot lead there, a deadline, or somebody who asks
//! to stop. What Ironic calls `last_error` is part of the answer.

use super::call_error::CallError;
use super::input::{InstanceId, NodeUuid};
use super::ironic::Ironic;
use super::pace::Limit;
use super::plan::{Owner, Wait};
use super::progress::Reporter;
use super::state::{NodeView, ProvisionState};

/// Why a wait ended without its goal.
#[derive(Debug, thiserror::Error)]
pub enum WaitError {
    /// The node is in a state that does not lead there.
    #[error("node is `{state}`{}", because(.last_error.as_deref()))]
    Ended {
        /// The state.
        state: ProvisionState,
        /// What Ironic says about it.
        last_error: Option<String>,
    },
    /// The power, or the console, did not become what it should.
    #[error("node stays as it is{}", because(.last_error.as_deref()))]
    Stays {
        /// What Ironic says about it.
        last_error: Option<String>,
    },
    /// Somebody else has the node now.
    #[error("node belongs to {} now", owner(.instance.as_ref()))]
    TakenOver {
        /// Whose it is.
        instance: Option<InstanceId>,
    },
    /// There is no such node any more.
    #[error("node is gone")]
    Gone,
    /// There was no more time.
    #[error("deadline passed while the node was `{state}`")]
    Deadline {
        /// Where it was.
        state: ProvisionState,
    },
    /// Somebody asked to stop.
    #[error("stopped while the node was `{state}`")]
    Stopped {
        /// Where it was.
        state: ProvisionState,
    },
    /// The node could not be read.
    #[error("node cannot be read")]
    Unreadable(#[source] Box<CallError>),
}

fn because(last_error: Option<&str>) -> String {
    last_error.map_or_else(
        || ", and Ironic gives no reason".into(),
        |text| {
            let text: String = text
                .chars()
                .filter(|c| !c.is_control())
                .take(1000)
                .collect();
            format!(": {text}")
        },
    )
}

fn owner(instance: Option<&InstanceId>) -> String {
    instance.map_or_else(
        || "nobody".into(),
        |instance| format!("instance {instance}"),
    )
}

impl WaitError {
    /// The node came to rest without what was to be seen.
    pub(super) fn stays(node: &NodeView) -> Self {
        Self::Stays {
            last_error: node.last_error.clone(),
        }
    }
}

/// What one look says.
enum Look {
    There,
    Coming,
    Never(WaitError),
}

/// Waits.
pub(super) async fn until(
    ironic: &Ironic,
    uuid: &NodeUuid,
    wait: &Wait,
    whose: &Owner,
    limit: &Limit,
    report: &Reporter,
) -> Result<NodeView, WaitError> {
    let mut backoff = ironic.pace.backoff();
    loop {
        let node = ironic.node(uuid, limit).await;
        let node = node
            .map_err(|error| WaitError::Unreadable(Box::new(error)))?
            .ok_or(WaitError::Gone)?;
        report.waits(&node, wait);
        match look(&node, wait, whose) {
            Look::There => return Ok(node),
            Look::Never(error) => return Err(error),
            Look::Coming => {}
        }
        if !backoff.pause(limit).await {
            let state = node.provision_state;
            return Err(if limit.is_stopped() {
                WaitError::Stopped { state }
            } else {
                WaitError::Deadline { state }
            });
        }
    }
}

fn look(node: &NodeView, wait: &Wait, whose: &Owner) -> Look {
    if whose.has_lost(node) {
        return match whose {
            // It was given up, and somebody has taken it since: it has been free in between.
            Owner::GivenUp(_) => Look::There,
            Owner::Instance(_) | Owner::AsFound(_) => Look::Never(WaitError::TakenOver {
                instance: node.instance_uuid.clone(),
            }),
        };
    }
    let last_error = || node.last_error.clone();
    match wait {
        Wait::Provision { goal, .. } if goal.contains(&node.provision_state) => Look::There,
        Wait::Provision { by_way_of, .. } if by_way_of.contains(&node.provision_state) => {
            Look::Coming
        }
        Wait::Provision { .. } => Look::Never(WaitError::Ended {
            state: node.provision_state.clone(),
            last_error: last_error(),
        }),
        Wait::Power(_) if node.target_power_state.is_some() => Look::Coming,
        // Ironic clears the error when a change begins, so one that is there is of this change.
        Wait::Power(goal) if node.rests_in(*goal) && node.last_error.is_none() => Look::There,
        Wait::Power(_) => Look::Never(WaitError::stays(node)),
        // Ironic answers with the lock held, and lets go of it when the work is done.
        Wait::Unlocked | Wait::Shown if node.reservation.is_some() => Look::Coming,
        Wait::Unlocked | Wait::Shown => Look::There,
    }
}
