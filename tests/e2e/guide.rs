//! The policy author's guide keeps its word: all its commands are run, as they are written, in a
//! copy of the checkout.
//!
//! The copy takes over what has been built already, so that only the guide's own policy is new
//! to the compiler.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use portcullis_tests::workspace_root;

const GUIDE: &str = "docs/write-a-policy.md";
/// Longest time for all of it, on a machine that does other things as well; shorter than the test
/// runner's patience, so that what was said until then is shown.
const PATIENCE: Duration = Duration::from_secs(690);

#[test]
fn the_guide_leads_to_a_policy_in_the_gateway() {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let checkout = directory.path().join("portcullis");
    copy_sources(&checkout);
    take_over_products(&checkout);
    let guide = fs::read_to_string(checkout.join(GUIDE)).unwrap();
    let commands = console_blocks(&guide);
    assert!(!commands.is_empty(), "{GUIDE} has no command");

    let output = run(&checkout, &commands);
    let (said, complained) = (text(&output.stdout), text(&output.stderr));
    let told = format!("{}\n{said}\n{complained}", output.status);
    assert!(output.status.success(), "{told}");
    // Three cases of the policy, natively and in the sandbox; one request refused by the command
    // and one by the gateway, with the finding.
    assert!(complained.contains("3 cases passed"), "{told}");
    assert!(said.lines().any(|line| line == "refused"), "{told}");
    assert!(said.contains("a reason without a ticket"), "{told}");
    assert!(said.contains("error_message"), "{told}");
}

/// The commands of all blocks that are marked as typed into a console.
fn console_blocks(guide: &str) -> String {
    let mut commands = String::new();
    let mut is_command = false;
    for line in guide.lines() {
        match line {
            "```console" => is_command = true,
            "```" => is_command = false,
            command if is_command => {
                commands.push_str(command);
                commands.push('\n');
            }
            _ => {}
        }
    }
    commands
}

/// Runs the commands in one shell, which stops at the first that fails and leaves no process
/// behind.
fn run(checkout: &Path, commands: &str) -> Output {
    let script = format!("trap 'kill $(jobs -p) 2> /dev/null || true; wait' EXIT\n{commands}");
    let mut shell = Command::new("timeout");
    shell
        .arg(PATIENCE.as_secs().to_string())
        .args(["bash", "-euo", "pipefail", "-c", &script])
        .current_dir(checkout)
        .stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(is_about_this_checkout) {
            shell.env_remove(name);
        }
    }
    shell.env("CARGO_NET_OFFLINE", "true");
    shell.output().unwrap()
}

/// Whether a variable is what cargo and the test runner tell a test about where it comes from.
fn is_about_this_checkout(name: &str) -> bool {
    const PREFIXES: [&str; 5] = [
        "CARGO_BIN_EXE_",
        "CARGO_MANIFEST_",
        "CARGO_PKG_",
        "CARGO_TARGET_",
        "NEXTEST",
    ];
    PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// Copies what git knows or would take, as old as it is: cargo goes by the age of files.
fn copy_sources(checkout: &Path) {
    let root = workspace_root();
    fs::create_dir_all(checkout).unwrap();
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(&root)
        .output()
        .unwrap();
    assert!(listed.status.success(), "{}", text(&listed.stderr));
    let listed = text(&listed.stdout);
    // A file that has been deleted is listed until that is committed.
    let files = listed.lines().filter(|file| root.join(file).is_file());
    let mut copy = Command::new("cp");
    copy.args(["--archive", "--parents", "--target-directory"])
        .arg(checkout)
        .args(files)
        .current_dir(&root);
    succeed(&mut copy);
}

/// Links to what has been built. Compiler and linker replace a file rather than write into it,
/// so the originals are safe; cargo's own notes, and what build scripts wrote, are copied, for
/// they are written over in place.
fn take_over_products(checkout: &Path) {
    let products = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let guests = workspace_root().join("target");
    let target = checkout.join("target");
    fs::create_dir(&target).unwrap();
    for part in [
        products.join("debug"),
        products.join("release"),
        guests.join("wasm"),
    ] {
        if part.is_dir() {
            succeed(
                Command::new("cp")
                    .args(["--archive", "--link"])
                    .args([&part, &target]),
            );
        }
    }
    succeed(
        Command::new("cp")
            .arg("--archive")
            .arg(guests.join("guests"))
            .arg(&target),
    );
    let disconnect = "rm -rf */incremental
        find . -type d '(' -name .fingerprint -o -name build ')' -prune -print0 |
        while IFS= read -r -d '' linked; do
            cp --archive \"$linked\" \"$linked.own\"
            rm -r \"$linked\"
            mv \"$linked.own\" \"$linked\"
        done";
    succeed(
        Command::new("bash")
            .args(["-euo", "pipefail", "-c", disconnect])
            .current_dir(&target),
    );
}

fn succeed(command: &mut Command) {
    let output = command.output().unwrap();
    let complaint = text(&output.stderr);
    assert!(output.status.success(), "{command:?}: {complaint}");
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
