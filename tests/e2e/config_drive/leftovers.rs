//! What is left of a drive once its request is over: nothing in memory, and no file.

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use portcullis::config_drive::{Parts, build_iso};
use portcullis_tests::fake_ironic::{DEADLINE, FakeIronic};
use portcullis_tests::gateway::{Gateway, Setup, binary};
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use serde_json::json;
use tempfile::NamedTempFile;

use super::readers::has_program;
use super::{NODE, base64, deploy, encoded, gzip, image, parts};
use crate::writes::{HEADERS, PROVISION};

/// Stands in a drive and nowhere else. Assembled, so that no program has it in its code.
fn marker(what: &str) -> String {
    ["marker", "of", what, &"x7Q".repeat(8)].join("-")
}

fn parts_with(marker: &str) -> Parts {
    let meta_data = json!({"uuid": NODE, "name": "n1", "description": marker});
    Parts {
        meta_data: meta_data.to_string().into_bytes().into(),
        user_data: Some(format!("#!/bin/sh\necho {marker}\n").into_bytes().into()),
        ..parts()
    }
}

/// Whether this stands anywhere in the memory of a process.
fn is_in_memory(process: u32, wanted: &str) -> bool {
    const PIECE: usize = 1 << 20;
    let maps = fs::read_to_string(format!("/proc/{process}/maps")).unwrap();
    let mut memory = fs::File::open(format!("/proc/{process}/mem")).unwrap();
    let mut buffer = vec![0; PIECE + wanted.len()];
    for map in maps.lines() {
        let (range, rest) = map.split_once(' ').unwrap();
        // What cannot be written to holds nothing that arrived.
        if !rest.starts_with("rw") {
            continue;
        }
        let (start, end) = range.split_once('-').unwrap();
        let [mut at, end] = [start, end].map(|it| u64::from_str_radix(it, 16).unwrap());
        while at < end {
            let length = buffer.len().min((end - at) as usize);
            memory.seek(SeekFrom::Start(at)).unwrap();
            // A mapping may have gone since.
            let Ok(()) = memory.read_exact(&mut buffer[..length]) else {
                break;
            };
            let found = buffer[..length]
                .windows(wanted.len())
                .any(|it| it == wanted.as_bytes());
            if found {
                return true;
            }
            at += PIECE as u64;
        }
    }
    false
}

/// Waits until it is gone: connections that are kept open for the next request keep their buffers
/// for as long as they live.
fn assert_forgotten(gateway: &Gateway, marker: &str) {
    let until = Instant::now() + DEADLINE;
    while is_in_memory(gateway.process(), marker) {
        assert!(Instant::now() < until, "`{marker}` is still in memory");
        std::thread::yield_now();
    }
}

#[test]
fn nothing_of_a_drive_stays_in_memory() {
    let fake = FakeIronic::start();
    let gateway = Setup::new(&fake.url())
        .policy("config-drive", "bundled:config-drive", "")
        .more("[config_drive]\nrebuild = true")
        .start();
    let send = |body: &[u8]| {
        gateway
            .client()
            .ask("PUT", PROVISION, &HEADERS, body)
            .status
    };
    let (image, json, refused) = (marker("image"), marker("json"), marker("refused"));
    let drive = build_iso(&parts_with(&image)).unwrap();
    assert!(send(&deploy(&base64(&drive))) < 300);
    let meta_data = json!({"uuid": NODE, "description": json});
    let body = json!({"target": "active", "configdrive": {"meta_data": meta_data}}).to_string();
    assert!(send(body.as_bytes()) < 300);
    let mut hidden = build_iso(&parts_with(&refused)).unwrap().to_vec();
    hidden[100] = 1;
    assert_eq!(send(&deploy(&base64(&hidden))), 403);
    gateway.wait_until_idle();
    for marker in [&image, &json, &refused] {
        assert_forgotten(&gateway, marker);
    }
    // The search itself finds what is there: the name of the policy.
    assert!(is_in_memory(gateway.process(), "config-drive"));
}

