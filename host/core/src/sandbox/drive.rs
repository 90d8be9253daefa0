//! The drive of a request, opened in a guest of its own.
//!
//! The drive reader is a component like any validator's: fresh instance, own memory, own time. It
//! is started when somebody first asks for what is on the drive, and serves everybody who asks
//! until the drive is dropped. What it cannot be made to do is told by its flaws; what stops it is
//! an [`EvaluationError`].

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use tokio::sync::Mutex;
use wasmtime::component::{HasSelf, Linker};
use zeroize::Zeroizing;

use super::bindings::drive_reader::DriveReaderPre;
use super::bindings::drive_reader::portcullis::policy::drive_bytes;
use super::bindings::portcullis::policy::drive_types as raw;
use super::error::{EvaluationError, LoadError};
use super::instance::State;
use super::limits::DriveLimits;
use super::{Sandbox, Shared, cache};
use crate::config_drive::{Contents, Form, Submitted};

mod convert;
mod host;
mod parts;
mod running;
mod source;

pub(super) use source::Source;

use parts::PartFiles;
use running::Running;

/// Opens drives.
pub struct DriveReader {
    shared: Arc<Shared>,
    pre: DriveReaderPre<State>,
    limits: DriveLimits,
    digest: String,
}

impl Sandbox {
    /// Loads the drive reader. `compiled` is as for [`Sandbox::load`].
    ///
    /// # Errors
    /// When it is no drive reader.
    pub fn load_drive_reader(
        &self,
        wasm: &[u8],
        compiled: Option<&'static [u8]>,
        limits: DriveLimits,
    ) -> Result<Arc<DriveReader>, LoadError> {
        let digest = cache::digest(wasm);
        let component = self.shared_component(wasm, compiled, &digest)?;
        let contract = |error: wasmtime::Error| LoadError::Contract {
            reason: format!("{error:#}"),
        };
        let mut linker = Linker::new(&self.shared.engine);
        drive_bytes::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)
            .map_err(contract)?;
        let pre = linker
            .instantiate_pre(&component)
            .and_then(DriveReaderPre::new)
            .map_err(contract)?;
        Ok(Arc::new(DriveReader {
            shared: Arc::clone(&self.shared),
            pre,
            limits,
            digest,
        }))
    }
}

impl DriveReader {
    /// SHA-256 of its component, in hexadecimal.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// A drive that is part of a request. Nothing is opened yet.
    pub fn drive(self: &Arc<Self>, submitted: Submitted, deadline: Instant) -> Arc<Drive> {
        let bytes = match submitted.form() {
            Form::Parts => Some(Given::Parts(submitted.text().clone())),
            Form::Image | Form::Url => submitted.base64().cloned().map(Given::Base64),
            Form::Empty | Form::Other => None,
        };
        self.given(Some(submitted), bytes, deadline)
    }

    /// A drive in a file: an image, or a gzip stream of one.
    pub fn file(
        self: &Arc<Self>,
        bytes: Bytes,
        encoding: Encoding,
        deadline: Instant,
    ) -> Arc<Drive> {
        self.given(None, Some(Given::File(bytes, encoding)), deadline)
    }

    fn given(
        self: &Arc<Self>,
        submitted: Option<Submitted>,
        given: Option<Given>,
        deadline: Instant,
    ) -> Arc<Drive> {
        Arc::new(Drive {
            reader: Arc::clone(self),
            digest: submitted.as_ref().map(Submitted::digest),
            submitted,
            deadline,
            state: Mutex::new(Opening::Closed(given)),
        })
    }
}

/// What the bytes of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// A gzip stream of an image.
    Gzip,
    /// An image.
    Image,
}

/// What there is to open.
enum Given {
    Parts(Bytes),
    Base64(Bytes),
    File(Bytes, Encoding),
}

/// The drive of a request.
pub struct Drive {
    reader: Arc<DriveReader>,
    submitted: Option<Submitted>,
    digest: Option<String>,
    deadline: Instant,
    state: Mutex<Opening>,
}

/// How far opening it is.
enum Opening {
    Closed(Option<Given>),
    /// In JSON form, which the host has read strictly before anybody could ask.
    Parts(PartFiles),
    /// Read by a guest, which has its files.
    Read(Box<Running>),
    /// Not even base64.
    Unread(raw::Contents),
    /// There is nothing that could be opened.
    Nothing,
    Stopped(EvaluationError),
}

/// Why a drive is not opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// It is empty, a URL, or of another type.
    #[error("there is no drive that could be opened")]
    Nothing,
    /// Opening it was stopped.
    #[error("drive reader gave up")]
    Stopped(#[source] EvaluationError),
}

/// Why a file of a drive is not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// The drive could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// There is no file of this number that lies wholly on the drive.
    #[error("no file of number {0} lies wholly on the drive")]
    NoFile(u32),
    /// It is longer than is taken.
    #[error("file is longer than {0} bytes")]
    TooLong(u64),
}

impl Drive {
    /// The drive as it stands in the request, where it stands in one.
    pub fn submitted(&self) -> Option<&Submitted> {
        self.submitted.as_ref()
    }

    /// SHA-256 of what is judged, where it stands in a request.
    pub fn digest(&self) -> Option<&str> {
        self.digest.as_deref()
    }

