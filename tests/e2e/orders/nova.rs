//! The faults of Nova's driver, each with the calls and answers that lead there: what it leaves
//! behind or believes, and that it does not happen here.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use portcullis::lifecycle::orders::{Destroy, Image, PowerOff, Rebuild};
use portcullis::lifecycle::{After, Cause, Failed, NodeView, Order, WaitError};
use portcullis_tests::fake_ironic::{Arrived, FakeIronic, Script};
use portcullis_tests::model::{Answer, Fate, Model, Node};

use super::scene::{IMAGE, INSTANCE, Orchestra, VIFS, deploy, runtime, within};

/// Carries an order out against a model that `disturb` stands in front of.
fn order(
    order: Order,
    node: &Node,
    model: &Model,
    time: Duration,
    disturb: impl Fn(&Arrived) -> Option<Script> + Send + Sync + 'static,
) -> (Result<NodeView, Failed>, Vec<String>) {
    let ironic = FakeIronic::start();
    let served = model.clone();
    ironic
        .direct(move |request| disturb(request).unwrap_or_else(|| served.answer(request).script()));
    let orchestra = Orchestra::new(
        &ironic.url(),
        Duration::from_millis(300),
        Duration::from_secs(5),
    );
    let ident = node.uuid.parse().unwrap();
    let ended = runtime().block_on(async {
        orchestra
            .lifecycle
            .begin(ident, order, within(time))
            .ended()
            .await
    });
    let lines = ironic.look(|seen| {
        let writes = seen.writes();
        writes
            .iter()
            .map(|it| format!("{} {}", it.method, it.target))
            .collect()
    });
    (ended, lines)
}

const PATIENCE: Duration = Duration::from_secs(10);

fn is_vif_attachment(request: &Arrived) -> bool {
    request.method == "POST" && request.target.ends_with("/vifs")
}

/// Nova takes any 409 for "already attached", and reports a network that is not there.
#[test]
fn a_locked_node_is_not_taken_for_an_attached_vif() {
    let node = Node::number(1);
    let model = Model::of([node.clone()]);
    let vif = Order::AttachVif {
        vif: VIFS[0].parse().unwrap(),
        to: None,
    };
    let tries = Arc::new(AtomicUsize::new(0));
    let (ended, _) = order(vif, &node, &model, PATIENCE, move |request| {
        let is_locked = is_vif_attachment(request) && tries.fetch_add(1, Ordering::SeqCst) < 3;
        let text =
            "Node n1 is locked by host lab, please retry after the current operation is completed.";
        is_locked.then(|| Answer::fault(409, text).script())
    });
    ended.unwrap();
    assert_eq!(model.world().nodes[&node.uuid].vifs, [VIFS[0]]);
}

/// The same 409 says that the VIF is attached to another node.
#[test]
fn a_vif_of_another_node_is_not_taken_for_attached() {
    let node = Node::number(1);
    let other = Node {
        vifs: vec![VIFS[0].into()],
        ..Node::number(2)
    };
    let model = Model::of([node.clone(), other.clone()]);
    let vif = Order::AttachVif {
        vif: VIFS[0].parse().unwrap(),
        to: None,
    };
    let (ended, _) = order(vif, &node, &model, PATIENCE, |_| None);
    let failed = ended.unwrap_err();
    assert!(matches!(failed.after, After::Untouched), "{failed:?}");
    assert!(model.world().nodes[&node.uuid].vifs.is_empty());
    assert_eq!(model.world().nodes[&other.uuid].vifs, [VIFS[0]]);
}

/// Nova stops at the first VIF that fails, and leaves the ones before it on a free node.
#[test]
fn the_first_vif_is_detached_when_the_second_fails() {
    for status in [400, 404, 409, 500] {
        let node = Node::number(1);
        let model = Model::of([node.clone()]);
        let (ended, writes) = order(deploy(), &node, &model, PATIENCE, move |request| {
            let is_second = is_vif_attachment(request)
                && String::from_utf8_lossy(&request.body).contains(VIFS[1]);
            is_second.then(|| Answer::fault(status, "not enough free physical ports").script())
        });
        let failed = ended.unwrap_err();
        assert!(
            matches!(failed.after, After::TakenBack),
            "{status}: {failed:?}"
        );
        let world = model.world();
        let left = &world.nodes[&node.uuid];
        assert!(
            left.vifs.is_empty() && left.instance.is_none(),
            "{status}: {writes:?}"
        );
        assert_eq!(left.instance_info, serde_json::json!({}), "{status}");
        assert!(
            !writes
                .iter()
                .any(|line| line.ends_with("/states/provision")),
            "{writes:?}"
        );
    }
}

/// Nova polls for ever: there is no limit for a deployment.
#[test]
fn a_deployment_that_hangs_ends_at_its_deadline() {
    let node = Node {
        fate: Fate::Hangs,
        ..Node::number(1)
    };
    let model = Model::of([node.clone()]);
    let time = Duration::from_millis(300);
    let (ended, _) = order(deploy(), &node, &model, time, |_| None);
    let failed = ended.unwrap_err();
    assert!(
        matches!(
            &failed.cause,
            Cause::Wait {
                source: WaitError::Deadline { .. },
                ..
            }
        ),
        "{failed:?}"
    );
    // It still does not move, and what would take it back is told.
    assert!(
        matches!(&failed.after, After::Left(left) if !left.is_empty()),
        "{failed:?}"
    );
}

