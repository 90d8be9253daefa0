//! What Ironic answered.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::Sleep;

use super::{DriverError, headers};

/// Ironic's reply, whatever it says: its status, its end-to-end headers, its body as it comes.
pub struct IronicReply(Response<ReplyBody>);

/// Body of a reply. Ends with an error when it pauses for too long.
pub struct ReplyBody {
    incoming: Incoming,
    limit: Duration,
    pause: Option<Pin<Box<Sleep>>>,
}

impl IronicReply {
    pub(super) fn new(reply: Response<Incoming>, limit: Duration) -> Self {
        let mut reply = reply.map(|incoming| ReplyBody {
            incoming,
            limit,
            pause: None,
        });
        headers::drop_hop_by_hop(reply.headers_mut());
        Self(reply)
    }

    /// Status of the reply.
    pub fn status(&self) -> StatusCode {
        self.0.status()
    }

    /// End-to-end headers of the reply.
    pub fn headers(&self) -> &HeaderMap {
        self.0.headers()
    }

    /// The reply as a whole.
    pub fn into_response(self) -> Response<ReplyBody> {
        self.0
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

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}
