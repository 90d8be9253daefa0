//! The log: one line for each event, on standard error.

use portcullis::config::{LogConfig, LogFormat, LogLevel};
use tracing::level_filters::LevelFilter;

/// Starts the log of this process.
pub fn start(config: &LogConfig) {
    let builder = tracing_subscriber::fmt()
        .with_max_level(level(config.level))
        .with_ansi(false)
        .with_writer(std::io::stderr);
    match config.format {
        LogFormat::Json => builder
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_span_list(false)
            .init(),
        LogFormat::Text => builder.init(),
    }
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
