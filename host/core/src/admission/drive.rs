//! The drive of a request on its way: found, fetched where that is allowed, opened for whoever
//! judges it, and put in place where the operator wants it.
//!
//! What is sent is what was judged: the text that came, what the URL served, or a drive built from
//! the files that the policies saw.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::load::GateError;
use crate::audit::DriveRecord;
use crate::bundle::Bundle;
use crate::config::Config;
use crate::config_drive::{
    BuildError, EntryKind, Form, Submitted, build_files, replaced, to_base64,
};
use crate::driver::{FetchError, Fetcher};
use crate::operation::{Facts, Operation};
use crate::request::Request;
use crate::sandbox::{Drive, DriveReader, FileError, OpenError, Sandbox};
use crate::sanitise;

/// Longest file that is put on a rebuilt drive.
const MOST_FILE_BYTES: u64 = 64 << 20;
/// Files of a drive in which secrets are looked for, and how much of them.
const SECRET_FILES: usize = 64;
const SECRET_BYTES: u64 = 64 << 10;

/// What the gate needs for drives.
pub(super) struct Drives {
    reader: Arc<DriveReader>,
    fetcher: Option<Fetcher>,
    rebuild: bool,
}

/// Why the drive of a request cannot be sent. Safe to show to a client.
#[derive(Debug, thiserror::Error)]
pub enum DriveError {
    /// It was not fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// It cannot be read again to be rebuilt.
    #[error("config drive cannot be rebuilt: it was not opened")]
    Open(#[source] FileError),
    /// It has what a rebuilt drive would not have.
    #[error(
        "config drive cannot be rebuilt: it has flaws or entries that no policy refused, expected files and directories of a sound image"
    )]
    NotPlain,
    /// No drive can be built of its files.
    #[error("config drive cannot be rebuilt")]
    Build(#[from] BuildError),
    /// There is no one place to put it.
    #[error("config drive cannot be put in place, expected it as one value of the request")]
    Place,
}

impl DriveError {
    /// Whether the request is refused for what it is, rather than for what is out of reach.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Fetch(error) => error.is_refusal(),
            Self::Open(_) => false,
            Self::NotPlain | Self::Build(_) | Self::Place => true,
        }
    }

    /// Whether it was a matter of time.
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::Fetch(error) if error.is_timeout())
    }
}

impl Drives {
    /// What a configuration needs; nothing where the build has no drive reader.
    pub(super) fn open(
        sandbox: &Sandbox,
        config: &Config,
        bundle: &Bundle,
    ) -> Result<Option<Self>, GateError> {
        let Some(bundled) = bundle.drive_reader else {
            return Ok(None);
        };
        let drive = &config.config_drive;
        let reader =
            sandbox.load_drive_reader(bundled.wasm, Some(bundled.compiled), drive.limits)?;
        let fetcher = drive
            .url
            .allow
            .then(|| Fetcher::new(&drive.url))
            .transpose()?;
        Ok(Some(Self {
            reader,
            fetcher,
            rebuild: drive.rebuild,
        }))
    }

    /// The drive of an operation, if it has one.
    pub(super) async fn find(
        &self,
        operation: &Operation,
        facts: &Facts,
        deadline: Instant,
    ) -> Result<Option<Judging>, DriveError> {
        let Some(submitted) = Submitted::find(operation, facts) else {
            return Ok(None);
        };
        let submitted = match (&self.fetcher, submitted.form()) {
            (Some(fetcher), Form::Url) => fetched(fetcher, submitted, deadline).await?,
            _ => submitted,
        };
        let submitted = digested(submitted).await;
        Ok(Some(Judging {
            drive: self.reader.drive(submitted, deadline),
            rebuild: self.rebuild,
        }))
    }
}

/// A large drive is digested piece by piece, so that other requests of the thread go on meanwhile.
async fn digested(submitted: Submitted) -> Submitted {
    const PIECE: usize = 1 << 20;
    let mut digest = Sha256::new();
    let judged = submitted.judged().clone();
    for (at, piece) in judged.chunks(PIECE).enumerate() {
        if at > 0 {
            tokio::task::yield_now().await;
        }
        digest.update(piece);
    }
    submitted.with_digest(digest)
}

async fn fetched(
    fetcher: &Fetcher,
    submitted: Submitted,
    deadline: Instant,
) -> Result<Submitted, DriveError> {
    if submitted.place().is_none() {
        return Err(DriveError::Place);
    }
    let url = std::str::from_utf8(submitted.text()).map_err(|_| FetchError::Url)?;
    let served = fetcher.fetch(url, deadline).await?;
    let trimmed = served.trim_ascii();
    let served = served.slice_ref(trimmed);
    Ok(submitted.fetched(served))
}

/// A drive that is being judged.
pub(super) struct Judging {
    drive: Arc<Drive>,
    rebuild: bool,
}

/// What becomes of the request of an admitted drive.
#[derive(Default)]
pub(super) struct Settled {
    body: Option<Bytes>,
    rebuilt_sha256: Option<String>,
    secrets: Vec<Zeroizing<String>>,
}

