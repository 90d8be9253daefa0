//! A client of Ironic's API that believes it talks to Ironic.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use portcullis_lab::http::{self, Reply};
use serde_json::Value;

/// How long a node may take for one transition.
const PATIENCE: Duration = Duration::from_secs(60);

/// Between two looks at a node.
const POLL: Duration = Duration::from_millis(100);

/// Sends requests to one address.
pub struct Client {
    server: SocketAddr,
}

impl Client {
    pub fn new(server: SocketAddr) -> Self {
        Self { server }
    }

    /// Sends a request with a JSON body, `null` for none.
    pub fn send(&self, method: &str, path: &str, body: &Value) -> Result<Reply> {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        self.send_text(method, path, &body, "plain")
    }

    /// Sends a request with a body as it is, empty for none, and a mark in a header of its own.
    pub fn send_text(&self, method: &str, path: &str, body: &str, mark: &str) -> Result<Reply> {
        let headers = [
            ("X-OpenStack-Ironic-API-Version", "1.109"),
            ("Content-Type", "application/json"),
            ("X-Demo", mark),
        ];
        let body = (!body.is_empty()).then_some(body.as_bytes());
        http::send(self.server, method, path, &headers, body)
            .with_context(|| format!("{method} {path} got no answer"))
    }

    /// Sends a request that has to succeed, and returns its answer.
    pub fn request(&self, method: &str, path: &str, body: &Value) -> Result<Value> {
        let reply = self.send(method, path, body)?;
        if !(200..300).contains(&reply.status) {
            bail!(
                "{method} {path} was answered {}: {}",
                reply.status,
                reply.text()
            );
        }
        Ok(reply.json())
    }

    /// Asks for a provision state.
    pub fn provision(&self, node: &str, body: &Value) -> Result<()> {
        self.request("PUT", &provision_path(node), body).map(drop)
    }

    /// Waits until the node is in a provision state; says how long it took.
    pub fn wait_for(&self, node: &str, state: &str) -> Result<Duration> {
        let began = Instant::now();
        loop {
            let shown = self.request("GET", &format!("/v1/nodes/{node}"), &Value::Null)?;
            let now = shown
                .get("provision_state")
                .and_then(Value::as_str)
                .unwrap_or_default();
            if now == state {
                return Ok(began.elapsed());
            }
            if now.ends_with("failed") || now == "error" || began.elapsed() > PATIENCE {
                let reason = shown
                    .get("last_error")
                    .and_then(Value::as_str)
                    .unwrap_or("no reason given");
                bail!("node `{node}` should have become {state} and is {now}: {reason}");
            }
            std::thread::sleep(POLL);
        }
    }
}

/// Where provision states are asked for.
pub fn provision_path(node: &str) -> String {
    format!("/v1/nodes/{node}/states/provision")
}
