//! The one way by which orders talk to Ironic: gate, then driver.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::{Method, StatusCode};
use http_body_util::{BodyExt, Limited};
use serde_json::Value;
use tokio::sync::OnceCell;
use tokio::task::JoinHandle;

use super::call::version_headers;
use super::call_error::{ANSWER_BYTES, CallError};
use super::input::NodeUuid;
use super::pace::{Limit, Pace};
use super::seen::{JUDGING, Seen};
use super::state::NodeView;
use super::version;
use crate::admission::{DecideError, Gate};
use crate::driver::{Driver, DriverError, IronicReply};
use crate::json::Document;
use crate::operation::Microversion;
use crate::request::Request;

/// Ironic behind the gate.
pub(super) struct Ironic {
    pub(super) gate: Arc<Gate>,
    pub(super) driver: Arc<Driver>,
    pub(super) pace: Pace,
    /// The newest version that Ironic has.
    newest: OnceCell<Microversion>,
}

impl Ironic {
    pub(super) fn new(gate: Arc<Gate>, driver: Arc<Driver>, pace: Pace) -> Self {
        Self {
            gate,
            driver,
            pace,
            newest: OnceCell::new(),
        }
    }

    /// The version to speak.
    pub(super) async fn version(&self, limit: &Limit) -> Result<Microversion, CallError> {
        self.newest(limit).await.map(version::to_speak)
    }

    /// Found out once.
    async fn newest(&self, limit: &Limit) -> Result<Microversion, CallError> {
        let negotiate = async || {
            let mut backoff = self.pace.backoff();
            loop {
                match self.negotiate().await {
                    Err(error) if error.is_worth_another_look() && backoff.pause(limit).await => {}
                    outcome => return outcome,
                }
            }
        };
        self.newest.get_or_try_init(negotiate).await.copied()
    }

    async fn negotiate(&self) -> Result<Microversion, CallError> {
        const MAXIMUM: &str = "x-openstack-ironic-api-maximum-version";
        let reply = self.ask("/v1/", Microversion::DEFAULT).await?;
        let newest = reply.headers().get(MAXIMUM);
        let newest = newest.and_then(|value| value.to_str().ok()?.parse().ok());
        match newest {
            Some(newest) => Ok(newest),
            None if reply.status().is_success() => Ok(Microversion::DEFAULT),
            None => Err(CallError::of_reply(&reply)),
        }
    }

    /// Reads something; none when there is no such thing. Tries again while Ironic is away.
    pub(super) async fn read(&self, path: &str, limit: &Limit) -> Result<Option<Value>, CallError> {
        let text = self.read_text(path, limit).await?;
        text.map(parse).transpose()
    }

    async fn read_text(&self, path: &str, limit: &Limit) -> Result<Option<Bytes>, CallError> {
        let version = self.version(limit).await?;
        let mut backoff = self.pace.backoff();
        loop {
            let outcome = self.read_once(path, version, limit).await;
            match outcome {
                Err(error) if error.is_worth_another_look() => {
                    if !backoff.pause(limit).await {
                        return Err(error);
                    }
                }
                outcome => return outcome,
            }
        }
    }

    /// Reads something that is good to know, and not needed.
    pub(super) async fn read_if_it_answers(&self, path: &str, limit: &Limit) -> Option<Value> {
        let version = self.version(limit).await.ok()?;
        let text = self.read_once(path, version, limit).await.ok().flatten();
        parse(text?).ok()
    }

    async fn read_once(
        &self,
        path: &str,
        version: Microversion,
        limit: &Limit,
    ) -> Result<Option<Bytes>, CallError> {
        let reading = async {
            let reply = self.ask(path, version).await?;
            match reply.status() {
                StatusCode::NOT_FOUND => Ok(None),
                status if status.is_success() => body(reply).await.map(Some),
                _ => Err(CallError::of_reply(&reply)),
            }
        };
        match tokio::time::timeout_at(limit.deadline().instant().into(), reading).await {
            Ok(outcome) => outcome,
            Err(_) => Err(CallError::Late),
        }
    }

    async fn ask(&self, path: &str, version: Microversion) -> Result<IronicReply, CallError> {
        let mut request = http::Request::new(http_body_util::Empty::<Bytes>::new());
        *request.method_mut() = Method::GET;
        *request.headers_mut() = version_headers(version);
        *request.uri_mut() = path
            .parse()
            .map_err(|_| CallError::NotSent(DriverError::Target))?;
        let (head, body) = request.into_parts();
        let admitted = self
            .gate
            .admit_read(head, body)
            .map_err(|error| CallError::Unjudged(Box::new(error.into())))?;
        self.driver
            .forward(admitted)
            .await
            .map_err(CallError::of_driver)
    }

