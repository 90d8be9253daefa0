//! Finishing what a process left behind that ended in the middle of an order.
//!
//! Up to the step that commits the plan everything is taken back; once that step has taken effect,
//! the rest is finished. Either way what Ironic shows decides, not what the journal hoped for.

use super::effect::{self, Mark, Taken};
use super::error::{After, Cause, Leftover};
use super::journal::Story;
use super::pace::Limit;
use super::plan::Undo;
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

impl Errand<'_> {
    /// Finishes, or takes back.
    pub(super) async fn recover(&mut self, story: &Story, limit: &Limit) -> Recovered {
        match self.way_on(story, limit).await {
            Some(way) => match self.go_on(way, limit).await {
                Ok(()) => {
                    if let Err(error) = self.journal.end().await {
                        tracing::warn!(node = %self.plan.node, %error, "journal cannot be removed");
                    }
                    Recovered::Finished
                }
                Err(cause) => after(self.take_back(&cause).await),
            },
            None => after(self.take_back(&Cause::Ended).await),
        }
    }

    /// From where to go on, if that is the way: a step, and whether it has been taken.
    async fn way_on(&self, story: &Story, limit: &Limit) -> Option<(usize, Mark, Taken)> {
        if story.is_taking_back {
            return None;
        }
        let (at, mark) = story.begun.last()?;
        let step = self.plan.steps.get(*at)?;
        let taken = if story.is_last_done {
            Taken::Yes
        } else {
            let look = effect::look(self.ironic, &self.plan.node, &step.call, mark, limit);
            look.await.unwrap_or(Taken::CannotTell)
        };
        let is_committed =
            *at > self.plan.commit || (*at == self.plan.commit && taken == Taken::Yes);
        // What cannot be told, and cannot be taken back, is at least not made worse.
        let may_go_on = taken == Taken::Yes
            || (step.call.is_sendable() && !step.call.does_harm_twice())
            || matches!(step.undo, Undo::Nothing);
        (is_committed && may_go_on).then(|| (*at, mark.clone(), taken))
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
