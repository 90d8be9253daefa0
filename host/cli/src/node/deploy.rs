//! Claiming, deploying, rebuilding, undeploying.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use portcullis::config_drive::to_base64;
use portcullis::lifecycle::Order;
use portcullis::lifecycle::input::{InstanceId, Trait};
use portcullis::lifecycle::orders::{Checksum, ConfigDrive, Deploy, Destroy, Image, Rebuild};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::network::Vif;
use super::options::{Common, pair, read, read_json, value};
use super::storage::VolumeText;
use super::{one_node, run};
use crate::config_drive::given::Given;

/// What is written to the disk.
#[derive(Debug, Args)]
pub struct ImageOptions {
    /// URL of the image, or its id in the image service
    #[arg(long, value_name = "IMAGE")]
    image: Option<String>,
    /// Checksum of the image, such as `sha256:...`
    #[arg(long, value_name = "CHECKSUM", requires = "image")]
    checksum: Option<Checksum>,
    /// Kernel of a partition image
    #[arg(long, value_name = "IMAGE", requires = "ramdisk")]
    kernel: Option<String>,
    /// Ramdisk of a partition image
    #[arg(long, value_name = "IMAGE", requires = "kernel")]
    ramdisk: Option<String>,
    /// Format of the image, such as `raw` or `qcow2`
    #[arg(long, value_name = "FORMAT", requires = "image")]
    disk_format: Option<String>,
    /// More attributes of `instance_info`, such as `root_gb=20`
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    info: Vec<(String, String)>,
}

impl ImageOptions {
    fn image(&self) -> Option<Image> {
        let source = self.image.clone()?;
        Some(Image {
            source,
            checksum: self.checksum.clone(),
            kernel_and_ramdisk: self.kernel.clone().zip(self.ramdisk.clone()),
            disk_format: self.disk_format.clone(),
        })
    }

    fn info(&self) -> std::collections::BTreeMap<String, Value> {
        let pairs = self.info.iter();
        pairs
            .map(|(name, text)| (name.clone(), value(text)))
            .collect()
    }
}

/// What the instance finds about itself.
#[derive(Debug, Args)]
pub struct DriveOptions {
    /// Config drive: a file with an ISO image, compressed by gzip or not, or in base64, or a JSON object of
    /// parts; or an http(s) URL
    #[arg(long, value_name = "FILE", conflicts_with_all = ["meta_data", "network_data", "user_data", "vendor_data"])]
    config_drive: Option<PathBuf>,
    /// JSON file with the meta data of a config drive that Ironic builds
    #[arg(long, value_name = "FILE")]
    meta_data: Option<PathBuf>,
    /// JSON file with its network data
    #[arg(long, value_name = "FILE")]
    network_data: Option<PathBuf>,
    /// File with its user data
    #[arg(long, value_name = "FILE")]
    user_data: Option<PathBuf>,
    /// JSON file with its vendor data
    #[arg(long, value_name = "FILE")]
    vendor_data: Option<PathBuf>,
}

impl DriveOptions {
    fn drive(&self) -> anyhow::Result<Option<ConfigDrive>> {
        if let Some(file) = &self.config_drive {
            return ready(file).map(Some);
        }
        let mut parts = Map::new();
        let json = [
            ("meta_data", &self.meta_data),
            ("network_data", &self.network_data),
            ("vendor_data", &self.vendor_data),
        ];
        for (name, file) in json {
            if let Some(file) = file {
                parts.insert(name.into(), read_json(file)?);
            }
        }
        if let Some(file) = &self.user_data {
            let text = String::from_utf8(read(file)?)
                .map_err(|_| anyhow::anyhow!("reading `{}`: no UTF-8", file.display()))?;
            parts.insert("user_data".into(), text.into());
        }
        Ok((!parts.is_empty()).then(|| ConfigDrive::parts(&parts)))
    }
}

/// A drive that is there already, in any form.
fn ready(file: &Path) -> anyhow::Result<ConfigDrive> {
    let name = file.to_string_lossy();
    if name.starts_with("https://") || name.starts_with("http://") {
        return Ok(ConfigDrive::ready(&name));
    }
    let given = Given::read(file)?;
    let expected = || {
        format!(
            "reading `{}`: no config drive, expected an ISO image, one that gzip has compressed, either in base64, \
             or a JSON object of parts",
            file.display()
        )
    };
    match given {
        Given::Image(image) => Ok(ConfigDrive::ready(&to_base64(&image)?)),
        Given::Gzip(stream) => {
            let text = Zeroizing::new(STANDARD.encode(&stream));
            Ok(ConfigDrive::ready(&text))
        }
        Given::Json(text) => {
            let parts = serde_json::from_slice(&text).ok().with_context(expected)?;
            Ok(ConfigDrive::parts(&parts))
        }
        Given::Text(text) => {
            // Tools break long lines.
            let mut whole = Zeroizing::new(text.to_vec());
            whole.retain(|byte| !byte.is_ascii_whitespace());
            let whole = std::str::from_utf8(&whole).ok();
            let is_base64 = |text: &&str| !text.is_empty() && STANDARD.decode(text).is_ok();
            let whole = whole.filter(is_base64).with_context(expected)?;
            Ok(ConfigDrive::ready(whole))
        }
    }
}

