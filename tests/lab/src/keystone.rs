//! One Keystone: start it, know when it is ready, and ask it as its administrator.

use std::ffi::OsStr;
use std::fs::{self, DirBuilder};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::error::{LabError, tail};
use crate::http::Reply;
use crate::process::{Process, Start};
use crate::state::{self, RunDirectory};
use crate::{Python, http};

const CONFIGURATION: &str = include_str!("keystone.conf");
const SERVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/keystone_server.py");

/// How long a start may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);
/// Between two looks at a Keystone that is starting.
const POLL: Duration = Duration::from_millis(50);

/// A running Keystone, with the domain `Default`, and in it the project `admin` and its
/// administrator [`Keystone::ADMIN`], who has the role `admin` on the system too. Ends on drop.
#[derive(Debug)]
pub struct Keystone {
    // Before the directory: the process has to be gone when it is removed.
    process: Process,
    port: u16,
    directory: RunDirectory,
}

impl Keystone {
    /// User and password of the administrator.
    pub const ADMIN: (&'static str, &'static str) = ("admin", "adminpass");
    /// The only region.
    pub const REGION: &'static str = "RegionOne";

    /// Starts a Keystone whose tokens are good for so long, and returns once it answers.
    ///
    /// # Errors
    ///
    /// When something is missing on the machine, or Keystone does not come up; with the end of its
    /// log.
    pub fn start(token_life: Duration) -> Result<Self, LabError> {
        let python = Python::prepare()?;
        let lab = state::lab_directory()?;
        let template = template(&lab, &python)?;
        let directory = RunDirectory::create(&lab)?;
        for name in [DATABASE, "fernet", "credential"] {
            copy(&template.join(name), &directory.path().join(name))?;
        }
        let configuration = configure(directory.path(), token_life)?;
        let port_file = directory.path().join("port");
        let console = directory.path().join("console.log");
        let mut process = Process::start(&Start {
            python: &python.interpreter(),
            program: &python.interpreter(),
            arguments: &[
                OsStr::new(SERVER),
                configuration.as_ref(),
                port_file.as_ref(),
            ],
            path: &python.path(),
            directory: directory.path(),
            output: &console,
            errors: &console,
        })?;
        let port = wait_for_port(&mut process, &port_file, directory.path())?;
        let keystone = Self {
            process,
            port,
            directory,
        };
        let url = keystone.url();
        keystone.add_service("identity", &url)?;
        Ok(keystone)
    }

