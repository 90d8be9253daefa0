//! A validator that has been loaded, and what it is asked.

use std::sync::Arc;
use std::time::Instant;

use super::bindings::exports::portcullis::policy::validator as raw;
use super::description::{self, Description};
use super::drive::Drive;
use super::error::{EvaluationError, LoadError, classify};
use super::instance::{Given, LogLine};
use super::limits::Limits;
use super::load::LOAD_TIME;
use super::program::Program;
use super::{Shared, convert};
use crate::operation::Evidence;
use crate::verdict::Verdict;

/// The outcome of one evaluation.
#[derive(Debug)]
pub struct Evaluated {
    /// The verdict, or why there is none.
    pub result: Result<Verdict, EvaluationError>,
    /// What the validator wrote to the log, as it wrote it.
    pub lines: Vec<LogLine>,
}

/// One thing wrong with a policy's settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsProblem {
    /// JSON pointer into the settings.
    pub pointer: String,
    /// What was found and what would be accepted.
    pub message: String,
}

/// A validator that has been loaded.
pub struct Validator {
    pub(super) shared: Arc<Shared>,
    pub(super) program: Program,
    pub(super) description: Description,
    pub(super) imports: Vec<String>,
    pub(super) limits: Limits,
    pub(super) digest: String,
    pub(super) size_bytes: usize,
}

impl Validator {
    /// What it says about itself.
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// Names of the interfaces it imports.
    pub fn imports(&self) -> &[String] {
        &self.imports
    }

    /// SHA-256 of the component, in hexadecimal.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Size of the component.
    pub fn size_bytes(&self) -> usize {
        self.size_bytes
    }

    /// Lets the validator check settings (a JSON object) that satisfy its schema.
    ///
    /// # Errors
    /// When it does not answer. Problems with the settings are its answer.
    pub async fn check_settings(&self, settings: &str) -> Result<Vec<SettingsProblem>, LoadError> {
        let deadline = Instant::now() + LOAD_TIME;
        let visit = self
            .shared
            .visit(&self.program, self.limits, Given::default(), deadline);
        let mut visit = visit.await.map_err(LoadError::CheckSettings)?;
        let answer = self
            .program
            .check_settings(&mut visit.instance, settings)
            .await;
        match answer.map_err(|error| LoadError::CheckSettings(classify(&error)))? {
            Ok(()) => Ok(Vec::new()),
            Err(raw::SettingsError::Invalid(problems)) => {
                Ok(problems.into_iter().map(settings_problem).collect())
            }
        }
    }

    /// Judges one operation in a fresh instance.
    ///
    /// Waits for a free instance until `deadline`; what the guest itself may use of the rest is
    /// a matter of its limits.
    pub async fn evaluate(
        &self,
        settings: &str,
        evidence: &Evidence<'_>,
        deadline: Instant,
    ) -> Evaluated {
        self.evaluate_with(settings, evidence, None, deadline).await
    }

    /// The same for a request that has a drive.
    pub async fn evaluate_with(
        &self,
        settings: &str,
        evidence: &Evidence<'_>,
        drive: Option<&Arc<Drive>>,
        deadline: Instant,
    ) -> Evaluated {
        let body = evidence
            .operation
            .body()
            .map(|body| body.text().clone())
            .unwrap_or_default();
        let given = Given {
            body,
            drive: drive.cloned(),
            source: None,
        };
        let visit = self
            .shared
            .visit(&self.program, self.limits, given, deadline);
        let mut visit = match visit.await {
            Ok(visit) => visit,
            Err(error) => {
                return Evaluated {
                    result: Err(error),
                    lines: Vec::new(),
                };
            }
        };
        let question = convert::Question::new(&self.description, evidence);
        let fields = question.fields();
        let request = question.request(&fields);
        let answer = self
            .program
            .validate(&mut visit.instance, settings, request)
            .await;
        let result = answer
            .map_err(|error| classify(&error))
            .and_then(|answer| convert::verdict(answer, &self.description, &self.limits));
        Evaluated {
            result,
            lines: visit.instance.into_lines(),
        }
    }
}

fn settings_problem(raw: raw::SettingsProblem) -> SettingsProblem {
    SettingsProblem {
        pointer: description::plain_text(&raw.pointer),
        message: description::plain_text(&raw.message),
    }
}