/// Nova reads no `last_error` behind a power change, so that one that failed looks like success.
#[test]
fn a_power_change_that_failed_is_no_success() {
    let node = Node {
        fate: Fate::PowerFails,
        ..Node::number(1)
    };
    let model = Model::of([node.clone()]);
    let (ended, _) = order(Order::PowerOn, &node, &model, PATIENCE, |_| None);
    let failed = ended.unwrap_err();
    assert!(
        failed.to_string().contains("no answer from the BMC"),
        "{failed}"
    );
    let node = Node {
        power: "power on".into(),
        ..node
    };
    let model = Model::of([node.clone()]);
    let (ended, _) = order(
        Order::Reboot { soft: false },
        &node,
        &model,
        PATIENCE,
        |_| None,
    );
    assert!(
        ended
            .unwrap_err()
            .to_string()
            .contains("no answer from the BMC")
    );
}

/// Nova falls back from soft to hard for any error of the call, but not for what becomes of it.
#[test]
fn a_soft_power_off_that_nobody_listens_to_is_followed_by_a_hard_one() {
    let node = Node {
        fate: Fate::SoftPowerFails,
        power: "power on".into(),
        ..Node::number(1)
    };
    let model = Model::of([node.clone()]);
    let soft = Order::PowerOff(PowerOff::Soft(Duration::from_secs(1)));
    let (ended, writes) = order(soft, &node, &model, PATIENCE, |_| None);
    assert_eq!(ended.unwrap().power_state.as_deref(), Some("power off"));
    assert_eq!(writes.len(), 2, "{writes:?}");
}

/// Nova asks once, and a lock that is free a second later is an error.
#[test]
fn a_locked_node_is_switched_off_once_its_lock_is_free() {
    let node = Node {
        power: "power on".into(),
        ..Node::number(1)
    };
    let model = Model::of([node.clone()]);
    let tries = Arc::new(AtomicUsize::new(0));
    let off = Order::PowerOff(PowerOff::Hard);
    let (ended, _) = order(off, &node, &model, PATIENCE, move |request| {
        let is_power = request.method == "PUT" && request.target.ends_with("/states/power");
        let is_locked = is_power && tries.fetch_add(1, Ordering::SeqCst) < 3;
        is_locked.then(|| Answer::fault(409, "Node n1 is locked by host lab").script())
    });
    assert_eq!(ended.unwrap().power_state.as_deref(), Some("power off"));
}

/// Nova leaves the new image in the description of an instance that still runs the old one.
#[test]
fn a_rebuild_that_is_refused_leaves_the_instance_described_as_it_was() {
    let node = Node::number(1).with_instance(INSTANCE);
    let model = Model::of([node.clone()]);
    let before = model.snapshot();
    let rebuild = Order::Rebuild(Box::new(Rebuild {
        image: Some(Image::at(IMAGE)),
        ..Rebuild::default()
    }));
    let (ended, writes) = order(rebuild, &node, &model, PATIENCE, |request| {
        let is_rebuild = request.target.ends_with("/states/provision");
        is_rebuild.then(|| Answer::fault(400, "no").script())
    });
    let failed = ended.unwrap_err();
    assert!(matches!(failed.after, After::TakenBack), "{failed:?}");
    assert_eq!(model.snapshot(), before);
    assert_eq!(writes.len(), 3, "{writes:?}");
}

/// Nova's cleanup after a deployment that has finished clears the instance of a running node, and
/// destroying it later reports success without undeploying anything.
#[test]
fn the_instance_of_a_node_that_is_active_is_never_cleared() {
    let node = Node::number(1);
    let model = Model::of([node.clone()]);
    let world = model.clone();
    // The answer to the last write is lost, and the node is active when it is looked at.
    let (ended, writes) = order(deploy(), &node, &model, PATIENCE, move |request| {
        if request.method == "PUT" {
            world.answer(request);
            return Some(Answer::fault(504, "no answer in time").script());
        }
        None
    });
    assert_eq!(
        ended.unwrap().provision_state.as_str(),
        "active",
        "{writes:?}"
    );
    let held = model.world().nodes[&node.uuid].clone();
    assert_eq!(held.instance.as_deref(), Some(INSTANCE));
    assert_eq!(held.vifs, VIFS);
}

/// Nova's destroy, on a node whose instance was cleared while it ran, finds nothing to do.
#[test]
fn destroying_undeploys_a_node_that_runs_without_an_instance() {
    let node = Node {
        instance: None,
        ..Node::number(1).with_instance(INSTANCE)
    };
    let model = Model::of([node.clone()]);
    let (ended, writes) = order(
        Order::Destroy(Destroy::default()),
        &node,
        &model,
        PATIENCE,
        |_| None,
    );
    assert_eq!(
        ended.unwrap().provision_state.as_str(),
        "available",
        "{writes:?}"
    );
}

