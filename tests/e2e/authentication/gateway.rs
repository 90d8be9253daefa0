//! A gateway that is told nothing but the name of a cloud.

use portcullis_tests::fake_ironic::{FakeIronic, Script, ordinary};
use portcullis_tests::gateway::{Gateway, Setup};
use serde_json::json;

use crate::writes::{POWER, POWER_ON};

const PASSWORD: &str = "gateways-passw0rd";
const TOKEN: &str = "gateways-t0ken";

/// A gateway with the login of a cloud at this fake, which is Ironic too.
fn gateway(fake: &FakeIronic) -> Gateway {
    let clouds = format!(
        "clouds:\n  lab:\n    auth: {{auth_url: '{}', user_id: u1, password: {PASSWORD}}}\n",
        fake.url()
    );
    Setup::new(&fake.url())
        .cloud(&clouds)
        .ironic("reply_timeout = \"2s\"")
        .start()
}

/// A token, and a catalogue with Ironic at this address.
fn granted(ironic: &str) -> Script {
    let body = json!({"token": {
        "issued_at": "2026-01-01T00:00:00.000000Z", "expires_at": "2026-01-01T01:00:00.000000Z",
        "catalog": [{"type": "baremetal", "name": "ironic", "endpoints": [
            {"interface": "public", "region_id": "one", "url": ironic}]}]}});
    let headers = [("X-Subject-Token", TOKEN)];
    Script::reply("201 Created", &headers, body.to_string().as_bytes())
}

#[test]
fn clients_are_served_where_the_catalogue_leads_with_their_own_tokens() {
    let fake = FakeIronic::start();
    let url = format!("{}/v1/", fake.url());
    fake.direct(move |request| match &*request.target {
        "/v3/auth/tokens" => granted(&url),
        _ => ordinary(request),
    });
    let gateway = gateway(&fake);
    let headers = [
        ("X-OpenStack-Ironic-API-Version", "1.80"),
        ("X-Auth-Token", "clients-t0ken"),
    ];
    let reply = gateway.client().ask("PUT", POWER, &headers, POWER_ON);
    assert_eq!(reply.status, 202, "{}", reply.text());
    assert_eq!(gateway.admin("/readyz").status, 200);
    fake.look(|seen| {
        for request in &seen.requests {
            let expected: &[&str] = match &*request.target {
                "/v3/auth/tokens" => &[],
                "/" => &[TOKEN],
                _ => &["clients-t0ken"],
            };
            assert_eq!(request.header("x-auth-token"), expected, "{request:?}");
        }
    });
    let log = gateway.log().text();
    assert!(!log.contains(PASSWORD) && !log.contains(TOKEN), "{log}");
}

#[test]
fn a_login_that_is_refused_is_told_and_its_password_is_not() {
    let fake = FakeIronic::start();
    fake.direct(|_| Script::json("401 Unauthorized", "{}"));
    let gateway = gateway(&fake);
    let reply = gateway.admin("/readyz");
    assert_eq!(reply.status, 503);
    assert_eq!(
        reply.json()["reasons"],
        json!(["Keystone refuses the credentials (401)"])
    );
    gateway.wait_until("it is in the log", || {
        gateway.log().text().contains("no token from Keystone")
    });
    assert!(!gateway.log().text().contains(PASSWORD));
}
