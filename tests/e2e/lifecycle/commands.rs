//! The other commands: what they print, and what they say when something is wrong.

use std::fs;
use std::process::Output;

use portcullis_tests::gateway::{Setup, run};
use portcullis_tests::{guests, workspace_root};
use serde_json::Value;

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

fn succeeds(output: &Output) -> String {
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

fn fails(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stdout));
    text(&output.stderr)
}

#[test]
fn every_command_explains_itself() {
    for (command, told) in [
        (&[][..], "Usage: portcullis <COMMAND>"),
        (&["serve"], "SIGHUP reloads policies"),
        (&["check"], "Ends with 0 when all were admitted"),
        (&["config"], "Usage: portcullis config <COMMAND>"),
        (&["config", "check"], "Nothing is asked of Ironic"),
        (&["config", "reference"], "Markdown"),
        (&["policy"], "Usage: portcullis policy <COMMAND>"),
        (&["policy", "inspect"], "<WASM>"),
    ] {
        let help = succeeds(&run(&[command, &["--help"]].concat(), ""));
        // However wide it is printed.
        let words: Vec<_> = help.split_whitespace().collect();
        assert!(words.join(" ").contains(told), "{command:?}: {help}");
    }
    let version = succeeds(&run(&["--version"], ""));
    assert_eq!(
        version,
        concat!("portcullis ", env!("CARGO_PKG_VERSION"), "\n")
    );
    assert!(fails(&run(&["serv"], "")).contains("serve"));
}

#[test]
fn the_reference_is_the_one_in_the_documentation() {
    let printed = succeeds(&run(&["config", "reference"], ""));
    let kept = fs::read_to_string(workspace_root().join("docs/configuration.md")).expect("a file");
    assert_eq!(
        printed, kept,
        "run `portcullis config reference > docs/configuration.md`"
    );
}

#[test]
fn a_good_configuration_is_told_with_its_policies() {
    let printed = succeeds(&run(&["config", "check"], ""));
    let lines: Vec<_> = printed.lines().collect();
    for policy in ["config-drive", "legacy", "provision-target", "steps", "url"] {
        let begin = format!("ok policy {policy} (enforce): {policy} ");
        let line = lines.iter().find(|line| line.starts_with(&begin));
        assert!(
            line.is_some_and(|line| line.contains(" sha256:")),
            "{printed}"
        );
    }
    assert_eq!(lines.last(), Some(&"ok defaults"));

    let setup = Setup::new("http://127.0.0.1:1").policy(
        "target",
        "bundled:provision-target",
        "mode = \"audit\"",
    );
    let file = setup.dir().join("portcullis.toml");
    fs::write(&file, setup.text()).expect("a file");
    let name = file.to_str().expect("text");
    let printed = succeeds(&run(&["config", "check", name], ""));
    assert!(
        printed.starts_with("ok policy target (audit): provision-target "),
        "{printed}"
    );
    assert!(printed.ends_with(&format!("ok {name}\n")), "{printed}");
    assert!(
        !setup.dir().join("decisions.jsonl").exists(),
        "it only looks"
    );
    let laboratory = portcullis_tests::gateway::laboratory_file();
    succeeds(&run(
        &["config", "check", laboratory.to_str().expect("text")],
        "",
    ));
}

