//! A thousand nodes through deployment and undeployment in one process, with faults at random:
//! none is lost, no VIF leaks, and neither memory, tasks nor files grow.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use portcullis::lifecycle::input::{Deadline, InstanceId};
use portcullis::lifecycle::orders::{Deploy, Destroy, Image};
use portcullis::lifecycle::{Order, Recovered};
use portcullis_tests::fake_ironic::{Arrived, DEADLINE, FakeIronic, Script, Step};
use portcullis_tests::model::{Answer, Model, Node};
use tokio::task::JoinSet;

use super::scene::{IMAGE, Orchestra, THREADS, runtime, within};

const NODES: usize = 1000;
/// One request in so many fails.
const ONE_IN: u64 = 40;

/// Numbers that look random and are the same each time (xorshift).
struct Dice(AtomicU64);

impl Dice {
    fn roll(&self) -> u64 {
        let next = |mut x: u64| {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            x
        };
        let before = self
            .0
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |x| Some(next(x)));
        next(before.unwrap())
    }
}

/// Now and then something other than the model's answer.
fn perhaps(model: &Model, dice: &Dice, faults: &AtomicUsize, request: &Arrived) -> Script {
    let roll = dice.roll();
    if !roll.is_multiple_of(ONE_IN) {
        return model.answer(request).script();
    }
    faults.fetch_add(1, Ordering::SeqCst);
    match (roll / ONE_IN) % 6 {
        0 => Script::of([Step::Cut]),
        1 => {
            model.answer(request);
            Script::of([Step::Reset])
        }
        2 => Answer::fault(503, "no free worker").script(),
        3 => Answer::fault(500, "no").script(),
        4 if request.is_write() => {
            Answer::fault(409, "Node n is locked by host lab, please retry").script()
        }
        _ => {
            model.answer(request);
            Script::json("502 Bad Gateway", "<html>")
        }
    }
}

fn vif(number: usize) -> String {
    format!("bbbbbbbb-0000-4000-8000-{number:012}")
}

/// Deploys and undeploys a node, until each has succeeded.
async fn round(orchestra: Arc<Orchestra>, number: usize, tries: Arc<AtomicUsize>) {
    let node = Node::number(number).uuid;
    let mut deploy = Deploy::of(Image::at(IMAGE)).with_vif(vif(number).parse().unwrap());
    deploy.instance = InstanceId::generate();
    let orders = [
        Order::Deploy(Box::new(deploy)),
        Order::Destroy(Destroy::default()),
    ];
    for order in orders {
        for _ in 0..20 {
            tries.fetch_add(1, Ordering::SeqCst);
            let terms = within(Duration::from_secs(60));
            let running = orchestra
                .lifecycle
                .begin(node.parse().unwrap(), order.clone(), terms);
            if running.ended().await.is_ok() {
                break;
            }
            // What could not be taken back is in the journal.
            for _ in 0..20 {
                let deadline = Deadline::after(Duration::from_secs(60));
                let node = node.parse().unwrap();
                match orchestra.lifecycle.recover(&node, deadline).await {
                    Ok(Some(Recovered::Left(_))) | Err(_) => {}
                    Ok(Some(Recovered::Finished | Recovered::TakenBack) | None) => break,
                }
            }
        }
    }
}

/// What may grow.
#[derive(Clone, Copy, Debug)]
struct Footprint {
    resident_kb: usize,
    tasks: usize,
    /// Connections among them, but not those that the fake keeps of each connection it had.
    files: usize,
}

impl Footprint {
    fn now(ironic: &FakeIronic) -> Self {
        ironic.forget();
        let status = fs::read_to_string("/proc/self/status").unwrap();
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS:"))
            .unwrap();
        let files = fs::read_dir("/proc/self/fd").unwrap().count();
        Self {
            resident_kb: line.split_whitespace().nth(1).unwrap().parse().unwrap(),
            tasks: runtime().metrics().num_alive_tasks(),
            files: files - ironic.look(|seen| seen.bytes.len()),
        }
    }

    fn has_grown(self, before: Self) -> bool {
        const CONNECTIONS: usize = 40;
        self.resident_kb > before.resident_kb + 30_000
            || self.tasks > before.tasks + CONNECTIONS
            || self.files > before.files + CONNECTIONS
    }
}