    /// Address of its version 3 API, without a slash at its end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/v3", self.address())
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// The administrator's login for the whole system, as the variables that clients read.
    #[must_use]
    pub fn login(&self) -> [(&'static str, String); 6] {
        let (user, password) = Self::ADMIN;
        [
            ("OS_AUTH_TYPE", "password".to_owned()),
            ("OS_AUTH_URL", self.url()),
            ("OS_USERNAME", user.to_owned()),
            ("OS_PASSWORD", password.to_owned()),
            ("OS_USER_DOMAIN_ID", "default".to_owned()),
            ("OS_SYSTEM_SCOPE", "all".to_owned()),
        ]
    }

    /// A new token of the administrator for the scope, as the Identity API writes one.
    ///
    /// # Errors
    ///
    /// When Keystone gives none.
    pub fn token(&self, scope: Value) -> Result<String, LabError> {
        let (user, password) = Self::ADMIN;
        let body = json!({"auth": {"scope": scope, "identity": {
            "methods": ["password"],
            "password": {"user": {"name": user, "domain": {"id": "default"}, "password": password}},
        }}});
        let reply = self.send("POST", "/auth/tokens", &[], &body)?;
        let token = reply.header("x-subject-token").map(String::from);
        token.ok_or_else(|| self.failed("POST", "/auth/tokens", &reply))
    }

    /// Asks something as administrator of the whole system; a `path` behind [`Self::url`].
    ///
    /// # Errors
    ///
    /// When Keystone answers anything but success.
    pub fn ask(&self, method: &str, path: &str, body: &Value) -> Result<Value, LabError> {
        let token = self.token(json!({"system": {"all": true}}))?;
        let reply = self.send(method, path, &[("X-Auth-Token", &token)], body)?;
        match reply.status {
            200..=299 => Ok(reply.json()),
            _ => Err(self.failed(method, path, &reply)),
        }
    }

    /// Ends a token before its time.
    ///
    /// # Errors
    ///
    /// As [`Self::ask`].
    pub fn revoke(&self, token: &str) -> Result<(), LabError> {
        let admin = self.token(json!({"system": {"all": true}}))?;
        let headers = [("X-Auth-Token", admin.as_str()), ("X-Subject-Token", token)];
        let reply = self.send("DELETE", "/auth/tokens", &headers, &Value::Null)?;
        if reply.status != 204 {
            return Err(self.failed("DELETE", "/auth/tokens", &reply));
        }
        Ok(())
    }

    /// Puts a service into the catalogue, at the same address for each interface.
    ///
    /// # Errors
    ///
    /// As [`Self::ask`].
    pub fn add_service(&self, kind: &str, url: &str) -> Result<(), LabError> {
        let service = json!({"service": {"type": kind, "name": kind}});
        let service = self.ask("POST", "/services", &service)?;
        let region = json!({"region": {"id": Self::REGION}});
        // There is one already after the first service.
        let _ = self.ask("POST", "/regions", &region);
        for interface in ["public", "internal", "admin"] {
            let endpoint = json!({"endpoint": {
                "service_id": service.pointer("/service/id"), "interface": interface,
                "region_id": Self::REGION, "url": url}});
            self.ask("POST", "/endpoints", &endpoint)?;
        }
        Ok(())
    }

    /// All it has logged so far.
    #[must_use]
    pub fn log(&self) -> String {
        log(self.directory.path())
    }

    /// Stops it, as `SIGSTOP` does: connections stay, answers do not come.
    pub fn pause(&mut self) {
        self.process.signal("SIGSTOP");
    }

    /// Lets it go on after [`Self::pause`].
    pub fn resume(&mut self) {
        self.process.signal("SIGCONT");
    }

    fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Result<Reply, LabError> {
        let headers = [headers, &[("Content-Type", "application/json")]].concat();
        let body = (!body.is_null()).then(|| body.to_string());
        let target = format!("/v3{path}");
        let body = body.as_ref().map(String::as_bytes);
        http::send(self.address(), method, &target, &headers, body)
            .map_err(LabError::run(format!("{method} {path} at Keystone")))
    }

    fn failed(&self, method: &str, path: &str, reply: &Reply) -> LabError {
        LabError::Failed {
            program: format!("{method} {path} at Keystone"),
            reason: format!("{} {}", reply.status, reply.text()),
        }
    }
}

const DATABASE: &str = "keystone.sqlite";

/// Makes the keys. `keystone-manage` could, for a user who may change the owner of files.
const KEYS: &str = r#"
import os, sys
from cryptography.fernet import Fernet

for repository in "fernet", "credential":
    path = os.path.join(sys.argv[1], repository)
    os.mkdir(path, mode=0o700)
    for key in "01":
        with open(os.path.join(path, key), "wb") as file:
            file.write(Fernet.generate_key())
"#;

fn configure(directory: &Path, token_life: Duration) -> Result<PathBuf, LabError> {
    let text = CONFIGURATION
        .replace("{state}", &directory.display().to_string())
        .replace("{life}", &token_life.as_secs().to_string());
    let path = directory.join("keystone.conf");
    fs::write(&path, text).map_err(LabError::file("write", &path))?;
    Ok(path)
}

fn wait_for_port(
    process: &mut Process,
    port_file: &Path,
    directory: &Path,
) -> Result<u16, LabError> {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        let written = fs::read_to_string(port_file).ok();
        if let Some(port) = written.and_then(|port| port.parse().ok()) {
            return Ok(port);
        }
        if process.has_ended() {
            let log = tail(&log(directory), 20);
            return Err(LabError::Ended { log });
        }
        std::thread::sleep(POLL);
    }
    Err(LabError::NotReady {
        waited: PATIENCE,
        log: tail(&log(directory), 20),
    })
}

fn log(directory: &Path) -> String {
    ["console.log", "keystone.log"]
        .map(|name| fs::read_to_string(directory.join(name)).unwrap_or_default())
        .concat()
}

/// A database with Keystone's tables and its administrator, and keys. Making them takes seconds,
/// copying them does not.
fn template(lab: &Path, python: &Python) -> Result<PathBuf, LabError> {
    let _lock = state::lock(lab)?;
    // In the environment's directory: another release of Keystone, another schema.
    let finished = lab.join("venv/keystone");
    if finished.is_dir() {
        return Ok(finished);
    }
    let unfinished = lab.join("venv/keystone-unfinished");
    let _ = fs::remove_dir_all(&unfinished);
    fs::create_dir_all(&unfinished).map_err(LabError::file("create", &unfinished))?;
    run(Command::new(python.interpreter())
        .args(["-c", KEYS])
        .arg(&unfinished))?;
    let configuration = configure(&unfinished, Duration::from_secs(3600))?;
    let manage = |arguments: &[&str]| {
        run(Command::new(python.interpreter())
            .arg(python.program("keystone-manage"))
            .arg("--config-file")
            .arg(&configuration)
            .args(arguments))
    };
    let (_, password) = Keystone::ADMIN;
    manage(&["db_sync"])?;
    manage(&["bootstrap", "--bootstrap-password", password])?;
    fs::rename(&unfinished, &finished).map_err(LabError::file("create", &finished))?;
    Ok(finished)
}

/// Runs one of the programs that make the template.
fn run(command: &mut Command) -> Result<(), LabError> {
    let program = "preparing Keystone";
    let made = command.output().map_err(LabError::run(program))?;
    if !made.status.success() {
        return Err(LabError::Failed {
            program: String::from(program),
            reason: tail(&String::from_utf8_lossy(&made.stderr), 5),
        });
    }
    Ok(())
}

/// Copies a file, or a directory of files.
fn copy(from: &Path, to: &Path) -> Result<(), LabError> {
    let copied = || -> io::Result<()> {
        if !from.is_dir() {
            return fs::copy(from, to).map(drop);
        }
        DirBuilder::new().mode(0o700).create(to)?;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
        Ok(())
    };
    copied().map_err(LabError::file("create", to))
}
