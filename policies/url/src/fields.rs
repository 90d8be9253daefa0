//! Which fields hold URLs and addresses, by the names Ironic's drivers read them by.

/// Who is asked at the far end of a URL, by which settings differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    /// Servers of images, firmware and config drives.
    Images,
    /// Controllers of nodes.
    Bmc,
    /// Whoever wants to be told of something: the agent on a node, receivers of events.
    Callbacks,
}

/// What a field is to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An image: a URL, or an id of the image service.
    Image,
    /// A URL and nothing else.
    Url(Audience),
    /// A controller's base URL, where `https://` may be missing.
    Redfish,
    /// A controller's host name or address.
    Address,
    /// A config drive: a URL where `://` is in it, as Ironic sees it.
    Drive,
    /// Text that people or other services choose, which nobody fetches.
    Text,
    /// Anything; a URL if it looks like one.
    Unknown,
}

/// Parameters of `instance_info`.
pub(crate) fn of_instance_info(name: &str) -> Kind {
    match name {
        "image_source" | "kernel" | "ramdisk" | "boot_iso" | "ks_template" | "stage2" => {
            Kind::Image
        }
        "image_url" => Kind::Url(Audience::Images),
        "configdrive" => Kind::Drive,
        // Nova copies these from what users call their servers and projects.
        "display_name" | "project_name" | "user_name" | "flavor_name" | "fixed_ips"
        | "floating_ips" | "capabilities" | "traits" => Kind::Text,
        _ => Kind::Unknown,
    }
}

/// Parameters of `driver_info`.
pub(crate) fn of_driver_info(name: &str) -> Kind {
    match name {
        "external_http_url" | "image_http_proxy" | "image_https_proxy" => {
            Kind::Url(Audience::Images)
        }
        "redfish_address" => Kind::Redfish,
        // Numbers on the bus between controllers.
        "ipmi_local_address" | "ipmi_transit_address" | "ipmi_target_address" => Kind::Text,
        _ if is_image(name) => Kind::Image,
        _ if ["_address", "_hostname"]
            .iter()
            .any(|end| name.ends_with(end)) =>
        {
            Kind::Address
        }
        _ => Kind::Unknown,
    }
}

/// True for the images a node is deployed and rescued with. Older hardware types have a prefix,
/// as `ilo_deploy_iso`; by architecture there is a suffix.
fn is_image(name: &str) -> bool {
    const IMAGES: &[&str] = &[
        "bootloader",
        "deploy_iso",
        "deploy_kernel",
        "deploy_ramdisk",
        "ks_template",
        "rescue_iso",
        "rescue_kernel",
        "rescue_ramdisk",
    ];
    let name = name.strip_suffix("_by_arch").unwrap_or(name);
    IMAGES.iter().any(|image| {
        name.strip_suffix(image)
            .is_some_and(|prefix| prefix.is_empty() || prefix.ends_with('_'))
    })
}

/// True for an id of the image service, with or without its scheme and hyphens.
pub(crate) fn is_image_id(text: &str) -> bool {
    let id = text.strip_prefix("glance://").unwrap_or(text);
    let hyphens_fit = match id.len() {
        32 => !id.contains('-'),
        36 => [8, 13, 18, 23]
            .iter()
            .all(|&at| id.get(at..=at) == Some("-")),
        _ => false,
    };
    let digits = id.bytes().filter(u8::is_ascii_hexdigit).count();
    hyphens_fit
        && digits == 32
        && id
            .bytes()
            .all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn older_names_and_those_by_architecture_are_known() {
        for name in [
            "deploy_kernel",
            "ilo_deploy_iso",
            "deploy_ramdisk_by_arch",
            "redfish_rescue_iso",
        ] {
            assert_eq!(of_driver_info(name), Kind::Image, "{name}");
        }
        assert_eq!(of_driver_info("mydeploy_iso"), Kind::Unknown);
        assert_eq!(of_driver_info("snmp_address"), Kind::Address);
        assert_eq!(of_driver_info("ipmi_target_address"), Kind::Text);
    }

    #[test]
    fn ids_of_images() {
        for text in [
            "9e0bcdd4-8a5c-4a54-9d1f-7e0f7ce40bd5",
            "9e0bcdd48a5c4a549d1f7e0f7ce40bd5",
            "glance://9e0bcdd4-8a5c-4a54-9d1f-7e0f7ce40bd5",
        ] {
            assert!(is_image_id(text), "{text}");
        }
        for text in [
            "",
            "jammy",
            "9e0bcdd4-8a5c-4a54-9d1f-7e0f7ce40bd",
            "9e0bcdd4-8a5c-4a54-9d1f-7e0f7ce40bd5/..",
            "9e0bcdd48-a5c-4a54-9d1f-7e0f7ce40bd5",
            "glance://example.org",
        ] {
            assert!(!is_image_id(text), "{text}");
        }
    }
}
