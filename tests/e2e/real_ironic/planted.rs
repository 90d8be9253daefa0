//! A secret of its own in everything that can hold one, every kind of error provoked, and then a
//! search of all that was written and answered: nowhere is any of them, in any encoding.

use std::time::Duration;

use portcullis::sanitise::KnownSecrets;
use portcullis_lab::{Network, Options};
use portcullis_tests::fake_ironic::{FakeIronic, Script};
use portcullis_tests::gateway::{Gateway, Setup};
use serde_json::{Value, json};

use super::{Scene, VERSION, send};

/// Secrets that were planted, and what came back.
#[derive(Default)]
struct Search {
    secrets: Vec<String>,
    answers: Vec<String>,
}

impl Search {
    /// A secret that no other place has, of characters that every encoding writes differently.
    fn plant(&mut self) -> String {
        let number = self.secrets.len();
        let secret = format!(
            "Pl4nt{number:02}-q7'Zx\"& <w>/%k+{}",
            number * 7919 + 104_729
        );
        self.secrets.push(secret.clone());
        secret
    }

    /// The same for places that take letters and digits only.
    fn plant_word(&mut self) -> String {
        let number = self.secrets.len();
        let secret = format!("Pl4ntWord{number:02}x{}", number * 7919 + 104_729);
        self.secrets.push(secret.clone());
        secret
    }

    /// Ways to write a secret, made without the code under test.
    fn forms(secret: &str) -> Vec<String> {
        let json = Value::from(secret).to_string();
        let inner = json[1..json.len() - 1].to_owned();
        let twice = Value::from(inner.clone()).to_string();
        let percent = |byte: u8| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        };
        vec![
            secret.to_owned(),
            twice[1..twice.len() - 1].to_owned(),
            inner,
            secret.bytes().map(percent).collect(),
            secret.bytes().map(|byte| format!("{byte:02x}")).collect(),
            secret
                .replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;"),
            secret.replace('\'', "\\'"),
        ]
    }

    fn expect_nothing_in(&self, gateway: &Gateway) {
        let places = [
            ("the log", gateway.log().text()),
            ("the records", Value::from(gateway.decisions()).to_string()),
            ("the answers", self.answers.join("\n")),
        ];
        for (place, text) in &places {
            assert!(!text.is_empty(), "nothing in {place}");
            for secret in &self.secrets {
                for form in Self::forms(secret) {
                    let around = text.find(&form).map(|at| &text[at.saturating_sub(200)..at]);
                    assert!(around.is_none(), "{form} is in {place} after {around:?}");
                }
                let known = KnownSecrets::new([secret.clone().into()]);
                assert_eq!(known.mask(text), *text, "a form of {secret} is in {place}");
            }
        }
    }
}

