//! The engine: how code is compiled and where instances live.
//!
//! Compiling and running have to agree on the settings made here, or compiled code is refused
//! when it is loaded.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use super::error::LoadError;

/// Address space kept for each memory. With 4 GiB the compiled code needs no bounds checks; how
/// much of it a validator may use is a matter of its limits.
const RESERVATION: u64 = 4 << 30;
/// Memory a slot keeps between two uses, so that resetting it is a copy and not a system call.
const KEEP_RESIDENT: usize = 512 << 10;
/// The same for tables.
const KEEP_TABLE: usize = 64 << 10;
/// Largest table any limit can allow.
const TABLE_ELEMENTS: usize = 20_000;
/// How long the process that compiles a validator may take.
const COMPILE_TIME: Duration = Duration::from_secs(120);

/// How instances get their memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allocation {
    /// From a pool that is set up once; what makes a fresh instance cheap.
    Pool {
        /// Instances in the pool.
        instances: usize,
    },
    /// From the operating system, each time anew: slower, and what is left where no pool can be
    /// had.
    OnDemand {
        /// Why there is no pool.
        reason: String,
    },
}

/// Where validators are compiled that have not been compiled before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Compiler {
    /// In this process: simple, and the compiler's memory and faults are shared.
    #[default]
    ThisProcess,
    /// In a process of its own, which gets the component on its standard input and answers with
    /// the code on its standard output (see [`precompile`]).
    Command {
        /// Program to run.
        program: PathBuf,
        /// Its arguments.
        arguments: Vec<String>,
    },
}

/// Compiles a component for the engine of this version of the library.
///
/// The code runs on any x86-64 processor of level v2 (or any other processor of the architecture
/// this was built for), not just on the one it was compiled on.
///
/// # Errors
/// When the bytes are no component that can be compiled.
pub fn precompile(wasm: &[u8]) -> Result<Vec<u8>, LoadError> {
    if !is_component(wasm) {
        return Err(LoadError::NotAComponent);
    }
    let mut config = settings();
    portable(&mut config).map_err(compile_error)?;
    let engine = Engine::new(&config).map_err(compile_error)?;
    engine.precompile_component(wasm).map_err(compile_error)
}

/// `\0asm`, version 13, layer 1: a component, not a core module.
const COMPONENT_MAGIC: &[u8] = b"\0asm\x0d\x00\x01\x00";

fn is_component(wasm: &[u8]) -> bool {
    wasm.starts_with(COMPONENT_MAGIC)
}

fn compile_error(error: wasmtime::Error) -> LoadError {
    LoadError::Compile {
        reason: format!("{error:#}"),
    }
}

/// What compiled code depends on.
fn settings() -> Config {
    let mut config = Config::new();
    config.epoch_interruption(true);
    config.memory_reservation(RESERVATION);
    // A validator's failure is told by its kind, not by where in its code it happened.
    config.wasm_backtrace_max_frames(None);
    config.generate_address_map(false);
    config.native_unwind_info(false);
    config
}

/// Compiles for what every server of the last fifteen years has, instead of for this machine.
fn portable(config: &mut Config) -> wasmtime::Result<()> {
    if cfg!(all(target_arch = "x86_64", target_os = "linux")) {
        config.target("x86_64-unknown-linux-gnu")?;
        for flag in [
            "has_sse3",
            "has_ssse3",
            "has_sse41",
            "has_sse42",
            "has_popcnt",
        ] {
            // SAFETY: a processor without one of these refuses the code when it is loaded; that
            // check is the engine's own.
            #[expect(unsafe_code, reason = "wasmtime marks every compiler flag unsafe")]
            unsafe {
                config.cranelift_flag_enable(flag);
            }
        }
    }
    Ok(())
}

/// Sets up the engine to run with: a pool if this machine can have one, for so many validators and
/// so many drive readers.
pub(super) fn start(instances: usize, drives: usize) -> Result<(Engine, Allocation), LoadError> {
    let mut pooled = settings();
    pooled.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(
        instances.saturating_add(drives),
    )));
    let reason = match Engine::new(&pooled) {
        Ok(engine) => return Ok((engine, Allocation::Pool { instances })),
        Err(error) => format!("{error:#}"),
    };
    let engine = Engine::new(&settings()).map_err(|error| LoadError::Engine {
        reason: format!("{error:#}"),
    })?;
    Ok((engine, Allocation::OnDemand { reason }))
}

fn pool(instances: usize) -> PoolingAllocationConfig {
    let count = u32::try_from(instances).unwrap_or(u32::MAX / 4);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(count)
        .total_core_instances(count.saturating_mul(4))
        .total_memories(count)
        .total_tables(count.saturating_mul(2))
        .total_stacks(count)
        .max_core_instances_per_component(8)
        .max_memories_per_component(1)
        .max_tables_per_component(4)
        .max_memory_size(usize::try_from(RESERVATION).unwrap_or(usize::MAX))
        .table_elements(TABLE_ELEMENTS)
        // Fewer than there are policies times processors, and slots are mapped anew all the
        // time: four times slower.
        .max_unused_warm_slots(count)
        .linear_memory_keep_resident(KEEP_RESIDENT)
        .table_keep_resident(KEEP_TABLE)
        .pagemap_scan(Enabled::Auto);
    pool
}

impl Compiler {
    pub(super) fn compile(&self, wasm: &[u8]) -> Result<Vec<u8>, LoadError> {
        if !is_component(wasm) {
            return Err(LoadError::NotAComponent);
        }
        match self {
            Self::ThisProcess => precompile(wasm),
            Self::Command { program, arguments } => {
                let mut command = Command::new(program);
                command.args(arguments);
                compile_elsewhere(command, wasm)
            }
        }
    }
}

fn compile_elsewhere(mut command: Command, wasm: &[u8]) -> Result<Vec<u8>, LoadError> {
    let failed = |reason: String| LoadError::Compile { reason };
    let spawned = command
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = spawned
        .map_err(|error| failed(format!("the process for it cannot be started: {error}")))?;
    let (Some(mut input), Some(mut output), Some(mut complaint)) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err(failed("the process for it has no pipes".into()));
    };
    let (sender, receiver) = mpsc::channel();
    let wasm = wasm.to_vec();
    let writer = thread::spawn(move || input.write_all(&wasm));
    let reader = thread::spawn(move || {
        let mut code = Vec::new();
        let outcome = output.read_to_end(&mut code).map(|_| code);
        // The receiver is gone only after the time is up.
        drop(sender.send(outcome));
        let mut text = String::new();
        drop(complaint.read_to_string(&mut text));
        text
    });
    let outcome = receiver.recv_timeout(COMPILE_TIME);
    if outcome.is_err() {
        // It may have ended meanwhile; waiting below tells.
        drop(child.kill());
    }
    let status = child
        .wait()
        .map_err(|error| failed(format!("the process for it was lost: {error}")))?;
    // A writer that failed wrote to a process that ended early: its status says so.
    drop(writer.join());
    let complaint = reader.join().unwrap_or_default();
    match outcome {
        Err(_) => Err(failed(format!(
            "the process for it took more than {} s",
            COMPILE_TIME.as_secs()
        ))),
        Ok(Ok(code)) if status.success() => Ok(code),
        Ok(_) => Err(failed(complaint.trim().into())),
    }
}