/// All of what is wrong at once, each with its place, and no secret.
#[test]
fn what_is_wrong_with_a_configuration_is_told_with_its_place() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("portcullis.toml");
    let name = file.to_str().expect("text");
    let check = |text: &str, expected: &[&str]| {
        fs::write(&file, text).expect("a file");
        for command in [
            &["config", "check", name][..],
            &["serve", "--config", name],
            &["check", "--config", name],
        ] {
            let error = fails(&run(command, ""));
            for told in expected {
                assert!(
                    error.contains(told),
                    "{command:?}: `{told}` is not in {error}"
                );
            }
        }
    };
    check(
        "[ironic]\nurl = \"ftp://ironic\"\n\n[server]\nworkers = -1\nwokers = 2\n",
        &[
            &format!("{name}:2: key `ironic.url`: found "),
            &format!(
                "{name}:5: key `server.workers`: found `-1`, expected a whole number from 0 to 1024"
            ),
            &format!("{name}:6: "),
            "wokers",
        ],
    );
    check("[ironic\n", &[&format!("{name}:1")]);
    check(
        "[[policy]]\nname = \"a\"\nsource = \"bundled:provision-targt\"\n",
        &[
            &format!("{name}:3: key `policy[0].source`: found "),
            "provision-target",
        ],
    );
    check(
        "[[policy]]\nname = \"a\"\nsource = \"bundled:steps\"\nsettings = { max_steps = \"x\" }\n",
        &["policy `a`", "max_steps"],
    );
    check(
        "[ironic]\ncredentials = { file = \"open.cred\", env = \"X\" }\n",
        &["credentials"],
    );
    let secret = dir.path().join("open.cred");
    fs::write(&secret, "user:hunter2-secret").expect("a file");
    fs::write(&file, "[ironic]\ncredentials = { file = \"open.cred\" }\n").expect("a file");
    let error = fails(&run(&["config", "check", name], ""));
    assert!(
        error.contains("its mode is 0644, expected one that allows nothing to group and others"),
        "{error}"
    );
    assert!(!error.contains("hunter2"), "{error}");

    let missing = dir.path().join("missing.toml");
    let error = fails(&run(
        &["serve", "--config", missing.to_str().expect("text")],
        "",
    ));
    assert!(error.contains("missing.toml"), "{error}");
}

/// An address that is taken is an error of one line, and nothing is served.
#[test]
fn an_address_in_use_is_told() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address");
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("portcullis.toml");
    fs::write(&file, format!("[[listen]]\naddress = \"{address}\"\n")).expect("a file");
    let output = run(&["serve", "--config", file.to_str().expect("text")], "");
    assert_eq!(text(&output.stdout), "");
    let error = fails(&output);
    assert!(
        error.contains(&format!("listening on {address}")),
        "{error}"
    );
}

#[test]
fn a_policy_can_be_inspected() {
    let wasm = guests::path("provision-target", "wasm");
    let name = wasm.to_str().expect("text");
    let json: Value =
        serde_json::from_str(&succeeds(&run(&["policy", "inspect", "--json", name], "")))
            .expect("JSON");
    assert_eq!(json["name"], "provision-target");
    assert_eq!(json["size_bytes"], wasm.metadata().expect("a file").len());
    let digest = json["digest"].as_str().expect("a digest");
    assert!(
        digest.len() == 71 && digest.starts_with("sha256:"),
        "{digest}"
    );
    let has = |key: &str, value: &str| {
        let values = json[key]
            .as_array()
            .unwrap_or_else(|| panic!("{key} in {json}"));
        assert!(
            values.iter().any(|it| it == value || it["id"] == value),
            "{key}: {json}"
        );
    };
    has("operations", "node.provision.*");
    has("fields", "/body/target");
    has("fields", "/node/provision_state");
    has("rules", "target-unknown");
    assert_eq!(json["capabilities"], serde_json::json!([]));
    assert_eq!(json["settings_schema"]["type"], "object");

    let told = succeeds(&run(&["policy", "inspect", name], ""));
    for part in [
        "provision-target ",
        digest,
        "operations it judges\n  node.provision.*",
        "capabilities it asks for\n  none",
        "rules\n",
        "target-unknown (",
        "settings\n{",
    ] {
        assert!(told.contains(part), "`{part}` is not in {told}");
    }

    let hostile = guests::path("hostile", "wasm");
    let json: Value = serde_json::from_str(&succeeds(&run(
        &[
            "policy",
            "inspect",
            "--json",
            hostile.to_str().expect("text"),
        ],
        "",
    )))
    .expect("JSON");
    assert_eq!(json["capabilities"], serde_json::json!(["log"]));
    assert!(json["imports"].to_string().contains("log"), "{json}");

    let no_component = workspace_root().join("Cargo.toml");
    let no_component = no_component.to_str().expect("text");
    let error = fails(&run(&["policy", "inspect", no_component], ""));
    assert!(error.contains(no_component), "{error}");
}
