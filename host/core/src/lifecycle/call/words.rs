//! Calls in words, for people. No secret is among them.

use std::fmt;

use super::{Arguments, Call, VifPlace};

impl fmt::Display for Call {
    /// In words; see [`Call::line`] for the request.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, arguments: &Arguments| {
            arguments
                .iter()
                .try_for_each(|(key, value)| write!(f, " {key}={value}"))
        };
        match self {
            Self::Claim { instance, info } => {
                write!(f, "claim for instance {instance}")?;
                list(f, info)
            }
            Self::Unclaim { instance, .. } => write!(f, "give back from instance {instance}"),
            Self::ClearInstance => f.write_str("clear what is left of an instance"),
            Self::SetInfo { set, remove } => {
                f.write_str("set instance_info")?;
                list(f, set)?;
                remove.iter().try_for_each(|key| write!(f, " -{key}"))
            }
            Self::AttachVif { vif, to } => match to {
                None => write!(f, "attach VIF {vif}"),
                Some(VifPlace::Port(port)) => write!(f, "attach VIF {vif} to port {port}"),
                Some(VifPlace::Portgroup(group)) => {
                    write!(f, "attach VIF {vif} to port group {group}")
                }
            },
            Self::DetachVif { vif } => write!(f, "detach VIF {vif}"),
            Self::CreateTarget(target) => write!(
                f,
                "create volume target {} ({} {}, boot index {})",
                target.uuid, target.volume_type, target.volume_id, target.boot_index
            ),
            Self::DeleteTarget { uuid } => write!(f, "delete volume target {uuid}"),
            Self::CreateConnector(connector) => write!(
                f,
                "create volume connector {} ({} {})",
                connector.uuid, connector.kind, connector.connector_id
            ),
            Self::DeleteConnector { uuid } => write!(f, "delete volume connector {uuid}"),
            Self::Provision { verb, arguments } => {
                write!(f, "provision {}", verb.as_str())?;
                list(f, arguments)
            }
            Self::Power { target, timeout_s } => {
                f.write_str(target.as_str())?;
                timeout_s.map_or(Ok(()), |timeout| write!(f, " within {timeout} s"))
            }
            Self::SetBootDevice { device, persistent } => {
                let how = if *persistent { "always" } else { "once" };
                write!(f, "boot from {device} {how}")
            }
            Self::SetBootMode { mode } => write!(f, "boot by {mode}"),
            Self::SetConsole { enabled } => {
                write!(f, "console {}", if *enabled { "on" } else { "off" })
            }
            Self::InjectNmi => f.write_str("inject NMI"),
            Self::InsertMedia { device, image_url } => write!(f, "insert {device} {image_url}"),
            Self::EjectMedia {
                device: Some(device),
            } => write!(f, "eject {device}"),
            Self::EjectMedia { device: None } => f.write_str("eject all virtual media"),
            Self::SetMaintenance { reason } => {
                f.write_str("maintenance on")?;
                let reason = reason.as_deref();
                reason.map_or(Ok(()), |reason| write!(f, " ({})", reason.escape_debug()))
            }
            Self::ClearMaintenance => f.write_str("maintenance off"),
        }
    }
}
