//! `portcullis sanitize`, as a pipe, on files, and on files that grow.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use portcullis_tests::gateway::{binary, run};
use rustix::process::{Pid, Signal, kill_process};

/// Within this, a line has to have come through.
const DEADLINE: Duration = Duration::from_secs(60);

const LOG: &str = "2026-01-01 harmless\n2026-01-01 password: hunter2\n";
const CLEAN: &str = "2026-01-01 harmless\n2026-01-01 password: [redacted:password]\n";

fn sanitized(arguments: &[&str], input: &str) -> (Option<i32>, String, String) {
    let all: Vec<_> = ["sanitize"].iter().chain(arguments).collect();
    let Output {
        status,
        stdout,
        stderr,
    } = run(&all, input);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

/// The command with its pipes, and the lines that come out of it.
fn start(arguments: &[&str]) -> (Child, Receiver<String>) {
    let mut child = Command::new(binary())
        .arg("sanitize")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let out = child.stdout.take().unwrap();
    let (sender, lines) = channel();
    thread::spawn(move || {
        for line in BufReader::new(out).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    (child, lines)
}

fn stop(child: &Child) {
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    kill_process(pid, Signal::TERM).unwrap();
}

#[test]
fn a_pipe_loses_its_secrets_and_keeps_its_lines() {
    let (code, out, err) = sanitized(&[], LOG);
    assert_eq!((code, &*out, &*err), (Some(0), CLEAN, ""));
    // The last line may lack its end.
    let (_, out, _) = sanitized(&[], LOG.trim_end());
    assert_eq!(out, CLEAN.trim_end());
    let (_, out, _) = sanitized(&[], "");
    assert_eq!(out, "");
}

#[test]
fn json_lines_stay_json() {
    let oslo = "{\"message\": \"x\", \"extra\": {\"admin_password\": 12345678}}\n";
    let clean = "{\"message\": \"x\", \"extra\": {\"admin_password\": \"[redacted:password]\"}}\n";
    for format in ["auto", "oslo-json", "journald-json"] {
        assert_eq!(sanitized(&["--format", format], oslo).1, clean, "{format}");
    }
}

#[test]
fn checks_shows_and_counts_without_telling() {
    let (code, out, _) = sanitized(&["--check"], LOG);
    assert_eq!((code, &*out), (Some(1), ""));
    assert_eq!(sanitized(&["--check"], CLEAN).0, Some(0));
    let (code, out, _) = sanitized(&["--diff"], LOG);
    assert_eq!(
        (code, &*out),
        (Some(0), "-:2: 2026-01-01 password: [redacted:password]\n")
    );
    let (_, out, err) = sanitized(&["--stats"], LOG);
    assert_eq!(out, CLEAN);
    assert!(
        err.contains("1 of 2 lines changed") && err.contains("1  password"),
        "{err}"
    );
    assert!(!err.contains("hunter2"));
}

#[test]
fn files_are_read_one_after_the_other_and_written_for_nobody_else() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).display().to_string();
    fs::write(path("a"), LOG).unwrap();
    fs::write(path("b"), "b token=abcdef\n").unwrap();
    let (code, out, _) = sanitized(&["--output", &path("out"), &path("a"), &path("b")], "");
    assert_eq!((code, &*out), (Some(0), ""));
    let written = fs::read_to_string(path("out")).unwrap();
    assert_eq!(written, format!("{CLEAN}b token=[redacted:token]\n"));
    assert_eq!(
        fs::metadata(path("out")).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let (code, out, err) = sanitized(&[&path("missing"), &path("a")], "");
    assert_eq!((code, &*out), (Some(2), CLEAN));
    assert!(err.contains("missing"), "{err}");
}

#[test]
fn a_line_comes_out_as_soon_as_it_is_in_and_a_signal_lets_the_rest_be_written() {
    let (mut child, lines) = start(&[]);
    let mut input = child.stdin.take().unwrap();
    input
        .write_all(b"password: hunter2\nand a half password: hun")
        .unwrap();
    assert_eq!(
        lines.recv_timeout(DEADLINE).unwrap(),
        "password: [redacted:password]"
    );
    stop(&child);
    assert_eq!(
        lines.recv_timeout(DEADLINE).unwrap(),
        "and a half password: [redacted:password]"
    );
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_file_is_followed_when_it_grows_and_when_it_is_rotated() {
    let dir = tempfile::tempdir().unwrap();
    let (path, old) = (dir.path().join("a.log"), dir.path().join("a.log.1"));
    fs::write(&path, "first\n").unwrap();
    let (mut child, lines) = start(&["--follow", path.to_str().unwrap()]);
    let next = || lines.recv_timeout(DEADLINE).unwrap();
    assert_eq!(next(), "first");
    let mut file = File::options().append(true).open(&path).unwrap();
    file.write_all(b"token=abcdef1\n").unwrap();
    assert_eq!(next(), "token=[redacted:token]");
    fs::rename(&path, &old).unwrap();
    file.write_all(b"after it was moved\n").unwrap();
    fs::write(&path, "in the new one\n").unwrap();
    assert_eq!(next(), "after it was moved");
    assert_eq!(next(), "in the new one");
    // Emptied in place, and longer than before when somebody looks again: nothing of it is skipped.
    fs::write(&path, "emptied, with password=hunter2 in it\n").unwrap();
    assert_eq!(next(), "emptied, with password=[redacted:password] in it");
    stop(&child);
    assert!(child.wait().unwrap().success());
}
