//! The same on a real Ironic, with VIFs that a Neutron binds: orders reach their goals, and end as
//! they should whichever of their writes fails.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portcullis::lifecycle::Order;
use portcullis::lifecycle::orders::{ConfigDrive, Deploy, Destroy, Image};
use portcullis::secret::Secret;
use portcullis_lab::http::{self, Reply};
use portcullis_lab::{Ironic, Network, Options};
use portcullis_tests::fake_ironic::{Arrived, Script};
use serde_json::{Value, json};

use super::faults::{Case, Cell, Fault, Tempo, World, play_all};
use super::scene::{IMAGE, INSTANCE, Orchestra, runtime, within};

/// Within this, Ironic has to reach a state.
const PATIENCE: Duration = Duration::from_secs(60);
const VERSION: (&str, &str) = ("X-OpenStack-Ironic-API-Version", "1.109");

fn ask(ironic: &Ironic, method: &str, path: &str, body: &Value) -> Reply {
    let text = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let body = (!text.is_empty()).then_some(text.as_bytes());
    let headers = [VERSION, ("Content-Type", "application/json")];
    http::send(ironic.address(), method, path, &headers, body).unwrap()
}

/// A node of its own for each case.
struct OfNode {
    ironic: Arc<Ironic>,
    uuid: String,
}

