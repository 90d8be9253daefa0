//! Whatever our schemas and the bundled policies let through, Ironic has an answer to it, and soon.
//!
//! Bodies are made up from the schemas themselves, by a generator that is the same in every run, out
//! of values that have given trouble somewhere: long and empty texts, other scripts, templates and
//! shell, numbers at their limits.

mod generator;
mod schemas;
mod values;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use portcullis_lab::Options;
use portcullis_lab::http::{self, Reply};
use serde_json::{Value, json};

use super::{Scene, reason};
use generator::Generator;

/// Within this, a write has its answer. Ironic itself waits two seconds for a node that is locked.
const SOON: Duration = Duration::from_secs(10);

/// Writes that are made up for each operation.
const TRIES: usize = 10;

/// Operations, where they are sent, and how many of the made-up writes at least have to come as
/// far as Ironic: were it none, nothing would be tested.
const WRITES: &[(&str, &str, &str, usize)] = &[
    ("node.create", "POST", "/v1/nodes", 1),
    ("node.update", "PATCH", "/v1/nodes/{node}", 1),
    ("node.power", "PUT", "/v1/nodes/{node}/states/power", 1),
    ("node.raid", "PUT", "/v1/nodes/{node}/states/raid", 1),
    (
        "node.boot-mode",
        "PUT",
        "/v1/nodes/{node}/states/boot_mode",
        1,
    ),
    (
        "node.secure-boot",
        "PUT",
        "/v1/nodes/{node}/states/secure_boot",
        1,
    ),
    ("node.console", "PUT", "/v1/nodes/{node}/states/console", 1),
    (
        "node.boot-device",
        "PUT",
        "/v1/nodes/{node}/management/boot_device",
        1,
    ),
    (
        "node.maintenance.set",
        "PUT",
        "/v1/nodes/{node}/maintenance",
        1,
    ),
    (
        "node.maintenance.clear",
        "DELETE",
        "/v1/nodes/{node}/maintenance",
        1,
    ),
    ("node.vmedia.attach", "POST", "/v1/nodes/{node}/vmedia", 1),
    ("node.vif.attach", "POST", "/v1/nodes/{node}/vifs", 1),
    ("node.traits.set", "PUT", "/v1/nodes/{node}/traits", 1),
    ("port.create", "POST", "/v1/ports", 1),
    ("port.update", "PATCH", "/v1/ports/{port}", 1),
    ("portgroup.create", "POST", "/v1/portgroups", 1),
    ("portgroup.update", "PATCH", "/v1/portgroups/{portgroup}", 1),
    ("chassis.create", "POST", "/v1/chassis", 1),
    ("chassis.update", "PATCH", "/v1/chassis/{chassis}", 1),
    (
        "volume-connector.create",
        "POST",
        "/v1/volume/connectors",
        1,
    ),
    (
        "volume-connector.update",
        "PATCH",
        "/v1/volume/connectors/{connector}",
        1,
    ),
    ("volume-target.create", "POST", "/v1/volume/targets", 1),
    (
        "volume-target.update",
        "PATCH",
        "/v1/volume/targets/{target}",
        1,
    ),
    ("allocation.create", "POST", "/v1/allocations", 1),
    ("deploy-template.create", "POST", "/v1/deploy_templates", 1),
    (
        "deploy-template.update",
        "PATCH",
        "/v1/deploy_templates/{template}",
        1,
    ),
    ("runbook.create", "POST", "/v1/runbooks", 1),
    ("runbook.update", "PATCH", "/v1/runbooks/{runbook}", 1),
    ("inspection-rule.create", "POST", "/v1/inspection_rules", 1),
    ("event.create", "POST", "/v1/events", 1),
    (
        "node.provision.manage",
        "PUT",
        "/v1/nodes/{node}/states/provision",
        0,
    ),
    (
        "node.provision.inspect",
        "PUT",
        "/v1/nodes/{node}/states/provision",
        0,
    ),
    (
        "node.provision.clean",
        "PUT",
        "/v1/nodes/{node}/states/provision",
        0,
    ),
    (
        "node.provision.provide",
        "PUT",
        "/v1/nodes/{node}/states/provision",
        0,
    ),
    (
        "node.provision.active",
        "PUT",
        "/v1/nodes/{node}/states/provision",
        0,
    ),
    (
        "node.provision.rebuild",
        "PUT",
        "/v1/nodes/{node}/states/provision",
        0,
    ),
    (
        "node.provision.rescue",
        "PUT",
        "/v1/nodes/{node}/states/provision",
        0,
    ),
    (
        "node.provision.unrescue",
        "PUT",
        "/v1/nodes/{node}/states/provision",
        0,
    ),
    (
        "node.provision.service",
        "PUT",
        "/v1/nodes/{node}/states/provision",
        0,
    ),
    (
        "node.provision.deleted",
        "PUT",
        "/v1/nodes/{node}/states/provision",
        0,
    ),
    (
        "node.provision.abort",
        "PUT",
        "/v1/nodes/{node}/states/provision",
        0,
    ),
];

