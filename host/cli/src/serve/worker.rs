//! Worker threads: each serves its own connections, with its own connections to Ironic.
//!
//! Nothing of a request ever moves to another thread. A connection is handed, once, to the worker
//! that has the fewest; what they share is in [`Shared`].

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::Context;
use arc_swap::ArcSwap;
use portcullis::admission::Gate;
use portcullis::config::Config;
use portcullis::driver::Driver;
use rustls::ServerConfig;
use tokio::net::{TcpStream, UnixStream};
use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::{OwnedSemaphorePermit, mpsc, watch};
use tokio::time::{MissedTickBehavior, interval};

use super::budget::BodyBudget;
use super::connection;
use super::listener::Accepted;
use super::metrics::Metrics;
use super::pulse::{Patience, Roster, SWEEP};
use super::routes::Client;

/// What all workers share.
pub struct Shared {
    /// The gate that new requests pass; a reload puts another in its place, and a request keeps
    /// the one it began with.
    pub gate: ArcSwap<Gate>,
    /// What is counted.
    pub metrics: Metrics,
    /// Memory for bodies.
    pub bodies: BodyBudget,
    /// Until the body of a write has arrived.
    pub body_timeout: Duration,
    /// For judging a write.
    pub request_timeout: Duration,
    /// For connections.
    pub patience: Patience,
}

/// What the server as a whole is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It serves.
    Serving,
    /// It finishes the requests in flight.
    Draining,
    /// It closes what is left.
    Closing,
}

/// One worker, as its own connections see it.
pub struct Worker {
    /// What all workers share.
    pub shared: Arc<Shared>,
    /// Its way to Ironic.
    pub driver: Driver,
}

/// A connection on its way to a worker.
pub struct Handover {
    /// The connection.
    pub stream: Accepted,
    /// TLS of its listener, as it was when the connection was accepted.
    pub tls: Option<Arc<ServerConfig>>,
    /// Whether identity headers of its requests are believed.
    pub identity_headers: bool,
    /// Its place among all connections.
    pub place: OwnedSemaphorePermit,
}

/// One worker, as the rest of the process sees it.
struct Seat {
    thread: JoinHandle<()>,
    handovers: mpsc::UnboundedSender<(Handover, Load)>,
    connections: Arc<AtomicUsize>,
    heartbeat: Arc<Heartbeat>,
}

/// Counts a connection with its worker until it ends.
struct Load(Arc<AtomicUsize>);

impl Drop for Load {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// All workers.
pub struct Workers {
    seats: Vec<Seat>,
    stage: watch::Sender<Stage>,
}

impl Workers {
    /// Starts them; each is ready when this returns.
    ///
    /// # Errors
    /// When a thread cannot be started, or has no way to Ironic.
    pub fn start(config: &Config, shared: &Arc<Shared>) -> anyhow::Result<Self> {
        let count = match config.server.workers {
            0 => thread::available_parallelism().map_or(1, usize::from),
            count => count,
        };
        let (stage, _) = watch::channel(Stage::Serving);
        let mut workers = Self {
            seats: Vec::with_capacity(count),
            stage,
        };
        for number in 0..count {
            let seat = workers
                .seat(number, config, shared)
                .with_context(|| format!("starting worker {number}"))?;
            workers.seats.push(seat);
        }
        Ok(workers)
    }

    fn seat(&self, number: usize, config: &Config, shared: &Arc<Shared>) -> anyhow::Result<Seat> {
        let (handovers, arriving) = mpsc::unbounded_channel();
        let heartbeat = Arc::new(Heartbeat::new());
        let (ready, is_ready) = std::sync::mpsc::sync_channel(1);
        let post = Post {
            arriving,
            stage: self.stage.subscribe(),
            heartbeat: Arc::clone(&heartbeat),
        };
        let (shared, ironic) = (Arc::clone(shared), config.ironic.clone());
        let thread = thread::Builder::new()
            .name(format!("worker-{number}"))
            .spawn(move || {
                let sanitizers = Arc::clone(shared.gate.load().sanitizers());
                let opened = Driver::new(&ironic)
                    .map(|driver| driver.sanitized_by(sanitizers))
                    .context("opening the way to Ironic")
                    .and_then(|driver| {
                        let runtime = Builder::new_current_thread()
                            .enable_all()
                            .build_local(LocalOptions::default())?;
                        Ok((driver, runtime))
                    });
                match opened {
                    Err(error) => drop(ready.send(Err(error))),
                    Ok((driver, runtime)) => {
                        drop(ready.send(Ok(())));
                        runtime.block_on(work(Rc::new(Worker { shared, driver }), post));
                    }
                }
            })?;
        is_ready.recv().context("waiting for the thread")??;
        Ok(Seat {
            thread,
            handovers,
            connections: Arc::default(),
            heartbeat,
        })
    }

