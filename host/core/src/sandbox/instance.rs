//! One evaluation: a fresh store and instance, watched by its limits.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use wasmtime::component::InstancePre;
use wasmtime::{Engine, ResourceLimiter, Store, UpdateDeadline};

use super::bindings::portcullis::policy::{log, raw_body};
use super::drive::{Drive, Source};
use super::error::{EvaluationError, Stop, classify};
use super::limits::Limits;
use super::ticker::TICK;

/// How much room lifted values may take for each byte of guest memory. Text keeps its size, and
/// the records of the contract grow less than threefold, so an answer that does not fit has
/// parts that lie over each other.
const LIFTED_PER_BYTE: usize = 3;

/// Ticks that a guest runs through before it lets others go on. The first one may come at once:
/// yielding to it would interrupt one evaluation in every few that take a fraction of a tick, and
/// leave its memory in use and its data cold while others begin.
const TICKS_BEFORE_YIELDING: u32 = 1;

/// What an instance has used so far, and what it may use.
pub(super) struct State {
    limits: Limits,
    /// When its own time is over.
    deadline: Instant,
    /// When the time of the request is over.
    request_deadline: Instant,
    time: Duration,
    /// Ticks that it was running at.
    ticks: u32,
    body: Bytes,
    /// The drive of the request, for validators.
    pub(super) drive: Option<Arc<Drive>>,
    /// What is to be read, for the drive reader.
    pub(super) source: Option<Source>,
    lines: Vec<LogLine>,
    log_bytes: u64,
    host_call_bytes: u64,
}

/// What an instance can ask for.
#[derive(Default)]
pub(super) struct Given {
    /// The request's body.
    pub(super) body: Bytes,
    /// The request's drive.
    pub(super) drive: Option<Arc<Drive>>,
    /// The bytes of a drive.
    pub(super) source: Option<Source>,
}

/// A line a validator wrote to the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// How important it is.
    pub level: LogLevel,
    /// Its text, as the guest wrote it.
    pub message: String,
}

/// Level of a [`LogLine`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogLevel {
    /// For whoever looks for a fault.
    Debug,
    /// Worth knowing.
    Info,
    /// Worth somebody's attention.
    Warning,
}

/// A guest that has just been born.
pub(super) struct Instance {
    pub(super) store: Store<State>,
    pub(super) guest: wasmtime::component::Instance,
}

impl Instance {
    pub(super) async fn open(
        engine: &Engine,
        pre: &InstancePre<State>,
        limits: Limits,
        given: Given,
        request_deadline: Instant,
    ) -> Result<Self, EvaluationError> {
        let now = Instant::now();
        let deadline = request_deadline.min(now + limits.time);
        let time = deadline.saturating_duration_since(now);
        let state = State {
            limits,
            deadline,
            request_deadline,
            time,
            ticks: 0,
            body: given.body,
            drive: given.drive,
            source: given.source,
            lines: Vec::new(),
            log_bytes: 0,
            host_call_bytes: 0,
        };
        let mut store = Store::new(engine, state);
        store.limiter(|state| state);
        store.set_hostcall_fuel(limits.memory.as_usize().saturating_mul(LIFTED_PER_BYTE));
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(|mut context| {
            let state = context.data_mut();
            state.ticks += 1;
            if state.is_out_of_time() {
                Err(state.out_of_time().into())
            } else if state.ticks <= TICKS_BEFORE_YIELDING {
                Ok(UpdateDeadline::Continue(1))
            } else {
                Ok(UpdateDeadline::Yield(1))
            }
        });
        let guest = pre
            .instantiate_async(&mut store)
            .await
            .map_err(|error| classify(&error))?;
        Ok(Self { store, guest })
    }

    /// Gives an instance that is kept the time and the room of one more call.
    pub(super) fn renew(&mut self, request_deadline: Instant) {
        let now = Instant::now();
        let state = self.store.data_mut();
        state.deadline = request_deadline.min(now + state.limits.time);
        state.request_deadline = request_deadline;
        state.time = state.deadline.saturating_duration_since(now);
        state.ticks = 0;
        let fuel = state
            .limits
            .memory
            .as_usize()
            .saturating_mul(LIFTED_PER_BYTE);
        self.store.set_hostcall_fuel(fuel);
        self.store.set_epoch_deadline(1);
    }

    /// The lines the guest has written.
    pub(super) fn into_lines(self) -> Vec<LogLine> {
        self.store.into_data().lines
    }
}

impl State {
    /// On a machine that has no processor to spare, time passes while nothing runs. A guest is
    /// stopped for its own time only when it was running at half the ticks of that time or more.
    fn is_out_of_time(&self) -> bool {
        let now = Instant::now();
        now >= self.request_deadline || (now >= self.deadline && TICK * self.ticks * 2 >= self.time)
    }

    fn out_of_time(&self) -> Stop {
        Stop(EvaluationError::Time { limit: self.time })
    }

    /// Gives back time that passed while somebody else worked.
    pub(super) fn give_time(&mut self, time: Duration) {
        self.deadline = self.request_deadline.min(self.deadline + time);
    }

    /// Counts what a host call moves, and stops the guest when it is too much. Called before
    /// anything is moved.
    pub(super) fn count_host_call(&mut self, bytes: usize) -> Result<(), Stop> {
        if self.is_out_of_time() {
            return Err(self.out_of_time());
        }
        // A call costs something even when it moves nothing.
        const CALL: u64 = 16;
        self.host_call_bytes += CALL + bytes as u64;
        let limit = self.limits.host_call_bytes;
        if self.host_call_bytes > limit.bytes() {
            Err(Stop(EvaluationError::HostCalls { limit }))
        } else {
            Ok(())
        }
    }
}

impl ResourceLimiter for State {
    fn memory_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let limit = self.limits.memory;
        if desired > limit.as_usize() {
            Err(Stop(EvaluationError::Memory { limit }).into())
        } else {
            Ok(true)
        }
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let limit = self.limits.table_elements;
        if desired > limit {
            Err(Stop(EvaluationError::Table { limit }).into())
        } else {
            Ok(true)
        }
    }
}

impl log::Host for State {
    fn write(&mut self, level: log::Level, message: String) -> wasmtime::Result<()> {
        self.count_host_call(message.len())?;
        self.log_bytes += message.len() as u64;
        let limit = self.limits.log;
        if self.log_bytes > limit.bytes() {
            return Err(Stop(EvaluationError::Log { limit }).into());
        }
        let level = match level {
            log::Level::Debug => LogLevel::Debug,
            log::Level::Info => LogLevel::Info,
            log::Level::Warning => LogLevel::Warning,
        };
        self.lines.push(LogLine { level, message });
        Ok(())
    }
}

impl raw_body::Host for State {
    fn length(&mut self) -> wasmtime::Result<u64> {
        self.count_host_call(0)?;
        Ok(self.body.len() as u64)
    }

    fn read(
        &mut self,
        offset: u64,
        max: u32,
    ) -> wasmtime::Result<Result<Vec<u8>, raw_body::ReadError>> {
        let from = usize::try_from(offset).unwrap_or(usize::MAX);
        let Some(rest) = self.body.get(from..) else {
            self.count_host_call(0)?;
            return Ok(Err(raw_body::ReadError::OutOfRange(self.body.len() as u64)));
        };
        let piece = rest.len().min(max as usize);
        self.count_host_call(piece)?;
        Ok(Ok(self.body.slice(from..from + piece).into()))
    }
}
