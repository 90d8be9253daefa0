//! The shape of network data, as Nova and Ironic write it down in their schemas.
//!
//! Checks what operating systems trip over: arrays that are missing, links that are empty,
//! incomplete or repeated, and references to links that are not there. Whole schemas, addresses
//! and the node's own ports are not looked at yet.

use crate::rules::NET;
use portcullis_guest::{Finding, Pointer};
use serde_json::{Map, Value};

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
pub(crate) fn check(network_data: &Value, place: &Pointer) -> Vec<Finding> {
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
    findings.extend(repeated(links, "links", place));
    findings.extend(repeated(networks, "networks", place));
    findings
}

fn repeated(items: &[Value], key: &str, place: &Pointer) -> Vec<Finding> {
    let mut ids: Vec<(&str, usize)> = items
        .iter()
        .enumerate()
        .filter_map(|(index, item)| Some((item.get("id")?.as_str()?, index)))
        .collect();
    ids.sort_unstable();
    let twice = |pair: &[(&str, usize)]| match pair {
        [(first, _), (second, index)] if first == second => Some(NET.at(
            place.key(key).index(*index).key("id"),
            "an id that is taken already",
        )),
        _ => None,
    };
    ids.windows(2).filter_map(twice).collect()
}

fn link(link: &mut Object, ids: &[&str]) {
    link.text("id");
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
    network.text("id");
    network.one_of("type", NETWORK_TYPES);
    network.reference("link", ids);
    match network.members.get("routes") {
        None | Some(Value::Array(_)) => {}
        Some(_) => network.complain("routes", "routes that are no array", "an array"),
    }
}

fn service(service: &mut Object, _: &[&str]) {
    service.one_of("type", &["dns"]);
    service.text("address");
}

/// An object of network data and where it stands. Ids of links are sorted.
struct Object<'a> {
    members: &'a Map<String, Value>,
    place: Pointer,
    findings: &'a mut Vec<Finding>,
}

impl<'a> Object<'a> {
    fn complain(&mut self, key: &str, found: &str, hint: &str) {
        self.findings
            .push(NET.at(self.place.key(key), found).with_hint(hint));
    }

    fn text(&mut self, key: &str) -> Option<&'a str> {
        let text = self
            .members
            .get(key)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty());
        if text.is_none() {
            self.complain(key, "no text", "a string that is not empty");
        }
        text
    }

    fn one_of(&mut self, key: &str, known: &[&'static str]) -> Option<&'static str> {
        let found = self.members.get(key).and_then(Value::as_str);
        let known_one = known.iter().copied().find(|&one| Some(one) == found);
        if known_one.is_none() {
            self.complain(
                key,
                "no known value",
                &format!("one of {}", known.join(", ")),
            );
        }
        known_one
    }

    fn range(&mut self, key: &str, range: &std::ops::RangeInclusive<i64>) {
        let fits = match self.members.get(key) {
            None | Some(Value::Null) => true,
            Some(value) => value.as_i64().is_some_and(|number| range.contains(&number)),
        };
        if !fits {
            let hint = format!("{} to {}", range.start(), range.end());
            self.complain(key, "a value out of range", &hint);
        }
    }

    fn mac(&mut self, key: &str) {
        if !self
            .members
            .get(key)
            .and_then(Value::as_str)
            .is_some_and(is_mac)
        {
            self.complain(
                key,
                "no MAC address",
                "six pairs of hexadecimal digits, as in 52:54:00:12:34:56",
            );
        }
    }

    fn reference(&mut self, key: &str, ids: &[&str]) {
        if self
            .text(key)
            .is_some_and(|id| ids.binary_search(&id).is_err())
        {
            self.complain(
                key,
                "a link that is not there",
                "the id of one of the links",
            );
        }
    }

    fn references(&mut self, key: &str, ids: &[&str]) {
        let Some(Value::Array(links)) = self.members.get(key) else {
            return self.complain(key, "no array of links", "an array of link ids");
        };
        if !links.iter().all(|link| {
            link.as_str()
                .is_some_and(|id| ids.binary_search(&id).is_ok())
        }) {
            self.complain(key, "a link that is not there", "ids of links");
        }
    }
}

fn is_mac(text: &str) -> bool {
    text.len() == 17
        && text
            .bytes()
            .enumerate()
            .all(|(index, byte)| match index % 3 {
                2 => byte == b':' || byte == b'-',
                _ => byte.is_ascii_hexdigit(),
            })
}
