//! Bodies of replies on their way to a client.
//!
//! Every reply carries its [`Exchange`] to the end, so that the account of a request is closed
//! when the client has the last byte, or has left. The text of an error that Ironic gave for a
//! write is copied for the log while it passes.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use portcullis::driver::{DriverError, ReplyBody as IronicBody};
use portcullis::request::RequestId;
use portcullis::sanitise::KnownSecrets;

use super::exchange::Exchange;
use super::links::LinkBody;

/// How much of an error text is logged.
const LOGGED_BYTES: usize = 2 << 10;
/// How much of it is kept to mask secrets in. They are masked whole or not at all, so a text that
/// does not fit is not logged: its end, and what of a secret stands there, would be missing.
const KEPT_BYTES: usize = 256 << 10;

pin_project_lite::pin_project! {
    /// The body of a reply.
    pub struct ReplyBody {
        #[pin]
        source: Source,
        error_text: Option<ErrorText>,
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
            error_text: None,
            exchange,
        }
    }

    /// A reply of Ironic's, with its links to `rewrite_for` leading back over TLS.
    pub fn ironic(
        body: IronicBody,
        rewrite_for: Option<&str>,
        error_text: Option<ErrorText>,
        exchange: Exchange,
    ) -> Self {
        let source = match rewrite_for {
            Some(host) => Source::Linked {
                body: LinkBody::new(body, host),
            },
            None => Source::Ironic { body },
        };
        Self {
            source,
            error_text,
            exchange,
        }
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
        match &frame {
            Some(Ok(frame)) => {
                if let (Some(text), Some(piece)) = (this.error_text.as_mut(), frame.data_ref()) {
                    text.add(piece);
                }
                // A reply of known length is not asked for what comes after its last piece.
                if this.source.is_end_stream() {
                    log_text(this.error_text, &this.exchange.id);
                }
            }
            Some(Err(_)) => this.exchange.breaks_off("ironic-broke-off"),
            None => log_text(this.error_text, &this.exchange.id),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        // With an error text the end has to be seen, so that it is logged.
        self.error_text.is_none() && self.source.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        match &self.source {
            Source::Own { body } => body.size_hint(),
            Source::Ironic { body } => body.size_hint(),
            Source::Linked { .. } => SizeHint::default(),
        }
    }
}

/// Logs the text, once.
fn log_text(text: &mut Option<ErrorText>, id: &RequestId) {
    if let Some(text) = text.take() {
        text.log(id);
    }
}

/// The text of an error, and the secrets of the request it answers.
pub struct ErrorText {
    secrets: KnownSecrets,
    text: Vec<u8>,
    length: usize,
}

impl ErrorText {
    /// An empty text.
    pub fn new(secrets: KnownSecrets) -> Self {
        Self {
            secrets,
            text: Vec::new(),
            length: 0,
        }
    }

    fn add(&mut self, piece: &[u8]) {
        self.length += piece.len();
        if self.length <= KEPT_BYTES {
            self.text.extend_from_slice(piece);
        }
    }

    /// The text as it may be logged, if it may.
    fn masked(&self) -> Option<String> {
        if self.length > KEPT_BYTES {
            return None;
        }
        let mut masked = self
            .secrets
            .mask(&String::from_utf8_lossy(&self.text))
            .into_owned();
        masked.truncate(masked.floor_char_boundary(LOGGED_BYTES));
        Some(masked)
    }

    fn log(&self, id: &RequestId) {
        tracing::info!(
            request_id = id.as_str(),
            text = self.masked().as_deref().unwrap_or("too long to be masked"),
            bytes = self.length,
            "ironic answered a write with an error"
        );
    }
}
