//! What an operator can set, checked once.

use regex::{RegexSet, RegexSetBuilder};
use serde::Deserialize;

/// The settings of the sanitiser, as they stand in the configuration. Every one has a default.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Further names whose values are secret, for example `rack_door_code`. Case and the characters
    /// `_`, `-` and `.` do not count.
    pub keys: Vec<String>,
    /// Regular expressions; whatever they match is taken out. Matched line by line, in linear time.
    pub patterns: Vec<String>,
    /// Regular expressions for values that may stay although their name says that they are secret.
    /// Each has to match the whole value. Known formats of keys and tokens are not excepted.
    pub allow: Vec<String>,
    /// What stands where a secret stood.
    pub marker: Marker,
}

/// What stands where a secret stood.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Marker {
    /// `[redacted:password]`: only the reason.
    #[default]
    Fixed,
    /// `[redacted:password:1f0c93ab]`: the same secret has the same eight digits, which are taken
    /// from an HMAC-SHA256 under this key. The key should be random and new at each start: who has
    /// it can guess short passwords.
    KeyedHash(String),
}

impl std::fmt::Debug for Marker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Fixed => f.write_str("Fixed"),
            Self::KeyedHash(_) => f.write_str("KeyedHash(..)"),
        }
    }
}

/// Why settings were refused.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A name that would match everything or nothing.
    #[error("setting `keys`: `{name}` has {found} letters and digits, expected 3 to 64")]
    Key {
        /// The name as it was given.
        name: String,
        /// How many of its characters count.
        found: usize,
    },
    /// Something that is not a regular expression, or one that is too large.
    #[error("setting `{setting}`: expected regular expressions of the `regex` crate")]
    Pattern {
        /// The setting it stands in.
        setting: &'static str,
        /// What is wrong with it.
        #[source]
        source: Box<regex::Error>,
    },
    /// A pattern that would put a marker between any two characters.
    #[error("setting `{setting}`: `{pattern}` matches the empty text, expected one that does not")]
    MatchesNothing {
        /// The setting it stands in.
        setting: &'static str,
        /// The pattern as it was given.
        pattern: String,
    },
}

impl SettingsError {
    /// JSON pointer to the setting that it is about.
    pub fn pointer(&self) -> &'static str {
        match self {
            Self::Key { .. } => "/keys",
            Self::Pattern { setting, .. } | Self::MatchesNothing { setting, .. } => {
                if *setting == "allow" {
                    "/allow"
                } else {
                    "/patterns"
                }
            }
        }
    }
}

/// What compiled patterns may take, each set of them.
const PATTERN_BYTES: usize = 4 << 20;

impl Settings {
    /// The names of [`Settings::keys`] as names are compared: lower case, letters and digits only.
    pub(crate) fn folded_keys(&self) -> Result<Vec<String>, SettingsError> {
        self.keys.iter().map(|name| folded(name)).collect()
    }

    pub(crate) fn pattern_set(&self) -> Result<Option<regex::Regex>, SettingsError> {
        if self.patterns.is_empty() {
            return Ok(None);
        }
        let setting = "patterns";
        for pattern in &self.patterns {
            let compiled = compile(pattern, setting)?;
            if compiled.is_match("") {
                let pattern = pattern.clone();
                return Err(SettingsError::MatchesNothing { setting, pattern });
            }
        }
        let any = self.patterns.iter().map(|pattern| format!("(?:{pattern})"));
        compile(&any.collect::<Vec<_>>().join("|"), setting).map(Some)
    }

    pub(crate) fn allow_set(&self) -> Result<Option<RegexSet>, SettingsError> {
        if self.allow.is_empty() {
            return Ok(None);
        }
        let whole = self.allow.iter().map(|shape| format!("^(?:{shape})$"));
        RegexSetBuilder::new(whole)
            .unicode(false)
            .size_limit(PATTERN_BYTES)
            .build()
            .map(Some)
            .map_err(|error| refused("allow", error))
    }
}

fn compile(pattern: &str, setting: &'static str) -> Result<regex::Regex, SettingsError> {
    regex::RegexBuilder::new(pattern)
        .unicode(false)
        .size_limit(PATTERN_BYTES)
        .build()
        .map_err(|error| refused(setting, error))
}

fn refused(setting: &'static str, source: regex::Error) -> SettingsError {
    let source = Box::new(source);
    SettingsError::Pattern { setting, source }
}

fn folded(name: &str) -> Result<String, SettingsError> {
    let folded: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    if (3..=64).contains(&folded.len()) {
        return Ok(folded);
    }
    let (name, found) = (name.to_owned(), folded.len());
    Err(SettingsError::Key { name, found })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_name_the_setting_and_what_is_accepted() {
        let check = |settings: Settings, expected: &str| {
            let keys = settings.folded_keys().map(drop);
            let patterns = settings.pattern_set().map(drop);
            let allow = settings.allow_set().map(drop);
            let error = keys.and(patterns).and(allow).unwrap_err();
            assert_eq!(error.to_string(), expected);
        };
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        check(
            Settings {
                keys: texts(&["-"]),
                ..Settings::default()
            },
            "setting `keys`: `-` has 0 letters and digits, expected 3 to 64",
        );
        check(
            Settings {
                patterns: texts(&["x*"]),
                ..Settings::default()
            },
            "setting `patterns`: `x*` matches the empty text, expected one that does not",
        );
        check(
            Settings {
                allow: texts(&["("]),
                ..Settings::default()
            },
            "setting `allow`: expected regular expressions of the `regex` crate",
        );
    }

    #[test]
    fn the_key_of_the_marker_is_not_shown() {
        let settings: Settings =
            serde_json::from_str(r#"{"marker":{"keyed-hash":"s3cr3t"}}"#).unwrap();
        assert!(!format!("{settings:?}").contains("s3cr3t"));
    }
}
