//! What judging costs: a fresh sandbox, whole requests, stopping a guest, loading and keeping a
//! policy, and what a second thread adds.
//!
//! Prints one JSON object a line: `name`, `unit`, `median`, `p99`, `n`, and `limit` where there
//! is one to stay within (`at_least` for ratios). `cargo xtask bench` shows them as a table.
//! Arguments choose parts: `reading`, `sandbox`, `requests`, `policies`, `drives`, `endless`,
//! `loading`, `memory`, `threads`.

#![expect(
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark prints its figures, and may end on what is not there"
)]

use std::time::{Duration, Instant};

mod drives;
mod guests;
mod measure;
mod policies;
mod requests;
mod user_data;

use guests::Guests;
use measure::{Memory, Series, report, report_at_least};
use portcullis::admission::Gate;
use portcullis::bundle::BundledPolicy;
use portcullis::driver::Known;
use portcullis::json::Document;
use portcullis::operation::schema::Schemas;
use portcullis::operation::{
    Evidence, Facts, MAX_PATCH_OPERATIONS, Operation, Route, Rules, route,
};
use portcullis::request::{Caller, Request, RequestId};
use portcullis::sandbox::limits::Limits;
use portcullis::sandbox::{Sandbox, SandboxOptions, Validator};

fn main() {
    let guests = Guests::find();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime for this thread");
    let wanted: Vec<_> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let is_wanted = |part: &str| wanted.is_empty() || wanted.iter().any(|name| name == part);
    runtime.block_on(async {
        if is_wanted("reading") {
            reading();
            forms();
        }
        if is_wanted("sandbox") {
            fresh_sandbox(&guests).await;
        }
        if is_wanted("requests") {
            whole_requests(&guests).await;
        }
        if is_wanted("policies") {
            policies::alone_and_together(&guests).await;
        }
        if is_wanted("drives") {
            drives::run(&guests).await;
        }
        if is_wanted("endless") {
            endless_guest(&guests).await;
        }
        if is_wanted("loading") {
            loading(&guests).await;
        }
        if is_wanted("memory") {
            idle_memory(&guests).await;
        }
    });
    if is_wanted("threads") {
        second_thread(&guests);
    }
}

fn reading() {
    for (name, body) in [
        ("read an 8 KiB body", requests::body(8 << 10)),
        ("read a 1 MiB body", requests::body(1 << 20)),
    ] {
        report(
            name,
            Series::collect(2_000, || Document::read(body.clone())),
            None,
        );
    }
}

