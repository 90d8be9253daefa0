//! The orders that are carried out on a real Ironic, each with the node it is for.

use std::time::Duration;

use portcullis::lifecycle::Order;
use portcullis::lifecycle::call::VolumeConnector;
use portcullis::lifecycle::input::{BootDevice, ConnectorKind, InstanceId, VifId};
use portcullis::lifecycle::orders::{
    ConfigDrive, Deploy, Destroy, Image, PowerOff, Rebuild, Steps,
};
use portcullis::secret::Secret;
use serde_json::{Value, json};

use super::node::{Ids, Setting};
use crate::orders::scene::{IMAGE, volume};

/// An order, the node it is for, and what it changes.
pub struct Row {
    pub order: Order,
    pub state: &'static str,
    /// What is done to the node besides bringing it to the state.
    pub given: Vec<Setting>,
    /// What differs afterwards.
    pub changes: Value,
    /// What brings the node back, where that takes less time than another node.
    pub back: Vec<Setting>,
    pub writes: usize,
}

impl Row {
    fn of(order: Order, state: &'static str) -> Self {
        Self {
            order,
            state,
            given: Vec::new(),
            changes: json!({}),
            back: Vec::new(),
            writes: 1,
        }
    }

    fn given(mut self, settings: &[Setting]) -> Self {
        self.given = settings.to_vec();
        self
    }

    fn leads_to(mut self, changes: Value) -> Self {
        self.changes = changes;
        self
    }

    fn back(mut self, settings: &[Setting]) -> Self {
        self.back = settings.to_vec();
        self
    }

    fn writes(mut self, writes: usize) -> Self {
        self.writes = writes;
        self
    }
}

/// Every order but those that the hardware of the laboratory cannot carry out: boot mode,
/// interrupts, virtual media, and breaking off what waits, since nothing does.
pub fn rows(ids: &Ids) -> Vec<Row> {
    let mut rows = of_provisioning(ids);
    rows.extend(of_power());
    rows.extend(of_resources(ids));
    rows.extend(of_settings());
    rows
}

fn of_provisioning(ids: &Ids) -> Vec<Row> {
    use Setting::*;
    let instance: InstanceId = ids.instance.parse().unwrap();
    let reserve = Order::Reserve {
        instance: instance.clone(),
    };
    let release = Order::Release { instance };
    let deployed = json!({"provision_state": "active", "instance": ids.instance,
        "info": {"image_source": IMAGE}, "vifs": [{"id": ids.vif}]});
    let rebuild = Order::Rebuild(Box::new(Rebuild {
        image: Some(Image::at(IMAGE)),
        ..Rebuild::default()
    }));
    let destroy = Order::Destroy(Destroy::default());
    let rescue = Order::Rescue {
        password: Secret::new("correct horse".into()),
    };
    let steps = || Steps::List(json!([{"interface": "bios", "step": "factory_reset"}]));
    let ends_in = |state: &str| json!({"provision_state": state});
    vec![
        Row::of(reserve, "available")
            .given(&[SwitchedOff])
            .leads_to(json!({"instance": ids.instance}))
            .back(&[Released]),
        Row::of(release, "available")
            .given(&[Reserved])
            .leads_to(json!({"instance": null}))
            .back(&[Reserved]),
        Row::of(deploy(ids), "available")
            .given(&[SwitchedOn])
            .leads_to(deployed.clone())
            .writes(3),
        Row::of(deploy(ids), "available")
            .given(&[SwitchedOn, Reserved])
            .leads_to(deployed)
            .writes(3),
        Row::of(rebuild, "active"),
        Row::of(destroy, "active")
            .leads_to(json!({"provision_state": "available", "instance": null, "info": {}}))
            .back(&[Reserved, Imaged, Deployed]),
        Row::of(rescue, "active")
            .leads_to(ends_in("rescue"))
            .back(&[Unrescued]),
        Row::of(Order::Unrescue, "rescue")
            .leads_to(ends_in("active"))
            .back(&[Rescued]),
        Row::of(Order::Clean(steps()), "manageable"),
        Row::of(Order::Service(steps()), "active"),
        Row::of(Order::Inspect, "manageable"),
        Row::of(Order::Manage, "available")
            .leads_to(ends_in("manageable"))
            .back(&[Provided]),
        Row::of(Order::Provide, "manageable")
            .leads_to(ends_in("available"))
            .back(&[Managed]),
        Row::of(Order::Adopt, "manageable")
            .given(&[Reserved, Imaged])
            .leads_to(ends_in("active")),
    ]
}

