//! Finishing what a process left behind that ended in the middle of an order.
//!
//! Up to the step that commits the plan everything is taken back; once that step has taken effect,
//! the rest is finished. Either way what Ironic shows decides, not what the journal hoped for.

use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::Inner;
use super::doubt::Doubt;
use super::effect::{Mark, Taken};
use super::error::{After, Cause, Leftover};
use super::input::{Deadline, NodeUuid};
use super::journal::Story;
use super::pace::Limit;
use super::plan::Undo;
use super::progress::{Phase, Progress, Reporter};
use super::run::Errand;

/// What has become of an order that was left behind.
#[derive(Debug)]
pub enum Recovered {
    /// It has reached its goal.
    Finished,
    /// It never did anything, or everything it did has been taken back.
    TakenBack,
    /// This is left.
    Left(Vec<Leftover>),
}

/// A recovery that has been begun.
pub struct Recovery {
    task: JoinHandle<Result<Option<Recovered>, Cause>>,
    progress: watch::Receiver<Progress>,
}

impl Recovery {
    pub(super) fn begin(inner: Arc<Inner>, node: NodeUuid, deadline: Deadline) -> Self {
        let (report, progress) = Reporter::new();
        let task = tokio::spawn(async move {
            let outcome = inner.recover(&node, deadline, &report).await;
            report.phase(Phase::Ended);
            outcome
        });
        Self { task, progress }
    }

    /// How far it has come, now and from now on.
    pub fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.clone()
    }

    /// Waits for its end; none when there was nothing to recover.
    ///
    /// # Errors
    /// When the journal cannot be read, or Ironic cannot be asked.
    pub async fn ended(self) -> Result<Option<Recovered>, Cause> {
        self.task.await.unwrap_or(Err(Cause::Ended))
    }
}

impl std::fmt::Debug for Recovery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recovery")
            .field("progress", &*self.progress.borrow())
            .finish_non_exhaustive()
    }
}

impl Inner {
    async fn recover(
        &self,
        node: &NodeUuid,
        deadline: Deadline,
        report: &Reporter,
    ) -> Result<Option<Recovered>, Cause> {
        let Some(journals) = &self.journals else {
            return Ok(None);
        };
        let _turn = Arc::clone(&self.turns).of(node.clone()).await;
        let Some((journal, story)) = journals.take(node)? else {
            return Ok(None);
        };
        let limit = Limit::until(deadline);
        let version = self.ironic.version(&limit).await;
        let version = version.map_err(Cause::Unreadable)?;
        report.phase(Phase::Running);
        let mut errand = Errand {
            ironic: &self.ironic,
            plan: story.plan.clone(),
            version,
            journal,
            report,
            times: self.times,
            begun: story.begun.clone(),
            undone: story.undone.clone(),
            doubt: story.doubtful().map(|at| (at, Doubt(None))),
            is_recovery: true,
            last: None,
        };
        Ok(Some(errand.recover(&story, &limit).await))
    }
}

impl Errand<'_> {
    /// Finishes, or takes back.
    pub(super) async fn recover(&mut self, story: &Story, limit: &Limit) -> Recovered {
        let last = if story.is_taking_back && !self.is_one_way(story) {
            None
        } else {
            self.last_step(story, limit).await
        };
        match last {
            Some(last) if self.leads_on(&last) => match self.go_on(last, limit).await {
                Ok(()) => {
                    if let Err(error) = self.journal.end().await {
                        tracing::warn!(node = %self.plan.node, %error, "journal cannot be removed");
                    }
                    return Recovered::Finished;
                }
                Err(cause) => return after(self.take_back(&cause).await),
            },
            Some((at, _, Taken::No)) => {
                // Without its line in the journal, it is only looked for once more.
                let _ = self.is_undone(at).await;
            }
            Some((at, _, Taken::NotYet)) => self.doubt = Some((at, Doubt(None))),
            Some(_) | None => {}
        }
        after(self.take_back(&Cause::Ended).await)
    }

    /// Whether the step that was begun last, if it has taken effect, leaves no way but on.
    fn is_one_way(&self, story: &Story) -> bool {
        let last = story.begun.last().map(|(at, _)| *at);
        let last = last.filter(|at| !story.undone.contains(at));
        let step = last.and_then(|at| self.plan.steps.get(at));
        step.is_some_and(|step| matches!(step.undo, Undo::Impossible))
    }

    /// The step that was begun last, and what has become of it.
    async fn last_step(&mut self, story: &Story, limit: &Limit) -> Option<(usize, Mark, Taken)> {
        let (at, mark) = story.begun.last()?.clone();
        let call = self.plan.steps.get(at)?.call.clone();
        let taken = match self.settle_doubt(at, &call, &mark, limit).await {
            Some(taken) => taken,
            None if story.is_last_done => Taken::Yes,
            None => Taken::No,
        };
        Some((at, mark, taken))
    }

    /// Whether the way from this step is to go on.
    fn leads_on(&self, (at, _, taken): &(usize, Mark, Taken)) -> bool {
        let Some(step) = self.plan.steps.get(*at) else {
            return false;
        };
        let is_committed =
            *at > self.plan.commit || (*at == self.plan.commit && *taken == Taken::Yes);
        // What cannot be told, and cannot be taken back, is at least not made worse.
        let may_go_on = *taken == Taken::Yes
            || (step.call.is_sendable() && !step.call.does_harm_twice())
            || matches!(step.undo, Undo::Nothing);
        is_committed && may_go_on
    }

    async fn go_on(
        &mut self,
        (at, mark, taken): (usize, Mark, Taken),
        limit: &Limit,
    ) -> Result<(), Cause> {
        if taken != Taken::Yes {
            return self.carry_out(at, limit).await;
        }
        if let Some(step) = self.plan.steps.get(at).cloned() {
            match self.wait(&step, &mark, limit).await {
                Ok(()) => {}
                Err(cause) if self.goes_on(at, &cause, limit) => {
                    return self.carry_out(at + 1, limit).await;
                }
                Err(cause) => return Err(cause),
            }
        }
        self.carry_out(self.after(at), limit).await
    }
}

fn after(after: After) -> Recovered {
    match after {
        After::Untouched | After::TakenBack => Recovered::TakenBack,
        After::Left(left) => Recovered::Left(left),
    }
}
