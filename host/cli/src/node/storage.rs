//! Volumes and connectors.

use std::path::Path;
use std::process::ExitCode;
use std::str::FromStr;

use clap::Args;
use portcullis::lifecycle::Order;
use portcullis::lifecycle::call::VolumeConnector;
use portcullis::lifecycle::input::{ConnectorKind, ResourceId};
use portcullis::lifecycle::orders::Volume;
use portcullis::secret::Secret;

use super::options::{Common, read_json};
use super::{one_node, run};

/// A volume as it is typed.
#[derive(Clone, Debug)]
pub struct VolumeText {
    volume_type: String,
    volume_id: String,
    boot_index: u32,
    properties: Option<String>,
}

impl FromStr for VolumeText {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: &str = "expected `TYPE:ID:INDEX` or `TYPE:ID:INDEX:FILE`";
        let mut parts = text.splitn(4, ':').map(str::to_owned);
        let mut part = || parts.next().filter(|part| !part.is_empty()).ok_or(EXPECTED);
        Ok(Self {
            volume_type: part()?,
            volume_id: part()?,
            boot_index: part()?.parse().map_err(|_| EXPECTED)?,
            properties: parts.next(),
        })
    }
}

impl VolumeText {
    /// With its properties, if a file has them.
    ///
    /// # Errors
    /// When that file cannot be read, or is no JSON.
    pub fn volume(&self) -> anyhow::Result<Volume> {
        let file = self.properties.as_deref().map(Path::new);
        let properties = file.map(read_json).transpose()?;
        Ok(Volume {
            volume_type: self.volume_type.clone(),
            volume_id: self.volume_id.clone(),
            boot_index: self.boot_index,
            properties: properties.map(|value| Secret::new(value.to_string())),
        })
    }
}

/// Options of `attach-volume`.
#[derive(Debug, Args)]
pub struct AttachVolumeOptions {
    /// The volume: `TYPE:ID:INDEX`, or `TYPE:ID:INDEX:FILE` with a JSON file of properties
    #[arg(long, value_name = "VOLUME")]
    volume: VolumeText,
    #[command(flatten)]
    common: Common,
}

impl AttachVolumeOptions {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        one_node(&self.common, "a volume")?;
        let order = Order::AttachVolume(self.volume.volume()?);
        run::orders(&self.common, |_| Ok(order.clone()))
    }
}

/// Options of `attach-connector`.
#[derive(Debug, Args)]
pub struct AttachConnectorOptions {
    /// What kind of id: iqn, ip, mac, wwnn, wwpn, port or portgroup
    #[arg(long = "type", value_name = "TYPE")]
    kind: ConnectorKind,
    /// The id
    #[arg(long, value_name = "ID")]
    id: String,
    #[command(flatten)]
    common: Common,
}

impl AttachConnectorOptions {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        one_node(&self.common, "a connector")?;
        let order = Order::AttachConnector(VolumeConnector {
            uuid: ResourceId::generate(),
            kind: self.kind,
            connector_id: self.id,
        });
        run::orders(&self.common, |_| Ok(order.clone()))
    }
}

/// Options of `detach-volume` and `detach-connector`.
#[derive(Debug, Args)]
pub struct DetachOptions {
    /// UUID of the description
    #[arg(long, value_name = "UUID")]
    uuid: ResourceId,
    #[command(flatten)]
    common: Common,
}

impl DetachOptions {
    pub(super) fn run(self, order: fn(ResourceId) -> Order) -> anyhow::Result<ExitCode> {
        one_node(&self.common, "a description")?;
        run::orders(&self.common, |_| Ok(order(self.uuid.clone())))
    }
}
