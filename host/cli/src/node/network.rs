//! VIFs.

use std::process::ExitCode;
use std::str::FromStr;

use clap::Args;
use portcullis::lifecycle::Order;
use portcullis::lifecycle::call::VifPlace;
use portcullis::lifecycle::input::VifId;

use super::options::Common;
use super::{one_node, run};

/// A VIF, and to what it is attached.
#[derive(Clone, Debug)]
pub struct Vif {
    id: VifId,
    to: Option<VifPlace>,
}

impl Vif {
    /// Both.
    pub fn parts(&self) -> (VifId, Option<VifPlace>) {
        (self.id.clone(), self.to.clone())
    }
}

impl FromStr for Vif {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (id, place) = match text.split_once('@') {
            Some((id, place)) => (id, Some(place)),
            None => (text, None),
        };
        let id = id.parse().map_err(|error| format!("{error}"))?;
        let uuid = |text: &str| text.parse().map_err(|error| format!("{error}"));
        let to = match place.map(|place| place.split_once(':')) {
            None => None,
            Some(Some(("port", port))) => Some(VifPlace::Port(uuid(port)?)),
            Some(Some(("portgroup", group))) => Some(VifPlace::Portgroup(uuid(group)?)),
            Some(_) => return Err("expected `ID`, `ID@port:UUID` or `ID@portgroup:UUID`".into()),
        };
        Ok(Self { id, to })
    }
}

/// Options of `attach-vif`.
#[derive(Debug, Args)]
pub struct AttachOptions {
    /// Id of the VIF, or `ID@port:UUID` or `ID@portgroup:UUID`
    #[arg(long, value_name = "VIF")]
    vif: Vif,
    #[command(flatten)]
    common: Common,
}

impl AttachOptions {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        one_node(&self.common, "a VIF")?;
        let (vif, to) = self.vif.parts();
        let order = Order::AttachVif { vif, to };
        run::orders(&self.common, |_| Ok(order.clone()))
    }
}

/// Options of `detach-vif`.
#[derive(Debug, Args)]
pub struct DetachOptions {
    /// Id of the VIF
    #[arg(long, value_name = "VIF")]
    vif: VifId,
    #[command(flatten)]
    common: Common,
}

impl DetachOptions {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        one_node(&self.common, "a VIF")?;
        let order = Order::DetachVif { vif: self.vif };
        run::orders(&self.common, |_| Ok(order.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vifs_are_read_with_their_place() {
        let check =
            |text: &str, is_good: bool| assert_eq!(text.parse::<Vif>().is_ok(), is_good, "{text}");
        check("vif-1", true);
        check("vif-1@port:3d5e1b7a-62c4-4f0e-9a8d-0c1b2e3f4a5d", true);
        check("vif-1@portgroup:3d5e1b7a-62c4-4f0e-9a8d-0c1b2e3f4a5d", true);
        check("vif-1@port:n1", false);
        check("vif-1@switch:x", false);
        check("vif 1", false);
    }
}
