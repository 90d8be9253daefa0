//! `portcullis sanitize`: a filter for the log of any service.
//!
//! One thread reads; this one lets the sanitizers go through what has been read and writes it. What
//! is read is written at once, so that a pipe is as lively as its source.

mod input;
mod report;

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use portcullis::sandbox::Form;
use portcullis::sanitise::{KnownSecrets, Lines, Sanitizers};
use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::Receiver;

use crate::args::{LogForm, SanitizeOptions};
use crate::{gate, output};
use input::{Input, News};
use report::Report;

/// Reads, takes out what is secret, writes.
///
/// # Errors
/// When the sanitizers cannot be loaded, or the output cannot be written.
pub fn run(options: SanitizeOptions) -> anyhow::Result<ExitCode> {
    let config = gate::config(options.config.config.as_deref())?;
    let own = KnownSecrets::of_account(config.ironic.credentials.as_ref());
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let filter = Filter {
            sanitizers: gate::sanitizers(&config).await?,
            known: Arc::new(own),
            format: options.format,
        };
        let output = Output::open(&options)?;
        let inputs = input::all(&options.files);
        let report = Report::new(&options, input::total_bytes(&inputs));
        let news = input::read(inputs, options.follow).context("starting to read")?;
        filter.run(news, output, report, options.check).await
    })
}

/// What the lines go through.
struct Filter {
    sanitizers: Arc<Sanitizers>,
    known: Arc<KnownSecrets>,
    format: LogForm,
}

/// One input, while it is read.
struct Stream {
    input: Arc<Input>,
    lines: Option<Lines>,
}

impl Filter {
    async fn run(
        &self,
        mut news: Receiver<News>,
        mut output: Output,
        mut report: Report,
        check: bool,
    ) -> anyhow::Result<ExitCode> {
        let mut streams: Vec<Stream> = Vec::new();
        let mut stop = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut clean = Vec::new();
        loop {
            let next = tokio::select! {
                biased;
                _ = stop.recv() => { news.close(); continue; }
                _ = interrupt.recv() => { news.close(); continue; }
                next = news.recv() => next,
            };
            clean.clear();
            match next {
                None => break,
                Some(News::Opened(input)) => streams.push(Stream { input, lines: None }),
                Some(News::Failed(error)) => report.fails(&error),
                Some(News::Piece { at, bytes }) => {
                    let Some(stream) = streams.get_mut(at) else {
                        continue;
                    };
                    let lines = stream.lines.get_or_insert_with(|| self.begin(&bytes));
                    lines.push(&bytes, &mut clean).await;
                    report.passes(at, &stream.input, &bytes, &clean)?;
                }
                Some(News::Ended { at }) => {
                    let Some(stream) = streams.get_mut(at) else {
                        continue;
                    };
                    if let Some(lines) = &mut stream.lines {
                        lines.finish(&mut clean).await;
                        report.passes(at, &stream.input, &[], &clean)?;
                        report.ends(lines);
                    }
                    stream.lines = None;
                }
            }
            if !output.write(&clean)? {
                return Ok(ExitCode::SUCCESS);
            }
        }
        for (at, stream) in streams.iter_mut().enumerate() {
            let Some(mut lines) = stream.lines.take() else {
                continue;
            };
            clean.clear();
            lines.finish(&mut clean).await;
            report.passes(at, &stream.input, &[], &clean)?;
            report.ends(&lines);
            output.write(&clean)?;
        }
        Ok(report.finish(check))
    }

    fn begin(&self, first: &[u8]) -> Lines {
        let begins_with_brace = || first.trim_ascii_start().starts_with(b"{");
        let form = match self.format {
            LogForm::Auto if begins_with_brace() => Form::JsonLines,
            LogForm::Auto | LogForm::Text => Form::Plain,
            LogForm::OsloJson | LogForm::JournaldJson => Form::JsonLines,
        };
        Lines::new(Arc::clone(&self.sanitizers), Arc::clone(&self.known), form)
    }
}

/// Where the lines go.
enum Output {
    Standard,
    File(File),
    Nowhere,
}

impl Output {
    fn open(options: &SanitizeOptions) -> anyhow::Result<Self> {
        if options.check || options.diff {
            return Ok(Self::Nowhere);
        }
        let Some(path) = &options.output else {
            return Ok(Self::Standard);
        };
        let file = create(path).with_context(|| format!("opening output `{}`", path.display()))?;
        Ok(Self::File(file))
    }

    /// Whether somebody still takes it.
    fn write(&mut self, bytes: &[u8]) -> anyhow::Result<bool> {
        let written = match self {
            Self::Standard => output::bytes(bytes),
            Self::File(file) => file.write_all(bytes),
            Self::Nowhere => Ok(()),
        };
        match written {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
            other => other.context("writing the lines").map(|()| true),
        }
    }
}

/// A file that nobody else can read, from its first byte on.
fn create(path: &Path) -> io::Result<File> {
    let file = File::options()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    if file.metadata()?.is_file() {
        file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
    }
    Ok(file)
}
