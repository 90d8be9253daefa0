//! The ways in which a write can fail, and what plays them between an order and Ironic.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use portcullis_tests::fake_ironic::{Arrived, DEADLINE, Script, Step};
use portcullis_tests::model::Answer;

use super::faults::World;

/// How a write fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
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
    /// It is done, and answered, long after the order has given up.
    Slow,
}

pub const FAULTS: [Fault; 20] = [
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
    Fault::Slow,
];

/// Looks at Ironic that come before a slow answer: more than an order takes that does not know that
/// the answer may still come.
const LOOKS: usize = 20;

const LOCKED: &str =
    "Node n1 is locked by host lab, please retry after the current operation is completed.";

/// Plays a fault at one write, and whenever the same write is tried again if the fault stays.
pub struct Troublemaker {
    world: Arc<dyn World>,
    at: usize,
    fault: Fault,
    writes: AtomicUsize,
    struck: Mutex<Option<(String, usize)>>,
    /// Requests of any kind.
    requests: (Mutex<usize>, Condvar),
    /// Once the order has ended, nothing fails any more.
    is_over: AtomicBool,
}

impl Troublemaker {
    /// Before `world`, with `fault` at the write that has the number `at`, from 0.
    pub fn new(world: Arc<dyn World>, at: usize, fault: Fault) -> Self {
        Self {
            world,
            at,
            fault,
            writes: AtomicUsize::new(0),
            struck: Mutex::default(),
            requests: Default::default(),
            is_over: AtomicBool::new(false),
        }
    }

    /// Whether the next write is the one that fails.
    pub fn is_near(&self) -> bool {
        self.writes.load(Ordering::SeqCst) == self.at
    }

    /// Whether a write has failed.
    pub fn has_struck(&self) -> bool {
        self.struck.lock().unwrap().is_some()
    }

    /// Lets everything pass from now on.
    pub fn end(&self) {
        self.is_over.store(true, Ordering::SeqCst);
    }

    /// Waits until so many more requests have come, or the test has failed.
    fn wait_for_requests(&self, more: usize) {
        let (requests, changed) = &self.requests;
        let requests = requests.lock().unwrap();
        let enough = *requests + more;
        let waited = changed.wait_timeout_while(requests, DEADLINE, |seen| *seen < enough);
        drop(waited.unwrap());
    }

    /// What comes of a request.
    pub fn direct(&self, request: &Arrived) -> Script {
        *self.requests.0.lock().unwrap() += 1;
        self.requests.1.notify_all();
        if !request.is_write() || self.is_over.load(Ordering::SeqCst) {
            return self.world.answer(request);
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
            None | Some(_) => return self.world.answer(request),
        };
        drop(struck);
        self.strike(request, tries)
    }

    fn strike(&self, request: &Arrived, tries: usize) -> Script {
        let ordinary = || self.world.answer(request);
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
                drop(self.world.answer(request));
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
                    drop(self.world.answer(request));
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
                    drop(self.world.answer(request));
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
                    self.world.answer_late(request);
                    Script::of([Step::Silence])
                } else {
                    ordinary()
                }
            }
            Fault::Slow => {
                if tries == 1 {
                    self.wait_for_requests(LOOKS);
                }
                ordinary()
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
