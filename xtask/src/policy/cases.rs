//! Runs a policy's cases as the gateway would: the built component, in the sandbox, by
//! `portcullis check`.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, anyhow, bail};
use serde_json::{Value, json};

use crate::workspace::{Workspace, output};

/// A case and what names it in messages.
struct Case {
    title: String,
    content: Value,
}

/// Runs all cases of a policy, and returns how many there are.
///
/// # Errors
///
/// When there is none, one cannot be read, or one is answered otherwise than it expects: the
/// message lists them all.
pub fn run(workspace: &Workspace, binary: &Path, name: &str) -> Result<usize> {
    let cases = load(&workspace.root().join("policies").join(name).join("cases"))?;
    let judge = Judge::new(workspace, binary, name)?;
    let mut wrong = Vec::new();
    for case in &cases {
        let judged = judge.ask(case).with_context(|| case.title.clone())?;
        if let Some(difference) = difference(&case.content, &judged) {
            wrong.push(format!("{}\n  {difference}", case.title));
        }
    }
    if !wrong.is_empty() {
        bail!(
            "{} of {} cases are answered otherwise in the sandbox:\n{}",
            wrong.len(),
            cases.len(),
            wrong.join("\n")
        );
    }
    Ok(cases.len())
}

fn load(directory: &Path) -> Result<Vec<Case>> {
    let entries =
        fs::read_dir(directory).with_context(|| format!("cannot read {}", directory.display()))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| {
        file.extension()
            .is_some_and(|extension| extension == "json")
    });
    files.sort();
    let mut cases = Vec::new();
    for file in files {
        let text =
            fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let content: Value = serde_json::from_str(&text)
            .with_context(|| format!("{} is not JSON", file.display()))?;
        let list = match content {
            Value::Array(list) => list,
            one => vec![one],
        };
        let file = file
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        cases.extend(list.into_iter().map(|content| Case {
            title: title(&file, &content),
            content,
        }));
    }
    if cases.is_empty() {
        bail!(
            "no case in {}, expected *.json files with at least one",
            directory.display()
        );
    }
    Ok(cases)
}

fn title(file: &str, case: &Value) -> String {
    format!(
        "{file}: {}",
        case.get("name")
            .and_then(Value::as_str)
            .unwrap_or("a case without a name")
    )
}

/// Asks `portcullis check` with a configuration that has this policy only.
struct Judge<'a> {
    binary: &'a Path,
    name: &'a str,
    component: PathBuf,
    capabilities: Value,
    directory: PathBuf,
}

impl<'a> Judge<'a> {
    fn new(workspace: &Workspace, binary: &'a Path, name: &'a str) -> Result<Self> {
        let component = workspace
            .root()
            .join("target/guests")
            .join(format!("{name}.wasm"));
        let shown = component.display().to_string();
        let inspected = output(binary, &["policy", "inspect", "--json", &shown])
            .and_then(|text| serde_json::from_str::<Value>(&text).ok())
            .ok_or_else(|| anyhow!("`portcullis policy inspect {shown}` failed"))?;
        let capabilities = inspected
            .get("capabilities")
            .cloned()
            .unwrap_or_else(|| json!([]));
        let directory = workspace.root().join("target/policy-test").join(name);
        fs::create_dir_all(&directory)
            .with_context(|| format!("cannot create {}", workspace.shown(&directory)))?;
        Ok(Self {
            binary,
            name,
            component,
            capabilities,
            directory,
        })
    }

    fn ask(&self, case: &Case) -> Result<Value> {
        let settings = case
            .content
            .get("settings")
            .cloned()
            .unwrap_or_else(|| json!({}));
        let file = self.directory.join("portcullis.toml");
        let text = format!(
            "[sandbox]\ncache_dir = {}\n\n[[policy]]\nname = {}\nsource = {}\ncapabilities = {}\nsettings = {}\n",
            toml(&json!(self.directory.join("cache")))?,
            toml(&json!(self.name))?,
            toml(&json!(self.component))?,
            toml(&self.capabilities)?,
            toml(&settings)?,
        );
        fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
        let mut check = Command::new(self.binary)
            .args(["check", "--json", "--config"])
            .arg(&file)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot run `portcullis check`")?;
        if let Some(mut input) = check.stdin.take() {
            writeln!(input, "{}", request(&case.content))
                .context("`portcullis check` took no request")?;
        }
        let output = check
            .wait_with_output()
            .context("cannot wait for `portcullis check`")?;
        serde_json::from_slice(&output.stdout).with_context(|| {
            format!(
                "`portcullis check` ended with {} and no judgement",
                output.status
            )
        })
    }
}

