//! What is set on the hardware, and maintenance.

use std::process::ExitCode;

use clap::Args;
use portcullis::lifecycle::Order;
use portcullis::lifecycle::input::{BootDevice, BootMode, MediaDevice, PlainLine};

use super::options::Common;
use super::run;

/// Options of `boot-device`.
#[derive(Debug, Args)]
pub struct BootDeviceOptions {
    /// What to boot from: pxe, disk, cdrom, bios, safe, wanboot, iscsiboot, floppy or uefihttp
    #[arg(long, value_name = "DEVICE")]
    device: BootDevice,
    /// Not only for the next time
    #[arg(long)]
    persistent: bool,
    #[command(flatten)]
    common: Common,
}

impl BootDeviceOptions {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let (device, persistent) = (self.device, self.persistent);
        run::orders(&self.common, |_| {
            Ok(Order::SetBootDevice { device, persistent })
        })
    }
}

/// Options of `boot-mode`.
#[derive(Debug, Args)]
pub struct BootModeOptions {
    /// How to boot: uefi or bios
    #[arg(long, value_name = "MODE")]
    mode: BootMode,
    #[command(flatten)]
    common: Common,
}

impl BootModeOptions {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        run::orders(&self.common, |_| Ok(Order::SetBootMode { mode: self.mode }))
    }
}

/// Options of `insert-media`.
#[derive(Debug, Args)]
pub struct InsertOptions {
    /// What it looks like to the node: cdrom, disk or floppy
    #[arg(long, value_name = "DEVICE", default_value = "cdrom")]
    device: MediaDevice,
    /// URL of the image
    #[arg(long, value_name = "URL")]
    image: String,
    #[command(flatten)]
    common: Common,
}

impl InsertOptions {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        run::orders(&self.common, |_| {
            Ok(Order::InsertMedia {
                device: self.device,
                image_url: self.image.clone(),
            })
        })
    }
}

/// Options of `eject-media`.
#[derive(Debug, Args)]
pub struct EjectOptions {
    /// Which; all, without it
    #[arg(long, value_name = "DEVICE")]
    device: Option<MediaDevice>,
    #[command(flatten)]
    common: Common,
}

impl EjectOptions {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        run::orders(&self.common, |_| {
            Ok(Order::EjectMedia {
                device: self.device,
            })
        })
    }
}

/// Options of `maintenance-on`.
#[derive(Debug, Args)]
pub struct MaintenanceOptions {
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: Option<PlainLine>,
    #[command(flatten)]
    common: Common,
}

impl MaintenanceOptions {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        run::orders(&self.common, |_| {
            Ok(Order::SetMaintenance {
                reason: self.reason.clone(),
            })
        })
    }
}
