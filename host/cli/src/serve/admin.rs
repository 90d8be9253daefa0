//! The admin listener: `/healthz`, `/readyz` and `/metrics`.
//!
//! It is not part of Ironic's API, so here a 503 means what it says. It runs beside the workers
//! and answers also when all of them are busy.

use std::convert::Infallible;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::time::sleep;

use super::health::{self, Readiness};
use super::metrics::Levels;
use super::worker::{Shared, Workers};

/// How long a client may take over the head of a request.
const HEAD: Duration = Duration::from_secs(10);

/// What the admin listener shows.
pub struct Admin {
    /// What is counted.
    pub shared: Arc<Shared>,
    /// Who has to live.
    pub workers: Rc<Workers>,
    /// Whether Ironic is there.
    pub readiness: Readiness,
}

/// Serves until it is dropped.
pub async fn serve(listener: TcpListener, admin: Rc<Admin>) {
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "accepting a connection of the admin listener");
                sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let admin = Rc::clone(&admin);
        let service = service_fn(move |request| {
            let admin = Rc::clone(&admin);
            async move { Ok::<_, Infallible>(admin.answer(&request).await) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD)
            .serve_connection(TokioIo::new(stream), service);
        tokio::task::spawn_local(connection);
    }
}

impl Admin {
    async fn answer<B>(&self, request: &Request<B>) -> Response<Full<Bytes>> {
        if request.method() != Method::GET && request.method() != Method::HEAD {
            let mut reply = text(
                StatusCode::METHOD_NOT_ALLOWED,
                "text/plain",
                "expected GET\n".into(),
            );
            reply
                .headers_mut()
                .insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return reply;
        }
        match request.uri().path() {
            "/healthz" => status("alive", &health::reasons(&self.workers)),
            "/readyz" => status("ready", &self.readiness.reasons().await),
            "/metrics" => {
                let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
                text(
                    StatusCode::OK,
                    kind,
                    self.shared.metrics.text(self.levels()),
                )
            }
            _ => {
                let known = "expected /healthz, /readyz or /metrics\n";
                text(StatusCode::NOT_FOUND, "text/plain", known.into())
            }
        }
    }

    fn levels(&self) -> Levels {
        Levels {
            connections: self.workers.connections(),
            body_memory: self.shared.bodies.used_bytes(),
            bodies_waiting: self.shared.bodies.waiting(),
        }
    }
}

fn status(good: &str, reasons: &[String]) -> Response<Full<Bytes>> {
    let (status, body) = match reasons {
        [] => (StatusCode::OK, serde_json::json!({"status": good})),
        reasons => {
            let body = serde_json::json!({"status": format!("not {good}"), "reasons": reasons});
            (StatusCode::SERVICE_UNAVAILABLE, body)
        }
    };
    text(status, "application/json", format!("{body}\n"))
}

fn text(status: StatusCode, kind: &'static str, body: String) -> Response<Full<Bytes>> {
    let mut reply = Response::new(Full::new(Bytes::from(body)));
    *reply.status_mut() = status;
    reply
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    reply
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    async fn check(reasons: &[String], expected: u16, body: &str) {
        let reply = status("ready", reasons);
        assert_eq!(reply.status().as_u16(), expected);
        assert_eq!(reply.into_body().collect().await.unwrap().to_bytes(), body);
    }

    #[tokio::test]
    async fn what_is_wrong_is_said() {
        check(&[], 200, "{\"status\":\"ready\"}\n").await;
        let reasons = ["no ironic".to_owned()];
        check(
            &reasons,
            503,
            "{\"reasons\":[\"no ironic\"],\"status\":\"not ready\"}\n",
        )
        .await;
    }
}
