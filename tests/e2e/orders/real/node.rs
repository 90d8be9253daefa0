//! A node of a real Ironic, brought where an order expects it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use portcullis_lab::Ironic;
use portcullis_lab::http::{self, Reply};
use portcullis_tests::fake_ironic::{Arrived, Script};
use serde_json::{Value, json};

use crate::orders::faults::World;
use crate::orders::scene::IMAGE;

/// Within this, Ironic has to reach a state.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks at it: Ironic has no event to wait for, and each look takes it some milliseconds.
const POLL: Duration = Duration::from_millis(100);
const VERSION: (&str, &str) = ("X-OpenStack-Ironic-API-Version", "1.109");

pub fn ask(ironic: &Ironic, method: &str, path: &str, body: &Value) -> Reply {
    let text = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let body = (!text.is_empty()).then_some(text.as_bytes());
    let headers = [VERSION, ("Content-Type", "application/json")];
    http::send(ironic.address(), method, path, &headers, body).unwrap()
}

/// What a case needs that no other has: an instance, a VIF, what storage calls a node.
#[derive(Clone)]
pub struct Ids {
    number: usize,
    pub instance: String,
    pub vif: String,
    pub connector: String,
    pub volume: String,
}

impl Ids {
    pub fn of(number: usize) -> Self {
        let id = |kind: &str| format!("{kind}-0000-4000-8000-{number:012}");
        Self {
            number,
            instance: id("dddddddd"),
            vif: id("cccccccc"),
            connector: id("eeeeeeee"),
            volume: id("ffffffff"),
        }
    }

    /// Ids that nobody has had.
    pub fn next() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(1);
        Self::of(NEXT.fetch_add(1, Ordering::SeqCst))
    }
}

/// What is done to a node besides bringing it to a state, and to bring it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    Reserved,
    Released,
    Imaged,
    Deployed,
    Rescued,
    Unrescued,
    Managed,
    Provided,
    Attached,
    Detached,
    SwitchedOn,
    SwitchedOff,
    ConsoleOn,
    ConsoleOff,
    Maintained,
    InService,
    Connector,
    NoConnector,
    Volume,
}

/// A node of its own for each case.
pub struct OfNode {
    ironic: Arc<Ironic>,
    pub uuid: String,
    ids: Ids,
}

impl OfNode {
    /// Enrols a node with a port, and brings it where an order expects it.
    pub fn new(ironic: &Arc<Ironic>, ids: &Ids, state: &str, settings: &[Setting]) -> Self {
        let number = ids.number;
        let node = json!({"name": format!("n{number}"), "driver": "fake-hardware"});
        let made = ask(ironic, "POST", "/v1/nodes", &node);
        assert_eq!(made.status, 201, "{}", made.text());
        let uuid = made.json()["uuid"].as_str().unwrap().to_owned();
        let node = Self {
            ironic: Arc::clone(ironic),
            uuid,
            ids: ids.clone(),
        };
        let address = format!("52:54:00:00:{:02x}:{:02x}", number / 256, number % 256);
        let port = json!({"node_uuid": node.uuid, "address": address});
        assert_eq!(ask(ironic, "POST", "/v1/ports", &port).status, 201);
        let way: &[Setting] = match state {
            "manageable" => &[Setting::Managed],
            "available" => &[Setting::Managed, Setting::Provided],
            "active" | "rescue" => &[
                Setting::Managed,
                Setting::Provided,
                Setting::Reserved,
                Setting::Imaged,
                Setting::Deployed,
            ],
            other => panic!("no way to `{other}`"),
        };
        way.iter().for_each(|setting| node.set(*setting));
        if state == "rescue" {
            node.set(Setting::Rescued);
        }
        settings.iter().for_each(|setting| node.set(*setting));
        assert_eq!(node.at_rest()["provision_state"], state);
        node
    }

