//! What becomes of one request: a read is streamed to Ironic and its answer back; a write is
//! taken in whole, judged, and passed on only when it was admitted.

use std::rc::Rc;
use std::time::Instant;

use bytes::Bytes;
use http::header::HOST;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Request, Response, Version};
use http_body::Body;
use hyper::body::Incoming;
use portcullis::admission::{Admitted, DecideError, Gate};
use portcullis::driver::IronicReply;
use portcullis::operation::{Route, WriteRoute, route};
use portcullis::request::Request as Judged;

use super::body::{self, BodyFault, BodyTime};
use super::caller::caller;
use super::exchange::Exchange;
use super::links;
use super::pulse::Pulse;
use super::reply::{self, Ending};
use super::reply_body::ReplyBody;
use super::worker::Worker;
use crate::chain::Chain;

/// The client at the other end of a connection, as its requests need to know it.
#[derive(Clone)]
pub struct Client {
    /// The worker that serves it.
    pub worker: Rc<Worker>,
    /// Its connection.
    pub pulse: Rc<Pulse>,
    /// Whether it came over TLS.
    pub tls: bool,
    /// Whether identity headers of its requests are believed.
    pub identity_headers: bool,
}

/// Answers one request.
pub async fn answer(client: Client, request: Request<Incoming>) -> Response<ReplyBody> {
    let (mut head, body) = request.into_parts();
    let target = head.uri.path_and_query().cloned();
    let in_flight = client.pulse.request_begins();
    let mut exchange = Exchange::begin(
        Rc::clone(&client.worker),
        in_flight,
        head.method.clone(),
        target,
    );
    name_host(&mut head);
    let host = if client.tls {
        head.headers.get(HOST).cloned()
    } else {
        None
    };
    match pass(&client, &mut exchange, head, body).await {
        Ok(passed) => ironic_reply(passed, host, exchange),
        Err(own) => own.map(|body| ReplyBody::own(body, exchange)),
    }
}

async fn pass(
    client: &Client,
    exchange: &mut Exchange,
    mut head: Parts,
    body: Incoming,
) -> Result<IronicReply, Response<Bytes>> {
    let gate = client.worker.shared.gate.load_full();
    let end = Finish {
        client,
        gate: &gate,
        version: head.version,
    };
    // Between us and Ironic it is always this one.
    head.version = Version::HTTP_11;
    let Some(target) = head.uri.path_and_query() else {
        return Err(end.unread(exchange, head, &body, Ending::NoPath));
    };
    if !names_one_host(&head.headers, end.version) {
        return Err(end.unread(exchange, head, &body, Ending::NotOneHost));
    }
    match route(&head.method, target) {
        Err(error) => Err(end.unread(exchange, head, &body, Ending::Unreadable(&error))),
        Ok(Route::Read) => {
            exchange.is_read();
            match gate.admit_read(head, body) {
                Ok(admitted) => forward(client, exchange, admitted, end).await,
                Err(error) => Err(end.now(exchange, &Ending::Unreadable(&error))),
            }
        }
        Ok(Route::Write(write)) => {
            judge_and_pass(client, exchange, &gate, write, head, body, end).await
        }
    }
}

async fn judge_and_pass(
    client: &Client,
    exchange: &mut Exchange,
    gate: &Gate,
    write: WriteRoute,
    head: Parts,
    body: Incoming,
    end: Finish<'_>,
) -> Result<IronicReply, Response<Bytes>> {
    let shared = &client.worker.shared;
    let limit = write.body_limit();
    let time = BodyTime {
        arrive: shared.body_timeout,
        wait: shared.request_timeout,
    };
    let (body, _claim) = match body::take(body, limit, time, &shared.bodies).await {
        Ok(taken) => taken,
        Err(fault) => return Err(end.body(exchange, head, fault, limit)),
    };
    let request = as_judged(client, exchange, head, body);
    let begun = Instant::now();
    let decided = gate
        .decide(
            request,
            &client.worker.driver,
            begun + shared.request_timeout,
        )
        .await;
    let decided = match decided {
        Ok(decided) => decided,
        Err(DecideError::Operation(error)) => {
            return Err(end.now(exchange, &Ending::Unreadable(&error)));
        }
        Err(DecideError::Facts(error)) => return Err(end.now(exchange, &Ending::Upstream(&error))),
        Err(DecideError::FactsTime) => return Err(end.now(exchange, &Ending::FactsTooSlow)),
        Err(DecideError::Answered(reply)) => return Ok(*reply),
        Err(DecideError::Drive(error)) => {
            tracing::warn!(request_id = exchange.id.as_str(), error = %Chain(&error), "a config drive cannot be sent");
            return Err(end.now(exchange, &Ending::Drive(&error)));
        }
        Err(DecideError::Record(error)) => {
            tracing::error!(request_id = exchange.id.as_str(), %error, "a decision could not be recorded");
            return Err(end.now(exchange, &Ending::NotRecorded));
        }
    };
    exchange.has_been_judged(&decided, begun.elapsed());
    match decided.into_admitted() {
        Ok(admitted) => forward(client, exchange, admitted, end).await,
        Err(decision) => {
            let operation = exchange.operation().to_owned();
            let ending = Ending::Decided {
                operation: &operation,
                decision: &decision,
            };
            Err(end.now(exchange, &ending))
        }
    }
}

