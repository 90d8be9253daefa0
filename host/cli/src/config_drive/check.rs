//! `portcullis config-drive check`: what the policies that look at drives say about one.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, bail};
use portcullis::admission::{DecideError, Gate};
use portcullis::driver::Known;
use portcullis::json::Document;
use portcullis::policy::Mode;
use portcullis::request::{Caller, Request, RequestId};
use portcullis::sandbox::Capability;
use portcullis::verdict::{Decision, PolicyFinding, Severity};
use serde::Serialize;
use tokio::runtime::Builder;
use zeroize::Zeroizing;

use super::given::Given;
use crate::args::CheckDriveOptions;
use crate::chain::Chain;
use crate::gate;
use crate::output::{self, BAD, DIM, GOOD, NOTE};

/// Stands for the node that nobody has named.
const SOME_NODE: &str = "00000000-0000-4000-8000-000000000000";
/// Where a request has its drive.
const PLACE: &str = "/configdrive";

/// What is said about a drive. Serialises as `check --json` prints it.
#[derive(Debug, Serialize)]
struct Answer {
    verdict: &'static str,
    findings: Vec<Said>,
}

#[derive(Debug, Serialize)]
struct Said {
    rule: String,
    /// In the JSON form a pointer; in an image the path of a file, where it is about one.
    path: String,
    message: String,
    severity: Severity,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

/// Judges a drive as part of a deployment.
///
/// # Errors
/// When the drive or the configuration cannot be used, or a policy gave no verdict.
pub fn run(options: &CheckDriveOptions) -> anyhow::Result<ExitCode> {
    let mut config = gate::config(options.config.config.as_deref())?;
    // Nothing is decided here that anybody would look up later.
    config.decisions.file = None;
    let looks_at_drives = Capability::ConfigDrive.name();
    config.policies.retain(|policy| {
        policy
            .capabilities
            .iter()
            .any(|name| name == looks_at_drives)
    });
    if config.policies.is_empty() {
        bail!(
            "no policy of the configuration is granted `{looks_at_drives}`, expected at least one"
        );
    }
    let given = Given::read(&options.drive)?;
    let time = config.server.request_timeout;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let answer = runtime.block_on(async {
        let gate = gate::open(&config).await?;
        judge(
            &gate,
            &given,
            options.node.as_deref(),
            Instant::now() + time,
        )
        .await
    })?;
    if options.json {
        output::line(serde_json::to_string(&answer)?)?;
    } else {
        show(&answer)?;
    }
    Ok(ExitCode::from(u8::from(answer.verdict == DENY)))
}

const ACCEPT: &str = "accept";
const DENY: &str = "deny";

async fn judge(
    gate: &Gate,
    given: &Given,
    node: Option<&str>,
    deadline: Instant,
) -> anyhow::Result<Answer> {
    let known = match node {
        Some(uuid) => {
            let text = serde_json::json!({"uuid": uuid}).to_string();
            Known {
                node: Some(Document::read(text.into())?),
                ..Known::default()
            }
        }
        None => Known::default(),
    };
    let request = request(given, node)?;
    match gate.opinion(&request, &known, deadline).await {
        Ok(decision) => judged(&decision),
        Err(DecideError::Operation(error)) => Ok(Answer {
            verdict: DENY,
            findings: vec![refused("json", Chain(&error).to_string())],
        }),
        Err(DecideError::Drive(error)) if error.is_refusal() => Ok(Answer {
            verdict: DENY,
            findings: vec![refused("config_drive", Chain(&error).to_string())],
        }),
        Err(error) => Err(error).context("judging the config drive"),
    }
}

/// The deployment that the drive would be part of.
fn request(given: &Given, node: Option<&str>) -> anyhow::Result<Request> {
    let drive = given.in_request()?;
    let mut body = Zeroizing::new(String::with_capacity(drive.len() + 64));
    body.push_str(r#"{"target":"active","configdrive":"#);
    body.push_str(&drive);
    body.push('}');
    let path = format!("/v1/nodes/{}/states/provision", node.unwrap_or(SOME_NODE));
    let mut headers = http::HeaderMap::new();
    let version = http::HeaderName::from_static("x-openstack-ironic-api-version");
    headers.insert(version, http::HeaderValue::from_static("latest"));
    Ok(Request {
        id: RequestId::generate(),
        method: http::Method::PUT,
        target: path.parse().context("reading the node's UUID")?,
        headers,
        caller: Caller::default(),
        body: bytes::Bytes::from_owner(body),
    })
}

fn judged(decision: &Decision) -> anyhow::Result<Answer> {
    let verdict = match decision {
        Decision::Admit { .. } => ACCEPT,
        Decision::Reject { .. } => DENY,
        Decision::Undecided { .. } => {
            let failed: Vec<_> = decision
                .failures()
                .iter()
                .map(|failure| failure.policy.as_str())
                .collect();
            bail!(
                "judging the config drive: no verdict of {}",
                failed.join(", ")
            );
        }
    };
    let counts = |found: &&PolicyFinding| found.mode == Mode::Enforce;
    let findings = decision.findings().iter().filter(counts).cloned();
    Ok(Answer {
        verdict,
        findings: findings.map(said).collect(),
    })
}

fn said(found: PolicyFinding) -> Said {
    let finding = found.finding;
    let below = finding.pointer.strip_prefix(PLACE);
    let path = match below {
        Some("") => file(&finding.message).unwrap_or_default(),
        Some(below) => below,
        None => &finding.pointer,
    };
    Said {
        path: path.to_owned(),
        rule: finding.rule,
        message: finding.message,
        severity: finding.severity,
        hint: finding.hint,
    }
}

/// The file that a message is about: findings about a file of an image begin with its path.
fn file(message: &str) -> Option<&str> {
    let (path, rest) = message.strip_prefix('`')?.split_once('`')?;
    (rest.starts_with(": ") || rest.starts_with(" at `")).then_some(path)
}

fn refused(rule: &str, message: String) -> Said {
    Said {
        rule: rule.to_owned(),
        path: String::new(),
        message,
        severity: Severity::Error,
        hint: None,
    }
}

fn show(answer: &Answer) -> anyhow::Result<()> {
    let style = if answer.verdict == DENY { BAD } else { GOOD };
    output::line(format_args!("{style}{}{style:#}", answer.verdict))?;
    for said in &answer.findings {
        let (style, word) = match said.severity {
            Severity::Error => (BAD, "error"),
            Severity::Warning => (NOTE, "warning"),
            Severity::Info => (DIM, "info"),
        };
        let hint = said.hint.as_ref();
        let hint = hint.map_or(String::new(), |hint| format!(", expected {hint}"));
        let place = match said.path.strip_prefix('/') {
            Some(_) => format!("{}: ", said.path),
            None => String::new(),
        };
        output::line(format_args!(
            "  {style}{word}{style:#} {place}{}{hint} {DIM}[{}]{DIM:#}",
            said.message, said.rule
        ))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_tell_their_file() {
        let path = "openstack/latest/user_data";
        assert_eq!(file(&format!("`{path}`: a password")), Some(path));
        assert_eq!(file(&format!("`{path}` at `/a`: a password")), Some(path));
        assert_eq!(file("an image of 5 bytes"), None);
        assert_eq!(file("`x` is not known"), None);
    }
}