    /// What it shows. Opens it if nobody has.
    ///
    /// # Errors
    /// There is nothing to open, or the reader was stopped by a limit.
    pub async fn contents(&self) -> Result<Contents, OpenError> {
        self.raw_contents().await.map(convert::contents)
    }

    /// What it shows if somebody has opened it.
    pub async fn contents_if_open(&self) -> Option<Contents> {
        if matches!(&*self.state.lock().await, Opening::Closed(_)) {
            return None;
        }
        self.contents().await.ok()
    }

    /// A whole file, by its number among the entries.
    ///
    /// # Errors
    /// There is no such file, or it is longer than `limit`.
    pub async fn file(&self, number: u32, limit: u64) -> Result<Zeroizing<Vec<u8>>, FileError> {
        const PIECE: u32 = 1 << 20;
        let mut bytes = Zeroizing::new(Vec::new());
        loop {
            let piece = self.raw_read(number, bytes.len() as u64, PIECE).await;
            let piece = match piece? {
                Ok(piece) => Zeroizing::new(piece),
                Err(_) => return Err(FileError::NoFile(number)),
            };
            if piece.is_empty() {
                return Ok(bytes);
            }
            if bytes.len() as u64 + piece.len() as u64 > limit {
                return Err(FileError::TooLong(limit));
            }
            bytes.extend_from_slice(&piece);
        }
    }

    /// SHA-256 of its image.
    ///
    /// # Errors
    /// There is nothing to open, or the reader was stopped by a limit.
    pub async fn image_digest(&self) -> Result<Option<String>, OpenError> {
        let mut state = self.opened().await;
        match &mut *state {
            Opening::Read(running) => match running.image_digest().await {
                Ok(digest) => Ok(digest),
                Err(error) => Err(stop(&mut state, error)),
            },
            Opening::Stopped(error) => Err(OpenError::Stopped(error.clone())),
            _ => Ok(None),
        }
    }

    async fn opened(&self) -> tokio::sync::MutexGuard<'_, Opening> {
        let mut state = self.state.lock().await;
        if let Opening::Closed(given) = &mut *state {
            let given = given.take();
            *state = self.open(given).await;
        }
        state
    }

    async fn open(&self, given: Option<Given>) -> Opening {
        let (source, encoding) = match given {
            None => return Opening::Nothing,
            Some(Given::Parts(text)) => return Opening::Parts(PartFiles::read(text)),
            Some(Given::File(bytes, encoding)) => (Ok(Source::Plain(bytes)), encoding),
            Some(Given::Base64(text)) => (Source::base64(text), Encoding::Gzip),
        };
        let source = match source {
            Ok(source) => source,
            Err(error) => return Opening::Unread(source::unread(error)),
        };
        match Running::start(&self.reader, source, encoding, self.deadline).await {
            Ok(Ok(running)) => Opening::Read(Box::new(running)),
            Ok(Err(error)) => Opening::Unread(source::unread(error)),
            Err(error) => Opening::Stopped(error),
        }
    }

    async fn raw_contents(&self) -> Result<raw::Contents, OpenError> {
        match &*self.opened().await {
            Opening::Closed(_) | Opening::Nothing => Err(OpenError::Nothing),
            Opening::Parts(parts) => Ok(parts.contents.clone()),
            Opening::Read(running) => Ok(running.contents.clone()),
            Opening::Unread(contents) => Ok(contents.clone()),
            Opening::Stopped(error) => Err(OpenError::Stopped(error.clone())),
        }
    }

    async fn raw_read(
        &self,
        number: u32,
        offset: u64,
        max: u32,
    ) -> Result<Result<Vec<u8>, raw::ReadError>, OpenError> {
        let mut state = self.opened().await;
        let read = match &mut *state {
            Opening::Closed(_) | Opening::Nothing | Opening::Unread(_) => {
                return Ok(Err(raw::ReadError::NotOpen));
            }
            Opening::Parts(parts) => return Ok(parts.read_file(number, offset, max)),
            Opening::Read(running) => running.read(number, offset, max).await,
            Opening::Stopped(error) => return Err(OpenError::Stopped(error.clone())),
        };
        read.map_err(|error| stop(&mut state, error))
    }

    async fn raw_digest(&self, number: u32) -> Result<Result<String, raw::ReadError>, OpenError> {
        let mut state = self.opened().await;
        let digest = match &mut *state {
            Opening::Closed(_) | Opening::Nothing | Opening::Unread(_) => {
                return Ok(Err(raw::ReadError::NotOpen));
            }
            Opening::Parts(parts) => return Ok(parts.digest(number)),
            Opening::Read(running) => running.digest(number).await,
            Opening::Stopped(error) => return Err(OpenError::Stopped(error.clone())),
        };
        digest.map_err(|error| stop(&mut state, error))
    }
}

/// A reader that has been stopped is of no use to anybody any more.
fn stop(state: &mut Opening, error: EvaluationError) -> OpenError {
    *state = Opening::Stopped(error.clone());
    OpenError::Stopped(error)
}

impl std::fmt::Debug for Drive {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Drive")
            .field("submitted", &self.submitted)
            .finish_non_exhaustive()
    }
}
