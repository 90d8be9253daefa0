//! Rescue, clean steps and service steps.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use portcullis::lifecycle::Order;
use portcullis::lifecycle::input::{PlainLine, RunbookIdent};
use portcullis::lifecycle::orders::Steps;
use portcullis::secret::Secret;

use super::options::{Common, read, read_json};
use super::run;

/// Options of `rescue`.
#[derive(Debug, Args)]
pub struct RescueOptions {
    /// File with the password for the rescue system, one line; `-` is standard input
    #[arg(long, value_name = "FILE")]
    password_file: PathBuf,
    #[command(flatten)]
    common: Common,
}

impl RescueOptions {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let file = &self.password_file;
        let content = String::from_utf8(read(file)?).ok();
        let password = content
            .as_deref()
            .map(|text| text.trim_end_matches(['\n', '\r']));
        let is_good = |text: &&str| text.parse::<PlainLine>().is_ok();
        let password = password.filter(is_good).with_context(|| {
            format!(
                "reading `{}`: no password, expected one line of 1 to 255 characters",
                file.display()
            )
        })?;
        let order = Order::Rescue {
            password: Secret::new(password.to_owned()),
        };
        run::orders(&self.common, |_| Ok(order.clone()))
    }
}

/// Options of `clean` and `service`.
#[derive(Debug, Args)]
pub struct StepsOptions {
    /// JSON file with an array of steps
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present = "runbook",
        conflicts_with = "runbook"
    )]
    steps: Option<PathBuf>,
    /// Name or UUID of a runbook
    #[arg(long, value_name = "RUNBOOK")]
    runbook: Option<RunbookIdent>,
    #[command(flatten)]
    common: Common,
}

impl StepsOptions {
    pub(super) fn run(self, order: fn(Steps) -> Order) -> anyhow::Result<ExitCode> {
        let steps = match (&self.steps, self.runbook) {
            (_, Some(runbook)) => Steps::Runbook(runbook),
            (Some(file), None) => Steps::List(read_json(file)?),
            (None, None) => anyhow::bail!("expected --steps or --runbook"),
        };
        let order = order(steps);
        run::orders(&self.common, |_| Ok(order.clone()))
    }
}
