//! What is refused: why, in words that clients of Ironic show, and that none of it arrives.

use portcullis_tests::fake_ironic::{FakeIronic, Script};
use portcullis_tests::gateway::{Gateway, Setup};
use portcullis_tests::guests;
use serde_json::{Value, json};

use crate::writes::{DEPLOY, HEADERS, POWER, POWER_ON, PROVISION, fault_text, own};

const PASSWORD: &str = "correct-horse-7";

/// Refused by each of the bundled policies.
fn refused_by_all() -> Vec<u8> {
    let body = json!({
        "target": "rebuild",
        "deploy_steps": [{"interface": "vendor", "step": "send_raw", "args": {}, "priority": 10}],
        "configdrive": {"meta_data": {"admin_pass": PASSWORD}},
    });
    body.to_string().into_bytes()
}

/// Everything that is known of a refused request holds nothing of its secret.
fn keeps(gateway: &Gateway, secret: &str) {
    assert!(!gateway.log().text().contains(secret), "log");
    let records = Value::from(gateway.decisions()).to_string();
    assert!(!records.contains(secret), "records");
}

#[test]
fn a_refusal_tells_all_findings_of_all_policies() {
    let fake = FakeIronic::start();
    let gateway = Setup::new(&fake.url()).start();
    let mut client = gateway.client();
    let reply = client.ask("PUT", PROVISION, &HEADERS, &refused_by_all());
    assert_eq!(reply.status, 403);
    let details = own(&reply);
    assert_eq!(details["reason"], "refused");
    assert_eq!(details["operation"], "node.provision.rebuild");
    let findings = details["findings"].as_array().expect("findings");
    let text = fault_text(&reply);
    for policy in ["provision-target", "steps", "config-drive"] {
        let of_policy = findings.iter().filter(|it| it["policy"] == policy);
        assert!(of_policy.count() > 0, "{policy}: {findings:?}");
    }
    for (at, finding) in findings.iter().enumerate() {
        let word = |key: &str| finding[key].as_str().unwrap_or_else(|| panic!("{finding}"));
        assert!(text.contains(&format!("({}) ", at + 1)), "{text}");
        assert!(text.contains(word("message")), "{text}");
        let source = format!("[{}/{}]", word("policy"), word("rule"));
        assert!(text.contains(&source), "{text}");
        assert_eq!(finding["severity"], "error");
    }
    let pointers: Vec<_> = findings.iter().map(|it| &it["pointer"]).collect();
    assert!(pointers.contains(&&json!("/deploy_steps/0/interface")));
    assert!(pointers.contains(&&json!("/configdrive/meta_data/admin_pass")));
    assert!(!reply.text().contains(PASSWORD), "{}", reply.text());

    // What arrived is the look at the node.
    assert_eq!(fake.lines().len(), 1);
    assert!(fake.look(|seen| seen.writes().is_empty()));
    assert!(!fake.look(|seen| seen.holds(PASSWORD)));
    keeps(&gateway, PASSWORD);
    // The connection goes on.
    assert_eq!(client.ask("PUT", PROVISION, &HEADERS, DEPLOY).status, 202);
}

/// A policy that is tried out records what it would refuse, and nobody is told.
#[test]
fn a_policy_in_audit_mode_refuses_nobody() {
    let fake = FakeIronic::start();
    let gateway = Setup::new(&fake.url())
        .policy("steps", "bundled:steps", "mode = \"audit\"")
        .policy("drive", "bundled:config-drive", "")
        .start();
    let mut client = gateway.client();
    let reply = client.ask("PUT", PROVISION, &HEADERS, &refused_by_all());
    assert_eq!(reply.status, 403);
    let findings = own(&reply)["findings"].clone();
    let findings = findings.as_array().expect("findings");
    assert!(
        findings.iter().all(|it| it["policy"] == "drive"),
        "{findings:?}"
    );
    assert!(!fault_text(&reply).contains("[steps/"));

    let body = json!({"target": "active", "deploy_steps": [
        {"interface": "vendor", "step": "send_raw", "args": {}, "priority": 10},
    ]})
    .to_string();
    let reply = client.ask("PUT", PROVISION, &HEADERS, body.as_bytes());
    assert_eq!(reply.status, 202);
    let record = gateway.decisions().pop().expect("a record");
    assert_eq!(record["decision"], "admit");
    assert_eq!(record["policies"][0]["outcome"], "deny");
    assert_eq!(record["findings"][0]["mode"], "audit");
}

