//! `portcullis node` as it is typed: what it prints, what it sends, and its exit codes.

use std::io::{BufRead, BufReader};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, mpsc};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use portcullis::config_drive::{Parts, build_iso, to_base64};
use portcullis_tests::fake_ironic::{DEADLINE, FakeIronic, Script, Step};
use portcullis_tests::model::{Fate, Model, Node};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::killed::Stage;
use super::scene::{IMAGE, INSTANCE, VIFS};

/// Exit code and standard output of a command.
fn run(stage: &Stage, words: &[&str]) -> (i32, String) {
    let output = stage.start(words).wait_with_output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    (
        output.status.code().unwrap(),
        said + &String::from_utf8_lossy(&output.stderr),
    )
}

fn writes(ironic: &FakeIronic) -> usize {
    ironic.look(|seen| seen.writes().len())
}

#[test]
fn a_plan_is_printed_with_its_verdicts_and_nothing_is_sent() {
    let stage = Stage::new(&Node::number(1));
    let deploy = ["deploy", "n1", "--image", IMAGE, "--vif", VIFS[0], "--plan"];
    let (code, text) = run(&stage, &deploy);
    assert_eq!(code, 0, "{text}");
    for part in [
        "1. admitted claim",
        "2. admitted attach VIF",
        "3. admitted provision active",
        "back: admitted detach VIF",
        "back: admitted provision deleted",
    ] {
        assert!(text.contains(part), "`{part}` is not in\n{text}");
    }
    let refused = [&deploy[..], &["--config-drive", "http://169.254.169.254/"]].concat();
    let (code, text) = run(&stage, &refused);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("3. refused provision active"), "{text}");
    assert!(
        !text.contains("169.254"),
        "a config drive is not shown: {text}"
    );
    let (code, text) = run(&stage, &[&deploy[..], &["--json"]].concat());
    let plan: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((code, plan["steps"].as_array().unwrap().len()), (0, 3));
    assert_eq!(plan["steps"][2]["decision"], "admit");
    assert_eq!(writes(&stage.ironic), 0);
}

/// A policy that admits a deployment, and would refuse to take it back.
const ONE_WAY: &str = r#"
[ironic]
url = "http://127.0.0.1:6385"
[[policy]]
name = "verbs"
source = "bundled:provision-target"
settings = { allow = ["active"] }
"#;

#[test]
fn what_could_not_be_taken_back_is_not_begun_unless_that_is_risked() {
    let deploy = ["deploy", "n1", "--image", IMAGE];
    let check = |node: &Node, more: &[&str], expected: (i32, usize), part: &str| {
        let stage = Stage::with_config(node, ONE_WAY);
        let (code, text) = run(&stage, &[&deploy[..], more].concat());
        assert_eq!((code, writes(&stage.ironic)), expected, "{more:?}: {text}");
        assert!(text.contains(part), "{more:?}: {text}");
    };
    let free = Node::number(1);
    let doomed = Node {
        fate: Fate::DeployFails,
        ..Node::number(1)
    };
    let refused = "could not be taken back, as provision deleted would be refused";
    check(&free, &[], (1, 0), refused);
    check(
        &free,
        &["--plan"],
        (1, 0),
        "back: refused provision deleted",
    );
    check(
        &free,
        &["--one-way", "--plan"],
        (0, 0),
        "back: refused provision deleted",
    );
    check(&free, &["--one-way"], (0, 2), "done n1 deploy");
    check(&doomed, &["--one-way"], (5, 2), "provision deleted");
    let stage = Stage::with_config(&doomed, ONE_WAY);
    assert_eq!(run(&stage, &[&deploy[..], &["--one-way"]].concat()).0, 5);
    // What is left may wait for somebody to take the node out of maintenance, and for nothing else.
    let (code, text) = run(&stage, &["power-on", "n1"]);
    assert_eq!(code, 3, "{text}");
    assert!(text.contains("has to be recovered first"), "{text}");
    let (code, text) = run(&stage, &["maintenance-off", "n1"]);
    assert_eq!(code, 0, "{text}");
    // Nobody waits, so that nobody finds anything to take back.
    check(&free, &["--no-wait"], (0, 2), "done n1 deploy");
}

