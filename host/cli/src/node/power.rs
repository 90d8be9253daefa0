//! Power.

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use portcullis::lifecycle::Order;
use portcullis::lifecycle::orders::PowerOff;

use super::options::Common;
use super::run;

/// Options of `power-off`.
#[derive(Debug, Args)]
pub struct OffOptions {
    /// Ask the operating system, and switch off hard when it has not done so within this time
    #[arg(long, value_name = "TIME", num_args = 0..=1, default_missing_value = "60s", value_parser = humantime::parse_duration)]
    soft: Option<Duration>,
    #[command(flatten)]
    common: Common,
}

impl OffOptions {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let off = self.soft.map_or(PowerOff::Hard, PowerOff::Soft);
        run::orders(&self.common, |_| Ok(Order::PowerOff(off)))
    }
}

/// Options of `reboot`.
#[derive(Debug, Args)]
pub struct RebootOptions {
    /// Ask the operating system first
    #[arg(long)]
    soft: bool,
    #[command(flatten)]
    common: Common,
}

impl RebootOptions {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        run::orders(&self.common, |_| Ok(Order::Reboot { soft: self.soft }))
    }
}