/// Options of `deploy`.
#[derive(Debug, Args)]
pub struct DeployOptions {
    #[command(flatten)]
    image: ImageOptions,
    #[command(flatten)]
    drive: DriveOptions,
    /// UUID of the instance; a new one, without it
    #[arg(long, value_name = "UUID")]
    instance: Option<InstanceId>,
    /// VIF to attach: its id, or `ID@port:UUID` or `ID@portgroup:UUID`
    #[arg(long, value_name = "VIF")]
    vif: Vec<Vif>,
    /// Volume to use: `TYPE:ID:INDEX`, or `TYPE:ID:INDEX:FILE` with a JSON file of properties
    #[arg(long, value_name = "VOLUME")]
    volume: Vec<VolumeText>,
    /// Trait that the instance asks for
    #[arg(long = "trait", value_name = "TRAIT")]
    traits: Vec<Trait>,
    /// Capability that the instance asks for
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    capability: Vec<(String, String)>,
    /// JSON file with deploy steps
    #[arg(long, value_name = "FILE")]
    deploy_steps: Option<PathBuf>,
    #[command(flatten)]
    common: Common,
}

impl DeployOptions {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        if self.instance.is_some() || !self.vif.is_empty() || !self.volume.is_empty() {
            one_node(&self.common, "an instance, a VIF or a volume")?;
        }
        let volumes = self.volume.iter().map(VolumeText::volume);
        let deploy = Deploy {
            instance: InstanceId::generate(),
            image: self.image.image(),
            info: self.image.info(),
            capabilities: self.capability.iter().cloned().collect(),
            traits: self.traits.clone(),
            vifs: self.vif.iter().map(Vif::parts).collect(),
            volumes: volumes.collect::<anyhow::Result<_>>()?,
            config_drive: self.drive.drive()?,
            deploy_steps: self.deploy_steps.as_deref().map(read_json).transpose()?,
        };
        run::orders(&self.common, |_| {
            let instance = self.instance.clone();
            Ok(Order::Deploy(Box::new(Deploy {
                instance: instance.unwrap_or_else(InstanceId::generate),
                ..deploy.clone()
            })))
        })
    }
}

/// Options of `rebuild`.
#[derive(Debug, Args)]
pub struct RebuildOptions {
    #[command(flatten)]
    image: ImageOptions,
    #[command(flatten)]
    drive: DriveOptions,
    /// Keep what is on the ephemeral partition
    #[arg(long)]
    preserve_ephemeral: bool,
    /// JSON file with deploy steps
    #[arg(long, value_name = "FILE")]
    deploy_steps: Option<PathBuf>,
    #[command(flatten)]
    common: Common,
}

impl RebuildOptions {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let order = Order::Rebuild(Box::new(Rebuild {
            image: self.image.image(),
            preserve_ephemeral: self.preserve_ephemeral,
            info: self.image.info(),
            config_drive: self.drive.drive()?,
            deploy_steps: self.deploy_steps.as_deref().map(read_json).transpose()?,
        }));
        run::orders(&self.common, |_| Ok(order.clone()))
    }
}

/// Options of `destroy`.
#[derive(Debug, Args)]
pub struct DestroyOptions {
    /// The instance it has to be; whatever is there, without it
    #[arg(long, value_name = "UUID")]
    instance: Option<InstanceId>,
    #[command(flatten)]
    common: Common,
}

impl DestroyOptions {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        if self.instance.is_some() {
            one_node(&self.common, "an instance")?;
        }
        run::orders(&self.common, |_| {
            Ok(Order::Destroy(Destroy {
                instance: self.instance.clone(),
            }))
        })
    }
}

/// Options of `reserve`.
#[derive(Debug, Args)]
pub struct ReserveOptions {
    /// UUID of the instance
    #[arg(long, value_name = "UUID")]
    instance: InstanceId,
    #[command(flatten)]
    common: Common,
}

impl ReserveOptions {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        one_node(&self.common, "an instance")?;
        run::orders(&self.common, |_| {
            Ok(Order::Reserve {
                instance: self.instance.clone(),
            })
        })
    }
}

/// Options of `release`.
#[derive(Debug, Args)]
pub struct ReleaseOptions {
    /// UUID of the instance
    #[arg(long, value_name = "UUID")]
    instance: InstanceId,
    #[command(flatten)]
    common: Common,
}

impl ReleaseOptions {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        one_node(&self.common, "an instance")?;
        run::orders(&self.common, |_| {
            Ok(Order::Release {
                instance: self.instance.clone(),
            })
        })
    }
}
