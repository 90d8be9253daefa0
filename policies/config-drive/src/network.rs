//! The shape of network data, as Nova and Ironic write it down in their schemas.
//!
//! Everything that both schemas ask for is checked, and what operating systems trip over besides:
//! links that are repeated, and references to links that are not there. The two differ in one
//! word, the name of LACP, which Ironic misspells: both spellings are taken. Two types of networks
//! that neither has, and that Nova writes all the same, are taken too.

mod forms;
mod object;

use crate::documents::Target;
use crate::rules::{self, NET};
use forms::{Family, is_mac};
use object::Object;
use portcullis_guest::{Finding, Pointer};
use serde_json::Value;

const LINK_TYPES: &[&str] = &[
    "bond",
    "bridge",
    "dvs",
    "hw_veb",
    "hyperv",
    "ovs",
    "phy",
    "tap",
    "vhostuser",
    "vif",
    "vlan",
];
const NETWORK_TYPES: &[&str] = &[
    "ipv4",
    "ipv4_dhcp",
    "ipv6",
    "ipv6_dhcp",
    "ipv6_dhcpv6-stateful",
    "ipv6_dhcpv6-stateless",
    "ipv6_slaac",
];
const BOND_MODES: &[&str] = &[
    "802.1ad",
    "802.3ad",
    "active-backup",
    "balance-alb",
    "balance-rr",
    "balance-tlb",
    "balance-xor",
    "broadcast",
];
const VLAN_IDS: std::ops::RangeInclusive<i64> = 1..=4094;
const MTUS: std::ops::RangeInclusive<i64> = 1..=65_535;

/// Every finding about `network_data`, which stands at `place`.
pub(crate) fn check(network_data: &Value, target: &Target, place: &Pointer) -> Vec<Finding> {
    let mut findings = Vec::new();
    let Value::Object(network_data) = network_data else {
        return vec![
            NET.at(place, "network data that is no object")
                .with_hint("an object"),
        ];
    };
    let mut array = |key: &str| match network_data.get(key) {
        Some(Value::Array(items)) => items.as_slice(),
        other => {
            let found = if other.is_none() {
                "no array of"
            } else {
                "something else than an array of"
            };
            let finding = NET.at(place.key(key), format!("{found} {key}"));
            findings.push(finding.with_hint("an array, empty if there are none"));
            &[]
        }
    };
    let (links, networks, services) = (array("links"), array("networks"), array("services"));
    let mut ids: Vec<&str> = links
        .iter()
        .filter_map(|link| link.get("id")?.as_str())
        .collect();
    ids.sort_unstable();
    let mut check = |key: &str, items: &[Value], each: fn(&mut Object, &[&str])| {
        for (index, item) in items.iter().enumerate() {
            let place = place.key(key).index(index);
            match item {
                Value::Object(members) if !members.is_empty() => {
                    each(
                        &mut Object {
                            members,
                            place,
                            findings: &mut findings,
                        },
                        &ids,
                    );
                }
                Value::Object(_) => findings.push(NET.at(place, "an empty object")),
                _ => findings.push(NET.at(place, "something else than an object")),
            }
        }
    };
    check("links", links, link);
    check("networks", networks, network);
    check("services", services, service);
    // Networks may share an id, as in Ironic's own sample: nothing refers to it.
    findings.extend(repeated(links, place));
    findings.extend(foreign(links, target, place));
    findings
}

/// Addresses that no port of the node has. Bonds and VLANs may have others than what they rest on.
fn foreign(links: &[Value], target: &Target, place: &Pointer) -> Vec<Finding> {
    const KEY: &str = "ethernet_mac_address";
    let mut findings = Vec::new();
    for (index, link) in links.iter().enumerate() {
        let rests_on_others = link
            .get("type")
            .is_some_and(|of| of == "bond" || of == "vlan");
        let address = link.get(KEY).and_then(Value::as_str);
        let address = address.filter(|address| is_mac(address) && !rests_on_others);
        if address.is_some_and(|address| !target.may_have(address)) {
            let place = place.key("links").index(index).key(KEY);
            let finding = rules::NET_MAC.at(place, "an address that no port of the node has");
            findings.push(finding.with_hint("the address of one of its ports"));
        }
    }
    findings
}

/// Ids of links that are taken already.
fn repeated(links: &[Value], place: &Pointer) -> Vec<Finding> {
    let mut ids: Vec<(&str, usize)> = links
        .iter()
        .enumerate()
        .filter_map(|(index, item)| Some((item.get("id")?.as_str()?, index)))
        .collect();
    ids.sort_unstable();
    let twice = |pair: &[(&str, usize)]| match pair {
        [(first, _), (second, index)] if first == second => Some(NET.at(
            place.key("links").index(*index).key("id"),
            "an id that is taken already",
        )),
        _ => None,
    };
    ids.windows(2).filter_map(twice).collect()
}

fn link(link: &mut Object, ids: &[&str]) {
    link.any_text("id");
    link.optional_text("vif_id");
    link.range("mtu", &MTUS);
    match link.one_of("type", LINK_TYPES) {
        Some("bond") => {
            link.mac("ethernet_mac_address");
            link.one_of("bond_mode", BOND_MODES);
            link.references("bond_links", ids);
        }
        Some("vlan") => {
            link.mac("vlan_mac_address");
            if link.members.contains_key("vlan_id") {
                link.range("vlan_id", &VLAN_IDS);
            } else {
                link.complain("vlan_id", "no VLAN id", "1 to 4094");
            }
            link.reference("vlan_link", ids);
        }
        Some(_) => link.mac("ethernet_mac_address"),
        None => {}
    }
}

fn network(network: &mut Object, ids: &[&str]) {
    network.any_text("id");
    network.any_text("network_id");
    let family = match network.one_of("type", NETWORK_TYPES) {
        Some(kind) if kind.starts_with("ipv4") => Family::V4,
        Some(_) => Family::V6,
        None => Family::Either,
    };
    network.reference("link", ids);
    network.address("ip_address", family, true);
    network.mask("netmask", family, true);
    network.each("routes", |route| {
        route.address("network", family, false);
        route.mask("netmask", family, false);
        route.address("gateway", family, false);
        route.each("services", |service| dns(service, family));
    });
}

fn service(service: &mut Object, _: &[&str]) {
    dns(service, Family::Either);
}

fn dns(service: &mut Object, family: Family) {
    service.one_of("type", &["dns"]);
    service.address("address", family, false);
}
