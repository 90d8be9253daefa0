//! Every way a validator can fail, told apart by type.

use std::time::Duration;

use wasmtime::{PoolConcurrencyLimitError, Trap};

use crate::units::ByteSize;

/// Why an evaluation gave no verdict.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvaluationError {
    /// It took longer than its limit, or than the request had left.
    #[error("validator was stopped after {limit:?} without a verdict")]
    Time {
        /// Time it had.
        limit: Duration,
    },
    /// It asked for more memory.
    #[error("validator asked for more than its {limit} of memory")]
    Memory {
        /// Memory it may have.
        limit: ByteSize,
    },
    /// It asked for a larger table.
    #[error("validator asked for a table of more than {limit} elements")]
    Table {
        /// Elements a table may have.
        limit: usize,
    },
    /// Its answer is too long.
    #[error("answer of the validator is longer than {limit}")]
    Output {
        /// Text an answer may have.
        limit: ByteSize,
    },
    /// It logged too much.
    #[error("validator wrote more than {limit} to the log")]
    Log {
        /// Text it may log.
        limit: ByteSize,
    },
    /// Its host calls moved too much.
    #[error("host calls of the validator moved more than {limit}")]
    HostCalls {
        /// Bytes host calls may move.
        limit: ByteSize,
    },
    /// It did something WebAssembly forbids, or gave up.
    #[error("validator trapped: {0}")]
    Trap(TrapKind),
    /// It answered something that is no verdict.
    #[error("answer of the validator is not usable: {0}")]
    Answer(AnswerFault),
    /// It answered that it cannot judge.
    #[error("validator declined to judge")]
    Declined {
        /// What it said; for the log, not for clients.
        reason: String,
    },
    /// No instance was free in time.
    #[error("no sandbox was free in time")]
    PoolFull,
}

impl EvaluationError {
    /// The reason as one word, for records and metrics.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Time { .. } => "time",
            Self::Memory { .. } => "memory",
            Self::Table { .. } => "table",
            Self::Output { .. } => "output",
            Self::Log { .. } => "log",
            Self::HostCalls { .. } => "host-calls",
            Self::Trap(_) => "trap",
            Self::Answer(_) => "answer",
            Self::Declined { .. } => "declined",
            Self::PoolFull => "pool-full",
        }
    }
}

/// What made a validator trap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrapKind {
    /// It gave up; what a panic or an abort compiles to.
    #[error("it gave up (a panic or an abort)")]
    Unreachable,
    /// It called too deep.
    #[error("its call stack was exhausted")]
    StackOverflow,
    /// It reached outside its memory; also what a stack that grows past its start does.
    #[error("it reached outside its memory")]
    MemoryOutOfBounds,
    /// It called through a table entry that is not there, or of another type.
    #[error("it called a function that is not there")]
    BadCall,
    /// It divided by zero, or a result did not fit.
    #[error("its arithmetic has no result")]
    Arithmetic,
    /// Anything else.
    #[error("it broke a rule of WebAssembly")]
    Other,
}

/// What is wrong with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerFault {
    /// It is not where or what it says: pointers outside memory, parts that lie over each
    /// other, text that is not UTF-8.
    #[error("it cannot be taken over from the validator's memory")]
    Unreadable,
    /// A finding names a rule that the description does not list.
    #[error("a finding names a rule that is not in the description")]
    UnknownRule,
    /// A finding's pointer is not a JSON pointer.
    #[error("a finding's pointer is not a JSON pointer")]
    Pointer,
    /// A denial without an error, or an error without a denial.
    #[error("verdict and findings contradict each other")]
    Contradiction,
    /// What a sanitizer answers is not what it was given with parts taken out.
    #[error("it is not what was given with parts taken out")]
    Added,
}

/// Raised by the host inside an evaluation to end it. What tells our reasons from traps.
#[derive(Clone, Debug, thiserror::Error)]
#[error("evaluation stopped by the host")]
pub(super) struct Stop(pub(super) EvaluationError);

/// Finds out why a call into the guest failed.
pub(super) fn classify(error: &wasmtime::Error) -> EvaluationError {
    if let Some(Stop(cause)) = error.downcast_ref() {
        return cause.clone();
    }
    if error.is::<PoolConcurrencyLimitError>() {
        return EvaluationError::PoolFull;
    }
    match error.downcast_ref::<Trap>() {
        Some(trap) => EvaluationError::Trap(trap_kind(*trap)),
        // Neither ours nor a trap: the call came back, and its result could not be lifted.
        None => EvaluationError::Answer(AnswerFault::Unreadable),
    }
}

fn trap_kind(trap: Trap) -> TrapKind {
    match trap {
        Trap::UnreachableCodeReached => TrapKind::Unreachable,
        Trap::StackOverflow => TrapKind::StackOverflow,
        Trap::MemoryOutOfBounds => TrapKind::MemoryOutOfBounds,
        Trap::TableOutOfBounds | Trap::IndirectCallToNull | Trap::BadSignature => TrapKind::BadCall,
        Trap::IntegerOverflow | Trap::IntegerDivisionByZero | Trap::BadConversionToInteger => {
            TrapKind::Arithmetic
        }
        _ => TrapKind::Other,
    }
}

/// Why a validator cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Not a component.
    #[error(
        "not a WebAssembly component; build one with the guest SDK (`cargo xtask policy build`)"
    )]
    NotAComponent,
    /// It could not be compiled.
    #[error("WebAssembly component cannot be compiled: {reason}")]
    Compile {
        /// What the compiler said.
        reason: String,
    },
    /// It imports something that the host does not have.
    #[error("validator imports `{import}`, which this host does not offer")]
    UnknownImport {
        /// Name of the import.
        import: String,
    },
    /// It imports, or asks for, a capability that was not granted.
    #[error(
        "validator asks for capability `{capability}`, which is not granted; grant it with `capabilities = [\"{capability}\"]`"
    )]
    NotGranted {
        /// The capability.
        capability: String,
    },
    /// A capability was granted that the host does not know.
    #[error(
        "capability `{capability}` is not known, expected one of {}",
        super::capability::names()
    )]
    UnknownCapability {
        /// The capability.
        capability: String,
    },
    /// It does not export what a validator exports.
    #[error("component does not implement contract {contract}", contract = super::CONTRACT)]
    Contract {
        /// What the component model said about it.
        reason: String,
    },
    /// It needs a newer contract.
    #[error("validator needs a newer contract than {contract}: it says `{needs}`", contract = super::CONTRACT)]
    NeedsContract {
        /// What the validator said.
        needs: String,
    },
    /// It failed to describe itself.
    #[error("validator did not describe itself")]
    Describe(#[source] EvaluationError),
    /// What it says about itself is not usable.
    #[error("description of the validator is not usable: {0}")]
    Description(String),
    /// It failed while it checked settings.
    #[error("validator did not check its settings")]
    CheckSettings(#[source] EvaluationError),
    /// No engine could be set up on this machine.
    #[error("sandbox cannot be set up: {reason}")]
    Engine {
        /// What the runtime said.
        reason: String,
    },
}