    pub fn set(&self, setting: Setting) {
        let Ids {
            instance,
            vif,
            connector,
            volume,
            ..
        } = &self.ids;
        let node = format!("/v1/nodes/{}", self.uuid);
        let at = |path: &str| format!("{node}{path}");
        let storage = |path: &str| format!("/v1/volume/{path}");
        let patch =
            |op: &str, path: &str, value: &str| json!([{"op": op, "path": path, "value": value}]);
        let verb = |verb: &str| json!({"target": verb});
        let rescue = json!({"target": "rescue", "rescue_password": "correct horse"});
        let (method, path, body) = match setting {
            Setting::Reserved => ("PATCH", at(""), patch("add", "/instance_uuid", instance)),
            Setting::Released => (
                "PATCH",
                at(""),
                json!([{"op": "remove", "path": "/instance_uuid"}]),
            ),
            Setting::Imaged => (
                "PATCH",
                at(""),
                patch("add", "/instance_info/image_source", IMAGE),
            ),
            Setting::Deployed => ("PUT", at("/states/provision"), verb("active")),
            Setting::Rescued => ("PUT", at("/states/provision"), rescue),
            Setting::Unrescued => ("PUT", at("/states/provision"), verb("unrescue")),
            Setting::Managed => ("PUT", at("/states/provision"), verb("manage")),
            Setting::Provided => ("PUT", at("/states/provision"), verb("provide")),
            Setting::Attached => ("POST", at("/vifs"), json!({"id": vif})),
            Setting::Detached => ("DELETE", at(&format!("/vifs/{vif}")), Value::Null),
            Setting::SwitchedOn => ("PUT", at("/states/power"), verb("power on")),
            Setting::SwitchedOff => ("PUT", at("/states/power"), verb("power off")),
            Setting::ConsoleOn => ("PUT", at("/states/console"), json!({"enabled": true})),
            Setting::ConsoleOff => ("PUT", at("/states/console"), json!({"enabled": false})),
            Setting::Maintained => ("PUT", at("/maintenance"), json!({})),
            Setting::InService => ("DELETE", at("/maintenance"), Value::Null),
            Setting::Connector => (
                "POST",
                storage("connectors"),
                json!({"uuid": connector, "node_uuid": self.uuid, "type": "iqn",
                       "connector_id": format!("iqn.2026-01.org.example:{connector}")}),
            ),
            Setting::NoConnector => (
                "DELETE",
                storage(&format!("connectors/{connector}")),
                Value::Null,
            ),
            Setting::Volume => (
                "POST",
                storage("targets"),
                json!({"uuid": volume, "node_uuid": self.uuid, "volume_type": "iscsi",
                       "volume_id": "vol-1", "boot_index": 1}),
            ),
        };
        let reply = ask(&self.ironic, method, &path, &body);
        assert!(
            (200..300).contains(&reply.status),
            "{setting:?}: {}",
            reply.text()
        );
        self.at_rest();
    }

    /// The node once nobody works on it.
    fn at_rest(&self) -> Value {
        let began = Instant::now();
        loop {
            let node = ask(
                &self.ironic,
                "GET",
                &format!("/v1/nodes/{}", self.uuid),
                &Value::Null,
            )
            .json();
            let rests = |key: &str| node[key].is_null();
            if rests("reservation")
                && rests("target_provision_state")
                && rests("target_power_state")
            {
                return node;
            }
            // Some states that last have a target as well.
            if rests("reservation")
                && node["provision_state"]
                    .as_str()
                    .is_some_and(|s| s.ends_with("failed"))
            {
                return node;
            }
            assert!(began.elapsed() < PATIENCE, "{node}");
            std::thread::sleep(POLL);
        }
    }
}

impl World for OfNode {
    fn answer(&self, request: &Arrived) -> Script {
        let headers = request.headers.iter().filter(|(name, _)| {
            let name = name.to_ascii_lowercase();
            !["host", "content-length", "connection"].contains(&&*name)
        });
        let headers: Vec<_> = headers.map(|(name, value)| (&**name, &**value)).collect();
        let body = (!request.body.is_empty()).then_some(&*request.body);
        let reply = http::send(
            self.ironic.address(),
            &request.method,
            &request.target,
            &headers,
            body,
        );
        let reply = reply.unwrap();
        let headers = reply.headers.iter().filter(|(name, _)| {
            let name = name.to_ascii_lowercase();
            !["content-length", "connection", "transfer-encoding"].contains(&&*name)
        });
        let headers: Vec<_> = headers.map(|(name, value)| (&**name, &**value)).collect();
        Script::reply(&format!("{} Status", reply.status), &headers, &reply.body)
    }

    fn answer_late(&self, request: &Arrived) {
        drop(self.answer(request));
    }

    fn snapshot(&self) -> Value {
        let node = self.at_rest();
        let vifs = ask(
            &self.ironic,
            "GET",
            &format!("/v1/nodes/{}/vifs", self.uuid),
            &Value::Null,
        );
        let of_storage = |kind: &str| {
            let path = format!("/v1/volume/{kind}?node={}", self.uuid);
            let listed = ask(&self.ironic, "GET", &path, &Value::Null).json();
            listed[kind].as_array().unwrap().len()
        };
        let mut info = node["instance_info"].clone();
        // What a deployment finds out by itself.
        info.as_object_mut()
            .unwrap()
            .retain(|key, _| key == "image_source");
        json!({
            "provision_state": node["provision_state"], "instance": node["instance_uuid"],
            "info": info, "power": node["power_state"], "maintenance": node["maintenance"], "vifs": vifs.json()["vifs"],
            "console": node["console_enabled"], "connectors": of_storage("connectors"),
            "targets": of_storage("targets"),
        })
    }
}
