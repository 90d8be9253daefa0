//! Twenty policies: from start to first answer, and the memory they take.

use std::time::{Duration, Instant};

use crate::gateways;
use crate::load;
use crate::nginx::Nginx;
use crate::process;
use crate::report::print;

const POLICIES: usize = 20;
const RUNS: usize = 11;
/// Load after which memory is looked at again.
const LOAD: Duration = Duration::from_secs(1);

/// Measures both, and prints what came of it.
pub fn with_twenty_policies() {
    let upstream = Nginx::upstream();
    let write = gateways::admitted();
    let mut times_ms = Vec::new();
    let mut fresh_mib = Vec::new();
    let mut loaded_mib = Vec::new();
    for run in 0..RUNS {
        let setup = gateways::with_policies(gateways::setup(upstream.address()), POLICIES);
        let begun = Instant::now();
        let gateway = setup.start();
        let mut client = gateway.client();
        client.send(&write.request);
        let reply = client.reply();
        times_ms.push(begun.elapsed().as_secs_f64() * 1e3);
        assert_eq!(reply.status, write.status, "{}", reply.text());
        let records = gateway.decisions();
        let judged = records.iter().map(|record| &record["policies"]);
        let judged: Vec<_> = judged.map(|all| all.as_array().map(Vec::len)).collect();
        assert_eq!(judged, [Some(POLICIES)], "every policy has judged it");
        fresh_mib.push(process::memory_mib(gateway.process()));
        if run < RUNS / 2 {
            let address = gateway.door().address();
            load::ask(address, 64, std::slice::from_ref(&write), LOAD);
            loaded_mib.push(process::memory_mib(gateway.process()));
        }
    }
    print(
        "20 policies, start to first answer",
        "ms",
        &times_ms,
        Some(100.0),
    );
    print(
        "20 policies, memory after start",
        "MiB",
        &fresh_mib,
        Some(40.0),
    );
    print(
        "20 policies, memory after load",
        "MiB",
        &loaded_mib,
        Some(40.0),
    );
}
