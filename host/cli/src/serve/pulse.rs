//! What each connection of a worker is doing, and since when.
//!
//! A connection notes its changes in plain cells, which costs a request two readings of the
//! clock; nothing is armed or cancelled. A sweep of all connections, a few times a second, finds
//! those that have overstayed and tells them what to do, and so is the stop of the whole server.
//! All of it stays on the worker's thread.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::task::Waker;
use std::time::{Duration, Instant};

/// How often the connections are looked at, so how much later than its limit one may end.
pub const SWEEP: Duration = Duration::from_millis(100);

/// How long a connection may be in each of its states.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Until the head of a request is complete, counted from its first byte. A TLS handshake has
    /// as long, and so has a client to take leave after it was told to.
    pub head: Duration,
    /// Without any request.
    pub idle: Duration,
    /// Without taking any of the reply that is being sent.
    pub stalled: Duration,
}

/// What a connection is told to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Finish the requests in flight, take no more, and close.
    Drain,
    /// Say that the head of the request did not arrive in time, and close.
    HeadTooSlow,
    /// Close.
    Cut,
}

/// What a connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// TLS is being agreed on, or the first bytes are awaited.
    Opening,
    /// There is no request.
    Idle,
    /// The head of a request has begun to arrive.
    Head,
    /// At least one request is in flight.
    Busy,
    /// What the client still sends is thrown away, so that it gets to read our reply.
    Lingering,
}

/// The notes of one connection.
#[derive(Debug)]
pub struct Pulse {
    phase: Cell<Phase>,
    since: Cell<Instant>,
    in_flight: Cell<u32>,
    stalled_since: Cell<Option<Instant>>,
    draining_since: Cell<Option<Instant>>,
    /// Whether bytes that arrive without a request in flight begin one. Not so in HTTP/2, whose
    /// frames between requests mean nothing to us.
    bytes_begin_a_head: Cell<bool>,
    unread: Cell<bool>,
    order: Cell<Option<Order>>,
    waker: RefCell<Waker>,
}

impl Pulse {
    fn new(now: Instant) -> Self {
        Self {
            phase: Cell::new(Phase::Opening),
            since: Cell::new(now),
            in_flight: Cell::new(0),
            stalled_since: Cell::new(None),
            draining_since: Cell::new(None),
            bytes_begin_a_head: Cell::new(false),
            unread: Cell::new(false),
            order: Cell::new(None),
            waker: RefCell::new(Waker::noop().clone()),
        }
    }

    fn enter(&self, phase: Phase, now: Instant) {
        self.phase.set(phase);
        self.since.set(now);
    }

    /// The connection is ready for HTTP/1: every byte from here on belongs to a request.
    /// `begun` says that some have arrived already.
    pub fn open_http1(&self, begun: bool) {
        self.bytes_begin_a_head.set(true);
        self.enter(
            if begun { Phase::Head } else { Phase::Idle },
            Instant::now(),
        );
    }

    /// The connection is ready for HTTP/2.
    pub fn open_http2(&self) {
        self.enter(Phase::Idle, Instant::now());
    }

    /// Bytes have arrived.
    pub fn bytes_arrived(&self) {
        if self.phase.get() == Phase::Idle && self.bytes_begin_a_head.get() {
            self.enter(Phase::Head, Instant::now());
        }
    }

    /// Bytes are waiting to be taken by the client, or no longer.
    pub fn set_stalled(&self, stalled: bool) {
        if stalled != self.stalled_since.get().is_some() {
            self.stalled_since.set(stalled.then(Instant::now));
        }
    }

    /// A request is complete up to its body. It is in flight until the guard is dropped.
    pub fn request_begins(self: &Rc<Self>) -> InFlight {
        self.in_flight.set(self.in_flight.get() + 1);
        self.phase.set(Phase::Busy);
        InFlight(Rc::clone(self))
    }

    /// A reply was given before the request had been read to its end.
    pub fn leave_unread(&self) {
        self.unread.set(true);
    }

    /// Whether the connection has to linger when HTTP is through with it; from here on it does.
    pub fn begin_to_linger(&self) -> bool {
        let lingers = self.unread.get();
        if lingers {
            self.enter(Phase::Lingering, Instant::now());
        }
        lingers
    }

    /// What the connection has been told since it last asked. Asking registers the task to be
    /// woken when it is told something.
    pub fn take_order(&self, waker: &Waker) -> Option<Order> {
        self.waker.borrow_mut().clone_from(waker);
        self.order.take()
    }

    fn give(&self, order: Order, now: Instant) {
        if order == Order::Drain {
            if self.draining_since.get().is_some() {
                return;
            }
            self.draining_since.set(Some(now));
        }
        self.order.set(Some(order));
        self.waker.borrow().wake_by_ref();
    }

    fn verdict(&self, patience: &Patience, now: Instant) -> Option<Order> {
        let over = |since: Instant, limit: Duration| now.duration_since(since) > limit;
        if self
            .stalled_since
            .get()
            .is_some_and(|since| over(since, patience.stalled))
        {
            return Some(Order::Cut);
        }
        let overstayed = match self.phase.get() {
            Phase::Opening | Phase::Lingering => {
                over(self.since.get(), patience.head).then_some(Order::Cut)
            }
            Phase::Head => over(self.since.get(), patience.head).then_some(Order::HeadTooSlow),
            Phase::Idle => over(self.since.get(), patience.idle).then_some(Order::Drain),
            Phase::Busy => None,
        };
        let leave_taken = self
            .draining_since
            .get()
            .is_none_or(|since| !over(since, patience.head));
        match overstayed {
            None if self.phase.get() == Phase::Idle && !leave_taken => Some(Order::Cut),
            Some(Order::Drain) if !leave_taken => Some(Order::Cut),
            order => order,
        }
    }
}

