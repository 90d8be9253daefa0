//! The sandbox: load a validator once, evaluate it many times.
//!
//! Every evaluation runs in a store and an instance of its own, with limits on all it can use,
//! and sees nothing but its arguments and what it was granted. The only module that names
//! wasmtime.
//!
//! Evaluating is asynchronous in one respect: a guest that runs for longer than a tick (1 ms)
//! lets the other tasks of its thread go on, so that no guest can hold up a thread that serves
//! connections. Blocking a thread for each evaluation, or handing it to another, was ruled out:
//! either costs more than the evaluation.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::{Semaphore, SemaphorePermit};
use wasmtime::Engine;
use wasmtime::component::{Component, HasSelf, Linker};

use crate::json::Document;
use crate::operation::Operation;
use crate::request::{Caller, RequestId};
use crate::verdict::Verdict;

mod bindings;
mod cache;
mod capability;
mod convert;
mod description;
mod engine;
mod error;
mod instance;
pub mod limits;
mod program;
mod ticker;

pub use capability::Capability;
pub use description::{Description, Rule};
pub use engine::{Allocation, Compiler, precompile};
pub use error::{AnswerFault, EvaluationError, LoadError, TrapKind};
pub use instance::{LogLevel, LogLine};

use bindings::exports::portcullis::policy::validator as raw;
use bindings::portcullis::policy::{log, raw_body};
use cache::Cache;
use error::classify;
use instance::{Instance, State};
use limits::Limits;
use program::Program;
use ticker::{Running, Ticker};

/// Version of the contract in `wit/` that this host implements.
pub const CONTRACT: &str = "1.1.0";

/// How a sandbox is set up.
#[derive(Clone, Debug, Default)]
pub struct SandboxOptions {
    /// Evaluations at the same time; 0 is computed from processors and `policies`.
    pub instances: usize,
    /// How many policies there will be.
    pub policies: usize,
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
    free: Semaphore,
    waiting: AtomicUsize,
    max_waiting: usize,
    cache: Option<Cache>,
    compiler: Compiler,
    /// What has been loaded so far, by digest: policies that share a validator share its code.
    loaded: Mutex<HashMap<String, Component>>,
}

