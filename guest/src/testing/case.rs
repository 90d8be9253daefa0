//! Cases: reading them, and comparing an answer with what a case expects.

use super::fields;
use crate::bindings::portcullis::policy::types::{Caller, Context, Microversion, Node, Request};
use crate::{Finding, Input, Severity, Validator, Verdict};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// The microversion of cases that name none.
const NEWEST: Microversion = Microversion {
    major: 1,
    minor: 109,
};

/// Why cases cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// The directory or a file in it cannot be read.
    #[error("cannot read `{}`: {source}", path.display())]
    Read {
        /// What was to be read.
        path: PathBuf,
        /// Why it was not.
        source: std::io::Error,
    },
    /// A file is no case and no array of cases.
    #[error("`{}` is not a case nor an array of cases: {source}", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// Nothing to run.
    #[error("no case in `{}`, expected *.json files with at least one", path.display())]
    None {
        /// The directory.
        path: PathBuf,
    },
}

/// A request and what a policy has to say about it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What it is about.
    #[serde(default)]
    pub name: Option<String>,
    /// The policy's settings, an object.
    #[serde(default = "no_settings")]
    pub settings: Box<RawValue>,
    /// Operation, for example `node.provision.active`.
    pub operation: String,
    /// The request.
    pub request: CaseRequest,
    /// The node as Ironic would show it.
    #[serde(default)]
    pub node: Option<Box<RawValue>>,
    /// The port the request names, as Ironic would show it.
    #[serde(default)]
    pub port: Option<Box<RawValue>>,
    /// The port group the request names, as Ironic would show it.
    #[serde(default)]
    pub portgroup: Option<Box<RawValue>>,
    /// The ports of the node, as Ironic would list them: an array of objects.
    #[serde(default)]
    pub ports: Option<Box<RawValue>>,
    /// What else an update is about, as Ironic would show it: a runbook, a volume target, ...
    #[serde(default)]
    pub resource: Option<Box<RawValue>>,
    /// When the host took the request, as RFC 3339 writes it, in UTC.
    #[serde(default)]
    pub time: Option<String>,
    /// Who sends it.
    #[serde(default)]
    pub caller: CaseCaller,
    /// Version of the API the request is made at, for example `1.58`.
    #[serde(default)]
    pub microversion: CaseMicroversion,
    /// What the policy has to answer.
    pub expect: Expectation,
    #[serde(skip)]
    source: String,
}

/// The request of a case.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseRequest {
    /// HTTP method.
    pub method: String,
    /// Path, for example `/v1/nodes/NODE/states/provision`.
    pub path: String,
    /// JSON body.
    #[serde(default)]
    pub body: Option<Box<RawValue>>,
    /// Arguments of the query string.
    #[serde(default)]
    pub query: BTreeMap<String, String>,
    /// Headers, their names in lower case.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
}

/// The microversion of a case.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct CaseMicroversion(Microversion);

impl CaseMicroversion {
    /// Major and minor number.
    pub fn parts(self) -> (u16, u16) {
        (self.0.major, self.0.minor)
    }
}

impl Default for CaseMicroversion {
    fn default() -> Self {
        Self(NEWEST)
    }
}

impl TryFrom<String> for CaseMicroversion {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let numbers = text.split_once('.');
        let read =
            numbers.and_then(|(major, minor)| Some((major.parse().ok()?, minor.parse().ok()?)));
        let (major, minor) = read.ok_or("expected a version such as `1.109`")?;
        Ok(Self(Microversion { major, minor }))
    }
}

/// The caller of a case.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CaseCaller {
    /// Project the token is scoped to.
    pub project_id: Option<String>,
    /// User.
    pub user_id: Option<String>,
    /// Roles, lower case.
    pub roles: Vec<String>,
}

/// What a case expects.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// The verdict.
    pub verdict: Answer,
    /// Every finding, in any order.
    #[serde(default)]
    pub findings: Vec<ExpectedFinding>,
}

/// A verdict without its findings.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// No finding is of severity `error`.
    Allow,
    /// At least one is.
    Deny,
}

/// A finding as far as cases fix it: its wording is free.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedFinding {
    /// Id of the rule.
    pub rule: String,
    /// Place in the body.
    pub pointer: String,
    /// `info`, `warning` or `error`; not compared when left out.
    #[serde(default)]
    pub severity: Option<String>,
}

fn no_settings() -> Box<RawValue> {
    let empty = serde_json::value::to_raw_value(&serde_json::Map::new());
    empty.expect("an empty object is JSON")
}