/// A request in flight; dropped when its reply has been handed over, or nobody wants it any more.
#[derive(Debug)]
pub struct InFlight(Rc<Pulse>);

impl Drop for InFlight {
    fn drop(&mut self) {
        let pulse = &self.0;
        pulse.in_flight.set(pulse.in_flight.get() - 1);
        if pulse.in_flight.get() == 0 {
            pulse.enter(Phase::Idle, Instant::now());
        }
    }
}

/// All connections of one worker.
#[derive(Debug, Default)]
pub struct Roster {
    next: Cell<u64>,
    pulses: RefCell<HashMap<u64, Rc<Pulse>>>,
    draining: Cell<bool>,
}

impl Roster {
    /// Enters a new connection. It is listed until the entry is dropped.
    pub fn enter(self: &Rc<Self>) -> Entry {
        let id = self.next.get();
        self.next.set(id + 1);
        let now = Instant::now();
        let pulse = Rc::new(Pulse::new(now));
        if self.draining.get() {
            pulse.give(Order::Drain, now);
        }
        self.pulses.borrow_mut().insert(id, Rc::clone(&pulse));
        Entry {
            roster: Rc::clone(self),
            id,
            pulse,
        }
    }

    /// How many connections there are.
    pub fn len(&self) -> usize {
        self.pulses.borrow().len()
    }

    /// Tells those that have overstayed what to do.
    pub fn sweep(&self, patience: &Patience, now: Instant) {
        for pulse in self.pulses.borrow().values() {
            if let Some(order) = pulse.verdict(patience, now) {
                pulse.give(order, now);
            }
        }
    }

    /// Tells every connection, and each that still comes, to finish and close.
    pub fn drain(&self) {
        self.draining.set(true);
        self.tell_all(Order::Drain);
    }

    /// Tells every connection to close.
    pub fn cut(&self) {
        self.tell_all(Order::Cut);
    }

    fn tell_all(&self, order: Order) {
        let now = Instant::now();
        for pulse in self.pulses.borrow().values() {
            pulse.give(order, now);
        }
    }
}

/// A connection's place in the roster.
#[derive(Debug)]
pub struct Entry {
    roster: Rc<Roster>,
    id: u64,
    /// The connection's notes.
    pub pulse: Rc<Pulse>,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.roster.pulses.borrow_mut().remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Patience = Patience {
        head: Duration::from_secs(1),
        idle: Duration::from_secs(10),
        stalled: Duration::from_secs(5),
    };

    fn order_after(pulse: &Pulse, seconds: u64) -> Option<Order> {
        pulse.verdict(&PATIENCE, Instant::now() + Duration::from_secs(seconds))
    }

    #[test]
    fn each_state_has_its_patience() {
        let roster = Rc::new(Roster::default());
        let entry = roster.enter();
        let pulse = &entry.pulse;
        assert_eq!(
            (order_after(pulse, 0), order_after(pulse, 2)),
            (None, Some(Order::Cut)),
            "opening"
        );

        pulse.open_http1(false);
        assert_eq!(
            (order_after(pulse, 9), order_after(pulse, 11)),
            (None, Some(Order::Drain)),
            "idle"
        );

        pulse.bytes_arrived();
        assert_eq!(
            (order_after(pulse, 0), order_after(pulse, 2)),
            (None, Some(Order::HeadTooSlow)),
            "head"
        );

        let request = pulse.request_begins();
        let second = pulse.request_begins();
        assert_eq!(
            order_after(pulse, 1_000),
            None,
            "busy: others watch the time"
        );
        drop(request);
        assert_eq!(order_after(pulse, 1_000), None, "one is still in flight");

        pulse.set_stalled(true);
        assert_eq!(
            (order_after(pulse, 4), order_after(pulse, 6)),
            (None, Some(Order::Cut)),
            "stalled"
        );
        pulse.set_stalled(false);

        drop(second);
        assert_eq!(
            (order_after(pulse, 9), order_after(pulse, 11)),
            (None, Some(Order::Drain)),
            "idle again"
        );

        assert!(!pulse.begin_to_linger());
        pulse.leave_unread();
        assert!(pulse.begin_to_linger());
        assert_eq!(
            (order_after(pulse, 0), order_after(pulse, 2)),
            (None, Some(Order::Cut)),
            "lingering"
        );
    }

    #[test]
    fn frames_between_http2_requests_begin_no_request() {
        let entry = Rc::new(Roster::default()).enter();
        entry.pulse.open_http2();
        entry.pulse.bytes_arrived();
        assert_eq!(
            (order_after(&entry.pulse, 9), order_after(&entry.pulse, 11)),
            (None, Some(Order::Drain))
        );
    }

    #[test]
    fn who_does_not_leave_is_cut() {
        let roster = Rc::new(Roster::default());
        let entry = roster.enter();
        entry.pulse.open_http2();
        roster.drain();
        assert_eq!(entry.pulse.take_order(Waker::noop()), Some(Order::Drain));
        assert_eq!(entry.pulse.take_order(Waker::noop()), None);
        assert_eq!(
            (order_after(&entry.pulse, 0), order_after(&entry.pulse, 2)),
            (None, Some(Order::Cut))
        );
        assert_eq!(
            roster.enter().pulse.take_order(Waker::noop()),
            Some(Order::Drain),
            "a late one"
        );
    }

    #[test]
    fn the_roster_lists_who_is_there() {
        let roster = Rc::new(Roster::default());
        let (one, two) = (roster.enter(), roster.enter());
        assert_eq!(roster.len(), 2);
        drop(one);
        roster.cut();
        assert_eq!(two.pulse.take_order(Waker::noop()), Some(Order::Cut));
        drop(two);
        assert_eq!(roster.len(), 0);
    }
}
