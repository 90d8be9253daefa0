//! What a login meets when Keystone fails, and what a request meets when Ironic refuses its token.

use std::error::Error;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use portcullis::config::IronicConfig;
use portcullis::credentials::{Access, Credentials};
use portcullis::driver::{AuthError, Driver, Session};
use portcullis::secret::Secret;
use portcullis_tests::fake_ironic::{Arrived, FakeIronic, Gate, Script, Step, ordinary};
use serde_json::json;

use super::{gate, ironic, write};

const SECRET: &str = "s3cret-passw0rd";
const NODE: &str = r#"{"driver": "fake-hardware"}"#;

/// The configuration for one server that is Keystone and Ironic.
fn config(fake: &FakeIronic) -> IronicConfig {
    let config = ironic(&[
        ("OS_AUTH_URL", fake.url()),
        ("OS_USER_ID", "u1".into()),
        ("OS_PASSWORD", SECRET.into()),
        ("OS_PROJECT_ID", "p1".into()),
        ("OS_BAREMETAL_ENDPOINT_OVERRIDE", fake.url()),
    ]);
    IronicConfig {
        reply_timeout: Duration::from_secs(5),
        ..config
    }
}

fn is_login(request: &Arrived) -> bool {
    request.target == "/v3/auth/tokens"
}

fn logins(fake: &FakeIronic) -> usize {
    fake.look(|seen| seen.requests.iter().filter(|it| is_login(it)).count())
}

/// A token without a catalogue.
pub const BODY: &str = r#"{"token": {"issued_at": "2026-01-01T00:00:00.000000Z",
    "expires_at": "2026-01-01T01:00:00.000000Z", "methods": ["password"]}}"#;

fn granted(token: &str) -> Script {
    Script::reply(
        "201 Created",
        &[("X-Subject-Token", token)],
        BODY.as_bytes(),
    )
}

/// Answers logins with a new token each, and everything else by `ironic`.
fn play(fake: &FakeIronic, ironic: impl Fn(&Arrived) -> Script + Send + Sync + 'static) {
    let tokens = AtomicUsize::new(0);
    fake.direct(move |request| {
        if is_login(request) {
            let number = tokens.fetch_add(1, Ordering::Relaxed);
            granted(&format!("token-{number}"))
        } else {
            ironic(request)
        }
    });
}

fn refused() -> Script {
    Script::json(
        "401 Unauthorized",
        r#"{"error": {"code": 401, "message": "no"}}"#,
    )
}

