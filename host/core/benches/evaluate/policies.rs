//! What the bundled policies cost, on requests that they admit.

use portcullis::admission::Gate;
use portcullis::driver::Known;
use portcullis::request::{Request, RequestId};

use crate::guests::Guests;
use crate::measure::{Series, report};
use crate::{decide_knowing, requests, user_data};

/// Each bundled policy alone, on something of 8 KiB that it judges, and all of them together.
pub async fn alone_and_together(guests: &Guests) {
    const BYTES: usize = 8 << 10;
    let deployment = requests::provision(BYTES);
    let mut rows = Vec::new();
    for policy in Guests::OF_DEPLOYMENTS {
        rows.push(("deployment", policy, &deployment));
    }
    let (node, port) = (requests::node(BYTES), requests::port(BYTES));
    for (policy, request) in Guests::OF_CREATIONS.into_iter().zip([&node, &port]) {
        rows.push(("creation", policy, request));
    }
    for (what, policy, request) in rows {
        let gate = guests.gate(policy, 1).await;
        let name = format!("8 KiB {what}, policy {policy}");
        report(&name, decisions(&gate, request, 5_000).await, None);
    }
    let gate = guests.gate("config-drive", 1).await;
    let dense = Request {
        body: requests::body_with(user_data::dense, BYTES),
        ..requests::provision(0)
    };
    report(
        "8 KiB deployment of short values, policy config-drive",
        decisions(&gate, &dense, 1_000).await,
        None,
    );
    let gate = guests.whole_gate().await;
    let series = decisions(&gate, &deployment, 2_000).await;
    report(
        "8 KiB deployment, all bundled policies",
        series,
        Some(200.0),
    );
}

async fn decisions(gate: &Gate, request: &Request, runs: usize) -> Series {
    let known = Known {
        node: Some(requests::known_node()),
        ..Known::default()
    };
    let mut series = Series::new(runs);
    while series.wants_more() {
        let request = Request {
            id: RequestId::generate(),
            ..request.clone()
        };
        series.add(decide_knowing(&known, gate, request).await);
    }
    series
}
