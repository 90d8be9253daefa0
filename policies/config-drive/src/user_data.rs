//! User data, by its kind, and user data within user data.

mod cloud_config;
mod ignition;
mod lines;
mod mime;
mod yaml;

use crate::{Settings, rules, secrets, url};
use memchr::{memchr, memmem};
use portcullis_guest::config_drive::{UserDataKind, gzip};
use portcullis_guest::{Finding, Pointer};
use yaml::YamlError;

/// Levels of user data within user data.
const MOST_LEVELS: usize = 2;

/// Bytes of all user data within user data.
const MOST_NESTED_BYTES: usize = 1 << 20;

/// Levels of nesting in Ignition configurations.
const JSON_DEPTH: usize = 25;

/// Every finding about the user data `text` of a drive in JSON form, which stands at `place`.
///
/// Text of no known kind is accepted: Ironic's clients send placeholders, and nodes ignore them.
pub(crate) fn check_text(settings: &Settings, text: &str, place: &Pointer) -> Vec<Finding> {
    match UserDataKind::of(text.as_bytes()) {
        UserDataKind::Unknown => lines::search(text, place),
        kind => check_as(settings, text.as_bytes(), Some(kind), place),
    }
}

/// Every finding about user data that is a file, which stands at `place`.
pub(crate) fn check(settings: &Settings, bytes: &[u8], place: &Pointer) -> Vec<Finding> {
    check_as(settings, bytes, None, place)
}

fn check_as(
    settings: &Settings,
    bytes: &[u8],
    kind: Option<UserDataKind>,
    place: &Pointer,
) -> Vec<Finding> {
    if bytes.len() > settings.max_user_data_bytes {
        // The size is a finding already, and bounds what the rest costs.
        return Vec::new();
    }
    let mut judge = Judge {
        settings,
        place,
        nested_bytes: 0,
    };
    judge.judge(bytes, kind, 0)
}

struct Judge<'a> {
    settings: &'a Settings,
    place: &'a Pointer,
    /// Bytes of user data within user data so far.
    nested_bytes: usize,
}

