//! Every order, every write of it, every way in which a write can fail: the end is what it should
//! be, or what it was, or what is reported.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use portcullis::lifecycle::error::LeftoverKind;
use portcullis::lifecycle::input::Deadline;
use portcullis::lifecycle::{After, Order, Pace, Recovered, Settings};
use portcullis_tests::fake_ironic::{Arrived, FakeIronic, Script, Step};
use portcullis_tests::model::{Fate, Model, Node};
use serde_json::Value;

use super::scene::{Orchestra, orders, runtime, within};
use super::trouble::{FAULTS, Fault, Troublemaker};

/// What an order meets behind the faults.
pub trait World: Send + Sync {
    /// Does what a request asks for, and answers.
    fn answer(&self, request: &Arrived) -> Script;
    /// Does what a request asks for when nobody waits for the answer any more.
    fn answer_late(&self, request: &Arrived);
    /// Everything that has a meaning, once it is at rest.
    fn snapshot(&self) -> Value;
}

impl World for Model {
    fn answer(&self, request: &Arrived) -> Script {
        Self::answer(self, request).script()
    }

    fn answer_late(&self, request: &Arrived) {
        self.carry_out_later(request, 1);
    }

    fn snapshot(&self) -> Value {
        Self::snapshot(self)
    }
}

/// One cell of the matrix.
#[derive(Clone)]
pub struct Case {
    pub order: Order,
    /// What the node is like, in words.
    pub node: String,
    pub uuid: String,
    /// Which write, from 0.
    pub write: usize,
    pub fault: Fault,
}

/// How long things take.
#[derive(Clone, Copy)]
pub struct Tempo {
    /// Until a request without an answer is given up.
    pub reply: Duration,
    /// Until an order is.
    pub order: Duration,
    /// Until one is that cannot come to its end, or must not before an answer comes.
    pub hopeless: Duration,
    /// Until one is that meets nobody any more, and how long taking that back may take.
    pub away: Duration,
    /// Taking back.
    pub undo: Duration,
    /// Looking for what became of a write without an answer.
    pub settle: Duration,
    /// How often Ironic is looked at.
    pub pace: Pace,
}

const MODEL_TEMPO: Tempo = Tempo {
    reply: Duration::from_millis(80),
    order: Duration::from_millis(500),
    hopeless: Duration::from_millis(500),
    away: Duration::from_millis(200),
    undo: Duration::from_secs(3),
    settle: Duration::from_millis(60),
    pace: Pace {
        first: Duration::from_millis(2),
        longest: Duration::from_millis(20),
    },
};

impl Tempo {
    /// The deadline of an order that meets this fault.
    fn deadline(&self, fault: Fault) -> Duration {
        match fault {
            Fault::Away => self.away,
            Fault::StaysLocked | Fault::StaysUnavailable | Fault::Slow => self.hopeless,
            _ => self.order,
        }
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            order,
            node,
            write,
            fault,
            ..
        } = self;
        write!(
            f,
            "{} of a node {node}, write {write}, {fault:?}",
            order.name()
        )
    }
}

/// How an order ends when nothing fails, and how many writes that takes.
pub struct Ending {
    pub writes: usize,
    pub snapshot: Value,
}

fn undisturbed(order: &Order, node: &Node) -> Ending {
    let model = Model::of([node.clone()]);
    let ironic = FakeIronic::start();
    let served = model.clone();
    ironic.direct(move |request| served.answer(request).script());
    let seconds = Duration::from_secs(10);
    let orchestra = Orchestra::new(&ironic.url(), seconds, seconds);
    let ident = node.uuid.parse().unwrap();
    let ended = runtime().block_on(async {
        let running = orchestra
            .lifecycle
            .begin(ident, order.clone(), within(seconds));
        running.ended().await
    });
    if node.fate == Fate::Good {
        ended.unwrap_or_else(|error| panic!("{} undisturbed: {error:?}", order.name()));
    } else {
        ended.expect_err("an order that fails");
    }
    Ending {
        writes: ironic.look(|seen| seen.writes().len()),
        snapshot: model.snapshot(),
    }
}