/// Reads every `*.json` file of `directory`, in the order of their names. A file holds one case
/// or an array of them.
///
/// # Errors
///
/// A file that cannot be read or is no case, or a directory without any case.
pub fn load_cases(directory: impl AsRef<Path>) -> Result<Vec<Case>, CaseError> {
    let directory = directory.as_ref();
    let at = |path: &Path| {
        let path = path.to_owned();
        move |source| CaseError::Read { path, source }
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(at(directory))? {
        let path = entry.map_err(at(directory))?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            files.push(path);
        }
    }
    files.sort();
    let mut cases = Vec::new();
    for path in files {
        let text = std::fs::read_to_string(&path).map_err(at(&path))?;
        cases.extend(parse(&path, &text)?);
    }
    if cases.is_empty() {
        let path = directory.to_owned();
        return Err(CaseError::None { path });
    }
    Ok(cases)
}

fn parse(path: &Path, text: &str) -> Result<Vec<Case>, CaseError> {
    let parsed = if text.trim_start().starts_with('[') {
        serde_json::from_str(text)
    } else {
        serde_json::from_str(text).map(|case| vec![case])
    };
    let mut cases: Vec<Case> = parsed.map_err(|source| CaseError::Parse {
        path: path.to_owned(),
        source,
    })?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    for (index, case) in cases.iter_mut().enumerate() {
        case.source = format!("{name}[{index}]");
    }
    Ok(cases)
}

impl Case {
    /// File, number within it, and name.
    pub fn title(&self) -> String {
        match &self.name {
            Some(name) => format!("{} {name}", self.source),
            None => self.source.clone(),
        }
    }

    /// The request as the host would hand it to `P`.
    pub(super) fn request<P: Validator>(&self) -> Result<Request, String> {
        let fields: Result<Vec<_>, _> = P::Input::FIELDS
            .iter()
            .map(|pointer| fields::value(self, pointer))
            .collect();
        Ok(Request {
            context: self.context(),
            fields: fields?,
        })
    }

    fn context(&self) -> Context {
        let mut segments = self.request.path.split('/').filter(|part| !part.is_empty());
        let ident = segments.find(|part| *part == "nodes").and(segments.next());
        Context {
            request_id: "req-00000000-0000-4000-8000-000000000000".to_owned(),
            operation: self.operation.clone(),
            node: ident.map(|ident| Node {
                ident: ident.to_owned(),
                uuid: fields::node_uuid(self),
            }),
            caller: Caller {
                project_id: self.caller.project_id.clone(),
                user_id: self.caller.user_id.clone(),
                roles: self.caller.roles.clone(),
            },
            microversion: self.microversion.0,
        }
    }

    /// Compares an answer with what the case expects.
    ///
    /// # Errors
    ///
    /// The differences, one a line: `-` what was expected and did not come, `+` what came and was
    /// not expected.
    pub fn check(&self, verdict: &Verdict) -> Result<(), String> {
        let (answer, findings) = match verdict {
            Verdict::Allow(findings) => (Answer::Allow, findings),
            Verdict::Deny(findings) => (Answer::Deny, findings),
        };
        let mut differences = String::new();
        if answer != self.expect.verdict {
            let expected = self.expect.verdict;
            let _ = writeln!(
                differences,
                "  - verdict {expected:?}\n  + verdict {answer:?}"
            );
        }
        let mut left: Vec<&Finding> = findings.iter().collect();
        for expected in &self.expect.findings {
            match left.iter().position(|finding| expected.fits(finding)) {
                Some(index) => drop(left.swap_remove(index)),
                None => {
                    let severity = expected.severity.as_deref().unwrap_or("any severity");
                    let (rule, pointer) = (&expected.rule, &expected.pointer);
                    let _ = writeln!(differences, "  - {rule} at `{pointer}` ({severity})");
                }
            }
        }
        for finding in left {
            let severity = severity_name(finding.severity);
            let (rule, pointer, message) = (&finding.rule, &finding.pointer, &finding.message);
            let _ = writeln!(
                differences,
                "  + {rule} at `{pointer}` ({severity}): {message}"
            );
        }
        if differences.is_empty() {
            Ok(())
        } else {
            Err(differences.trim_end().to_owned())
        }
    }
}

impl ExpectedFinding {
    fn fits(&self, finding: &Finding) -> bool {
        let severity = severity_name(finding.severity);
        self.rule == finding.rule
            && self.pointer == finding.pointer
            && self
                .severity
                .as_deref()
                .is_none_or(|expected| expected == severity)
    }
}

fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}
