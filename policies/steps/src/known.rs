//! Steps that Ironic 39 and its agent have, and the arguments they take.
//!
//! Ironic finds out about an unknown step only when the node is being worked on, so the table
//! stands here. Steps of the agent take arguments that its hardware managers choose; those are
//! listed by name only.

/// What an argument has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Any,
    Array,
    Boolean,
    Integer,
    Object,
    String,
}

impl Type {
    /// The type of this name, as settings write it.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "any" => Self::Any,
            "array" => Self::Array,
            "boolean" => Self::Boolean,
            "integer" => Self::Integer,
            "object" => Self::Object,
            "string" => Self::String,
            _ => return None,
        })
    }

    /// What is expected, in words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Any => "any value",
            Self::Array => "an array",
            Self::Boolean => "true or false",
            Self::Integer => "a whole number",
            Self::Object => "an object",
            Self::String => "a string",
        }
    }
}

/// Name, type, and whether it has to be there.
pub(crate) type Argument = (&'static str, Type, bool);

/// One step.
pub(crate) struct Step {
    interface: &'static str,
    name: &'static str,
    /// Arguments it takes; `None` where somebody else decides.
    pub(crate) arguments: Option<&'static [Argument]>,
}

const fn step(interface: &'static str, name: &'static str, arguments: &'static [Argument]) -> Step {
    Step {
        interface,
        name,
        arguments: Some(arguments),
    }
}

/// A step whose arguments are not known here.
const fn open(interface: &'static str, name: &'static str) -> Step {
    Step {
        interface,
        name,
        arguments: None,
    }
}

const NONE: &[Argument] = &[];

const VOLUMES: &[Argument] = &[
    ("create_root_volume", Type::Boolean, false),
    ("create_nonroot_volumes", Type::Boolean, false),
    ("delete_existing", Type::Boolean, false),
];

const STEPS: &[Step] = &[
    step(
        "bios",
        "apply_configuration",
        &[("settings", Type::Array, true)],
    ),
    step("bios", "factory_reset", NONE),
    step("bios", "cache_bios_settings", NONE),
    step("deploy", "boot_instance", NONE),
    open("deploy", "burnin_cpu"),
    open("deploy", "burnin_disk"),
    open("deploy", "burnin_gpu"),
    open("deploy", "burnin_memory"),
    open("deploy", "burnin_network"),
    open("deploy", "clean_uefi_nvram"),
    open("deploy", "deploy"),
    open("deploy", "erase_devices"),
    open("deploy", "erase_devices_express"),
    open("deploy", "erase_devices_metadata"),
    open("deploy", "erase_pstore"),
    open("deploy", "execute_bootc_install"),
    open("deploy", "inject_files"),
    open("deploy", "prepare_instance_boot"),
    open("deploy", "set_boot_to_disk"),
    open("deploy", "switch_to_tenant_network"),
    open("deploy", "tear_down_agent"),
    open("deploy", "write_image"),
    step("firmware", "update", &[("settings", Type::Array, true)]),
    step("management", "clear_job_queue", NONE),
    step("management", "clear_secure_boot_keys", NONE),
    step(
        "management",
        "configure_intel_speedselect",
        &[
            ("intel_speedselect_config", Type::String, true),
            ("socket_count", Type::Integer, false),
        ],
    ),
    step("management", "known_good_state", NONE),
    step("management", "reset_idrac", NONE),
    step("management", "reset_secure_boot_keys_to_default", NONE),
    step(
        "management",
        "set_bmc_clock",
        &[
            ("target_datetime", Type::String, false),
            ("datetime_local_offset", Type::String, false),
        ],
    ),
    step(
        "management",
        "update_firmware",
        &[("firmware_images", Type::Array, true)],
    ),
    open("management", "export_configuration"),
    open("management", "import_configuration"),
    open("management", "import_export_configuration"),
    open("power", "hold"),
    step("power", "power_off", NONE),
    step("power", "power_on", NONE),
    step("power", "reboot", NONE),
    open("power", "wait"),
    step(
        "raid",
        "apply_configuration",
        &[
            ("raid_config", Type::Object, true),
            ("create_root_volume", Type::Boolean, false),
            ("create_nonroot_volumes", Type::Boolean, false),
            ("delete_existing", Type::Boolean, false),
        ],
    ),
    step("raid", "create_configuration", VOLUMES),
    step("raid", "delete_configuration", NONE),
    // Of the fake hardware type, which laboratories and tests use.
    open("vendor", "log_passthrough"),
    open("vendor", "trigger_servicewait"),
    step("vendor", "send_raw", &[("raw_bytes", Type::String, true)]),
];

/// The step of this name.
pub(crate) fn find(interface: &str, name: &str) -> Option<&'static Step> {
    STEPS
        .iter()
        .find(|step| step.name == name && step.interface == interface)
}