/// Carries an order out with a fault in it, and holds the end against the world. What is wrong, if
/// anything is.
pub fn play(
    case: &Case,
    good: &Value,
    world: &Arc<dyn World>,
    tempo: Tempo,
) -> Result<&'static str, String> {
    let before = world.snapshot();
    let ironic = FakeIronic::start();
    let goes_away = matches!(case.fault, Fault::Away | Fault::Restart);
    let (leave, leaving) = mpsc::channel();
    let trouble = Troublemaker::new(Arc::clone(world), case.write, case.fault);
    let trouble = Arc::new(trouble);
    let served = Arc::clone(&trouble);
    let left = AtomicBool::new(false);
    ironic.direct(move |request| {
        // The look before the write.
        let is_time = goes_away
            && served.is_near()
            && request.target.contains("fields=")
            && !left.swap(true, Ordering::SeqCst);
        if is_time {
            let _ = leave.send(());
            return Script::of([Step::Silence]);
        }
        served.direct(request)
    });
    let is_away = case.fault == Fault::Away;
    let undo = if is_away { tempo.away } else { tempo.undo };
    let settings = Settings {
        undo_time: undo,
        settle_time: tempo.settle,
        pace: tempo.pace,
        ..Settings::default()
    };
    let reply = match case.fault {
        Fault::Slow => tempo.order + tempo.undo,
        _ => tempo.reply,
    };
    let orchestra = Orchestra::with(&ironic.url(), reply, settings);
    let ident = case.uuid.parse().unwrap();
    let order = case.order.clone();
    let began = Instant::now();
    let terms = within(tempo.deadline(case.fault));
    let running = runtime().block_on(async { orchestra.lifecycle.begin(ident, order, terms) });
    if goes_away && leaving.recv_timeout(tempo.order).is_ok() {
        ironic.kill();
        if !is_away {
            ironic.revive();
        }
    }
    let ended = runtime().block_on(running.ended());
    trouble.end();
    let bound = tempo.order + tempo.undo + tempo.reply + Duration::from_secs(5);
    if began.elapsed() > bound {
        return Err(format!("took {:?}", began.elapsed()));
    }
    if is_away {
        ironic.revive();
    }
    if !goes_away && !trouble.has_struck() {
        return Err(format!("there is no such write: {ended:?}"));
    }
    let now = world.snapshot();
    let wrong = |what: &str| Err(format!("{what}: {ended:?}\nbefore {before}\nnow {}", now));
    let (is_finished, is_untouched) = (now == *good, now == before);
    match &ended {
        Ok(_) if is_finished => Ok("finished"),
        Ok(_) => wrong("it is said to be finished, and is not"),
        Err(failed) => match &failed.after {
            After::Untouched if is_untouched => Ok("untouched"),
            After::Untouched => wrong("it is said to be untouched, and is not"),
            After::TakenBack if is_untouched => Ok("taken back"),
            After::TakenBack => wrong("it is said to be taken back, and is not"),
            After::Left(left) if left.is_empty() => wrong("nothing is left"),
            After::Left(left) => {
                let back = left.iter().any(|left| left.kind == LeftoverKind::TakeBack);
                if !back {
                    return if is_finished || is_untouched {
                        Ok("reported")
                    } else {
                        Ok("reported, in between")
                    };
                }
                // What is reported is in the journal, and can be finished when Ironic is back.
                let uuid = case.uuid.parse().unwrap();
                let deadline = Deadline::after(tempo.undo);
                let recovered = runtime().block_on(orchestra.lifecycle.recover(&uuid, deadline));
                match recovered {
                    Ok(Some(Recovered::TakenBack)) if world.snapshot() == before => {
                        Ok("reported, and recovered")
                    }
                    Ok(Some(Recovered::Finished)) if world.snapshot() == *good => {
                        Ok("reported, and recovered")
                    }
                    other => wrong(&format!("it cannot be recovered, but {other:?}")),
                }
            }
        },
    }
}

/// How cells have ended.
pub struct Tally {
    began: Instant,
    wrong: Mutex<Vec<String>>,
    ends: Mutex<BTreeMap<&'static str, usize>>,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            wrong: Mutex::default(),
            ends: Mutex::default(),
        }
    }
}

impl Tally {
    pub fn add(&self, case: &Case, end: Result<&'static str, String>) {
        match end {
            Ok(end) => *self.ends.lock().unwrap().entry(end).or_default() += 1,
            Err(error) => self.wrong.lock().unwrap().push(format!("{case}: {error}")),
        }
    }

