//! One structured record for each decision.
//!
//! A record says who asked what of which node, what every policy made of it, and what was
//! decided. It holds no body, no header and no query. It is written before the request goes
//! anywhere: what is not recorded does not pass.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use serde::Serialize;

use crate::config_drive::Form;
use crate::operation::Operation;
use crate::policy::Mode;
use crate::request::Request;
use crate::verdict::{Decision, Outcome, PolicyFinding, Verdict};

/// A file that decisions are appended to, one JSON object a line.
#[derive(Debug)]
pub struct DecisionLog {
    file: Mutex<File>,
}

impl DecisionLog {
    /// Opens the file, and creates it (mode 0600) when it does not exist.
    ///
    /// # Errors
    /// When it cannot be written to, or when others can read it.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::options()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(path)?;
        let metadata = file.metadata()?;
        if metadata.is_file() && metadata.permissions().mode() & 0o077 != 0 {
            return Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                "others can use it, expected mode 0600",
            ));
        }
        Ok(Self {
            file: Mutex::new(file),
        })
    }

    /// Appends one record, in one write.
    ///
    /// # Errors
    /// When it could not be written whole.
    pub(crate) fn write(&self, record: &Record<'_>) -> io::Result<()> {
        let mut line = serde_json::to_vec(record)?;
        line.push(b'\n');
        let mut file = self
            .file
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        file.write_all(&line)
    }
}

/// What is recorded of one request.
#[derive(Serialize)]
pub(crate) struct Record<'a> {
    time: String,
    request_id: &'a str,
    operation: &'a str,
    method: &'a str,
    path: &'a str,
    node: Option<&'a str>,
    /// Where it was read.
    node_uuid: Option<&'a str>,
    microversion: Option<String>,
    project_id: Option<&'a str>,
    user_id: Option<&'a str>,
    decision: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    config_drive: Option<&'a DriveRecord>,
    policies: Vec<PolicyRecord<'a>>,
    findings: &'a [PolicyFinding],
}

/// Which drive was judged, and which one was sent.
#[derive(Serialize)]
pub(crate) struct DriveRecord {
    /// How it arrived.
    pub(crate) form: Form,
    /// Whether it is what the URL served.
    pub(crate) fetched: bool,
    /// Bytes of the text that was judged.
    pub(crate) bytes: usize,
    /// SHA-256 of it.
    pub(crate) sha256: String,
    /// Bytes of the image in it, where it was opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) image_bytes: Option<u64>,
    /// SHA-256 of the text that goes to Ironic, where it is another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rebuilt_sha256: Option<String>,
}

/// What one policy made of a request.
#[derive(Serialize)]
struct PolicyRecord<'a> {
    policy: &'a str,
    mode: Mode,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    took_us: u64,
}

impl<'a> Record<'a> {
    /// The record of a request that was judged.
    pub(crate) fn judged(
        request: &'a Request,
        operation: &'a Operation,
        decision: &'a Decision,
        outcomes: &'a [(Outcome, Duration)],
    ) -> Self {
        Self {
            operation: operation.name(),
            path: operation.path(),
            node: operation.node(),
            microversion: Some(operation.microversion().to_string()),
            decision: decision.name(),
            policies: outcomes.iter().map(policy_record).collect(),
            findings: decision.findings(),
            ..Self::of(request)
        }
    }

    /// The same, with the UUID of the node where it was read.
    pub(crate) fn about(self, node_uuid: Option<&'a str>) -> Self {
        Self { node_uuid, ..self }
    }

    /// The same, with the drive of the request.
    pub(crate) fn with_drive(self, config_drive: Option<&'a DriveRecord>) -> Self {
        Self {
            config_drive,
            ..self
        }
    }

    /// The record of a request that was stopped before anybody could judge it.
    pub(crate) fn stopped(
        request: &'a Request,
        operation: &'a str,
        decision: &'a str,
        error: String,
    ) -> Self {
        Self {
            operation,
            decision,
            error: Some(error),
            ..Self::of(request)
        }
    }

    fn of(request: &'a Request) -> Self {
        Self {
            time: humantime::format_rfc3339_micros(SystemTime::now()).to_string(),
            request_id: request.id.as_str(),
            operation: "",
            method: request.method.as_str(),
            path: request.target.path(),
            node: None,
            node_uuid: None,
            microversion: None,
            project_id: request.caller.project_id.as_deref(),
            user_id: request.caller.user_id.as_deref(),
            decision: "",
            error: None,
            config_drive: None,
            policies: Vec::new(),
            findings: &[],
        }
    }
}

fn policy_record((outcome, took): &(Outcome, Duration)) -> PolicyRecord<'_> {
    let (word, reason) = match &outcome.result {
        Ok(Verdict::Allow(_)) => ("allow", None),
        Ok(Verdict::Deny(_)) => ("deny", None),
        Err(error) => ("failure", Some(error.reason())),
    };
    let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    PolicyRecord {
        policy: outcome.policy.as_str(),
        mode: outcome.mode,
        outcome: word,
        reason,
        took_us,
    }
}
