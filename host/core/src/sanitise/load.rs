//! From configured sanitizers to a chain of them.

use std::fs;

use super::chain::{Link, Sanitizers};
use crate::bundle::Bundle;
use crate::config::{Config, Place, SanitizerConfig, Source};
use crate::policy::PolicyId;
use crate::sandbox::{Compiler, LoadError, Sandbox, SandboxOptions, Sanitizer};

/// Sanitizers at work at the same time: one for each processor and for each stream would do.
const INSTANCES: usize = 64;

/// Why there are no sanitizers.
#[derive(Debug, thiserror::Error)]
pub enum SanitizersError {
    /// No sandbox can be set up.
    #[error("sandbox cannot be set up")]
    Sandbox(#[from] LoadError),
    /// Sanitizers cannot be used. Never empty.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Sanitizers(Vec<SanitizerProblem>),
}

/// One thing wrong with a sanitizer.
#[derive(Debug, thiserror::Error)]
#[error("{place}: sanitizer `{sanitizer}`: {message}")]
pub struct SanitizerProblem {
    /// Where in the configuration.
    pub place: Place,
    /// Which sanitizer.
    pub sanitizer: PolicyId,
    /// What is wrong. Holds no value of any setting.
    pub message: String,
}

impl Sanitizers {
    /// Loads every sanitizer of a configuration, and checks its settings. All or nothing.
    ///
    /// Compiles, in this thread, what has not been compiled before.
    ///
    /// # Errors
    /// When there is no sandbox to be had, or with everything that is wrong with any sanitizer.
    pub async fn open(
        config: &Config,
        bundle: &Bundle,
        compiler: Compiler,
    ) -> Result<Self, SanitizersError> {
        if config.sanitizers.is_empty() {
            return Ok(Self::none());
        }
        // Apart from the policies, so that neither takes the other's places.
        let sandbox = Sandbox::new(&SandboxOptions {
            instances: INSTANCES,
            policies: config.sanitizers.len(),
            // Sanitizers open none.
            drives: 1,
            max_waiting: config.sandbox.max_waiting,
            cache_dir: config.sandbox.cache_dir.clone(),
            compiler,
        })?;
        let (mut links, mut problems) = (Vec::new(), Vec::new());
        for configured in &config.sanitizers {
            match load(&sandbox, configured, bundle).await {
                Ok(link) => links.push(link),
                Err(found) => problems.extend(found),
            }
        }
        if problems.is_empty() {
            Ok(Self::new(links))
        } else {
            Err(SanitizersError::Sanitizers(problems))
        }
    }
}

async fn load(
    sandbox: &Sandbox,
    config: &SanitizerConfig,
    bundle: &Bundle,
) -> Result<Link, Vec<SanitizerProblem>> {
    let problem = |place: Place, message: String| SanitizerProblem {
        place,
        sanitizer: config.id.clone(),
        message,
    };
    let at_key = |key: &str, message: String| vec![problem(config.place_of_key(key), message)];
    let loaded = match &config.source {
        Source::Bundled(name) => {
            let bundled = bundle.find_sanitizer(name);
            let bundled = bundled
                .ok_or_else(|| at_key("source", format!("no sanitizer `{name}` is bundled")))?;
            let compiled = Some(bundled.compiled);
            sandbox
                .load_sanitizer(bundled.wasm, compiled, config.limits)
                .await
        }
        Source::File(path) => {
            let wasm = fs::read(path).map_err(|error| {
                at_key(
                    "source",
                    format!("{} cannot be read: {error}", path.display()),
                )
            })?;
            sandbox.load_sanitizer(&wasm, None, config.limits).await
        }
    };
    let sanitizer = loaded.map_err(|error| at_key("source", chain(&error)))?;
    let settings = config.settings.to_string();
    let mut problems =
        schema_problems(&sanitizer, config).map_err(|message| at_key("source", message))?;
    if problems.is_empty() {
        let answer = sanitizer.check_settings(&settings).await;
        let found = answer.map_err(|error| at_key("settings", chain(&error)))?;
        problems.extend(
            found
                .into_iter()
                .map(|found| (found.pointer, found.message)),
        );
    }
    if problems.is_empty() {
        return Ok(Link {
            name: config.id.clone(),
            settings,
            sanitizer,
        });
    }
    let at = |(pointer, message): (String, String)| {
        problem(
            config.place_of(&pointer),
            format!("setting `{pointer}`: {message}"),
        )
    };
    Err(problems.into_iter().map(at).collect())
}

/// What the schema has against the settings: pointers and messages, values masked.
fn schema_problems(
    sanitizer: &Sanitizer,
    config: &SanitizerConfig,
) -> Result<Vec<(String, String)>, String> {
    let schema = jsonschema::validator_for(&sanitizer.description().settings_schema);
    let schema = schema.map_err(|error| {
        format!(
            "settings schema of the sanitizer cannot be used: {}",
            error.masked()
        )
    })?;
    let problem = |error: jsonschema::ValidationError<'_>| {
        (
            error.instance_path().to_string(),
            error.masked().to_string(),
        )
    };
    Ok(schema.iter_errors(&config.settings).map(problem).collect())
}

/// An error and its causes in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}
