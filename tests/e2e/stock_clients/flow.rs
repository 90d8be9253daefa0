//! Flows of stock clients as processes, and what came of each of their steps.

use std::path::Path;
use std::process::Command;

use portcullis_lab::Ironic;
use portcullis_tests::workspace_root;
use serde_json::Value;

/// A script of `tests/clients`.
pub struct Flow(&'static str);

/// The `baremetal` command.
pub const CLI: Flow = Flow("baremetal_cli.py");

/// openstacksdk.
pub const SDK: Flow = Flow("openstack_sdk.py");

/// What came of one step.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    pub name: String,
    outcome: String,
    pub output: Value,
}

impl Outcome {
    pub fn is_done(&self) -> bool {
        self.outcome == "done"
    }

    /// The output of a step that failed.
    pub fn text(&self) -> &str {
        self.output.as_str().unwrap_or_default()
    }
}

impl Flow {
    /// Runs the flow against the server at `url`, with the credentials that `ironic` wants.
    pub fn run(&self, ironic: &Ironic, url: &str, authority: &Path) -> Vec<Outcome> {
        let script = workspace_root().join("tests/clients").join(self.0);
        let home = tempfile::tempdir().expect("a temporary directory");
        let mut client = Command::new(ironic.python().interpreter());
        client
            .arg(script)
            // Neither a proxy nor somebody's own clouds.yaml is for us.
            .env_clear()
            .env("HOME", home.path())
            .env("PATH", ironic.python().path())
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("OS_ENDPOINT", url)
            .env("OS_CACERT", authority);
        match (ironic.keystone(), ironic.credentials()) {
            (Some(keystone), _) => client
                .envs(keystone.login())
                // The catalogue leads past the gateway.
                .env("OS_BAREMETAL_ENDPOINT_OVERRIDE", url),
            (None, None) => client.env("OS_AUTH_TYPE", "none"),
            (None, Some((user, password))) => client
                .env("OS_AUTH_TYPE", "http_basic")
                .env("OS_USERNAME", user)
                .env("OS_PASSWORD", password),
        };
        let done = client.output().expect("a client");
        let (said, errors) = (
            String::from_utf8_lossy(&done.stdout),
            String::from_utf8_lossy(&done.stderr),
        );
        assert!(
            done.status.success(),
            "{} broke off:\n{said}\n{errors}",
            self.0
        );
        said.lines().map(outcome).collect()
    }
}

fn outcome(line: &str) -> Outcome {
    let mut line: Value = serde_json::from_str(line).expect("an object on each line");
    let text = |value: &Value| value.as_str().expect("a string").to_owned();
    Outcome {
        name: text(&line["name"]),
        outcome: text(&line["outcome"]),
        output: line["output"].take(),
    }
}

/// Compares step by step, so that the first difference is what is told.
pub fn assert_same(direct: &[Outcome], through: &[Outcome]) {
    for (direct, through) in direct.iter().zip(through) {
        assert_eq!(direct, through, "directly, and through the gateway");
    }
    assert_eq!(direct.len(), through.len());
}

/// Sends one request with curl, where wanted through a Unix socket; returns status and body.
pub fn curl(method: &str, url: &str, body: &Value, socket: Option<&Path>) -> (u16, Value) {
    let mut curl = Command::new("curl");
    curl.args([
        "--silent",
        "--show-error",
        "--max-time",
        "60",
        "--noproxy",
        "*",
    ])
    .args(["--write-out", "\n%{http_code}", "--request", method])
    .args(["--header", "X-OpenStack-Ironic-API-Version: 1.109"]);
    if let Some(socket) = socket {
        curl.arg("--unix-socket").arg(socket);
    }
    if !body.is_null() {
        curl.args(["--json", &body.to_string()]);
    }
    let done = curl.arg(url).output().expect("curl is installed");
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    let said = String::from_utf8(done.stdout).expect("text");
    let (body, status) = said.rsplit_once('\n').expect("a status behind the body");
    (
        status.parse().expect("a status"),
        serde_json::from_str(body).unwrap_or_default(),
    )
}
