//! The calls of each order, by the state of the node.

use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::lifecycle::plan::{OnFailure, Undo};
use crate::operation::Microversion;

const NODE: &str = "2a3b4c5d-0000-4000-8000-000000000001";
const OURS: &str = "11111111-2222-4333-8444-555555555555";
const THEIRS: &str = "99999999-2222-4333-8444-555555555555";

/// A node in this state, with these attributes on top.
fn node(state: &str, more: Value) -> Before {
    let mut document = json!({
        "uuid": NODE, "name": "n1", "provision_state": state, "power_state": "power off",
        "instance_uuid": null, "instance_info": {}, "maintenance": false,
    });
    let document = document.as_object_mut().unwrap();
    document.extend(more.as_object().unwrap().clone());
    Before {
        node: NodeView::read(&Value::Object(document.clone())).unwrap(),
        document: document.clone(),
        vifs: Vec::new(),
        targets: Vec::new(),
        boot_device: None,
    }
}

fn instance() -> InstanceId {
    OURS.parse().unwrap()
}

/// The calls there and, behind a bar, the calls back.
fn calls(order: &Order, before: &Before) -> String {
    let plan = match order.plan(before) {
        Ok(plan) => plan,
        Err(cause) => return cause.to_string(),
    };
    let step = |step: &Step| {
        let (method, line) = step.call.line(&plan.node);
        let line = line.replace(NODE, "N");
        let back = match &step.undo {
            Undo::Call(call) => {
                let (method, line) = call.line(&plan.node);
                format!("{method} {}", line.replace(NODE, "N"))
            }
            Undo::WayBack => "way back".into(),
            Undo::Nothing => "-".into(),
            Undo::Impossible => "none".into(),
        };
        format!("{method} {line} | {back}")
    };
    plan.steps.iter().map(step).collect::<Vec<_>>().join("\n")
}

fn check(order: &Order, before: &Before, expected: &[&str]) {
    let state = &before.node.provision_state;
    assert_eq!(
        calls(order, before),
        expected.join("\n"),
        "{} of `{state}`",
        order.name()
    );
}

const PROVISION: &str = "PUT /v1/nodes/N/states/provision | way back";
const ONE_WAY: &str = "PUT /v1/nodes/N/states/provision | none";

fn deploy() -> Deploy {
    Deploy {
        instance: instance(),
        ..Deploy::of(Image::at("https://images.example.org/a.qcow2"))
            .with_vif("vif-1".parse().unwrap())
            .with_vif("vif-2".parse().unwrap())
    }
}

#[test]
fn a_deployment_claims_attaches_and_then_deploys() {
    let order = Order::Deploy(Box::new(deploy()));
    let whole = [
        "PATCH /v1/nodes/N | PATCH /v1/nodes/N",
        "POST /v1/nodes/N/vifs | DELETE /v1/nodes/N/vifs/vif-1",
        "POST /v1/nodes/N/vifs | DELETE /v1/nodes/N/vifs/vif-2",
        PROVISION,
    ];
    check(&order, &node("available", json!({})), &whole);
    // One that was reserved before keeps its claim when the deployment is taken back.
    let reserved = node("available", json!({"instance_uuid": OURS}));
    check(&order, &reserved, &whole);
    let plan = order.plan(&reserved).unwrap();
    assert!(matches!(&plan.steps[0].undo, Undo::Call(call)
        if matches!(&**call, super::super::call::Call::SetInfo { .. })));
    // What is attached already was not attached by this order, and stays when it is taken back.
    let mut attached = node("available", json!({"instance_uuid": OURS}));
    attached.vifs = vec!["vif-1".parse().unwrap()];
    check(&order, &attached, &[whole[0], whole[2], whole[3]]);
}