/// Time of the processor that has been used: by the orders and their judging, and by everything.
#[derive(Clone, Copy)]
struct Used {
    orders: Duration,
    everything: Duration,
}

impl Used {
    fn now() -> Self {
        let threads = fs::read_dir("/proc/self/task").unwrap();
        // One may end meanwhile; those that count do not.
        let stats = threads.filter_map(|thread| {
            let stat = thread.unwrap().path().join("stat");
            fs::read_to_string(stat).ok()
        });
        let name = format!("({THREADS})");
        let orders = stats.filter(|stat| stat.contains(&name));
        Self {
            orders: orders.map(|stat| used(&stat)).sum(),
            everything: used(&fs::read_to_string("/proc/self/stat").unwrap()),
        }
    }
}

/// In user and kernel mode (proc_pid_stat(5), in hundredths of a second).
fn used(stat: &str) -> Duration {
    let behind_the_name = stat.rsplit(')').next().unwrap();
    let fields: Vec<i64> = behind_the_name
        .split_whitespace()
        .filter_map(|field| field.parse().ok())
        .collect();
    // The state is no number and left out, so the fourteenth field is the eleventh here.
    let hundredths = fields[10] + fields[11];
    Duration::from_millis(u64::try_from(hundredths).unwrap() * 10)
}

#[test]
fn a_thousand_nodes_come_and_go_and_nothing_is_lost() {
    let model = Model::of((0..NODES).map(Node::number));
    let before = model.snapshot();
    let ironic = FakeIronic::start();
    let (served, faults) = (model.clone(), Arc::new(AtomicUsize::new(0)));
    let (counted, dice) = (
        Arc::clone(&faults),
        Dice(AtomicU64::new(0x5eed_1234_5678_9abc)),
    );
    ironic.direct(move |request| perhaps(&served, &dice, &counted, request));
    let second = Duration::from_secs(1);
    let orchestra = Arc::new(Orchestra::new(&ironic.url(), second, 60 * second));
    let tries = Arc::new(AtomicUsize::new(0));
    let all = |from: usize, to: usize| {
        let (orchestra, tries) = (Arc::clone(&orchestra), Arc::clone(&tries));
        runtime().block_on(async move {
            let mut rounds = JoinSet::new();
            for number in from..to {
                rounds.spawn(round(Arc::clone(&orchestra), number, Arc::clone(&tries)));
            }
            while let Some(done) = rounds.join_next().await {
                done.unwrap();
            }
        });
    };
    // Whatever is filled once is filled by the first half.
    let half = NODES / 2;
    all(0, half);
    let footprint = Footprint::now(&ironic);
    let (began, used, tried) = (Instant::now(), Used::now(), tries.load(Ordering::SeqCst));
    all(half, NODES);
    let requests = ironic.lines().len();
    let (took, used_after) = (began.elapsed(), Used::now());
    let mut after = Footprint::now(&ironic);
    // Connections that nobody needs any more are closed in their own time.
    let until = Instant::now() + DEADLINE;
    while after.has_grown(footprint) && Instant::now() < until {
        std::thread::yield_now();
        after = Footprint::now(&ironic);
    }
    let orders = tries.load(Ordering::SeqCst);
    let driver = used_after.orders - used.orders;
    let server = used_after.everything - used.everything - driver;
    let of_each = |time: Duration| time / u32::try_from(orders - tried).unwrap();
    println!(
        "{NODES} nodes, {orders} orders, {} faults; the second half: {} orders, {requests} requests in {took:?}, \
         of processor for each order {:?} for the driver and its policies, {:?} for the scripted Ironic; \
         {footprint:?} -> {after:?}",
        faults.load(Ordering::SeqCst),
        orders - tried,
        of_each(driver),
        of_each(server),
    );
    assert_eq!(model.snapshot(), before);
    assert!(orchestra.lifecycle.unfinished().unwrap().is_empty());
    assert_eq!(orchestra.journals(), 0);
    assert!(!after.has_grown(footprint), "{footprint:?} -> {after:?}");
}
