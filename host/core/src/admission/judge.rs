//! Judging: select policies, read what they look at, evaluate them.

use std::time::{Duration, Instant, UNIX_EPOCH};

use super::drive::Judging;
use super::facts::{self, Sought};
use super::load::Policy;
use super::{DecideError, Gate};
use crate::driver::Reader;
use crate::operation::{Evidence, Facts, Operation};
use crate::request::Request;
use crate::verdict::Outcome;

/// What came of judging.
pub(super) struct Judged {
    pub(super) outcomes: Vec<(Outcome, Duration)>,
    pub(super) facts: Facts,
    pub(super) drive: Option<Judging>,
}

impl Gate {
    /// Policies that judge this operation of this caller. Which node it is about comes later.
    fn select(&self, operation: &Operation, request: &Request) -> Vec<&Policy> {
        let project = request.caller.project_id.as_deref();
        self.policies
            .iter()
            .filter(|policy| policy.selects(operation.name(), project))
            .collect()
    }

    /// What each policy makes of it, in their order. Policies that look at what is read from
    /// Ironic wait for it; the others are evaluated while it is asked.
    pub(super) async fn judge(
        &self,
        operation: &Operation,
        request: &Request,
        reader: &impl Reader,
        deadline: Instant,
    ) -> Result<Judged, DecideError> {
        let taken_at = UNIX_EPOCH.elapsed().unwrap_or_default();
        let selected = self.select(operation, request);
        let (waiting, ready): (Vec<_>, Vec<_>) = selected
            .iter()
            .enumerate()
            .partition(|(_, policy)| policy.waits_for_facts(operation));
        let evaluate =
            async |policies: &[(usize, &&Policy)], facts: &Facts, drive: Option<&Judging>| {
                let evidence = Evidence {
                    request_id: &request.id,
                    operation,
                    headers: &request.headers,
                    caller: &request.caller,
                    taken_at,
                    facts,
                };
                let mut outcomes = Vec::with_capacity(selected.len());
                for (place, policy) in policies {
                    if policy.selects_node(operation, facts.node.as_ref()) {
                        outcomes.push((*place, policy.evaluate(&evidence, drive, deadline).await));
                    }
                }
                outcomes
            };
        let sought = Sought::by(&selected, operation);
        // A patch shows its drive only when it is known what it is for.
        let early = match operation.patch() {
            None => self.drive(operation, &Facts::default(), deadline).await?,
            Some(_) => None,
        };
        let (facts, mut outcomes) = if sought.is_nothing() {
            let facts = Facts::default();
            let outcomes = evaluate(&ready, &facts, early.as_ref()).await;
            (facts, outcomes)
        } else {
            let reading = facts::read(reader, &sought, request, deadline);
            let nothing = Facts::default();
            let meanwhile = async {
                // Lets the questions to Ironic go out first.
                tokio::task::yield_now().await;
                Ok(evaluate(&ready, &nothing, early.as_ref()).await)
            };
            let (found, outcomes) = tokio::try_join!(reading, meanwhile)?;
            (found.into_facts(&self.rules, operation)?, outcomes)
        };
        let drive = match operation.patch() {
            None => early,
            Some(_) => self.drive(operation, &facts, deadline).await?,
        };
        outcomes.extend(evaluate(&waiting, &facts, drive.as_ref()).await);
        outcomes.sort_unstable_by_key(|(place, _)| *place);
        let outcomes = outcomes.into_iter().map(|(_, outcome)| outcome).collect();
        Ok(Judged {
            outcomes,
            facts,
            drive,
        })
    }

    /// The drive of the operation, fetched where that is allowed.
    async fn drive(
        &self,
        operation: &Operation,
        facts: &Facts,
        deadline: Instant,
    ) -> Result<Option<Judging>, DecideError> {
        match &self.drives {
            Some(drives) => Ok(drives.find(operation, facts, deadline).await?),
            None => Ok(None),
        }
    }
}
