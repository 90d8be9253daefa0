//! Requests and replies pass unchanged, but for what concerns one connection only.

use portcullis_tests::client::Client;
use portcullis_tests::fake_ironic::{FakeIronic, Script};
use portcullis_tests::gateway::Setup;

use crate::writes::{HEADERS, POWER, POWER_ON};

/// Headers that end at the next hop, `X-Hop` because `Connection` names it.
const ONE_HOP: [(&str, &str); 7] = [
    ("Connection", "keep-alive, X-Hop"),
    ("X-Hop", "1"),
    ("Keep-Alive", "timeout=5"),
    ("Proxy-Connection", "keep-alive"),
    ("TE", "trailers"),
    ("Trailer", "X-Checksum"),
    ("Upgrade", "websocket"),
];

fn lower(headers: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut lower: Vec<_> = headers
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), (*value).to_owned()))
        .collect();
    lower.sort();
    lower
}

fn lower_owned(headers: &[(String, String)]) -> Vec<(String, String)> {
    let borrowed: Vec<_> = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    lower(&borrowed)
}

#[test]
fn requests_arrive_as_they_were_sent() {
    let fake = FakeIronic::start();
    let gateway = Setup::new(&fake.url()).start();
    let mut client = gateway.client();
    let sent = [
        ("X-OpenStack-Ironic-API-Version", "1.109"),
        ("OpenStack-API-Version", "compute 2.90, baremetal 1.109"),
        ("X-Auth-Token", "gAAAAA-token"),
        ("X-Service-Token", "gAAAAA-service"),
        ("Authorization", "Basic YWxpY2U6c2VjcmV0"),
        ("X-OpenStack-Request-ID", "req-of-the-client"),
        ("User-Agent", "openstacksdk/4.0.0 keystoneauth1/5.8.0"),
        ("Accept", "application/json"),
        ("Accept-Encoding", "gzip, deflate"),
        ("X-Twice", "one"),
        ("X-Twice", "two"),
        ("X-Forwarded-For", "192.0.2.7"),
    ];
    let odd_body = b"{ \"target\" :\n\t\"power on\", \"timeout\": 1e1 }  ";
    let update = br#"[{"op": "add", "path": "/description", "value": "x"}]"#;
    let requests: [(&str, &str, &[u8]); 8] = [
        ("GET", "/", b""),
        (
            "GET",
            "/v1/nodes?fields=uuid%2Cname&limit=1&sort_dir=asc",
            b"",
        ),
        ("GET", "/v1/%6eodes/a%20b/states", b""),
        ("HEAD", "/v1/nodes", b""),
        ("OPTIONS", "/v1/nodes", b""),
        ("PUT", POWER, odd_body),
        (
            "PATCH",
            "/nodes/2a3b4c5d-0000-4000-8000-000000000001/",
            update,
        ),
        (
            "DELETE",
            "/v1/nodes/2a3b4c5d-0000-4000-8000-000000000001",
            b"",
        ),
    ];
    for (at, (method, target, body)) in requests.into_iter().enumerate() {
        client.ask(method, target, &[&sent[..], &ONE_HOP].concat(), body);
        let arrived = fake.look(|seen| {
            // To know what a patch leads to, the node is read first.
            let mut asked = seen
                .requests
                .iter()
                .filter(|it| !it.target.ends_with("000000000001") || it.method != "GET");
            asked.nth(at).cloned().expect("a request")
        });
        assert_eq!((&*arrived.method, &*arrived.target), (method, target));
        assert_eq!(arrived.body, body, "{method} {target}");
        let length = body.len().to_string();
        let mut expected = [&sent[..], &[("Host", "gw.example:6385")]].concat();
        if !body.is_empty() {
            expected.push(("Content-Length", &length));
        }
        let arrived = lower_owned(&arrived.headers);
        assert_eq!(arrived, lower(&expected), "{method} {target}");
    }
}

