//! The same on a real Ironic, with VIFs that a Neutron binds: orders reach their goals, and end as
//! they should whichever of their writes fails.

mod node;
mod rows;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use portcullis::lifecycle::{Order, Pace};
use portcullis_lab::{Ironic, Network, Options};
use serde_json::json;

use super::faults::{Case, Tally, Tempo, World, play};
use super::scene::{Orchestra, runtime, within};
use super::trouble::FAULTS;
use node::{Ids, OfNode, PATIENCE, ask};
use rows::{Row, rows};

/// Slower than the model: a locked node alone takes Ironic three seconds, and a busy machine several
/// for any answer. What has an end is waited for; only what has none is cut short.
const TEMPO: Tempo = Tempo {
    reply: Duration::from_secs(12),
    order: Duration::from_secs(60),
    hopeless: Duration::from_secs(15),
    away: Duration::from_secs(1),
    undo: Duration::from_secs(60),
    settle: Duration::from_secs(8),
    // Each look takes Ironic some milliseconds of its only thread.
    pace: Pace {
        first: Duration::from_millis(100),
        longest: Duration::from_millis(500),
    },
};

fn ironic() -> Arc<Ironic> {
    let options = Options {
        network: Network::Flat,
        ..Options::default()
    };
    Arc::new(Ironic::start(options).expect("an Ironic"))
}

#[test]
fn whatever_fails_on_a_real_ironic_the_end_is_finished_or_as_before() {
    let ironic = ironic();
    let tally = Tally::default();
    let all = rows(&Ids::of(0));
    let writes = all.iter().enumerate();
    let writes: Vec<_> = writes
        .flat_map(|(row, Row { writes, .. })| (0..*writes).map(move |write| (row, write)))
        .collect();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..24 {
            scope.spawn(|| {
                while let Some((row, write)) = writes.get(next.fetch_add(1, Ordering::SeqCst)) {
                    play_row(&ironic, *row, *write, &tally);
                }
            });
        }
    });
    println!("{}", tally.end());
}

/// Plays every fault at one write of an order, on the same node as long as that can be brought back
/// to where the order expects it.
fn play_row(ironic: &Arc<Ironic>, at: usize, write: usize, tally: &Tally) {
    let mut stage = None;
    for fault in FAULTS {
        let (row, node, before) = stage.take().unwrap_or_else(|| {
            let ids = Ids::next();
            let row = rows(&ids).swap_remove(at);
            let node = Arc::new(OfNode::new(ironic, &ids, row.state, &row.given));
            let before = node.snapshot();
            (row, node, before)
        });
        let mut good = before.clone();
        for (key, value) in row.changes.as_object().unwrap() {
            good[key] = value.clone();
        }
        let case = Case {
            order: row.order.clone(),
            node: format!("`{}` {:?}", row.state, row.given),
            uuid: node.uuid.clone(),
            write,
            fault,
        };
        let world: Arc<dyn World> = Arc::clone(&node) as _;
        tally.add(&case, play(&case, &good, &world, TEMPO));
        if node.snapshot() == good {
            row.back.iter().for_each(|setting| node.set(*setting));
        }
        stage = (node.snapshot() == before).then_some((row, node, before));
    }
}

/// Another order holds the node's lock, as a power change of the real Ironic does, while a VIF is
/// attached: Ironic answers 409, and the VIF is attached all the same once the lock is free.
#[test]
fn a_real_lock_is_waited_for() {
    let options = Options {
        network: Network::Flat,
        fake_delay: Duration::from_secs(4),
        ..Options::default()
    };
    let ironic = Arc::new(Ironic::start(options).expect("an Ironic"));
    let ids = Ids::next();
    let node = OfNode::new(&ironic, &ids, "manageable", &[]);
    let path = format!("/v1/nodes/{}/states/power", node.uuid);
    assert_eq!(
        ask(&ironic, "PUT", &path, &json!({"target": "power on"})).status,
        202
    );
    let orchestra = Orchestra::new(
        &ironic.url(),
        Duration::from_secs(20),
        Duration::from_secs(20),
    );
    let order = Order::AttachVif {
        vif: ids.vif.parse().unwrap(),
        to: None,
    };
    let ident = node.uuid.parse().unwrap();
    let ended = runtime().block_on(async {
        orchestra
            .lifecycle
            .begin(ident, order, within(PATIENCE))
            .ended()
            .await
    });
    ended.unwrap();
    assert_eq!(node.snapshot()["vifs"], json!([{"id": ids.vif}]));
}
