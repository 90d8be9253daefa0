//! What became of a write whose answer did not come in time.
//!
//! It counts as not made only by Ironic's own word, or once no answer can come any more and Ironic
//! has shown nothing of it for a while ([`Times::settle`](super::run::Times)). Until then it is in
//! doubt: nothing is taken back beneath it, and it stays in the journal.

use std::time::Instant;

use super::call::Call;
use super::effect::{self, Mark, Taken};
use super::ironic::Answer;
use super::pace::Limit;
use super::run::Errand;

/// Of a write that may yet take effect: the answer that may yet come.
pub(super) struct Doubt(pub(super) Option<Answer>);

impl Errand<'_> {
    /// Looks at what became of a write until that is known; `NotYet` when the limit comes first.
    ///
    /// While its answer may come, and where `may_come_late`, that nothing is to be seen of it is
    /// believed only after a while.
    pub(super) async fn settle(
        &self,
        call: &Call,
        before: &Mark,
        doubt: &mut Doubt,
        may_come_late: bool,
        limit: &Limit,
    ) -> Taken {
        let Doubt(answer) = doubt;
        let mut backoff = self.ironic.pace.backoff();
        let mut unseen_since = None;
        loop {
            let look = effect::look(self.ironic, &self.plan.node, call, before, limit).await;
            match look {
                Ok(Taken::Yes) => return Taken::Yes,
                Ok(Taken::CannotTell) if answer.is_none() => return Taken::CannotTell,
                Ok(Taken::No) if answer.is_none() => {
                    let since = *unseen_since.get_or_insert_with(Instant::now);
                    if !may_come_late || since.elapsed() >= self.times.settle {
                        return Taken::No;
                    }
                }
                // Somebody works on the node, or the answer is still to come.
                Ok(_) => {}
                // While Ironic is away, it may be away with the write.
                Err(_) => unseen_since = None,
            }
            let goes_on = match answer {
                None => backoff.pause(limit).await,
                Some(pending) => tokio::select! {
                    outcome = pending.comes() => {
                        *answer = None;
                        match outcome {
                            Ok(()) => return Taken::Yes,
                            Err(error) if !error.is_uncertain() => return Taken::No,
                            Err(_) => true,
                        }
                    }
                    goes_on = backoff.pause(limit) => goes_on,
                },
            };
            if !goes_on {
                return Taken::NotYet;
            }
        }
    }

    /// Settles the doubt about a step, if there is one.
    pub(super) async fn settle_doubt(
        &mut self,
        at: usize,
        call: &Call,
        mark: &Mark,
        limit: &Limit,
    ) -> Option<Taken> {
        let (_, mut doubt) = self.doubt.take_if(|(step, _)| *step == at)?;
        Some(self.settle(call, mark, &mut doubt, true, limit).await)
    }
}
