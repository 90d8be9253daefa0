//! One Ironic: start it, know when it is ready, interrupt it, end it.

use std::ffi::OsStr;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::error::{LabError, tail};
use crate::keystone::Keystone;
use crate::neutron::{self, FakeNeutron};
use crate::process::{Process, Start};
use crate::state::{self, RunDirectory};
use crate::{Python, http};

const CONFIGURATION: &str = include_str!("ironic.conf");

/// How long a start may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(180);

/// Between two looks at an Ironic that is starting.
const POLL: Duration = Duration::from_millis(50);

/// What a conductor logs once it takes work.
const CONDUCTOR_STARTED: &str = "Successfully started conductor";

/// How many ports are tried when others take them from under us.
const PORTS: u32 = 5;

/// User and password under [`Auth::HttpBasic`], and what Ironic's `htpasswd` has for them.
const USER: (&str, &str) = ("lab", "labpass");
const HTPASSWD: &str = "lab:$2y$05$I5JXqgZE.zzF53AmBbQ3u.RQN2Hcx4tzpFc7bRaZ5rFGg404WPXzm\n";

/// `Authorization` for [`USER`].
const AUTHORIZATION: &str = "Basic bGFiOmxhYnBhc3M=";

/// What kind of Ironic to start.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// How clients prove who they are.
    pub auth: Auth,
    /// What happens on VIF requests and around deployments.
    pub network: Network,
    /// How long each power, deploy and rescue call of the fake hardware takes.
    pub fake_delay: Duration,
}

/// How clients prove who they are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Auth {
    /// Not at all.
    #[default]
    None,
    /// HTTP basic, see [`Ironic::credentials`].
    HttpBasic,
    /// With a token of a [`Keystone`] of its own, which has it in its catalogue. See
    /// [`Ironic::keystone`].
    Keystone {
        /// How many seconds a token is good for.
        token_life: u16,
    },
}

/// The network interface nodes get by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Network {
    /// `noop`: accepts every VIF and lists none.
    #[default]
    Noop,
    /// `flat`, with a [`FakeNeutron`] behind it. `noop` can be chosen for a node.
    Flat,
}

/// A running Ironic. Ends on drop, with everything it started.
#[derive(Debug)]
pub struct Ironic {
    // Before the directory: the processes have to be gone when it is removed.
    process: Process,
    python: Python,
    options: Options,
    port: u16,
    neutron: Option<FakeNeutron>,
    keystone: Option<Keystone>,
    directory: RunDirectory,
}

impl Ironic {
    /// Starts an Ironic and returns once its API answers and its conductor takes work.
    ///
    /// Installs Ironic first where that has not been done, see [`Python::prepare`].
    ///
    /// # Errors
    ///
    /// When something is missing on the machine, or Ironic does not come up; with the end of its
    /// log.
    pub fn start(options: Options) -> Result<Self, LabError> {
        let python = Python::prepare()?;
        let lab = state::lab_directory()?;
        let template = database(&lab, &python)?;
        let neutron = match options.network {
            Network::Noop => None,
            Network::Flat => Some(FakeNeutron::start()?),
        };
        let keystone = match options.auth {
            Auth::None | Auth::HttpBasic => None,
            Auth::Keystone { token_life } => {
                Some(Keystone::start(Duration::from_secs(token_life.into()))?)
            }
        };
        let behind = Behind {
            neutron: neutron.as_ref(),
            keystone: keystone.as_ref(),
        };
        let mut tries = 1;
        loop {
            match Self::try_start(&python, &lab, &template, &options, behind) {
                Ok((process, port, directory)) => {
                    if let Some(keystone) = &keystone {
                        keystone.add_service("baremetal", &format!("http://{}", loopback(port)))?;
                    }
                    return Ok(Self {
                        process,
                        python,
                        options,
                        port,
                        neutron,
                        keystone,
                        directory,
                    });
                }
                Err(LabError::PortTaken { .. }) if tries < PORTS => tries += 1,
                Err(error) => return Err(error),
            }
        }
    }

