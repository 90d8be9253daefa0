//! What the demonstration plays on: Ironic, a recorder in front of it, and the gateway.

use std::ffi::OsStr;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail};
use portcullis_lab::{Ironic, Options, Process, Recorder, Start};

use crate::demo::client::Client;
use crate::demo::result;
use crate::say::{self, Step};
use crate::workspace::Workspace;

/// How long the gateway may take until it listens; it takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(20);

/// Between two looks at a file that is being written.
const POLL: Duration = Duration::from_millis(10);

/// Everything that runs during the demonstration. Ends on drop.
pub struct Stage {
    // The gateway first: it must not outlive what it forwards to.
    _gateway: Process,
    address: SocketAddr,
    recorder: Recorder,
    ironic: Ironic,
    directory: PathBuf,
}

impl Stage {
    /// Starts everything on free loopback ports.
    pub fn set(workspace: &Workspace, binary: &Path) -> Result<Self> {
        let directory = workspace.root().join("target/demo");
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir_all(&directory)
            .with_context(|| format!("cannot create {}", workspace.shown(&directory)))?;

        let step = Step::begin("starting a real Ironic with fake hardware");
        let ironic = Ironic::start(Options::default())?;
        step.end(&ironic.url());

        let recorder = Recorder::start(ironic.address())?;
        let configuration = directory.join("portcullis.toml");
        fs::write(&configuration, configuration_text(&recorder.url()))
            .with_context(|| format!("cannot write {}", workspace.shown(&configuration)))?;

        let step = Step::begin("starting the gateway with three policies");
        let gateway = Process::start(&Start {
            python: &ironic.python().interpreter(),
            program: binary,
            arguments: &[
                OsStr::new("serve"),
                OsStr::new("--config"),
                configuration.as_os_str(),
            ],
            path: &ironic.python().path(),
            directory: &directory,
            output: &directory.join("portcullis.out"),
            errors: &directory.join("portcullis.log"),
        })?;
        let (gateway, address) = wait_for_address(gateway, &directory)?;
        step.end(&format!("http://{address}"));

        say::text("\nclient -> gateway -> recorder -> Ironic\n");
        result(&format!(
            "the gateway judges every write; the recorder notes what arrives at Ironic, {}",
            ironic.url()
        ));
        Ok(Self {
            _gateway: gateway,
            address,
            recorder,
            ironic,
            directory,
        })
    }

    /// A client of the gateway.
    pub fn client(&self) -> Client {
        Client::new(self.address)
    }

    /// Where clients find the gateway.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn ironic(&self) -> &Ironic {
        &self.ironic
    }

    pub fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// Holds the configuration and what the gateway has written.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// All the gateway has logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.directory.join("portcullis.log")).unwrap_or_default()
    }

    /// Waits for the first line of the log, from byte `from` on, that satisfies a condition.
    pub fn wait_for_log(&self, from: usize, wanted: impl Fn(&str) -> bool) -> Result<String> {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            let log = self.log();
            let news = log.get(from..).unwrap_or_default();
            let (whole, _) = news.rsplit_once('\n').unwrap_or_default();
            if let Some(line) = whole.lines().find(|line| wanted(line)) {
                return Ok(line.to_owned());
            }
            std::thread::sleep(POLL);
        }
        bail!(
            "the gateway did not log what was expected, see {}",
            self.directory.join("portcullis.log").display()
        )
    }
}

fn wait_for_address(mut gateway: Process, directory: &Path) -> Result<(Process, SocketAddr)> {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        let said = fs::read_to_string(directory.join("portcullis.out")).unwrap_or_default();
        let whole = said.rsplit_once('\n').map_or("", |(whole, _)| whole);
        if let Some(address) = whole
            .lines()
            .find_map(|line| line.strip_prefix("listening on http://"))
        {
            let address = address
                .parse()
                .map_err(|_| anyhow!("the gateway says it listens on `{address}`"))?;
            return Ok((gateway, address));
        }
        if gateway.has_ended() {
            let log = fs::read_to_string(directory.join("portcullis.log")).unwrap_or_default();
            bail!("the gateway did not start:\n{log}");
        }
        std::thread::sleep(POLL);
    }
    bail!(
        "the gateway was not listening after {} seconds",
        PATIENCE.as_secs()
    )
}

fn configuration_text(ironic: &str) -> String {
    format!(
        r#"# Written by `cargo xtask demo`.

[ironic]
url = "{ironic}"

[[listen]]
address = "127.0.0.1:0"

[decisions]
file = "decisions.jsonl"

[[policy]]
name = "provision-target"
source = "bundled:provision-target"

[[policy]]
name = "steps"
source = "bundled:steps"

[[policy]]
name = "config-drive"
source = "bundled:config-drive"
"#
    )
}
