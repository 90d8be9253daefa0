//! One client connection, from the handshake to its end.
//!
//! Whatever a connection waits for, it listens to its orders ([`super::pulse`]) meanwhile, so its
//! end is bounded in every state.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use portcullis::request::RequestId;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;

use super::pulse::{Order, Pulse};
use super::reply::{self, Ending};
use super::routes::{self, Client};
use super::wire::Wire;

/// Largest head of a request; what does not fit is answered 431.
const HEAD_BYTES: usize = 64 << 10;
/// Most headers of a request; more are answered 431.
const HEADERS: usize = 256;
/// Most requests at once on one HTTP/2 connection.
const STREAMS: u32 = 128;

/// Serves one connection until it ends. Errors of a connection concern only its client, who has
/// seen them, so they are not reported.
pub async fn serve<S>(stream: S, tls: Option<Arc<ServerConfig>>, client: Client)
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let pulse = Rc::clone(&client.pulse);
    let Some(config) = tls else {
        let mut wire = Wire::new(stream, Rc::clone(&pulse));
        if let Some(Ok(http2)) = unless_told(&pulse, wire.speaks_http2()).await {
            speak(wire, http2, client).await;
        }
        return;
    };
    if let Some(Ok(stream)) = unless_told(&pulse, TlsAcceptor::from(config).accept(stream)).await {
        let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
        speak(Wire::new(stream, pulse), http2, client).await;
    }
}

/// Waits for `work`, or for the first order, which ends it: nothing has been asked yet.
async fn unless_told<F: Future>(pulse: &Pulse, work: F) -> Option<F::Output> {
    let mut work = pin!(work);
    poll_fn(|cx| match pulse.take_order(cx.waker()) {
        Some(Order::Drain | Order::HeadTooSlow | Order::Cut) => Poll::Ready(None),
        None => work.as_mut().poll(cx).map(Some),
    })
    .await
}

async fn speak<S>(wire: Wire<S>, http2: bool, client: Client)
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
{
    if http2 {
        speak_http2(wire, client).await
    } else {
        speak_http1(wire, client).await
    }
}

async fn speak_http1<S>(wire: Wire<S>, client: Client)
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let pulse = Rc::clone(&client.pulse);
    pulse.open_http1(wire.has_begun());
    let service = service_fn(|request: http::Request<Incoming>| {
        let client = client.clone();
        async move { Ok::<_, Infallible>(routes::answer(client, request).await) }
    });
    let mut connection = http1::Builder::new()
        // The pulse watches the time.
        .header_read_timeout(None)
        .max_buf_size(HEAD_BYTES)
        .max_headers(HEADERS)
        .serve_connection(TokioIo::new(wire), service);
    let head_too_slow = poll_fn(|cx| {
        match pulse.take_order(cx.waker()) {
            Some(Order::Cut) => return Poll::Ready(false),
            Some(Order::HeadTooSlow) => return Poll::Ready(true),
            Some(Order::Drain) => Pin::new(&mut connection).graceful_shutdown(),
            None => {}
        }
        Pin::new(&mut connection).poll(cx).map(|_| false)
    })
    .await;
    if head_too_slow {
        give_up_on_head(connection.into_parts().io.into_inner(), &pulse).await;
    }
}

/// Says why, for as long as the client goes on sending and is not told to be gone.
async fn give_up_on_head<S>(mut wire: Wire<S>, pulse: &Pulse)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    pulse.leave_unread();
    let reply = reply::last_words(&Ending::HeadTooSlow.reply(&RequestId::generate()));
    unless_told(pulse, async {
        wire.write_all(&reply).await?;
        wire.shutdown().await
    })
    .await;
}

async fn speak_http2<S>(wire: Wire<S>, client: Client)
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let pulse = Rc::clone(&client.pulse);
    pulse.open_http2();
    let service = service_fn(|request: http::Request<Incoming>| {
        let client = client.clone();
        async move { Ok::<_, Infallible>(routes::answer(client, request).await) }
    });
    let connection = http2::Builder::new(OnThisThread)
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(u32::try_from(HEAD_BYTES).unwrap_or(u32::MAX))
        .serve_connection(TokioIo::new(wire), service);
    let mut connection = pin!(connection);
    poll_fn(|cx| {
        match pulse.take_order(cx.waker()) {
            Some(Order::Cut | Order::HeadTooSlow) => return Poll::Ready(()),
            Some(Order::Drain) => connection.as_mut().graceful_shutdown(),
            None => {}
        }
        connection.as_mut().poll(cx).map(|_| ())
    })
    .await;
}

/// Runs the streams of an HTTP/2 connection beside it.
#[derive(Clone, Copy, Debug)]
struct OnThisThread;

impl<F: Future<Output = ()> + 'static> hyper::rt::Executor<F> for OnThisThread {
    fn execute(&self, stream: F) {
        tokio::task::spawn_local(stream);
    }
}
