//! `portcullis check`: judge requests without any Ironic.

mod report;
mod request;

use std::fs;
use std::io::{self, Read};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context;
use portcullis::admission::{DecideError, Decided, Gate};
use tokio::runtime::Builder;

use crate::args::CheckOptions;
use crate::gate;
use crate::output;
use report::{Report, Standing};
use request::{Asked, asked};

/// Judges every request of every file, in order, and prints what becomes of each.
///
/// # Errors
/// When the configuration, a policy or a file cannot be used. What was judged until then has been
/// printed.
pub fn run(options: &CheckOptions) -> anyhow::Result<ExitCode> {
    let mut config = gate::config(options.config.config.as_deref())?;
    // Nothing is decided here that anybody would look up later.
    config.decisions.file = None;
    let time = config.server.request_timeout;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let gate = runtime.block_on(gate::open(&config))?;

    let standard_input = [Path::new("-").to_owned()];
    let files = if options.files.is_empty() {
        &standard_input[..]
    } else {
        &options.files
    };
    let mut worst = Standing::Admitted;
    for file in files {
        let text = read(file)?;
        for (number, asked) in asked(&text).enumerate() {
            let asked = asked.with_context(|| {
                format!("reading request {} of `{}`", number + 1, file.display())
            })?;
            let report = runtime.block_on(judge(&gate, asked, time))?;
            output::line(if options.json {
                report.json()
            } else {
                report.text()
            })?;
            worst = worst.max(report.standing());
        }
    }
    Ok(ExitCode::from(worst.exit_code()))
}

fn read(file: &Path) -> anyhow::Result<String> {
    if file.as_os_str() != "-" {
        return fs::read_to_string(file)
            .with_context(|| format!("reading requests from `{}`", file.display()));
    }
    let mut text = String::new();
    io::stdin()
        .read_to_string(&mut text)
        .context("reading requests from standard input")?;
    Ok(text)
}

async fn judge(gate: &Gate, asked: Asked, time: Duration) -> anyhow::Result<Report> {
    let Asked { request, known } = asked;
    let title = format!("{} {}", request.method, request.target.path());
    let deadline = Instant::now() + time;
    report(title, gate.decide(request, &known, deadline).await)
}

fn report(title: String, decided: Result<Decided, DecideError>) -> anyhow::Result<Report> {
    match decided {
        Ok(decided) => Ok(Report::judged(title, &decided)),
        Err(DecideError::Operation(error)) => Ok(Report::unreadable(title, &error)),
        Err(error) => Err(error).context("judging a request"),
    }
}
