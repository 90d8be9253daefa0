//! Parameters that matter, by what they do.

/// Parameters that hand the machine over: what runs first, what it runs from, who may log in, and
/// whom the agent obeys. A `*` at the end stands for any rest.
pub(crate) const MACHINE: &[&str] = &[
    // The first process.
    "init",
    "rdinit",
    // Shells of initial RAM disks (dracut, initramfs-tools, casper, mkinitcpio).
    "rd.break",
    "rd.shell",
    "rd.emergency",
    "break",
    "debug_shell",
    "emergency_shell",
    // Run levels and targets without a log-in.
    "single",
    "S",
    "s",
    "1",
    "emergency",
    "rescue",
    "systemd.unit",
    "rd.systemd.unit",
    "systemd.wants",
    "rd.systemd.wants",
    "systemd.debug_shell",
    "rd.systemd.debug_shell",
    "systemd.default_debug_tty",
    "systemd.run*",
    "rd.systemd.run*",
    "systemd.setenv",
    "rd.systemd.setenv",
    "systemd.set_credential*",
    "rd.systemd.set_credential*",
    "systemd.import_credentials",
    "systemd.firstboot",
    "systemd.mask",
    "rd.systemd.mask",
    // What the system is loaded from.
    "root",
    "initrd",
    "nfsroot",
    "nfsrootdebug",
    "netroot",
    "rd.live*",
    "rd.writable.fsimg",
    "url",
    "iso_url",
    "live_img_url",
    "overlayroot*",
    "firmware_class.path",
    "acpi_rsdp",
    "rd.driver.pre",
    "rd.driver.post",
    "rd.hook*",
    "modules_load",
    "modules_load_early",
    // Installers and first-boot services that fetch what to do.
    "ks",
    "ks.*",
    "inst.*",
    "autoinstall",
    "autoyast*",
    "preseed*",
    "ds",
    "ci.*",
    "cloud_config_url",
    "cloud_init",
    "coreos.*",
    "ignition.*",
    "flatcar.*",
    "talos.*",
    // Who may log in.
    "autologin",
    "rootpwd",
    "rootpw",
    "sshkey",
    "sshd",
    "vnc",
    // Whom the agent obeys, and what it believes.
    "ipa_api_url",
    "ipa_inspection_callback_url",
    "ipa_insecure",
    "ipa_agent_token*",
    "ipa_global_request_id",
    "ironic_api_url",
    // Kernel debuggers, and what the kernel calls.
    "kgdb*",
    "kdb",
    "netconsole",
    "sysctl.kernel.*",
    "core_pattern",
    "usermodehelper*",
];

/// Parameters that switch protection off, with the values that do; without any, all do.
pub(crate) const WEAKENED: &[(&str, &[&str])] = &[
    ("amd_iommu", &["off"]),
    ("apparmor", &["0"]),
    ("audit", &["0", "off"]),
    ("enforcing", &["0"]),
    ("fips", &["0"]),
    ("ima_appraise", &["fix", "log", "off"]),
    ("intel_iommu", &["off"]),
    ("iomem", &["relaxed"]),
    ("iommu", &["off"]),
    ("l1tf", &["off"]),
    ("lockdown", &["none"]),
    ("mds", &["off"]),
    ("mitigations", &["off"]),
    ("module.sig_enforce", &["0"]),
    ("noexec", &["off"]),
    ("nokaslr", &[]),
    ("nopti", &[]),
    ("nosmap", &[]),
    ("nosmep", &[]),
    ("nospec_store_bypass_disable", &[]),
    ("nospectre_v1", &[]),
    ("nospectre_v2", &[]),
    ("pti", &["off"]),
    ("randomize_kstack_offset", &["0", "off"]),
    ("retbleed", &["off"]),
    ("security", &["none"]),
    ("selinux", &["0"]),
    ("spec_store_bypass_disable", &["off"]),
    ("spectre_v2", &["off"]),
    ("tsx_async_abort", &["off"]),
    ("vsyscall", &["emulate", "native"]),
];

/// True if the parameter switches protection off.
pub(crate) fn weakens(name: &str, value: &str) -> bool {
    WEAKENED
        .iter()
        .any(|&(weak, values)| names(weak, name) && (values.is_empty() || values.contains(&value)))
}

/// True if `pattern`, a name or the start of names with `*`, names `parameter`. To a kernel
/// hyphens and underscores are the same; case is not.
pub(crate) fn names(pattern: &str, parameter: &str) -> bool {
    let same = |one: u8, other: u8| {
        let plain = |byte| if byte == b'-' { b'_' } else { byte };
        plain(one) == plain(other)
    };
    let (start, open) = match pattern.strip_suffix('*') {
        Some(start) => (start, true),
        None => (pattern, false),
    };
    let long_enough = if open {
        parameter.len() >= start.len()
    } else {
        parameter.len() == start.len()
    };
    long_enough
        && start
            .bytes()
            .zip(parameter.bytes())
            .all(|(one, other)| same(one, other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hyphens_are_underscores_and_case_counts() {
        for (pattern, parameter, expected) in [
            ("init", "init", true),
            ("init", "initrd", false),
            ("init", "Init", false),
            ("systemd.debug_shell", "systemd.debug-shell", true),
            ("ipa-api-url", "ipa_api_url", true),
            ("inst.*", "inst.ks", true),
            ("inst.*", "inst", false),
            ("kgdb*", "kgdb", true),
        ] {
            assert_eq!(names(pattern, parameter), expected, "{pattern} {parameter}");
        }
    }

    #[test]
    fn protection_is_switched_off_by_value() {
        assert!(weakens("selinux", "0"));
        assert!(weakens("nokaslr", ""));
        assert!(weakens("tsx-async-abort", "off"));
        assert!(!weakens("selinux", "1"));
        assert!(!weakens("intel_iommu", "on"));
    }

    #[test]
    fn every_entry_can_be_met() {
        let weakened = WEAKENED.iter().map(|(name, _)| name);
        for pattern in MACHINE.iter().chain(weakened) {
            let name = pattern.trim_end_matches('*');
            assert!(crate::grammar::is_name(name), "{pattern}");
        }
    }
}