#[test]
fn what_is_not_free_is_not_deployed() {
    let order = Order::Deploy(Box::new(deploy()));
    check(
        &order,
        &node("active", json!({})),
        &["node is `active`, expected `available`"],
    );
    check(
        &order,
        &node("available", json!({"instance_uuid": THEIRS})),
        &["node belongs to instance 99999999-2222-4333-8444-555555555555"],
    );
    check(
        &order,
        &node("available", json!({"maintenance": true})),
        &["node is in maintenance, expected one that is not"],
    );
    check(
        &order,
        &node("available", json!({"power_state": null})),
        &["node has no power state, expected one whose power Ironic can see"],
    );
}

#[test]
fn destroying_goes_forward_only_and_clears_what_others_left() {
    let order = Order::Destroy(Destroy::default());
    let mut running = node("active", json!({"instance_uuid": OURS}));
    running.vifs = vec!["vif-1".parse().unwrap()];
    running.targets = vec![THEIRS.parse().unwrap()];
    let target = format!("DELETE /v1/volume/targets/{THEIRS} | none");
    let clear = "PATCH /v1/nodes/N | none";
    let vif = "DELETE /v1/nodes/N/vifs/vif-1 | none";
    check(&order, &running, &[ONE_WAY, vif, &target, clear]);
    let mut orphaned = node("available", json!({"instance_uuid": OURS}));
    orphaned.vifs = vec!["vif-1".parse().unwrap()];
    check(&order, &orphaned, &[vif, clear]);
    check(&order, &node("available", json!({})), &[]);
    check(
        &Order::Destroy(Destroy {
            instance: Some(instance()),
        }),
        &node("active", json!({"instance_uuid": THEIRS})),
        &["node belongs to instance 99999999-2222-4333-8444-555555555555"],
    );
    check(
        &order,
        &node("deploying", json!({"instance_uuid": OURS})),
        &[
            "node is `deploying`, expected one of `available`, `manageable`, `enroll`, `clean failed`, `inspect failed`, `adopt failed`, `active`, `deploy failed`, `wait call-back`, `error`, `rescue`, `rescue wait`, `rescue failed`, `unrescue failed`, `service wait`, `service failed`",
        ],
    );
}

#[test]
fn a_claim_is_given_up_only_where_nothing_runs() {
    let order = Order::Release {
        instance: instance(),
    };
    let clear = "PATCH /v1/nodes/N | none";
    check(
        &order,
        &node("available", json!({"instance_uuid": OURS})),
        &[clear],
    );
    check(&order, &node("available", json!({})), &[]);
    let running = node("active", json!({"instance_uuid": OURS}));
    assert!(calls(&order, &running).starts_with("node is `active`"));
}

#[test]
fn a_rebuild_knows_what_was_there() {
    let order = Order::Rebuild(Box::new(Rebuild {
        image: Some(Image::at("new")),
        preserve_ephemeral: true,
        ..Rebuild::default()
    }));
    let before = node(
        "active",
        json!({"instance_uuid": OURS, "instance_info": {"image_source": "old"}}),
    );
    check(
        &order,
        &before,
        &["PATCH /v1/nodes/N | PATCH /v1/nodes/N", ONE_WAY],
    );
    let plan = order.plan(&before).unwrap();
    let Undo::Call(back) = &plan.steps[0].undo else {
        panic!("{plan:?}")
    };
    assert_eq!(
        back.to_string(),
        "set instance_info image_source=\"old\" -preserve_ephemeral"
    );
}

#[test]
fn soft_power_changes_have_another_way() {
    let power = "PUT /v1/nodes/N/states/power | none";
    let soft = Order::PowerOff(PowerOff::Soft(Duration::from_secs(60)));
    let before = node("active", json!({"power_state": "power on"}));
    check(&soft, &before, &[power, power]);
    let plan = soft.plan(&before).unwrap();
    assert_eq!(plan.steps[0].call.to_string(), "soft power off within 60 s");
    assert_eq!(plan.steps[0].on_failure, OnFailure::GoOn);
    assert_eq!(plan.steps[1].call.to_string(), "power off");
    check(&Order::PowerOff(PowerOff::Hard), &before, &[power]);
    check(&Order::Reboot { soft: true }, &before, &[power, power]);
    check(&Order::PowerOn, &before, &[power]);
}