#[test]
fn a_config_drive_is_told_by_what_it_holds() {
    let image = {
        let parts = Parts {
            meta_data: br#"{"hostname": "web-1"}"#.to_vec().into(),
            ..Default::default()
        };
        build_iso(&parts).unwrap()
    };
    let base64 = to_base64(&image).unwrap();
    let gzip = STANDARD.decode(base64.as_bytes());
    let broken = base64
        .as_bytes()
        .chunks(76)
        .collect::<Vec<_>>()
        .join(&b'\n');
    let dir = tempfile::tempdir().unwrap();
    let check = |name: &str, content: &[u8], expected: Option<&str>| {
        let stage = Stage::new(&Node::number(1));
        let file = dir.path().join(name);
        std::fs::write(&file, content).unwrap();
        let drive = file.to_str().unwrap();
        let (code, text) = run(
            &stage,
            &["deploy", "n1", "--image", IMAGE, "--config-drive", drive],
        );
        let Some(expected) = expected else {
            assert_eq!((code, writes(&stage.ironic)), (2, 0), "{name}: {text}");
            assert!(text.contains("no config drive, expected"), "{name}: {text}");
            return;
        };
        assert_eq!(code, 0, "{name}: {text}");
        let sent = stage
            .ironic
            .look(|seen| seen.writes().last().unwrap().body.clone());
        let sent: Value = serde_json::from_slice(&sent).unwrap();
        let drive = &sent["configdrive"];
        assert_eq!(
            drive.as_str().map_or(drive.to_string(), str::to_owned),
            expected,
            "{name}"
        );
    };
    check("image", &image, Some(&base64));
    check("gzip", &gzip.unwrap(), Some(&base64));
    check("base64", base64.as_bytes(), Some(&base64));
    check("lines", &broken, Some(&base64));
    let parts = r#"{"meta_data":{"hostname":"web-1"}}"#;
    check("parts", parts.as_bytes(), Some(parts));
    check("text", b"hello, drive", None);
    check("cut", br#"{"meta_data":"#, None);
    check("empty", b"", None);
}

#[test]
fn exit_codes_say_what_has_become_of_the_node() {
    let check = |node: Node, words: &[&str], expected: i32, part: &str| {
        let stage = Stage::new(&node);
        let (code, text) = run(&stage, words);
        assert_eq!(code, expected, "{words:?}: {text}");
        assert!(text.contains(part), "{words:?}: {text}");
    };
    let free = || Node::number(1);
    check(free(), &["power-on", "n1"], 0, "power on");
    check(
        free(),
        &["deploy", "n1", "--image", "file:///etc/shadow"],
        1,
        "nothing was changed",
    );
    check(
        free(),
        &["deploy", "n1", "--image", IMAGE, "--timeout", "soon"],
        2,
        "timeout",
    );
    check(free(), &["power-on", "n2"], 3, "there is no node `n2`");
    let doomed = Node {
        fate: Fate::DeployFails,
        ..free()
    };
    check(
        doomed,
        &["deploy", "n1", "--image", IMAGE],
        3,
        "disk is too small",
    );
    let broken = Node {
        fate: Fate::PowerFails,
        ..free()
    };
    check(
        broken,
        &["power-on", "n1", "--json"],
        5,
        r#""kind":"unfinished""#,
    );
    let running = free().with_instance(INSTANCE);
    check(
        running,
        &["deploy", "n1", "--image", IMAGE],
        3,
        "expected `available`",
    );
}

/// The first asks to stop, and what was done is taken back; the second ends it in the middle of that,
/// and the journal knows where.
#[test]
fn a_second_interrupt_ends_it_at_once() {
    let stage = Stage::new(&Node::number(1));
    let before = stage.model.snapshot();
    let (reached, interrupting) = mpsc::channel();
    let (reached, model) = (Mutex::new(reached), stage.model.clone());
    let is_silent = AtomicBool::new(false);
    stage.ironic.direct(move |request| {
        if request.target.ends_with("/states/provision") {
            is_silent.store(true, Ordering::SeqCst);
            let _ = reached.lock().unwrap().send(());
        }
        if is_silent.load(Ordering::SeqCst) {
            return Script::of([Step::Silence]);
        }
        model.answer(request).script()
    });
    let mut child = stage.start(&["deploy", "n1", "--image", IMAGE, "--vif", VIFS[0]]);
    interrupting.recv_timeout(DEADLINE).unwrap();
    let pid = Pid::from_child(&child);
    kill_process(pid, Signal::INT).unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    said.read_line(&mut line).unwrap();
    assert!(line.starts_with("stopping"), "{line}");
    kill_process(pid, Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(5));
    assert_ne!(stage.model.snapshot(), before);
    let model = stage.model.clone();
    stage
        .ironic
        .direct(move |request| model.answer(request).script());
    // By its name: the journal goes by UUID.
    let (code, text) = run(&stage, &["recover", "n1"]);
    assert_eq!(code, 0, "{text}");
    assert_eq!(stage.model.snapshot(), before);
}

#[test]
fn several_nodes_go_side_by_side_with_a_line_each() {
    let stage = Stage::new(&Node::number(1));
    let model = Model::of((1..4).map(Node::number));
    let served = model.clone();
    stage
        .ironic
        .direct(move |request| served.answer(request).script());
    let (code, text) = run(&stage, &["power-on", "n1", "n2", "n3", "n4"]);
    assert_eq!(code, 3, "{text}");
    assert_eq!(
        text.lines()
            .filter(|line| line.starts_with("done n"))
            .count(),
        3,
        "{text}"
    );
    let (code, text) = run(&stage, &["list"]);
    assert_eq!((code, text.lines().count()), (0, 3), "{text}");
    let (code, text) = run(&stage, &["show", "n1"]);
    assert_eq!(
        serde_json::from_str::<Value>(&text).unwrap()["power_state"],
        "power on",
        "{code}"
    );
}