impl Judging {
    pub(super) fn drive(&self) -> &Arc<Drive> {
        &self.drive
    }

    /// What is to be sent for a drive that was admitted.
    pub(super) async fn settle(&self, operation: &Operation) -> Result<Settled, DriveError> {
        let Some(submitted) = self.drive.submitted() else {
            return Ok(Settled::default());
        };
        let secrets = secrets(&self.drive).await;
        let replacement = match submitted.base64() {
            Some(_) if self.rebuild => Some(rebuilt(&self.drive).await?),
            Some(text) if submitted.is_fetched() => Some(pinned(text)?),
            Some(_) | None => None,
        };
        let Some(text) = replacement else {
            return Ok(Settled {
                secrets,
                ..Settled::default()
            });
        };
        let (body, place) = operation
            .body()
            .zip(submitted.place())
            .ok_or(DriveError::Place)?;
        let body = replaced(body, place, &text).ok_or(DriveError::Place)?;
        let sent = Submitted::of_text(Bytes::copy_from_slice(text.as_bytes()));
        Ok(Settled {
            body: Some(body),
            rebuilt_sha256: self.rebuild.then(|| sent.digest()),
            secrets,
        })
    }

    /// The drive for the record of decisions.
    pub(super) async fn record(&self, settled: &Settled) -> Option<DriveRecord> {
        let submitted = self.drive.submitted()?;
        let contents = self.drive.contents_if_open().await;
        Some(DriveRecord {
            form: submitted.form(),
            fetched: submitted.is_fetched(),
            bytes: submitted.judged().len(),
            sha256: self.drive.digest().unwrap_or_default().to_owned(),
            image_bytes: contents.and_then(|contents| contents.image_bytes),
            rebuilt_sha256: settled.rebuilt_sha256.clone(),
        })
    }
}

impl Settled {
    pub(super) fn secrets(&self) -> Vec<Zeroizing<String>> {
        self.secrets.clone()
    }

    /// The request with the drive that is sent.
    pub(super) fn into_request(self, request: Request) -> Request {
        let Some(body) = self.body else {
            return request;
        };
        let mut headers = request.headers;
        if headers.contains_key(CONTENT_LENGTH) {
            headers.insert(CONTENT_LENGTH, body.len().into());
        }
        Request {
            headers,
            body,
            ..request
        }
    }
}

/// What the URL served, as one string of base64 without line breaks.
fn pinned(text: &Bytes) -> Result<Zeroizing<String>, DriveError> {
    let text = std::str::from_utf8(text).map_err(|_| DriveError::Place)?;
    let is_base64 =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '\r' | '\n');
    if !text.chars().all(is_base64) {
        return Err(DriveError::Place);
    }
    let joined = text.chars().filter(|c| !c.is_ascii_whitespace());
    Ok(Zeroizing::new(joined.collect()))
}

/// The drive built from the files that were judged.
async fn rebuilt(drive: &Drive) -> Result<Zeroizing<String>, DriveError> {
    let contents = drive.contents().await;
    let contents = contents.map_err(|error| DriveError::Open(error.into()))?;
    let mut files = Vec::new();
    for (number, entry) in (0..).zip(&contents.entries) {
        match entry.kind {
            EntryKind::Directory => {}
            EntryKind::File => {
                let bytes = drive.file(number, MOST_FILE_BYTES).await;
                files.push((entry.path.clone(), bytes.map_err(DriveError::Open)?));
            }
            EntryKind::Symlink | EntryKind::Special => return Err(DriveError::NotPlain),
        }
    }
    if !contents.flaws.is_empty() || files.is_empty() {
        return Err(DriveError::NotPlain);
    }
    // Compressing takes a while, in which other requests of the thread go on.
    let built = tokio::task::spawn_blocking(move || to_base64(&build_files(&files)?));
    let built = built.await.unwrap_or_else(|lost| {
        let lost = std::io::Error::other(lost);
        Err(BuildError::Compress(lost))
    });
    Ok(built?)
}

/// What is secret on a drive that somebody has opened: nobody else could tell of it.
pub(super) async fn secrets(drive: &Drive) -> Vec<Zeroizing<String>> {
    let mut secrets = Vec::new();
    // Those of the JSON form stand in the request itself.
    let is_parts = drive
        .submitted()
        .is_some_and(|submitted| submitted.form() == Form::Parts);
    let Some(contents) = drive.contents_if_open().await.filter(|_| !is_parts) else {
        return secrets;
    };
    let files = (0..).zip(&contents.entries);
    let files = files.filter(|(_, entry)| entry.kind == EntryKind::File && entry.size > 0);
    for (number, _) in files.take(SECRET_FILES) {
        match drive.file(number, SECRET_BYTES).await {
            Ok(bytes) => sanitise::of_drive_file(&bytes, &mut secrets),
            Err(FileError::Open(OpenError::Stopped(_))) => break,
            // Larger ones are not looked for, as in the bodies of requests.
            Err(_) => {}
        }
    }
    secrets.sort_unstable_by(|a, b| a.as_str().cmp(b.as_str()));
    secrets.dedup();
    secrets
}
