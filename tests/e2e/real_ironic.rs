//! What only a real Ironic can show: that nothing refused reaches it, that its own answers are
//! passed on as they are, and what becomes of requests while it is away.

mod answers;
mod any_write;
mod away;
mod dam;
mod drives;
mod lists;
mod planted;
mod refusals;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use portcullis_lab::http::{self, Reply};
use portcullis_lab::{Ironic, Options, Recorder};
use portcullis_tests::gateway::{Gateway, Setup};
use serde_json::{Value, json};

/// Within this, Ironic has to reach the state a test waits for.
const PATIENCE: Duration = Duration::from_secs(60);

/// Between two looks at Ironic.
const POLL: Duration = Duration::from_millis(50);

/// A gateway with the bundled policies as they come, a recorder, a real Ironic.
struct Scene {
    // The gateway first: it must not outlive what it forwards to.
    gateway: Gateway,
    recorder: Recorder,
    ironic: Ironic,
}

impl Scene {
    fn set(options: Options) -> Self {
        Self::set_with(options, |setup| setup)
    }

    fn set_with(options: Options, adjust: impl FnOnce(Setup) -> Setup) -> Self {
        let ironic = Ironic::start(options).expect("an Ironic");
        let recorder = Recorder::start(ironic.address()).expect("a recorder");
        let gateway = adjust(Setup::new(&recorder.url())).start();
        Self {
            gateway,
            recorder,
            ironic,
        }
    }

    /// Asks the gateway.
    fn ask(&self, method: &str, path: &str, body: &Value) -> Reply {
        let address = self.gateway.door().address();
        send(address, method, path, &self.headers(), body)
    }

    /// Asks Ironic itself.
    fn ask_ironic(&self, method: &str, path: &str, body: &Value) -> Reply {
        send(self.ironic.address(), method, path, &self.headers(), body)
    }

    fn headers(&self) -> Vec<(&'static str, &'static str)> {
        let mut headers = vec![VERSION];
        headers.extend(
            self.ironic
                .authorization()
                .map(|value| ("Authorization", value)),
        );
        headers
    }

    /// Enrols a node by way of the gateway.
    fn enrol(&self, name: &str) -> Value {
        let reply = self.ask(
            "POST",
            "/v1/nodes",
            &json!({"name": name, "driver": "fake-hardware"}),
        );
        assert_eq!(reply.status, 201, "{}", reply.text());
        reply.json()
    }

    /// Asks for a provision state by way of the gateway.
    fn provision(&self, node: &str, body: &Value) -> Reply {
        self.ask("PUT", &format!("/v1/nodes/{node}/states/provision"), body)
    }

    /// Asks for a verb, and waits until the node has become what it leads to.
    fn bring(&self, node: &str, verb: &str, state: &str) {
        let reply = self.provision(node, &json!({"target": verb}));
        assert_eq!(reply.status, 202, "{}", reply.text());
        self.wait_until(&format!("{node} is {state}"), || {
            let shown = self.node(node);
            shown["provision_state"] == state && shown["reservation"].is_null()
        });
    }

    /// The node as Ironic shows it.
    fn node(&self, node: &str) -> Value {
        self.ask_ironic("GET", &format!("/v1/nodes/{node}"), &Value::Null)
            .json()
    }

    fn wait_until(&self, what: &str, is_so: impl Fn() -> bool) {
        let began = Instant::now();
        while !is_so() {
            assert!(began.elapsed() < PATIENCE, "waited in vain until {what}");
            std::thread::sleep(POLL);
        }
    }

    /// Method and path of every write that was sent on to Ironic, sorted: they may have gone over
    /// several connections.
    fn writes(&self) -> Vec<String> {
        let requests = self.recorder.requests().into_iter();
        let writes = requests.filter(|request| request.method != "GET");
        let mut writes: Vec<_> = writes
            .map(|request| format!("{} {}", request.method, request.path))
            .collect();
        writes.sort_unstable();
        writes
    }
}

/// What requests say they speak.
const VERSION: (&str, &str) = ("X-OpenStack-Ironic-API-Version", "1.109");

fn send(
    server: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &Value,
) -> Reply {
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let body = (!body.is_empty()).then_some(body.as_bytes());
    // Without it Ironic takes some bodies for forms.
    let headers = [headers, &[("Content-Type", "application/json")]].concat();
    http::send(server, method, path, &headers, body).expect("an answer")
}

/// The rules by which the gateway refused a request, in the order it tells them.
fn rules(reply: &Reply) -> Vec<String> {
    let answer = reply.json();
    let findings = answer
        .pointer("/portcullis/findings")
        .and_then(Value::as_array);
    let rules = findings
        .into_iter()
        .flatten()
        .filter_map(|finding| finding["rule"].as_str());
    rules.map(str::to_owned).collect()
}

/// Why the gateway answered in Ironic's place, in a word; empty when it did not.
fn reason(reply: &Reply) -> String {
    let answer = reply.json();
    let reason = answer.pointer("/portcullis/reason").and_then(Value::as_str);
    reason.unwrap_or_default().to_owned()
}
