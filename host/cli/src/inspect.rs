//! `portcullis policy inspect`: what a validator or a sanitizer says about itself.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use portcullis::sandbox::limits::Limits;
use portcullis::sandbox::{Capability, LoadError, Sandbox, SandboxOptions, Sanitizer, Validator};
use portcullis::units::ByteSize;
use serde_json::{Value, json};
use tokio::runtime::Builder;

use crate::gate;
use crate::output::{self, DIM, NOTE};

/// Loads a component, with every capability there is, and shows what it declares.
///
/// # Errors
/// When it is no guest that could be loaded here.
pub fn run(component: &Path, as_json: bool) -> anyhow::Result<ExitCode> {
    let wasm = fs::read(component)
        .with_context(|| format!("reading component `{}`", component.display()))?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let guest = runtime
        .block_on(load(&wasm))
        .with_context(|| format!("loading component `{}`", component.display()))?;
    match (&guest, as_json) {
        (Guest::Validator(validator), true) => output::line(description(validator))?,
        (Guest::Validator(validator), false) => show(validator)?,
        (Guest::Sanitizer(sanitizer), true) => output::line(sanitizer_description(sanitizer))?,
        (Guest::Sanitizer(sanitizer), false) => show_sanitizer(sanitizer)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// A component of either world.
enum Guest {
    Validator(Box<Validator>),
    Sanitizer(Box<Sanitizer>),
}

async fn load(wasm: &[u8]) -> anyhow::Result<Guest> {
    let options = SandboxOptions {
        instances: 1,
        policies: 1,
        compiler: gate::compiler()?,
        ..SandboxOptions::default()
    };
    let sandbox = Sandbox::new(&options)?;
    let limits = Limits::default();
    match sandbox.load(wasm, None, &Capability::ALL, limits).await {
        Ok(validator) => Ok(Guest::Validator(Box::new(validator))),
        Err(no_validator @ LoadError::Contract { .. }) => {
            let sanitizer = sandbox.load_sanitizer(wasm, None, limits).await;
            // What is neither is told as what most components are.
            let sanitizer = sanitizer.map_err(|_| no_validator)?;
            Ok(Guest::Sanitizer(Box::new(sanitizer)))
        }
        Err(error) => Err(error.into()),
    }
}

fn sanitizer_description(sanitizer: &Sanitizer) -> Value {
    let description = sanitizer.description();
    json!({
        "name": description.name,
        "version": description.version,
        "doc": description.doc,
        "digest": format!("sha256:{}", sanitizer.digest()),
        "size_bytes": sanitizer.size_bytes(),
        "reasons": description.reasons,
        "settings_schema": description.settings_schema,
    })
}

fn show_sanitizer(sanitizer: &Sanitizer) -> anyhow::Result<()> {
    let description = sanitizer.description();
    head(
        (&description.name, &description.version, &description.doc),
        (sanitizer.digest(), sanitizer.size_bytes()),
    )?;
    list("reasons it takes something out for", &description.reasons)?;
    settings(&description.settings_schema)
}

fn head(
    (name, version, doc): (&str, &str, &str),
    (digest, size_bytes): (&str, usize),
) -> anyhow::Result<()> {
    output::line(format_args!("{NOTE}{name} {version}{NOTE:#}"))?;
    output::line(doc)?;
    let size = ByteSize::from_bytes(u64::try_from(size_bytes)?);
    output::line(format_args!("{DIM}sha256:{digest}, {size}{DIM:#}"))?;
    Ok(())
}

fn settings(schema: &Value) -> anyhow::Result<()> {
    output::line(format_args!("\n{NOTE}settings{NOTE:#}"))?;
    output::line(serde_json::to_string_pretty(schema)?)?;
    Ok(())
}

fn description(validator: &Validator) -> Value {
    let description = validator.description();
    let rules: Vec<_> = description
        .rules
        .iter()
        .map(|rule| json!({"id": rule.id, "severity": rule.severity, "doc": rule.doc}))
        .collect();
    json!({
        "name": description.name,
        "version": description.version,
        "doc": description.doc,
        "digest": format!("sha256:{}", validator.digest()),
        "size_bytes": validator.size_bytes(),
        "operations": texts(&description.operations),
        "fields": texts(&description.fields),
        "capabilities": capabilities(validator),
        "imports": validator.imports(),
        "rules": rules,
        "settings_schema": description.settings_schema,
    })
}

fn texts(values: &[impl ToString]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}

fn capabilities(validator: &Validator) -> Vec<&'static str> {
    validator
        .description()
        .capabilities
        .iter()
        .map(|capability| capability.name())
        .collect()
}

fn show(validator: &Validator) -> anyhow::Result<()> {
    let description = validator.description();
    head(
        (&description.name, &description.version, &description.doc),
        (validator.digest(), validator.size_bytes()),
    )?;
    list("operations it judges", &texts(&description.operations))?;
    list("fields it reads", &texts(&description.fields))?;
    list("capabilities it asks for", &texts(&capabilities(validator)))?;
    list("interfaces it imports", validator.imports())?;
    let rules: Vec<_> = description
        .rules
        .iter()
        .map(|rule| format!("{} ({:?}): {}", rule.id, rule.severity, rule.doc))
        .collect();
    list("rules", &rules)?;
    settings(&description.settings_schema)
}

fn list(title: &str, items: &[String]) -> anyhow::Result<()> {
    output::line(format_args!("\n{NOTE}{title}{NOTE:#}"))?;
    if items.is_empty() {
        output::line(format_args!("  {DIM}none{DIM:#}"))?;
    }
    for item in items {
        output::line(format_args!("  {item}"))?;
    }
    Ok(())
}
