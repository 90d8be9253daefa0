//! What may be typed: commands, options and their help.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::node::NodeCommand;

/// Judges requests to OpenStack Ironic by policies in WebAssembly, and lets only those pass that
/// no policy refuses.
#[derive(Debug, Parser)]
#[command(name = "portcullis", version, propagate_version = true)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Stand in front of Ironic: judge every write, pass on what is admitted
    ///
    /// Prints one line for each listener once it takes requests. SIGHUP reloads policies and
    /// certificates, SIGTERM lets requests in flight finish and ends; a second one ends at once.
    Serve(ConfigOption),
    /// Judge requests from files or standard input, without any Ironic
    ///
    /// A request is `{"method", "path", "headers", "body"}`, optionally with what Ironic would show
    /// of the things it is about (`"node"`, `"port"`, `"portgroup"`, `"ports"` for the list of a
    /// node's ports, and `"resource"` for anything else that it updates) and
    /// `"caller": {"project_id", "user_id", "roles"}`: one object, an array, or one object a line.
    /// The body's form depends on the version, which the header `X-OpenStack-Ironic-API-Version`
    /// gives as for Ironic; without it, 1.1. Ends with 0 when all were admitted, 1 when one was
    /// refused, 2 when one could not be judged.
    Check(CheckOptions),
    /// Look at config drives, judge them, and build them
    #[command(subcommand)]
    ConfigDrive(ConfigDriveCommand),
    /// Take secrets out of the log of any service: files or standard input, to standard output
    ///
    /// One line comes out for each line that goes in, and a line without secrets keeps its bytes. A
    /// last line without a line break is not lost, and SIGTERM lets what has been read be written.
    /// Ends with 0; with `--check`, with 1 when a line holds a secret. Ends with 2 when an input
    /// cannot be read, or a line had to be withheld because a sanitizer failed.
    Sanitize(SanitizeOptions),
    /// Look at configurations
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Look at policies
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Carry out whole operations on nodes: deploy, destroy, reboot, attach a network, ...
    ///
    /// An operation is planned first, all of it is judged before its first call, and what fails is
    /// taken back. Ends with 0 when every node reached the goal, 1 when a policy refused something,
    /// 2 when it could not begin, 3 when something failed and is as it was, 4 when it was late or
    /// was stopped and is as it was, 5 when something is left to do. Of several, the largest.
    #[command(subcommand)]
    Node(NodeCommand),
    /// Compile the component on standard input, machine code to standard output
    ///
    /// `serve` and `check` run this as a process of its own, so that the compiler's memory and
    /// faults stay out of the gateway.
    #[command(hide = true)]
    CompilePolicy,
}