#[test]
fn verbs_are_ordered_where_they_are_accepted() {
    let rescue = Order::Rescue {
        password: Secret::new("correct horse".into()),
    };
    let steps = || Steps::List(json!([{"interface": "deploy", "step": "erase_devices"}]));
    let rows: Vec<(Order, &str, &[&str])> = vec![
        (rescue.clone(), "active", &[PROVISION]),
        (
            rescue,
            "available",
            &[
                "node is `available`, expected one of `active`, `rescue failed`, `unrescue failed`, `service failed`",
            ],
        ),
        (Order::Unrescue, "rescue", &[ONE_WAY]),
        (Order::Clean(steps()), "manageable", &[PROVISION]),
        (
            Order::Clean(steps()),
            "available",
            &["node is `available`, expected `manageable`"],
        ),
        (Order::Service(steps()), "active", &[PROVISION]),
        (Order::Inspect, "manageable", &[PROVISION]),
        (
            Order::Manage,
            "enroll",
            &["PUT /v1/nodes/N/states/provision | -"],
        ),
        (Order::Manage, "manageable", &[]),
        (Order::Provide, "manageable", &[PROVISION]),
        (Order::Provide, "available", &[]),
        (Order::Adopt, "manageable", &[PROVISION]),
        (Order::Abort, "clean wait", &[ONE_WAY]),
    ];
    for (order, state, expected) in rows {
        check(&order, &node(state, json!({})), expected);
    }
}

#[test]
fn a_plan_survives_the_journal_and_shows_no_secret() {
    let drive = json!({"meta_data": {"admin_pass": "calvin"}});
    let mut deploy = deploy().with_config_drive(ConfigDrive::parts(drive.as_object().unwrap()));
    deploy.image = Some(Image::at("https://images.example.org/a?sig=calvin"));
    deploy.volumes.push(Volume {
        volume_type: "iscsi".into(),
        volume_id: "vol-1".into(),
        boot_index: 0,
        properties: Some(Secret::new(r#"{"auth_password": "calvin"}"#.into())),
    });
    let order = Order::Deploy(Box::new(deploy));
    let plan = order.plan(&node("available", json!({}))).unwrap();
    let written = serde_json::to_string(&plan).unwrap();
    let read: Plan = serde_json::from_str(&written).unwrap();
    for text in [
        &written,
        &plan.to_string(),
        &format!("{plan:?}"),
        &format!("{order:?}"),
    ] {
        assert!(!text.contains("calvin"), "{text}");
    }
    assert_eq!(read.to_string(), plan.to_string());
    for (made, read) in plan.steps.iter().zip(&read.steps) {
        assert!(made.call.is_sendable());
        let version = Microversion::NEWEST;
        let request = made.call.request(&plan.node, version).unwrap();
        match read.call.request(&plan.node, version) {
            Ok(again) => assert_eq!(request.body, again.body),
            Err(_) => assert!(!read.call.is_sendable()),
        }
    }
}

#[test]
fn requests_are_what_ironic_expects() {
    let order = Order::Deploy(Box::new(deploy()));
    let plan = order.plan(&node("available", json!({}))).unwrap();
    let bodies = plan.steps.iter().map(|step| {
        let request = step.call.request(&plan.node, Microversion::NEWEST).unwrap();
        String::from_utf8(request.body.to_vec()).unwrap()
    });
    let expected = [
        json!([
            {"op": "add", "path": "/instance_uuid", "value": OURS},
            {"op": "add", "path": "/instance_info/image_source", "value": "https://images.example.org/a.qcow2"},
        ]),
        json!({"id": "vif-1"}),
        json!({"id": "vif-2"}),
        json!({"target": "active"}),
    ];
    for (body, expected) in bodies.zip(expected) {
        assert_eq!(serde_json::from_str::<Value>(&body).unwrap(), expected);
    }
}
