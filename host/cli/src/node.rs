//! `portcullis node`: whole operations on nodes.
//!
//! What is typed becomes an order; the library plans it, has it judged, carries it out and takes it
//! back where it fails. This module adds only the words, the lines and the exit codes.

mod deploy;
mod hardware;
mod live;
mod network;
mod options;
mod plan;
mod power;
mod recover;
mod report;
mod run;
mod show;
mod storage;
mod verbs;

use std::process::ExitCode;

use clap::Subcommand;

use options::{Common, NodeOnly};

/// Operations on nodes.
#[derive(Debug, Subcommand)]
pub enum NodeCommand {
    /// Claim a node for an instance, and do nothing else yet
    Reserve(deploy::ReserveOptions),
    /// Give up a claim
    Release(deploy::ReleaseOptions),
    /// Deploy an instance
    Deploy(Box<deploy::DeployOptions>),
    /// Deploy the instance once more, on the same disks
    Rebuild(Box<deploy::RebuildOptions>),
    /// Undeploy the instance, clean the node, and clear whatever is left
    Destroy(deploy::DestroyOptions),
    /// Switch power on
    PowerOn(NodeOnly),
    /// Switch power off
    PowerOff(power::OffOptions),
    /// Switch power off and on
    Reboot(power::RebootOptions),
    /// Boot a rescue system
    Rescue(verbs::RescueOptions),
    /// Boot the instance again
    Unrescue(NodeOnly),
    /// Attach a VIF
    AttachVif(network::AttachOptions),
    /// Detach a VIF
    DetachVif(network::DetachOptions),
    /// Describe a volume that the node is to use
    AttachVolume(storage::AttachVolumeOptions),
    /// Forget the description of a volume
    DetachVolume(storage::DetachOptions),
    /// Describe what the node calls itself towards storage
    AttachConnector(storage::AttachConnectorOptions),
    /// Forget that description
    DetachConnector(storage::DetachOptions),
    /// Set what the node boots from
    BootDevice(hardware::BootDeviceOptions),
    /// Set how the firmware boots
    BootMode(hardware::BootModeOptions),
    /// Switch the console on
    ConsoleOn(NodeOnly),
    /// Switch the console off
    ConsoleOff(NodeOnly),
    /// Interrupt the processor
    InjectNmi(NodeOnly),
    /// Put virtual media in
    InsertMedia(hardware::InsertOptions),
    /// Take virtual media out
    EjectMedia(hardware::EjectOptions),
    /// Run clean steps
    Clean(verbs::StepsOptions),
    /// Run service steps
    Service(verbs::StepsOptions),
    /// Look at the hardware
    Inspect(NodeOnly),
    /// Take under management
    Manage(NodeOnly),
    /// Make available
    Provide(NodeOnly),
    /// Take over what runs already
    Adopt(NodeOnly),
    /// Break off what waits
    Abort(NodeOnly),
    /// Put into maintenance
    MaintenanceOn(hardware::MaintenanceOptions),
    /// Take out of maintenance
    MaintenanceOff(NodeOnly),
    /// Show a node
    Show(show::ShowOptions),
    /// List nodes
    List(show::ListOptions),
    /// Show what a node calls itself towards storage
    StorageConnector(show::ShowOptions),
    /// Show whether the console is on, and how it is reached
    Console(show::ShowOptions),
    /// Finish what a process left behind that ended in the middle of an operation
    ///
    /// Without NODE, of every node that has something. Up to the step that commits an operation
    /// everything is taken back; after it, the rest is finished. A call whose answer never came is
    /// looked for, ten seconds long, before it counts as not made.
    Recover(recover::RecoverOptions),
}

/// Does what was typed.
///
/// # Errors
/// When it cannot begin: what was typed, the configuration, a policy or a file is not usable.
pub fn run(command: NodeCommand) -> anyhow::Result<ExitCode> {
    use portcullis::lifecycle::Order;
    let plain =
        |options: NodeOnly, order: Order| run::orders(&options.common, |_| Ok(order.clone()));
    match command {
        NodeCommand::Reserve(options) => options.run(),
        NodeCommand::Release(options) => options.run(),
        NodeCommand::Deploy(options) => options.run(),
        NodeCommand::Rebuild(options) => options.run(),
        NodeCommand::Destroy(options) => options.run(),
        NodeCommand::PowerOn(options) => plain(options, Order::PowerOn),
        NodeCommand::PowerOff(options) => options.run(),
        NodeCommand::Reboot(options) => options.run(),
        NodeCommand::Rescue(options) => options.run(),
        NodeCommand::Unrescue(options) => plain(options, Order::Unrescue),
        NodeCommand::AttachVif(options) => options.run(),
        NodeCommand::DetachVif(options) => options.run(),
        NodeCommand::AttachVolume(options) => options.run(),
        NodeCommand::DetachVolume(options) => options.run(|uuid| Order::DetachVolume { uuid }),
        NodeCommand::AttachConnector(options) => options.run(),
        NodeCommand::DetachConnector(options) => {
            options.run(|uuid| Order::DetachConnector { uuid })
        }
        NodeCommand::BootDevice(options) => options.run(),
        NodeCommand::BootMode(options) => options.run(),
        NodeCommand::ConsoleOn(options) => plain(options, Order::SetConsole { enabled: true }),
        NodeCommand::ConsoleOff(options) => plain(options, Order::SetConsole { enabled: false }),
        NodeCommand::InjectNmi(options) => plain(options, Order::InjectNmi),
        NodeCommand::InsertMedia(options) => options.run(),
        NodeCommand::EjectMedia(options) => options.run(),
        NodeCommand::Clean(options) => options.run(Order::Clean),
        NodeCommand::Service(options) => options.run(Order::Service),
        NodeCommand::Inspect(options) => plain(options, Order::Inspect),
        NodeCommand::Manage(options) => plain(options, Order::Manage),
        NodeCommand::Provide(options) => plain(options, Order::Provide),
        NodeCommand::Adopt(options) => plain(options, Order::Adopt),
        NodeCommand::Abort(options) => plain(options, Order::Abort),
        NodeCommand::MaintenanceOn(options) => options.run(),
        NodeCommand::MaintenanceOff(options) => plain(options, Order::ClearMaintenance),
        NodeCommand::Show(options) => show::node(&options),
        NodeCommand::List(options) => show::list(&options),
        NodeCommand::StorageConnector(options) => show::storage_connector(&options),
        NodeCommand::Console(options) => show::console(&options),
        NodeCommand::Recover(options) => recover::run(&options),
    }
}

/// Fails where something is for one node only, and there are more.
fn one_node(common: &Common, option: &str) -> anyhow::Result<()> {
    anyhow::ensure!(
        common.nodes.len() == 1,
        "{option} is for one node, found {}",
        common.nodes.len()
    );
    Ok(())
}
