//! Admission: select policies, evaluate them, decide. The only maker of [`Admitted`].
//!
//! Whatever is to be sent to Ironic comes through here. A write is read, judged by every policy
//! that selects it, and recorded, before there is anything that the driver would accept. A read
//! passes without a judgement.

use std::fmt;
use std::io;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::HeaderMap;
use http_body_util::{BodyExt, Either, Full};

use crate::audit::{DecisionLog, Record};
use crate::bundle::Bundle;
use crate::config::Config;
use crate::driver::{DriverError, IronicReply, NodeReader, NodeReply, RequestBody};
use crate::json::{Document, Pointer};
use crate::operation::{self, Operation, OperationError, Route};
use crate::policy::Mode;
use crate::request::{Request, RequestId};
use crate::sandbox::{Allocation, Compiler, Evidence, LogLevel, LogLine, Sandbox, SandboxOptions};
use crate::sanitise::KnownSecrets;
use crate::verdict::{self, Decision, Outcome};

mod load;

use load::Policy;
pub use load::{GateError, PolicyProblem};

/// The policies of a configuration, ready to judge.
pub struct Gate {
    sandbox: Sandbox,
    policies: Vec<Policy>,
    decisions: Option<DecisionLog>,
}

impl Gate {
    /// Loads every policy of a configuration, checks its settings, and opens the record of
    /// decisions. All or nothing.
    ///
    /// Compiles, in this thread, what has not been compiled before.
    ///
    /// # Errors
    /// When there is no sandbox to be had, or with everything that is wrong with any policy.
    pub async fn open(
        config: &Config,
        bundle: &Bundle,
        compiler: Compiler,
    ) -> Result<Self, GateError> {
        let sandbox = Sandbox::new(&SandboxOptions {
            instances: config.sandbox.instances,
            policies: config.policies.len(),
            max_waiting: config.sandbox.max_waiting,
            cache_dir: config.sandbox.cache_dir.clone(),
            compiler,
        })?;
        let policies = load::policies(&sandbox, config, bundle).await?;
        let open = |path: &std::path::PathBuf| {
            DecisionLog::open(path).map_err(|source| GateError::Decisions {
                path: path.clone(),
                source,
            })
        };
        let decisions = config.decisions.file.as_ref().map(open).transpose()?;
        Ok(Self {
            sandbox,
            policies,
            decisions,
        })
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
    /// `deadline` bounds everything together: reading the node, waiting for a sandbox, and all
    /// policies. What is not decided by then is undecided.
    ///
    /// # Errors
    /// When the request cannot be read, the node cannot be read that a policy has to see, or the
    /// decision cannot be recorded. In each case nothing is admitted.
    pub async fn decide(
        &self,
        request: Request,
        nodes: &impl NodeReader,
        deadline: Instant,
    ) -> Result<Decided, DecideError> {
        let operation = match read(&request) {
            Ok(Some(operation)) => operation,
            Ok(None) => return Ok(Decided::read(request)),
            Err(error) => {
                let text = chain(&error);
                self.record(&Record::stopped(&request, "unreadable", "reject", text))?;
                return Err(error.into());
            }
        };
        let selected = self.select(&operation, &request);
        let outcomes = match self
            .judge(&operation, &request, &selected, nodes, deadline)
            .await
        {
            Ok(outcomes) => outcomes,
            Err(error) => {
                self.record(&Record::stopped(
                    &request,
                    operation.name(),
                    "undecided",
                    "node could not be read".into(),
                ))?;
                return Err(error);
            }
        };
        let judged: Vec<_> = outcomes.iter().map(|(outcome, _)| outcome).collect();
        let decision = verdict::decide(judged);
        self.record(&Record::judged(&request, &operation, &decision, &outcomes))?;
        Ok(Decided {
            request,
            operation: Some(operation),
            decision,
            outcomes,
        })
    }

    /// Admits a read whose body, if it has one, is passed on as it arrives.
    ///
    /// # Errors
    /// When the request is a write after all.
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
        match operation::route(&head.method, &target)? {
            Route::Read => {
                let is_empty = body.is_end_stream();
                let body = if is_empty {
                    full(Bytes::new())
                } else {
                    Either::Right(body.map_err(Into::into).boxed())
                };
                Ok(Admitted(http::Request::from_parts(head, body)))
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

    /// Policies that judge this operation of this caller. Which node it is about comes later.
    fn select(&self, operation: &Operation, request: &Request) -> Vec<&Policy> {
        let project = request.caller.project_id.as_deref();
        self.policies
            .iter()
            .filter(|policy| policy.selects(operation.name(), project))
            .collect()
    }

    /// What each policy makes of it, in their order. Policies that look at the node wait for it;
    /// the others are evaluated while Ironic is asked.
    async fn judge(
        &self,
        operation: &Operation,
        request: &Request,
        selected: &[&Policy],
        nodes: &impl NodeReader,
        deadline: Instant,
    ) -> Result<Vec<(Outcome, Duration)>, DecideError> {
        let evaluate = async |needs_node: bool, node: Option<&Document>| {
            let evidence = Evidence {
                request_id: &request.id,
                operation,
                caller: &request.caller,
                node,
            };
            let mut outcomes = Vec::with_capacity(selected.len());
            for (place, policy) in selected.iter().enumerate() {
                if policy.needs_node() == needs_node && policy.selects_node(operation, node) {
                    let outcome = policy.evaluate(&evidence, &request.headers, deadline).await;
                    outcomes.push((place, outcome));
                }
            }
            outcomes
        };
        let mut outcomes = match (operation.node(), load::node_fields(selected)) {
            (Some(ident), Some(fields)) => {
                let reading = read_node(nodes, ident, request, &fields, deadline);
                let meanwhile = async {
                    // Lets the request for the node go out first.
                    tokio::task::yield_now().await;
                    Ok(evaluate(false, None).await)
                };
                let (node, mut outcomes) = tokio::try_join!(reading, meanwhile)?;
                outcomes.extend(evaluate(true, node.as_ref()).await);
                outcomes
            }
            (None, _) | (_, None) => {
                let mut outcomes = evaluate(false, None).await;
                outcomes.extend(evaluate(true, None).await);
                outcomes
            }
        };
        outcomes.sort_unstable_by_key(|(place, _)| *place);
        Ok(outcomes.into_iter().map(|(_, outcome)| outcome).collect())
    }
}

async fn read_node(
    nodes: &impl NodeReader,
    ident: &str,
    request: &Request,
    fields: &[&str],
    deadline: Instant,
) -> Result<Option<Document>, DecideError> {
    let reading = nodes.read_node(ident, &request.headers, fields);
    match tokio::time::timeout_at(deadline.into(), reading).await {
        Ok(Ok(NodeReply::Node(node))) => Ok(Some(node)),
        Ok(Ok(NodeReply::Unknown)) => Ok(None),
        Ok(Ok(NodeReply::Answered(reply))) => Err(DecideError::Answered(reply)),
        Ok(Err(error)) => Err(DecideError::Node(error)),
        Err(_) => Err(DecideError::NodeTime),
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

fn read(request: &Request) -> Result<Option<Operation>, OperationError> {
    match operation::route(&request.method, &request.target)? {
        Route::Read => Ok(None),
        Route::Write(route) => Operation::read(route, request).map(Some),
    }
}

/// An error and its causes in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}

/// A request that has been judged.
pub struct Decided {
    request: Request,
    operation: Option<Operation>,
    decision: Decision,
    outcomes: Vec<(Outcome, Duration)>,
}

impl Decided {
    fn read(request: Request) -> Self {
        Self {
            request,
            operation: None,
            decision: Decision::Admit { notes: Vec::new() },
            outcomes: Vec::new(),
        }
    }

    /// What was decided.
    pub fn decision(&self) -> &Decision {
        &self.decision
    }

    /// Id of the request.
    pub fn request_id(&self) -> &RequestId {
        &self.request.id
    }

    /// The operation; none for a read.
    pub fn operation(&self) -> Option<&Operation> {
        self.operation.as_ref()
    }

    /// What each policy made of it, in the order of the configuration, and how long that took.
    pub fn outcomes(&self) -> &[(Outcome, Duration)] {
        &self.outcomes
    }

    /// What the driver accepts, if that is what was decided.
    ///
    /// # Errors
    /// With the decision, when it is another.
    pub fn into_admitted(self) -> Result<Admitted, Decision> {
        match self.decision {
            Decision::Admit { .. } => Ok(Admitted::whole(self.request)),
            refused @ (Decision::Reject { .. } | Decision::Undecided { .. }) => Err(refused),
        }
    }
}

impl fmt::Debug for Decided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decided")
            .field("request", &self.request)
            .field("decision", &self.decision)
            .finish_non_exhaustive()
    }
}

/// A request that may be sent to Ironic. Only a [`Gate`] makes one, and the driver takes nothing
/// else.
pub struct Admitted(http::Request<RequestBody>);

impl Admitted {
    fn whole(request: Request) -> Self {
        let mut whole = http::Request::new(full(request.body));
        *whole.method_mut() = request.method;
        *whole.headers_mut() = request.headers;
        *whole.uri_mut() = request.target.into();
        Self(whole)
    }

    pub(crate) fn into_request(self) -> http::Request<RequestBody> {
        self.0
    }
}

impl fmt::Debug for Admitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Admitted")
            .field(self.0.method())
            .field(&self.0.uri().path())
            .finish()
    }
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
    /// The node cannot be read that a policy has to see.
    #[error("node cannot be read for the policies")]
    Node(#[source] DriverError),
    /// The node was not read within the time of the request.
    #[error("node was not read in time for the policies")]
    NodeTime,
    /// Ironic has answered the read of the node with something that is no node. That is the
    /// answer to the request.
    #[error("Ironic does not show the node")]
    Answered(Box<IronicReply>),
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

/// Writes what a validator said to the host's log.
fn log_lines(
    policy: &str,
    request_id: &RequestId,
    operation: &Operation,
    headers: &HeaderMap,
    lines: Vec<LogLine>,
) {
    if lines.is_empty() {
        return;
    }
    let secrets = KnownSecrets::of_request(operation, headers);
    for LogLine { level, message } in lines {
        let message = secrets.mask(&message);
        match level {
            LogLevel::Debug => tracing::debug!(policy, %request_id, %message, "validator"),
            LogLevel::Info => tracing::info!(policy, %request_id, %message, "validator"),
            LogLevel::Warning => tracing::warn!(policy, %request_id, %message, "validator"),
        }
    }
}

#[cfg(test)]
mod tests;
