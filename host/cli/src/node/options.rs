//! Options that all operations share, and values that several take.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use portcullis::lifecycle::Terms;
use portcullis::lifecycle::input::Deadline;
use portcullis::operation::NodeIdent;
use serde_json::Value;

use crate::args::ConfigOption;

/// How Ironic is reached, and which policies judge.
#[derive(Debug, Args)]
pub struct Place {
    /// Which configuration.
    #[command(flatten)]
    pub config: ConfigOption,
    /// How long it may take, such as `90s`, `30m` or `2h`
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = humantime::parse_duration)]
    pub timeout: Duration,
    /// Print one JSON object for each node
    #[arg(long)]
    pub json: bool,
    /// Directory for what is needed to recover; without it,
    /// `$XDG_STATE_HOME/portcullis/journal` or `~/.local/state/portcullis/journal`
    #[arg(long, value_name = "DIR")]
    pub journal: Option<PathBuf>,
}

/// What every operation takes. Its help stands below what an operation has of its own.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of every operation")]
pub struct Common {
    /// UUIDs or names of nodes
    #[arg(value_name = "NODE", required = true, help_heading = None::<&'static str>)]
    pub nodes: Vec<NodeIdent>,
    /// Print the plan and the verdict for each of its steps, and send nothing
    #[arg(long)]
    pub plan: bool,
    /// Wait until the goal is reached; this is what happens anyway
    #[arg(long, overrides_with = "no_wait")]
    pub wait: bool,
    /// End when Ironic has accepted the last call
    ///
    /// What goes wrong after that is nobody's to take back.
    #[arg(long)]
    pub no_wait: bool,
    /// Begin even if a policy would refuse to have something taken back
    ///
    /// When the operation fails, that stays behind and is reported.
    #[arg(long)]
    pub one_way: bool,
    /// Nodes that are worked on at the same time
    #[arg(long, value_name = "NUMBER", default_value_t = 16)]
    pub side_by_side: usize,
    /// Where, and for how long.
    #[command(flatten)]
    pub place: Place,
}

/// An operation without anything of its own.
#[derive(Debug, Args)]
pub struct NodeOnly {
    /// What every operation takes.
    #[command(flatten)]
    pub common: Common,
}

impl Common {
    /// On what terms, from now on.
    pub fn terms(&self) -> Terms {
        Terms {
            deadline: Deadline::after(self.place.timeout),
            waits: !self.no_wait,
            one_way: self.one_way,
        }
    }
}

impl Place {
    /// Where journals are kept.
    ///
    /// # Errors
    /// When nobody says where this user keeps such things.
    pub fn journal(&self) -> anyhow::Result<PathBuf> {
        if let Some(journal) = &self.journal {
            return Ok(journal.clone());
        }
        let absolute = |name: &str| {
            let path = std::env::var_os(name).map(PathBuf::from);
            path.filter(|path| path.is_absolute())
        };
        let state = absolute("XDG_STATE_HOME");
        let state = state.or_else(|| Some(absolute("HOME")?.join(".local/state")));
        let state = state.context("finding a place for the journal: neither `XDG_STATE_HOME` nor `HOME` is an absolute path; name one with --journal")?;
        Ok(state.join("portcullis/journal"))
    }
}

/// A name and a value, written `NAME=VALUE`.
pub fn pair(text: &str) -> Result<(String, String), String> {
    let split = text.split_once('=').filter(|(name, _)| is_name(name));
    let (name, value) =
        split.ok_or("expected `NAME=VALUE`, with a name of letters, digits, `_` and `-`")?;
    Ok((name.to_owned(), value.to_owned()))
}

fn is_name(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    !text.is_empty() && text.bytes().all(is_plain)
}

/// A value as JSON if it is some, and else as text.
pub fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

/// Content of a file; `-` is standard input.
///
/// # Errors
/// When it cannot be read.
pub fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut content = Vec::new();
    if path.as_os_str() == "-" {
        std::io::stdin()
            .read_to_end(&mut content)
            .context("reading standard input")?;
    } else {
        content = fs::read(path).with_context(|| format!("reading `{}`", path.display()))?;
    }
    Ok(content)
}

/// JSON in a file.
///
/// # Errors
/// When it cannot be read, or is none. What stands there is not quoted: it may be secret.
pub fn read_json(path: &Path) -> anyhow::Result<Value> {
    let content = read(path)?;
    serde_json::from_slice(&content).map_err(|error| {
        anyhow::anyhow!(
            "reading `{}`: no JSON at line {}, column {}",
            path.display(),
            error.line(),
            error.column()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_and_values_are_read() {
        assert_eq!(pair("root_gb=20"), Ok(("root_gb".into(), "20".into())));
        assert_eq!(pair("a=b=c"), Ok(("a".into(), "b=c".into())));
        assert!(pair("=1").is_err() && pair("a/b=1").is_err() && pair("a").is_err());
        assert_eq!(value("20"), 20);
        assert_eq!(value("raw"), "raw");
    }
}