/// Everything an error says, also to somebody who looks closely.
fn told(error: &AuthError) -> String {
    let mut told = format!("{error}");
    let mut cause = error.source();
    while let Some(next) = cause {
        let _ = write!(told, ": {next}");
        cause = next.source();
    }
    assert!(!told.contains(SECRET), "{told}");
    assert!(!format!("{error:?}").contains(SECRET), "{error:?}");
    told
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_requests_share_one_login() {
    let (fake, held) = (FakeIronic::start(), Gate::new());
    let answer = held.clone();
    fake.direct(move |_| granted("token").after(&answer));
    let session = Session::open(&config(&fake)).unwrap();
    let ask = || {
        let session = session.clone();
        tokio::spawn(async move { session.proof().await })
    };
    let first = ask();
    fake.wait("somebody logs in", |seen| !seen.requests.is_empty());
    let others: Vec<_> = (0..50).map(|_| ask()).collect();
    // Who asked first goes away, and the others get what was asked for.
    first.abort();
    held.open();
    for other in others {
        let proof = other.await.unwrap().unwrap();
        assert_eq!(proof.headers()["x-auth-token"], "token");
        assert_eq!(format!("{proof:?}"), r#"["x-auth-token"]"#);
    }
    assert_eq!(logins(&fake), 1);
}

#[tokio::test]
async fn a_failure_is_shared_and_not_asked_for_again_at_once() {
    let (fake, held) = (FakeIronic::start(), Gate::new());
    let answer = held.clone();
    fake.direct(move |_| refused().after(&answer));
    let session = Session::open(&config(&fake)).unwrap();
    let asked: Vec<_> = (0..50)
        .map(|_| {
            let session = session.clone();
            tokio::spawn(async move { session.proof().await })
        })
        .collect();
    held.open();
    for one in asked {
        assert!(matches!(one.await.unwrap(), Err(AuthError::Refused)));
    }
    assert!(matches!(session.proof().await, Err(AuthError::Refused)));
    assert_eq!(logins(&fake), 1);
}

#[tokio::test]
async fn a_write_is_repeated_once_when_its_token_is_refused() {
    let fake = FakeIronic::start();
    play(&fake, |request| match request.header("x-auth-token")[..] {
        ["token-0"] => refused(),
        _ => ordinary(request),
    });
    let (gate, driver) = (
        gate().await,
        Driver::with_own_credentials(&config(&fake)).unwrap(),
    );
    let reply = write(&gate, &driver, "/v1/nodes", NODE).await;
    assert_eq!(reply.status(), 201);
    let sent = fake.look(|seen| {
        let writes = seen.requests.iter().filter(|it| !is_login(it));
        let shown = writes.map(|it| (it.header("x-auth-token").join(","), it.body.clone()));
        shown.collect::<Vec<_>>()
    });
    let same = |token: &str| (token.to_owned(), NODE.as_bytes().to_vec());
    assert_eq!(sent, [same("token-0"), same("token-1")]);
}

#[tokio::test]
async fn an_ironic_that_takes_no_token_is_not_asked_forever() {
    let fake = FakeIronic::start();
    play(&fake, |_| refused());
    let (gate, driver) = (
        gate().await,
        Driver::with_own_credentials(&config(&fake)).unwrap(),
    );
    for _ in 0..10 {
        let reply = write(&gate, &driver, "/v1/nodes", NODE).await;
        assert_eq!(reply.status(), 401);
    }
    // The first of the ten is worth another login; after that one a second has to pass.
    let all = fake.look(|seen| seen.requests.len());
    assert!(logins(&fake) < 10, "{} logins", logins(&fake));
    assert_eq!(all, 10 + logins(&fake) + (logins(&fake) - 1));
}

#[tokio::test]
async fn a_password_that_ironic_refuses_is_not_sent_again() {
    let fake = FakeIronic::start();
    fake.direct(|_| refused());
    let mut config = config(&fake);
    config.enter(Access {
        credentials: Some(Credentials::Basic {
            user: "op".into(),
            password: Secret::new(SECRET.into()),
        }),
        ..Access::default()
    });
    let (gate, driver) = (gate().await, Driver::with_own_credentials(&config).unwrap());
    assert_eq!(write(&gate, &driver, "/v1/nodes", NODE).await.status(), 401);
    fake.only_write();
}

#[tokio::test]
async fn what_is_no_token_is_refused() {
    let fake = FakeIronic::start();
    let config = IronicConfig {
        reply_timeout: Duration::from_millis(700),
        ..config(&fake)
    };
    let with_body =
        |body: String| Script::reply("201 Created", &[("X-Subject-Token", "t")], body.as_bytes());
    let body = |issued: &str, expires: &str| {
        with_body(json!({"token": {"issued_at": issued, "expires_at": expires}}).to_string())
    };
    let long = "t".repeat((8 << 10) + 1);
    let header = |pairs: &[(&str, &str)]| Script::reply("201 Created", pairs, BODY.as_bytes());
    let (no_header, no_token) = ("no `X-Subject-Token`, or several", "is empty, too long");
    let (no_body, no_time) = ("a body that is not what", "a time that cannot be read");
    let (day, eve) = ("2026-01-02T00:00:00.000000Z", "2026-01-01T00:00:00.000000Z");
    let cases = [
        (header(&[]), no_header),
        (
            header(&[("X-Subject-Token", "a"), ("X-Subject-Token", "b")]),
            no_header,
        ),
        (header(&[("X-Subject-Token", "")]), no_token),
        (header(&[("X-Subject-Token", "a b")]), no_token),
        (header(&[("X-Subject-Token", &long)]), no_token),
        (with_body(String::new()), no_body),
        (with_body("[".repeat(100_000)), no_body),
        (with_body(r#"{"token": {}}"#.into()), no_body),
        (
            with_body(r#"{"token": {"issued_at": 1, "expires_at": 2}}"#.into()),
            no_body,
        ),
        (
            with_body(format!("{{\"token\": {}1", " ".repeat(5 << 20))),
            "larger than 4 MiB",
        ),
        (body("today", day), no_time),
        (body(day, eve), "a token that ends before it begins"),
        (
            Script::reply("300 Multiple Choices", &[], b"{}"),
            "answers 300",
        ),
        (
            Script::reply("307 Temporary Redirect", &[("Location", "/elsewhere")], b""),
            "answers 307",
        ),
        (
            Script::reply("200 OK", &[("X-Subject-Token", "t")], BODY.as_bytes()),
            "answers 200",
        ),
        (Script::reply("403 Forbidden", &[], b""), "answers 403"),
        (
            Script::reply("500 Internal Server Error", &[], SECRET.as_bytes()),
            "answers 500",
        ),
        (Script::raw("220 ready\r\n"), "broke before it had answered"),
        (Script::of([Step::Cut]), "broke before it had answered"),
        (
            Script::raw(
                "HTTP/1.1 201 Created\r\nX-Subject-Token: t\r\nContent-Length: 99\r\n\r\n{",
            )
            .then(Step::Cut),
            "a body that breaks off",
        ),
        (Script::of([Step::Silence]), "did not answer within 700ms"),
        (
            Script::raw(
                "HTTP/1.1 201 Created\r\nX-Subject-Token: t\r\nContent-Length: 99\r\n\r\n{",
            )
            .then(Step::Silence),
            "did not answer within 700ms",
        ),
    ];
    for (number, (script, expected)) in cases.into_iter().enumerate() {
        let before = logins(&fake);
        fake.direct(move |_| script.clone());
        let outcome = Session::open(&config).unwrap().proof().await;
        let said = told(&outcome.expect_err(expected));
        assert!(said.contains(expected), "{number}: {said}");
        assert_eq!(logins(&fake), before + 1, "{number}: asked once");
    }
    fake.look(|seen| assert!(seen.requests.iter().all(is_login), "{:?}", seen.requests));
}

#[tokio::test]
async fn who_cannot_be_reached_is_not_there() {
    let fake = FakeIronic::start();
    let config = config(&fake);
    fake.kill();
    let error = Session::open(&config).unwrap().proof().await.unwrap_err();
    assert!(
        told(&error).starts_with("Keystone cannot be reached: "),
        "{}",
        told(&error)
    );
    assert!(matches!(error, AuthError::Connect(_)));
}
