//! With a real Keystone, and a real Ironic that takes its tokens.

use std::time::{Duration, Instant};

use http::HeaderMap;
use portcullis::driver::{AuthError, Driver, DriverError, Proof, Reader, Reading, Session};
use portcullis::operation::{Collection, Resource};
use portcullis_lab::{Auth, Ironic, Keystone, Options, http as lab};
use serde_json::{Value, json};

use super::{gate, ironic, write};

/// Within this, whatever a test waits for has to happen.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks.
const POLL: Duration = Duration::from_millis(50);
const NODE: &str = r#"{"driver": "fake-hardware", "name": "NAME"}"#;

/// The administrator's login, without a scope.
fn user(keystone: &Keystone) -> Vec<(&'static str, String)> {
    let (user, password) = Keystone::ADMIN;
    vec![
        ("OS_AUTH_URL", keystone.url()),
        ("OS_USERNAME", user.into()),
        ("OS_PASSWORD", password.into()),
        ("OS_USER_DOMAIN_NAME", "Default".into()),
    ]
}

fn for_project(keystone: &Keystone) -> Vec<(&'static str, String)> {
    let mut variables = user(keystone);
    variables.push(("OS_PROJECT_NAME", "admin".into()));
    variables.push(("OS_PROJECT_DOMAIN_ID", "default".into()));
    variables
}

fn for_system(keystone: &Keystone) -> Vec<(&'static str, String)> {
    let mut variables = user(keystone);
    variables.push(("OS_SYSTEM_SCOPE", "all".into()));
    variables
}

