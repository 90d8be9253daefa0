//! Ironic killed, and Ironic that stands still: every request gets its answer in bounded time, and
//! all is well once Ironic is back.

use std::thread;
use std::time::{Duration, Instant};

use portcullis_lab::Options;
use portcullis_lab::http::Reply;
use serde_json::{Value, json};

use super::{Scene, VERSION, reason, send};

/// What the gateway allows Ironic for an answer.
const LIMIT: Duration = Duration::from_secs(4);

/// What may come on top of it on a busy machine.
const SLACK: Duration = Duration::from_secs(15);

#[test]
fn while_ironic_is_away_requests_end_and_afterwards_all_is_well() {
    let mut scene = Scene::set_with(Options::default(), |setup| {
        let limit = format!("\"{}s\"", LIMIT.as_secs());
        setup
            .ironic(&format!("reply_timeout = {limit}"))
            .server(&format!("request_timeout = {limit}"))
    });
    let patient = scene.enrol("patient");

    scene.ironic.kill();
    assert_all_end(&scene, "killed", 502, "ironic-unreachable");
    scene.ironic.restart().expect("an Ironic once more");
    // None of them is made up for later.
    assert_eq!(names(&scene), ["patient"]);
    let earlier = scene.writes();
    scene.bring("patient", "manage", "manageable");

    scene.ironic.pause();
    assert_all_end(&scene, "paused", 504, "ironic-too-slow");
    scene.ironic.resume();
    // A write that was judged is on its way to Ironic, which takes it when it wakes: once, since
    // it was sent once. One that could not be judged has not been sent.
    scene.wait_until("the node is there", || {
        names(&scene).contains(&"paused".to_owned())
    });
    scene.bring("patient", "provide", "available");
    assert_eq!(names(&scene), ["patient", "paused"]);
    let mut expected = vec!["POST /v1/nodes".to_owned()];
    let uuid = patient["uuid"].as_str().expect("a UUID");
    expected.extend([(); 2].map(|()| format!("PUT /v1/nodes/{uuid}/states/provision")));
    expected.extend(earlier);
    expected.sort_unstable();
    assert_eq!(scene.writes(), expected);
}

/// Sends a read, a write that is judged by itself, and one that is judged by its node, all at
/// once.
fn assert_all_end(scene: &Scene, name: &str, status: u16, why: &str) {
    let (door, began) = (scene.gateway.door().address(), Instant::now());
    let node = json!({"name": name, "driver": "fake-hardware"});
    let requests = [
        ("GET", "/v1/nodes", Value::Null),
        ("POST", "/v1/nodes", node),
        (
            "PUT",
            "/v1/nodes/patient/states/provision",
            json!({"target": "manage"}),
        ),
    ];
    thread::scope(|scope| {
        let asked: Vec<_> = requests
            .iter()
            .map(|(method, path, body)| {
                scope.spawn(move || send(door, method, path, &[VERSION], body))
            })
            .collect();
        for (request, reply) in requests.iter().zip(asked) {
            let reply: Reply = reply.join().expect("an answer");
            assert_eq!(
                (reply.status, reason(&reply).as_str()),
                (status, why),
                "{request:?}: {}",
                reply.text()
            );
            assert!(
                reply.json()["error_message"].is_string(),
                "{}",
                reply.text()
            );
        }
    });
    assert!(
        began.elapsed() < LIMIT + SLACK,
        "after {:?}",
        began.elapsed()
    );
}

fn names(scene: &Scene) -> Vec<String> {
    let nodes = scene.ask("GET", "/v1/nodes", &Value::Null).json();
    let nodes = nodes["nodes"].as_array().into_iter().flatten();
    nodes
        .filter_map(|node| node["name"].as_str().map(str::to_owned))
        .collect()
}
