//! Bodies of replies on their way to a client.
//!
//! Every reply carries its [`Exchange`] to the end, so that the account of a request is closed
//! when the client has the last byte, or has left.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use portcullis::driver::{DriverError, ReplyBody as IronicBody};

use super::exchange::Exchange;
use super::links::LinkBody;

pin_project_lite::pin_project! {
    /// The body of a reply.
    pub struct ReplyBody {
        #[pin]
        source: Source,
        exchange: Exchange,
    }
}

pin_project_lite::pin_project! {
    #[project = SourceProjection]
    enum Source {
        Own { #[pin] body: Full<Bytes> },
        Ironic { #[pin] body: IronicBody },
        Linked { #[pin] body: LinkBody<IronicBody> },
    }
}

impl ReplyBody {
    /// A reply of ours.
    pub fn own(body: Bytes, exchange: Exchange) -> Self {
        Self {
            source: Source::Own {
                body: Full::new(body),
            },
            exchange,
        }
    }

    /// A reply of Ironic's, with its links to `rewrite_for` leading back over TLS.
    pub fn ironic(body: IronicBody, rewrite_for: Option<&str>, exchange: Exchange) -> Self {
        let source = match rewrite_for {
            Some(host) => Source::Linked {
                body: LinkBody::new(body, host),
            },
            None => Source::Ironic { body },
        };
        Self { source, exchange }
    }
}

impl Source {
    fn is_end_stream(&self) -> bool {
        match self {
            Self::Own { body } => body.is_end_stream(),
            Self::Ironic { body } => body.is_end_stream(),
            Self::Linked { body } => body.is_end_stream(),
        }
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = DriverError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, DriverError>>> {
        let mut this = self.project();
        let polled = match this.source.as_mut().project() {
            SourceProjection::Own { body } => body.poll_frame(cx).map_err(|never| match never {}),
            SourceProjection::Ironic { body } => body.poll_frame(cx),
            SourceProjection::Linked { body } => body.poll_frame(cx),
        };
        let frame = ready!(polled);
        if let Some(Err(_)) = &frame {
            this.exchange.breaks_off("ironic-broke-off");
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.source.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        match &self.source {
            Source::Own { body } => body.size_hint(),
            Source::Ironic { body } => body.size_hint(),
            Source::Linked { .. } => SizeHint::default(),
        }
    }
}