#[test]
fn no_planted_secret_is_written_or_answered() {
    let scene = Scene::set_with(
        Options {
            network: Network::Flat,
            fake_delay: Duration::from_secs(4),
            ..Options::default()
        },
        |setup| setup.log_level("trace"),
    );
    let mut search = Search::default();
    let (token, service) = (search.plant_word(), search.plant_word());
    let (cookie, basic) = (search.plant_word(), search.plant_word());
    let headers = [
        VERSION,
        ("X-Auth-Token", &token),
        ("X-Service-Token", &service),
        ("Cookie", &cookie),
        ("Proxy-Authorization", &basic),
    ];
    let door = scene.gateway.door().address();
    let asked = std::cell::Cell::new(0);
    let ask = |search: &mut Search, status: &[u16], method: &str, path: &str, body: &Value| {
        let reply = send(door, method, path, &headers, body);
        assert!(
            status.contains(&reply.status),
            "{method} {path}: {} {}",
            reply.status,
            reply.text()
        );
        asked.set(asked.get() + 1);
        // What was asked for is shown as Ironic shows it; errors quote what nobody asked to see.
        if reply.status >= 400 {
            search.answers.push(reply.text());
        }
    };

    // A node that has secrets, and answers that repeat them: a schema error, an interface that is
    // not there, a field that is not there.
    let signed = format!(
        "http://swift:{}@10.0.0.9/v1/a/c/o?temp_url_sig={}&temp_url_expires=7",
        search.plant_word(),
        search.plant_word()
    );
    let driver_info = json!({
        "fake_password": search.plant(),
        "snmp_community": search.plant(),
        "ssh_private_key": search.plant(),
        "fake_token": search.plant(),
    });
    let node = json!({
        "name": "planted", "driver": "fake-hardware", "driver_info": driver_info,
        "instance_info": {"image_source": signed},
    });
    ask(&mut search, &[201], "POST", "/v1/nodes", &node);
    let mut wrong = node.clone();
    wrong["boot_interface"] = driver_info["fake_password"].clone();
    ask(&mut search, &[400], "POST", "/v1/nodes", &wrong);
    let mut wrong = node.clone();
    wrong["driver_info"] = json!([driver_info["fake_password"].clone()]);
    ask(&mut search, &[400], "POST", "/v1/nodes", &wrong);
    let mut wrong = node;
    wrong["name"] = json!("twice");
    wrong["admin_password"] = search.plant().into();
    ask(&mut search, &[400], "POST", "/v1/nodes", &wrong);

    // A patch that fails, by the test of a value and by its place.
    let value = search.plant();
    for (op, path) in [
        ("test", "/driver_info/fake_password"),
        ("replace", "/driver_info/none/such_password"),
    ] {
        let patch = json!([{"op": op, "path": path, "value": value}]);
        ask(
            &mut search,
            &[400, 409, 403],
            "PATCH",
            "/v1/nodes/planted",
            &patch,
        );
    }

    // In a query, which nobody refuses and nobody writes.
    let query = format!("/v1/nodes?limit=1&token={}", search.plant_word());
    ask(&mut search, &[200, 400], "GET", &query, &Value::Null);
    let query = format!(
        "/v1/nodes/planted/states/power?password={}",
        search.plant_word()
    );
    ask(
        &mut search,
        &[202, 400, 403, 404],
        "PUT",
        &query,
        &json!({"target": "nothing"}),
    );

    // Drives, rescue passwords and what an agent sends, where they are refused.
    let drive = json!({
        "target": "active",
        "configdrive": {"user_data": format!("#cloud-config\npassword: {}\n", search.plant_word()),
                        "meta_data": {"admin_pass": search.plant()}},
    });
    let states = "/v1/nodes/planted/states/provision";
    ask(&mut search, &[400, 403, 409], "PUT", states, &drive);
    let rescue = json!({"target": "rescue", "rescue_password": search.plant()});
    ask(&mut search, &[400, 403, 409], "PUT", states, &rescue);
    let beat = json!({"callback_url": "http://10.0.0.7:9999", "agent_token": search.plant()});
    ask(
        &mut search,
        &[403],
        "POST",
        "/v1/heartbeat/2a3b4c5d-0000-4000-8000-000000000001",
        &beat,
    );
    let body = json!({"vendor_secret": search.plant()});
    ask(
        &mut search,
        &[403],
        "POST",
        "/v1/nodes/planted/vendor_passthru?method=x",
        &body,
    );

    // An error of another service behind Ironic.
    let vif = json!({"id": "beef0000-0000-4000-8000-000000000001", "auth_key": search.plant()});
    ask(
        &mut search,
        &[400, 403, 500, 504],
        "POST",
        "/v1/nodes/planted/vifs",
        &vif,
    );

    // A node that is locked, by what the fake hardware takes its time for.
    let manage = json!({"target": "manage"});
    ask(&mut search, &[202], "PUT", states, &manage);
    scene.wait_until("planted is manageable", || {
        let node = scene.node("planted");
        node["provision_state"] == "manageable" && node["reservation"].is_null()
    });
    let power = json!({"target": "power on"});
    ask(
        &mut search,
        &[202],
        "PUT",
        "/v1/nodes/planted/states/power",
        &power,
    );
    let patch =
        json!([{"op": "add", "path": "/driver_info/fake_password", "value": search.plant()}]);
    ask(&mut search, &[409], "PATCH", "/v1/nodes/planted", &patch);

    scene.gateway.log().wait_for_requests(asked.get());
    search.expect_nothing_in(&scene.gateway);
}

/// What a BMC refuses comes back as the command line that was tried, in the text of an exception.
/// The secret is not in the request: only its place tells what it is.
#[test]
fn the_command_line_of_a_failed_login_is_told_without_its_password() {
    let fake = FakeIronic::start();
    let gateway = Setup::new(&fake.url()).start();
    let mut search = Search::default();
    let (password, drive) = (search.plant_word(), search.plant_word());
    let fault = format!(
        "IPMI call failed: power status. Unexpected error while running command.\n\
         Command: ipmitool -I lanplus -H 10.0.0.4 -L ADMINISTRATOR -U root -v -P {password} power status\n\
         Exit code: 1\nStderr: 'Error: Unable to establish IPMI v2 / RMCP+ session, password: {drive}'"
    );
    fake.direct(move |_| {
        let fault = json!({"faultcode": "Server", "faultstring": fault, "debuginfo": null});
        let body = json!({"error_message": fault.to_string()});
        Script::json("500 Internal Server Error", &body.to_string())
    });
    let power = "/v1/nodes/2a3b4c5d-0000-4000-8000-000000000001/states/power";
    let reply = gateway
        .client()
        .ask("PUT", power, &[VERSION], br#"{"target": "power on"}"#);
    let answer: Value = serde_json::from_str(&reply.text()).expect("JSON");
    let fault: Value =
        serde_json::from_str(answer["error_message"].as_str().expect("text")).expect("JSON");
    let told = fault["faultstring"].as_str().expect("text");
    assert!(
        told.contains("-P [redacted:argument] power status"),
        "{told}"
    );
    assert!(told.contains("Exit code: 1"), "{told}");
    search.answers.push(reply.text());
    gateway.log().wait_for_requests(1);
    search.expect_nothing_in(&gateway);
}
