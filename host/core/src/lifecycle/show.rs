//! What Ironic shows of nodes: for people, and for the storage that is to serve a node.

use serde::Serialize;
use serde_json::Value;

use super::before;
use super::error::Cause;
use super::input::Deadline;
use super::pace::Limit;
use super::state::{FIELDS, NodeView};
use super::{Description, Lifecycle};
use crate::operation::{NodeIdent, percent_encode};

/// Which nodes.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// In this provision state.
    pub provision_state: Option<String>,
    /// With an instance, or without one.
    pub associated: Option<bool>,
    /// In maintenance, or not.
    pub maintenance: Option<bool>,
    /// Of this resource class.
    pub resource_class: Option<String>,
}

/// What a node calls itself towards storage: what the connectors that are described say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StorageConnector {
    /// Name of the host: the node's instance, or the node.
    pub host: String,
    /// iSCSI qualified names.
    pub initiators: Vec<String>,
    /// IP addresses.
    pub ips: Vec<String>,
    /// MAC addresses.
    pub macs: Vec<String>,
    /// Fibre Channel node names.
    pub wwnns: Vec<String>,
    /// Fibre Channel port names.
    pub wwpns: Vec<String>,
}

/// Most pages of a list that are followed: a million nodes.
const PAGES: usize = 1000;

impl Lifecycle {
    /// Everything that Ironic shows of a node.
    ///
    /// # Errors
    /// When there is none, or it cannot be read in time.
    pub async fn node(&self, node: &NodeIdent, deadline: Deadline) -> Result<Description, Cause> {
        let path = format!("/v1/nodes/{node}");
        match self.read(&path, deadline).await? {
            Some(Value::Object(found)) => Ok(found),
            Some(_) | None => Err(Cause::NoNode(node.clone())),
        }
    }

    /// All nodes that fit, however many pages Ironic makes of them.
    ///
    /// # Errors
    /// When they cannot be read in time.
    pub async fn list(&self, filter: &Filter, deadline: Deadline) -> Result<Vec<NodeView>, Cause> {
        let query = filter.query();
        let mut nodes: Vec<NodeView> = Vec::new();
        for _ in 0..PAGES {
            let mut path = format!("/v1/nodes?fields={FIELDS}{query}");
            if let Some(last) = nodes.last() {
                path.push_str(&format!("&marker={}", last.uuid));
            }
            let page = self.read(&path, deadline).await?.unwrap_or_default();
            let listed = page.get("nodes").and_then(Value::as_array);
            let before = nodes.len();
            nodes.extend(listed.into_iter().flatten().filter_map(NodeView::read));
            if page.get("next").is_none() || nodes.len() == before {
                break;
            }
        }
        Ok(nodes)
    }

    /// What a node calls itself towards storage.
    ///
    /// # Errors
    /// When there is no such node, or it cannot be read in time.
    pub async fn storage_connector(
        &self,
        node: &NodeIdent,
        deadline: Deadline,
    ) -> Result<StorageConnector, Cause> {
        let limit = Limit::until(deadline);
        let node = before::uuid(&self.inner.ironic, node, &limit).await?;
        let view = self
            .inner
            .ironic
            .node(&node, &limit)
            .await
            .map_err(Cause::Unreadable)?;
        let instance = view.and_then(|view| view.instance_uuid);
        let path = format!("/v1/volume/connectors?node={node}&detail=true");
        let found = self.read(&path, deadline).await?.unwrap_or_default();
        let mut connector = StorageConnector {
            host: instance.map_or_else(|| node.to_string(), |instance| instance.to_string()),
            ..StorageConnector::default()
        };
        let listed = found.get("connectors").and_then(Value::as_array);
        for one in listed.into_iter().flatten() {
            let text = |key| one.get(key).and_then(Value::as_str).unwrap_or_default();
            let kind = match text("type") {
                "iqn" => &mut connector.initiators,
                "ip" => &mut connector.ips,
                "mac" => &mut connector.macs,
                "wwnn" => &mut connector.wwnns,
                "wwpn" => &mut connector.wwpns,
                _ => continue,
            };
            kind.push(text("connector_id").to_owned());
        }
        Ok(connector)
    }

    /// Whether the console of a node is on, and how it is reached.
    ///
    /// # Errors
    /// When there is no such node, or it cannot be read in time.
    pub async fn console(
        &self,
        node: &NodeIdent,
        deadline: Deadline,
    ) -> Result<Description, Cause> {
        let path = format!("/v1/nodes/{node}/states/console");
        match self.read(&path, deadline).await? {
            Some(Value::Object(found)) => Ok(found),
            Some(_) | None => Err(Cause::NoNode(node.clone())),
        }
    }

    async fn read(&self, path: &str, deadline: Deadline) -> Result<Option<Value>, Cause> {
        let read = self.inner.ironic.read(path, &Limit::until(deadline)).await;
        read.map_err(Cause::Unreadable)
    }
}

impl Filter {
    fn query(&self) -> String {
        let flag = |flag: Option<bool>| flag.map(|flag| if flag { "True" } else { "False" }.into());
        let pairs = [
            ("provision_state", self.provision_state.clone()),
            ("associated", flag(self.associated)),
            ("maintenance", flag(self.maintenance)),
            ("resource_class", self.resource_class.clone()),
        ];
        let pairs = pairs.into_iter().filter_map(|(key, value)| {
            let value = percent_encode(&value?);
            Some(format!("&{key}={value}"))
        });
        pairs.collect()
    }
}