/// Reading a request and holding it against its schema; of a patch, what it leads to as well.
fn forms() {
    let rules = Rules::new(&[], MAX_PATCH_OPERATIONS).expect("the rules");
    let check = |request: &Request| {
        let mut operation = operation(request);
        rules.check(&mut operation).expect("a sound request");
        operation
    };
    let request = requests::provision(2 << 10);
    let series = Series::collect(5_000, || check(&request));
    report("read and check a 2 KiB deployment", series, Some(20.0));
    let patch = requests::patch(MAX_PATCH_OPERATIONS);
    let node = Document::read(r#"{"extra": {}, "properties": {"cpus": 8}}"#.into());
    let node = node.expect("a node");
    let series = Series::collect(200, || {
        rules.patched(&check(&patch), &node).expect("a node")
    });
    report(
        "read, apply and check a patch of 256",
        series,
        Some(5_000.0),
    );
    let series = Series::collect(50, Schemas::bundled);
    report("read all schemas", series, None);
}

fn options() -> SandboxOptions {
    SandboxOptions {
        policies: 20,
        max_waiting: 1024,
        ..SandboxOptions::default()
    }
}

fn sandbox() -> Sandbox {
    Sandbox::new(&options()).expect("a sandbox on this machine")
}

async fn validator(sandbox: &Sandbox, guests: &Guests, name: &'static str) -> Validator {
    let guest = guests.get(name);
    sandbox
        .load(guest.wasm, Some(guest.compiled), &[], Limits::default())
        .await
        .expect("a sound guest")
}

fn operation(request: &Request) -> Operation {
    match route(&request.method, &request.target) {
        Ok(Route::Write(route)) => Operation::read(route, request).expect("a sound request"),
        other => panic!("expected a write, found {other:?}"),
    }
}

async fn fresh_sandbox(guests: &Guests) {
    let sandbox = sandbox();
    let request = requests::provision(2 << 10);
    let operation = operation(&request);
    let evidence = Evidence {
        request_id: &request.id,
        operation: &operation,
        headers: &request.headers,
        caller: &request.caller,
        taken_at: Duration::ZERO,
        facts: &Facts::default(),
    };
    for (name, guest, limit) in [
        ("fresh sandbox, trivial verdict", "trivial", Some(6.0)),
        ("fresh sandbox, five fields", "five-fields", None),
    ] {
        let validator = validator(&sandbox, guests, guest).await;
        let mut series = Series::new(20_000);
        while series.wants_more() {
            let begin = Instant::now();
            let evaluated = validator
                .evaluate("{}", &evidence, begin + Duration::from_secs(1))
                .await;
            series.add(begin.elapsed());
            evaluated.result.expect("a verdict");
        }
        report(name, series, limit);
    }
}

async fn decide(gate: &Gate, request: Request) -> Duration {
    decide_knowing(&Known::default(), gate, request).await
}

async fn decide_knowing(known: &Known, gate: &Gate, request: Request) -> Duration {
    let begin = Instant::now();
    let decided = gate
        .decide(request, known, begin + Duration::from_secs(5))
        .await
        .expect("a decision");
    let took = begin.elapsed();
    if let Err(refused) = decided.into_admitted() {
        panic!(
            "expected an admitted request, found {:?}",
            refused.findings()
        );
    }
    took
}

async fn whole_requests(guests: &Guests) {
    const KIB: usize = 1 << 10;
    let one = guests.gate("five-fields", 1).await;
    let shared = guests.gate("five-fields", 20).await;
    let varied = guests.varied_gate("five-fields", 20).await;
    let rows = [
        ("8 KiB request, one policy", &one, 8 * KIB, 20_000, 15.0),
        (
            "8 KiB request, twenty policies of one validator",
            &shared,
            8 * KIB,
            3_000,
            200.0,
        ),
        (
            "8 KiB request, twenty policies of twenty validators",
            &varied,
            8 * KIB,
            3_000,
            200.0,
        ),
        (
            "1 MiB request, one policy",
            &one,
            1023 * KIB,
            2_000,
            1_000.0,
        ),
        (
            "1 MiB request, twenty policies of twenty validators",
            &varied,
            1023 * KIB,
            1_000,
            1_000.0,
        ),
    ];
    for (name, gate, bytes, runs, limit) in rows {
        let request = requests::provision(bytes);
        let mut series = Series::new(runs);
        while series.wants_more() {
            series.add(
                decide(
                    gate,
                    Request {
                        id: RequestId::generate(),
                        ..request.clone()
                    },
                )
                .await,
            );
        }
        report(name, series, Some(limit));
    }
}

/// How long after its deadline a guest that never ends is stopped.
async fn endless_guest(guests: &Guests) {
    let sandbox = sandbox();
    let guest = guests.get("hostile");
    let limits = Limits {
        time: Duration::from_millis(10),
        ..Limits::default()
    };
    let granted = [portcullis::sandbox::Capability::Log];
    let validator = sandbox
        .load(guest.wasm, Some(guest.compiled), &granted, limits)
        .await
        .expect("a guest that loads");
    let request = requests::provision(2 << 10);
    let operation = operation(&request);
    let evidence = Evidence {
        request_id: &request.id,
        operation: &operation,
        headers: &request.headers,
        caller: &request.caller,
        taken_at: Duration::ZERO,
        facts: &Facts::default(),
    };
    let mut series = Series::new(200);
    while series.wants_more() {
        let begin = Instant::now();
        let evaluated = validator
            .evaluate(
                r#"{"validate":"spin"}"#,
                &evidence,
                begin + Duration::from_secs(1),
            )
            .await;
        series.add(begin.elapsed().saturating_sub(limits.time));
        assert_eq!(
            evaluated
                .result
                .expect_err("a guest that was stopped")
                .reason(),
            "time"
        );
    }
    report(
        "endless guest, from its deadline to its end",
        series,
        Some(5_000.0),
    );
}

async fn load(sandbox: &Sandbox, guest: &BundledPolicy) -> Validator {
    load_from(sandbox, guest, Some(guest.compiled)).await
}

async fn load_from(
    sandbox: &Sandbox,
    guest: &BundledPolicy,
    compiled: Option<&'static [u8]>,
) -> Validator {
    sandbox
        .load(guest.wasm, compiled, &[], Limits::default())
        .await
        .expect("a sound guest")
}

async fn loading(guests: &Guests) {
    let sandbox = sandbox();
    let mut series = Series::new(45);
    for guest in guests.variants("five-fields", 50) {
        let begin = Instant::now();
        let loaded = load(&sandbox, &guest).await;
        series.add(begin.elapsed());
        drop(loaded);
    }
    report("load a compiled policy", series, Some(1_000.0));
}

/// Memory that each further policy keeps when nothing is asked of it: with a validator of its own,
/// loaded from the directory of compiled validators as an operator's are, and with a validator
/// that another policy has loaded, as most of the bundled ones are used.
async fn idle_memory(guests: &Guests) {
    let cache = tempfile::tempdir().expect("a directory");
    let options = SandboxOptions {
        cache_dir: Some(cache.path().to_owned()),
        ..options()
    };
    let compiling = Sandbox::new(&options).expect("a sandbox on this machine");
    let variants = guests.variants("five-fields", 60);
    for guest in &variants {
        load_from(&compiling, guest, None).await;
    }
    drop(compiling);
    let sandbox = Sandbox::new(&options).expect("a sandbox on this machine");
    let (warm_up, counted) = variants.split_at(10);
    let mut kept = Vec::new();
    for guest in warm_up {
        kept.push(load_from(&sandbox, guest, None).await);
    }
    let mut measure = async |kind: &str, guests: &[&BundledPolicy]| {
        let (before, count) = (Memory::now(), guests.len());
        for guest in guests {
            kept.push(load_from(&sandbox, guest, None).await);
        }
        let now = Memory::now();
        let report = |what: &str, more: f64, limit| {
            let name = format!("{what}, {kind}");
            measure::report_value(&name, "KiB", more / count as f64, count, limit);
        };
        let own = now.own_kib - before.own_kib;
        report("memory of an idle policy", own, Some(("limit", 100.0)));
        let of_files = now.of_files_kib - before.of_files_kib;
        report("pages of its compiled code", of_files, None);
    };
    let own: Vec<_> = counted.iter().collect();
    measure("own validator", &own).await;
    let shared = [&variants[0]; 50];
    measure("validator of another policy", &shared).await;
}

/// Decisions a second by two threads against one, in turns.
fn second_thread(guests: &Guests) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime for this thread");
    let gate = runtime.block_on(guests.gate("five-fields", 3));
    let request = requests::provision(2 << 10);
    let mut ratios = Vec::new();
    for _ in 0..7 {
        let one = throughput(&gate, &request, 1);
        let two = throughput(&gate, &request, 2);
        ratios.push(two / one);
    }
    report_at_least("decisions of two threads, against one", ratios, 1.8);
}

fn throughput(gate: &Gate, request: &Request, threads: usize) -> f64 {
    const TIME: Duration = Duration::from_millis(400);
    std::thread::scope(|scope| {
        let run = || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime for this thread");
            runtime.block_on(async {
                let (begin, mut count) = (Instant::now(), 0_u32);
                while begin.elapsed() < TIME {
                    let request = Request {
                        id: RequestId::generate(),
                        caller: Caller::default(),
                        ..request.clone()
                    };
                    decide(gate, request).await;
                    count += 1;
                }
                f64::from(count) / begin.elapsed().as_secs_f64()
            })
        };
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
        running
            .into_iter()
            .map(|thread| thread.join().expect("a thread that ends"))
            .sum::<f64>()
    })
}
