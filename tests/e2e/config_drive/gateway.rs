//! Drives on their way through the gateway.

use portcullis_drive::{Encoding, Limits, open};
use portcullis_tests::fake_ironic::FakeIronic;
use portcullis_tests::gateway::{Gateway, Setup};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{base64, deploy, encoded, gzip, image, rules, writes};
use crate::writes::{HEADERS, PROVISION, own};

const STORED: &str = "/v1/nodes/2a3b4c5d-0000-4000-8000-000000000001";

/// Only what looks at drives.
fn setup(fake: &FakeIronic, settings: &str) -> Setup {
    Setup::new(&fake.url()).policy("config-drive", "bundled:config-drive", settings)
}

fn put(gateway: &Gateway, body: &[u8]) -> portcullis_lab::http::Reply {
    gateway.client().ask("PUT", PROVISION, &HEADERS, body)
}

fn hex_sha256(text: &str) -> String {
    let digest = Sha256::digest(text);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn what_was_judged_is_what_is_sent_and_what_is_recorded() {
    let fake = FakeIronic::start();
    let gateway = setup(&fake, "").start();
    let text = base64(&image());
    let body = deploy(&text);
    let reply = put(&gateway, &body);
    assert!(reply.status < 300, "{}", reply.text());
    assert_eq!(writes(&fake)[0].body, body);
    let record = &gateway.decisions()[0];
    assert_eq!(
        record["config_drive"],
        json!({
            "form": "image",
            "fetched": false,
            "bytes": text.len(),
            "sha256": hex_sha256(&text),
            "image_bytes": image().len(),
        })
    );
}

#[test]
fn nothing_of_a_hostile_drive_arrives_and_the_next_request_is_unharmed() {
    let fake = FakeIronic::start();
    let gateway = setup(&fake, "").start();
    let image = image();
    let stream = gzip(&image);
    let mut relabelled = image.clone();
    relabelled[16 * 2048 + 40..16 * 2048 + 48].copy_from_slice(b"CONFIG-3");
    let mut trailing = image.clone();
    trailing.extend_from_slice(&[7; 2048]);
    let mut boot = image.clone();
    boot[17 * 2048] = 0;
    let mut system = image.clone();
    system[5] = 0x90;
    let cases: &[(&str, String)] = &[
        ("CD-BASE64", "QUJDRA=".to_owned()),
        ("CD-BASE64", format!("{} ", encoded(&stream))),
        ("CD-GZIP", encoded(b"not a gzip stream")),
        ("CD-GZIP", encoded(&stream[..stream.len() - 3])),
        (
            "CD-GZIP-TRAILING",
            encoded(&[&stream[..], b"more"].concat()),
        ),
        (
            "CD-GZIP-MEMBERS",
            encoded(&[&stream[..], &gzip(b"x")[..]].concat()),
        ),
        ("CD-SIZE", encoded(&gzip(&vec![0; 65 << 20]))),
        ("CD-RATIO", encoded(&gzip(&vec![0; 3 << 20]))),
        ("CD-ISO", encoded(&gzip(&vec![7; 100_000]))),
        ("CD-LABEL", base64(&relabelled)),
        ("CD-TRAILING", base64(&trailing)),
        ("CD-BOOT", base64(&boot)),
        ("CD-SYSTEM-AREA", base64(&system)),
        ("CD-URL", "https://drives.example.org/1".to_owned()),
    ];
    for (rule, drive) in cases {
        let reply = put(&gateway, &deploy(drive));
        assert_eq!(reply.status, 403, "{rule}: {}", reply.text());
        let found = rules(&own(&reply));
        assert!(found.iter().any(|it| it == rule), "{rule}: {found:?}");
    }
    assert_eq!(writes(&fake).len(), 0);
    let reply = put(&gateway, &deploy(&base64(&image)));
    assert!(reply.status < 300, "{}", reply.text());
    assert_eq!(writes(&fake).len(), 1);
}

#[test]
fn a_drive_that_is_patched_in_is_judged_like_one_that_is_deployed() {
    let fake = FakeIronic::start();
    let gateway = setup(&fake, "").start();
    let patch = |steps: Value| {
        let body = steps.to_string();
        gateway
            .client()
            .ask("PATCH", STORED, &HEADERS, body.as_bytes())
    };
    let bad = encoded(b"no drive");
    for (steps, pointer) in [
        (
            json!([{"op": "add", "path": "/instance_info/configdrive", "value": bad}]),
            "/0/value",
        ),
        (
            json!([
                {"op": "add", "path": "/extra/a", "value": 1},
                {"op": "replace", "path": "/instance_info", "value": {"configdrive": bad}},
            ]),
            "/1/value/configdrive",
        ),
    ] {
        let reply = patch(steps);
        assert_eq!(reply.status, 403, "{}", reply.text());
        let details = own(&reply);
        assert!(rules(&details).contains(&"CD-GZIP".to_owned()), "{details}");
        assert_eq!(details["findings"][0]["pointer"], pointer, "{details}");
    }
    assert_eq!(writes(&fake).len(), 0);
    let good = base64(&image());
    for steps in [
        json!([{"op": "add", "path": "/instance_info/configdrive", "value": good}]),
        json!([{"op": "add", "path": "/extra/a", "value": 1}]),
        json!([{"op": "add", "path": "/instance_info", "value": {"root_gb": 10}}]),
    ] {
        let reply = patch(steps);
        assert!(reply.status < 300, "{}", reply.text());
    }
    assert_eq!(writes(&fake).len(), 3);
    let created = json!({"driver": "ipmi", "instance_info": {"configdrive": bad}}).to_string();
    let reply = gateway
        .client()
        .ask("POST", "/v1/nodes", &HEADERS, created.as_bytes());
    assert_eq!(reply.status, 403, "{}", reply.text());
    assert_eq!(
        own(&reply)["findings"][0]["pointer"],
        "/instance_info/configdrive"
    );
}

#[test]
fn a_rebuilt_drive_has_the_same_files_and_nothing_else() {
    let fake = FakeIronic::start();
    let gateway = setup(&fake, "")
        .more("[config_drive]\nrebuild = true")
        .start();
    // What the reader forgives, and a rebuilt drive does not have: a note of the tool that made it.
    let mut image = image();
    image[16 * 2048 + 318..16 * 2048 + 322].copy_from_slice(b"TOOL");
    let text = base64(&image);
    let body = format!(r#"{{ "target":"active",  "configdrive":"{text}" }}"#);
    let reply = put(&gateway, body.as_bytes());
    assert!(reply.status < 300, "{}", reply.text());
    let seen = writes(&fake)[0].clone();
    let sent: Value = serde_json::from_slice(&seen.body).unwrap();
    let sent_text = sent["configdrive"].as_str().unwrap();
    assert_ne!(sent_text, text);
    assert_eq!(seen.header("content-length"), [seen.body.len().to_string()]);
    // Not another byte of the body has changed.
    let around = String::from_utf8(seen.body.clone()).unwrap();
    assert_eq!(around, body.replace(&text, sent_text));
    let stream = {
        use ::base64::Engine;
        ::base64::engine::general_purpose::STANDARD
            .decode(sent_text)
            .unwrap()
    };
    let drive = open(&*stream, Encoding::Gzip, &Limits::default());
    assert_eq!(drive.flaws, []);
    assert_eq!(
        drive.latest("user_data"),
        Some(&b"#cloud-config\npackages: [git]\n"[..])
    );
    let record = &gateway.decisions()[0]["config_drive"];
    assert_eq!(record["sha256"], hex_sha256(&text));
    assert_eq!(record["rebuilt_sha256"], hex_sha256(sent_text));
    // Building again what was built changes nothing.
    put(&gateway, &deploy(sent_text));
    assert_eq!(writes(&fake)[1].body, deploy(sent_text));
}

#[test]
fn what_cannot_be_rebuilt_does_not_pass() {
    let fake = FakeIronic::start();
    let settings = "settings = { severity = { CD-TRAILING = \"off\" } }";
    let gateway = setup(&fake, settings)
        .more("[config_drive]\nrebuild = true")
        .start();
    let mut image = image();
    image.extend_from_slice(&[7; 2048]);
    let reply = put(&gateway, &deploy(&base64(&image)));
    assert_eq!(reply.status, 403, "{}", reply.text());
    assert!(
        reply.text().contains("cannot be rebuilt"),
        "{}",
        reply.text()
    );
    assert_eq!(writes(&fake).len(), 0);
    assert_eq!(gateway.decisions()[0]["decision"], "reject");
}

#[test]
fn secrets_of_an_image_are_masked_in_what_ironic_says() {
    use portcullis_tests::fake_ironic::Script;
    let fake = FakeIronic::start();
    let secret = "hostname-nobody-should-repeat";
    fake.on_writes(move || {
        let body = json!({"error_message": format!("cannot use {secret} here")}).to_string();
        Script::json("400 Bad Request", &body)
    });
    let gateway = setup(&fake, "").start();
    let parts = portcullis::config_drive::Parts {
        user_data: Some(
            format!("#cloud-config\nfqdn: {secret}\n")
                .into_bytes()
                .into(),
        ),
        ..super::parts()
    };
    let meta = json!({"uuid": super::NODE, "name": secret});
    let parts = portcullis::config_drive::Parts {
        meta_data: meta.to_string().into_bytes().into(),
        ..parts
    };
    let image = portcullis::config_drive::build_iso(&parts).unwrap();
    let reply = put(&gateway, &deploy(&base64(&image)));
    assert_eq!(reply.status, 400, "{}", reply.text());
    assert!(!reply.text().contains(secret), "{}", reply.text());
    assert!(reply.text().contains("[redacted]"), "{}", reply.text());
}
