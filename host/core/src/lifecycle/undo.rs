//! Taking back what an order did.
//!
//! In reverse, and by looking: each step back is taken only where Ironic shows that it is needed.
//! Three things are never done. An instance is not cleared from a node that runs it: it is
//! undeployed, or stays. What somebody else has taken over since is left to them: `instance_uuid`
//! says whose the node is, and after a restart `provision_updated_at` says whether it has gone on
//! without us (`updated_at` alone would not do: it moves each time that Ironic takes the node's lock).
//! And a claim is not given up while something that was done under it is still there. Nor is anything
//! taken back beneath a step that has no way back, once that step may have taken effect.

use std::error::Error;

use super::call::{Call, Verb};
use super::effect::{self, Mark, Taken};
use super::error::{After, Cause, Leftover, LeftoverKind};
use super::journal::Entry;
use super::pace::Limit;
use super::plan::{Owner, Step, Undo, Wait};
use super::progress::Phase;
use super::run::Errand;
use super::seen::Seen;
use super::state::NodeView;
use super::verbs::{self, WayBack};
use super::wait::{self, WaitError};
use crate::chain::Chain;

impl Errand<'_> {
    /// Takes back what was begun, as far as it goes.
    pub(super) async fn take_back(&mut self, cause: &Cause) -> After {
        let undone = self.undone.clone();
        let mut open = self.begun.clone();
        open.retain(|(at, _)| !undone.contains(at));
        if open.is_empty() {
            self.close().await;
            return if self.begun.len() == undone.len() && self.begun.len() <= 1 {
                After::Untouched
            } else {
                After::TakenBack
            };
        }
        self.report.phase(Phase::TakingBack);
        // Without its line in the journal, a restart would look for the same things again.
        let _ = self.journal.add(Entry::TakingBack).await;
        let limit = Limit::firm(self.times.undo);
        let mut left = Vec::new();
        let mut is_one_way = false;
        while let Some((at, mark)) = open.pop() {
            let Some(step) = self.plan.steps.get(at).cloned() else {
                continue;
            };
            let settled = self.settle_doubt(at, &step.call, &mark, &limit).await;
            let taken_back = match &step.undo {
                _ if settled == Some(Taken::No) => Ok(()),
                Undo::Impossible => {
                    is_one_way = true;
                    // What it rests on stays with it. While it may yet take effect, nobody can say.
                    if settled == Some(Taken::NotYet) {
                        left.extend(self.not_reached(&open));
                    }
                    break;
                }
                _ if settled == Some(Taken::NotYet) => Err(self.may_come(&step)),
                Undo::Nothing => self.come_back(&step.call, &mark, &limit).await,
                Undo::Call(call) => self.call_back(call, &mark, &left, &limit).await,
                Undo::WayBack => self.go_back(&step.call, &mark, &limit).await,
            };
            match taken_back {
                Ok(()) => {
                    let _ = self.is_undone(at).await;
                }
                Err(leftover) => {
                    let blocks = matches!(step.undo, Undo::WayBack);
                    left.push(leftover);
                    if blocks {
                        // Whatever lies under an instance that may be running stays as well.
                        left.extend(self.not_reached(&open));
                        break;
                    }
                }
            }
        }
        if is_one_way {
            left.extend(self.rest(cause));
        } else {
            if left.is_empty() {
                left.extend(self.claim_again(&limit).await);
            }
            // Before the calls that Ironic refuses because of it.
            left.splice(0..0, self.maintenance(&limit).await);
        }
        if left.is_empty() {
            self.close().await;
            return After::TakenBack;
        }
        if left.iter().all(|left| left.kind != LeftoverKind::TakeBack) {
            // Nothing here is for a later run to take back.
            self.close().await;
        }
        After::Left(left)
    }

    async fn close(&self) {
        if let Err(error) = self.journal.end().await {
            tracing::warn!(node = %self.plan.node, %error, "journal cannot be removed");
        }
    }

    fn leftover(&self, kind: LeftoverKind, call: &Call, reason: String) -> Leftover {
        Leftover {
            node: self.plan.node.clone(),
            kind,
            call: Box::new(call.clone()),
            reason,
        }
    }

    /// What would take back a step that may yet take effect.
    fn may_come(&self, step: &Step) -> Leftover {
        let back = match (&step.undo, &step.call) {
            (Undo::Call(call), _) => (**call).clone(),
            (Undo::WayBack, Call::Provision { verb, .. }) => {
                verbs::way_back(*verb).map_or_else(|| step.call.clone(), |way| provision(way.verb))
            }
            _ => step.call.clone(),
        };
        let reason = format!(
            "no answer came to `{}`, which may yet take effect",
            step.call
        );
        self.leftover(LeftoverKind::TakeBack, &back, reason)
    }

    /// What would take back the steps beneath one that is not taken back.
    fn not_reached(&self, open: &[(usize, Mark)]) -> Vec<Leftover> {
        let steps = open.iter().rev();
        let steps = steps.filter_map(|(at, _)| match &self.plan.steps.get(*at)?.undo {
            Undo::Call(call) => Some(&**call),
            Undo::WayBack | Undo::Nothing | Undo::Impossible => None,
        });
        let left = |call: &Call| {
            let reason = "comes after what could not be taken back".into();
            self.leftover(LeftoverKind::TakeBack, call, reason)
        };
        steps.map(left).collect()
    }

    /// The calls that would finish a plan that has no way back, from the one that failed.
    fn rest(&self, cause: &Cause) -> Vec<Leftover> {
        let from = self.begun.last().map_or(0, |(at, _)| *at);
        let steps = self.plan.steps.iter().skip(from).enumerate();
        let left = |(after, step): (usize, &Step)| {
            let reason = match cause.source() {
                _ if after > 0 => "comes after what failed".into(),
                Some(source) => Chain(source).to_string(),
                None => cause.to_string(),
            };
            self.leftover(LeftoverKind::Unfinished, &step.call, reason)
        };
        steps.map(left).collect()
    }

    /// When steps fail, Ironic may put a node into maintenance. Why is for people to look into.
    async fn maintenance(&self, limit: &Limit) -> Option<Leftover> {
        let (_, mark) = self.begun.first()?;
        if mark.maintenance || !self.moves_the_node() {
            return None;
        }
        let clear = Call::ClearMaintenance;
        let node = self.look_at(&clear, limit).await.ok()?;
        let reason = "Ironic has put the node into maintenance";
        node.maintenance
            .then(|| self.leftover(LeftoverKind::Unfinished, &clear, reason.into()))
    }

    /// Undeploying gives up a claim that was there before the order. Claims the node again.
    async fn claim_again(&self, limit: &Limit) -> Option<Leftover> {
        let Owner::Instance(instance) = &self.plan.owner else {
            return None;
        };
        let mut steps = self.plan.steps.iter();
        if steps.any(|step| matches!(step.call, Call::Claim { .. })) {
            return None;
        }
        let claim = Call::Claim {
            instance: instance.clone(),
            info: Vec::new(),
        };
        let mut backoff = self.ironic.pace.backoff();
        let node = loop {
            match self.look_at(&claim, limit).await {
                Ok(node) if node.instance_uuid.as_ref() == Some(instance) => return None,
                // Ironic lets nobody claim a node that it cleans.
                Ok(node)
                    if node.instance_uuid.is_none()
                        && verbs::on_the_way(Verb::Deleted).contains(&node.provision_state)
                        && backoff.pause(limit).await => {}
                Ok(node) => break node,
                Err(leftover) => return Some(leftover),
            }
        };
        let reason = match &node.instance_uuid {
            Some(other) => format!("node belongs to instance {other} now"),
            None => match self
                .send(&claim, &Mark::of(&node), Seen::default(), limit)
                .await
            {
                Ok(_) => return None,
                Err(not_done) => Chain(&not_done.error).to_string(),
            },
        };
        Some(self.leftover(LeftoverKind::Unfinished, &claim, reason))
    }

    /// Takes back by a call.
    async fn call_back(
        &self,
        call: &Call,
        mark: &Mark,
        left: &[Leftover],
        limit: &Limit,
    ) -> Result<(), Leftover> {
        let fail = |reason: String| self.leftover(LeftoverKind::TakeBack, call, reason);
        let node = self.look_to_take_back(call, limit).await?;
        let taken = effect::look(self.ironic, &self.plan.node, call, mark, limit).await;
        if matches!(taken, Ok(Taken::Yes)) {
            return Ok(());
        }
        self.is_ours(call, &node)?;
        if self.is_recovery && !self.moves_the_node() && mark.has_moved(&node) {
            let reason = format!("node has become `{}` since", node.provision_state);
            return Err(self.leftover(LeftoverKind::TakenOver, call, reason));
        }
        if gives_up(call) && !left.is_empty() {
            return Err(fail("what was done under the claim is still there".into()));
        }
        if gives_up(call) && node.provision_state.runs_an_instance() {
            return Err(fail(format!("node is `{}`", node.provision_state)));
        }
        let now = Mark::of(&node);
        let sent = self.send(call, &now, Seen::default(), limit).await;
        sent.map_err(|not_done| fail(Chain(&not_done.error).to_string()))?;
        if !call.is_answered_early() {
            return Ok(());
        }
        let node = self.look_to_take_back(call, limit).await?;
        match effect::look(self.ironic, &self.plan.node, call, &now, limit).await {
            Ok(Taken::Yes | Taken::CannotTell) => Ok(()),
            Ok(Taken::No | Taken::NotYet) => Err(fail(WaitError::stays(&node).to_string())),
            Err(error) => Err(fail(Chain(&error).to_string())),
        }
    }

    /// The node, for a call that takes something back. What Ironic answers before it is done may
    /// still be under way, for what is to be taken back as well as for the call: once the lock is
    /// free, what the node shows is what it stays.
    async fn look_to_take_back(&self, call: &Call, limit: &Limit) -> Result<NodeView, Leftover> {
        let mut backoff = self.ironic.pace.backoff();
        loop {
            let node = self.look_at(call, limit).await?;
            if node.reservation.is_none() || !call.is_answered_early() {
                return Ok(node);
            }
            if !backoff.pause(limit).await {
                let reason = "node was still locked when time was up".into();
                return Err(self.leftover(LeftoverKind::TakeBack, call, reason));
            }
        }
    }

    /// Waits until a node whose verb has failed is back where it was: Ironic does that by itself, unless
    /// the verb has reached its goal after all.
    async fn come_back(&self, call: &Call, mark: &Mark, limit: &Limit) -> Result<(), Leftover> {
        let Call::Provision { verb, .. } = call else {
            return Ok(());
        };
        let mut backoff = self.ironic.pace.backoff();
        loop {
            let node = self.look_at(call, limit).await?;
            let state = &node.provision_state;
            let is_under_way =
                node.reservation.is_some() || verbs::on_the_way(*verb).contains(state);
            if is_under_way && backoff.pause(limit).await {
                continue;
            }
            if *state == mark.provision_state {
                return Ok(());
            }
            let reason = format!("node is `{state}` now, and no way leads back");
            return Err(self.leftover(LeftoverKind::Unfinished, call, reason));
        }
    }

    async fn look_at(&self, call: &Call, limit: &Limit) -> Result<NodeView, Leftover> {
        let fail = |reason: String| self.leftover(LeftoverKind::TakeBack, call, reason);
        let node = self.ironic.node(&self.plan.node, limit).await;
        node.map_err(|error| fail(Chain(&error).to_string()))?
            .ok_or_else(|| fail("node is gone".into()))
    }

    fn is_ours(&self, call: &Call, node: &NodeView) -> Result<(), Leftover> {
        if !self.plan.owner.has_lost(node) {
            return Ok(());
        }
        let reason = match &node.instance_uuid {
            Some(instance) => format!("node belongs to instance {instance} now"),
            None => "node has been given up by somebody else".into(),
        };
        Err(self.leftover(LeftoverKind::TakenOver, call, reason))
    }

    /// Whether the plan itself changes the provision state.
    fn moves_the_node(&self) -> bool {
        let mut steps = self.plan.steps.iter();
        steps.any(|step| matches!(step.call, Call::Provision { .. }))
    }

    /// Takes back a verb.
    async fn go_back(&self, call: &Call, mark: &Mark, limit: &Limit) -> Result<(), Leftover> {
        let Call::Provision { verb, .. } = call else {
            return Ok(());
        };
        let Some(way) = verbs::way_back(*verb) else {
            return Ok(());
        };
        let back = provision(way.verb);
        let mut backoff = self.ironic.pace.backoff();
        loop {
            let node = self.look_at(&back, limit).await?;
            if !mark.has_moved(&node) || way.back.contains(&node.provision_state) {
                // Whoever holds the lock may be about to move it.
                if node.reservation.is_some() && backoff.pause(limit).await {
                    continue;
                }
                return Ok(());
            }
            self.is_ours(&back, &node)?;
            let state = &node.provision_state;
            if way.from.contains(state) {
                return self.return_by(&way, &back, &node, limit).await;
            }
            if *verb != Verb::Active && verbs::ABORTABLE.contains(state) {
                self.break_off(&node, limit).await?;
            } else if verbs::goal_of(*verb).as_ref() == Some(state) {
                let reason = format!("node is `{state}` after all, and no way leads back");
                return Err(self.leftover(LeftoverKind::Unfinished, call, reason));
            } else if !verbs::on_the_way(*verb).contains(state) {
                let reason = format!("node is `{state}`, from where no way leads back");
                return Err(self.leftover(LeftoverKind::TakeBack, &back, reason));
            }
            if !backoff.pause(limit).await {
                let reason = format!("node was still `{state}` when time was up");
                return Err(self.leftover(LeftoverKind::TakeBack, &back, reason));
            }
        }
    }

    async fn return_by(
        &self,
        way: &WayBack,
        back: &Call,
        node: &NodeView,
        limit: &Limit,
    ) -> Result<(), Leftover> {
        let fail = |reason: String| self.leftover(LeftoverKind::TakeBack, back, reason);
        let sent = self
            .send(back, &Mark::of(node), Seen::default(), limit)
            .await;
        sent.map_err(|not_done| fail(Chain(&not_done.error).to_string()))?;
        let wait = Wait::Provision {
            goal: way.back.to_vec(),
            by_way_of: verbs::on_the_way(way.verb).to_vec(),
        };
        // By then it may be somebody else's, which is as it should be.
        let owner = Owner::GivenUp(node.instance_uuid.clone());
        let waited = wait::until(
            self.ironic,
            &self.plan.node,
            &wait,
            &owner,
            limit,
            self.report,
        )
        .await;
        waited
            .map(drop)
            .map_err(|error| fail(Chain(&error).to_string()))
    }

    /// Breaks off what waits, and waits for what that leads to.
    async fn break_off(&self, node: &NodeView, limit: &Limit) -> Result<(), Leftover> {
        let abort = provision(Verb::Abort);
        let fail = |reason: String| self.leftover(LeftoverKind::TakeBack, &abort, reason);
        let sent = self
            .send(&abort, &Mark::of(node), Seen::default(), limit)
            .await;
        sent.map(drop)
            .map_err(|not_done| fail(Chain(&not_done.error).to_string()))
    }
}

/// Whether a call gives the node back.
fn gives_up(call: &Call) -> bool {
    matches!(call, Call::Unclaim { .. } | Call::ClearInstance)
}

fn provision(verb: Verb) -> Call {
    Call::Provision {
        verb,
        arguments: Vec::new(),
    }
}