/// What quotes a secret is looked through for every form of it, and none of those stays either.
#[test]
fn no_form_of_a_secret_stays_in_memory() {
    let fake = FakeIronic::start();
    let gateway = Setup::new(&fake.url())
        .policy("config-drive", "bundled:config-drive", "")
        .start();
    let marker = marker("forms");
    // The finding points at a key that is the value of the other one.
    let meta_data = json!({
        "uuid": NODE,
        "admin_pass": marker,
        format!("{marker}-password"): "swordfish",
    });
    let body = json!({"target": "active", "configdrive": {"meta_data": meta_data}}).to_string();
    let answer = gateway
        .client()
        .ask("PUT", PROVISION, &HEADERS, body.as_bytes());
    assert_eq!(answer.status, 403);
    let said = String::from_utf8_lossy(&answer.body);
    assert!(said.contains("[redacted]-password"), "{said}");
    gateway.wait_until_idle();
    let hex: String = marker.bytes().map(|byte| format!("{byte:02x}")).collect();
    for form in [encoded(marker.as_bytes()), hex.to_uppercase(), hex] {
        assert_forgotten(&gateway, &form);
    }
}

/// From now on the process cannot write a byte into any file: trying to would kill it.
fn forbid_files(process: u32) {
    let process = Pid::from_raw(process.try_into().unwrap());
    let nothing = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    prlimit(process, Resource::Fsize, nothing).unwrap();
}

/// What has a path and is no file on a disk.
const OTHER: [&str; 3] = ["/dev/", "/proc/", "/memfd:"];

#[test]
fn the_gateway_writes_no_file() {
    let fake = FakeIronic::start();
    let gateway = Setup::new(&fake.url())
        .policy("config-drive", "bundled:config-drive", "")
        .decisions("/dev/null")
        .more("[config_drive]\nrebuild = true")
        .start();
    let send = |body: &[u8]| {
        gateway
            .client()
            .ask("PUT", PROVISION, &HEADERS, body)
            .status
    };
    // The first drive readies the drive reader, whose code is in memory that the system counts as a
    // file.
    assert!(send(&deploy(&base64(&image()))) < 300);
    forbid_files(gateway.process());
    assert_eq!(send(&deploy(&encoded(&gzip(&vec![0; 65 << 20])))), 403);
    assert_eq!(send(&deploy(&encoded(b"hostile"))), 403);
    assert!(send(&deploy(&base64(&image()))) < 300);
    let open = fs::read_dir(format!("/proc/{}/fd", gateway.process())).unwrap();
    for link in open.filter_map(|entry| fs::read_link(entry.unwrap().path()).ok()) {
        let is_file = link.starts_with("/")
            && !OTHER
                .iter()
                .any(|other| link.to_string_lossy().starts_with(other));
        assert!(!is_file, "{} is open", link.display());
    }
}

/// Every system call that makes a file, or another name for one.
const MAKES_FILES: &str = "trace=open,openat,openat2,creat,mkdir,mkdirat,mknod,mknodat,link,linkat,\
                           symlink,symlinkat,rename,renameat,renameat2";

/// Sees every file that a process makes from now on, wherever that is.
struct Watch {
    strace: Child,
    log: NamedTempFile,
}

impl Watch {
    /// `None` where there is nothing to watch with.
    fn on(process: u32) -> Option<Self> {
        if !has_program("strace") {
            return None;
        }
        let log = NamedTempFile::new().unwrap();
        let mut strace = Command::new("strace")
            .args(["-f", "-e", MAKES_FILES, "-p", &process.to_string(), "-o"])
            .arg(log.path())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        let mut lines = BufReader::new(strace.stderr.take().unwrap());
        while !said.contains("attached") {
            let length = lines.read_line(&mut said).unwrap();
            assert_ne!(length, 0, "strace may not watch: {said}");
        }
        // What else it says is of no interest, but has to go somewhere.
        std::thread::spawn(move || io::copy(&mut lines, &mut io::sink()));
        Some(Self { strace, log })
    }

    /// What was made until the process ended, by system calls.
    fn made(mut self) -> Vec<String> {
        self.strace.wait().unwrap();
        let log = fs::read_to_string(self.log.path()).unwrap();
        let makes = |line: &&str| {
            let call = line
                .split_once(' ')
                .map_or("", |(_, call)| call.trim_start());
            let opens = call.starts_with("open");
            let is_call = call.split('(').next().is_some_and(|name| {
                MAKES_FILES
                    .split(['=', ','])
                    .any(|traced| traced.trim() == name)
            });
            is_call && (!opens || call.contains("O_CREAT") || call.contains("O_TMPFILE"))
        };
        log.lines().filter(makes).map(str::to_owned).collect()
    }
}

