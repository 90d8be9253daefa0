//! A long time at full speed: no error, no write unaccounted for, nothing that grows.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use portcullis_tests::fake_ironic::DEADLINE;
use rustix::fs::{CWD, FileType, Mode, mknodat};
use rustix::process::Signal;
use serde::Deserialize;

use crate::gateways;
use crate::load::{self, Exchange, Seen};
use crate::nginx::Nginx;
use crate::process;
use crate::report::print;

const CONNECTIONS: usize = 64;
/// How much memory may come and go, whatever was asked.
const PLAY_MIB: f64 = 2.0;

/// Soaks the gateway for so long.
///
/// # Panics
/// When anything is not as it has to be.
pub fn soak(time: Duration) {
    let upstream = Nginx::upstream();
    let setup = gateways::setup(upstream.address()).decisions("decisions.fifo");
    let records = Records::read_from(&setup.dir().join("decisions.fifo"));
    let mut gateway = setup.start();
    let (address, process) = (gateway.door().address(), gateway.process());
    let files_before = process::open_files(process);

    let exchanges = mix();
    let mut memory_mib = Vec::new();
    let mut counts = vec![0; exchanges.len()];
    let mut writes_per_second = Vec::new();
    for _ in 0..10 {
        let seen = load::ask(address, CONNECTIONS, &exchanges, time / 10);
        memory_mib.push(process::memory_mib(process));
        writes_per_second.push(seen.total() as f64 / seen.took.as_secs_f64());
        add(&mut counts, &seen);
    }
    wait_until_files_are_back(process, files_before);
    gateway.signal(Signal::TERM);
    let ended = gateway.wait_for_exit(DEADLINE);
    assert!(ended.success(), "{ended}: {}", gateway.log().text());
    assert_eq!(gateway.log().text(), "", "nothing was worth a warning");

    let expected = |status: u16| -> u64 {
        let all = exchanges.iter().zip(&counts);
        all.filter(|(exchange, _)| exchange.status == status)
            .map(|(_, count)| count)
            .sum()
    };
    let found = records.count();
    let wanted = Counts {
        admitted: expected(202),
        refused: expected(403),
        unreadable: expected(400),
    };
    assert_eq!(found, wanted, "decision records, against what clients saw");

    let growth_mib = memory_mib[memory_mib.len() - 1] - memory_mib[0];
    print("soak, writes", "req/s", &writes_per_second, None);
    print(
        "soak, writes admitted",
        "count",
        &[found.admitted as f64],
        None,
    );
    print(
        "soak, writes refused",
        "count",
        &[(found.refused + found.unreadable) as f64],
        None,
    );
    print("soak, memory", "MiB", &memory_mib, Some(40.0));
    print(
        "soak, growth of memory from 10 % to the end",
        "MiB",
        &[growth_mib],
        Some(PLAY_MIB),
    );
    assert!(
        growth_mib <= PLAY_MIB,
        "memory grows, in MiB: {memory_mib:?}"
    );
}

/// Six writes in ten are admitted, three refused, and one cannot be read.
fn mix() -> Vec<Exchange> {
    let (admitted, refused) = (gateways::admitted(), gateways::refused());
    (0..10)
        .map(|at| match at {
            2 | 5 | 8 => refused.clone(),
            9 => gateways::unreadable(),
            _ => admitted.clone(),
        })
        .collect()
}

fn add(counts: &mut [u64], seen: &Seen) {
    for (sum, count) in counts.iter_mut().zip(&seen.counts) {
        *sum += count;
    }
}

/// Connections to Ironic are kept for a few seconds after the last request.
fn wait_until_files_are_back(process: u32, before: usize) {
    let until = Instant::now() + DEADLINE;
    loop {
        let now = process::open_files(process);
        if now <= before {
            return;
        }
        assert!(
            Instant::now() < until,
            "{now} files are open, at the start it was {before}"
        );
        thread::yield_now();
    }
}

/// How many writes were decided, and how.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    admitted: u64,
    refused: u64,
    unreadable: u64,
}

/// What is read of a decision record.
#[derive(Deserialize)]
struct Record<'a> {
    decision: &'a str,
    operation: &'a str,
}

/// Counts decision records as they are written: over ten minutes they would fill a disk.
struct Records(JoinHandle<Counts>);

impl Records {
    fn read_from(path: &Path) -> Self {
        mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).expect("a pipe");
        let path = path.to_owned();
        Self(thread::spawn(move || {
            let pipe = File::open(path).expect("a pipe that somebody writes to");
            let mut counts = Counts::default();
            for line in BufReader::new(pipe).lines() {
                let line = line.expect("a line of text");
                let record: Record = serde_json::from_str(&line).expect("a decision record");
                let count = match (record.decision, record.operation) {
                    ("admit", "node.provision.active") => &mut counts.admitted,
                    ("reject", "node.provision.active") => &mut counts.refused,
                    ("reject", "unreadable") => &mut counts.unreadable,
                    _ => panic!("nobody asked for this: {line}"),
                };
                *count += 1;
            }
            counts
        }))
    }

    /// All that were written, once the gateway has ended.
    fn count(self) -> Counts {
        self.0.join().expect("records that can be read")
    }
}
