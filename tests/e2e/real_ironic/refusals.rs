//! What is refused does not arrive, and the node as it is now has a say in it.

use portcullis_lab::{Options, http};
use serde_json::json;

use super::{Scene, VERSION, reason, rules};

/// In a header of every refused request, and of no other.
const MARK: &str = "never-to-arrive";

/// Bodies of provision requests, and why each is refused: a rule, or a word for those that cannot
/// be read.
const REFUSED: &[(&str, &str)] = &[
    (r#"{"target": "activ"}"#, "unreadable"),
    (r#"{"target": "provide"}"#, "state"),
    (r#"{}"#, "unreadable"),
    (
        r#"{"target": "manage", "clean_steps": [{"interface": "bios", "step": "factory_reset"}]}"#,
        "unreadable",
    ),
    (
        r#"{"target": "active", "deploy_steps": [{"interface": "firmware", "step": "update",
            "priority": 10, "args": {"settings": []}}]}"#,
        "step-interface",
    ),
    (
        r##"{"target": "active", "configdrive": {"user_data": "#cloud-config\npassword: clear\n"}}"##,
        "CD-PLAIN-PASSWORD",
    ),
    (
        r#"{"target": "active", "configdrive": "http://127.0.0.1:9/drive"}"#,
        "CD-URL",
    ),
    (r#"{"target": "manage", "target": "deleted"}"#, "unreadable"),
    (r#"{"target": "manage""#, "unreadable"),
    (r#"["target", "manage"]"#, "unreadable"),
];

#[test]
fn nothing_refused_reaches_ironic() {
    let scene = Scene::set(Options::default());
    scene.enrol("kept");
    let before = scene.node("kept");
    let path = "/v1/nodes/kept/states/provision";
    for (body, why) in REFUSED {
        let headers = [VERSION, ("X-Mark", MARK)];
        let door = scene.gateway.door().address();
        let reply =
            http::send(door, "PUT", path, &headers, Some(body.as_bytes())).expect("an answer");
        if *why == "unreadable" {
            assert_eq!(
                (reply.status, reason(&reply).as_str()),
                (400, *why),
                "{body}"
            );
        } else {
            assert_eq!(reply.status, 403, "{body}: {}", reply.text());
            assert!(
                rules(&reply).iter().any(|rule| rule == why),
                "{body}: {}",
                reply.text()
            );
        }
    }

    assert_eq!(scene.writes(), ["POST /v1/nodes"]);
    let passed = scene.recorder.bytes();
    assert!(
        !passed
            .windows(MARK.len())
            .any(|piece| piece == MARK.as_bytes())
    );
    // Ironic logs every request: the one that was admitted, and no other.
    let log = scene.ironic.log();
    assert!(log.contains("POST /v1/nodes - 201"), "{log}");
    assert!(!log.contains("PUT /v1/nodes/kept"), "{log}");
    assert_eq!(scene.node("kept"), before);
    let decisions = scene.gateway.decisions();
    let rejected = decisions
        .iter()
        .filter(|record| record["decision"] == "reject");
    assert_eq!(rejected.count(), REFUSED.len());
}

#[test]
fn a_verb_is_judged_by_the_node_as_it_is_now() {
    let scene = Scene::set(Options::default());
    let node = scene.enrol("judged");
    let uuid = node["uuid"].as_str().expect("an id");
    // The same by name and by id.
    for ident in ["judged", uuid] {
        let reply = scene.provision(ident, &json!({"target": "provide"}));
        assert_eq!(
            (reply.status, rules(&reply)),
            (403, vec!["state".to_owned()])
        );
        assert!(
            reply.text().contains(
                "`provide` on a node that is `enroll`, expected a node that is manageable"
            ),
            "{}",
            reply.text()
        );
    }
    scene.bring("judged", "manage", "manageable");
    scene.bring(uuid, "provide", "available");

    let reply = scene.ask(
        "PUT",
        "/v1/nodes/judged/maintenance",
        &json!({"reason": "upkeep"}),
    );
    assert_eq!(reply.status, 202, "{}", reply.text());
    let reply = scene.provision("judged", &json!({"target": "active"}));
    assert_eq!(
        (reply.status, rules(&reply)),
        (403, vec!["maintenance".to_owned()])
    );

    let writes = scene.writes();
    let provision = |ident| format!("PUT /v1/nodes/{ident}/states/provision");
    let count = |ident| {
        writes
            .iter()
            .filter(|write| **write == provision(ident))
            .count()
    };
    // Both went out by the UUID, whatever the client called the node.
    assert_eq!((count("judged"), count(uuid)), (0, 2), "{writes:?}");
}

/// An allocation names its node in the body, and a rebuild says nothing of the image: both are
/// judged by what the node is like.
#[test]
fn what_a_body_leaves_out_is_judged_by_the_node() {
    let scene = Scene::set_with(Options::default(), |setup| setup.all_policies());
    let node = scene.enrol("named");
    let uuid = node["uuid"].as_str().expect("an id");
    scene.bring("named", "manage", "manageable");
    scene.bring("named", "provide", "available");
    let allocate = |node: &str| scene.ask("POST", "/v1/allocations", &json!({"node": node}));
    for ident in ["named", uuid] {
        let reply = allocate(ident);
        let refusal = (403, vec!["NODE-ALLOCATION".to_owned()]);
        assert_eq!((reply.status, rules(&reply)), refusal, "{}", reply.text());
    }

    scene.bring("named", "active", "active");
    let reply = scene.provision("named", &json!({"target": "rebuild"}));
    let refusal = (403, vec!["IMG-SOURCE".to_owned()]);
    assert_eq!((reply.status, rules(&reply)), refusal, "{}", reply.text());
    let reply = allocate("named");
    assert_eq!(reply.status, 201, "{}", reply.text());

    let allocations = scene.writes().into_iter();
    let allocations = allocations.filter(|write| write == "POST /v1/allocations");
    assert_eq!(allocations.count(), 1);
}
