//! What Ironic answered.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, Either, Full, Limited};
use hyper::body::Incoming;
use tokio::time::Sleep;

use super::{DriverError, headers};
use crate::sanitise::{KnownSecrets, Sanitizers};

/// Longest text of an error that is looked through for secrets.
const ERROR_BYTES: usize = 256 << 10;
/// What a client gets instead of a text that cannot be looked through, in Ironic's own form.
const WITHHELD: &str = r#"{"error_message": "{\"faultcode\": \"Server\", \"faultstring\": \"Ironic's error text is withheld: it could not be searched for the secrets of the request.\", \"debuginfo\": null}"}"#;

/// Ironic's reply, whatever it says: its status, its end-to-end headers, its body as it comes.
pub struct IronicReply {
    reply: Response<ReplyBody>,
    error_text: Option<String>,
}

/// Body of a reply. Ends with an error when it pauses for too long.
pub struct ReplyBody(Either<Coming, Full<Bytes>>);

struct Coming {
    incoming: Incoming,
    limit: Duration,
    pause: Option<Pin<Box<Sleep>>>,
}

impl IronicReply {
    pub(super) fn new(reply: Response<Incoming>, limit: Duration) -> Self {
        let mut reply = reply.map(|incoming| {
            ReplyBody(Either::Left(Coming {
                incoming,
                limit,
                pause: None,
            }))
        });
        headers::drop_hop_by_hop(reply.headers_mut());
        Self {
            reply,
            error_text: None,
        }
    }

    /// Status of the reply.
    pub fn status(&self) -> StatusCode {
        self.reply.status()
    }

    /// End-to-end headers of the reply.
    pub fn headers(&self) -> &HeaderMap {
        self.reply.headers()
    }

    /// Body of an error, without the secrets of the request.
    pub fn error_text(&self) -> Option<&str> {
        self.error_text.as_deref()
    }

    /// The reply as a whole.
    pub fn into_response(self) -> Response<ReplyBody> {
        self.reply
    }
}

/// The reply without secrets: those of its request, and what the sanitizers find. Only errors quote
/// those, so only errors are read, for at most so long; what cannot be searched is withheld.
pub(super) async fn cleaned(
    reply: IronicReply,
    time: Duration,
    sanitizers: &Sanitizers,
    secrets: impl FnOnce() -> KnownSecrets,
) -> IronicReply {
    let status = reply.status();
    if !status.is_client_error() && !status.is_server_error() {
        return reply;
    }
    let (mut head, body) = reply.reply.into_parts();
    if body.is_end_stream() {
        // To a HEAD, or empty: there is nothing to clean, and the length may be that of a GET.
        let reply = Response::from_parts(head, body);
        return IronicReply {
            reply,
            error_text: None,
        };
    }
    let is_encoded = head.headers.remove(CONTENT_ENCODING).is_some();
    let whole = tokio::time::timeout(time, Limited::new(body, ERROR_BYTES).collect()).await;
    let whole = whole.ok().and_then(Result::ok).filter(|_| !is_encoded);
    let searched = match whole {
        Some(whole) => {
            let text = whole.to_bytes();
            let cleaned = sanitizers
                .json(&String::from_utf8_lossy(&text), &secrets())
                .await;
            cleaned.withheld.is_none().then_some(cleaned.clean)
        }
        None => None,
    };
    let text = searched.unwrap_or_else(|| {
        let json = HeaderValue::from_static("application/json");
        head.headers.insert(CONTENT_TYPE, json);
        WITHHELD.to_owned()
    });
    head.headers
        .insert(CONTENT_LENGTH, HeaderValue::from(text.len()));
    let body = ReplyBody(Either::Right(Full::new(text.clone().into())));
    IronicReply {
        reply: Response::from_parts(head, body),
        error_text: Some(text),
    }
}

impl fmt::Debug for IronicReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("IronicReply").field(&self.status()).finish()
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = DriverError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, DriverError>>> {
        match &mut self.0 {
            Either::Left(coming) => coming.poll_frame(context),
            Either::Right(whole) => Pin::new(whole)
                .poll_frame(context)
                .map_err(|never| match never {}),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Either::Left(coming) => coming.incoming.is_end_stream(),
            Either::Right(whole) => whole.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Either::Left(coming) => coming.incoming.size_hint(),
            Either::Right(whole) => whole.size_hint(),
        }
    }
}

impl Coming {
    fn poll_frame(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, DriverError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.incoming).poll_frame(context) {
            self.pause = None;
            return Poll::Ready(frame.map(|frame| frame.map_err(DriverError::Body)));
        }
        let limit = self.limit;
        let pause = self
            .pause
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(limit)));
        match pause.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Some(Err(DriverError::IdleTimeout { limit }))),
            Poll::Pending => Poll::Pending,
        }
    }
}