/// Which configuration to use.
#[derive(Debug, Args)]
pub struct ConfigOption {
    /// Configuration file; without it, every bundled policy with its defaults
    #[arg(long, short, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// Options of `check`.
#[derive(Debug, Args)]
pub struct CheckOptions {
    /// Which policies judge.
    #[command(flatten)]
    pub config: ConfigOption,
    /// Print one JSON object for each request
    #[arg(long)]
    pub json: bool,
    /// Files with requests; `-` or none reads standard input
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// Commands about config drives.
#[derive(Debug, Subcommand)]
pub enum ConfigDriveCommand {
    /// Show what is on a drive: entries, sizes, documents with their secrets masked, and flaws
    ///
    /// The drive is opened in the sandbox, never by this program itself. DRIVE is a raw image, a gzip
    /// stream, base64 text, the JSON object of its parts, or a URL, told apart by what it holds.
    Inspect(InspectDriveOptions),
    /// Judge a drive as the gateway would, without any Ironic
    ///
    /// Asks every policy of the configuration that is granted `config-drive`. With `--json`, prints
    /// `{"verdict": "accept" or "deny", "findings": [{"rule", "path", "message", "severity"}]}`.
    /// Ends with 0 when the drive is accepted, 1 when it is refused, 2 when it could not be judged.
    Check(CheckDriveOptions),
    /// Build a drive in memory; the same parts give the same bytes
    ///
    /// A file that is written can be read by its owner alone. `-` stands for standard input or output.
    Build(BuildDriveOptions),
}

/// Options of `config-drive inspect`.
#[derive(Debug, Args)]
pub struct InspectDriveOptions {
    /// Which limits hold, and whether a URL is fetched.
    #[command(flatten)]
    pub config: ConfigOption,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    /// File with the drive; `-` reads standard input
    #[arg(value_name = "DRIVE")]
    pub drive: PathBuf,
}

/// Options of `config-drive check`.
#[derive(Debug, Args)]
pub struct CheckDriveOptions {
    /// Which policies judge.
    #[command(flatten)]
    pub config: ConfigOption,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    /// UUID of the node the drive is for
    #[arg(long, value_name = "UUID")]
    pub node: Option<String>,
    /// File with the drive; `-` reads standard input
    #[arg(value_name = "DRIVE")]
    pub drive: PathBuf,
}

/// Options of `config-drive build`.
#[derive(Debug, Args)]
pub struct BuildDriveOptions {
    /// Meta data, a JSON object
    #[arg(long, value_name = "FILE")]
    pub meta_data: PathBuf,
    /// Network data, a JSON object
    #[arg(long, value_name = "FILE")]
    pub network_data: Option<PathBuf>,
    /// User data, anything
    #[arg(long, value_name = "FILE")]
    pub user_data: Option<PathBuf>,
    /// Vendor data, a JSON object
    #[arg(long, value_name = "FILE")]
    pub vendor_data: Option<PathBuf>,
    /// A further file of the image, such as `openstack/content/0000=motd`
    #[arg(long = "file", value_name = "GUEST_PATH=FILE", value_parser = drive_file)]
    pub files: Vec<DriveFile>,
    /// What is written
    #[arg(long, value_enum, default_value_t = DriveFormat::Iso)]
    pub format: DriveFormat,
    /// Where it is written; made with mode 0600
    #[arg(short, long, value_name = "OUT")]
    pub output: PathBuf,
}

/// A file that goes on a drive.
#[derive(Clone, Debug)]
pub struct DriveFile {
    /// Its path on the drive.
    pub path: String,
    /// Where its contents are.
    pub from: PathBuf,
}

fn drive_file(text: &str) -> Result<DriveFile, &'static str> {
    match text.split_once('=') {
        Some((path, from)) if !path.is_empty() && !from.is_empty() => Ok(DriveFile {
            path: path.to_owned(),
            from: from.into(),
        }),
        _ => Err("expected the path on the drive, `=`, and a file"),
    }
}

/// What `config-drive build` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DriveFormat {
    /// An ISO 9660 image
    Iso,
    /// Base64 of a gzip stream of the image, as Ironic takes it
    Base64,
    /// The JSON object of the parts, as Ironic takes it
    Json,
}

/// Options of `sanitize`.
#[derive(Debug, Args)]
pub struct SanitizeOptions {
    /// Which sanitizers there are.
    #[command(flatten)]
    pub config: ConfigOption,
    /// What the lines are
    #[arg(long, value_enum, default_value_t = LogForm::Auto)]
    pub format: LogForm,
    /// Go on with what is appended to the files, also when they are rotated
    #[arg(long, short, requires = "files")]
    pub follow: bool,
    /// Write to this file (mode 0600) instead of standard output
    #[arg(long, short, value_name = "FILE", conflicts_with_all = ["diff", "check"])]
    pub output: Option<PathBuf>,
    /// Only show the lines that would change, as they would be
    #[arg(long)]
    pub diff: bool,
    /// Write nothing; end with 1 when a line holds a secret
    #[arg(long)]
    pub check: bool,
    /// At the end, say on standard error what was taken out how often
    #[arg(long)]
    pub stats: bool,
    /// Files to read; `-` or none reads standard input
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// What the lines of a log are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogForm {
    /// JSON if the first line begins with a brace, else text
    Auto,
    /// Any text
    Text,
    /// The JSON formatter of oslo.log, or any other JSON lines
    OsloJson,
    /// What `journalctl -o json` writes
    JournaldJson,
}

/// Commands about configurations.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Check a configuration: the file, and every policy with its settings
    ///
    /// Loads each policy as `serve` would. Nothing is asked of Ironic.
    Check {
        /// The file; without it, the defaults are checked
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Print the reference of every key, in Markdown
    Reference,
}

/// Commands about policies.
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Show what a validator or a sanitizer declares and asks for, its size and digest
    Inspect {
        /// The component
        #[arg(value_name = "WASM")]
        component: PathBuf,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn commands_are_read() {
        let parse = |line: &str| Arguments::try_parse_from(line.split(' ')).map(|a| a.command);
        assert!(matches!(
            parse("portcullis serve --config a.toml"),
            Ok(Command::Serve(ConfigOption { config: Some(file) })) if file.as_os_str() == "a.toml"
        ));
        assert!(matches!(
            parse("portcullis check --json one.json -"),
            Ok(Command::Check(CheckOptions { json: true, files, .. })) if files.len() == 2
        ));
        assert!(matches!(
            parse("portcullis config check"),
            Ok(Command::Config(ConfigCommand::Check { file: None }))
        ));
        assert!(parse("portcullis policy inspect").is_err());
    }
}