#[test]
fn what_passes_the_gate_has_an_answer() {
    let scene = Scene::set_with(Options::default(), |setup| setup.all_policies());
    let things = things(&scene);
    let mut generator = Generator::new(&things);
    let mut faults = Vec::new();
    let mut passed = BTreeMap::new();
    for &(operation, method, path, least) in WRITES {
        let mut arrived = 0;
        for _ in 0..TRIES {
            let body = generator.body(operation);
            let path = generator.path(path, &things);
            let began = Instant::now();
            let reply = send(&scene, method, &path, &body);
            let took = began.elapsed();
            if reply.status >= 500 || took > SOON {
                faults.push(format!(
                    "{operation}: {} after {took:?}: {method} {path} {body}: {}",
                    reply.status,
                    reply.text()
                ));
            }
            arrived += usize::from(reason(&reply).is_empty());
        }
        if arrived < least {
            faults.push(format!("{operation}: only {arrived} of {TRIES} arrived"));
        }
        passed.insert(operation, arrived);
    }
    assert!(faults.is_empty(), "{}\n{passed:?}", faults.join("\n"));
    // Ironic is still there.
    assert_eq!(
        scene.ask_ironic("GET", "/v1/nodes", &Value::Null).status,
        200
    );
}

fn send(scene: &Scene, method: &str, path: &str, body: &Value) -> Reply {
    let headers = [
        ("X-OpenStack-Ironic-API-Version", "1.115"),
        ("Content-Type", "application/json"),
    ];
    let body = (!body.is_null()).then(|| body.to_string());
    let body = body.as_deref().map(str::as_bytes);
    let address = scene.gateway.door().address();
    http::send(address, method, path, &headers, body).expect("an answer")
}

/// One thing of each kind for the writes to be about, by the word that paths have for it.
fn things(scene: &Scene) -> BTreeMap<&'static str, String> {
    let node = scene.enrol("made-up");
    let uuid = node["uuid"].as_str().expect("an id").to_owned();
    scene.bring("made-up", "manage", "manageable");
    let step = json!({"interface": "bios", "step": "factory_reset", "args": {}});
    let with = |name: &str, value: i64| {
        let mut step = step.clone();
        step[name] = value.into();
        json!([step])
    };
    let wanted = [
        (
            "port",
            "/v1/ports",
            json!({"node_uuid": uuid, "address": "52:54:00:00:00:01"}),
        ),
        (
            "portgroup",
            "/v1/portgroups",
            json!({"node_uuid": uuid, "name": "bond"}),
        ),
        ("chassis", "/v1/chassis", json!({"description": "rack"})),
        (
            "connector",
            "/v1/volume/connectors",
            json!({"node_uuid": uuid, "type": "iqn", "connector_id": "iqn.2017-07.org.example:01:a"}),
        ),
        (
            "target",
            "/v1/volume/targets",
            json!({"node_uuid": uuid, "volume_type": "iscsi", "volume_id": "v1", "boot_index": 0}),
        ),
        (
            "template",
            "/v1/deploy_templates",
            json!({"name": "CUSTOM_A", "steps": with("priority", 10)}),
        ),
        (
            "runbook",
            "/v1/runbooks",
            json!({"name": "CUSTOM_B", "steps": with("order", 1)}),
        ),
    ];
    let mut things = BTreeMap::from([("node", uuid.clone())]);
    for (kind, path, body) in wanted {
        let headers = [
            ("X-OpenStack-Ironic-API-Version", "1.115"),
            ("Content-Type", "application/json"),
        ];
        let body = body.to_string();
        let made = http::send(
            scene.ironic.address(),
            "POST",
            path,
            &headers,
            Some(body.as_bytes()),
        );
        let made = made.expect("an answer");
        assert_eq!(made.status, 201, "{kind}: {}", made.text());
        let id = made.json()["uuid"].as_str().expect("an id").to_owned();
        things.insert(kind, id);
    }
    things
}
