//! An Ironic that does as it is told and keeps every byte that reaches it.
//!
//! Left alone it answers as Ironic does, as far as a gateway can tell. A [`Script`] makes it
//! fail, byte for byte. It never takes the initiative: what it waits for, a test releases.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::net::{self, AddressFamily, SocketType, sockopt};

mod ordinary;
mod script;
mod seen;
mod serve;

pub use ordinary::{ADDRESS, NODE, ordinary, reply};
pub use script::{Gate, Script, Step};
pub use seen::{Arrived, Seen};

/// Within this, whatever a test waits for has to happen.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// Chooses what becomes of a request.
type Director = dyn Fn(&Arrived) -> Script + Send + Sync;

struct Stage {
    seen: Seen,
    director: Arc<Director>,
    streams: Vec<TcpStream>,
    reads_bodies: bool,
    frozen: bool,
    stopped: bool,
}

struct Shared {
    stage: Mutex<Stage>,
    changed: Condvar,
}

impl Shared {
    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, change: impl FnOnce(&mut Stage) -> T) -> T {
        let changed = change(&mut self.stage());
        self.changed.notify_all();
        changed
    }

    /// Returns when it is neither frozen nor stopped; false when it is stopped.
    fn wait_for_thaw(&self) -> bool {
        let stage = self
            .changed
            .wait_while(self.stage(), |stage| stage.frozen && !stage.stopped)
            .unwrap_or_else(PoisonError::into_inner);
        !stage.stopped
    }
}

/// The fake.
pub struct FakeIronic {
    address: SocketAddr,
    /// The one socket that it ever listens on. While it does not, connections are refused, and the
    /// port stays ours.
    listener: TcpListener,
    shared: Arc<Shared>,
}

impl FakeIronic {
    /// Listens on a free loopback port.
    ///
    /// # Panics
    /// When there is none.
    pub fn start() -> Self {
        let listener = TcpListener::from(bind().expect("a free port"));
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared {
            stage: Mutex::new(Stage {
                seen: Seen::default(),
                director: Arc::new(ordinary),
                streams: Vec::new(),
                reads_bodies: true,
                frozen: false,
                stopped: false,
            }),
            changed: Condvar::new(),
        });
        let fake = Self {
            address,
            listener,
            shared,
        };
        fake.revive();
        fake
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on `director` decides what becomes of each request.
    pub fn direct(&self, director: impl Fn(&Arrived) -> Script + Send + Sync + 'static) {
        self.shared
            .change(|stage| stage.director = Arc::new(director));
    }

    /// From now on writes meet this, and reads are answered as usual.
    pub fn on_writes(&self, script: impl Fn() -> Script + Send + Sync + 'static) {
        self.direct(move |request| {
            if request.is_write() {
                script()
            } else {
                ordinary(request)
            }
        });
    }

    /// From now on it answers without reading bodies: what was sent behind a head stays there.
    pub fn leave_bodies_unread(&self) {
        self.shared.change(|stage| stage.reads_bodies = false);
    }

    /// It stands still: connections come about, and nothing is read or answered. As SIGSTOP has it.
    pub fn freeze(&self) {
        self.shared.change(|stage| stage.frozen = true);
    }

    /// It goes on.
    pub fn thaw(&self) {
        self.shared.change(|stage| stage.frozen = false);
    }

    /// Ends it: its connections break, and new ones are refused. As SIGKILL has it.
    pub fn kill(&self) {
        self.stop();
        self.wait("every connection has ended", |seen| seen.open == 0);
    }

    /// Starts it again at the same address.
    ///
    /// # Panics
    /// When the system has nothing left to listen with.
    pub fn revive(&self) {
        self.shared.change(|stage| stage.stopped = false);
        net::listen(&self.listener, 1024).expect("a listening socket");
        let accepting = self.listener.try_clone().expect("a second handle");
        let shared = Arc::clone(&self.shared);
        thread::spawn(move || serve::accept(&accepting, &shared));
    }

    /// Breaks what is connected, and refuses what comes. The thread that accepts ends.
    fn stop(&self) {
        let streams = self.shared.change(|stage| {
            stage.stopped = true;
            std::mem::take(&mut stage.streams)
        });
        for stream in streams {
            serve::cut(&stream);
        }
        // It is none that listens any more if it has been stopped before.
        let _ = net::shutdown(&self.listener, net::Shutdown::Both);
    }

    /// What has happened so far.
    pub fn look<T>(&self, look: impl FnOnce(&Seen) -> T) -> T {
        look(&self.shared.stage().seen)
    }

    /// Forgets what has happened so far, but for how many connections there were.
    pub fn forget(&self) {
        self.shared.change(|stage| {
            stage.seen.requests = Vec::new();
            stage
                .seen
                .bytes
                .iter_mut()
                .for_each(|bytes| *bytes = Vec::new());
        });
    }

    /// Targets of all requests so far, each behind its method.
    pub fn lines(&self) -> Vec<String> {
        let line = |it: &Arrived| format!("{} {}", it.method, it.target);
        self.look(|seen| seen.requests.iter().map(line).collect())
    }

    /// The only write that arrived.
    ///
    /// # Panics
    /// When it was another number.
    pub fn only_write(&self) -> Arrived {
        self.look(|seen| match seen.writes()[..] {
            [only] => only.clone(),
            ref writes => panic!("expected one write, found {writes:?}"),
        })
    }

    /// Waits until something has happened.
    ///
    /// # Panics
    /// When it does not happen within [`DEADLINE`].
    pub fn wait(&self, what: &str, happened: impl Fn(&Seen) -> bool) {
        let until = Instant::now() + DEADLINE;
        let mut stage = self.shared.stage();
        while !happened(&stage.seen) {
            let left = until.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "waited in vain until {what}: {} open, {:?}",
                stage.seen.open,
                stage.seen.requests
            );
            stage = self
                .shared
                .changed
                .wait_timeout(stage, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }
}

impl Drop for FakeIronic {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A socket at a free port. The system chooses a port for the first socket, which shares it with
/// nobody; but a port that was asked for by its number is what a socket keeps when it does not
/// listen any more, so a second one asks for it.
fn bind() -> io::Result<OwnedFd> {
    let socket = || net::socket(AddressFamily::INET, SocketType::STREAM, None);
    let (chosen, kept) = (socket()?, socket()?);
    net::bind(&chosen, &SocketAddr::from(([127, 0, 0, 1], 0)))?;
    for socket in [&chosen, &kept] {
        sockopt::set_socket_reuseaddr(socket, true)?;
    }
    net::bind(&kept, &net::getsockname(&chosen)?)?;
    Ok(kept)
}
