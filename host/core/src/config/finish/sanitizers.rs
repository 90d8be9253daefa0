//! `[[sanitizer]]`: sources that exist, names that are unique, bundled defaults.

use serde_json::Value;

use super::super::draft::SanitizerDraft;
use super::super::found::quoted;
use super::super::policy_config::{Lines, Source};
use super::super::read::{Entry, Reader};
use super::super::sanitizer_config::SanitizerConfig;
use super::super::settings::Settings;
use super::policies::{bundled_settings, find_source};
use super::repeated;
use crate::bundle::Bundle;

/// All sanitizers; every bundled one with its defaults when none is given.
pub(super) fn finish_sanitizers(
    entries: Option<Vec<Entry<SanitizerDraft>>>,
    reader: &mut Reader<'_>,
    bundle: &Bundle,
) -> Vec<SanitizerConfig> {
    let Some(entries) = entries else {
        return bundled_with_defaults(reader, bundle);
    };
    let mut sanitizers: Vec<SanitizerConfig> = Vec::new();
    let mut names = Vec::new();
    for Entry { name, draft } in entries {
        if let Some(id) = &draft.id {
            if let Some((_, first)) = names.iter().find(|(other, _)| other == id) {
                let (key, first) = (format!("{name}.name"), format!("{first}.name"));
                repeated(reader, key, quoted(id.as_str()), &first);
            }
            names.push((id.clone(), name.clone()));
        }
        sanitizers.extend(finish_one(&name, draft, reader, bundle));
    }
    sanitizers
}

fn bundled_with_defaults(reader: &mut Reader<'_>, bundle: &Bundle) -> Vec<SanitizerConfig> {
    let mut sanitizers = Vec::new();
    for bundled in bundle.sanitizers {
        // A test of the bundle sees to its names.
        let Ok(id) = bundled.name.parse() else {
            continue;
        };
        sanitizers.push(SanitizerConfig {
            settings: Value::Object(bundled_settings(bundled, reader)),
            place: reader.place_of("sanitizer"),
            ..SanitizerConfig::new(id, Source::Bundled(bundled.name))
        });
    }
    sanitizers
}

fn finish_one(
    name: &str,
    draft: SanitizerDraft,
    reader: &mut Reader<'_>,
    bundle: &Bundle,
) -> Option<SanitizerConfig> {
    let (source, bundled) = find_source(name, draft.source?, reader, bundle.sanitizers)?;
    let Settings { values, lines } = draft.settings.unwrap_or_default();
    let mut settings = bundled
        .map(|bundled| bundled_settings(bundled, reader))
        .unwrap_or_default();
    settings.extend(values);
    Some(SanitizerConfig {
        limits: draft.limits,
        settings: Value::Object(settings),
        place: reader.place_of(name),
        lines: Lines {
            keys: reader.lines_in(name),
            settings: lines,
        },
        ..SanitizerConfig::new(draft.id?, source)
    })
}