/// An application credential of the administrator for the project.
fn application_credential(keystone: &Keystone) -> Vec<(&'static str, String)> {
    let project = json!({"project": {"name": "admin", "domain": {"id": "default"}}});
    let token = keystone.token(project).unwrap();
    let headers = [
        ("X-Auth-Token", token.as_str()),
        ("X-Subject-Token", &token),
    ];
    let address = keystone.address();
    let shown = lab::send(address, "GET", "/v3/auth/tokens", &headers, None).unwrap();
    let user = shown.json()["token"]["user"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let headers = [
        ("X-Auth-Token", token.as_str()),
        ("Content-Type", "application/json"),
    ];
    let path = format!("/v3/users/{user}/application_credentials");
    let body = json!({"application_credential": {"name": "ci"}}).to_string();
    let made = lab::send(address, "POST", &path, &headers, Some(body.as_bytes())).unwrap();
    assert_eq!(made.status, 201, "{}", made.text());
    let text = |name: &str| -> String {
        let made = made.json();
        made["application_credential"][name]
            .as_str()
            .unwrap()
            .into()
    };
    vec![
        ("OS_AUTH_TYPE", "v3applicationcredential".into()),
        ("OS_AUTH_URL", keystone.url()),
        ("OS_APPLICATION_CREDENTIAL_ID", text("id")),
        ("OS_APPLICATION_CREDENTIAL_SECRET", text("secret")),
    ]
}

fn token(proof: &Proof) -> &str {
    proof.headers()["x-auth-token"].to_str().unwrap()
}

/// What Keystone says of a token.
fn is_good(keystone: &Keystone, token: &str) -> bool {
    let admin = keystone.token(json!({"system": {"all": true}})).unwrap();
    let headers = [("X-Auth-Token", admin.as_str()), ("X-Subject-Token", token)];
    let path = "/v3/auth/tokens";
    let reply = lab::send(keystone.address(), "GET", path, &headers, None).unwrap();
    reply.status == 200
}

async fn name_of(driver: &Driver, node: &str) -> Value {
    let resource = Resource {
        collection: Collection::Nodes,
        ident: node,
    };
    match driver.read(resource, &HeaderMap::new(), &["name"]).await {
        Ok(Reading::Found(node)) => serde_json::from_slice(node.text()).unwrap(),
        Ok(Reading::Answered(reply)) => json!(reply.status().as_u16()),
        Ok(Reading::Unknown) => Value::Null,
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn ironic_is_found_and_takes_the_tokens() {
    let server = Ironic::start(Options {
        auth: Auth::Keystone { token_life: 3600 },
        ..Options::default()
    })
    .unwrap();
    let keystone = server.keystone().unwrap();
    let gate = gate().await;
    let logins = [
        ("project", for_project(keystone)),
        ("system", for_system(keystone)),
        ("credential", application_credential(keystone)),
    ];
    for (name, variables) in logins {
        // Its address stands in the catalogue and nowhere else.
        let driver = Driver::with_own_credentials(&ironic(&variables)).unwrap();
        driver.probe().await.unwrap();
        let body = NODE.replace("NAME", name);
        let reply = write(&gate, &driver, "/v1/nodes", &body).await;
        assert_eq!(reply.status(), 201, "{name}: {:?}", reply.error_text());
        assert_eq!(name_of(&driver, name).await["name"], name);

        // A token that ends before its time: a read, then a write, are repeated with another.
        for revoked in 0..2 {
            let before = driver.session().proof().await.unwrap();
            keystone.revoke(token(&before)).unwrap();
            if revoked == 0 {
                assert_eq!(name_of(&driver, name).await["name"], name);
            } else {
                let other = NODE.replace("NAME", &format!("{name}-2"));
                let reply = poll(async || {
                    let reply = write(&gate, &driver, "/v1/nodes", &other).await;
                    (reply.status() != 401).then_some(reply)
                });
                assert_eq!(reply.await.status(), 201);
            }
            let after = driver.session().proof().await.unwrap();
            assert_ne!(token(&before), token(&after));
        }
    }
}

/// Waits until something comes of it.
async fn poll<T>(attempt: impl AsyncFn() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = attempt().await {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "waited in vain");
        tokio::time::sleep(POLL).await;
    }
}

#[tokio::test]
async fn a_token_is_replaced_before_it_ends() {
    let keystone = Keystone::start(Duration::from_secs(10)).unwrap();
    let session = Session::open(&ironic(&for_system(&keystone))).unwrap();
    let mut last = session.proof().await.unwrap();
    for _ in 0..2 {
        let next = poll(async || {
            let proof = session.proof().await.unwrap();
            // Whatever is handed out is good.
            assert!(is_good(&keystone, token(&proof)));
            (token(&proof) != token(&last)).then_some(proof)
        })
        .await;
        last = next;
    }
}

#[tokio::test]
async fn an_outage_of_keystone_is_not_noticed_while_a_token_is_good() {
    let mut keystone = Keystone::start(Duration::from_secs(3600)).unwrap();
    let mut config = ironic(&for_system(&keystone));
    config.reply_timeout = Duration::from_millis(300);
    let session = Session::open(&config).unwrap();
    let first = poll(async || session.proof().await.ok()).await;
    keystone.pause();
    let second = session.proof().await.unwrap();
    assert_eq!(token(&first), token(&second));
    let other = Session::open(&config).unwrap().proof().await;
    assert!(matches!(other, Err(AuthError::Timeout { .. })), "{other:?}");
    keystone.resume();
}

#[tokio::test]
async fn who_is_not_let_in_is_told_so() {
    let keystone = Keystone::start(Duration::from_secs(3600)).unwrap();
    let with = |name: &'static str, value: &str| {
        let mut variables = for_project(&keystone);
        variables.retain(|(known, _)| *known != name);
        variables.push((name, value.into()));
        variables
    };
    for variables in [
        with("OS_PASSWORD", "wr0ng-s3cret"),
        with("OS_USERNAME", "nobody"),
        with("OS_PROJECT_NAME", "nothing"),
        with("OS_USER_DOMAIN_NAME", "nowhere"),
    ] {
        let driver = Driver::with_own_credentials(&ironic(&variables)).unwrap();
        let outcome = driver.probe().await;
        let Err(DriverError::Auth(error)) = outcome else {
            panic!("{outcome:?}");
        };
        assert_eq!(error.to_string(), "Keystone refuses the credentials (401)");
    }
    // A service that the catalogue does not have.
    let driver = Driver::with_own_credentials(&ironic(&for_project(&keystone))).unwrap();
    assert_eq!(
        driver.probe().await.unwrap_err().to_string(),
        "the service catalogue has no endpoint for service `baremetal`, interface `public` and \
         any region, expected one, or `ironic.url` in the configuration"
    );
}