    fn try_start(
        python: &Python,
        lab: &Path,
        template: &Path,
        options: &Options,
        behind: Behind<'_>,
    ) -> Result<(Process, u16, RunDirectory), LabError> {
        let directory = RunDirectory::create(lab)?;
        let port = free_port()?;
        let tmp = directory.path().join("tmp");
        fs::create_dir(&tmp).map_err(LabError::file("create", &tmp))?;
        let database = directory.path().join("ironic.sqlite");
        fs::copy(template, &database).map_err(LabError::file("create", &database))?;
        write(directory.path(), "htpasswd", HTPASSWD)?;
        write(
            directory.path(),
            "ironic.conf",
            &configuration(&directory, port, options, behind),
        )?;
        let mut process = run(python, directory.path())?;
        wait_until_ready(&mut process, port, &directory, behind.keystone)?;
        Ok((process, port, directory))
    }

    /// Where its API listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        loopback(self.port)
    }

    /// The same as a URL, without a slash at its end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// User and password it wants, if any.
    #[must_use]
    pub fn credentials(&self) -> Option<(&'static str, &'static str)> {
        match self.options.auth {
            Auth::None | Auth::Keystone { .. } => None,
            Auth::HttpBasic => Some(USER),
        }
    }

    /// The `Authorization` header it wants, if any.
    #[must_use]
    pub fn authorization(&self) -> Option<&'static str> {
        self.credentials().map(|_| AUTHORIZATION)
    }

    /// The Neutron behind it, under [`Network::Flat`].
    #[must_use]
    pub fn neutron(&self) -> Option<&FakeNeutron> {
        self.neutron.as_ref()
    }

    /// The Keystone in front of it, under [`Auth::Keystone`].
    #[must_use]
    pub fn keystone(&self) -> Option<&Keystone> {
        self.keystone.as_ref()
    }

    /// The same, to stop it for a while.
    #[must_use]
    pub fn keystone_mut(&mut self) -> Option<&mut Keystone> {
        self.keystone.as_mut()
    }

    /// The environment it runs in, with its command line client.
    #[must_use]
    pub fn python(&self) -> &Python {
        &self.python
    }

    /// All it has logged so far.
    #[must_use]
    pub fn log(&self) -> String {
        log(self.directory.path())
    }

    /// Stops every process of it, as `SIGSTOP` does: connections stay, answers do not come.
    pub fn pause(&mut self) {
        self.process.signal("SIGSTOP");
    }

    /// Lets it go on after [`Self::pause`].
    pub fn resume(&mut self) {
        self.process.signal("SIGCONT");
    }

    /// Kills every process of it and waits for their end. Database and port number stay.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Starts it again after [`Self::kill`], on the same port and with the same database.
    ///
    /// # Errors
    ///
    /// As [`Self::start`], and when another process has taken the port.
    pub fn restart(&mut self) -> Result<(), LabError> {
        self.process.kill();
        // What the first start has logged would be taken for news.
        for name in LOGS {
            let _ = fs::remove_file(self.directory.path().join(name));
        }
        self.process = run(&self.python, self.directory.path())?;
        wait_until_ready(
            &mut self.process,
            self.port,
            &self.directory,
            self.keystone.as_ref(),
        )
    }
}

/// The servers an Ironic talks to.
#[derive(Clone, Copy)]
struct Behind<'a> {
    neutron: Option<&'a FakeNeutron>,
    keystone: Option<&'a Keystone>,
}

/// Files in a run's directory that receive what Ironic says.
const LOGS: [&str; 2] = ["console.log", "ironic.log"];

fn run(python: &Python, directory: &Path) -> Result<Process, LabError> {
    let (program, configuration) = (python.program("ironic"), directory.join("ironic.conf"));
    let console = directory.join("console.log");
    Process::start(&Start {
        python: &python.interpreter(),
        program: &python.interpreter(),
        arguments: &[
            program.as_os_str(),
            OsStr::new("--config-file"),
            configuration.as_os_str(),
        ],
        path: &python.path(),
        directory,
        output: &console,
        errors: &console,
    })
}

/// Polls until our conductor has logged that it takes work and the API shows it. Another Ironic that
/// took the port has another conductor; and after a restart the API shows ours before it is back.
fn wait_until_ready(
    process: &mut Process,
    port: u16,
    directory: &RunDirectory,
    keystone: Option<&Keystone>,
) -> Result<(), LabError> {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        let said = log(directory.path());
        if said.contains(CONDUCTOR_STARTED)
            && conductors(port, keystone).is_some_and(|all| is_alive(&all, directory.name()))
        {
            return Ok(());
        }
        if said.contains("Address already in use") {
            return Err(LabError::PortTaken { port });
        }
        if process.has_ended() {
            return Err(LabError::Ended {
                log: tail(&said, 20),
            });
        }
        std::thread::sleep(POLL);
    }
    Err(LabError::NotReady {
        waited: PATIENCE,
        log: tail(&log(directory.path()), 20),
    })
}