#[test]
fn replies_come_back_as_they_were_given() {
    let fake = FakeIronic::start();
    let gateway = Setup::new(&fake.url()).start();
    let given = [
        ("X-OpenStack-Ironic-API-Minimum-Version", "1.1"),
        ("X-OpenStack-Ironic-API-Maximum-Version", "1.115"),
        ("X-OpenStack-Ironic-API-Version", "1.109"),
        (
            "x-openstack-request-id",
            "req-0b7a52d3-5d5a-4f6e-9a5e-3c1d2e4f5a6b",
        ),
        (
            "openstack-request-id",
            "req-0b7a52d3-5d5a-4f6e-9a5e-3c1d2e4f5a6b",
        ),
        (
            "Location",
            "http://gw.example:6385/v1/nodes/2a3b4c5d-0000-4000-8000-000000000001/states",
        ),
        ("WWW-Authenticate", "Basic realm=\"Baremetal API\""),
        ("Server", "ironic_api"),
        ("Date", "Sat, 01 Aug 2026 10:00:00 GMT"),
        ("Content-Type", "application/json"),
        ("X-Twice", "one"),
        ("X-Twice", "two"),
    ];
    let replies: [(u16, &[u8]); 17] = [
        (
            200,
            br#"{"links": [{"href": "http://gw.example:6385/v1/"}]}"#,
        ),
        (201, br#"{ "uuid":"x" }"#),
        (202, b""),
        (204, b""),
        (300, b"[]"),
        (304, b""),
        (
            400,
            br#"{"error_message": "{\"faultcode\": \"Client\", \"faultstring\": \"no\"}"}"#,
        ),
        (401, br#"{"error":{"message":"who?","code":401}}"#),
        (403, br#"{"error_message": "{}"}"#),
        (404, b"{}"),
        (405, b""),
        (406, b"{}"),
        (
            409,
            br#"{"error_message": "{\"faultstring\": \"locked\"}"}"#,
        ),
        (413, br#"{"faultcode": "Client"}"#),
        (500, b"not json"),
        (503, b"{}"),
        (599, b"?"),
    ];
    for (status, body) in replies {
        fake.direct(move |_| {
            Script::reply(
                &format!("{status} Whatever"),
                &[&given[..], &[("Connection", "X-Hop"), ("X-Hop", "1")]].concat(),
                body,
            )
        });
        for (method, target, sent) in [("GET", "/v1/nodes", &b""[..]), ("PUT", POWER, POWER_ON)] {
            let reply = gateway.client().ask(method, target, &HEADERS, sent);
            assert_eq!(reply.status, status, "{method}");
            assert_eq!(reply.body, body, "{method} {status}");
            let length = body.len().to_string();
            let mut expected = given.to_vec();
            if ![204, 304].contains(&status) {
                expected.push(("Content-Length", &length));
            }
            let came = lower_owned(&reply.headers);
            assert_eq!(came, lower(&expected), "{method} {status}");
        }
    }
}

#[test]
fn links_stay_as_they_are_without_tls() {
    let fake = FakeIronic::start();
    let gateway = Setup::new(&fake.url()).start();
    let mut client = gateway.client();
    let nodes = client.ask("GET", "/v1/nodes", &HEADERS, b"").json();
    let next = nodes["next"].as_str().expect("a link");
    assert!(
        next.starts_with("http://gw.example:6385/v1/nodes?limit=1&"),
        "{next}"
    );
    let created = client.ask("POST", "/v1/nodes", &HEADERS, br#"{"driver":"ipmi"}"#);
    let location = created.header("location").expect("a location");
    assert!(
        location.starts_with("http://gw.example:6385/v1/nodes/"),
        "{location}"
    );
}

#[test]
fn each_version_header_is_passed_on_and_two_versions_are_not() {
    let fake = FakeIronic::start();
    let gateway = Setup::new(&fake.url()).start();
    let mut client = gateway.client();
    let mut check = |headers: &[(&str, &str)], passes: bool| {
        let before = fake.look(|seen| seen.requests.len());
        let reply = client.ask("PUT", POWER, headers, POWER_ON);
        assert_eq!(reply.status, if passes { 202 } else { 400 }, "{headers:?}");
        let arrived = fake.look(|seen| seen.requests.get(before).cloned());
        let expected = passes.then(|| {
            [&lower(headers)[..], &lower(&[("host", "gw.example:6385")])]
                .concat()
                .len()
        });
        assert_eq!(
            arrived.map(|it| it.headers.len() - 1),
            expected,
            "{headers:?}"
        );
    };
    let own = "X-OpenStack-Ironic-API-Version";
    let standard = "OpenStack-API-Version";
    check(&[(own, "1.80")], true);
    check(&[(own, "latest")], true);
    check(&[(standard, "baremetal 1.80")], true);
    check(&[(own, "1.80"), (standard, "baremetal 1.80")], true);
    check(&[(own, "1.80"), (standard, "baremetal 1.81")], false);
    check(&[(own, "1.80"), (own, "1.81")], false);
    check(&[(own, "newest")], false);
}

/// A target that is a whole URL says where the request goes; Ironic gets the path and that host.
#[test]
fn a_target_that_is_a_url_is_judged_by_its_path() {
    let fake = FakeIronic::start();
    let gateway = Setup::new(&fake.url()).start();
    let mut client = Client::connect(gateway.door());
    let url = format!("http://real.example:99{POWER}?");
    assert_eq!(client.ask("PUT", &url, &HEADERS, POWER_ON).status, 202);
    let arrived = fake.only_write();
    assert_eq!(arrived.target, format!("{POWER}?"));
    assert_eq!(arrived.header("host"), ["real.example:99"]);
    let url = format!("http://real.example{}", crate::writes::PROVISION);
    let reply = client.ask("PUT", &url, &HEADERS, crate::writes::REBUILD);
    assert_eq!(reply.status, 403);
    fake.only_write();
}
