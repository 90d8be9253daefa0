//! `cargo xtask policy`: begin a policy, build it, run its cases.

mod cases;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};

use crate::say::{self, Step};
use crate::workspace::{Workspace, cargo, run};
use crate::{build, guests};

/// Where policies live.
const DIRECTORY: &str = "policies";

/// Files of a new policy; `@NAME@` in them stands for its name.
const TEMPLATE: [(&str, &str); 4] = [
    ("Cargo.toml", include_str!("policy/template/Cargo.toml.in")),
    ("src/lib.rs", include_str!("policy/template/src/lib.rs.in")),
    (
        "settings.schema.json",
        include_str!("policy/template/settings.schema.json.in"),
    ),
    (
        "cases/reason.json",
        include_str!("policy/template/cases/reason.json.in"),
    ),
];

/// Creates `policies/NAME` and makes it a member of the workspace.
///
/// # Errors
///
/// When the name will not do or is taken, or files cannot be written.
pub fn new(workspace: &Workspace, name: &str) -> Result<()> {
    check_name(name)?;
    let directory = workspace.root().join(DIRECTORY).join(name);
    if directory.exists() {
        bail!("{} is there already", workspace.shown(&directory));
    }
    let manifest = workspace.root().join("Cargo.toml");
    let members =
        fs::read_to_string(&manifest).context("cannot read the workspace's Cargo.toml")?;
    let members = with_member(&members, &format!("{DIRECTORY}/{name}"))?;
    for (file, content) in TEMPLATE {
        write(&directory.join(file), &content.replace("@NAME@", name))?;
    }
    write(&manifest, &members)?;
    say::text(&format!(
        "A policy that works is in {DIRECTORY}/{name}: change src/lib.rs and cases/.\n\n  \
         cargo xtask policy test {name}    run its cases, natively and in the sandbox\n  \
         cargo xtask policy build {name}   build target/guests/{name}.wasm\n"
    ));
    Ok(())
}

/// Builds one policy or all of them, and says how to use what was built.
///
/// # Errors
///
/// When there is no such policy or it does not compile.
pub fn build(workspace: &Workspace, name: Option<&str>) -> Result<()> {
    let names = names(workspace, name)?;
    guests::build(workspace, &names)?;
    for name in names {
        say::text(&format!("target/guests/{name}.wasm\n"));
    }
    say::note(
        "Name such a file as `source` of a [[policy]] in the configuration; it needs nothing else.",
    );
    Ok(())
}

/// Runs the tests and cases of one policy or of all: natively, then as the gateway would.
///
/// # Errors
///
/// When a case is answered otherwise than it expects.
pub fn test(workspace: &Workspace, name: Option<&str>) -> Result<()> {
    let names = names(workspace, name)?;
    guests::build(workspace, &names)?;
    let binary = build::command(workspace)?;
    for name in names {
        let step = Step::begin(format!("{name}: running its tests natively"));
        let package = package(workspace, &name)?;
        let mut native = cargo();
        native.current_dir(workspace.root()).args([
            "test",
            "--quiet",
            "--release",
            "--package",
            &package,
        ]);
        run(&mut native)?;
        step.end("passed");
        let step = Step::begin(format!("{name}: running its cases in the sandbox"));
        let count = cases::run(workspace, &binary, &name)?;
        step.end(&format!("{count} cases passed"));
    }
    Ok(())
}

/// The policy of this name, or all there are.
fn names(workspace: &Workspace, name: Option<&str>) -> Result<Vec<String>> {
    if let Some(name) = name {
        return package(workspace, name).map(|_| vec![name.to_owned()]);
    }
    let all = workspace
        .packages()
        .iter()
        .map(|package| package.directory.as_path());
    Ok(all
        .filter(|directory| directory.parent() == Some(Path::new(DIRECTORY)))
        .filter_map(|directory| Some(directory.file_name()?.to_str()?.to_owned()))
        .collect())
}

fn package(workspace: &Workspace, name: &str) -> Result<String> {
    let directory: PathBuf = [DIRECTORY, name].iter().collect();
    let found = workspace
        .packages()
        .iter()
        .find(|package| package.directory == directory);
    let found = found.ok_or_else(|| {
        anyhow!(
            "no policy `{name}` in {DIRECTORY}/; `cargo xtask policy new {name}` would begin one"
        )
    })?;
    Ok(found.name.clone())
}

fn check_name(name: &str) -> Result<()> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let begins_well = name.starts_with(|first: char| first.is_ascii_lowercase());
    if !begins_well || !name.bytes().all(plain) || name.ends_with('-') || name.len() > 50 {
        bail!(
            "`{name}` cannot be a policy's name, expected a-z, 0-9 and -, beginning with a letter, at most 50 of them"
        );
    }
    Ok(())
}

/// A manifest with one more member, the list in order.
fn with_member(manifest: &str, member: &str) -> Result<String> {
    let (before, rest) = manifest
        .split_once("members = [\n")
        .ok_or_else(|| anyhow!("the workspace's Cargo.toml has no list of members, one a line"))?;
    let (list, after) = rest
        .split_once(']')
        .ok_or_else(|| anyhow!("the list of members has no end"))?;
    let mut members: Vec<String> = list.lines().map(str::to_owned).collect();
    members.push(format!("    \"{member}\","));
    members.sort();
    Ok(format!(
        "{before}members = [\n{}\n]{after}",
        members.join("\n")
    ))
}

fn write(path: &Path, content: &str) -> Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)
            .with_context(|| format!("cannot create {}", parent.display()))?;
    }
    fs::write(path, content).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::{check_name, with_member};

    #[test]
    fn a_member_is_put_in_its_place() {
        let manifest =
            "[workspace]\nmembers = [\n    \"guest\",\n    \"xtask\",\n]\n\n[profile.x]\n";
        let expected = "[workspace]\nmembers = [\n    \"guest\",\n    \"policies/mine\",\n    \"xtask\",\n]\n\n[profile.x]\n";
        assert_eq!(with_member(manifest, "policies/mine").unwrap(), expected);
        assert!(with_member("[workspace]\n", "policies/mine").is_err());
    }

    #[test]
    fn names_are_plain() {
        let check =
            |name: &str, accepted: bool| assert_eq!(check_name(name).is_ok(), accepted, "{name}");
        check("needs-reason", true);
        check("a1", true);
        check("", false);
        check("1a", false);
        check("Mine", false);
        check("../x", false);
        check("a-", false);
    }
}
