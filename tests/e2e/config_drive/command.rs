//! `portcullis config-drive`: inspect, check, build.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use portcullis_tests::gateway::run;
use serde_json::{Value, json};

use super::{base64, encoded, gzip, image};

fn asked(arguments: &[&str], input: &str) -> (i32, String, String) {
    let output = run(&[&["config-drive"], arguments].concat(), input);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let code = output.status.code().unwrap();
    (code, text(output.stdout), text(output.stderr))
}

fn checked(drive: &str) -> (i32, Value) {
    let (code, stdout, stderr) = asked(&["check", "--json", "-"], drive);
    let read = serde_json::from_str(&stdout);
    (code, read.unwrap_or_else(|_| panic!("{stdout}{stderr}")))
}

#[test]
fn check_tells_what_is_wrong_by_verdict_and_exit_code() {
    let (code, answer) = checked(&base64(&image()));
    assert_eq!(
        (code, answer),
        (0, json!({"verdict": "accept", "findings": []}))
    );
    let check = |drive: &str, rule: &str, path: &str| {
        let (code, answer) = checked(drive);
        assert_eq!((code, &answer["verdict"]), (1, &json!("deny")), "{answer}");
        let findings = answer["findings"].as_array().unwrap();
        let is_it = |finding: &&Value| finding["rule"] == rule && finding["path"] == path;
        let found = findings.iter().find(is_it);
        let found = found.unwrap_or_else(|| panic!("{rule} at {path}: {answer}"));
        assert!(
            found["message"].is_string() && found["severity"] == "error",
            "{found}"
        );
    };
    check("not base64!", "CD-BASE64", "");
    check(&encoded(b"no gzip"), "CD-GZIP", "");
    check("https://u:p@169.254.169.254/", "CD-URL-USERINFO", "");
    check(
        &json!({"meta_data": []}).to_string(),
        "CD-META",
        "/meta_data",
    );
    check(r#"{"meta_data": {"a": 1, "a": 2}}"#, "json", "");
    let mut parts = super::parts();
    parts.user_data = Some(b"#cloud-config\npassword: hunter2\n".to_vec().into());
    let image = portcullis::config_drive::build_iso(&parts).unwrap();
    check(
        &base64(&image),
        "CD-PLAIN-PASSWORD",
        "openstack/latest/user_data",
    );
    let (code, _, stderr) = asked(&["check", "/no/such/file"], "");
    assert_eq!(code, 2);
    assert!(
        stderr.contains("reading config drive from `/no/such/file`"),
        "{stderr}"
    );
}

#[test]
fn every_form_is_told_by_its_contents() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("drive");
    let path = file.to_str().unwrap();
    let image = image();
    let forms: [(&str, Vec<u8>); 4] = [
        ("image", image.clone()),
        ("gzip", gzip(&image)),
        ("base64", base64(&image).into_bytes()),
        (
            "json",
            br#"{"meta_data": {"admin_pass": "hunter2", "name": "n1"}}"#.to_vec(),
        ),
    ];
    for (form, bytes) in forms {
        fs::write(&file, bytes).unwrap();
        let (code, stdout, stderr) = asked(&["inspect", "--json", path], "");
        assert_eq!(code, 0, "{stderr}");
        let shown: Value = serde_json::from_str(&stdout).unwrap();
        assert_eq!(shown["form"], form);
        assert_eq!(shown["flaws"], json!([]), "{form}");
        let entries = shown["entries"].as_array().unwrap();
        let meta = entries
            .iter()
            .find(|entry| entry["path"] == "openstack/latest/meta_data.json");
        assert_eq!(meta.unwrap()["document"]["name"], "n1", "{form}");
        assert!(!stdout.contains("hunter2"), "{stdout}");
        let (_, stdout, _) = asked(&["inspect", path], "");
        assert!(
            stdout.contains("openstack/latest/meta_data.json"),
            "{stdout}"
        );
        assert!(!stdout.contains("hunter2"), "{stdout}");
    }
    let (code, _, stderr) = asked(&["inspect", "-"], "https://drives.example.org/1");
    assert_eq!(code, 2);
    assert!(stderr.contains("config_drive.url.allow"), "{stderr}");
}

#[test]
fn what_is_built_is_private_reproducible_and_accepted() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    fs::write(
        at("meta"),
        r#"{"uuid": "5be9ffa1-28f6-4f26-a1a8-b5d5d1d5d4a1"}"#,
    )
    .unwrap();
    fs::write(at("motd"), "hello\n").unwrap();
    let (meta, file) = (at("meta"), format!("openstack/content/0000={}", at("motd")));
    let common = ["build", "--meta-data", &meta, "--user-data", "-"];
    let build = |more: &[&str]| {
        let (code, stdout, stderr) = asked(&[&common, more].concat(), "#!/bin/sh\n");
        assert_eq!(code, 0, "{stderr}");
        stdout
    };
    // A file that others could read is closed to them before anything is in it.
    fs::write(at("one.iso"), "old").unwrap();
    fs::set_permissions(at("one.iso"), fs::Permissions::from_mode(0o644)).unwrap();
    for name in ["one.iso", "two.iso"] {
        build(&["--file", &file, "-o", &at(name)]);
        let mode = fs::metadata(at(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    assert_eq!(
        fs::read(at("one.iso")).unwrap(),
        fs::read(at("two.iso")).unwrap()
    );
    for format in ["base64", "json"] {
        let text = build(&["--format", format, "-o", "-"]);
        assert_eq!(
            checked(&text),
            (0, json!({"verdict": "accept", "findings": []})),
            "{format}"
        );
    }
    let (code, _, stderr) = asked(&["build", "--meta-data", &at("motd"), "-o", "-"], "");
    assert_eq!(code, 2);
    assert!(stderr.contains("meta_data: not strict JSON"), "{stderr}");
    let twice = ["build", "--meta-data", "-", "--user-data", "-", "-o", "-"];
    let (code, _, stderr) = asked(&twice, "{}");
    assert_eq!(code, 2);
    assert!(stderr.contains("named more than once"), "{stderr}");
}
