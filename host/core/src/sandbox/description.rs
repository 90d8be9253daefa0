//! What a validator says about itself, checked.

use serde_json::Value;

use super::bindings::exports::portcullis::policy::validator::Description as Raw;
use super::bindings::portcullis::policy::types;
use super::capability::Capability;
use super::error::LoadError;
use crate::operation::Field;
use crate::policy::Pattern;
use crate::verdict::Severity;

/// What a validator is and what it wants from the host.
#[derive(Clone, Debug, PartialEq)]
pub struct Description {
    /// Name of the validator.
    pub name: String,
    /// Its own version.
    pub version: String,
    /// A paragraph for an operator.
    pub doc: String,
    /// Every rule it can report.
    pub rules: Vec<Rule>,
    /// JSON Schema of its settings.
    pub settings_schema: Value,
    /// Operations it judges.
    pub operations: Vec<Pattern>,
    /// What it reads of a request.
    pub fields: Vec<Field>,
    /// What it asks for.
    pub capabilities: Vec<Capability>,
}

/// One rule of a validator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Stable id.
    pub id: String,
    /// Severity unless settings change it.
    pub severity: Severity,
    /// What it refuses and why.
    pub doc: String,
}

const MOST_RULES: usize = 256;
const MOST_FIELDS: usize = 256;
const MOST_OPERATIONS: usize = 64;

impl Description {
    pub(super) fn check(raw: Raw) -> Result<Self, LoadError> {
        expect_identity(&raw.name, &raw.version)?;
        expect(raw.rules.len() <= MOST_RULES, || {
            format!(
                "rules: found {}, expected at most {MOST_RULES}",
                raw.rules.len()
            )
        })?;
        expect(raw.fields.len() <= MOST_FIELDS, || {
            format!(
                "fields: found {}, expected at most {MOST_FIELDS}",
                raw.fields.len()
            )
        })?;
        let count = raw.operations.len();
        expect((1..=MOST_OPERATIONS).contains(&count), || {
            format!("operations: found {count}, expected 1 to {MOST_OPERATIONS}")
        })?;
        let rules = raw
            .rules
            .into_iter()
            .map(rule)
            .collect::<Result<Vec<_>, _>>()?;
        check_unique(&rules)?;
        Ok(Self {
            name: raw.name,
            version: raw.version,
            doc: plain_text(&raw.doc),
            rules,
            settings_schema: settings_schema(&raw.settings_schema)?,
            operations: parse_all("operations", &raw.operations)?,
            fields: parse_all("fields", &raw.fields)?,
            capabilities: raw
                .capabilities
                .iter()
                .map(|text| text.parse())
                .collect::<Result<_, _>>()?,
        })
    }

    /// Whether it can report on this rule.
    pub(super) fn has_rule(&self, id: &str) -> bool {
        self.rules.iter().any(|rule| rule.id == id)
    }
}

/// Name and version of a guest of either world.
pub(super) fn expect_identity(name: &str, version: &str) -> Result<(), LoadError> {
    expect(is_word(name, is_plain_name), || {
        "name: expected 1 to 64 characters of `a-z 0-9 -`".into()
    })?;
    let plain_version = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'+');
    expect(is_word(version, plain_version), || {
        "version: expected a semantic version".into()
    })
}

pub(super) fn is_plain_name(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'
}

fn rule(raw: types::Rule) -> Result<Rule, LoadError> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    expect(is_word(&raw.id, plain), || {
        "rules: expected ids of 1 to 64 characters of `a-z A-Z 0-9 . _ -`".into()
    })?;
    Ok(Rule {
        id: raw.id,
        severity: severity(raw.severity),
        doc: plain_text(&raw.doc),
    })
}

fn check_unique(rules: &[Rule]) -> Result<(), LoadError> {
    let mut ids: Vec<_> = rules.iter().map(|rule| &rule.id).collect();
    ids.sort_unstable();
    expect(
        ids.windows(2).all(|pair| pair.first() != pair.last()),
        || "rules: an id stands twice, expected each once".into(),
    )
}

pub(super) fn settings_schema(text: &str) -> Result<Value, LoadError> {
    let schema: Value = serde_json::from_str(text)
        .map_err(|_| LoadError::Description("settings schema: expected JSON".into()))?;
    expect(jsonschema::meta::is_valid(&schema), || {
        "settings schema: expected a JSON Schema (2020-12)".into()
    })?;
    Ok(schema)
}

fn parse_all<T: std::str::FromStr<Err: std::fmt::Display>>(
    what: &str,
    texts: &[String],
) -> Result<Vec<T>, LoadError> {
    let parse = |text: &String| {
        text.parse().map_err(|error| {
            LoadError::Description(format!("{what}: found `{}`, {error}", plain_text(text)))
        })
    };
    texts.iter().map(parse).collect()
}

pub(super) fn expect(is_met: bool, message: impl FnOnce() -> String) -> Result<(), LoadError> {
    if is_met {
        Ok(())
    } else {
        Err(LoadError::Description(message()))
    }
}

pub(super) fn is_word(text: &str, is_plain: impl Fn(u8) -> bool) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(is_plain)
}

/// Severities of the contract in our terms.
pub(super) fn severity(raw: types::Severity) -> Severity {
    match raw {
        types::Severity::Info => Severity::Info,
        types::Severity::Warning => Severity::Warning,
        types::Severity::Error => Severity::Error,
    }
}

/// Text of a guest without control characters, so that it can neither forge a line of a log nor
/// move a cursor.
pub(super) fn plain_text(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}
