//! Orders against the model, through a gate with every bundled policy.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use portcullis::admission::Gate;
use portcullis::config::{Config, IronicConfig};
use portcullis::driver::Driver;
use portcullis::lifecycle::input::Deadline;
use portcullis::lifecycle::orders::{ConfigDrive, Deploy, Image, Order, Volume};
use portcullis::lifecycle::{Lifecycle, Pace, Settings, Terms};
use portcullis::sandbox::Compiler;
use portcullis_bundled::BUNDLE;
use portcullis_tests::gateway::laboratory_file;
use portcullis_tests::model::Node;
use serde_json::json;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// An image of the image service, which knows its checksum.
pub const IMAGE: &str = "0c7a8f4e-5b2d-4c3a-9e1f-6d7b8a9c0d1e";
pub const INSTANCE: &str = "11111111-2222-4333-8444-555555555555";
pub const VIFS: [&str; 2] = [
    "aaaaaaaa-0000-4000-8000-000000000001",
    "aaaaaaaa-0000-4000-8000-000000000002",
];

/// Name of the threads on which orders are carried out and judged.
pub const THREADS: &str = "orders";

/// The runtime of all tests here, so that they share a gate.
pub fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name(THREADS)
            // A thread that ends takes with it what it has used.
            .thread_keep_alive(Duration::from_secs(3600))
            .enable_all()
            .build()
            .unwrap()
    })
}

/// A gate with the policies of the laboratory.
pub fn gate() -> Arc<Gate> {
    static GATE: OnceLock<Arc<Gate>> = OnceLock::new();
    let open = || {
        let mut config = Config::load(&laboratory_file(), &BUNDLE).unwrap();
        config.sandbox.instances = 8;
        let gate = Gate::open(&config, &BUNDLE, Compiler::ThisProcess);
        Arc::new(runtime().block_on(gate).unwrap())
    };
    Arc::clone(GATE.get_or_init(open))
}

pub fn driver(url: &str, reply_timeout: Duration) -> Arc<Driver> {
    let config = IronicConfig {
        url: url.parse().unwrap(),
        reply_timeout,
        ..IronicConfig::default()
    };
    Arc::new(Driver::with_own_credentials(&config).unwrap())
}

/// An orchestrator with a journal of its own.
pub struct Orchestra {
    pub lifecycle: Lifecycle,
    dir: TempDir,
}

impl Orchestra {
    /// In a hurry: what takes minutes in earnest takes milliseconds here.
    pub fn new(url: &str, reply_timeout: Duration, undo_time: Duration) -> Self {
        let settings = Settings {
            undo_time,
            settle_time: Duration::from_millis(60),
            pace: Pace {
                first: Duration::from_millis(2),
                longest: Duration::from_millis(20),
            },
            ..Settings::default()
        };
        Self::with(url, reply_timeout, settings)
    }

    /// With settings of one's own, but for the journal.
    pub fn with(url: &str, reply_timeout: Duration, settings: Settings) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let settings = Settings {
            journal: Some(dir.path().join("journal")),
            ..settings
        };
        let lifecycle = Lifecycle::new(gate(), driver(url, reply_timeout), &settings).unwrap();
        Self { lifecycle, dir }
    }
}

impl Orchestra {
    /// Files in its journal.
    pub fn journals(&self) -> usize {
        std::fs::read_dir(self.dir.path().join("journal"))
            .unwrap()
            .count()
    }
}

pub fn within(time: Duration) -> Terms {
    Terms::until(Deadline::after(time))
}

