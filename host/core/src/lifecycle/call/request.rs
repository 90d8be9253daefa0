//! From a call to the request that makes it.

use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Method, header};
use serde_json::{Map, Value, json};

use super::{Call, VifPlace, Withheld};
use crate::lifecycle::guarded::Guarded;
use crate::lifecycle::input::NodeUuid;
use crate::operation::Microversion;
use crate::request::{Caller, Request, RequestId};

impl Call {
    /// Method and path, and query if it has one.
    pub fn line(&self, node: &NodeUuid) -> (Method, String) {
        let below = |rest: &str| format!("/v1/nodes/{node}{rest}");
        match self {
            Self::Claim { .. }
            | Self::Unclaim { .. }
            | Self::ClearInstance
            | Self::SetInfo { .. } => (Method::PATCH, below("")),
            Self::AttachVif { .. } => (Method::POST, below("/vifs")),
            Self::DetachVif { vif } => (Method::DELETE, below(&format!("/vifs/{vif}"))),
            Self::CreateTarget(_) => (Method::POST, "/v1/volume/targets".into()),
            Self::DeleteTarget { uuid } => (Method::DELETE, format!("/v1/volume/targets/{uuid}")),
            Self::CreateConnector(_) => (Method::POST, "/v1/volume/connectors".into()),
            Self::DeleteConnector { uuid } => {
                (Method::DELETE, format!("/v1/volume/connectors/{uuid}"))
            }
            Self::Provision { .. } => (Method::PUT, below("/states/provision")),
            Self::Power { .. } => (Method::PUT, below("/states/power")),
            Self::SetBootDevice { .. } => (Method::PUT, below("/management/boot_device")),
            Self::SetBootMode { .. } => (Method::PUT, below("/states/boot_mode")),
            Self::SetConsole { .. } => (Method::PUT, below("/states/console")),
            Self::InjectNmi => (Method::PUT, below("/management/inject_nmi")),
            Self::InsertMedia { .. } => (Method::POST, below("/vmedia")),
            Self::EjectMedia { device: None } => (Method::DELETE, below("/vmedia")),
            Self::EjectMedia {
                device: Some(device),
            } => (
                Method::DELETE,
                below(&format!("/vmedia?device_types={device}")),
            ),
            Self::SetMaintenance { .. } => (Method::PUT, below("/maintenance")),
            Self::ClearMaintenance => (Method::DELETE, below("/maintenance")),
        }
    }

    /// The request that makes the call.
    ///
    /// # Errors
    /// When it needs a secret that a journal did not keep.
    pub(in crate::lifecycle) fn request(
        &self,
        node: &NodeUuid,
        version: Microversion,
    ) -> Result<Request, Withheld> {
        let (method, line) = self.line(node);
        let mut headers = version_headers(version);
        let body = self.body(node)?;
        if body.is_some() {
            headers.insert(
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/json"),
            );
        }
        Ok(Request {
            id: RequestId::generate(),
            method,
            // Every part of it is an identifier without anything that needs an escape.
            target: line.parse().unwrap_or(PathAndQuery::from_static("/")),
            headers,
            caller: Caller::default(),
            body: body.unwrap_or_default().into(),
        })
    }

