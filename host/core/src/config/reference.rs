//! The operator's reference, written from the table of keys.

use super::draft::{FileDraft, ListenDraft, PolicyDraft, SanitizerDraft};
use super::key::Key;
use super::keys::{FILE, LISTEN, POLICY, SANITIZER, TABLES};

/// Everything about configuration that no single key says.
const FRONT: &str = include_str!("reference/front.md");
const BACK: &str = include_str!("reference/back.md");

/// A complete configuration that says as little as possible.
pub(super) const MINIMAL: &str = include_str!("examples/minimal.toml");
/// A complete configuration for a gateway that others depend on.
pub(super) const PRODUCTION: &str = include_str!("examples/production.toml");

/// The operator's reference of the configuration file, in Markdown.
///
/// `portcullis config reference` prints it, and `docs/configuration.md` is what it printed.
pub fn reference() -> String {
    let mut text = String::from(FRONT);
    for (name, doc) in TABLES {
        let header = match *name {
            "listen" | "policy" | "sanitizer" => format!("[[{name}]]"),
            _ => format!("[{name}]"),
        };
        text += &format!("\n### `{header}`\n\n{doc}\n\n");
        text += "| key | value | default | meaning |\n| --- | --- | --- | --- |\n";
        text += &match *name {
            "listen" => rows(LISTEN, "", &mut ListenDraft::default()),
            "policy" => rows(POLICY, "", &mut PolicyDraft::default()),
            "sanitizer" => rows(SANITIZER, "", &mut SanitizerDraft::default()),
            _ => rows(FILE, &format!("{name}."), &mut FileDraft::default()),
        };
    }
    let examples = [
        ("EXAMPLE-MINIMAL", MINIMAL),
        ("EXAMPLE-PRODUCTION", PRODUCTION),
    ];
    for (mark, example) in examples {
        text = text.replace(mark, &format!("```toml\n{}\n```", example.trim_end()));
    }
    text + BACK
}

/// The lines of the keys below `prefix`, which they are shown without.
fn rows<S>(keys: &[Key<S>], prefix: &str, defaults: &mut S) -> String {
    let row = |key: &Key<S>| {
        let name = key.path.strip_prefix(prefix)?;
        let default = default(key, defaults);
        let accepts = key.accepts(defaults).replace('|', "\\|");
        Some(format!(
            "| `{name}` | {accepts} | {default} | {} |\n",
            key.doc
        ))
    };
    keys.iter().filter_map(row).collect()
}

fn default<S>(key: &Key<S>, defaults: &mut S) -> String {
    if key.needed {
        return String::from("must be given");
    }
    let value = key.default(defaults).map(|value| format!("`{value}`"));
    key.otherwise
        .map(String::from)
        .or(value)
        .unwrap_or_else(|| String::from("none"))
}
