//! What each provision verb leads to, by way of what, and how it is taken back.
//!
//! Pure. Source: Ironic's state machine (`ironic/common/state_machine.py`, 39.0).

use super::call::Verb;
use super::state::ProvisionState as S;

/// The state in which a verb has done its work; none for `abort`, which has several.
pub(super) fn goal_of(verb: Verb) -> Option<S> {
    match verb {
        Verb::Active | Verb::Rebuild | Verb::Unrescue | Verb::Service | Verb::Adopt => {
            Some(S::ACTIVE)
        }
        Verb::Deleted | Verb::Provide => Some(S::AVAILABLE),
        Verb::Rescue => Some(S::RESCUE),
        Verb::Clean | Verb::Inspect | Verb::Manage => Some(S::MANAGEABLE),
        Verb::Abort => None,
    }
}

/// States from which a verb is accepted.
pub(super) fn accepted_in(verb: Verb) -> &'static [S] {
    const DEPLOYED: &[S] = &[S::ACTIVE, S::DEPLOY_FAILED, S::ERROR];
    match verb {
        Verb::Active => &[S::AVAILABLE],
        Verb::Rebuild => DEPLOYED,
        Verb::Deleted => UNDEPLOYABLE,
        Verb::Rescue => &[
            S::ACTIVE,
            S::RESCUE_FAILED,
            S::UNRESCUE_FAILED,
            S::SERVICE_FAILED,
        ],
        Verb::Unrescue => &[S::RESCUE, S::RESCUE_FAILED, S::UNRESCUE_FAILED],
        Verb::Clean | Verb::Provide => &[S::MANAGEABLE],
        Verb::Adopt => &[S::MANAGEABLE, S::ADOPT_FAILED],
        Verb::Inspect => &[S::MANAGEABLE, S::INSPECT_FAILED],
        Verb::Service => &[S::ACTIVE, S::SERVICE_FAILED, S::SERVICE_HOLD],
        Verb::Manage => &[
            S::ENROLL,
            S::AVAILABLE,
            S::CLEAN_FAILED,
            S::INSPECT_FAILED,
            S::ADOPT_FAILED,
        ],
        Verb::Abort => ABORTABLE,
    }
}

/// States from which an instance can be undeployed.
pub(super) const UNDEPLOYABLE: &[S] = &[
    S::ACTIVE,
    S::DEPLOY_FAILED,
    S::DEPLOY_WAIT,
    S::ERROR,
    S::RESCUE,
    S::RESCUE_WAIT,
    S::RESCUE_FAILED,
    S::UNRESCUE_FAILED,
    S::SERVICE_WAIT,
    S::SERVICE_FAILED,
];

/// States that can be broken off.
pub(super) const ABORTABLE: &[S] = &[
    S::CLEAN_WAIT,
    S::CLEAN_HOLD,
    S::DEPLOY_WAIT,
    S::DEPLOY_HOLD,
    S::INSPECT_WAIT,
    S::RESCUE_WAIT,
    S::SERVICE_WAIT,
    S::SERVICE_HOLD,
    S::SERVICE_FAILED,
];

/// States on the way of a verb. Whatever is neither one of these nor the goal cannot lead there.
pub(super) fn on_the_way(verb: Verb) -> &'static [S] {
    match verb {
        Verb::Active | Verb::Rebuild => &[S::DEPLOYING, S::DEPLOY_WAIT, S::DEPLOY_HOLD],
        Verb::Deleted => &[S::DELETING, S::CLEANING, S::CLEAN_WAIT, S::CLEAN_HOLD],
        Verb::Provide | Verb::Clean => &[S::CLEANING, S::CLEAN_WAIT, S::CLEAN_HOLD],
        Verb::Rescue => &[S::RESCUING, S::RESCUE_WAIT],
        Verb::Unrescue => &[S::UNRESCUING],
        Verb::Service => &[S::SERVICING, S::SERVICE_WAIT, S::SERVICE_HOLD],
        Verb::Inspect => &[S::INSPECTING, S::INSPECT_WAIT],
        Verb::Manage => &[S::VERIFYING],
        Verb::Adopt => &[S::ADOPTING],
        Verb::Abort => &[],
    }
}

/// Where `abort` leads, by where it finds the node.
pub(super) fn after_abort(state: &S) -> Option<S> {
    [
        (S::CLEAN_WAIT, S::CLEAN_FAILED),
        (S::CLEAN_HOLD, S::CLEAN_FAILED),
        (S::DEPLOY_WAIT, S::DEPLOY_FAILED),
        (S::DEPLOY_HOLD, S::DEPLOY_FAILED),
        (S::INSPECT_WAIT, S::INSPECT_FAILED),
        (S::RESCUE_WAIT, S::RESCUE_FAILED),
        (S::SERVICE_WAIT, S::SERVICE_FAILED),
        (S::SERVICE_HOLD, S::SERVICE_FAILED),
        (S::SERVICE_FAILED, S::ACTIVE),
    ]
    .into_iter()
    .find_map(|(from, to)| (from == *state).then_some(to))
}

