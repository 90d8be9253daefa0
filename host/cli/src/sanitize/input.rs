//! Where the lines come from: files and standard input, each read by a thread of its own when they
//! are followed, else one after the other.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::sync::mpsc::{Receiver, Sender, channel};

/// How much is read at once.
const PIECE: usize = 256 << 10;
/// How often a followed file is looked at once all of it has been read.
const LOOK: Duration = Duration::from_millis(200);

/// One input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Standard input.
    Standard,
    /// A file.
    File(PathBuf),
}

/// What reading brings.
pub enum News {
    /// The next input; they are counted from zero, in this order.
    Opened(Arc<Input>),
    /// Bytes of an input.
    Piece {
        /// Which input.
        at: usize,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// Nothing more comes from an input, or what comes is another file.
    Ended {
        /// Which input.
        at: usize,
    },
    /// An input cannot be read.
    Failed(anyhow::Error),
}

impl Input {
    /// What it is called.
    pub fn name(&self) -> String {
        match self {
            Self::Standard => "-".into(),
            Self::File(path) => path.display().to_string(),
        }
    }
}

/// The inputs that were named; standard input where none was.
pub fn all(files: &[PathBuf]) -> Vec<Arc<Input>> {
    let input = |path: &PathBuf| {
        if path.as_os_str() == "-" {
            Input::Standard
        } else {
            Input::File(path.clone())
        }
    };
    if files.is_empty() {
        return vec![Arc::new(Input::Standard)];
    }
    files.iter().map(|path| Arc::new(input(path))).collect()
}

/// How much there is to read, where that is known.
pub fn total_bytes(inputs: &[Arc<Input>]) -> Option<u64> {
    let bytes = inputs.iter().map(|input| match &**input {
        Input::Standard => None,
        Input::File(path) => fs::metadata(path)
            .ok()
            .filter(Metadata::is_file)
            .map(|m| m.len()),
    });
    bytes.sum()
}

/// Starts to read.
///
/// # Errors
/// When there is no thread to be had.
pub fn read(inputs: Vec<Arc<Input>>, follow: bool) -> io::Result<Receiver<News>> {
    let (sender, receiver) = channel(8);
    // The channel has room for these, or the reader below takes them while they are sent.
    if !follow {
        thread::Builder::new()
            .name("reader".into())
            .spawn(move || {
                for (at, input) in inputs.into_iter().enumerate() {
                    if sender
                        .blocking_send(News::Opened(Arc::clone(&input)))
                        .is_err()
                    {
                        return;
                    }
                    let Some(()) = read_once(&sender, at, &input) else {
                        return;
                    };
                }
            })?;
        return Ok(receiver);
    }
    thread::Builder::new()
        .name("reader".into())
        .spawn(move || {
            thread::scope(|scope| {
                for (at, input) in inputs.into_iter().enumerate() {
                    // Before anything of it is read, so that they are counted in order.
                    if sender
                        .blocking_send(News::Opened(Arc::clone(&input)))
                        .is_err()
                    {
                        return;
                    }
                    let sender = sender.clone();
                    scope.spawn(move || match &*input {
                        Input::Standard => read_once(&sender, at, &input),
                        Input::File(path) => follow_file(&sender, at, path),
                    });
                }
            });
        })?;
    Ok(receiver)
}

/// Reads one input to its end. Nothing when nobody listens any more.
fn read_once(sender: &Sender<News>, at: usize, input: &Input) -> Option<()> {
    let read = match input {
        Input::Standard => pieces(sender, at, &mut io::stdin().lock(), &mut Seen::default()),
        Input::File(path) => match File::open(path) {
            Ok(mut file) => pieces(sender, at, &mut file, &mut Seen::default()),
            Err(error) => Err(error),
        },
    };
    if let Err(error) = read {
        if sender.is_closed() {
            return None;
        }
        sender.blocking_send(failed(input, error)).ok()?;
    }
    sender.blocking_send(News::Ended { at }).ok()
}

/// Reads a file, then what is appended to it, and goes on with the file that takes its name.
fn follow_file(sender: &Sender<News>, at: usize, path: &Path) -> Option<()> {
    let input = Input::File(path.to_owned());
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) => return sender.blocking_send(failed(&input, error)).ok(),
    };
    let mut seen = Seen::default();
    loop {
        let known = file.metadata().ok()?;
        match fs::metadata(path) {
            Ok(now) if is_same(&known, &now) && seen.is_still_in(&file, &now) => {}
            // A file that was cut short begins again, also when it has grown again since; another
            // one under this name has taken over.
            Ok(now) => {
                if !is_same(&known, &now) {
                    // What was written between the last look and the rotation.
                    pieces(sender, at, &mut file, &mut seen).ok()?;
                }
                if let Ok(fresh) = File::open(path) {
                    sender.blocking_send(News::Ended { at }).ok()?;
                    (file, seen) = (fresh, Seen::default());
                }
            }
            // Between being moved away and being made again.
            Err(_) => {}
        }
        match pieces(sender, at, &mut file, &mut seen) {
            Ok(()) => {}
            Err(_) if sender.is_closed() => return None,
            Err(error) => return sender.blocking_send(failed(&input, error)).ok(),
        }
        if sender.is_closed() {
            return None;
        }
        thread::sleep(LOOK);
    }
}

fn is_same(a: &Metadata, b: &Metadata) -> bool {
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

/// How much of a file has been read, and how that ended: a file that was emptied and has grown
/// beyond this since is told from one that was appended to.
#[derive(Default)]
struct Seen {
    bytes: u64,
    end: Vec<u8>,
}

impl Seen {
    /// Enough that no two logs have the same by chance: the time of a line is in it.
    const END: usize = 256;

    fn add(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        self.end.extend(bytes.iter().rev().take(Self::END).rev());
        let too_many = self.end.len().saturating_sub(Self::END);
        self.end.drain(..too_many);
    }

    fn is_still_in(&self, file: &File, now: &Metadata) -> bool {
        let mut there = vec![0; self.end.len()];
        let start = self.bytes - self.end.len() as u64;
        now.len() >= self.bytes
            && file.read_exact_at(&mut there, start).is_ok()
            && there == self.end
    }
}

/// Sends what can be read now.
fn pieces(
    sender: &Sender<News>,
    at: usize,
    source: &mut impl Read,
    seen: &mut Seen,
) -> io::Result<()> {
    loop {
        let mut bytes = vec![0; PIECE];
        let read = match source.read(&mut bytes) {
            Ok(0) => return Ok(()),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        bytes.truncate(read);
        seen.add(&bytes);
        let sent = sender.blocking_send(News::Piece { at, bytes });
        sent.map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
    }
}

fn failed(input: &Input, error: io::Error) -> News {
    News::Failed(anyhow::Error::new(error).context(format!("reading `{}`", input.name())))
}