impl Judge<'_> {
    /// Judges `bytes`, which are of kind `said` if that is known.
    fn judge(&mut self, bytes: &[u8], said: Option<UserDataKind>, level: usize) -> Vec<Finding> {
        let kind = said.unwrap_or_else(|| UserDataKind::of(bytes));
        if kind == UserDataKind::Gzip {
            return self.gzip(bytes, level);
        }
        let Ok(text) = std::str::from_utf8(bytes) else {
            let finding = rules::UD_FORMAT.at(self.place, "user data that is not UTF-8");
            return vec![finding.with_hint("text")];
        };
        match kind {
            UserDataKind::Empty | UserDataKind::Gzip => Vec::new(),
            UserDataKind::CloudConfig => self.cloud_config(text),
            UserDataKind::CloudConfigArchive => self.archive(text, level),
            UserDataKind::Jinja => self.template(text),
            UserDataKind::Mime => self.mime(bytes, level),
            UserDataKind::Ignition => self.ignition(text),
            UserDataKind::Include => self.include(text),
            UserDataKind::BootHook | UserDataKind::PartHandler => {
                let found = format!("user data that is {}", kind.name());
                let finding = rules::UD_INCLUDE.at(self.place, found);
                let mut findings = vec![finding.with_hint("cloud-config or a script")];
                findings.extend(lines::search(text, self.place));
                findings
            }
            UserDataKind::CloudConfigJsonPatch
            | UserDataKind::Script
            | UserDataKind::PowerShell
            | UserDataKind::Kickstart => lines::search(text, self.place),
            UserDataKind::Unknown => {
                let finding = rules::UD_FORMAT.at(self.place, "user data of no known kind");
                let hint = "a first line that says what it is, such as #cloud-config or #!/bin/sh";
                let mut findings = vec![finding.with_hint(hint)];
                findings.extend(lines::search(text, self.place));
                findings
            }
        }
    }

    /// Judges user data that stands within other user data.
    fn nested(
        &mut self,
        bytes: &[u8],
        said: Option<UserDataKind>,
        level: usize,
        what: &str,
    ) -> Vec<Finding> {
        self.nested_bytes = self.nested_bytes.saturating_add(bytes.len());
        if level > MOST_LEVELS || self.nested_bytes > MOST_NESTED_BYTES {
            let found = if level > MOST_LEVELS {
                format!("user data nested more than {MOST_LEVELS} levels deep")
            } else {
                format!("more than {MOST_NESTED_BYTES} bytes of user data within user data")
            };
            return vec![self.wrongly_nested(found)];
        }
        let mut findings = self.judge(bytes, said, level);
        for finding in &mut findings {
            finding.message.insert_str(0, what);
        }
        findings
    }

    fn wrongly_nested(&self, found: impl Into<String>) -> Finding {
        let hint =
            format!("at most {MOST_LEVELS} levels, {MOST_NESTED_BYTES} bytes in all, each whole");
        rules::UD_NESTED.at(self.place, found).with_hint(hint)
    }

    fn gzip(&mut self, bytes: &[u8], level: usize) -> Vec<Finding> {
        let left = MOST_NESTED_BYTES.saturating_sub(self.nested_bytes);
        match gzip::member(bytes, left) {
            Ok(member) if member.length == bytes.len() as u64 => {
                self.nested(&member.bytes, None, level + 1, "inflated: ")
            }
            Ok(_) => vec![self.wrongly_nested("bytes behind the gzip stream of user data")],
            Err(error) => vec![self.wrongly_nested(error.to_string())],
        }
    }

    fn cloud_config(&mut self, text: &str) -> Vec<Finding> {
        match yaml::parse(text) {
            Ok(root) => {
                let mut findings = cloud_config::secrets(&root, self.place);
                findings.extend(cloud_config::check(&root, self.place));
                let known = private_key(text, self.place);
                if known.is_empty() && may_hide(text) {
                    findings.extend(cloud_config::known_forms(&root, self.place));
                }
                findings.extend(known);
                findings
            }
            Err(error) => {
                let mut findings = vec![self.bad_yaml(&error)];
                // Whoever repairs it should learn of everything at once.
                findings.extend(lines::search(text, self.place));
                findings
            }
        }
    }

    fn bad_yaml(&self, error: &YamlError) -> Finding {
        let (rule, hint) = match error {
            YamlError::Aliases | YamlError::Expanded => (
                rules::YAML_ALIAS,
                "at most 64 aliases, and 1 MiB with all of them resolved",
            ),
            YamlError::Syntax { .. } | YamlError::Depth { .. } | YamlError::Documents { .. } => {
                (rules::UD_FORMAT, "one YAML document")
            }
        };
        rule.at(self.place, error.to_string()).with_hint(hint)
    }

    /// A list of parts. Each is text, or has its text under `content` and perhaps a type.
    fn archive(&mut self, text: &str, level: usize) -> Vec<Finding> {
        let root = match yaml::parse(text) {
            Ok(root) => root,
            Err(error) => return vec![self.bad_yaml(&error)],
        };
        let Some(items) = root.items() else {
            let finding = rules::UD_FORMAT.at(self.place, "a cloud-config archive that is no list");
            return vec![finding.with_hint("a list of parts")];
        };
        let mut findings = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let what = format!("part {}: ", index + 1);
            let (content, said) = match item.text() {
                Some(text) => (Some(text), None),
                None => {
                    let said = item.get("type").and_then(yaml::Node::text);
                    (item.get("content").and_then(yaml::Node::text), said)
                }
            };
            match content {
                Some(content) => {
                    let said = said.and_then(mime::kind);
                    findings.extend(self.nested(content.as_bytes(), said, level + 1, &what));
                }
                None => {
                    let found = format!("{what}no text");
                    findings.push(
                        rules::UD_FORMAT
                            .at(self.place, found)
                            .with_hint("text under `content`"),
                    );
                }
            }
        }
        findings
    }

    /// A template is judged as what it is a template of, as far as it can be read before it is
    /// filled in.
    fn template(&mut self, text: &str) -> Vec<Finding> {
        let rest = text
            .trim_start()
            .split_once('\n')
            .map_or("", |(_, rest)| rest);
        match UserDataKind::of(rest.as_bytes()) {
            UserDataKind::CloudConfig => match yaml::parse(rest) {
                Ok(root) => {
                    let mut findings = cloud_config::secrets(&root, self.place);
                    findings.extend(private_key(rest, self.place));
                    findings
                }
                Err(error @ (YamlError::Aliases | YamlError::Expanded)) => {
                    vec![self.bad_yaml(&error)]
                }
                Err(_) => lines::search(rest, self.place),
            },
            UserDataKind::Script => lines::search(rest, self.place),
            _ => {
                let finding = rules::UD_FORMAT.at(self.place, "a template of something else");
                vec![finding.with_hint("a template of cloud-config or of a script")]
            }
        }
    }

    fn mime(&mut self, bytes: &[u8], level: usize) -> Vec<Finding> {
        let left = MOST_NESTED_BYTES.saturating_sub(self.nested_bytes);
        match mime::parts(bytes, left) {
            Ok(parts) => {
                let mut findings = Vec::new();
                for (index, part) in parts.iter().enumerate() {
                    let what = format!("part {}: ", index + 1);
                    findings.extend(self.nested(&part.bytes, part.kind, level + 1, &what));
                }
                findings
            }
            Err(error) => vec![self.wrongly_nested(error.to_string())],
        }
    }

    fn include(&mut self, text: &str) -> Vec<Finding> {
        let urls = text
            .lines()
            .map(str::trim)
            .map(|line| line.strip_prefix("#include-once").unwrap_or(line))
            .map(|line| line.strip_prefix("#include").unwrap_or(line).trim())
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        let mut findings = Vec::new();
        for (index, _) in urls
            .enumerate()
            .filter(|(_, text)| !url::is_listed(text, &self.settings.include_hosts))
        {
            let found = format!(
                "URL {} of an include list leads to a host that is not listed",
                index + 1
            );
            findings.push(self.include_of(found));
        }
        findings
    }

    fn include_of(&self, found: String) -> Finding {
        let hosts = &self.settings.include_hosts;
        let hint = if hosts.is_empty() {
            "what it would fetch, in the user data itself".to_owned()
        } else {
            format!("https to one of {}", hosts.join(", "))
        };
        rules::UD_INCLUDE.at(self.place, found).with_hint(hint)
    }
}

/// Whether what stands in a scalar of `text` might not stand in `text` itself: escaped, or folded at
/// the blanks of what begins a private key.
fn may_hide(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr(b'\\', bytes).is_some() || memmem::find(bytes, b"-----BEGIN").is_some()
}

/// A private key anywhere in a text, and other secrets that are known by their form.
fn private_key(text: &str, place: &Pointer) -> Vec<Finding> {
    secrets::known_forms(text, "user data with", place)
}

#[cfg(test)]
mod tests;
