//! Admission: select policies, evaluate them, decide. The only maker of [`Admitted`].
//!
//! Whatever is to be sent to Ironic comes through here. A write is read, held against the rules
//! that hold for every request, judged by every policy that selects it, and recorded, before there
//! is anything that the driver would accept. A read passes without a judgement.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http_body_util::{BodyExt, Either, Full};

use crate::audit::{DecisionLog, Record};
use crate::bundle::Bundle;
use crate::chain::Chain;
use crate::config::Config;
use crate::driver::{DriverError, IronicReply, Reader, RequestBody};
use crate::json::{Document, Pointer};
use crate::operation::{self, Operation, OperationError, Route, Rules};
use crate::policy::Mode;
use crate::request::Request;
use crate::sandbox::{Allocation, Compiler, Sandbox, SandboxOptions};
use crate::sanitise::{KnownSecrets, Sanitizers};
use crate::verdict::{self, Decision};

mod cleaning;
mod decided;
mod drive;
mod facts;
mod judge;
mod load;

use drive::{Drives, Settled};
use judge::Judged;
use load::Policy;

pub use decided::{Admitted, Decided};
pub use drive::DriveError;
pub use load::{GateError, PolicyProblem};

/// The policies of a configuration, ready to judge.
pub struct Gate {
    rules: Rules,
    sandbox: Sandbox,
    drives: Option<Drives>,
    policies: Vec<Policy>,
    decisions: Option<DecisionLog>,
    sanitizers: Arc<Sanitizers>,
}

impl Gate {
    /// Loads every policy and every sanitizer of a configuration, checks their settings, and opens
    /// the record of decisions. All or nothing.
    ///
    /// Compiles, in this thread, what has not been compiled before.
    ///
    /// # Errors
    /// When there is no sandbox to be had, or with everything that is wrong with any of them.
    pub async fn open(
        config: &Config,
        bundle: &Bundle,
        compiler: Compiler,
    ) -> Result<Self, GateError> {
        let sanitizers = Sanitizers::open(config, bundle, compiler.clone()).await?;
        Self::open_with(config, bundle, compiler, Arc::new(sanitizers)).await
    }

    /// The same with sanitizers that have been loaded already, so that the log has the same ones.
    ///
    /// # Errors
    /// As [`Gate::open`].
    pub async fn open_with(
        config: &Config,
        bundle: &Bundle,
        compiler: Compiler,
        sanitizers: Arc<Sanitizers>,
    ) -> Result<Self, GateError> {
        let rules = Rules::new(&config.api.open, config.api.max_patch_operations)?;
        let sandbox = Sandbox::new(&SandboxOptions {
            instances: config.sandbox.instances,
            policies: config.policies.len(),
            drives: config.config_drive.max_open,
            max_waiting: config.sandbox.max_waiting,
            cache_dir: config.sandbox.cache_dir.clone(),
            compiler,
        })?;
        let policies = load::policies(&sandbox, config, bundle).await?;
        let drives = Drives::open(&sandbox, config, bundle)?;
        let open = |path: &std::path::PathBuf| {
            DecisionLog::open(path).map_err(|source| GateError::Decisions {
                path: path.clone(),
                source,
            })
        };
        let decisions = config.decisions.file.as_ref().map(open).transpose()?;
        Ok(Self {
            rules,
            sandbox,
            drives,
            policies,
            decisions,
            sanitizers,
        })
    }

    /// What takes secrets out of findings and of the texts of validators.
    pub fn sanitizers(&self) -> &Arc<Sanitizers> {
        &self.sanitizers
    }

