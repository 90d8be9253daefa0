//! What the flows play on: a gateway with three listeners, a recorder, a real Ironic.

use std::path::Path;

use portcullis_lab::{Ironic, Options, Recorder};
use portcullis_tests::certificates::Authority;
use portcullis_tests::gateway::{Door, Gateway, Setup};
use serde_json::Value;

use super::flow::{Flow, Outcome};

/// What the laboratory's policies say about requests they admit. Anything else would be a finding
/// that nobody knows of.
const KNOWN_NOTES: [&str; 2] = ["CD-PLAIN-PASSWORD", "LEG-CHECKSUM"];

/// File of the authority that signed the gateway's certificate.
const AUTHORITY: &str = "authority.pem";

pub struct Stage {
    // The gateway first: it must not outlive what it forwards to.
    gateway: Gateway,
    recorder: Recorder,
    ironic: Ironic,
}

impl Stage {
    pub fn set(options: Options) -> Self {
        let ironic = Ironic::start(options).expect("an Ironic");
        let recorder = Recorder::start(ironic.address()).expect("a recorder");
        let setup = Setup::new(&recorder.url())
            .laboratory()
            .listen("address = \"127.0.0.1:0\"")
            .listen("address = \"127.0.0.1:0\"\ntls = { certificate_file = \"localhost.pem\", key_file = \"localhost.key\" }")
            .listen("unix = \"gateway.sock\"");
        let authority = Authority::new("authority of one test");
        authority.sign("gateway").write(setup.dir(), "localhost");
        authority.write(&setup.dir().join(AUTHORITY));
        Self {
            gateway: setup.start(),
            recorder,
            ironic,
        }
    }

    pub fn ironic_url(&self) -> String {
        self.ironic.url()
    }

    /// URL of the listener without TLS.
    pub fn plain(&self) -> String {
        let find = |door: &Door| matches!(door, Door::Http(_)).then(|| door.address());
        format!(
            "http://{}",
            self.gateway
                .doors()
                .iter()
                .find_map(find)
                .expect("a listener")
        )
    }

    /// URL of the listener with TLS, by the name in its certificate.
    pub fn tls(&self) -> String {
        let find = |door: &Door| matches!(door, Door::Https(_)).then(|| door.address());
        let address = self
            .gateway
            .doors()
            .iter()
            .find_map(find)
            .expect("a listener");
        format!("https://localhost:{}", address.port())
    }

    /// Path of the Unix socket.
    pub fn socket(&self) -> &Path {
        let mut doors = self.gateway.doors().iter();
        let path = doors.find_map(|door| match door {
            Door::Unix(path) => Some(path.as_path()),
            Door::Http(_) | Door::Https(_) => None,
        });
        path.expect("a listener")
    }

    pub fn run(&self, flow: &Flow, url: &str) -> Vec<Outcome> {
        flow.run(&self.ironic, url, &self.gateway.dir().join(AUTHORITY))
    }

    /// Everything but the front pages reached Ironic with the token it was sent with.
    pub fn assert_tokens_passed_on(&self) {
        for request in self.recorder.requests() {
            let has_token = request
                .headers
                .iter()
                .any(|(name, _)| name.eq_ignore_ascii_case("x-auth-token"));
            let is_front_page = matches!(request.path.trim_end_matches('/'), "" | "/v1");
            assert!(
                has_token || is_front_page,
                "{} {}",
                request.method,
                request.path
            );
        }
    }

    pub fn decisions(&self) -> Vec<Value> {
        self.gateway.decisions()
    }

    /// Every write since the first `from` was admitted, by every policy that concerns it, but for
    /// the provision verbs in `refused`: each was refused once, for the node's state.
    pub fn assert_recorded_since(&self, from: usize, refused: &[&str]) {
        let decisions = self.decisions().split_off(from);
        assert!(decisions.len() > 20, "only {} decisions", decisions.len());
        let (admitted, stopped): (Vec<_>, Vec<_>) = decisions
            .iter()
            .partition(|record| record["decision"] == "admit");
        // What Ironic itself does not show is its own answer, and no refusal.
        let stopped = stopped.iter().filter(|record| record["error"] != NOT_SHOWN);
        let stopped: Vec<_> = stopped.map(|record| refusal(record)).collect();
        let expected: Vec<_> = refused
            .iter()
            .map(|verb| (format!("node.provision.{verb}"), "reject", vec!["state"]))
            .collect();
        assert_eq!(stopped, expected);
        for record in admitted {
            for rule in rules(record) {
                assert!(KNOWN_NOTES.contains(&rule), "{record}");
            }
            let policies = record["policies"].as_array().expect("policies");
            assert!(
                policies.iter().all(|policy| policy["outcome"] == "allow"),
                "{record}"
            );
            let is_verb = record["operation"]
                .as_str()
                .is_some_and(|it| it.contains("provision"));
            assert!(!is_verb || !policies.is_empty(), "{record}");
        }
    }

    /// What arrived at Ironic by way of the gateway is what was recorded as admitted: each write
    /// once, and no other.
    pub fn assert_all_recorded(&self) {
        let writes = self.recorder.requests().into_iter();
        let writes = writes
            .filter(|request| request.method != "GET")
            .map(|request| (request.method, recorded_path(&request.path)));
        let text = |value: &Value| value.as_str().expect("a string").to_owned();
        let decisions = self.decisions();
        let admitted = decisions
            .iter()
            .filter(|record| record["decision"] == "admit");
        let admitted = admitted.map(|record| {
            let path = text(&record["path"]);
            // A node that was called by its name is asked for by its UUID.
            let path = match (record["node"].as_str(), record["node_uuid"].as_str()) {
                (Some(name), Some(uuid)) => path.replace(&format!("/{name}"), &format!("/{uuid}")),
                _ => path,
            };
            (text(&record["method"]), path)
        });
        assert_eq!(sorted(admitted), sorted(writes));
    }
}

const NOT_SHOWN: &str = "Ironic does not show what the request is about";

/// A path as records tell it: without the query, and with the version that clients may leave out.
fn recorded_path(path: &str) -> String {
    let path = path.split('?').next().unwrap_or_default();
    let path = path.strip_prefix("/v1").unwrap_or(path);
    format!("/v1{path}")
}

fn refusal(record: &Value) -> (String, &str, Vec<&str>) {
    let text = |name: &str| record[name].as_str().unwrap_or_default();
    (
        text("operation").to_owned(),
        text("decision"),
        rules(record),
    )
}

fn rules(record: &Value) -> Vec<&str> {
    let findings = record["findings"].as_array().expect("findings").iter();
    findings
        .filter_map(|finding| finding["rule"].as_str())
        .collect()
}

fn sorted<T: Ord>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut items: Vec<_> = items.collect();
    items.sort();
    items
}
