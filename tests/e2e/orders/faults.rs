//! Every order, every write of it, every way in which a write can fail: the end is what it should
//! be, or what it was, or what is reported.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use portcullis::lifecycle::error::LeftoverKind;
use portcullis::lifecycle::input::Deadline;
use portcullis::lifecycle::{After, Order, Recovered};
use portcullis_tests::fake_ironic::{Arrived, FakeIronic, Script, Step};
use portcullis_tests::model::{Answer, Fate, Model, Node};
use serde_json::Value;

use super::scene::{Orchestra, orders, runtime, within};

/// How a write fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// Nothing listens any more, until the order has ended.
    Away,
    /// Nothing listens for a moment.
    Restart,
    /// The connection breaks, and nothing was done.
    CutBefore,
    /// The connection breaks, and it was done.
    CutAfter,
    /// The connection breaks within the answer, and it was done.
    CutWithin,
    /// The node is locked twice, then not.
    Locked,
    /// The node stays locked.
    StaysLocked,
    /// Somebody else was faster.
    Taken,
    /// Ironic refuses it.
    Status(u16),
    /// Ironic's error comes after it was done.
    ErrorAfter,
    /// There is no worker twice, then there is.
    Unavailable,
    /// There is never a worker.
    StaysUnavailable,
    /// A proxy in between has no answer, and it was not done.
    Gateway,
    /// No answer, and it was not done.
    Silence,
    /// No answer, and it was done.
    SilenceAfter,
    /// No answer, and it is done when nobody waits any more.
    Late,
}

const FAULTS: [Fault; 19] = [
    Fault::Away,
    Fault::Restart,
    Fault::CutBefore,
    Fault::CutAfter,
    Fault::CutWithin,
    Fault::Locked,
    Fault::StaysLocked,
    Fault::Taken,
    Fault::Status(400),
    Fault::Status(403),
    Fault::Status(404),
    Fault::Status(500),
    Fault::ErrorAfter,
    Fault::Unavailable,
    Fault::StaysUnavailable,
    Fault::Gateway,
    Fault::Silence,
    Fault::SilenceAfter,
    Fault::Late,
];

const LOCKED: &str =
    "Node n1 is locked by host lab, please retry after the current operation is completed.";

/// One cell of the matrix.
#[derive(Clone)]
struct Case {
    order: Order,
    node: Node,
    /// Which write, from 0.
    write: usize,
    fault: Fault,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            order,
            node,
            write,
            fault,
        } = self;
        write!(
            f,
            "{} of a node `{}` ({:?}, {}), write {write}, {fault:?}",
            order.name(),
            node.provision_state,
            node.fate,
            node.instance.as_deref().unwrap_or("-")
        )
    }
}

/// How an order ends when nothing fails, and how many writes that takes.
struct Ending {
    writes: usize,
    snapshot: Value,
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

/// Plays a fault at one write, and whenever the same write is tried again if the fault stays.
struct Troublemaker {
    model: Model,
    at: usize,
    fault: Fault,
    writes: AtomicUsize,
    struck: std::sync::Mutex<Option<(String, usize)>>,
}

impl Troublemaker {
    fn direct(&self, request: &Arrived) -> Script {
        if !request.is_write() {
            return self.model.answer(request).script();
        }
        let number = self.writes.fetch_add(1, Ordering::SeqCst);
        let line = format!("{} {} {:?}", request.method, request.target, request.body);
        let mut struck = self.struck.lock().unwrap();
        let tries = match &mut *struck {
            None if number == self.at => {
                *struck = Some((line, 1));
                1
            }
            Some((same, tries)) if *same == line => {
                *tries += 1;
                *tries
            }
            None | Some(_) => return self.model.answer(request).script(),
        };
        drop(struck);
        self.strike(request, tries)
    }