impl OfNode {
    /// Enrols a node with a port, and brings it where an order expects it.
    fn new(ironic: &Arc<Ironic>, state: &str) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(1);
        let number = NEXT.fetch_add(1, Ordering::SeqCst);
        let node = json!({"name": format!("n{number}"), "driver": "fake-hardware"});
        let made = ask(ironic, "POST", "/v1/nodes", &node);
        assert_eq!(made.status, 201, "{}", made.text());
        let uuid = made.json()["uuid"].as_str().unwrap().to_owned();
        let node = Self {
            ironic: Arc::clone(ironic),
            uuid,
        };
        let address = format!("52:54:00:00:{:02x}:{:02x}", number / 256, number % 256);
        let port = json!({"node_uuid": node.uuid, "address": address});
        assert_eq!(ask(ironic, "POST", "/v1/ports", &port).status, 201);
        node.provision("manage", "manageable");
        if state != "manageable" {
            node.provision("provide", "available");
        }
        if state == "active" {
            let patch = json!([
                {"op": "add", "path": "/instance_uuid", "value": format!("{}{number:04}", &INSTANCE[..32])},
                {"op": "add", "path": "/instance_info/image_source", "value": IMAGE},
            ]);
            let path = format!("/v1/nodes/{}", node.uuid);
            assert_eq!(ask(ironic, "PATCH", &path, &patch).status, 200);
            node.provision("active", "active");
        }
        node
    }

    fn provision(&self, verb: &str, state: &str) {
        let path = format!("/v1/nodes/{}/states/provision", self.uuid);
        let reply = ask(&self.ironic, "PUT", &path, &json!({"target": verb}));
        assert_eq!(reply.status, 202, "{}", reply.text());
        let node = self.at_rest();
        assert_eq!(node["provision_state"], state, "{node}");
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
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl OfNode {
    /// What an order leads to.
    fn expected(&self, order: &Order) -> Value {
        let mut node = self.snapshot();
        match order {
            Order::Deploy(deploy) => {
                node["provision_state"] = "active".into();
                node["instance"] = deploy.instance.as_str().into();
                node["info"] = json!({"image_source": IMAGE});
                node["vifs"] = json!([{"id": deploy.vifs[0].0.as_str()}]);
                node["power"] = "power on".into();
            }
            Order::Destroy(_) => {
                node["provision_state"] = "available".into();
                node["instance"] = Value::Null;
                node["info"] = json!({});
            }
            Order::PowerOn => node["power"] = "power on".into(),
            Order::AttachVif { vif, .. } => node["vifs"] = json!([{"id": vif.as_str()}]),
            Order::Rescue { .. } => node["provision_state"] = "rescue".into(),
            Order::Provide => node["provision_state"] = "available".into(),
            Order::SetMaintenance { .. } => node["maintenance"] = true.into(),
            other => panic!("{other:?}"),
        }
        node
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
        let path = format!("/v1/volume/targets?node={}", self.uuid);
        let targets = ask(&self.ironic, "GET", &path, &Value::Null).json();
        let mut info = node["instance_info"].clone();
        // What a deployment finds out by itself.
        info.as_object_mut()
            .unwrap()
            .retain(|key, _| key == "image_source");
        json!({
            "provision_state": node["provision_state"], "instance": node["instance_uuid"],
            "info": info, "power": node["power_state"], "maintenance": node["maintenance"], "vifs": vifs.json()["vifs"],
            "targets": targets["targets"].as_array().unwrap().len(),
        })
    }
}

/// Slower than the model, and still in a hurry: a locked node alone takes Ironic three seconds.
const TEMPO: Tempo = Tempo {
    reply: Duration::from_secs(4),
    order: Duration::from_secs(12),
    away: Duration::from_secs(1),
    undo: Duration::from_secs(20),
};

fn ironic() -> Arc<Ironic> {
    let options = Options {
        network: Network::Flat,
        ..Options::default()
    };
    Arc::new(Ironic::start(options).expect("an Ironic"))
}

/// An instance and a VIF that no other node has.
fn ids(number: usize) -> (String, String) {
    (
        format!("dddddddd-0000-4000-8000-{number:012}"),
        format!("cccccccc-0000-4000-8000-{number:012}"),
    )
}

fn deploy(number: usize) -> Order {
    let (instance, vif) = ids(number);
    let drive = json!({"meta_data": {"hostname": "web-1"}});
    let mut deploy = Deploy::of(Image::at(IMAGE))
        .with_vif(vif.parse().unwrap())
        .with_config_drive(ConfigDrive::parts(drive.as_object().unwrap()));
    deploy.instance = instance.parse().unwrap();
    Order::Deploy(Box::new(deploy))
}

/// Orders, each with the state it is for, and how many writes it takes.
fn orders(number: usize) -> Vec<(Order, &'static str, usize)> {
    let (_, vif) = ids(number);
    let vif = || vif.parse().unwrap();
    vec![
        (deploy(number), "available", 3),
        (Order::Destroy(Destroy::default()), "active", 1),
        (Order::PowerOn, "available", 1),
        (
            Order::AttachVif {
                vif: vif(),
                to: None,
            },
            "available",
            1,
        ),
        (
            Order::Rescue {
                password: Secret::new("correct horse".into()),
            },
            "active",
            1,
        ),
        (Order::Provide, "manageable", 1),
        (Order::SetMaintenance { reason: None }, "available", 1),
    ]
}

/// Faults that a proxy can play. Those that wait for a deadline are left to the model.
const PLAYED: [Fault; 9] = [
    Fault::Restart,
    Fault::CutBefore,
    Fault::CutAfter,
    Fault::CutWithin,
    Fault::Locked,
    Fault::Status(400),
    Fault::Status(500),
    Fault::ErrorAfter,
    Fault::Gateway,
];

#[test]
fn whatever_fails_on_a_real_ironic_the_end_is_finished_or_as_before() {
    let ironic = ironic();
    let mut wanted = Vec::new();
    for at in 0..orders(0).len() {
        for write in 0..orders(0)[at].2 {
            wanted.extend(PLAYED.map(|fault| (at, write, fault)));
        }
    }
    let cells = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    // Nodes take a while to be brought where their orders expect them.
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    let Some((at, write, fault)) = wanted.get(number).copied() else {
                        break;
                    };
                    let (order, state, _) = orders(number).swap_remove(at);
                    let node = OfNode::new(&ironic, state);
                    let good = node.expected(&order);
                    let case = Case {
                        order,
                        node: format!("`{state}`"),
                        uuid: node.uuid.clone(),
                        write,
                        fault,
                    };
                    let world: Arc<dyn World> = Arc::new(node);
                    cells.lock().unwrap().push(Cell { case, good, world });
                }
            });
        }
    });
    println!("{}", play_all(&cells.into_inner().unwrap(), TEMPO, 6));
}

/// Another order holds the node's lock, as a power change of the real Ironic does, while a VIF is
/// attached: Ironic answers 409, and the VIF is attached all the same once the lock is free.
#[test]
fn a_real_lock_is_waited_for() {
    let options = Options {
        network: Network::Flat,
        fake_delay: Duration::from_secs(4),
        ..Options::default()
    };
    let ironic = Arc::new(Ironic::start(options).expect("an Ironic"));
    let node = OfNode::new(&ironic, "manageable");
    let path = format!("/v1/nodes/{}/states/power", node.uuid);
    assert_eq!(
        ask(&ironic, "PUT", &path, &json!({"target": "power on"})).status,
        202
    );
    let orchestra = Orchestra::new(
        &ironic.url(),
        Duration::from_secs(20),
        Duration::from_secs(20),
    );
    let vif = ids(1).1;
    let order = Order::AttachVif {
        vif: vif.parse().unwrap(),
        to: None,
    };
    let ident = node.uuid.parse().unwrap();
    let ended = runtime().block_on(async {
        orchestra
            .lifecycle
            .begin(ident, order, within(PATIENCE))
            .ended()
            .await
    });
    ended.unwrap();
    assert_eq!(node.snapshot()["vifs"], json!([{"id": vif}]));
}
