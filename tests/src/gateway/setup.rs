//! Configurations for one test.

use std::fmt::Write as _;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;

use super::Gateway;

/// The configuration of a laboratory, which admits what the stock clients' flows send.
pub fn laboratory_file() -> PathBuf {
    crate::workspace_root().join("tests/lab.toml")
}

/// A configuration in the making: everything on free ports and in a directory of its own.
#[derive(Debug)]
pub struct Setup {
    dir: TempDir,
    ironic: String,
    server: String,
    listen: String,
    decisions: String,
    log_level: String,
    policies: String,
    more: String,
}

impl Setup {
    /// Three bundled policies in front of an Ironic at `url`, over plain HTTP: `provision-target`,
    /// which looks at the node, `steps`, and `config-drive`. None of them judges what changes
    /// power.
    ///
    /// # Panics
    /// When there is no directory to be had.
    pub fn new(url: &str) -> Self {
        Self {
            dir: tempfile::tempdir().expect("a directory"),
            ironic: format!("url = \"{url}\"\n"),
            server: "workers = 2\n".to_owned(),
            listen: String::new(),
            decisions: "decisions.jsonl".to_owned(),
            log_level: "info".to_owned(),
            policies: String::new(),
            more: String::new(),
        }
    }

    /// Adds other sections.
    pub fn more(mut self, lines: &str) -> Self {
        let _ = writeln!(self.more, "{lines}");
        self
    }

    /// Where its files are, and those that its configuration names.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Adds lines to `[ironic]`.
    pub fn ironic(mut self, lines: &str) -> Self {
        let _ = writeln!(self.ironic, "{lines}");
        self
    }

    /// Takes address and credentials of Ironic from a cloud: the one called `lab` in these clouds.
    ///
    /// # Panics
    /// When they cannot be written.
    pub fn cloud(mut self, clouds: &str) -> Self {
        let directory = self.dir().join(".config/openstack");
        fs::create_dir_all(&directory).expect("a directory");
        let file = directory.join("clouds.yaml");
        fs::write(&file, clouds).expect("a file");
        fs::set_permissions(&file, Permissions::from_mode(0o600)).expect("a file of ours");
        self.ironic = "credentials = { cloud = \"lab\" }\n".to_owned();
        self
    }

    /// Adds lines to `[server]`.
    pub fn server(mut self, lines: &str) -> Self {
        let _ = writeln!(self.server, "{lines}");
        self
    }

    /// Adds a listener, instead of the one over plain HTTP.
    pub fn listen(mut self, lines: &str) -> Self {
        let _ = writeln!(self.listen, "[[listen]]\n{lines}");
        self
    }

    /// Records decisions there, instead of in `decisions.jsonl`.
    pub fn decisions(mut self, file: &str) -> Self {
        file.clone_into(&mut self.decisions);
        self
    }

    /// Logs so much, instead of what is usual.
    pub fn log_level(mut self, level: &str) -> Self {
        level.clone_into(&mut self.log_level);
        self
    }

    /// Adds a policy, instead of the bundled ones.
    pub fn policy(mut self, name: &str, source: &str, lines: &str) -> Self {
        let _ = writeln!(
            self.policies,
            "[[policy]]\nname = \"{name}\"\nsource = \"{source}\"\n{lines}"
        );
        self
    }

    /// Adds every bundled policy with its defaults.
    ///
    /// # Panics
    /// When there is no directory of policies.
    pub fn all_policies(self) -> Self {
        let entries = fs::read_dir(crate::workspace_root().join("policies")).expect("policies");
        let mut names: Vec<_> = entries
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| path.join("policy.toml").is_file())
            .filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()))
            .collect();
        names.sort_unstable();
        names.iter().fold(self, |setup, name| {
            setup.policy(name, &format!("bundled:{name}"), "")
        })
    }

    /// Adds what `tests/lab.toml` opens, and its policies, instead of the bundled ones.
    ///
    /// # Panics
    /// When that file has neither, or cannot be read.
    pub fn laboratory(mut self) -> Self {
        let lab = fs::read_to_string(laboratory_file()).expect("a file");
        let policies = lab.find("[api]").and_then(|at| lab.get(at..));
        self.policies.push_str(policies.expect("policies"));
        self
    }

    /// The configuration as it would be written.
    pub fn text(&self) -> String {
        let listen = if self.listen.is_empty() {
            "[[listen]]\naddress = \"127.0.0.1:0\"\n"
        } else {
            &self.listen
        };
        let Self {
            ironic,
            server,
            decisions,
            log_level,
            policies,
            more,
            ..
        } = self;
        let policies = if policies.is_empty() {
            &["provision-target", "steps", "config-drive"]
                .map(|name| format!("[[policy]]\nname = \"{name}\"\nsource = \"bundled:{name}\"\n"))
                .concat()
        } else {
            policies
        };
        format!(
            "[ironic]\n{ironic}\n{listen}\n[admin]\naddress = \"127.0.0.1:0\"\n\n\
             [server]\n{server}\n[sandbox]\ncache_dir = \"\"\n\n[log]\nlevel = \"{log_level}\"\n\n\
             [decisions]\nfile = \"{decisions}\"\n\n{more}\n{policies}"
        )
    }

    /// Starts the gateway, and returns when it serves.
    ///
    /// # Panics
    /// When it does not.
    pub fn start(self) -> Gateway {
        let file = self.dir().join("portcullis.toml");
        fs::write(file, self.text()).expect("a file");
        Gateway::start(Arc::new(self.dir))
    }
}
