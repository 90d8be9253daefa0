//! A drive reader that runs, with the drive it has read.

use std::time::Instant;

use super::{DriveReader, Encoding, Source, raw};
use crate::config_drive::Base64Error;
use crate::sandbox::bindings::drive_reader::DriveReader as Exports;
use crate::sandbox::bindings::drive_reader::exports::portcullis::policy::drive_contents as contract;
use crate::sandbox::error::{EvaluationError, classify};
use crate::sandbox::instance::{Given, Instance};
use crate::sandbox::limits::{DriveLimits, Limits};
use crate::sandbox::readers::Seat;
use crate::units::ByteSize;

/// A drive that has been read.
pub(super) struct Running {
    // Dropped in this order: the instance gives its memory back before its seat is free.
    instance: Instance,
    exports: Exports,
    pub(super) contents: raw::Contents,
    _seat: Seat,
}

impl Running {
    /// Starts a reader and lets it read. The inner error is the drive's fault.
    pub(super) async fn start(
        reader: &DriveReader,
        source: Source,
        encoding: Encoding,
        deadline: Instant,
    ) -> Result<Result<Self, Base64Error>, EvaluationError> {
        let shared = &reader.shared;
        let seat = shared.readers.take(deadline).await?;
        shared.ticker.wake();
        let given = Given {
            source: Some(source),
            ..Given::default()
        };
        let limits = evaluation(&reader.limits);
        let pre = reader.pre.instance_pre();
        let mut instance = Instance::open(&shared.engine, pre, limits, given, deadline).await?;
        let told = |error: wasmtime::Error| classify(&error);
        let exports = Exports::new(&mut instance.store, &instance.guest).map_err(told)?;
        let encoding = match encoding {
            Encoding::Gzip => contract::Encoding::Gzip,
            Encoding::Image => contract::Encoding::Image,
        };
        let contents = exports
            .portcullis_policy_drive_contents()
            .call_open(&mut instance.store, encoding, bounds(&reader.limits))
            .await
            .map_err(told)?;
        let source = instance.store.data_mut().source.take();
        if let Some(Err(error)) = finished(source).await {
            return Ok(Err(error));
        }
        Ok(Ok(Self {
            instance,
            exports,
            contents,
            _seat: seat,
        }))
    }

    pub(super) async fn read(
        &mut self,
        number: u32,
        offset: u64,
        max: u32,
    ) -> Result<Result<Vec<u8>, raw::ReadError>, EvaluationError> {
        let exports = self.exports.portcullis_policy_drive_contents();
        let read = exports.call_read(&mut self.instance.store, number, offset, max);
        read.await.map_err(|error| classify(&error))
    }

    pub(super) async fn digest(
        &mut self,
        number: u32,
    ) -> Result<Result<String, raw::ReadError>, EvaluationError> {
        let exports = self.exports.portcullis_policy_drive_contents();
        let digest = exports.call_digest(&mut self.instance.store, number);
        digest.await.map_err(|error| classify(&error))
    }

    pub(super) async fn image_digest(&mut self) -> Result<Option<String>, EvaluationError> {
        let exports = self.exports.portcullis_policy_drive_contents();
        let digest = exports.call_image_digest(&mut self.instance.store);
        let digest = digest.await.map_err(|error| classify(&error))?;
        Ok(digest.ok())
    }
}

async fn finished(source: Option<Source>) -> Option<Result<(), Base64Error>> {
    Some(source?.finish().await)
}

/// The limits of the instance.
fn evaluation(limits: &DriveLimits) -> Limits {
    Limits {
        time: limits.time,
        memory: limits.memory,
        // What goes in is the drive, once or twice over where it has several gzip members.
        host_call_bytes: ByteSize::from_bytes(limits.image.bytes().saturating_mul(4)),
        ..Limits::default()
    }
}

/// The limits it is told.
fn bounds(limits: &DriveLimits) -> contract::Limits {
    contract::Limits {
        image_bytes: limits.image.bytes(),
        entries: u32::try_from(limits.entries).unwrap_or(u32::MAX),
        depth: u32::try_from(limits.depth).unwrap_or(u32::MAX),
    }
}