#[test]
fn a_body_that_cannot_be_read_is_refused_with_its_place() {
    let fake = FakeIronic::start();
    let gateway = Setup::new(&fake.url()).start();
    let mut client = gateway.client();
    let mut check = |body: &[u8], expected: &str| {
        let reply = client.ask("PUT", PROVISION, &HEADERS, body);
        assert_eq!(reply.status, 400, "{}", reply.text());
        assert_eq!(own(&reply)["reason"], "unreadable");
        let text = fault_text(&reply);
        let expected = format!("body of the request cannot be used: {expected}");
        assert!(text.starts_with(&expected), "{text}");
        assert!(!reply.text().contains(PASSWORD), "{text}");
    };
    let within = |pieces: [&str; 2]| pieces.join(PASSWORD).into_bytes();
    check(
        &within([r#"{"rescue_password": ""#, r#"", "target": active}"#]),
        "found what is not JSON, expected a JSON value (at byte 49, in `/target`)",
    );
    check(
        &within([r#"{"configdrive": {"meta_data": {"a": ["", "#, ",]}}}"]),
        "found what is not JSON, expected",
    );
    check(
        &within([
            r#"{"target": "active", "rescue_password": ""#,
            r#"", "target": "manage"}"#,
        ]),
        "key stands twice in one object, expected each key once (at byte",
    );
    check(
        &within([r#"{"configdrive": {"user_data": ""#, r#"\ud800"}}"#]),
        "lone surrogate in a string, expected a pair (at byte",
    );
    check(
        &within([r#"{"rescue_password": ""#, ""]),
        "text ends too early",
    );
    check(b"\xef\xbb\xbf{}", "text begins with a byte-order mark");
    check(b"{\"target\": \"\xff\"}", "text is not UTF-8");
    check(b"{\"target\": NaN}", "found what is not JSON");
    check(b"   ", "text is empty");
    check(&b"[".repeat(100_000), "nested too deep");
    assert_eq!(fake.lines(), [""; 0]);
    keeps(&gateway, PASSWORD);
}

/// Some requests mean one thing to us and might mean another to Ironic.
#[test]
fn what_can_be_read_in_two_ways_is_refused() {
    let fake = FakeIronic::start();
    let gateway = Setup::new(&fake.url()).start();
    let check = |method: &str, target: &str, headers: &[(&str, &str)], body: &[u8], text: &str| {
        let reply = gateway.client().ask(method, target, headers, body);
        assert_eq!(reply.status, 400, "{method} {target}: {}", reply.text());
        if method != "HEAD" {
            assert_eq!(own(&reply)["reason"], "unreadable");
            let told = fault_text(&reply);
            assert!(told.contains(text), "{method} {target}: {told}");
        }
    };
    for path in [
        "//v1/nodes",
        "/v1//nodes/x/states/provision",
        "/v1/nodes/../nodes/x/states/provision",
        "/v1/nodes/%2e%2e/nodes/x/states/provision",
    ] {
        check("PUT", path, &HEADERS, DEPLOY, "an empty or a dot segment");
        check("GET", path, &HEADERS, b"", "an empty or a dot segment");
    }
    check(
        "PUT",
        "/v1/nodes/x%2fstates/provision",
        &HEADERS,
        DEPLOY,
        "an encoded slash",
    );
    check(
        "PUT",
        "/v1/nodes/x%00/states/provision",
        &HEADERS,
        DEPLOY,
        "a control character",
    );
    check("PUT", "/v1/nodes/%zz", &HEADERS, DEPLOY, "percent-encoding");
    let arguments = format!("{PROVISION}?target=deleted");
    check(
        "PUT",
        &arguments,
        &HEADERS,
        DEPLOY,
        "arguments in its query",
    );
    let twice = "/v1/nodes/x/states/console?enabled=true&enabled=false";
    check("PUT", twice, &HEADERS, b"", "each name once");
    for method in ["GET", "HEAD", "OPTIONS", "POST"] {
        let target = "/v1/inspection_rules?%5fmethod=post";
        check(method, target, &HEADERS, b"", "has an argument `_method`");
    }
    for (method, target) in [("GET", "/v1/nodes"), ("PUT", POWER)] {
        let headers = [("X-HTTP-Method-Override", "DELETE")];
        let told = "has a header `x-http-method-override`";
        check(method, target, &headers, POWER_ON, told);
    }
    for method in ["POWER", "PROVISION", "TRACE", "put"] {
        check(
            method,
            "/v1/nodes/x/states",
            &HEADERS,
            POWER_ON,
            "expected one of GET,",
        );
    }
    for kind in [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
    ] {
        check(
            "PUT",
            POWER,
            &[("Content-Type", kind)],
            POWER_ON,
            "declared as a form",
        );
    }
    assert_eq!(fake.lines(), [""; 0]);
}

/// What went wrong in a validator is for the log: a client learns which policy it was.
#[test]
fn an_undecided_request_names_the_policy_only() {
    let fake = FakeIronic::start();
    let hostile = guests::path("hostile", "wasm");
    let hostile = hostile.to_str().expect("a path of text");
    let gateway = Setup::new(&fake.url())
        .policy("target", "bundled:provision-target", "")
        .policy(
            "site-rules",
            hostile,
            "capabilities = [\"log\"]\nsettings = { validate = \"unreachable\" }",
        )
        .start();
    let mut client = gateway.client();
    let reply = client.ask("PUT", POWER, &HEADERS, POWER_ON);
    assert_eq!(reply.status, 500);
    let details = own(&reply);
    assert_eq!(details["reason"], "undecided");
    assert_eq!(details["failures"], json!([{"policy": "site-rules"}]));
    assert_eq!(
        fault_text(&reply),
        "node.power could not be judged; policy `site-rules` gave no verdict"
    );
    let id = details["request_id"].clone();
    let cause = gateway.log().wait_for("cause", |line| {
        line["request_id"] == id && !line["cause"].is_null()
    });
    assert_eq!(cause["policy"], "site-rules");
    let record = gateway.decisions().pop().expect("a record");
    assert_eq!(record["decision"], "undecided");
    assert_eq!(record["policies"][0]["outcome"], "failure");
    assert_eq!(
        gateway.metric("portcullis_failures_total{policy=\"site-rules\",reason=\"trap\"}"),
        1
    );

    // A denial beside a failure is a refusal.
    let body = br#"{"target":"rebuild"}"#;
    assert_eq!(client.ask("PUT", PROVISION, &HEADERS, body).status, 403);
    assert!(fake.look(|seen| seen.writes().is_empty()));
}

/// A policy has to see the node. When Ironic does not show it, its answer is the answer.
#[test]
fn a_node_that_ironic_does_not_show_is_not_judged() {
    let fake = FakeIronic::start();
    let gateway = Setup::new(&fake.url()).start();
    for (status, body) in [
        (
            "404 Not Found",
            r#"{"error_message": "{\"faultstring\": \"no node\"}"}"#,
        ),
        (
            "401 Unauthorized",
            r#"{"error":{"message":"who?","code":401}}"#,
        ),
    ] {
        fake.direct(move |_| Script::json(status, body));
        let mut client = gateway.client();
        let reply = client.ask("PUT", PROVISION, &HEADERS, DEPLOY);
        assert!(status.starts_with(&reply.status.to_string()));
        assert_eq!(reply.text(), body);
    }
    assert!(fake.look(|seen| seen.writes().is_empty()));
    let decisions: Vec<_> = gateway
        .decisions()
        .iter()
        .map(|it| it["decision"].clone())
        .collect();
    assert_eq!(decisions, ["undecided", "undecided"]);
}

/// The node is read with the caller's credentials and nothing else of the request.
#[test]
fn a_node_is_read_as_the_caller() {
    let fake = FakeIronic::start();
    let gateway = Setup::new(&fake.url()).start();
    let headers = [
        ("X-Auth-Token", "gAAAAA-token"),
        ("X-OpenStack-Ironic-API-Version", "1.80"),
        ("X-Other", "of the write"),
    ];
    let mut client = gateway.client();
    assert_eq!(client.ask("PUT", PROVISION, &headers, DEPLOY).status, 202);
    let read = fake.look(|seen| seen.requests[0].clone());
    assert_eq!(read.method, "GET");
    assert!(
        read.target
            .starts_with("/v1/nodes/2a3b4c5d-0000-4000-8000-000000000001?fields="),
        "{}",
        read.target
    );
    assert_eq!(read.header("x-auth-token"), ["gAAAAA-token"]);
    assert_eq!(read.header("x-openstack-ironic-api-version"), ["latest"]);
    assert!(read.header("x-other").is_empty());
}