    fn strike(&self, request: &Arrived, tries: usize) -> Script {
        let ordinary = || self.model.answer(request).script();
        let fails = |answer: Answer, times: usize| {
            if tries <= times {
                answer.script()
            } else {
                ordinary()
            }
        };
        let only_once = |script: Script| if tries == 1 { script } else { ordinary() };
        let after = |step: Step| {
            if tries == 1 {
                self.model.answer(request);
                Script::of([step])
            } else {
                ordinary()
            }
        };
        match self.fault {
            Fault::Away | Fault::Restart => ordinary(),
            Fault::CutBefore => only_once(Script::of([Step::Cut])),
            Fault::CutAfter => after(Step::Reset),
            Fault::CutWithin => {
                if tries == 1 {
                    self.model.answer(request);
                    Script::raw("HTTP/1.1 20").then(Step::Cut)
                } else {
                    ordinary()
                }
            }
            Fault::Locked => fails(Answer::fault(409, LOCKED), 2),
            Fault::StaysLocked => Answer::fault(409, LOCKED).script(),
            Fault::Taken => Answer::fault(409, &taken(request)).script(),
            Fault::Status(status) => Answer::fault(status, "no").script(),
            Fault::ErrorAfter => {
                if tries == 1 {
                    self.model.answer(request);
                    Answer::fault(500, "no").script()
                } else {
                    ordinary()
                }
            }
            Fault::Unavailable => fails(Answer::fault(503, "no free worker"), 2),
            Fault::StaysUnavailable => Answer::fault(503, "no free worker").script(),
            Fault::Gateway => only_once(Script::json("502 Bad Gateway", "<html>")),
            Fault::Silence => only_once(Script::of([Step::Silence])),
            Fault::SilenceAfter => after(Step::Silence),
            Fault::Late => {
                if tries == 1 {
                    self.model.carry_out_later(request, 1);
                    Script::of([Step::Silence])
                } else {
                    ordinary()
                }
            }
        }
    }
}

/// What Ironic says when somebody else was faster.
fn taken(request: &Arrived) -> String {
    if request.target.ends_with("/vifs") {
        "Unable to attach VIF because VIF v is already attached to Ironic Port p".into()
    } else if request.method == "PATCH" {
        "Node n1 is associated with instance 99999999-2222-4333-8444-555555555555.".into()
    } else {
        "Node n1 can not be updated while a state transition is in progress.".into()
    }
}

/// Carries an order out with a fault in it, and holds the end against the model. What is wrong, if
/// anything is.
fn play(case: &Case, good: &Ending) -> Result<&'static str, String> {
    let model = Model::of([case.node.clone()]);
    let before = Model::of([case.node.clone()]).snapshot();
    let mut ironic = FakeIronic::start();
    let goes_away = matches!(case.fault, Fault::Away | Fault::Restart);
    let (leave, leaving) = std::sync::mpsc::channel();
    let trouble = Arc::new(Troublemaker {
        model: model.clone(),
        at: case.write,
        fault: case.fault,
        writes: AtomicUsize::new(0),
        struck: std::sync::Mutex::default(),
    });
    let at = case.write;
    let made = Arc::clone(&trouble);
    let left = std::sync::atomic::AtomicBool::new(false);
    ironic.direct(move |request| {
        let is_time = goes_away && made.writes.load(Ordering::SeqCst) == at && {
            // The read before the write: the gate and the runner look at the node first.
            request.target.contains("fields=") && !left.swap(true, Ordering::SeqCst)
        };
        if is_time {
            let _ = leave.send(());
            return Script::of([Step::Silence]);
        }
        made.direct(request)
    });
    let patience = Duration::from_millis(if case.fault == Fault::Away { 250 } else { 500 });
    let timeout = Duration::from_millis(80);
    let undo = Duration::from_millis(if case.fault == Fault::Away { 150 } else { 3000 });
    let orchestra = Orchestra::new(&ironic.url(), timeout, undo);
    let ident = case.node.uuid.parse().unwrap();
    let order = case.order.clone();
    let began = Instant::now();
    let running =
        runtime().block_on(async { orchestra.lifecycle.begin(ident, order, within(patience)) });
    if goes_away && leaving.recv_timeout(Duration::from_secs(5)).is_ok() {
        ironic.kill();
        if case.fault == Fault::Restart {
            ironic.revive();
        }
    }
    let ended = runtime().block_on(running.ended());
    if began.elapsed() > Duration::from_secs(20) {
        return Err(format!("took {:?}", began.elapsed()));
    }
    if case.fault == Fault::Away {
        ironic.revive();
    }
    let wrong = |what: &str| {
        Err(format!(
            "{what}: {ended:?}\nbefore {before}\nnow {}",
            model.snapshot()
        ))
    };
    let is_finished = model.snapshot() == good.snapshot;
    let is_untouched = model.snapshot() == before;
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
                let uuid = case.node.uuid.parse().unwrap();
                let deadline = Deadline::after(Duration::from_secs(5));
                let recovered = runtime().block_on(orchestra.lifecycle.recover(&uuid, deadline));
                match recovered {
                    Ok(Some(Recovered::TakenBack)) if model.snapshot() == before => {
                        Ok("reported, and recovered")
                    }
                    Ok(Some(Recovered::Finished)) if model.snapshot() == good.snapshot => {
                        Ok("reported, and recovered")
                    }
                    other => wrong(&format!("it cannot be recovered, but {other:?}")),
                }
            }
        },
    }
}

#[test]
fn whatever_fails_the_end_is_finished_or_as_before_or_reported() {
    let mut cases = Vec::new();
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
    let began = Instant::now();
    for (order, node) in all {
        let ending = Arc::new(undisturbed(&order, &node));
        for write in 0..ending.writes {
            for fault in FAULTS {
                let case = Case {
                    order: order.clone(),
                    node: node.clone(),
                    write,
                    fault,
                };
                cases.push((case, Arc::clone(&ending)));
            }
        }
    }
    let next = AtomicUsize::new(0);
    let wrong = std::sync::Mutex::new(Vec::new());
    let ends = std::sync::Mutex::new(std::collections::BTreeMap::<&str, usize>::new());
    std::thread::scope(|scope| {
        for _ in 0..12 {
            scope.spawn(|| {
                while let Some((case, ending)) = cases.get(next.fetch_add(1, Ordering::SeqCst)) {
                    match play(case, ending) {
                        Ok(end) => *ends.lock().unwrap().entry(end).or_default() += 1,
                        Err(error) => wrong.lock().unwrap().push(format!("{case}: {error}")),
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    println!(
        "{} cells in {:?}: {:?}",
        cases.len(),
        began.elapsed(),
        ends.into_inner().unwrap()
    );
    assert!(
        wrong.is_empty(),
        "{} of {} cells:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n\n")
    );
}
