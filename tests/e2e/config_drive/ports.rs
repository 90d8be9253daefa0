//! Links of a drive are held against the ports of the node it is for.

use portcullis_tests::fake_ironic::{ADDRESS, FakeIronic, Script, ordinary};
use portcullis_tests::gateway::{Gateway, Setup};
use serde_json::{Value, json};

use super::{NODE, base64, image, writes};
use crate::writes::{HEADERS, PROVISION, own};

const FOREIGN: &str = "52:54:00:bb:00:09";

/// A deployment with a drive whose links have these addresses.
fn deploy(addresses: &[&str]) -> Vec<u8> {
    let links = addresses.iter().enumerate();
    let links: Vec<_> = links
        .map(|(at, address)| {
            json!({"id": format!("l{at}"), "type": "phy", "ethernet_mac_address": address})
        })
        .collect();
    let network_data = json!({"links": links, "networks": [], "services": []});
    let body = json!({"target": "active", "configdrive": {"network_data": network_data}});
    body.to_string().into_bytes()
}

fn gateway(fake: &FakeIronic) -> Gateway {
    let setup = Setup::new(&fake.url());
    setup
        .policy("config-drive", "bundled:config-drive", "")
        .start()
}

/// What the last decision noted.
fn noted(gateway: &Gateway) -> Vec<Value> {
    let decisions = gateway.decisions();
    let last = decisions.last().expect("a decision");
    let findings = last["findings"].as_array().expect("findings");
    let short = |finding: &Value| json!([finding["rule"], finding["pointer"], finding["severity"]]);
    findings.iter().map(short).collect()
}

/// Requests for ports, as far as they tell.
fn asked(fake: &FakeIronic) -> Vec<String> {
    let lines = fake.lines();
    lines
        .into_iter()
        .filter(|line| line.contains("/ports"))
        .collect()
}

#[test]
fn a_link_that_no_port_of_the_node_has_is_noted() {
    let fake = FakeIronic::start();
    let gateway = gateway(&fake);
    let mut client = gateway.client();
    let headers = [&HEADERS[..], &[("X-Auth-Token", "gAAAAA-token")]].concat();
    let foreign = json!([
        "CD-NET-MAC",
        "/configdrive/network_data/links/1/ethernet_mac_address",
        "warning"
    ]);
    assert_eq!(
        client
            .ask("PUT", PROVISION, &headers, &deploy(&[ADDRESS]))
            .status,
        202
    );
    assert_eq!(noted(&gateway), [Value::Null; 0]);
    let body = deploy(&[&ADDRESS.to_uppercase(), FOREIGN]);
    assert_eq!(client.ask("PUT", PROVISION, &headers, &body).status, 202);
    assert_eq!(noted(&gateway), [foreign]);
    let read = format!("GET /v1/ports?node={NODE}&fields=address");
    assert_eq!(asked(&fake), [read.clone(), read]);
    let token = fake.look(|seen| {
        let mut ports = seen
            .requests
            .iter()
            .filter(|it| it.target.contains("/ports"));
        ports.all(|it| it.header("x-auth-token") == ["gAAAAA-token"])
    });
    assert!(token);
}

/// A patch brings a drive where it touches the place of one.
#[test]
fn ports_are_read_only_for_what_may_have_links() {
    let fake = FakeIronic::start();
    let gateway = gateway(&fake);
    let mut client = gateway.client();
    let node = format!("/v1/nodes/{NODE}");
    let patch =
        |path: &str, value: Value| json!([{"op": "add", "path": path, "value": value}]).to_string();
    let drive = json!({"meta_data": {"hostname": "web-1"}});
    for (method, path, body, reads) in [
        ("PUT", PROVISION, r#"{"target": "active"}"#.to_owned(), 0),
        (
            "PUT",
            PROVISION,
            r#"{"target": "active", "configdrive": null}"#.to_owned(),
            0,
        ),
        (
            "PUT",
            PROVISION,
            json!({"target": "active", "configdrive": drive}).to_string(),
            0,
        ),
        ("PUT", PROVISION, String::from_utf8(deploy(&[])).unwrap(), 0),
        (
            "PUT",
            PROVISION,
            String::from_utf8(deploy(&[ADDRESS])).unwrap(),
            1,
        ),
        (
            "PUT",
            PROVISION,
            String::from_utf8(super::deploy(&base64(&image()))).unwrap(),
            1,
        ),
        (
            "PATCH",
            &node,
            patch("/instance_info/root_gb", json!(10)),
            0,
        ),
        ("PATCH", &node, patch("/extra/configdrive", json!("x")), 0),
        (
            "PATCH",
            &node,
            patch("/instance_info/configdrive", drive.clone()),
            1,
        ),
        (
            "PATCH",
            &node,
            patch("/instance_info", json!({"configdrive": drive})),
            1,
        ),
    ] {
        fake.forget();
        let reply = client.ask(method, path, &HEADERS, body.as_bytes());
        assert!(reply.status < 300, "{body}: {}", reply.text());
        assert_eq!(asked(&fake).len(), reads, "{body}");
    }
}

#[test]
fn what_is_not_known_of_the_ports_is_held_against_nobody() {
    let fake = FakeIronic::start();
    let gateway = gateway(&fake);
    let page = |body: &'static str| Script::json("200 OK", body);
    let check = |status: &'static str, body: &'static str, is_sent: bool| {
        fake.forget();
        fake.direct(move |request| match request.target.contains("/ports") {
            true if status == "200 OK" => page(body),
            true => Script::json(status, body),
            false => ordinary(request),
        });
        let reply = gateway
            .client()
            .ask("PUT", PROVISION, &HEADERS, &deploy(&[FOREIGN]));
        assert_eq!(
            writes(&fake).len(),
            usize::from(is_sent),
            "{body}: {}",
            reply.text()
        );
        if is_sent {
            assert_eq!(noted(&gateway), [Value::Null; 0], "{body}");
        } else {
            assert_eq!(own(&reply)["reason"], "ironic-unreachable");
        }
    };
    check("200 OK", r#"{"ports": []}"#, true);
    // Not all of them.
    check(
        "200 OK",
        r#"{"ports": [{"address": "52:54:00:aa:00:01"}], "next": "http://x"}"#,
        true,
    );
    check("404 Not Found", r#"{"error_message": "no node"}"#, true);
    check("403 Forbidden", r#"{"error_message": "no"}"#, true);
    check("200 OK", r#"{"ports": [{"address": null}, {}]}"#, true);
    // No answer of an Ironic.
    check("200 OK", r#"{"ports": {}}"#, false);
    check("200 OK", r#"{"ports": [7]}"#, false);
    check("200 OK", r#"{"nodes": []}"#, false);
    check("200 OK", "<html>", false);
}