/// Nova leaves VIFs on a node that is free again; whoever destroys it next gets rid of them.
#[test]
fn destroying_clears_what_was_left_on_a_free_node() {
    let node = Node {
        vifs: VIFS.map(str::to_owned).to_vec(),
        instance: Some(INSTANCE.into()),
        ..Node::number(1)
    };
    let model = Model::of([node.clone()]);
    let (ended, _) = order(
        Order::Destroy(Destroy::default()),
        &node,
        &model,
        PATIENCE,
        |_| None,
    );
    ended.unwrap();
    assert_eq!(model.snapshot(), Model::of([Node::number(1)]).snapshot());
}

/// Between Nova's look at a node and its claim somebody else may claim it.
#[test]
fn a_node_that_somebody_else_claims_meanwhile_is_left_to_them() {
    let node = Node::number(1);
    let model = Model::of([node.clone()]);
    let world = model.clone();
    let theirs = "99999999-2222-4333-8444-555555555555";
    let (ended, _) = order(deploy(), &node, &model, PATIENCE, move |request| {
        if request.method == "PATCH" {
            let mut world = world.world();
            let node = world.nodes.values_mut().next().unwrap();
            node.instance.get_or_insert_with(|| theirs.into());
        }
        None
    });
    let failed = ended.unwrap_err();
    assert!(matches!(failed.after, After::Untouched), "{failed:?}");
    assert_eq!(
        model.world().nodes[&node.uuid].instance.as_deref(),
        Some(theirs)
    );
}

/// Taking back a deployment, after somebody else has taken over the node, would be their loss.
#[test]
fn a_node_that_somebody_else_took_over_is_not_taken_back() {
    let node = Node::number(1);
    let model = Model::of([node.clone()]);
    let world = model.clone();
    let theirs = "99999999-2222-4333-8444-555555555555";
    let (ended, _) = order(deploy(), &node, &model, PATIENCE, move |request| {
        if request.method == "PUT" {
            let mut world = world.world();
            let node = world.nodes.values_mut().next().unwrap();
            node.instance = Some(theirs.into());
            return Some(Answer::fault(400, "no").script());
        }
        None
    });
    let failed = ended.unwrap_err();
    assert!(
        matches!(&failed.after, After::Left(left) if left.len() == 3),
        "{failed:?}"
    );
    let held = model.world().nodes[&node.uuid].clone();
    assert_eq!(
        (held.instance.as_deref(), held.vifs.len()),
        (Some(theirs), 2)
    );
}

/// Nova leaves a node that failed to deploy to a manager that may never come back to it.
#[test]
fn a_deployment_that_failed_is_undeployed_and_its_reason_told() {
    let node = Node {
        fate: Fate::DeployFails,
        ..Node::number(1)
    };
    let model = Model::of([node.clone()]);
    let (ended, _) = order(deploy(), &node, &model, PATIENCE, |_| None);
    let failed = ended.unwrap_err();
    assert!(failed.to_string().contains("disk is too small"), "{failed}");
    assert!(matches!(failed.after, After::TakenBack), "{failed:?}");
    assert_eq!(model.snapshot(), Model::of([node]).snapshot());
}

/// Nova's config drive and an empty list of networks do not go together (`TypeError`).
#[test]
fn a_config_drive_needs_no_network() {
    use portcullis::lifecycle::orders::{ConfigDrive, Deploy, Image};
    let drive = serde_json::json!({"meta_data": {"hostname": "web-1"}});
    let drive = ConfigDrive::parts(drive.as_object().unwrap());
    let deploy = Deploy::of(Image::at(super::scene::IMAGE)).with_config_drive(drive);
    let node = Node::number(1);
    let model = Model::of([node.clone()]);
    let (ended, _) = order(
        Order::Deploy(Box::new(deploy)),
        &node,
        &model,
        PATIENCE,
        |_| None,
    );
    assert_eq!(ended.unwrap().provision_state.as_str(), "active");
}

/// A refusal of a late step has to come before the first call: nothing is there to take back.
#[test]
fn what_a_policy_refuses_at_the_last_step_leaves_nothing_of_the_first() {
    use portcullis::lifecycle::orders::{ConfigDrive, Deploy, Image};
    let drive = ConfigDrive::ready("http://169.254.169.254/latest");
    let deploy = Deploy::of(Image::at(super::scene::IMAGE))
        .with_vif(VIFS[0].parse().unwrap())
        .with_config_drive(drive);
    let node = Node::number(1);
    let model = Model::of([node.clone()]);
    let (ended, writes) = order(
        Order::Deploy(Box::new(deploy)),
        &node,
        &model,
        PATIENCE,
        |_| None,
    );
    let failed = ended.unwrap_err();
    assert!(
        failed.cause.is_refusal() && matches!(failed.cause, Cause::Refused { step: 3, .. }),
        "{failed:?}"
    );
    assert!(writes.is_empty(), "{writes:?}");
}