    fn body(&self, node: &NodeUuid) -> Result<Option<String>, Withheld> {
        let plain = |value: Value| Ok(Some(value.to_string()));
        match self {
            Self::Claim { instance, info } => {
                let mut patch = Patch::default();
                patch.put("/instance_uuid", &Guarded::plain(instance.as_str()))?;
                for (key, value) in info {
                    patch.put(&format!("/instance_info/{key}"), value)?;
                }
                Ok(Some(patch.text()))
            }
            Self::Unclaim { info, .. } => {
                let mut patch = Patch::default();
                for key in info {
                    patch.remove(&format!("/instance_info/{key}"));
                }
                patch.remove("/instance_uuid");
                Ok(Some(patch.text()))
            }
            Self::ClearInstance => {
                let mut patch = Patch::default();
                patch.put("/instance_info", &Guarded::plain(json!({})))?;
                patch.remove("/instance_uuid");
                Ok(Some(patch.text()))
            }
            Self::SetInfo { set, remove } => {
                let mut patch = Patch::default();
                for (key, value) in set {
                    patch.put(&format!("/instance_info/{key}"), value)?;
                }
                for key in remove {
                    patch.remove(&format!("/instance_info/{key}"));
                }
                Ok(Some(patch.text()))
            }
            Self::AttachVif { vif, to } => {
                let mut body = Map::new();
                body.insert("id".into(), vif.as_str().into());
                match to {
                    Some(VifPlace::Port(uuid)) => {
                        body.insert("port_uuid".into(), uuid.as_str().into());
                    }
                    Some(VifPlace::Portgroup(uuid)) => {
                        body.insert("portgroup_uuid".into(), uuid.as_str().into());
                    }
                    None => {}
                }
                plain(body.into())
            }
            Self::CreateTarget(target) => {
                let described = [
                    ("uuid", Guarded::plain(target.uuid.as_str())),
                    ("node_uuid", Guarded::plain(node.as_str())),
                    ("volume_type", Guarded::plain(&*target.volume_type)),
                    ("volume_id", Guarded::plain(&*target.volume_id)),
                    ("boot_index", Guarded::plain(target.boot_index)),
                ];
                let properties = target.properties.iter().map(|value| ("properties", value));
                let described = described.iter().map(|(key, value)| (*key, value));
                object(described.chain(properties)).map(Some)
            }
            Self::CreateConnector(connector) => plain(json!({
                "uuid": connector.uuid, "node_uuid": node, "type": connector.kind,
                "connector_id": connector.connector_id,
            })),
            Self::Provision { verb, arguments } => {
                let target = Guarded::plain(verb.as_str());
                let arguments = arguments.iter().map(|(key, value)| (&**key, value));
                object(std::iter::once(("target", &target)).chain(arguments)).map(Some)
            }
            Self::Power { target, timeout_s } => {
                let mut body = json!({"target": target});
                if let (Some(body), Some(timeout)) = (body.as_object_mut(), timeout_s) {
                    body.insert("timeout".into(), (*timeout).into());
                }
                plain(body)
            }
            Self::SetBootDevice { device, persistent } => {
                plain(json!({"boot_device": device, "persistent": persistent}))
            }
            Self::SetBootMode { mode } => plain(json!({"target": mode})),
            Self::SetConsole { enabled } => plain(json!({"enabled": enabled})),
            Self::InsertMedia { device, image_url } => {
                let device = Guarded::plain(device.as_str());
                object([("device_type", &device), ("image_url", image_url)]).map(Some)
            }
            Self::SetMaintenance { reason } => plain(match reason {
                Some(reason) => json!({"reason": reason}),
                None => json!({}),
            }),
            Self::InjectNmi => plain(json!({})),
            Self::DetachVif { .. }
            | Self::DeleteTarget { .. }
            | Self::DeleteConnector { .. }
            | Self::EjectMedia { .. }
            | Self::ClearMaintenance => Ok(None),
        }
    }
}

/// Headers of everything that is asked of Ironic.
pub(in crate::lifecycle) fn version_headers(version: Microversion) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    if let Ok(version) = HeaderValue::from_str(&version.to_string()) {
        headers.insert("x-openstack-ironic-api-version", version);
    }
    headers
}

/// A JSON patch in the making.
#[derive(Default)]
struct Patch(Vec<String>);

impl Patch {
    /// Adds or replaces, whichever it is.
    fn put(&mut self, path: &str, value: &Guarded) -> Result<(), Withheld> {
        let value = value.json().ok_or(Withheld)?;
        let path = Value::from(path);
        self.0
            .push(format!(r#"{{"op":"add","path":{path},"value":{value}}}"#));
        Ok(())
    }

    fn remove(&mut self, path: &str) {
        self.0
            .push(json!({"op": "remove", "path": path}).to_string());
    }

    fn text(self) -> String {
        format!("[{}]", self.0.join(","))
    }
}

fn object<'a>(
    members: impl IntoIterator<Item = (&'a str, &'a Guarded)>,
) -> Result<String, Withheld> {
    let members = members.into_iter().map(|(key, value)| {
        let value = value.json().ok_or(Withheld)?;
        Ok(format!("{}:{value}", Value::from(key)))
    });
    Ok(format!(
        "{{{}}}",
        members.collect::<Result<Vec<_>, _>>()?.join(",")
    ))
}