    /// What the runner looks at of a node; none when there is no such node.
    pub(super) async fn node(
        &self,
        node: &NodeUuid,
        limit: &Limit,
    ) -> Result<Option<NodeView>, CallError> {
        let seen = self.node_before_a_call(node, limit).await?;
        Ok(seen.map(|(view, _)| view))
    }

    /// The same, and what the gate need not ask for again when it judges the call that follows.
    pub(super) async fn node_before_a_call(
        &self,
        node: &NodeUuid,
        limit: &Limit,
    ) -> Result<Option<(NodeView, Seen)>, CallError> {
        // Whole: `updated_at` is in the document, and none of the fields that can be asked for.
        let Some(text) = self.read_text(&format!("/v1/nodes/{node}"), limit).await? else {
            return Ok(None);
        };
        let view = NodeView::read(&parse(text.clone())?).ok_or(CallError::Unreadable)?;
        // A version that is not spoken here may have more to show to policies.
        let shows_all = self.newest(limit).await? <= Microversion::NEWEST;
        let seen = match Document::read(text) {
            Ok(document) if shows_all => Seen::of(node.clone(), document),
            Ok(_) | Err(_) => Seen::default(),
        };
        Ok(Some((view, seen)))
    }

    /// Makes a write, once, if the gate admits it. One that is on its way is waited for until the
    /// deadline, also when somebody asks to stop: what became of it has to be known.
    pub(super) async fn write(
        &self,
        request: Request,
        seen: Seen,
        limit: &Limit,
    ) -> Result<(), Unwritten> {
        let mut answer = self.begin(request, seen).await?;
        match tokio::time::timeout_at(limit.deadline().instant().into(), answer.comes()).await {
            Ok(outcome) => Ok(outcome?),
            Err(_) => Err(Unwritten {
                error: CallError::Late,
                answer: Some(answer),
            }),
        }
    }

    async fn begin(&self, request: Request, seen: Seen) -> Result<Answer, CallError> {
        let deadline = Instant::now() + JUDGING;
        let reader = seen.or(&self.driver);
        let decided = self.gate.decide(request, &reader, deadline).await;
        let decided = match decided {
            Ok(decided) => decided,
            // The node could not be read just now, and nothing was sent.
            Err(DecideError::Facts(error)) => return Err(CallError::NotSent(error)),
            Err(DecideError::Answered(reply)) => return Err(CallError::of_reply(&reply)),
            Err(error) => return Err(CallError::Unjudged(Box::new(error))),
        };
        let admitted = decided.into_admitted().map_err(CallError::Refused)?;
        let driver = Arc::clone(&self.driver);
        let answer = async move {
            let reply = driver
                .forward(admitted)
                .await
                .map_err(CallError::of_driver)?;
            if !reply.status().is_success() {
                return Err(CallError::of_reply(&reply));
            }
            // The head says that it was done, and a body that breaks off says nothing else. It is
            // read for the sake of the connection, which can then be used again.
            let _ = body(reply).await;
            Ok(())
        };
        Ok(Answer(tokio::spawn(answer)))
    }
}

/// The answer to a write that was sent. It comes in its own time: nobody who stops waiting for it
/// breaks its connection, which would leave what became of the write in the dark for good.
pub(super) struct Answer(JoinHandle<Result<(), CallError>>);

impl Answer {
    /// Waits for it, as long as the driver does. It comes once.
    pub(super) async fn comes(&mut self) -> Result<(), CallError> {
        (&mut self.0).await.unwrap_or(Err(CallError::Late))
    }
}

/// A write that came to nothing, or may have.
pub(super) struct Unwritten {
    pub(super) error: CallError,
    /// Its answer, if that may still come.
    pub(super) answer: Option<Answer>,
}

impl From<CallError> for Unwritten {
    fn from(error: CallError) -> Self {
        Self {
            error,
            answer: None,
        }
    }
}

async fn body(reply: IronicReply) -> Result<Bytes, CallError> {
    let body = Limited::new(reply.into_response().into_body(), ANSWER_BYTES);
    let body = body.collect().await.map_err(|_| CallError::Unreadable)?;
    Ok(body.to_bytes())
}

fn parse(text: Bytes) -> Result<Value, CallError> {
    if text.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&text).map_err(|_| CallError::Unreadable)
}
