//! `[[policy]]`: sources that exist, names that are unique, bundled defaults.

use serde_json::{Map, Value};

use super::super::draft::PolicyDraft;
use super::super::error::Fault;
use super::super::files::must_be_file;
use super::super::found::quoted;
use super::super::nearest::nearest;
use super::super::policy_config::{Lines, PolicyConfig, Source};
use super::super::read::{Entry, Reader};
use super::super::settings::Settings;
use super::super::text::SourceText;
use super::{repeated, unexpected};
use crate::bundle::{Bundle, BundledPolicy};
use crate::policy::PolicyId;

/// All policies; every bundled one with its defaults when none is given.
pub(super) fn finish_policies(
    entries: Option<Vec<Entry<PolicyDraft>>>,
    reader: &mut Reader<'_>,
    bundle: &Bundle,
) -> Vec<PolicyConfig> {
    let Some(entries) = entries else {
        if bundle.policies.is_empty() {
            let accepted = String::from("at least one, since this build has no bundled policies");
            reader.report(
                None,
                Fault::Missing {
                    key: "policy".into(),
                    accepted,
                },
            );
        }
        let bundled = bundle.policies.iter();
        return bundled
            .filter_map(|policy| bundled_with_defaults(policy, reader))
            .collect();
    };
    let mut policies: Vec<PolicyConfig> = Vec::new();
    let mut names: Vec<(PolicyId, String)> = Vec::new();
    for Entry { name, draft } in entries {
        if let Some(id) = &draft.id {
            if let Some((_, first)) = names.iter().find(|(other, _)| other == id) {
                let (key, first) = (format!("{name}.name"), format!("{first}.name"));
                repeated(reader, key, quoted(id.as_str()), &first);
            }
            names.push((id.clone(), name.clone()));
        }
        policies.extend(finish_one(&name, draft, reader, bundle));
    }
    policies
}

fn bundled_with_defaults(
    bundled: &'static BundledPolicy,
    reader: &mut Reader<'_>,
) -> Option<PolicyConfig> {
    let Ok(id) = bundled.name.parse() else {
        let accepted = String::from("a bundle whose policies have names of `a-z`, `0-9` and `-`");
        unexpected(
            reader,
            "policy",
            format!("a bundled {}", quoted(bundled.name)),
            accepted,
        );
        return None;
    };
    Some(PolicyConfig {
        capabilities: bundled
            .capabilities
            .iter()
            .copied()
            .map(String::from)
            .collect(),
        settings: Value::Object(bundled_settings(bundled, reader)),
        place: reader.place_of("policy"),
        ..PolicyConfig::new(id, Source::Bundled(bundled.name))
    })
}

fn finish_one(
    name: &str,
    draft: PolicyDraft,
    reader: &mut Reader<'_>,
    bundle: &Bundle,
) -> Option<PolicyConfig> {
    let (source, bundled) = find_source(name, draft.source?, reader, bundle.policies)?;
    let Settings { values, lines } = draft.settings.unwrap_or_default();
    let mut settings = bundled
        .map(|bundled| bundled_settings(bundled, reader))
        .unwrap_or_default();
    settings.extend(values);
    let of_bundled = || {
        let names = bundled
            .map(|bundled| bundled.capabilities)
            .unwrap_or_default();
        names.iter().copied().map(String::from).collect()
    };
    Some(PolicyConfig {
        mode: draft.mode,
        on_failure: draft.on_failure,
        capabilities: draft.capabilities.unwrap_or_else(of_bundled),
        select: draft.select,
        limits: draft.limits,
        settings: Value::Object(settings),
        place: reader.place_of(name),
        lines: Lines {
            keys: reader.lines_in(name),
            settings: lines,
        },
        ..PolicyConfig::new(draft.id?, source)
    })
}

/// The source of a guest, among those that are bundled or in a file.
pub(super) fn find_source(
    name: &str,
    source: SourceText,
    reader: &mut Reader<'_>,
    guests: &'static [BundledPolicy],
) -> Option<(Source, Option<&'static BundledPolicy>)> {
    let key = format!("{name}.source");
    let find = |text: &str| guests.iter().find(|guest| guest.name == text);
    match source {
        SourceText::Bundled(text) => match find(&text) {
            Some(bundled) => Some((Source::Bundled(bundled.name), Some(bundled))),
            None => {
                let accepted = bundled_names(guests, &text);
                unexpected(reader, &key, quoted(&format!("bundled:{text}")), accepted);
                None
            }
        },
        SourceText::File(text) => {
            let path = reader.resolve(&text);
            match must_be_file(&path) {
                Ok(()) => Some((Source::File(path), None)),
                Err(_) if find(&text).is_some() => {
                    let accepted = format!("`bundled:{text}`, or the path of a component");
                    unexpected(reader, &key, quoted(&text), accepted);
                    None
                }
                Err(cause) => {
                    let accepted = "a component in a file that exists, or `bundled:` and a name";
                    reader.report(
                        reader.line_of(&key),
                        Fault::File {
                            key,
                            path,
                            cause,
                            accepted,
                        },
                    );
                    None
                }
            }
        }
    }
}

fn bundled_names(guests: &[BundledPolicy], text: &str) -> String {
    let known = || guests.iter().map(|guest| guest.name);
    if let Some(near) = nearest(text, known()) {
        return format!("the name of a bundled policy, perhaps `bundled:{near}`");
    }
    let names: Vec<String> = known().map(|name| format!("`bundled:{name}`")).collect();
    if names.is_empty() {
        return String::from("the path of a component, since this build has no bundled policies");
    }
    format!("one of {}, or the path of a component", names.join(", "))
}

pub(super) fn bundled_settings(
    bundled: &BundledPolicy,
    reader: &mut Reader<'_>,
) -> Map<String, Value> {
    serde_json::from_str(bundled.settings).unwrap_or_else(|_| {
        let found = format!(
            "default settings of the bundled {} that are not",
            quoted(bundled.name)
        );
        unexpected(reader, "policy", found, String::from("a JSON object"));
        Map::new()
    })
}