/// How a verb is taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct WayBack {
    /// Where the verb that is taken back leaves a node when it fails.
    pub(super) failed: S,
    /// Once the node is in one of `from`, this verb leads back.
    pub(super) verb: Verb,
    /// Where it is accepted, and means that.
    pub(super) from: &'static [S],
    /// The node is back. Cleaning after an instance counts: it ends in `available` by itself.
    pub(super) back: &'static [S],
}

/// The verbs by which one that has failed or was stopped is taken back, and where each of them
/// finds the node.
pub(super) fn calls_back(verb: Verb) -> Vec<(Verb, S)> {
    let Some(way) = way_back(verb) else {
        return Vec::new();
    };
    let mut calls = Vec::new();
    // A deployment that waits is undeployed, and not broken off before.
    if verb != Verb::Active {
        let mut states = on_the_way(verb).iter();
        let waits = states.find(|state| ABORTABLE.contains(state));
        calls.extend(waits.map(|state| (Verb::Abort, state.clone())));
    }
    calls.push((way.verb, way.failed));
    calls
}

/// The way back of a verb; none where what it did cannot be undone, or ends by itself.
pub(super) fn way_back(verb: Verb) -> Option<WayBack> {
    let way = |failed, verb, from, back| {
        Some(WayBack {
            failed,
            verb,
            from,
            back,
        })
    };
    match verb {
        Verb::Active => way(
            S::DEPLOY_FAILED,
            Verb::Deleted,
            UNDEPLOYABLE,
            &[S::AVAILABLE, S::CLEANING, S::CLEAN_WAIT],
        ),
        Verb::Rescue => way(
            S::RESCUE_FAILED,
            Verb::Unrescue,
            &[S::RESCUE, S::RESCUE_FAILED, S::UNRESCUE_FAILED],
            &[S::ACTIVE],
        ),
        Verb::Clean => way(
            S::CLEAN_FAILED,
            Verb::Manage,
            &[S::CLEAN_FAILED],
            &[S::MANAGEABLE],
        ),
        Verb::Provide => way(
            S::CLEAN_FAILED,
            Verb::Manage,
            &[S::CLEAN_FAILED, S::AVAILABLE],
            &[S::MANAGEABLE],
        ),
        Verb::Inspect => way(
            S::INSPECT_FAILED,
            Verb::Manage,
            &[S::INSPECT_FAILED],
            &[S::MANAGEABLE],
        ),
        // One that was adopted after all has an instance, which nobody takes away: it is reported.
        Verb::Adopt => way(
            S::ADOPT_FAILED,
            Verb::Manage,
            &[S::ADOPT_FAILED],
            &[S::MANAGEABLE],
        ),
        Verb::Service => way(
            S::SERVICE_FAILED,
            Verb::Abort,
            &[S::SERVICE_FAILED],
            &[S::ACTIVE],
        ),
        Verb::Rebuild | Verb::Deleted | Verb::Unrescue | Verb::Manage | Verb::Abort => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verb_that_fails_is_taken_back_from_where_it_leaves_the_node() {
        let check = |verb: Verb, expected: &[(Verb, S)]| {
            assert_eq!(calls_back(verb), expected, "{verb:?}");
            if let Some(way) = way_back(verb) {
                assert!(way.from.contains(&way.failed), "{verb:?}");
                // Who has arrived is not back, unless that is where it began.
                let goal = goal_of(verb).unwrap();
                let began_there = accepted_in(verb).contains(&goal);
                assert!(began_there || !way.back.contains(&goal), "{verb:?}");
            }
        };
        check(Verb::Active, &[(Verb::Deleted, S::DEPLOY_FAILED)]);
        check(
            Verb::Clean,
            &[
                (Verb::Abort, S::CLEAN_WAIT),
                (Verb::Manage, S::CLEAN_FAILED),
            ],
        );
        check(
            Verb::Rescue,
            &[
                (Verb::Abort, S::RESCUE_WAIT),
                (Verb::Unrescue, S::RESCUE_FAILED),
            ],
        );
        check(
            Verb::Service,
            &[
                (Verb::Abort, S::SERVICE_WAIT),
                (Verb::Abort, S::SERVICE_FAILED),
            ],
        );
        check(Verb::Adopt, &[(Verb::Manage, S::ADOPT_FAILED)]);
        check(Verb::Deleted, &[]);
    }
}
