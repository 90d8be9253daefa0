//! From bytes to a validator that can judge.
//!
//! Nothing is run before it is known to import only what it was granted.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use wasmtime::Engine;
use wasmtime::component::{Component, HasSelf, Linker};

use super::bindings::exports::portcullis::policy::validator as raw;
use super::bindings::portcullis::policy::{config_drive, drive_types, log, raw_body};
use super::capability::Capability;
use super::description::{self, Description};
use super::error::{LoadError, classify};
use super::instance::{Given, State};
use super::limits::Limits;
use super::program::Program;
use super::validator::Validator;
use super::{CONTRACT, Sandbox, Shared, cache};
use crate::memory;

/// How long loading, or checking settings, may wait for an instance.
pub(super) const LOAD_TIME: Duration = Duration::from_secs(10);

impl Sandbox {
    /// Loads a validator: compiles it unless that was done before, links what was granted, and
    /// lets it describe itself.
    ///
    /// `compiled` is what [`precompile`](super::precompile) made of `wasm` when the program was built. It is code
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

    pub(super) fn shared_component(
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
        [Some(wasm), compiled]
            .into_iter()
            .flatten()
            .for_each(memory::give_back);
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
    pub(super) fn imported(&self, component: &Component) -> Result<Vec<Capability>, LoadError> {
        let mut imported = Vec::new();
        let component_type = component.component_type();
        for (name, _) in component_type.imports(&self.shared.engine) {
            match interface(name) {
                Some("types" | "drive-types") => {}
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
    pub(super) fn linker(&self, granted: &[Capability]) -> wasmtime::Result<Linker<State>> {
        let mut linker = Linker::new(&self.shared.engine);
        for capability in granted {
            match capability {
                Capability::Log => {
                    log::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)?
                }
                Capability::RawBody => {
                    raw_body::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)?
                }
                Capability::ConfigDrive => {
                    drive_types::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)?;
                    config_drive::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)?
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
        .visit(program, limits, Given::default(), deadline)
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
