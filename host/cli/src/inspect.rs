//! `portcullis policy inspect`: what a validator says about itself.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use portcullis::sandbox::limits::Limits;
use portcullis::sandbox::{Capability, Sandbox, SandboxOptions, Validator};
use portcullis::units::ByteSize;
use serde_json::{Value, json};
use tokio::runtime::Builder;

use crate::gate;
use crate::output::{self, DIM, NOTE};

/// Loads a component, with every capability there is, and shows what it declares.
///
/// # Errors
/// When it is no validator that could be loaded here.
pub fn run(component: &Path, as_json: bool) -> anyhow::Result<ExitCode> {
    let wasm = fs::read(component)
        .with_context(|| format!("reading component `{}`", component.display()))?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let validator = runtime
        .block_on(load(&wasm))
        .with_context(|| format!("loading component `{}`", component.display()))?;
    if as_json {
        output::line(description(&validator))?;
    } else {
        show(&validator)?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn load(wasm: &[u8]) -> anyhow::Result<Validator> {
    let options = SandboxOptions {
        instances: 1,
        policies: 1,
        compiler: gate::compiler()?,
        ..SandboxOptions::default()
    };
    let sandbox = Sandbox::new(&options)?;
    Ok(sandbox
        .load(wasm, None, &Capability::ALL, Limits::default())
        .await?)
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
    output::line(format_args!(
        "{NOTE}{} {}{NOTE:#}",
        description.name, description.version
    ))?;
    output::line(&description.doc)?;
    let size = ByteSize::from_bytes(u64::try_from(validator.size_bytes())?);
    output::line(format_args!(
        "{DIM}sha256:{}, {size}{DIM:#}",
        validator.digest()
    ))?;
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
    output::line(format_args!("\n{NOTE}settings{NOTE:#}"))?;
    output::line(serde_json::to_string_pretty(&description.settings_schema)?)?;
    Ok(())
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