/// Every order, with a node that it is for.
pub fn orders() -> Vec<(Order, Node)> {
    use portcullis::lifecycle::call::{VifPlace, VolumeConnector};
    use portcullis::lifecycle::input::*;
    use portcullis::lifecycle::orders::*;
    use portcullis::secret::Secret;
    let free = || Node::number(1);
    let active = || Node::number(1).with_instance(INSTANCE);
    let manageable = || Node::number(1).in_state("manageable");
    let vif = |at: usize| VIFS[at].parse::<VifId>().unwrap();
    let on = || Node {
        power: "power on".into(),
        ..free()
    };
    let port: Option<VifPlace> = None;
    let mut attached = free();
    attached.vifs = vec![VIFS[0].into()];
    let mut rescued = active().in_state("rescue");
    rescued.power = "power on".into();
    let mut console = active();
    console.console = true;
    let mut media = free();
    media.media = vec!["cdrom".into()];
    let mut maintained = free();
    maintained.maintenance = true;
    let mut reserved = free();
    reserved.instance = Some(INSTANCE.into());
    let mut waiting = manageable().in_state("clean wait");
    waiting.power = "power on".into();
    let steps = json!([{"interface": "deploy", "step": "erase_devices"}]);
    let instance = || INSTANCE.parse::<InstanceId>().unwrap();
    let rebuild = Rebuild {
        image: Some(Image::at(IMAGE)),
        ..Rebuild::default()
    };
    vec![
        (
            Order::Reserve {
                instance: instance(),
            },
            free(),
        ),
        (
            Order::Release {
                instance: instance(),
            },
            reserved.clone(),
        ),
        (deploy(), free()),
        (deploy(), reserved),
        (Order::Rebuild(Box::new(rebuild)), active()),
        (Order::Destroy(Destroy::default()), active()),
        (Order::PowerOn, free()),
        (Order::PowerOff(PowerOff::Hard), on()),
        (
            Order::PowerOff(PowerOff::Soft(Duration::from_secs(5))),
            on(),
        ),
        (Order::Reboot { soft: false }, on()),
        (Order::Reboot { soft: true }, on()),
        (
            Order::Rescue {
                password: Secret::new("correct horse".into()),
            },
            active(),
        ),
        (Order::Unrescue, rescued),
        (
            Order::AttachVif {
                vif: vif(0),
                to: port,
            },
            free(),
        ),
        (Order::DetachVif { vif: vif(0) }, attached),
        (
            Order::AttachConnector(VolumeConnector {
                uuid: ResourceId::generate(),
                kind: ConnectorKind::Iqn,
                connector_id: "iqn.2026-01.org.example:n1".into(),
            }),
            free(),
        ),
        (Order::AttachVolume(volume()), free()),
        (
            Order::SetBootDevice {
                device: BootDevice::Pxe,
                persistent: false,
            },
            free(),
        ),
        (
            Order::SetBootMode {
                mode: BootMode::Uefi,
            },
            free(),
        ),
        (Order::SetConsole { enabled: true }, active()),
        (Order::SetConsole { enabled: false }, console),
        (Order::InjectNmi, active()),
        (
            Order::InsertMedia {
                device: MediaDevice::Cdrom,
                image_url: "http://127.0.0.1:9/a.iso".into(),
            },
            free(),
        ),
        (Order::EjectMedia { device: None }, media),
        (Order::Clean(Steps::List(steps.clone())), manageable()),
        (
            Order::Service(Steps::List(
                json!([{"interface": "deploy", "step": "burnin_cpu"}]),
            )),
            active(),
        ),
        (Order::Inspect, manageable()),
        (Order::Manage, free()),
        (Order::Provide, manageable()),
        (Order::Adopt, manageable()),
        (Order::Abort, waiting),
        (
            Order::SetMaintenance {
                reason: Some("a new disk".parse().unwrap()),
            },
            free(),
        ),
        (Order::ClearMaintenance, maintained),
    ]
}

pub fn volume() -> Volume {
    Volume {
        volume_type: "iscsi".into(),
        volume_id: "vol-1".into(),
        boot_index: 1,
        properties: None,
    }
}

/// A deployment with everything that takes a call.
pub fn deploy() -> Order {
    let drive = json!({"meta_data": {"hostname": "web-1"}});
    let mut deploy = Deploy::of(Image::at(IMAGE))
        .with_vif(VIFS[0].parse().unwrap())
        .with_vif(VIFS[1].parse().unwrap())
        .with_config_drive(ConfigDrive::parts(drive.as_object().unwrap()));
    deploy.instance = INSTANCE.parse().unwrap();
    deploy.volumes.push(volume());
    Order::Deploy(Box::new(deploy))
}