/// Fewest instances of a pool. From here on the pool is divided between processors.
const FEWEST_INSTANCES: usize = 128;

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
        let (engine, allocation) = engine::start(instances)?;
        if let Allocation::OnDemand { reason } = &allocation {
            tracing::warn!(
                reason,
                "no pool of sandboxes on this machine: evaluations will be slower"
            );
        }
        let ticker = Ticker::start(&engine).map_err(|error| LoadError::Engine {
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
                free: Semaphore::new(instances),
                waiting: AtomicUsize::new(0),
                max_waiting: options.max_waiting,
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

    /// Loads a validator: compiles it unless that was done before, links what was granted, and
    /// lets it describe itself.
    ///
    /// `compiled` is what [`precompile`] made of `wasm` when the program was built. It is code
    /// that will be run: it has to come from the program itself.
    ///
    /// # Errors
    /// When it is no validator, asks for what was not granted, or describes itself wrongly.
    pub async fn load(
        &self,
        wasm: &[u8],
        compiled: Option<&'static [u8]>,
        granted: &[Capability],
        limits: Limits,
    ) -> Result<Validator, LoadError> {
        let digest = cache::digest(wasm);
        let component = self.shared_component(wasm, compiled, &digest)?;
        let imported = self.imported(&component)?;
        if let Some(missing) = imported
            .iter()
            .find(|capability| !granted.contains(capability))
        {
            return Err(LoadError::NotGranted {
                capability: missing.name().into(),
            });
        }
        let contract = |error: wasmtime::Error| LoadError::Contract {
            reason: format!("{error:#}"),
        };
        let linker = self.linker(granted).map_err(contract)?;
        let program = linker
            .instantiate_pre(&component)
            .and_then(Program::new)
            .map_err(contract)?;
        let shared = Arc::clone(&self.shared);
        let description = describe(&shared, &program, limits).await?;
        if let Some(missing) = description
            .capabilities
            .iter()
            .find(|capability| !granted.contains(capability))
        {
            return Err(LoadError::NotGranted {
                capability: missing.name().into(),
            });
        }
        if let Some(undeclared) = imported
            .iter()
            .find(|capability| !description.capabilities.contains(capability))
        {
            let message = format!(
                "capabilities: imports `{}` without asking for it",
                undeclared.name()
            );
            return Err(LoadError::Description(message));
        }
        let imports = self.import_names(&component);
        Ok(Validator {
            shared,
            program,
            description,
            imports,
            limits,
            digest,
            size_bytes: wasm.len(),
        })
    }

    fn shared_component(
        &self,
        wasm: &[u8],
        compiled: Option<&'static [u8]>,
        digest: &str,
    ) -> Result<Component, LoadError> {
        let mut loaded = self
            .shared
            .loaded
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(component) = loaded.get(digest) {
            return Ok(component.clone());
        }
        let component = self.component(wasm, compiled, digest)?;
        loaded.insert(digest.to_owned(), component.clone());
        Ok(component)
    }

    fn component(
        &self,
        wasm: &[u8],
        compiled: Option<&'static [u8]>,
        digest: &str,
    ) -> Result<Component, LoadError> {
        let Shared {
            engine,
            cache,
            compiler,
            ..
        } = &*self.shared;
        if let Some(compiled) = compiled {
            match deserialize(engine, compiled) {
                Ok(component) => return Ok(component),
                Err(error) => {
                    tracing::warn!(%error, "built-in code does not fit this machine and is compiled again")
                }
            }
        }
        if let Some(component) = cache.as_ref().and_then(|cache| cache.load(engine, digest)) {
            return Ok(component);
        }
        let code = compiler.compile(wasm)?;
        if let Some(Err(error)) = cache.as_ref().map(|cache| cache.store(digest, &code)) {
            tracing::warn!(%error, "compiled validator cannot be kept");
        }
        if let Some(component) = cache.as_ref().and_then(|cache| cache.load(engine, digest)) {
            return Ok(component);
        }
        deserialize(engine, &code).map_err(|error| LoadError::Compile {
            reason: format!("{error:#}"),
        })
    }

    fn import_names(&self, component: &Component) -> Vec<String> {
        component
            .component_type()
            .imports(&self.shared.engine)
            .map(|(name, _)| name.to_owned())
            .collect()
    }

    /// Capabilities that the component's imports amount to.
    fn imported(&self, component: &Component) -> Result<Vec<Capability>, LoadError> {
        let mut imported = Vec::new();
        let component_type = component.component_type();
        for (name, _) in component_type.imports(&self.shared.engine) {
            match interface(name) {
                Some("types") => {}
                Some(known) => {
                    imported.push(known.parse().map_err(|_| LoadError::UnknownImport {
                        import: name.into(),
                    })?)
                }
                None => {
                    return Err(LoadError::UnknownImport {
                        import: name.into(),
                    });
                }
            }
        }
        Ok(imported)
    }

    /// A linker that knows what was granted and nothing else.
    fn linker(&self, granted: &[Capability]) -> wasmtime::Result<Linker<State>> {
        let mut linker = Linker::new(&self.shared.engine);
        for capability in granted {
            match capability {
                Capability::Log => {
                    log::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)?
                }
                Capability::RawBody => {
                    raw_body::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)?
                }
            }
        }
        Ok(linker)
    }
}

/// Name of the contract's interface that an import is; `None` if it is none of the contract's.
fn interface(import: &str) -> Option<&str> {
    let (name, version) = import.strip_prefix("portcullis:policy/")?.split_once('@')?;
    version.starts_with("1.").then_some(name)
}

fn deserialize(engine: &Engine, code: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: `load` takes compiled code only from the program itself, and what is compiled here
    // comes straight from the compiler.
    #[expect(unsafe_code, reason = "loading compiled code is running it")]
    unsafe {
        Component::deserialize(engine, code)
    }
}

async fn describe(
    shared: &Shared,
    program: &Program,
    limits: Limits,
) -> Result<Description, LoadError> {
    let deadline = Instant::now() + LOAD_TIME;
    let mut visit = shared
        .visit(program, limits, Bytes::new(), deadline)
        .await
        .map_err(LoadError::Describe)?;
    let answer = program.describe(&mut visit.instance, CONTRACT).await;
    match answer.map_err(|error| LoadError::Describe(classify(&error)))? {
        Ok(description) => Description::check(description),
        Err(raw::DescribeError::NeedsContract(needs)) => Err(LoadError::NeedsContract {
            needs: description::plain_text(&needs),
        }),
    }
}

/// How long loading may wait for an instance.
const LOAD_TIME: Duration = Duration::from_secs(10);

/// What an evaluation is about.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// The request.
    pub request_id: &'a RequestId,
    /// What it asks.
    pub operation: &'a Operation,
    /// Who sent it.
    pub caller: &'a Caller,
    /// The node as Ironic shows it to the caller, where a policy needs it.
    pub node: Option<&'a Document>,
}

/// The outcome of one evaluation.
#[derive(Debug)]
pub struct Evaluated {
    /// The verdict, or why there is none.
    pub result: Result<Verdict, EvaluationError>,
    /// What the validator wrote to the log, as it wrote it.
    pub lines: Vec<LogLine>,
}

