//! What a key of the configuration is: its path, the kind of its value, and a sentence.

use std::path::PathBuf;
use std::time::Duration;

use toml::de::DeArray;

use super::duration;
use super::read::Reader;
use super::settings::Settings;
use super::text::{CapabilityName, Slot, Text};
use crate::config_drive::url::{HostPattern, Network};
use crate::policy::Pattern;
use crate::units::ByteSize;

/// A key of a table whose values go into an `S`.
///
/// The same entry reads the value, words the error when it does not fit, and is the key's line
/// in the operator's reference; its default is what `S` holds by default.
pub(super) struct Key<S: 'static> {
    /// Names with dots between, from the table on: `limits.time`.
    pub(super) path: &'static str,
    pub(super) kind: Kind<S>,
    /// For the operator: what it is for. Full sentences, in Markdown.
    pub(super) doc: &'static str,
    /// Says the default where the value alone does not.
    pub(super) otherwise: Option<&'static str>,
    /// Whether it must be given.
    pub(super) needed: bool,
    /// Whether its value, found where it does not fit, may be a secret.
    pub(super) secret: bool,
}

/// What a value is, which values fit, and where it goes.
pub(super) enum Kind<S: 'static> {
    Duration(fn(&mut S) -> &mut Duration, Duration, Duration),
    Bytes(fn(&mut S) -> &mut ByteSize, ByteSize, ByteSize),
    Integer(fn(&mut S) -> &mut usize, usize, usize),
    Switch(fn(&mut S) -> &mut bool),
    Text(fn(&mut S) -> &mut dyn Slot),
    Path(fn(&mut S) -> &mut Option<PathBuf>, Use),
    Patterns(fn(&mut S) -> &mut Vec<Pattern>),
    Hosts(fn(&mut S) -> &mut Vec<HostPattern>),
    Networks(fn(&mut S) -> &mut Vec<Network>),
    Capabilities(fn(&mut S) -> &mut Option<Vec<String>>),
    Settings(fn(&mut S) -> &mut Option<Settings>),
    /// Tables of the same keys, one after the other.
    Tables(fn(&mut S, &mut Reader<'_>, &DeArray<'_>)),
}

/// What a path is used for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// A file that is read: it exists.
    Reads,
    /// A file that is made: its directory exists.
    Makes,
    /// A file of credentials, which is opened and checked when all else is known.
    ReadsSecret,
    /// A directory that is made when it is missing; an empty text means none.
    Directory,
}

impl<S> Key<S> {
    pub(super) const fn new(path: &'static str, kind: Kind<S>, doc: &'static str) -> Self {
        Self {
            path,
            kind,
            doc,
            otherwise: None,
            needed: false,
            secret: false,
        }
    }

    pub(super) const fn needed(mut self) -> Self {
        self.needed = true;
        self
    }

    pub(super) const fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    pub(super) const fn otherwise(mut self, text: &'static str) -> Self {
        self.otherwise = Some(text);
        self
    }

    /// What it may be, to follow the word "expected". `of` is any `S`.
    pub(super) fn accepts(&self, of: &mut S) -> String {
        match &self.kind {
            Kind::Duration(_, least, most) => {
                let (least, most) = (duration::show(*least), duration::show(*most));
                format!("a duration from `{least}` to `{most}`, written with ms, s, m or h")
            }
            Kind::Bytes(_, least, most) => {
                format!("a size from `{least}` to `{most}`, written with B, KiB, MiB or GiB")
            }
            Kind::Integer(_, least, most) => format!("a whole number from {least} to {most}"),
            Kind::Switch(_) => String::from("`true` or `false`"),
            Kind::Text(at) => at(of).expected(),
            Kind::Path(_, Use::Reads | Use::ReadsSecret) => {
                String::from("the path of a file that exists")
            }
            Kind::Path(_, Use::Makes) => {
                String::from("the path of a file in a directory that exists")
            }
            Kind::Path(_, Use::Directory) => {
                String::from("the path of a directory, or an empty text for none")
            }
            Kind::Patterns(_) => format!("a list of patterns, each {}", Pattern::accepts()),
            Kind::Hosts(_) => format!("a list of hosts, each {}", HostPattern::accepts()),
            Kind::Networks(_) => format!("a list of networks, each {}", Network::accepts()),
            Kind::Capabilities(_) => {
                format!("a list of texts, each {}", CapabilityName::accepts())
            }
            Kind::Settings(_) => String::from("a table of the policy's settings"),
            Kind::Tables(_) => format!("`[[{}]]` tables, at least one", self.path),
        }
    }

    /// Its default as it would be written, from an `S` with all its defaults.
    pub(super) fn default(&self, of: &mut S) -> Option<String> {
        let quoted = |text: String| format!("\"{text}\"");
        match &self.kind {
            Kind::Duration(at, ..) => Some(quoted(duration::show(*at(of)))),
            Kind::Bytes(at, ..) => Some(quoted(at(of).to_string())),
            Kind::Integer(at, ..) => Some(at(of).to_string()),
            Kind::Switch(at) => Some(at(of).to_string()),
            Kind::Text(at) => at(of).current().map(quoted),
            Kind::Path(..)
            | Kind::Patterns(_)
            | Kind::Hosts(_)
            | Kind::Networks(_)
            | Kind::Capabilities(_)
            | Kind::Settings(_)
            | Kind::Tables(_) => None,
        }
    }
}
