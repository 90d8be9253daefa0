//! Stock clients of Ironic see no difference: whatever they do gives the same results through the
//! gateway as without it, and the decision records show all of it.
//!
//! The flows are those of `tests/clients`, the policies those of `tests/lab.toml`. Behind the
//! gateway is a recorder, then a real Ironic.

mod flow;
mod sent;
mod stage;

use std::path::Path;

use portcullis_lab::{Auth, Network, Options};
use serde_json::{Value, json};

use flow::{CLI, Outcome, SDK};
use stage::Stage;

/// The one step of the command's flow that Ironic refuses because of the node's state, and that
/// the gateway refuses before it.
const REFUSED: &str = "abort";

#[test]
fn the_command_gives_the_same_results() {
    let stage = Stage::set(Options::default());
    let direct = stage.run(&CLI, &stage.ironic_url());
    assert_life_of_a_node(&direct);
    for listener in [stage.plain(), stage.tls()] {
        let decided = stage.decisions().len();
        let through = stage.run(&CLI, &listener);
        assert_same_but_for_refusal(&direct, &through);
        stage.assert_recorded_since(decided, &[REFUSED]);
    }
    stage.assert_all_recorded();
}

#[test]
fn the_library_gives_the_same_results() {
    let stage = Stage::set(Options::default());
    let direct = stage.run(&SDK, &stage.ironic_url());
    assert_life_of_a_node(&direct);
    for listener in [stage.plain(), stage.tls()] {
        let decided = stage.decisions().len();
        let through = stage.run(&SDK, &listener);
        flow::assert_same(&direct, &through);
        stage.assert_recorded_since(decided, &[]);
    }
    stage.assert_all_recorded();
}

#[test]
fn both_give_the_same_results_with_basic_authentication() {
    let stage = Stage::set(Options {
        auth: Auth::HttpBasic,
        ..Options::default()
    });
    both_flows(&stage);
}

#[test]
fn the_library_gives_the_same_results_with_keystone() {
    let stage = Stage::set(Options {
        auth: Auth::Keystone { token_life: 3600 },
        ..Options::default()
    });
    let direct = stage.run(&SDK, &stage.ironic_url());
    assert_life_of_a_node(&direct);
    flow::assert_same(&direct, &stage.run(&SDK, &stage.plain()));
    stage.assert_recorded_since(0, &[]);
    stage.assert_all_recorded();
    stage.assert_tokens_passed_on();
}

#[test]
fn both_give_the_same_results_with_flat_networking() {
    let stage = Stage::set(Options {
        network: Network::Flat,
        ..Options::default()
    });
    let direct = both_flows(&stage);
    // Other than without a network, a VIF that was attached is there.
    let vifs = direct
        .iter()
        .find(|step| step.name == "vif_list")
        .expect("a step");
    assert_eq!(vifs.output.as_array().map(Vec::len), Some(1), "{vifs:?}");
}

#[test]
fn curl_gives_the_same_results_over_a_unix_socket() {
    let stage = Stage::set(Options::default());
    let life = |url: &str, socket: Option<&Path>| -> Vec<(u16, Value)> {
        let name = if socket.is_some() {
            "through"
        } else {
            "direct"
        };
        let node = json!({"name": name, "driver": "fake-hardware"});
        let path = format!("/v1/nodes/{name}");
        [
            ("POST", "/v1/nodes".to_owned(), node),
            (
                "PUT",
                format!("{path}/states/provision"),
                json!({"target": "nonsense"}),
            ),
            (
                "PUT",
                format!("{path}/management/boot_device"),
                json!({"boot_device": "pxe"}),
            ),
            (
                "GET",
                format!("{path}?fields=driver,provision_state"),
                Value::Null,
            ),
            ("DELETE", path.clone(), Value::Null),
            ("GET", path, Value::Null),
        ]
        .into_iter()
        .map(|(method, path, body)| {
            let url = format!("{url}{path}");
            flow::curl(method, &url, &body, socket)
        })
        .collect()
    };
    let direct = life(&stage.ironic_url(), None);
    let through = life("http://ironic", Some(stage.socket()));
    let statuses = |answers: &[(u16, Value)]| answers.iter().map(|one| one.0).collect::<Vec<_>>();
    assert_eq!(statuses(&direct), [201, 400, 204, 200, 204, 404]);
    // A verb that does not exist is refused before Ironic sees it.
    assert_eq!(statuses(&through), [201, 400, 204, 200, 204, 404]);
    assert_eq!(
        direct[3].1["provision_state"],
        through[3].1["provision_state"]
    );
    assert_eq!(through[3].1["provision_state"], "enroll");
    let self_link = through[0].1["links"][0]["href"].as_str().expect("a link");
    assert!(
        self_link.starts_with("http://ironic/v1/nodes/"),
        "{self_link}"
    );
    stage.assert_all_recorded();
}

/// Runs both flows both ways; returns what happened directly.
fn both_flows(stage: &Stage) -> Vec<Outcome> {
    let direct = stage.run(&CLI, &stage.ironic_url());
    assert_same_but_for_refusal(&direct, &stage.run(&CLI, &stage.plain()));
    stage.assert_recorded_since(0, &[REFUSED]);
    let decided = stage.decisions().len();
    let library = stage.run(&SDK, &stage.ironic_url());
    flow::assert_same(&library, &stage.run(&SDK, &stage.plain()));
    stage.assert_recorded_since(decided, &[]);
    stage.assert_all_recorded();
    [direct, library].concat()
}

/// A flow that fails half way is the same on both sides and proves nothing.
fn assert_life_of_a_node(direct: &[Outcome]) {
    // What the fake hardware cannot do, and what is tried once too often on purpose.
    let expected = [
        "inject_nmi",
        "inventory",
        REFUSED,
        "connector_delete_twice",
        "delete_twice",
    ];
    let failed: Vec<_> = direct.iter().filter(|step| !step.is_done()).collect();
    let surprises: Vec<_> = failed
        .iter()
        .filter(|step| !expected.contains(&&*step.name))
        .collect();
    assert!(surprises.is_empty(), "{surprises:#?}");
    assert!(
        direct
            .iter()
            .any(|step| step.name == "delete" && step.is_done())
    );
}

fn assert_same_but_for_refusal(direct: &[Outcome], through: &[Outcome]) {
    let (refused, others): (Vec<_>, Vec<_>) = through
        .iter()
        .cloned()
        .partition(|step| step.name == REFUSED);
    let [refused] = refused.as_slice() else {
        panic!("{refused:?}")
    };
    assert!(!refused.is_done());
    assert!(
        refused.text().contains("[provision-target/state]"),
        "{refused:?}"
    );
    let is_other = |step: &&Outcome| step.name != REFUSED;
    let direct: Vec<_> = direct.iter().filter(is_other).cloned().collect();
    flow::assert_same(&direct, &others);
}