#[test]
fn no_file_is_made_by_the_gateway_until_it_is_killed() {
    let fake = FakeIronic::start();
    let gateway = Setup::new(&fake.url())
        .policy("config-drive", "bundled:config-drive", "")
        .more("[config_drive]\nrebuild = true")
        .start();
    let Some(watch) = Watch::on(gateway.process()) else {
        return;
    };
    let mut client = gateway.client();
    for (drive, expected) in [
        (base64(&image()), 202),
        (encoded(&gzip(&vec![0; 65 << 20])), 403),
        (encoded(b"hostile"), 403),
        (base64(&image()), 202),
    ] {
        let reply = client.ask("PUT", PROVISION, &HEADERS, &deploy(&drive));
        assert_eq!(reply.status, expected);
    }
    // In the middle of a drive.
    let head = format!("PUT {PROVISION} HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n");
    let mut half = gateway.client();
    half.send(head.as_bytes());
    half.send(&deploy(&base64(&image()))[..500]);
    gateway.wait_until("half a drive is there", || {
        gateway.metric("portcullis_body_memory_bytes") > 0
    });
    drop(gateway);
    assert_eq!(watch.made(), Vec::<String>::new());
}

#[test]
fn no_file_is_made_by_the_command_but_the_one_that_is_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let bomb = encoded(&gzip(&vec![0; 65 << 20]));
    let wanted = dir.path().join("wanted.iso");
    let build = ["build", "--meta-data", "-", "-o"];
    let meta_data = json!({"uuid": NODE}).to_string();
    for (arguments, input, is_killed, expected) in [
        (vec!["inspect", "-"], base64(&image()), false, 0),
        (vec!["check", "-"], bomb.clone(), false, 0),
        (vec!["check", "-"], base64(&image()), true, 0),
        (vec!["inspect", "-"], bomb, true, 0),
        ([&build[..], &["-"]].concat(), meta_data.clone(), false, 0),
        // The watch sees what is there to see.
        (
            [&build[..], &[wanted.to_str().unwrap()]].concat(),
            meta_data,
            false,
            1,
        ),
    ] {
        let mut child = command_in(dir.path())
            .arg("config-drive")
            .args(&arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // It waits for its input, with which all it could write would come.
        let Some(watch) = Watch::on(child.id()) else {
            child.kill().unwrap();
            child.wait().unwrap();
            return;
        };
        let mut stdin = child.stdin.take().unwrap();
        if is_killed {
            stdin
                .write_all(&input.as_bytes()[..input.len() / 2])
                .unwrap();
            child.kill().unwrap();
        } else {
            stdin.write_all(input.as_bytes()).unwrap();
        }
        drop(stdin);
        child.wait().unwrap();
        let made = watch.made();
        assert_eq!(made.len(), expected, "{arguments:?}: {made:?}");
    }
}

/// A command whose every place for files is an empty directory.
fn command_in(dir: &Path) -> Command {
    let mut command = Command::new(binary());
    command
        .current_dir(dir)
        .env_clear()
        .env("TMPDIR", dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn assert_empty(dir: &Path, after: &str) {
    let left: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|it| it.unwrap().path())
        .collect();
    assert!(left.is_empty(), "after {after}: {left:?}");
}

#[test]
fn the_command_leaves_no_file_not_even_when_it_is_killed() {
    let dir = tempfile::tempdir().unwrap();
    let bomb = encoded(&gzip(&vec![0; 65 << 20]));
    for (arguments, input) in [
        (["inspect", "-"], base64(&image())),
        (["check", "-"], base64(&image())),
        (["check", "-"], bomb.clone()),
        (["inspect", "-"], bomb),
    ] {
        let mut child = command_in(dir.path())
            .arg("config-drive")
            .args(arguments)
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(input.as_bytes())
            .unwrap();
        child.wait_with_output().unwrap();
        assert_empty(dir.path(), arguments[0]);
        // In the middle of its input, which it waits for.
        let mut child = command_in(dir.path())
            .arg("config-drive")
            .args(arguments)
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin
            .write_all(&input.as_bytes()[..input.len() / 2])
            .unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        assert_empty(dir.path(), "a kill");
    }
}