/// What `portcullis check` reads, from what a case has.
fn request(case: &Value) -> Value {
    let part = |pointer: &str| case.pointer(pointer).cloned().unwrap_or_default();
    let mut path = part("/request/path")
        .as_str()
        .unwrap_or_default()
        .to_owned();
    for (index, (name, value)) in part("/request/query")
        .as_object()
        .into_iter()
        .flatten()
        .enumerate()
    {
        let separator = if index == 0 { '?' } else { '&' };
        path.push_str(&format!(
            "{separator}{name}={}",
            encoded(value.as_str().unwrap_or_default())
        ));
    }
    let node = match part("/node") {
        // The policy may read the node: show it one that has nothing.
        Value::Null => json!({}),
        node => node,
    };
    let mut request = json!({"method": part("/request/method"), "path": path, "headers": {
        "X-OpenStack-Ironic-API-Version": "1.109", "Content-Type": "application/json"}, "node": node});
    for (key, pointer) in [("body", "/request/body"), ("caller", "/caller")] {
        if let (Some(value), Some(request)) = (case.pointer(pointer), request.as_object_mut()) {
            request.insert(key.to_owned(), value.clone());
        }
    }
    request
}

fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| {
            if plain(byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

/// What is wrong with a judgement, if anything.
fn difference(case: &Value, judged: &Value) -> Option<String> {
    let expected = match case.pointer("/expect/verdict").and_then(Value::as_str) {
        Some("deny") => "reject",
        _ => "admit",
    };
    let decision = judged
        .get("decision")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if decision != expected {
        return Some(format!("expected {expected}, got {judged}"));
    }
    let wanted = findings(case.pointer("/expect/findings"));
    let got = findings(judged.get("findings"));
    let same = wanted.len() == got.len()
        && wanted
            .iter()
            .all(|one| got.iter().any(|other| agrees(one, other)));
    (!same).then(|| format!("expected the findings {wanted:?}, got {got:?}"))
}

/// Rule, pointer, severity.
type Found = (String, String, Option<String>);

fn findings(list: Option<&Value>) -> Vec<Found> {
    let text =
        |finding: &Value, key: &str| finding.get(key).and_then(Value::as_str).map(str::to_owned);
    let found = |finding: &Value| {
        (
            text(finding, "rule").unwrap_or_default(),
            text(finding, "pointer").unwrap_or_default(),
            text(finding, "severity"),
        )
    };
    list.and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(found)
        .collect()
}

fn agrees(expected: &Found, found: &Found) -> bool {
    expected.0 == found.0
        && expected.1 == found.1
        && (expected.2.is_none() || expected.2 == found.2)
}

/// A JSON value as TOML writes it.
fn toml(value: &Value) -> Result<String> {
    Ok(match value {
        Value::Null => bail!("a case's settings have a `null`, which a configuration cannot hold"),
        Value::Array(list) => format!(
            "[{}]",
            list.iter()
                .map(toml)
                .collect::<Result<Vec<_>>>()?
                .join(", ")
        ),
        Value::Object(map) => {
            let pair =
                |(key, value): (&String, &Value)| Ok(format!("{} = {}", json!(key), toml(value)?));
            format!(
                "{{ {} }}",
                map.iter().map(pair).collect::<Result<Vec<_>>>()?.join(", ")
            )
        }
        // Strings, numbers and booleans are written alike.
        plain => plain.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{difference, request, toml};

    #[test]
    fn settings_become_toml() {
        let settings = json!({"a": ["x\"y", 1, 2.5], "b": {"c d": true}});
        assert_eq!(
            toml(&settings).unwrap(),
            r#"{ "a" = ["x\"y", 1, 2.5], "b" = { "c d" = true } }"#
        );
        assert!(toml(&json!({"a": null})).is_err());
    }

    #[test]
    fn a_case_becomes_a_request() {
        let case = json!({"request": {"method": "PUT", "path": "/v1/x", "query": {"a": "b c"}, "body": {"k": 1}}});
        let sent = request(&case);
        assert_eq!(sent["path"], "/v1/x?a=b%20c");
        assert_eq!(sent["body"], json!({"k": 1}));
        assert_eq!(sent["node"], json!({}));
    }

    #[test]
    fn differences_are_noticed() {
        let case =
            json!({"expect": {"verdict": "deny", "findings": [{"rule": "r", "pointer": "/p"}]}});
        let check =
            |judged, same: bool| assert_eq!(difference(&case, &judged).is_none(), same, "{judged}");
        check(
            json!({"decision": "reject", "findings": [{"rule": "r", "pointer": "/p", "severity": "error"}]}),
            true,
        );
        check(json!({"decision": "admit", "findings": []}), false);
        check(json!({"decision": "reject", "findings": []}), false);
        check(
            json!({"decision": "reject", "findings": [{"rule": "r", "pointer": "/q"}]}),
            false,
        );
    }
}
