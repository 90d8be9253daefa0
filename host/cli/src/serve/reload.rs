//! Reloading the configuration: everything that can change while serving, or nothing.
//!
//! Policies, the file of decision records (opened anew, so that it can be rotated) and
//! certificates are put in place together once all of them have been read and checked. Anything
//! wrong leaves what was there. What cannot change without a restart is named in the log.

use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::thread;

use anyhow::Context;
use portcullis::admission::Gate;
use portcullis::config::Config;
use portcullis::sanitise::Sanitizers;
use rustls::ServerConfig;
use tokio::runtime::Builder;
use tokio::sync::oneshot;

use super::door::{self, Door};
use super::worker::Shared;
use crate::gate;

/// What a reload changes.
pub struct Reloader {
    /// Where the configuration comes from.
    pub file: Option<PathBuf>,
    /// The configuration in force, as far as it cannot change.
    pub config: Config,
    /// The gate is in here.
    pub shared: Arc<Shared>,
    /// The listeners, in the order of the configuration.
    pub doors: Vec<Rc<Door>>,
}

/// Everything new, ready to be put in place.
struct Fresh {
    config: Config,
    gate: Gate,
    tls: Vec<Option<Arc<ServerConfig>>>,
}

impl Reloader {
    /// Reads the configuration again, and puts it in place when nothing is wrong with it.
    pub async fn reload(&self) {
        let outcome = self.try_reload().await;
        self.shared.metrics.reload(outcome.is_ok());
        match outcome {
            Ok(()) => tracing::info!("configuration reloaded"),
            Err(error) => tracing::error!(
                error = format!("{error:#}"),
                "configuration not reloaded, the last one stays"
            ),
        }
    }

    async fn try_reload(&self) -> anyhow::Result<()> {
        let sanitizers = Arc::clone(self.shared.gate.load().sanitizers());
        let fresh = read_fresh(self.file.clone(), sanitizers).await?;
        self.name_what_needs_a_restart(&fresh.config);
        self.shared.gate.store(Arc::new(fresh.gate));
        for (door, new) in self.doors.iter().zip(
            self.config
                .listeners
                .iter()
                .zip(fresh.config.listeners.iter().zip(fresh.tls)),
        ) {
            let (old, (new, tls)) = new;
            // Another address, or TLS where there was none, is another listener.
            if old.bind == new.bind && old.tls.is_some() == new.tls.is_some() {
                door.set_tls(tls);
            }
        }
        Ok(())
    }

    fn name_what_needs_a_restart(&self, fresh: &Config) {
        let places = |config: &Config| -> Vec<_> {
            config
                .listeners
                .iter()
                .map(|listen| {
                    (
                        listen.bind.clone(),
                        listen.tls.is_some(),
                        listen.identity_headers,
                    )
                })
                .collect()
        };
        let old = &self.config;
        let changed = [
            (
                "ironic",
                format!("{:?}", old.ironic) != format!("{:?}", fresh.ironic),
            ),
            ("listen", places(old) != places(fresh)),
            ("admin", old.admin != fresh.admin),
            ("server", old.server != fresh.server),
            ("log", old.log != fresh.log),
            (
                "sanitizer",
                format!("{:?}", old.sanitizers) != format!("{:?}", fresh.sanitizers),
            ),
        ];
        for (section, _) in changed.iter().filter(|(_, changed)| *changed) {
            tracing::warn!(
                section,
                "this section has changed and needs a restart to take effect"
            );
        }
    }
}

/// Reads and checks everything in a thread of its own: compiling a policy takes a while, and
/// clients go on being accepted meanwhile.
async fn read_fresh(file: Option<PathBuf>, sanitizers: Arc<Sanitizers>) -> anyhow::Result<Fresh> {
    let (done, is_done) = oneshot::channel();
    let read = move || {
        let fresh = gate::config(file.as_deref()).and_then(|config| {
            let runtime = Builder::new_current_thread().enable_all().build()?;
            let gate = runtime.block_on(gate::open_with(&config, sanitizers))?;
            let tls = config
                .listeners
                .iter()
                .map(door::load_tls)
                .collect::<Result<_, _>>()?;
            Ok(Fresh { config, gate, tls })
        });
        // Nobody waits any more when the process is ending.
        drop(done.send(fresh));
    };
    thread::Builder::new()
        .name("reload".into())
        .spawn(read)
        .context("starting a thread")?;
    is_done.await.context("waiting for the configuration")?
}