    /// Fails with all that is wrong; how many cells there were, and how they ended.
    pub fn end(self) -> String {
        let (wrong, ends) = (
            self.wrong.into_inner().unwrap(),
            self.ends.into_inner().unwrap(),
        );
        let cells = wrong.len() + ends.values().sum::<usize>();
        assert!(
            wrong.is_empty(),
            "{} of {cells} cells:\n{}",
            wrong.len(),
            wrong.join("\n\n")
        );
        format!("{cells} cells in {:?}: {ends:?}", self.began.elapsed())
    }
}

/// A cell, what its end is held against, and where it is played.
struct Cell {
    case: Case,
    good: Value,
    world: Arc<dyn World>,
}

/// Plays all cells.
fn play_all(cells: &[Cell], tempo: Tempo, side_by_side: usize) -> Tally {
    let tally = Tally::default();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..side_by_side {
            scope.spawn(|| {
                while let Some(cell) = cells.get(next.fetch_add(1, Ordering::SeqCst)) {
                    tally.add(&cell.case, play(&cell.case, &cell.good, &cell.world, tempo));
                }
            });
        }
    });
    tally
}

/// Nobody knows yet what will become of it: the call that would take it back is reported, and made
/// once it turns out to be needed.
#[test]
fn a_write_that_may_yet_take_effect_is_reported_and_recovered() {
    let node = Node::number(1);
    let model = Model::of([node.clone()]);
    let before = model.snapshot();
    let ironic = FakeIronic::start();
    let held: Arc<Mutex<Option<Arrived>>> = Arc::default();
    let (served, holding) = (model.clone(), Arc::clone(&held));
    ironic.direct(move |request| {
        let mut held = holding.lock().unwrap();
        if request.is_write() && held.is_none() {
            *held = Some(request.clone());
            return Script::of([Step::Silence]);
        }
        served.answer(request).script()
    });
    let (reply, undo) = (Duration::from_secs(60), Duration::from_millis(200));
    let orchestra = Orchestra::new(&ironic.url(), reply, undo);
    let order = Order::Reserve {
        instance: super::scene::INSTANCE.parse().unwrap(),
    };
    let uuid = node.uuid.parse().unwrap();
    let ident = node.uuid.parse().unwrap();
    let ended = runtime().block_on(async {
        let terms = within(Duration::from_millis(500));
        orchestra.lifecycle.begin(ident, order, terms).ended().await
    });
    let failed = ended.expect_err("an order without an answer");
    let [left] = failed.after.leftovers() else {
        panic!("{failed:?}");
    };
    assert_eq!(left.kind, LeftoverKind::TakeBack);
    assert!(left.reason.contains("may yet take effect"), "{left}");
    assert_eq!(
        (model.snapshot(), orchestra.journals()),
        (before.clone(), 1)
    );

    let late = held.lock().unwrap().clone().unwrap();
    drop(model.answer(&late));
    assert_ne!(model.snapshot(), before);
    let deadline = Deadline::after(Duration::from_secs(10));
    let recovered = runtime().block_on(orchestra.lifecycle.recover(&uuid, deadline));
    assert!(
        matches!(recovered, Ok(Some(Recovered::TakenBack))),
        "{recovered:?}"
    );
    assert_eq!((model.snapshot(), orchestra.journals()), (before, 0));
}

#[test]
fn whatever_fails_the_end_is_finished_or_as_before_or_reported() {
    let mut all = orders();
    let (deploy, free) = all[2].clone();
    // The way back of a deployment that fails has writes as well.
    all.push((
        deploy,
        Node {
            fate: Fate::DeployFails,
            ..free
        },
    ));
    let mut cells = Vec::new();
    for (order, node) in all {
        let ending = undisturbed(&order, &node);
        for write in 0..ending.writes {
            for fault in FAULTS {
                let instance = node.instance.as_deref().unwrap_or("-");
                let words = format!("`{}` ({:?}, {instance})", node.provision_state, node.fate);
                let case = Case {
                    order: order.clone(),
                    node: words,
                    uuid: node.uuid.clone(),
                    write,
                    fault,
                };
                cells.push(Cell {
                    case,
                    good: ending.snapshot.clone(),
                    world: Arc::new(Model::of([node.clone()])),
                });
            }
        }
    }
    println!("{}", play_all(&cells, MODEL_TEMPO, 12).end());
}
