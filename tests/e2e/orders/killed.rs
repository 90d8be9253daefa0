//! A process that is killed in the middle of an order, at every request it makes, before and after
//! Ironic has carried the request out: recovering ends at the goal or where it began.

use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use portcullis_tests::fake_ironic::{FakeIronic, Script, Step};
use portcullis_tests::gateway::laboratory_file;
use portcullis_tests::model::{Model, Node};
use portcullis_tests::workspace_root;
use serde_json::Value;
use tempfile::TempDir;

use super::scene::{IMAGE, INSTANCE, VIFS};

/// An order as it is typed, and a node that it is for.
struct Typed {
    words: &'static [&'static str],
    node: Node,
}

fn typed() -> Vec<Typed> {
    const DEPLOY: &[&str] = &[
        "deploy",
        "--image",
        IMAGE,
        "--vif",
        VIFS[0],
        "--vif",
        VIFS[1],
        "--instance",
        INSTANCE,
        "--volume",
        "iscsi:vol-1:1",
    ];
    let running = || {
        let mut node = Node::number(1).with_instance(INSTANCE);
        node.vifs = vec![VIFS[0].into()];
        node
    };
    let orphaned = Node {
        vifs: vec![VIFS[0].into()],
        instance: Some(INSTANCE.into()),
        ..Node::number(1)
    };
    let powered = Node {
        power: "power on".into(),
        ..Node::number(1)
    };
    vec![
        Typed {
            words: DEPLOY,
            node: Node::number(1),
        },
        Typed {
            words: &["destroy"],
            node: running(),
        },
        Typed {
            words: &["destroy"],
            node: orphaned,
        },
        Typed {
            words: &["rebuild", "--image", IMAGE],
            node: running(),
        },
        Typed {
            words: &["power-off", "--soft", "5s"],
            node: powered,
        },
        Typed {
            words: &["attach-vif", "--vif", VIFS[0]],
            node: Node::number(1),
        },
        Typed {
            words: &["provide"],
            node: Node::number(1).in_state("manageable"),
        },
    ]
}

/// What runs the command against a model.
pub struct Stage {
    pub model: Model,
    pub ironic: FakeIronic,
    dir: TempDir,
}

impl Stage {
    pub fn new(node: &Node) -> Self {
        let laboratory = std::fs::read_to_string(laboratory_file()).unwrap();
        Self::with_config(node, &laboratory)
    }

    /// With another configuration, for an Ironic at its usual port.
    pub fn with_config(node: &Node, config: &str) -> Self {
        let model = Model::of([node.clone()]);
        let ironic = FakeIronic::start();
        let served = model.clone();
        ironic.direct(move |request| served.answer(request).script());
        let dir = tempfile::tempdir().unwrap();
        let config = config.replace("http://127.0.0.1:6385", &ironic.url());
        std::fs::write(dir.path().join("portcullis.toml"), config).unwrap();
        Self { model, ironic, dir }
    }

    pub fn start(&self, words: &[&str]) -> Child {
        Command::new(workspace_root().join("target/release/portcullis"))
            .args(["node"])
            .args(words)
            .args(["--timeout", "20s", "--config"])
            .arg(self.dir.path().join("portcullis.toml"))
            .arg("--journal")
            .arg(self.dir.path().join("journal"))
            .env_clear()
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    fn journals(&self) -> usize {
        let entries = std::fs::read_dir(self.dir.path().join("journal")).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.ends_with(".journal")).count()
    }
}

/// What Ironic makes of the request at which the command is killed.
#[derive(Clone, Copy, Debug)]
enum Done {
    No,
    Yes,
    /// When recovering has begun.
    Late,
}

/// The requests an order makes undisturbed, and what it leads to.
fn undisturbed(typed: &Typed) -> (Vec<String>, Value) {
    let stage = Stage::new(&typed.node);
    let output = stage
        .start(&[typed.words, &[&typed.node.uuid]].concat())
        .wait_with_output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{:?}: {said}{}",
        typed.words,
        String::from_utf8_lossy(&output.stdout)
    );
    (stage.ironic.lines(), stage.model.snapshot())
}

/// Kills the command at a request, and recovers. What is wrong, if anything.
fn kill_and_recover(typed: &Typed, at: usize, done: Done, goal: &Value) -> Result<(), String> {
    let stage = Stage::new(&typed.node);
    let before = Model::of([typed.node.clone()]).snapshot();
    let (reached, killing) = std::sync::mpsc::channel();
    let (count, model) = (AtomicUsize::new(0), stage.model.clone());
    let reached = Mutex::new(reached);
    stage.ironic.direct(move |request| {
        if count.fetch_add(1, Ordering::SeqCst) != at {
            return model.answer(request).script();
        }
        match done {
            Done::No => {}
            Done::Yes => drop(model.answer(request)),
            Done::Late => model.carry_out_later(request, 4),
        }
        let _ = reached.lock().unwrap().send(());
        Script::of([Step::Silence])
    });
    let mut child = stage.start(&[typed.words, &[&typed.node.uuid]].concat());
    let was_reached = killing
        .recv_timeout(std::time::Duration::from_secs(20))
        .is_ok();
    child.kill().unwrap();
    child.wait().unwrap();
    if !was_reached {
        return Err("the request never came".into());
    }
    let output = stage.start(&["recover"]).wait_with_output().unwrap();
    let now = stage.model.snapshot();
    let said = || {
        format!(
            "{}{}\nbefore {before}\nnow {now}\n{:?}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
            stage.ironic.lines(),
        )
    };
    if !output.status.success() {
        return Err(format!("recovering fails: {}", said()));
    }
    if stage.journals() != 0 {
        return Err(format!("a journal is left: {}", said()));
    }
    // Ironic may carry out what it had begun all the same: an end is an end.
    if now == *goal || now == before {
        Ok(())
    } else {
        Err(said())
    }
}

#[test]
fn a_process_killed_at_any_request_is_recovered() {
    let mut points = Vec::new();
    let all = typed();
    for typed in &all {
        let (requests, goal) = undisturbed(typed);
        for (at, line) in requests.iter().enumerate() {
            let late = (!line.starts_with("GET")).then_some(Done::Late);
            for done in [Done::No, Done::Yes].into_iter().chain(late) {
                points.push((typed, at, done, goal.clone()));
            }
        }
    }
    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        // Most of the time they wait, to see whether a write without an answer takes effect.
        for _ in 0..12 {
            scope.spawn(|| {
                while let Some((typed, at, done, goal)) =
                    points.get(next.fetch_add(1, Ordering::SeqCst))
                {
                    if let Err(error) = kill_and_recover(typed, *at, *done, goal) {
                        let words = typed.words.join(" ");
                        let line = format!("{words}, request {at}, done {done:?}: {error}");
                        wrong.lock().unwrap().push(line);
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    println!("{} points", points.len());
    assert!(
        wrong.is_empty(),
        "{} of {} points:\n{}",
        wrong.len(),
        points.len(),
        wrong.join("\n\n")
    );
}
