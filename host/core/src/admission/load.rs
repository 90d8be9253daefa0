//! From configured policies to policies that can judge.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::cleaning::log_lines;
use super::drive::{self, Judging};
use super::{PolicySummary, identifiers};
use crate::bundle::Bundle;
use crate::chain::Chain;
use crate::config::{Config, Place, PolicyConfig, Source};
use crate::driver::DriverError;
use crate::json::Document;
use crate::operation::schema::SchemaError;
use crate::operation::{Collection, Evidence, Field, Operation};
use crate::policy::{Mode, OnFailure, PolicyId, Selector};
use crate::sandbox::{Capability, LoadError, Sandbox, Validator};
use crate::sanitise::SanitizersError;
use crate::verdict::Outcome;

/// One policy, loaded.
pub(super) struct Policy {
    id: PolicyId,
    mode: Mode,
    on_failure: OnFailure,
    select: Selector,
    settings: String,
    validator: Validator,
}

/// Why there is no gate.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    /// No sandbox can be set up.
    #[error("sandbox cannot be set up")]
    Sandbox(#[from] LoadError),
    /// The schemas of the API cannot be used: a fault of this build.
    #[error("schemas of Ironic's API cannot be used")]
    Schemas(#[from] SchemaError),
    /// Sanitizers cannot be used.
    #[error(transparent)]
    Sanitizers(#[from] SanitizersError),
    /// Policies cannot be used. Never empty.
    #[error("{}", lines(.0))]
    Policies(Vec<PolicyProblem>),
    /// Drives cannot be fetched as configured.
    #[error("drives cannot be fetched: `config_drive.url` cannot be used")]
    Fetch(#[from] DriverError),
    /// The record of decisions cannot be opened.
    #[error("decision records cannot be written to {}", path.display())]
    Decisions {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
}

fn lines(problems: &[PolicyProblem]) -> String {
    problems
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n")
}

/// One thing wrong with a policy.
#[derive(Debug, thiserror::Error)]
#[error("{place}: policy `{policy}`: {message}")]
pub struct PolicyProblem {
    /// Where in the configuration.
    pub place: Place,
    /// Which policy.
    pub policy: PolicyId,
    /// What is wrong. Holds no value of any setting.
    pub message: String,
}

/// Loads all policies, and reports everything that is wrong with any of them.
pub(super) async fn policies(
    sandbox: &Sandbox,
    config: &Config,
    bundle: &Bundle,
) -> Result<Vec<Policy>, GateError> {
    let mut policies = Vec::with_capacity(config.policies.len());
    let mut problems = Vec::new();
    for policy in &config.policies {
        match load(sandbox, policy, bundle).await {
            Ok(policy) => policies.push(policy),
            Err(found) => problems.extend(found),
        }
    }
    if problems.is_empty() {
        Ok(policies)
    } else {
        Err(GateError::Policies(problems))
    }
}

async fn load(
    sandbox: &Sandbox,
    config: &PolicyConfig,
    bundle: &Bundle,
) -> Result<Policy, Vec<PolicyProblem>> {
    let problem = |place: Place, message: String| PolicyProblem {
        place,
        policy: config.id.clone(),
        message,
    };
    let at_key = |key: &str, error: &dyn std::error::Error| {
        vec![problem(config.place_of_key(key), Chain(error).to_string())]
    };
    let capabilities = config.capabilities.iter().map(|name| name.parse());
    let granted = capabilities
        .collect::<Result<Vec<_>, LoadError>>()
        .map_err(|error| at_key("capabilities", &error))?;
    if granted.contains(&Capability::ConfigDrive) && bundle.drive_reader.is_none() {
        let message = "capability `config-drive` cannot be granted: this build has no drive reader";
        return Err(vec![problem(
            config.place_of_key("capabilities"),
            message.to_owned(),
        )]);
    }
    let loaded = match &config.source {
        Source::Bundled(name) => {
            let missing = || {
                vec![problem(
                    config.place_of_key("source"),
                    format!("no policy `{name}` is bundled"),
                )]
            };
            let bundled = bundle.find(name).ok_or_else(missing)?;
            sandbox
                .load(
                    bundled.wasm,
                    Some(bundled.compiled),
                    &granted,
                    config.limits,
                )
                .await
        }
        Source::File(path) => {
            let unreadable = |error: io::Error| {
                vec![problem(
                    config.place_of_key("source"),
                    format!("{} cannot be read: {error}", path.display()),
                )]
            };
            let wasm = fs::read(path).map_err(unreadable)?;
            sandbox.load(&wasm, None, &granted, config.limits).await
        }
    };
    let validator = loaded.map_err(|error| {
        let key = if matches!(error, LoadError::NotGranted { .. }) {
            "capabilities"
        } else {
            "source"
        };
        at_key(key, &error)
    })?;
    let settings = config.settings.to_string();
    let mut problems = schema_problems(&validator, config)
        .map_err(|message| vec![problem(config.place_of_key("source"), message)])?;
    if problems.is_empty() {
        let answer = validator
            .check_settings(&settings)
            .await
            .map_err(|error| at_key("settings", &error))?;
        problems.extend(
            answer
                .into_iter()
                .map(|found| (found.pointer, found.message)),
        );
    }
    if !problems.is_empty() {
        let at = |(pointer, message): (String, String)| {
            problem(
                config.place_of(&pointer),
                format!("setting `{pointer}`: {message}"),
            )
        };
        return Err(problems.into_iter().map(at).collect());
    }
    let PolicyConfig {
        id,
        mode,
        on_failure,
        select,
        ..
    } = config.clone();
    Ok(Policy {
        id,
        mode,
        on_failure,
        select,
        settings,
        validator,
    })
}

/// What the policy's schema has against its settings: pointers and messages, values masked.
fn schema_problems(
    validator: &Validator,
    config: &PolicyConfig,
) -> Result<Vec<(String, String)>, String> {
    let schema = jsonschema::validator_for(&validator.description().settings_schema);
    let schema = schema.map_err(|error| {
        format!(
            "settings schema of the validator cannot be used: {}",
            error.masked()
        )
    })?;
    let errors = schema.iter_errors(&config.settings);
    Ok(errors
        .map(|error| {
            (
                error.instance_path().to_string(),
                error.masked().to_string(),
            )
        })
        .collect())
}

impl Policy {
    pub(super) fn summary(&self) -> PolicySummary<'_> {
        let description = self.validator.description();
        PolicySummary {
            policy: self.id.as_str(),
            mode: self.mode,
            validator: &description.name,
            version: &description.version,
            digest: self.validator.digest(),
        }
    }

    pub(super) fn selects(&self, operation: &str, project: Option<&str>) -> bool {
        let judges = self
            .validator
            .description()
            .operations
            .iter()
            .any(|pattern| pattern.matches(operation));
        judges && self.select.selects_operation(operation) && self.select.selects_project(project)
    }

    /// Whether it looks at what has to be read from Ironic, or has to know which node it is to be
    /// selected.
    pub(super) fn waits_for_facts(&self, operation: &Operation) -> bool {
        (self.asks_which_node() && operation.names(Collection::Nodes).is_some())
            || (self.looks_at_drives() && operation.patch().is_some())
            || self.fields().any(|field| field.has_to_be_read(operation))
    }

    fn looks_at_drives(&self) -> bool {
        let description = self.validator.description();
        description.capabilities.contains(&Capability::ConfigDrive)
    }

    /// Whether it is selected by node.
    pub(super) fn asks_which_node(&self) -> bool {
        self.select.asks_for_node()
    }

    pub(super) fn selects_node(&self, operation: &Operation, node: Option<&Document>) -> bool {
        if !self.select.asks_for_node() {
            return true;
        }
        let identifiers = identifiers(operation, node);
        let identifiers: Vec<_> = identifiers.iter().map(AsRef::as_ref).collect();
        self.select.selects_node(&identifiers)
    }

    pub(super) async fn evaluate(
        &self,
        evidence: &Evidence<'_>,
        drive: Option<&Judging>,
        deadline: Instant,
    ) -> (Outcome, Duration) {
        let begin = Instant::now();
        let drive = drive.map(Judging::drive);
        let evaluated = self
            .validator
            .evaluate_with(&self.settings, evidence, drive, deadline)
            .await;
        let took = begin.elapsed();
        if !evaluated.lines.is_empty() {
            let drive_secrets = match drive {
                Some(drive) => drive::secrets(drive).await,
                None => Vec::new(),
            };
            log_lines(
                self.id.as_str(),
                evidence.request_id,
                evidence.operation,
                evidence.headers,
                &drive_secrets,
                evaluated.lines,
            );
        }
        let Self {
            id,
            mode,
            on_failure,
            ..
        } = self;
        (
            Outcome {
                policy: id.clone(),
                mode: *mode,
                on_failure: *on_failure,
                result: evaluated.result,
            },
            took,
        )
    }

    pub(super) fn fields(&self) -> impl Iterator<Item = &Field> {
        self.validator.description().fields.iter()
    }
}
