//! What a validator that was granted `config-drive` can ask.

use std::future::Future;
use std::time::Instant;

use super::parts::piece;
use super::{Drive, OpenError, raw};
use crate::config_drive::{Form, Submitted};
use crate::sandbox::bindings::portcullis::policy::config_drive;
use crate::sandbox::bindings::portcullis::policy::drive_types;
use crate::sandbox::instance::State;

/// Most bytes that one call hands out.
const MOST_BYTES: u32 = 1 << 20;

impl drive_types::Host for State {}

impl config_drive::Host for State {
    async fn find(&mut self) -> wasmtime::Result<Option<config_drive::Submitted>> {
        self.count_host_call(0)?;
        let drive = self.drive.as_deref();
        let found = drive.and_then(|drive| Some((drive.submitted()?, drive.digest()?)));
        Ok(found.map(|(submitted, digest)| in_contract(submitted, digest)))
    }

    async fn text(
        &mut self,
        offset: u64,
        max: u32,
    ) -> wasmtime::Result<Result<Vec<u8>, raw::ReadError>> {
        let text = match self.drive.as_deref().and_then(Drive::submitted) {
            Some(submitted) => piece(submitted.text(), offset, max.min(MOST_BYTES)),
            None => Err(raw::ReadError::NotOpen),
        };
        self.count_host_call(text.as_ref().map_or(0, Vec::len))?;
        Ok(text)
    }

    async fn open(&mut self) -> wasmtime::Result<Result<raw::Contents, config_drive::OpenError>> {
        let Some(drive) = self.drive.clone() else {
            return Ok(Err(config_drive::OpenError::Nothing));
        };
        let contents = self.waiting(drive.raw_contents()).await.map_err(refusal);
        self.count_host_call(contents.as_ref().map_or(0, size))?;
        Ok(contents)
    }

    async fn read(
        &mut self,
        entry: u32,
        offset: u64,
        max: u32,
    ) -> wasmtime::Result<Result<Vec<u8>, raw::ReadError>> {
        let Some(drive) = self.drive.clone() else {
            return Ok(Err(raw::ReadError::NotOpen));
        };
        let read = self.waiting(drive.raw_read(entry, offset, max.min(MOST_BYTES)));
        let bytes = read.await.unwrap_or(Err(raw::ReadError::NotOpen));
        self.count_host_call(bytes.as_ref().map_or(0, Vec::len))?;
        Ok(bytes)
    }

    async fn digest(&mut self, entry: u32) -> wasmtime::Result<Result<String, raw::ReadError>> {
        let Some(drive) = self.drive.clone() else {
            return Ok(Err(raw::ReadError::NotOpen));
        };
        let digest = self.waiting(drive.raw_digest(entry)).await;
        let digest = digest.unwrap_or(Err(raw::ReadError::NotOpen));
        self.count_host_call(digest.as_ref().map_or(0, String::len))?;
        Ok(digest)
    }
}

impl State {
    /// What the drive reader needs is not the validator's time.
    async fn waiting<T>(&mut self, reading: impl Future<Output = T>) -> T {
        let begin = Instant::now();
        let read = reading.await;
        self.give_time(begin.elapsed());
        read
    }
}

fn in_contract(submitted: &Submitted, digest: &str) -> config_drive::Submitted {
    config_drive::Submitted {
        form: match submitted.form() {
            Form::Empty => config_drive::Form::Empty,
            Form::Parts => config_drive::Form::Parts,
            Form::Image => config_drive::Form::Image,
            Form::Url => config_drive::Form::Url,
            Form::Other => config_drive::Form::Other,
        },
        pointer: submitted.pointer().to_owned(),
        bytes: submitted.text().len() as u64,
        sha256: digest.to_owned(),
        fetched: submitted.is_fetched(),
    }
}

fn refusal(error: OpenError) -> config_drive::OpenError {
    match error {
        OpenError::Nothing => config_drive::OpenError::Nothing,
        OpenError::Stopped(error) => config_drive::OpenError::Stopped(error.reason().to_owned()),
    }
}

/// What contents count as: their text, and a little for each entry and flaw.
fn size(contents: &raw::Contents) -> usize {
    const EACH: usize = 48;
    let entries = contents.entries.iter().map(|entry| entry.path.len() + EACH);
    let flaws = contents.flaws.iter().map(|flaw| flaw.found.len() + EACH);
    entries.chain(flaws).sum()
}
