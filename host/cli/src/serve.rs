//! `portcullis serve`: the gateway.
//!
//! One thread accepts connections, answers the admin listener and takes signals; each worker
//! thread serves the connections it was given, and shares nothing with the others but what is in
//! [`worker::Shared`].

mod admin;
mod body;
mod budget;
mod caller;
mod connection;
mod door;
mod exchange;
mod health;
mod links;
mod listener;
mod metrics;
mod pulse;
mod reload;
mod reply;
mod reply_body;
mod routes;
mod shutdown;
mod tls;
mod wire;
mod worker;

use std::path::PathBuf;
use std::process::ExitCode;
use std::rc::Rc;
use std::sync::Arc;

use anyhow::Context;
use arc_swap::ArcSwap;
use portcullis::admission::Gate;
use portcullis::config::Config;
use portcullis::driver::Driver;
use portcullis::sanitise::Sanitizers;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::Semaphore;
use tokio::task::{JoinSet, spawn_local};

use crate::{gate, logging, output};
use admin::Admin;
use budget::BodyBudget;
use door::Door;
use health::Readiness;
use metrics::Metrics;
use pulse::Patience;
use reload::Reloader;
use shutdown::{Signal, Signals};
use worker::{Shared, Workers};

/// Serves until a signal ends it.
///
/// # Errors
/// When it cannot begin: the configuration, a policy, a certificate or an address is not usable.
pub fn run(file: Option<PathBuf>) -> anyhow::Result<ExitCode> {
    let config = gate::config(file.as_deref())?;
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build_local(LocalOptions::default())?;
    let sanitizers = runtime.block_on(gate::sanitizers(&config))?;
    // Dropped last: what is logged until then is written.
    let log = logging::start(&config, Arc::clone(&sanitizers)).context("starting the log")?;
    runtime.block_on(serve(config, file, sanitizers))?;
    drop(log);
    Ok(ExitCode::SUCCESS)
}

async fn serve(
    config: Config,
    file: Option<PathBuf>,
    sanitizers: Arc<Sanitizers>,
) -> anyhow::Result<()> {
    let mut signals = Signals::listen().context("listening for signals")?;
    let gate = gate::open_with(&config, sanitizers).await?;
    let doors = config
        .listeners
        .iter()
        .map(Door::open)
        .collect::<Result<Vec<_>, _>>()?;
    let doors: Vec<_> = doors.into_iter().map(Rc::new).collect();
    let admin_listener = match config.admin.address {
        Some(address) => Some(
            TcpListener::bind(address)
                .await
                .with_context(|| format!("listening on {address} for admin"))?,
        ),
        None => None,
    };
    let shared = Arc::new(shared(&config, gate));
    let workers = Rc::new(Workers::start(&config, &shared)?);

    portcullis::memory::give_back_code();
    announce(&doors, admin_listener.as_ref())?;
    let mut accepting = JoinSet::new();
    let places = Arc::new(Semaphore::new(config.server.max_connections));
    for door in &doors {
        accepting
            .spawn_local(Rc::clone(door).admit_clients(Arc::clone(&places), Rc::clone(&workers)));
    }
    if let Some(listener) = admin_listener {
        let readiness = Readiness::new(Driver::new(&config.ironic)?);
        let admin = Admin {
            shared: Arc::clone(&shared),
            workers: Rc::clone(&workers),
            readiness,
        };
        spawn_local(admin::serve(listener, Rc::new(admin)));
    }

    let drain_timeout = config.server.drain_timeout;
    let reloader = Reloader {
        file,
        config,
        shared,
        doors,
    };
    while let Signal::Reload = signals.next().await {
        reloader.reload().await;
    }
    accepting.shutdown().await;
    drop(reloader);
    shutdown::drain(&workers, &mut signals, drain_timeout).await;
    Ok(())
}

/// Reads every certificate that a configuration names, as serving would.
///
/// # Errors
/// When one cannot be used.
pub fn check_certificates(config: &Config) -> anyhow::Result<()> {
    for listener in &config.listeners {
        door::load_tls(listener)?;
    }
    Ok(())
}

fn shared(config: &Config, gate: Gate) -> Shared {
    let server = &config.server;
    Shared {
        gate: ArcSwap::from_pointee(gate),
        metrics: Metrics::new(),
        bodies: BodyBudget::new(server.body_memory),
        body_timeout: server.body_timeout,
        request_timeout: server.request_timeout,
        patience: Patience {
            head: server.header_timeout,
            idle: server.idle_timeout,
            stalled: server.body_timeout,
        },
    }
}

/// Says where clients are served: whoever started us may be waiting to read it.
fn announce(doors: &[Rc<Door>], admin: Option<&TcpListener>) -> anyhow::Result<()> {
    for door in doors {
        output::line(format_args!("listening on {}", door.url()))?;
    }
    if let Some(admin) = admin {
        output::line(format_args!("admin on http://{}", admin.local_addr()?))?;
    }
    Ok(())
}
