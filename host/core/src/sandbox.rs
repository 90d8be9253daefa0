//! The sandbox: load a validator once, evaluate it many times.
//!
//! Every evaluation runs in a store and an instance of its own, with limits on all it can use,
//! and sees nothing but its arguments and what it was granted. The only module that names
//! wasmtime.
//!
//! Evaluating is asynchronous in one respect: a guest that has run for a whole tick (1 ms)
//! lets the other tasks of its thread go on, so that no guest can hold up a thread that serves
//! connections. Blocking a thread for each evaluation, or handing it to another, was ruled out:
//! either costs more than the evaluation.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use wasmtime::Engine;
use wasmtime::component::Component;

mod bindings;
mod cache;
mod capability;
mod convert;
mod description;
mod drive;
mod engine;
mod error;
mod instance;
pub mod limits;
mod load;
mod places;
mod program;
mod readers;
mod sanitizer;
mod ticker;
mod validator;
mod visit;

pub use capability::Capability;
pub use description::{Description, Rule};
pub use drive::{Drive, DriveReader, Encoding, FileError, OpenError};
pub use engine::{Allocation, Compiler, precompile};
pub use error::{AnswerFault, EvaluationError, LoadError, TrapKind};
pub use instance::{LogLevel, LogLine};
pub use sanitizer::{Answer, Form, LogRecord, Sanitizer, SanitizerDescription, Session};
pub use validator::{Evaluated, SettingsProblem, Validator};

use cache::Cache;
use places::Places;
use readers::Readers;
use ticker::Ticker;

/// Version of the contract in `wit/` that this host implements.
pub const CONTRACT: &str = "1.1.0";

/// How a sandbox is set up.
#[derive(Clone, Debug, Default)]
pub struct SandboxOptions {
    /// Evaluations at the same time; 0 is computed from processors and `policies`.
    pub instances: usize,
    /// How many policies there will be.
    pub policies: usize,
    /// Drives that are open at the same time; 0 is [`DRIVES`].
    pub drives: usize,
    /// Evaluations that may wait for a free instance before further ones are refused.
    pub max_waiting: usize,
    /// Where compiled validators are kept; nowhere without it.
    pub cache_dir: Option<PathBuf>,
    /// Where validators are compiled.
    pub compiler: Compiler,
}

/// Where validators run.
pub struct Sandbox {
    shared: Arc<Shared>,
}

struct Shared {
    engine: Engine,
    allocation: Allocation,
    ticker: Ticker,
    places: Arc<Places>,
    readers: Arc<Readers>,
    cache: Option<Cache>,
    compiler: Compiler,
    /// What has been loaded so far, by digest: policies that share a validator share its code.
    loaded: Mutex<HashMap<String, Component>>,
}

/// Fewest instances of a pool. From here on the pool is divided between processors.
const FEWEST_INSTANCES: usize = 128;

/// Drives that are open at the same time, unless an option says otherwise.
pub const DRIVES: usize = 8;

impl Sandbox {
    /// Sets up the engine, with a pool of instances where this machine can have one and a
    /// warning where it cannot.
    ///
    /// # Errors
    /// When no engine can be set up at all.
    pub fn new(options: &SandboxOptions) -> Result<Self, LoadError> {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let computed = FEWEST_INSTANCES.max(2 * options.policies * processors);
        let instances = if options.instances == 0 {
            computed
        } else {
            options.instances
        };
        let drives = if options.drives == 0 {
            DRIVES
        } else {
            options.drives
        };
        let (engine, allocation) = engine::start(instances, drives)?;
        if let Allocation::OnDemand { reason } = &allocation {
            tracing::warn!(
                reason,
                "no pool of sandboxes on this machine: evaluations will be slower"
            );
        }
        let places = Arc::new(Places::new(instances, options.max_waiting));
        let readers = Arc::new(Readers::new(drives));
        let ticker = Ticker::start(&engine, Arc::clone(&places), Arc::clone(&readers));
        let ticker = ticker.map_err(|error| LoadError::Engine {
            reason: error.to_string(),
        })?;
        let cache = options.cache_dir.as_deref().and_then(|directory| {
            let opened = Cache::open(directory, &engine);
            opened.inspect_err(|error| {
                let reason = error.to_string();
                tracing::warn!(directory = %directory.display(), reason, "compiled validators are not kept");
            }).ok()
        });
        Ok(Self {
            shared: Arc::new(Shared {
                engine,
                allocation,
                ticker,
                places,
                readers,
                cache,
                compiler: options.compiler.clone(),
                loaded: Mutex::default(),
            }),
        })
    }

    /// How instances get their memory on this machine.
    pub fn allocation(&self) -> &Allocation {
        &self.shared.allocation
    }
}
