//! What it costs to keep secrets out of a log: in the sandbox, beside the same rules as native code
//! and beside `oslo.utils`, on an ordinary log and on lines made to be slow.
//!
//! All take turns within one run. `cargo bench -p portcullis-tests --bench sanitize`; with the
//! argument `lines`, every slow line is shown; with `log FILE`, the log itself is written to a file
//! and nothing is measured.

#![expect(
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measurement prints, and a panic is how it fails"
)]

mod lines;
#[path = "../gateway/report.rs"]
mod report;

use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use portcullis::config::Config;
use portcullis::sandbox::{Compiler, Form, LogRecord};
use portcullis::sanitise::{KnownSecrets, Lines, Sanitizers};
use portcullis_bundled::BUNDLE;
use portcullis_lab::Python;
use portcullis_policy_log_sanitizer::{Counts, Sanitizer, Settings};
use portcullis_tests::guests;
use report::{median, print, print_at_least};

/// Bytes of the log.
const LOG: usize = 16 << 20;
/// Bytes of the part that `oslo.utils` goes through.
const PART: usize = 2 << 20;
const ROUNDS: usize = 7;
/// MB/s in the sandbox, and for the slowest of all lines.
const FAST: f64 = 200.0;
const SLOWEST: f64 = FAST / 10.0;
/// How much slower than native code the sandbox may be, and how much faster than `oslo.utils` it is.
const NATIVE: f64 = 3.0;
const OSLO: f64 = 20.0;
/// Microseconds for a record of 1 KiB.
const RECORD: f64 = 50.0;

/// Goes over a file line by line, as a formatter would, and prints the seconds that took.
const OSLO_SCRIPT: &str = "
import sys, time
from oslo_utils import strutils
lines = open(sys.argv[1]).readlines()
begin = time.perf_counter()
for line in lines:
    strutils.mask_password(line)
print(time.perf_counter() - begin)
";

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    if let [word, file] = arguments.as_slice()
        && word == "log"
    {
        return std::fs::write(file, lines::log(LOG)).unwrap();
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let sandbox = Arc::new(sanitizers().await);
        log(&sandbox).await;
        slow_lines(&sandbox, arguments.iter().any(|word| word == "lines")).await;
        records(&sandbox).await;
    });
}

/// The bundled sanitizer, as it is used without any configuration.
async fn sanitizers() -> Sanitizers {
    let policy = guests::path("trivial", "wasm");
    let text = format!(
        "[[policy]]\nname = 'any'\nsource = '{}'\n",
        policy.display()
    );
    let config = Config::parse(&text, "a benchmark", "/".as_ref(), &BUNDLE);
    let config = config.unwrap_or_else(|error| panic!("{error}"));
    Sanitizers::open(&config, &BUNDLE, Compiler::ThisProcess)
        .await
        .unwrap()
}

async fn log(sandbox: &Arc<Sanitizers>) {
    let log = lines::log(LOG);
    let part = &log[..=log[..PART].rfind('\n').unwrap()];
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("part.log");
    std::fs::write(&file, part).unwrap();
    let python = Python::prepare().unwrap().program("python");
    let (mut sandboxed, mut beside_native, mut beside_oslo) = (Vec::new(), Vec::new(), Vec::new());
    // Once more than is counted.
    for round in 0..=ROUNDS {
        let fast = in_sandbox(sandbox, Form::Plain, log.as_bytes()).await;
        let native = in_native_code(&log);
        let script = Command::new(&python)
            .args(["-c", OSLO_SCRIPT])
            .arg(&file)
            .output()
            .unwrap();
        let seconds: f64 = String::from_utf8_lossy(&script.stdout)
            .trim()
            .parse()
            .unwrap();
        if round > 0 {
            sandboxed.push(fast);
            beside_native.push(native / fast);
            beside_oslo.push(fast * seconds * 1e6 / part.len() as f64);
        }
    }
    print_at_least("sanitize a log, in the sandbox", "MB/s", &sandboxed, FAST);
    print(
        "sanitize a log, native code beside the sandbox",
        "ratio",
        &beside_native,
        Some(NATIVE),
    );
    print_at_least(
        "sanitize a log, beside oslo.utils",
        "ratio",
        &beside_oslo,
        OSLO,
    );
}

/// MB/s of a stream that arrives in pieces; none if any of it was withheld.
async fn in_sandbox(sandbox: &Arc<Sanitizers>, form: Form, text: &[u8]) -> f64 {
    const PIECE: usize = 256 << 10;
    let known = Arc::new(KnownSecrets::default());
    let mut lines = Lines::new(Arc::clone(sandbox), known, form);
    let mut out = Vec::with_capacity(2 * PIECE);
    let begin = Instant::now();
    for piece in text.chunks(PIECE) {
        out.clear();
        lines.push(piece, &mut out).await;
    }
    lines.finish(&mut out).await;
    if lines.withheld().is_some() {
        // Nothing of it was written: as slow as can be.
        return 0.0;
    }
    text.len() as f64 / begin.elapsed().as_secs_f64() / 1e6
}

/// MB/s of the rules alone.
fn in_native_code(text: &str) -> f64 {
    let mut sanitizer = Sanitizer::new(&Settings::default()).unwrap();
    let (mut out, mut counts) = (String::with_capacity(2 * text.len()), Counts::default());
    let begin = Instant::now();
    sanitizer.sanitize_text(text, &mut out, &mut counts);
    text.len() as f64 / begin.elapsed().as_secs_f64() / 1e6
}

async fn slow_lines(sandbox: &Arc<Sanitizers>, show_all: bool) {
    let mut slowest = (String::new(), vec![f64::MAX]);
    for (name, form, line) in lines::slow() {
        let mut speeds = Vec::new();
        for _ in 0..3 {
            speeds.push(in_sandbox(sandbox, form, line.as_bytes()).await);
        }
        if show_all {
            print_at_least(
                &format!("a line of 1 MiB: {name}"),
                "MB/s",
                &speeds,
                SLOWEST,
            );
        }
        if median(&speeds) < median(&slowest.1) {
            slowest = (name.to_owned(), speeds);
        }
    }
    let (name, speeds) = slowest;
    let name = format!("sanitize the slowest line of 1 MiB ({name})");
    print_at_least(&name, "MB/s", &speeds, SLOWEST);
}

async fn records(sandbox: &Sanitizers) {
    let log = lines::log(64 << 10);
    let records = log.as_bytes().chunks(1024).map(|text| LogRecord {
        level: "INFO".into(),
        target: "ironic.conductor.manager".into(),
        message: String::from_utf8_lossy(text).replace('\n', " "),
        fields: Vec::new(),
    });
    let records: Vec<_> = records.collect();
    let known = KnownSecrets::default();
    let mut times = Vec::new();
    for record in records.iter().cycle().take(3000) {
        let begin = Instant::now();
        let cleaned = sandbox.records(std::slice::from_ref(record), &known).await;
        times.push(begin.elapsed().as_secs_f64() * 1e6);
        assert_eq!(cleaned.clean.len(), 1);
    }
    print("sanitize one record of 1 KiB", "us", &times, Some(RECORD));
}