/// One thing wrong with a policy's settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsProblem {
    /// JSON pointer into the settings.
    pub pointer: String,
    /// What was found and what would be accepted.
    pub message: String,
}

/// A validator that has been loaded.
pub struct Validator {
    shared: Arc<Shared>,
    program: Program,
    description: Description,
    imports: Vec<String>,
    limits: Limits,
    digest: String,
    size_bytes: usize,
}

impl Validator {
    /// What it says about itself.
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// Names of the interfaces it imports.
    pub fn imports(&self) -> &[String] {
        &self.imports
    }

    /// SHA-256 of the component, in hexadecimal.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Size of the component.
    pub fn size_bytes(&self) -> usize {
        self.size_bytes
    }

    /// Lets the validator check settings (a JSON object) that satisfy its schema.
    ///
    /// # Errors
    /// When it does not answer. Problems with the settings are its answer.
    pub async fn check_settings(&self, settings: &str) -> Result<Vec<SettingsProblem>, LoadError> {
        let deadline = Instant::now() + LOAD_TIME;
        let visit = self
            .shared
            .visit(&self.program, self.limits, Bytes::new(), deadline);
        let mut visit = visit.await.map_err(LoadError::CheckSettings)?;
        let answer = self
            .program
            .check_settings(&mut visit.instance, settings)
            .await;
        match answer.map_err(|error| LoadError::CheckSettings(classify(&error)))? {
            Ok(()) => Ok(Vec::new()),
            Err(raw::SettingsError::Invalid(problems)) => {
                Ok(problems.into_iter().map(settings_problem).collect())
            }
        }
    }

    /// Judges one operation in a fresh instance.
    ///
    /// Waits for a free instance until `deadline`; what the guest itself may use of the rest is
    /// a matter of its limits.
    pub async fn evaluate(
        &self,
        settings: &str,
        evidence: &Evidence<'_>,
        deadline: Instant,
    ) -> Evaluated {
        let body = evidence
            .operation
            .body()
            .map(|body| body.text().clone())
            .unwrap_or_default();
        let mut visit = match self
            .shared
            .visit(&self.program, self.limits, body, deadline)
            .await
        {
            Ok(visit) => visit,
            Err(error) => {
                return Evaluated {
                    result: Err(error),
                    lines: Vec::new(),
                };
            }
        };
        let question = convert::Question::new(&self.description, evidence);
        let fields = question.fields();
        let request = question.request(&fields);
        let answer = self
            .program
            .validate(&mut visit.instance, settings, request)
            .await;
        let result = answer
            .map_err(|error| classify(&error))
            .and_then(|answer| convert::verdict(answer, &self.description, &self.limits));
        Evaluated {
            result,
            lines: visit.instance.into_lines(),
        }
    }
}

fn settings_problem(raw: raw::SettingsProblem) -> SettingsProblem {
    SettingsProblem {
        pointer: description::plain_text(&raw.pointer),
        message: description::plain_text(&raw.message),
    }
}

/// A fresh instance, and its place in the pool for as long as it lives.
struct Visit<'a> {
    // Dropped in this order: the instance gives its memory back before its place is free.
    instance: Instance,
    _running: Running<'a>,
    _place: SemaphorePermit<'a>,
}

impl Shared {
    async fn visit(
        &self,
        program: &Program,
        limits: Limits,
        body: Bytes,
        deadline: Instant,
    ) -> Result<Visit<'_>, EvaluationError> {
        let place = self.place(deadline).await?;
        let running = self.ticker.run();
        let instance =
            Instance::open(&self.engine, program.instance_pre(), limits, body, deadline).await?;
        Ok(Visit {
            instance,
            _running: running,
            _place: place,
        })
    }

    /// A place in the pool: at once if one is free, else after a wait with few others.
    async fn place(&self, deadline: Instant) -> Result<SemaphorePermit<'_>, EvaluationError> {
        if let Ok(place) = self.free.try_acquire() {
            return Ok(place);
        }
        let _waiting = Waiting::enter(self).ok_or(EvaluationError::PoolFull)?;
        match tokio::time::timeout_at(deadline.into(), self.free.acquire()).await {
            Ok(Ok(place)) => Ok(place),
            Ok(Err(_)) | Err(_) => Err(EvaluationError::PoolFull),
        }
    }
}

/// One of the few that wait.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn enter(shared: &'a Shared) -> Option<Self> {
        let before = shared.waiting.fetch_add(1, Ordering::Relaxed);
        let entered = Self(&shared.waiting);
        (before < shared.max_waiting).then_some(entered)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
