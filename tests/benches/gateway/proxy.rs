//! Beside nginx: latency at one connection, CPU time and throughput at 64.

use std::net::SocketAddr;
use std::time::Duration;

use portcullis_tests::gateway::Gateway;

use crate::gateways::{self, ALL, WITHOUT_NODE};
use crate::load::{self, Exchange};
use crate::nginx::Nginx;
use crate::process;
use crate::report::{median, print};

/// Rounds, in each of which everyone has a turn.
const ROUNDS: usize = 7;
/// One turn.
const TURN: Duration = Duration::from_millis(800);
/// What comes before the first round, for each.
const WARM_UP: Duration = Duration::from_millis(300);
/// Connections at once.
const MANY: usize = 64;

/// One that takes part, and what was measured of it, one value a round.
struct Entrant<'a> {
    name: &'a str,
    address: SocketAddr,
    process: u32,
    /// Every exchange at one connection.
    times_us: Vec<f64>,
    /// Median at one connection.
    latency_us: Vec<f64>,
    /// For each request, at many connections.
    cpu_us: Vec<f64>,
    /// At many connections.
    per_second: Vec<f64>,
}

/// Compares, and prints what came of it.
pub fn compare() {
    let upstream = Nginx::upstream();
    let nginx = Nginx::proxy(&upstream);
    let setup = || gateways::setup(upstream.address());
    let bundled = |names: &[&str], select: &str| {
        let add = |setup: portcullis_tests::gateway::Setup, name: &&str| {
            setup.policy(name, &format!("bundled:{name}"), select)
        };
        names.iter().fold(setup(), add).start()
    };
    let none = bundled(
        &[WITHOUT_NODE],
        "select = { operations = [\"port.create\"] }\n",
    );
    let one = bundled(&[WITHOUT_NODE], "");
    // It does not look at the node; to know whether it is to judge it, the node has to be read.
    let one_and_node = bundled(&[WITHOUT_NODE], "select = { nodes = [\"rack1-*\"] }\n");
    let three = bundled(&ALL, "");

    let mut entrants = [
        Entrant::new("nginx", nginx.address(), nginx.process()),
        Entrant::gateway("no policy", &none),
        Entrant::gateway("one policy that needs no node", &one),
        Entrant::gateway("this one, and reading the node", &one_and_node),
        Entrant::gateway("three policies", &three),
    ];
    let exchange = [gateways::admitted()];
    for entrant in &entrants {
        load::ask(entrant.address, MANY, &exchange, WARM_UP);
    }
    for _ in 0..ROUNDS {
        for entrant in &mut entrants {
            entrant.turn_alone(&exchange);
        }
        for entrant in &mut entrants {
            entrant.turn_of_many(&exchange);
        }
    }
    let [nginx, _, one, one_and_node, three] = &entrants;
    for entrant in [nginx, three] {
        let name = format!("one connection, {}", entrant.name);
        print(&name, "us", &entrant.times_us, None);
    }
    let added = difference(&three.latency_us, &nginx.latency_us);
    let name = "one connection, what three policies add to nginx";
    print(name, "us", &added, Some(100.0));
    for entrant in &entrants {
        let name = format!("64 connections, {}", entrant.name);
        print(&name, "req/s", &entrant.per_second, None);
    }
    for entrant in &entrants {
        let name = format!("CPU of a request, {}", entrant.name);
        print(&name, "us", &entrant.cpu_us, None);
    }
    let read = difference(&one_and_node.cpu_us, &one.cpu_us);
    print("CPU of reading the node", "us", &read, None);
    for entrant in entrants.iter().skip(1) {
        let pairs = entrant.cpu_us.iter().zip(&nginx.cpu_us);
        let ratios: Vec<_> = pairs.map(|(ours, theirs)| ours / theirs).collect();
        let limit = (entrant.name == three.name).then_some(3.0);
        let name = format!("CPU against nginx, {}", entrant.name);
        print(&name, "ratio", &ratios, limit);
    }
}

fn difference(larger: &[f64], smaller: &[f64]) -> Vec<f64> {
    let pairs = larger.iter().zip(smaller);
    pairs.map(|(larger, smaller)| larger - smaller).collect()
}

impl<'a> Entrant<'a> {
    fn new(name: &'a str, address: SocketAddr, process: u32) -> Self {
        Self {
            name,
            address,
            process,
            times_us: Vec::new(),
            latency_us: Vec::new(),
            cpu_us: Vec::new(),
            per_second: Vec::new(),
        }
    }

    fn gateway(name: &'a str, gateway: &Gateway) -> Self {
        Self::new(name, gateway.door().address(), gateway.process())
    }

    fn turn_alone(&mut self, exchange: &[Exchange]) {
        let seen = load::ask(self.address, 1, exchange, TURN / 2);
        self.latency_us.push(median(&seen.times));
        self.times_us.extend(seen.times);
    }

    fn turn_of_many(&mut self, exchange: &[Exchange]) {
        let before = process::cpu(self.process);
        let seen = load::ask(self.address, MANY, exchange, TURN);
        let used = process::cpu(self.process) - before;
        let total = seen.total() as f64;
        self.cpu_us.push(used.as_secs_f64() * 1e6 / total);
        self.per_second.push(total / seen.took.as_secs_f64());
    }
}