    /// What is configured, in the order of the configuration.
    pub fn policies(&self) -> impl Iterator<Item = PolicySummary<'_>> {
        self.policies.iter().map(Policy::summary)
    }

    /// How instances get their memory on this machine.
    pub fn allocation(&self) -> &Allocation {
        self.sandbox.allocation()
    }

    /// Judges a write, and records the decision. A read is admitted as it is.
    ///
    /// `deadline` bounds everything together: reading what the request is about, waiting for a
    /// sandbox, and all policies. What is not decided by then is undecided.
    ///
    /// # Errors
    /// When the request cannot be read, what it is about cannot be read that somebody has to see,
    /// or the decision cannot be recorded. In each case nothing is admitted.
    pub async fn decide(
        &self,
        request: Request,
        reader: &impl Reader,
        deadline: Instant,
    ) -> Result<Decided, DecideError> {
        let Some(weighed) = self.weigh(&request, reader, deadline).await? else {
            return Ok(Decided::read(request));
        };
        let Weighed {
            operation,
            judged:
                Judged {
                    outcomes,
                    facts,
                    drive,
                },
            decision,
        } = weighed;
        let uuid = facts.node_uuid();
        let is_admitted = matches!(decision, Decision::Admit { .. });
        let sent = match &drive {
            Some(drive) if is_admitted => match drive.settle(&operation).await {
                Ok(settled) => settled,
                Err(error) => return Err(self.undriven(&request, &operation, error).await?),
            },
            _ => Settled::default(),
        };
        let drive_record = match &drive {
            Some(drive) => drive.record(&sent).await,
            None => None,
        };
        let record = Record::judged(&request, &operation, &decision, &outcomes)
            .about(uuid.as_deref())
            .with_drive(drive_record.as_ref());
        self.record(&record)?;
        let secrets = sent.secrets();
        let request = sent.into_request(request);
        let target = uuid.and_then(|uuid| operation.target_with_uuid(&uuid, &request.target));
        // By its UUID, nobody can give the node's name to another one meanwhile.
        let request = match target {
            Some(target) => Request { target, ..request },
            None => request,
        };
        Ok(Decided {
            request,
            operation: Some(operation),
            drive_secrets: secrets,
            decision,
            outcomes,
        })
    }

    /// What the policies make of a write, whatever form it has: for looking at one thing in it, such
    /// as its drive. Records nothing, and admits nothing.
    ///
    /// # Errors
    /// As [`Gate::decide`].
    pub async fn opinion(
        &self,
        request: &Request,
        reader: &impl Reader,
        deadline: Instant,
    ) -> Result<Decision, DecideError> {
        let Some(operation) = read(request)? else {
            return Ok(Decision::Admit { notes: Vec::new() });
        };
        let judged = self.judge(&operation, request, reader, deadline).await?;
        let outcomes = judged.outcomes.iter().map(|(outcome, _)| outcome);
        Ok(verdict::decide(outcomes))
    }

    /// Judges a write that may be sent later, with what `reader` says things will be like by then.
    /// Nothing is admitted and no admission recorded, for nothing is sent; a refusal is recorded.
    ///
    /// # Errors
    /// As [`Gate::decide`].
    pub async fn foresee(
        &self,
        request: &Request,
        reader: &impl Reader,
        deadline: Instant,
    ) -> Result<Decision, DecideError> {
        let Some(weighed) = self.weigh(request, reader, deadline).await? else {
            return Ok(Decision::Admit { notes: Vec::new() });
        };
        let Weighed {
            operation,
            judged,
            decision,
        } = weighed;
        if !matches!(decision, Decision::Admit { .. }) {
            let uuid = judged.facts.node_uuid();
            let record = Record::judged(request, &operation, &decision, &judged.outcomes);
            self.record(&record.about(uuid.as_deref()))?;
        }
        Ok(decision)
    }

    /// Reads a write, holds it against the rules that hold for every request, and has it judged;
    /// none for a read. What ends here is recorded here.
    async fn weigh(
        &self,
        request: &Request,
        reader: &impl Reader,
        deadline: Instant,
    ) -> Result<Option<Weighed>, DecideError> {
        let mut operation = match read(request) {
            Ok(Some(operation)) => operation,
            Ok(None) => return Ok(None),
            Err(error) => return Err(self.unreadable(request, "unreadable", error).await?),
        };
        if let Err(error) = self.rules.check(&mut operation) {
            return Err(self.unreadable(request, operation.name(), error).await?);
        }
        let mut judged = match self.judge(&operation, request, reader, deadline).await {
            Ok(judged) => judged,
            Err(DecideError::Operation(error)) => {
                return Err(self.unreadable(request, operation.name(), error).await?);
            }
            Err(DecideError::Drive(error)) => {
                return Err(self.undriven(request, &operation, error).await?);
            }
            Err(error) => {
                let text = error.to_string();
                let record = Record::stopped(request, operation.name(), "undecided", text);
                self.record(&record)?;
                return Err(error);
            }
        };
        let texts = cleaning::findings(&mut judged.outcomes);
        self.clean(texts, &operation, request).await;
        let decision = verdict::decide(judged.outcomes.iter().map(|(outcome, _)| outcome));
        Ok(Some(Weighed {
            operation,
            judged,
            decision,
        }))
    }

    /// Admits a read whose body, if it has one, is passed on as it arrives.
    ///
    /// # Errors
    /// When the request is a write after all, or a header makes one of it.
    pub fn admit_read<B>(
        &self,
        head: http::request::Parts,
        body: B,
    ) -> Result<Admitted, OperationError>
    where
        B: http_body::Body<Data = Bytes> + Send + Sync + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let target = head
            .uri
            .path_and_query()
            .cloned()
            .unwrap_or(http::uri::PathAndQuery::from_static("/"));
        operation::check_headers(&head.headers)?;
        match operation::route(&head.method, &target)? {
            Route::Read => {
                let is_empty = body.is_end_stream();
                let body = if is_empty {
                    full(Bytes::new())
                } else {
                    Either::Right(body.map_err(Into::into).boxed())
                };
                Ok(Admitted::read(head, body))
            }
            Route::Write(_) => Err(OperationError::NotARead {
                method: head.method,
            }),
        }
    }

    /// Records a request that is refused before there is anything to judge: for what its head
    /// says, or because its body did not arrive. `reason` is safe to show.
    ///
    /// # Errors
    /// When it cannot be recorded.
    pub fn record_refusal(&self, request: &Request, reason: String) -> Result<(), DecideError> {
        self.record(&Record::stopped(request, "unreadable", "reject", reason))
    }

    fn record(&self, record: &Record<'_>) -> Result<(), DecideError> {
        self.decisions
            .as_ref()
            .map_or(Ok(()), |log| log.write(record))
            .map_err(DecideError::Record)
    }

    /// Records a request that is refused for what it says, and hands its error back.
    async fn unreadable(
        &self,
        request: &Request,
        operation: &str,
        error: OperationError,
    ) -> Result<DecideError, DecideError> {
        let text = Chain(&error).to_string();
        let known = KnownSecrets::of_headers(&request.headers);
        let text = self.sanitizers.text(&text, &known).await.clean;
        self.record(&Record::stopped(request, operation, "reject", text))?;
        Ok(error.into())
    }

    /// Records a request whose drive cannot be sent, and hands its error back.
    async fn undriven(
        &self,
        request: &Request,
        operation: &Operation,
        error: DriveError,
    ) -> Result<DecideError, DecideError> {
        let decision = if error.is_refusal() {
            "reject"
        } else {
            "undecided"
        };
        let text = Chain(&error).to_string();
        let known = KnownSecrets::of_headers(&request.headers);
        let text = self.sanitizers.text(&text, &known).await.clean;
        self.record(&Record::stopped(request, operation.name(), decision, text))?;
        Ok(error.into())
    }
}

