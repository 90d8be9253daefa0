//! What becomes of a node by a call, so that the calls behind it can be judged before it is made.

use serde_json::{Map, Value, json};

use super::{Arguments, Call, Verb};
use crate::lifecycle::verbs;

impl Call {
    /// Changes Ironic's description of the node as the call, and what it leads to, will.
    pub(in crate::lifecycle) fn foretell(&self, node: &mut Map<String, Value>) {
        let mut set = |key: &str, value: Value| {
            node.insert(key.to_owned(), value);
        };
        match self {
            Self::Claim { instance, info } => {
                set("instance_uuid", instance.as_str().into());
                foretell_info(node, info, &[]);
            }
            Self::Unclaim { info, .. } => {
                set("instance_uuid", Value::Null);
                foretell_info(node, &Vec::new(), info);
            }
            Self::ClearInstance => {
                set("instance_uuid", Value::Null);
                set("instance_info", json!({}));
            }
            Self::SetInfo { set: added, remove } => foretell_info(node, added, remove),
            Self::Provision { verb, .. } => {
                if let Some(state) = verbs::goal_of(*verb) {
                    set("provision_state", state.as_str().into());
                }
                if *verb == Verb::Deleted {
                    set("instance_uuid", Value::Null);
                    set("instance_info", json!({}));
                }
            }
            Self::Power { target, .. } => set("power_state", target.goal().as_str().into()),
            Self::SetConsole { enabled } => set("console_enabled", (*enabled).into()),
            Self::SetMaintenance { .. } => set("maintenance", true.into()),
            Self::ClearMaintenance => set("maintenance", false.into()),
            Self::AttachVif { .. }
            | Self::DetachVif { .. }
            | Self::CreateTarget(_)
            | Self::DeleteTarget { .. }
            | Self::CreateConnector(_)
            | Self::DeleteConnector { .. }
            | Self::SetBootDevice { .. }
            | Self::SetBootMode { .. }
            | Self::InjectNmi
            | Self::InsertMedia { .. }
            | Self::EjectMedia { .. } => {}
        }
    }
}

fn foretell_info(node: &mut Map<String, Value>, added: &Arguments, removed: &[String]) {
    let info = node.entry("instance_info").or_insert_with(|| json!({}));
    let Some(info) = info.as_object_mut() else {
        return;
    };
    for (key, value) in added {
        let value = value
            .json()
            .and_then(|text| serde_json::from_str(&text).ok());
        info.insert(key.clone(), value.unwrap_or_default());
    }
    for key in removed {
        info.remove(key);
    }
}