fn of_power() -> Vec<Row> {
    use Setting::*;
    let soft = PowerOff::Soft(Duration::from_secs(5));
    let off = |how: PowerOff| {
        Row::of(Order::PowerOff(how), "available")
            .given(&[SwitchedOn])
            .leads_to(json!({"power": "power off"}))
            .back(&[SwitchedOn])
    };
    let reboot = |soft: bool| Row::of(Order::Reboot { soft }, "available").given(&[SwitchedOn]);
    vec![
        Row::of(Order::PowerOn, "available")
            .given(&[SwitchedOff])
            .leads_to(json!({"power": "power on"}))
            .back(&[SwitchedOff]),
        off(PowerOff::Hard),
        off(soft),
        reboot(false),
        reboot(true),
    ]
}

fn of_resources(ids: &Ids) -> Vec<Row> {
    use Setting::*;
    let vif: VifId = ids.vif.parse().unwrap();
    let attach = Order::AttachVif {
        vif: vif.clone(),
        to: None,
    };
    let connector = Order::AttachConnector(VolumeConnector {
        uuid: ids.connector.parse().unwrap(),
        kind: ConnectorKind::Iqn,
        connector_id: format!("iqn.2026-01.org.example:{}", ids.connector),
    });
    let forget_connector = Order::DetachConnector {
        uuid: ids.connector.parse().unwrap(),
    };
    let forget_volume = Order::DetachVolume {
        uuid: ids.volume.parse().unwrap(),
    };
    vec![
        Row::of(attach, "available")
            .leads_to(json!({"vifs": [{"id": ids.vif}]}))
            .back(&[Detached]),
        Row::of(Order::DetachVif { vif }, "available")
            .given(&[Attached])
            .leads_to(json!({"vifs": []}))
            .back(&[Attached]),
        Row::of(connector, "available")
            .given(&[SwitchedOff])
            .leads_to(json!({"connectors": 1}))
            .back(&[NoConnector]),
        Row::of(forget_connector, "available")
            .given(&[SwitchedOff, Connector])
            .leads_to(json!({"connectors": 0}))
            .back(&[Connector]),
        // Ironic lets go of volumes only of nodes that are off.
        Row::of(Order::AttachVolume(volume()), "available")
            .given(&[SwitchedOff])
            .leads_to(json!({"targets": 1})),
        Row::of(forget_volume, "available")
            .given(&[SwitchedOff, Volume])
            .leads_to(json!({"targets": 0}))
            .back(&[Volume]),
    ]
}

fn of_settings() -> Vec<Row> {
    use Setting::*;
    let device = Order::SetBootDevice {
        device: BootDevice::Pxe,
        persistent: false,
    };
    let console = |enabled: bool| {
        Row::of(Order::SetConsole { enabled }, "available").leads_to(json!({"console": enabled}))
    };
    vec![
        Row::of(device, "available"),
        console(true).back(&[ConsoleOff]),
        console(false).given(&[ConsoleOn]).back(&[ConsoleOn]),
        Row::of(Order::SetMaintenance { reason: None }, "available")
            .leads_to(json!({"maintenance": true}))
            .back(&[InService]),
        Row::of(Order::ClearMaintenance, "available")
            .given(&[Maintained])
            .leads_to(json!({"maintenance": false}))
            .back(&[Maintained]),
    ]
}

fn deploy(ids: &Ids) -> Order {
    let drive = json!({"meta_data": {"hostname": "web-1"}});
    let mut deploy = Deploy::of(Image::at(IMAGE))
        .with_vif(ids.vif.parse().unwrap())
        .with_config_drive(ConfigDrive::parts(drive.as_object().unwrap()));
    deploy.instance = ids.instance.parse().unwrap();
    Order::Deploy(Box::new(deploy))
}