/// A write that has been judged.
struct Weighed {
    operation: Operation,
    judged: Judged,
    decision: Decision,
}

fn read(request: &Request) -> Result<Option<Operation>, OperationError> {
    match operation::route(&request.method, &request.target)? {
        Route::Read => Ok(None),
        Route::Write(route) => Operation::read(route, request).map(Some),
    }
}

/// One configured policy, for people to look at.
#[derive(Clone, Debug)]
pub struct PolicySummary<'a> {
    /// Its name in the configuration.
    pub policy: &'a str,
    /// Whether its denial counts.
    pub mode: Mode,
    /// Name of its validator.
    pub validator: &'a str,
    /// Version of its validator.
    pub version: &'a str,
    /// SHA-256 of its component, in hexadecimal.
    pub digest: &'a str,
}

fn full(body: Bytes) -> RequestBody {
    Either::Left(Full::new(body))
}

/// Why there is no decision. Nothing has been sent to Ironic but, at most, a read of the node.
#[derive(Debug, thiserror::Error)]
pub enum DecideError {
    /// The request cannot be read.
    #[error(transparent)]
    Operation(#[from] OperationError),
    /// What the request is about cannot be read that somebody has to see.
    #[error("what the request is about cannot be read for the policies")]
    Facts(#[source] DriverError),
    /// What the request is about was not read within the time of the request.
    #[error("what the request is about was not read in time for the policies")]
    FactsTime,
    /// Ironic does not show what the path names. What it says instead is the answer to the
    /// request.
    #[error("Ironic does not show what the request is about")]
    Answered(Box<IronicReply>),
    /// The drive of the request cannot be fetched or put in place.
    #[error(transparent)]
    Drive(#[from] DriveError),
    /// The decision cannot be recorded, and what is not recorded does not pass.
    #[error("decision cannot be recorded")]
    Record(#[source] io::Error),
}

/// Identifiers by which a node can be selected.
fn identifiers<'a>(
    operation: &'a Operation,
    node: Option<&'a Document>,
) -> Vec<std::borrow::Cow<'a, str>> {
    let attribute = |name: &str| node?.get(&name.parse::<Pointer>().ok()?)?.as_text();
    let path = operation.node().map(Into::into);
    [path, attribute("/uuid"), attribute("/name")]
        .into_iter()
        .flatten()
        .collect()
}

#[cfg(test)]
mod tests;
