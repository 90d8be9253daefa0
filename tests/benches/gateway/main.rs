//! What the gateway costs as it is deployed: beside nginx as a plain reverse proxy, when it
//! starts, in memory, and over a long time.
//!
//! nginx and every gateway stand in front of the same upstream (another nginx, which answers at
//! once) and take turns within one run, so that whatever else the machine does falls on all of
//! them. Time and CPU are compared round by round.
//!
//! Prints one JSON object a line: `name`, `unit`, `median`, `p99`, `n`, and `limit` where there
//! is one to stay within. `cargo xtask bench` shows them as a table. Arguments choose parts:
//! `proxy`, `start`; and `soak`, with a number of seconds if you like, which runs only when it is
//! asked for.

#![expect(
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark prints its figures, and may end on what is not there"
)]

use std::time::Duration;

mod gateways;
mod load;
mod nginx;
mod process;
mod proxy;
mod report;
mod soak;
mod start;

/// How long a soak takes unless told otherwise.
const SOAK: Duration = Duration::from_secs(600);

fn main() {
    let arguments: Vec<_> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let seconds = arguments.iter().find_map(|argument| argument.parse().ok());
    let named = |part: &str| arguments.iter().any(|name| name == part);
    if arguments.is_empty() || named("proxy") {
        proxy::compare();
    }
    if arguments.is_empty() || named("start") {
        start::with_twenty_policies();
    }
    if named("soak") {
        soak::soak(seconds.map_or(SOAK, Duration::from_secs));
    }
}
