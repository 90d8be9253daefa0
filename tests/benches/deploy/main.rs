//! What a deployment takes longer for being judged, and for being an order at all: on the same real
//! Ironic, by turns, as an order with the bundled policies, as the same order with none, and by hand.
//!
//! `cargo bench -p portcullis-tests --bench deploy`

#![expect(
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measurement prints, and a panic is how it fails"
)]

#[path = "../gateway/report.rs"]
mod report;

use std::sync::Arc;
use std::time::{Duration, Instant};

use portcullis::admission::Gate;
use portcullis::config::{Config, IronicConfig};
use portcullis::driver::Driver;
use portcullis::lifecycle::input::{Deadline, InstanceId};
use portcullis::lifecycle::orders::{Deploy, Image, Order};
use portcullis::lifecycle::{Lifecycle, Pace, Settings, Terms};
use portcullis::sandbox::Compiler;
use portcullis_bundled::BUNDLE;
use portcullis_lab::{Ironic, Network, Options, http};
use portcullis_tests::gateway::laboratory_file;
use serde_json::{Value, json};

/// Deployments of each kind.
const ROUNDS: usize = 16;
/// Between two looks, in both kinds alike.
const PACE: Duration = Duration::from_millis(20);
/// How long each call of the fake hardware takes. In earnest it is minutes.
const HARDWARE: Duration = Duration::from_secs(1);
const IMAGE: &str = "0c7a8f4e-5b2d-4c3a-9e1f-6d7b8a9c0d1e";

fn main() {
    let options = Options {
        network: Network::Flat,
        fake_delay: HARDWARE,
        ..Options::default()
    };
    let ironic = Ironic::start(options).expect("an Ironic");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let journal = tempfile::tempdir().unwrap();
    let open = |policies| runtime.block_on(lifecycle(&ironic, journal.path(), policies));
    let (with_policies, without) = (open(true), open(false));
    let order = |lifecycle: &Lifecycle, number: usize| {
        let node = enrol(&ironic, number);
        let began = Instant::now();
        let mut deploy = Deploy::of(Image::at(IMAGE)).with_vif(vif(number).parse().unwrap());
        deploy.instance = InstanceId::generate();
        let order = Order::Deploy(Box::new(deploy));
        let terms = Terms::until(Deadline::after(Duration::from_secs(120)));
        let ident = node.parse().unwrap();
        let ended = runtime.block_on(async { lifecycle.begin(ident, order, terms).ended().await });
        ended.expect("a deployment");
        began.elapsed().as_secs_f64()
    };
    let by_hand = |number: usize| {
        let node = enrol(&ironic, number);
        let began = Instant::now();
        deploy_by_hand(&ironic, &node, &vif(number));
        began.elapsed().as_secs_f64()
    };
    let (mut judged, mut unjudged, mut hand) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        judged.push(order(&with_policies, 3 * round));
        unjudged.push(order(&without, 3 * round + 1));
        hand.push(by_hand(3 * round + 2));
    }
    let longer = |than: &[f64]| -> Vec<f64> {
        let pairs = judged.iter().zip(than);
        pairs.map(|(it, than)| 100.0 * (it / than - 1.0)).collect()
    };
    report::print("deployment by hand", "s", &hand, None);
    report::print("as an order, without policies", "s", &unjudged, None);
    report::print("as an order, all policies on", "s", &judged, None);
    report::print(
        "for the policies, longer by",
        "%",
        &longer(&unjudged),
        Some(3.0),
    );
    report::print(
        "for being an order, too, longer by",
        "%",
        &longer(&hand),
        None,
    );
}

async fn lifecycle(ironic: &Ironic, journal: &std::path::Path, policies: bool) -> Lifecycle {
    let mut config = Config::load(&laboratory_file(), &BUNDLE).unwrap();
    if !policies {
        config.policies.clear();
    }
    let gate = Gate::open(&config, &BUNDLE, Compiler::ThisProcess)
        .await
        .unwrap();
    let to_ironic = IronicConfig {
        url: ironic.url().parse().unwrap(),
        ..IronicConfig::default()
    };
    let driver = Driver::with_own_credentials(&to_ironic).unwrap();
    let settings = Settings {
        journal: Some(journal.join(if policies { "judged" } else { "unjudged" })),
        pace: Pace {
            first: PACE,
            longest: PACE,
        },
        ..Settings::default()
    };
    Lifecycle::new(Arc::new(gate), Arc::new(driver), &settings).unwrap()
}

fn vif(number: usize) -> String {
    format!("cccccccc-0000-4000-8000-{number:012}")
}

fn ask(ironic: &Ironic, method: &str, path: &str, body: &Value) -> Value {
    let text = body.to_string();
    let body = (!body.is_null()).then_some(text.as_bytes());
    let headers = [
        ("X-OpenStack-Ironic-API-Version", "1.109"),
        ("Content-Type", "application/json"),
    ];
    let reply = http::send(ironic.address(), method, path, &headers, body).unwrap();
    assert!(reply.status < 300, "{method} {path}: {}", reply.text());
    reply.json()
}

fn wait_for(ironic: &Ironic, node: &str, state: &str) {
    let began = Instant::now();
    loop {
        let shown = ask(ironic, "GET", &format!("/v1/nodes/{node}"), &Value::Null);
        if shown["provision_state"] == state {
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(120), "{shown}");
        std::thread::sleep(PACE);
    }
}

fn enrol(ironic: &Ironic, number: usize) -> String {
    let made = ask(
        ironic,
        "POST",
        "/v1/nodes",
        &json!({"driver": "fake-hardware"}),
    );
    let node = made["uuid"].as_str().unwrap().to_owned();
    let port = json!({"node_uuid": node, "address": format!("52:54:00:00:01:{number:02x}")});
    ask(ironic, "POST", "/v1/ports", &port);
    let path = format!("/v1/nodes/{node}/states/provision");
    ask(ironic, "PUT", &path, &json!({"target": "manage"}));
    wait_for(ironic, &node, "manageable");
    ask(ironic, "PUT", &path, &json!({"target": "provide"}));
    wait_for(ironic, &node, "available");
    at_rest(ironic, &node);
    // Fake hardware has no power state before it is given one.
    let path = format!("/v1/nodes/{node}/states/power");
    ask(ironic, "PUT", &path, &json!({"target": "power off"}));
    at_rest(ironic, &node);
    node
}

/// Waits until nobody holds the lock of a node.
fn at_rest(ironic: &Ironic, node: &str) {
    let path = format!("/v1/nodes/{node}");
    while !ask(ironic, "GET", &path, &Value::Null)["reservation"].is_null() {
        std::thread::sleep(PACE);
    }
}

/// The calls that an order makes, and nothing else.
fn deploy_by_hand(ironic: &Ironic, node: &str, vif: &str) {
    let below = |rest: &str| format!("/v1/nodes/{node}{rest}");
    let patch = json!([
        {"op": "add", "path": "/instance_uuid", "value": InstanceId::generate()},
        {"op": "add", "path": "/instance_info/image_source", "value": IMAGE},
    ]);
    ask(ironic, "PATCH", &below(""), &patch);
    ask(ironic, "POST", &below("/vifs"), &json!({"id": vif}));
    ask(ironic, "GET", &below("/validate"), &Value::Null);
    ask(
        ironic,
        "PUT",
        &below("/states/provision"),
        &json!({"target": "active"}),
    );
    wait_for(ironic, node, "active");
}
