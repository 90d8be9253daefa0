//! `portcullis node` as it is typed: what it prints, what it sends, and its exit codes.

use portcullis_tests::fake_ironic::FakeIronic;
use portcullis_tests::model::{Fate, Model, Node};
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
        "back: detach VIF",
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