/// The request as the gate takes it.
fn as_judged(client: &Client, exchange: &Exchange, head: Parts, body: Bytes) -> Judged {
    let target = head.uri.path_and_query().cloned();
    Judged {
        id: exchange.id.clone(),
        target: target.unwrap_or_else(|| http::uri::PathAndQuery::from_static("/")),
        caller: caller(&head.headers, client.identity_headers),
        method: head.method,
        headers: head.headers,
        body,
    }
}

async fn forward(
    client: &Client,
    exchange: &mut Exchange,
    admitted: Admitted,
    end: Finish<'_>,
) -> Result<IronicReply, Response<Bytes>> {
    let reply = client.worker.driver.forward(admitted).await;
    reply.map_err(|error| end.now(exchange, &Ending::Upstream(&error)))
}

/// Passes Ironic's answer on: untouched, but for links that would lead away from TLS.
fn ironic_reply(
    reply: IronicReply,
    tls_host: Option<HeaderValue>,
    mut exchange: Exchange,
) -> Response<ReplyBody> {
    exchange.is_answered(&reply);
    let (mut head, body) = reply.into_response().into_parts();
    let mut rewrite_for = None;
    if let Some(host) = tls_host.as_ref().and_then(|host| host.to_str().ok()) {
        links::rewrite_location(&mut head.headers, host);
        if links::prepare(&mut head.headers) {
            rewrite_for = Some(host);
        }
    }
    Response::from_parts(head, ReplyBody::ironic(body, rewrite_for, exchange))
}

/// Makes our own replies, and leaves the connection in the state that goes with them.
#[derive(Clone, Copy)]
struct Finish<'a> {
    client: &'a Client,
    gate: &'a Gate,
    version: Version,
}

impl Finish<'_> {
    /// The request was read whole.
    fn now(self, exchange: &mut Exchange, ending: &Ending<'_>) -> Response<Bytes> {
        exchange.ends(ending);
        ending.reply(&exchange.id)
    }

    /// The request is refused for its head; its body, if it has one, was not looked at.
    fn unread(
        self,
        exchange: &mut Exchange,
        head: Parts,
        body: &Incoming,
        ending: Ending<'_>,
    ) -> Response<Bytes> {
        let ending = self.on_record(exchange, head, ending);
        let reply = self.now(exchange, &ending);
        if body.is_end_stream() {
            reply
        } else {
            self.last(reply)
        }
    }

    /// The request's body was not read to its end.
    fn body(
        self,
        exchange: &mut Exchange,
        head: Parts,
        fault: BodyFault,
        limit: portcullis::units::ByteSize,
    ) -> Response<Bytes> {
        let ending = match fault {
            BodyFault::TooLarge => Ending::TooLarge { limit },
            BodyFault::TooSlow => Ending::BodyTooSlow,
            BodyFault::Broken => Ending::BodyBroken,
            BodyFault::NoMemory => Ending::NoMemory,
        };
        let ending = self.on_record(exchange, head, ending);
        self.last(self.now(exchange, &ending))
    }

    /// What is refused before it can be judged stands on record like all that is. What cannot be
    /// recorded is refused for that.
    fn on_record<'e>(self, exchange: &Exchange, head: Parts, ending: Ending<'e>) -> Ending<'e> {
        let request = as_judged(self.client, exchange, head, Bytes::new());
        match self.gate.record_refusal(&request, ending.text()) {
            Ok(()) => ending,
            Err(error) => {
                tracing::error!(request_id = exchange.id.as_str(), error = %Chain(&error), "a refusal could not be recorded");
                Ending::NotRecorded
            }
        }
    }

    /// In HTTP/1 what follows an unread body cannot be told from it, so the connection ends. An
    /// HTTP/2 stream ends alone.
    fn last(self, mut reply: Response<Bytes>) -> Response<Bytes> {
        if self.version < Version::HTTP_2 {
            self.client.pulse.leave_unread();
            reply::close_after(&mut reply);
        }
        reply
    }
}

/// Puts the authority where Ironic looks for it: an HTTP/2 request has it in `:authority`, and in
/// a request line that is a whole URL it counts instead of the header (RFC 9112, 3.2.2).
fn name_host(head: &mut Parts) {
    let Some(authority) = head.uri.authority() else {
        return;
    };
    let host = authority.as_str().rsplit('@').next().unwrap_or_default();
    if let Ok(host) = HeaderValue::from_str(host) {
        head.headers.insert(HOST, host);
    }
}

/// Whether the request says once to which host it is addressed, as it must (RFC 9112, 3.2).
/// Ironic makes its links of it; of several, somebody else may take another.
fn names_one_host(headers: &HeaderMap, version: Version) -> bool {
    match headers.get_all(HOST).iter().count() {
        0 => version < Version::HTTP_11,
        count => count == 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_authority_of_the_target_is_the_host() {
        let check = |uri: &str, header: Option<&str>, expected: Option<&str>| {
            let mut request = Request::builder().uri(uri);
            if let Some(header) = header {
                request = request.header(HOST, header);
            }
            let (mut head, ()) = request.body(()).unwrap().into_parts();
            name_host(&mut head);
            assert_eq!(
                head.headers.get(HOST).map(|host| host.to_str().unwrap()),
                expected,
                "{uri}"
            );
        };
        check("/v1/nodes", Some("gw:1"), Some("gw:1"));
        check("/v1/nodes", None, None);
        check("https://gw:2/v1/nodes", None, Some("gw:2"));
        check("http://user@gw:2/v1/nodes", Some("other"), Some("gw:2"));
    }
}