    /// Hands a connection to the worker that has the fewest.
    pub fn hand_over(&self, handover: Handover) {
        let load = |seat: &&Seat| seat.connections.load(Ordering::Relaxed);
        if let Some(seat) = self.seats.iter().min_by_key(load) {
            seat.connections.fetch_add(1, Ordering::Relaxed);
            // A worker that is gone takes no more connections; dropping one closes it.
            let _ = seat
                .handovers
                .send((handover, Load(Arc::clone(&seat.connections))));
        }
    }

    /// Connections of all workers.
    pub fn connections(&self) -> usize {
        self.seats
            .iter()
            .map(|seat| seat.connections.load(Ordering::Relaxed))
            .sum()
    }

    /// How many workers have given no sign of life for so long, or have ended.
    pub fn silent_for(&self, time: Duration) -> usize {
        let silent = |seat: &&Seat| seat.heartbeat.age() > time || seat.thread.is_finished();
        self.seats.iter().filter(silent).count()
    }

    /// Tells all workers what the server is doing now.
    pub fn set_stage(&self, stage: Stage) {
        self.stage.send_replace(stage);
    }

    /// Whether every worker has ended.
    pub fn have_ended(&self) -> bool {
        self.seats.iter().all(|seat| seat.thread.is_finished())
    }
}

/// When a worker's loop last went round.
struct Heartbeat {
    start: Instant,
    last_ms: AtomicU64,
}

impl Heartbeat {
    fn new() -> Self {
        Self {
            start: Instant::now(),
            last_ms: AtomicU64::new(0),
        }
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn beat(&self) {
        self.last_ms.store(self.now_ms(), Ordering::Relaxed);
    }

    fn age(&self) -> Duration {
        Duration::from_millis(
            self.now_ms()
                .saturating_sub(self.last_ms.load(Ordering::Relaxed)),
        )
    }
}

/// Where a worker gets its work and its orders from.
struct Post {
    arriving: mpsc::UnboundedReceiver<(Handover, Load)>,
    stage: watch::Receiver<Stage>,
    heartbeat: Arc<Heartbeat>,
}

async fn work(worker: Rc<Worker>, mut post: Post) {
    let roster = Rc::new(Roster::default());
    let mut sweep = interval(SWEEP);
    sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut stage = Stage::Serving;
    while stage == Stage::Serving || roster.len() > 0 {
        tokio::select! {
            Some((handover, load)) = post.arriving.recv() => begin(&worker, &roster, handover, load),
            _ = sweep.tick() => {
                post.heartbeat.beat();
                roster.sweep(&worker.shared.patience, Instant::now());
            }
            Ok(()) = post.stage.changed() => {
                stage = *post.stage.borrow_and_update();
                match stage {
                    Stage::Serving => {}
                    Stage::Draining => roster.drain(),
                    Stage::Closing => roster.cut(),
                }
            }
        }
    }
}

fn begin(worker: &Rc<Worker>, roster: &Rc<Roster>, handover: Handover, load: Load) {
    let Handover {
        stream,
        tls,
        identity_headers,
        place,
    } = handover;
    let entry = roster.enter();
    let client = Client {
        worker: Rc::clone(worker),
        pulse: Rc::clone(&entry.pulse),
        tls: tls.is_some(),
        identity_headers,
    };
    tokio::task::spawn_local(async move {
        match stream {
            // The socket cannot be watched only when the process is out of resources.
            Accepted::Tcp(stream) => {
                if let Ok(stream) = TcpStream::from_std(stream) {
                    connection::serve(stream, tls, client).await;
                }
            }
            Accepted::Unix(stream) => {
                if let Ok(stream) = UnixStream::from_std(stream) {
                    connection::serve(stream, tls, client).await;
                }
            }
        }
        drop((entry, load, place));
    });
}