fn conductors(port: u16, keystone: Option<&Keystone>) -> Option<Value> {
    // A new token each time: one from before the start may have ended.
    let system = json!({"system": {"all": true}});
    let token = keystone.and_then(|keystone| keystone.token(system).ok());
    let proof = match &token {
        Some(token) => ("X-Auth-Token", token.as_str()),
        None => ("Authorization", AUTHORIZATION),
    };
    let headers = [("X-OpenStack-Ironic-API-Version", "1.49"), proof];
    let reply = http::send(loopback(port), "GET", "/v1/conductors", &headers, None).ok()?;
    (reply.status == 200).then(|| reply.json())
}

fn is_alive(conductors: &Value, host: &str) -> bool {
    let all = conductors.get("conductors").and_then(Value::as_array);
    all.is_some_and(|all| {
        all.iter()
            .any(|one| one["hostname"] == host && one["alive"] == true)
    })
}

fn configuration(
    directory: &RunDirectory,
    port: u16,
    options: &Options,
    behind: Behind<'_>,
) -> String {
    let (networks, network) = match options.network {
        Network::Noop => ("noop", "noop"),
        Network::Flat => ("noop,flat", "flat"),
    };
    let auth = match options.auth {
        Auth::None => "noauth",
        Auth::HttpBasic => "http_basic",
        Auth::Keystone { .. } => "keystone",
    };
    // Without a Neutron or Keystone nothing asks for it, but the option wants a value.
    let nobody = || "http://127.0.0.1:9".to_owned();
    let neutron = behind.neutron.map_or_else(nobody, FakeNeutron::url);
    let keystone = behind.keystone.map_or_else(nobody, Keystone::url);
    let (keystone_user, keystone_password) = Keystone::ADMIN;
    let values = [
        ("{auth}", auth.to_owned()),
        ("{state}", directory.path().display().to_string()),
        ("{host}", directory.name().to_owned()),
        ("{port}", port.to_string()),
        ("{networks}", networks.to_owned()),
        ("{network}", network.to_owned()),
        ("{delay}", options.fake_delay.as_secs_f64().to_string()),
        ("{neutron}", neutron),
        ("{keystone}", keystone),
        ("{keystone_user}", keystone_user.to_owned()),
        ("{keystone_password}", keystone_password.to_owned()),
        ("{neutron_network}", neutron::NETWORK.to_owned()),
    ];
    values
        .into_iter()
        .fold(CONFIGURATION.to_owned(), |text, (name, value)| {
            text.replace(name, &value)
        })
}

/// An empty database with Ironic's tables. Making one takes seconds, copying it does not.
fn database(lab: &Path, python: &Python) -> Result<PathBuf, LabError> {
    let _lock = state::lock(lab)?;
    // In the environment's directory: another release of Ironic, another schema.
    let finished = lab.join("venv/empty.sqlite");
    if finished.is_file() {
        return Ok(finished);
    }
    let unfinished = lab.join("venv/unfinished.sqlite");
    let _ = fs::remove_file(&unfinished);
    let configuration = format!(
        "[database]\nconnection = sqlite:///{}\n",
        unfinished.display()
    );
    write(&lab.join("venv"), "database.conf", &configuration)?;
    let made = Command::new(python.interpreter())
        .arg(python.program("ironic-dbsync"))
        .arg("--config-file")
        .arg(lab.join("venv/database.conf"))
        .arg("create_schema")
        .output()
        .map_err(LabError::run("ironic-dbsync"))?;
    if !made.status.success() {
        let reason = tail(&String::from_utf8_lossy(&made.stderr), 5);
        return Err(LabError::Failed {
            program: "ironic-dbsync".to_owned(),
            reason,
        });
    }
    fs::rename(&unfinished, &finished).map_err(LabError::file("create", &finished))?;
    Ok(finished)
}

fn free_port() -> Result<u16, LabError> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(LabError::Listen)?;
    Ok(listener.local_addr().map_err(LabError::Listen)?.port())
}

fn loopback(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

fn log(directory: &Path) -> String {
    LOGS.map(|name| fs::read_to_string(directory.join(name)).unwrap_or_default())
        .concat()
}

fn write(directory: &Path, name: &str, content: &str) -> Result<(), LabError> {
    let path = directory.join(name);
    fs::write(&path, content).map_err(LabError::file("write", &path))
}
