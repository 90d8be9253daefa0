//! The log: one line for each event, on standard error.
//!
//! What is written, span fields included, goes through the sanitizers in one place: [`LogSink`] takes
//! whole lines, and nothing else writes to the log. All lines go, also those that are typed by
//! construction (ids, statuses, durations): a line of a request has a path, which a client chose,
//! and going through the lines of a batch together costs less than telling them apart. Whoever logs
//! pays for a copy of the line; the rest is done by the thread of the log.
//!
//! Only our own events are written at the configured level. Libraries say at their lower levels
//! what is in headers and on the wire, where secrets are, so of theirs only warnings are written.

mod json_lines;

use json_lines::JsonLines;
use std::io;
use std::sync::Arc;

use portcullis::config::{Config, LogFormat, LogLevel};
use portcullis::sandbox::Form;
use portcullis::sanitise::{KnownSecrets, LogSink, Sanitizers};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Starts the log of this process. What is logged before the sink is dropped is written.
///
/// # Errors
/// When there is no thread for it.
pub fn start(config: &Config, sanitizers: Arc<Sanitizers>) -> io::Result<LogSink> {
    let form = match config.log.format {
        LogFormat::Json => Form::JsonLines,
        LogFormat::Text => Form::Plain,
    };
    let own = KnownSecrets::of_account(config.ironic.credentials.as_ref());
    let sink = LogSink::start(sanitizers, Arc::new(own), form, io::stderr())?;
    let writer = sink.writer();
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_writer(move || writer.clone());
    let lines = match config.log.format {
        LogFormat::Json => lines.event_format(JsonLines).boxed(),
        LogFormat::Text => lines.boxed(),
    };
    let wanted = wanted(level(config.log.level));
    tracing_subscriber::registry()
        .with(lines.with_filter(wanted))
        .init();
    Ok(sink)
}

/// What is written. All our crates, and the events of requests, have this one beginning.
fn wanted(level: LevelFilter) -> Targets {
    Targets::new()
        .with_default(LevelFilter::WARN.min(level))
        .with_target("portcullis", level)
}

fn level(level: LogLevel) -> LevelFilter {
    match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    }
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn libraries_only_warn() {
        let check = |configured: LevelFilter, target: &str, level: Level, expected: bool| {
            assert_eq!(
                wanted(configured).would_enable(target, &level),
                expected,
                "{configured} {target} {level}"
            );
        };
        check(
            LevelFilter::TRACE,
            "portcullis::request",
            Level::TRACE,
            true,
        );
        check(LevelFilter::TRACE, "h2::codec", Level::INFO, false);
        check(LevelFilter::TRACE, "h2::codec", Level::WARN, true);
        check(LevelFilter::INFO, "portcullis::request", Level::INFO, true);
        check(
            LevelFilter::INFO,
            "portcullis::request",
            Level::DEBUG,
            false,
        );
        check(LevelFilter::ERROR, "h2::codec", Level::WARN, false);
    }
}
