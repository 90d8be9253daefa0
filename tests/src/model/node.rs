//! One node of the model.

use serde_json::{Value, json};

/// How work on a node ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fate {
    /// As it should.
    #[default]
    Good,
    /// Every deployment fails.
    DeployFails,
    /// Power does not change.
    PowerFails,
    /// The operating system does not listen; what is hard works.
    SoftPowerFails,
    /// Cleaning fails.
    CleanFails,
    /// Everything that waits, waits for ever.
    Hangs,
}

/// A node.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its UUID.
    pub uuid: String,
    /// Its name.
    pub name: String,
    /// Where it is in its life.
    pub provision_state: String,
    /// Where that leads, and after how many more looks.
    pub next: Option<(usize, String)>,
    /// Whose it is.
    pub instance: Option<String>,
    /// What it is deployed with.
    pub instance_info: Value,
    /// Power.
    pub power: String,
    /// Where that leads, and after how many more looks.
    pub next_power: Option<(usize, String)>,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// Whether people work on it.
    pub maintenance: bool,
    /// VIFs that are attached.
    pub vifs: Vec<String>,
    /// What it boots from.
    pub boot_device: (String, bool),
    /// How it boots.
    pub boot_mode: String,
    /// Whether its console is on.
    pub console: bool,
    /// What becomes of that, and after how many more looks. Till then the node is locked.
    pub next_console: Option<(usize, bool)>,
    /// Virtual media that are in.
    pub media: Vec<String>,
    /// How often it was interrupted.
    pub interrupts: usize,
    /// How often it was restarted.
    pub restarts: usize,
    /// How work on it ends.
    pub fate: Fate,
    /// When it was changed.
    pub updated_at: Option<String>,
    /// When its provision state was.
    pub provision_updated_at: Option<String>,
}

/// Looks until something is done.
pub const LOOKS: usize = 4;

impl Node {
    /// The node of this number, as good as new.
    pub fn number(number: usize) -> Self {
        Self {
            uuid: format!("2a3b4c5d-0000-4000-8000-{number:012}"),
            name: format!("n{number}"),
            provision_state: "available".into(),
            next: None,
            instance: None,
            instance_info: json!({}),
            power: "power off".into(),
            next_power: None,
            last_error: None,
            maintenance: false,
            vifs: Vec::new(),
            boot_device: ("disk".into(), true),
            boot_mode: "bios".into(),
            console: false,
            next_console: None,
            media: Vec::new(),
            interrupts: 0,
            restarts: 0,
            fate: Fate::Good,
            updated_at: None,
            provision_updated_at: None,
        }
    }

    /// The same, in another state.
    pub fn in_state(self, state: &str) -> Self {
        Self {
            provision_state: state.into(),
            ..self
        }
    }

    /// The same, with an instance that runs.
    pub fn with_instance(self, instance: &str) -> Self {
        Self {
            instance: Some(instance.into()),
            instance_info: json!({"image_source": "5d0f3c1e-8a7b-4c6d-9e2f-1a0b3c4d5e6f"}),
            power: "power on".into(),
            ..self.in_state("active")
        }
    }

    /// What the node shows; one look nearer to whatever is under way.
    pub(super) fn look(&mut self, now: impl FnOnce() -> String) -> Value {
        let mut changed = false;
        if self.fate != Fate::Hangs {
            if let Some((looks, state)) = self.next.take() {
                if looks == 0 {
                    self.become_state(&state);
                    changed = true;
                } else {
                    self.next = Some((looks - 1, state));
                }
            }
            if let Some((looks, power)) = self.next_power.take() {
                if looks == 0 {
                    self.power = power;
                } else {
                    self.next_power = Some((looks - 1, power));
                }
            }
            if let Some((looks, console)) = self.next_console.take() {
                if looks == 0 {
                    self.console = console;
                } else {
                    self.next_console = Some((looks - 1, console));
                }
            }
        }
        if changed {
            self.provision_updated_at = Some(now());
        }
        json!({
            "uuid": self.uuid, "name": self.name, "provision_state": self.provision_state,
            "target_provision_state": self.next.as_ref().map(|(_, state)| state),
            "power_state": self.power,
            "target_power_state": self.next_power.as_ref().map(|(_, power)| power),
            "last_error": self.last_error, "instance_uuid": self.instance,
            "instance_info": self.instance_info, "maintenance": self.maintenance,
            "reservation": self.next_console.map(|_| "lab"), "protected": false, "retired": false, "driver": "fake-hardware",
            "driver_info": {}, "properties": {}, "extra": {}, "console_enabled": self.console,
            "updated_at": self.updated_at, "provision_updated_at": self.provision_updated_at,
        })
    }

    /// Finishes whatever is under way.
    pub(super) fn come_to_rest(&mut self) {
        for _ in 0..8 {
            if let Some((_, state)) = self.next.take() {
                self.become_state(&state);
            }
        }
        if let Some((_, power)) = self.next_power.take() {
            self.power = power;
        }
        if let Some((_, console)) = self.next_console.take() {
            self.console = console;
        }
    }

    fn become_state(&mut self, state: &str) {
        self.provision_state = state.into();
        match state {
            // Undeploying has ended, and cleaning begins (conductor/manager.py:_do_node_tear_down).
            "cleaning" => {
                self.instance = None;
                self.instance_info = json!({});
                self.vifs.clear();
                self.power = "power off".into();
                self.next = Some((LOOKS, self.cleaned("available")));
            }
            "active" => self.power = "power on".into(),
            "deploy failed" => self.last_error = Some("disk is too small".into()),
            "clean failed" => self.last_error = Some("disk cannot be erased".into()),
            _ => {}
        }
    }

    pub(super) fn cleaned(&self, good: &str) -> String {
        if self.fate == Fate::CleanFails {
            "clean failed".into()
        } else {
            good.into()
        }
    }

    pub(super) fn snapshot(&self) -> Value {
        json!({
            "name": self.name, "provision_state": self.provision_state, "instance": self.instance,
            "instance_info": self.instance_info, "power": self.power,
            "maintenance": self.maintenance, "vifs": self.vifs, "boot_device": self.boot_device,
            "boot_mode": self.boot_mode, "console": self.console, "media": self.media,
            "interrupts": self.interrupts, "restarts": self.restarts,
        })
    }
}
