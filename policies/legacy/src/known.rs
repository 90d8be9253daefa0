//! What is old, as of Ironic 39: neither a release of it nor its documentation has a list.

/// Hardware types that were part of Ironic, `*` at the end for any rest. The last ones are
/// drivers from before there were hardware types.
pub(crate) const DRIVERS: &[&str] = &[
    "cisco-ucs-managed",
    "cisco-ucs-standalone",
    "ibmc",
    "ilo",
    "ilo5",
    "irmc",
    "oneview",
    "snmp",
    "staging-*",
    "wol",
    "xclarity",
    "agent_*",
    "fake",
    "fake_*",
    "iscsi_*",
    "pxe_*",
];

/// Interfaces that were part of Ironic, and those of idrac that redfish replaces.
pub(crate) const INTERFACES: &[&str] = &[
    "cimc",
    "cinder-iscsi",
    "ibmc*",
    "idrac",
    "idrac-redfish*",
    "idrac-wsman",
    "ilo*",
    "inspector",
    "ipmitool-shellinabox",
    "irmc*",
    "iscsi",
    "oneview*",
    "snmp",
    "ucsm",
    "xclarity",
];

/// What to use in place of a parameter.
pub(crate) fn replaced(name: &str) -> Option<&'static str> {
    Some(match name {
        "config_via_floppy" => "`config_via_removable`",
        "pxe_template" | "ipxe_template" => "templates by architecture in Ironic's configuration",
        "deploy_boot_mode" => "the capability `boot_mode`",
        "redfish_deploy_iso" | "ilo_deploy_iso" | "irmc_deploy_iso" => "`deploy_iso`",
        "redfish_rescue_iso" | "ilo_rescue_iso" | "irmc_rescue_iso" => "`rescue_iso`",
        "ilo_deploy_kernel" => "`deploy_kernel`",
        "ilo_deploy_ramdisk" => "`deploy_ramdisk`",
        "ilo_rescue_kernel" => "`rescue_kernel`",
        "ilo_rescue_ramdisk" => "`rescue_ramdisk`",
        "ilo_bootloader" | "irmc_bootloader" | "redfish_bootloader" => "`bootloader`",
        _ => return None,
    })
}

/// True for algorithms whose digests others can be made to match.
pub(crate) fn is_weak_algorithm(name: &str) -> bool {
    [
        "md4",
        "md5",
        "md5-sha1",
        "ripemd160",
        "sha",
        "sha1",
        "sha-1",
    ]
    .contains(&name)
}

/// True if one of `patterns` names `name`.
pub(crate) fn is_named<S: AsRef<str>>(patterns: &[S], name: &str) -> bool {
    patterns.iter().any(|pattern| {
        let pattern = pattern.as_ref();
        match pattern.strip_suffix('*') {
            Some(start) => name.starts_with(start),
            None => name == pattern,
        }
    })
}
