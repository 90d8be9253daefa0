//! `cargo xtask lab`: a real Ironic to play with.

use anyhow::Result;
use portcullis_lab::{Auth, Ironic, Network, Options};

use crate::say::{self, Step};
use crate::test::prepare_lab;

/// Starts an Ironic, says how to use it, and keeps it running until Ctrl-C.
///
/// # Errors
///
/// When something is missing on the machine, or Ironic does not come up.
pub fn run(options: Options) -> Result<()> {
    prepare_lab()?;
    let step = Step::begin("starting Ironic");
    let ironic = Ironic::start(options)?;
    step.end(&ironic.url());
    say::text(&format!("{}\n", command_line(&ironic, &ironic.url())));
    say::note("Ctrl-C stops it.");
    wait_for_interrupt()
}

/// Options from the command's flags.
pub fn options(flat: bool, auth: bool, keystone: bool) -> Options {
    Options {
        auth: match (keystone, auth) {
            (true, _) => Auth::Keystone { token_life: 3600 },
            (false, true) => Auth::HttpBasic,
            (false, false) => Auth::None,
        },
        network: if flat { Network::Flat } else { Network::Noop },
        ..Options::default()
    }
}

/// A line to paste into a shell that makes Ironic's own client talk to `url`.
pub fn command_line(ironic: &Ironic, url: &str) -> String {
    let auth = match (ironic.keystone(), ironic.credentials()) {
        (Some(keystone), _) => keystone
            .login()
            .map(|(name, value)| format!("{name}={value}"))
            .join(" "),
        (None, None) => "OS_AUTH_TYPE=none".to_owned(),
        (None, Some((user, password))) => {
            format!("OS_AUTH_TYPE=http_basic OS_USERNAME={user} OS_PASSWORD={password}")
        }
    };
    let python = ironic.python();
    let path = python
        .tools()
        .map(|tools| format!("PATH=\"$PATH:{}\" ", tools.display()))
        .unwrap_or_default();
    format!(
        "{path}{auth} OS_ENDPOINT={url} {} node list",
        python.program("baremetal").display()
    )
}

/// Sleeps until the process is interrupted. What it started ends with it: see the laboratory.
pub fn wait_for_interrupt() -> ! {
    loop {
        std::thread::park();
    }
}
