//! What an IP address is for, by the registries of special-purpose addresses (RFC 6890 and its
//! successors), and which addresses hide another one.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Why an address is not one of the public internet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The machine itself; `0.0.0.0` reaches it as well.
    Loopback,
    /// Where clouds tell machines who they are, credentials included.
    Metadata,
    /// The network segment.
    LinkLocal,
    /// Networks that are not routed: RFC 1918, shared, unique local.
    Private,
    /// Groups of machines, or all of a network.
    Multicast,
    /// Documentation, benchmarks, protocols and what is not assigned.
    Reserved,
}

impl Purpose {
    /// As messages name such an address.
    pub fn name(self) -> &'static str {
        match self {
            Self::Loopback => "a loopback address",
            Self::Metadata => "the address of a metadata service",
            Self::LinkLocal => "a link-local address",
            Self::Private => "a private address",
            Self::Multicast => "a multicast address",
            Self::Reserved => "a reserved address",
        }
    }
}

/// The purpose of an IPv4 address; none for one that is public.
pub fn of_v4(address: Ipv4Addr) -> Option<Purpose> {
    Some(match address.octets() {
        // Amazon, Google, Azure, OpenStack; containers of Amazon; Azure; Alibaba; Oracle.
        [169, 254, 169, 254]
        | [169, 254, 170, 2]
        | [168, 63, 129, 16]
        | [100, 100, 100, 200]
        | [192, 0, 0, 192] => Purpose::Metadata,
        [0 | 127, ..] => Purpose::Loopback,
        [169, 254, ..] => Purpose::LinkLocal,
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] => Purpose::Private,
        [224..=239, ..] => Purpose::Multicast,
        [192, 0, 0, _]
        | [192, 0, 2, _]
        | [192, 88, 99, _]
        | [198, 18 | 19, ..]
        | [198, 51, 100, _]
        | [203, 0, 113, _]
        | [240..=255, ..] => Purpose::Reserved,
        _ => return None,
    })
}

/// The purpose of an IPv6 address; none for one that is public. An address that stands for an
/// IPv4 address is what that one is.
pub fn of_v6(address: Ipv6Addr) -> Option<Purpose> {
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => return Some(Purpose::Loopback),
        // Amazon, Google.
        [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254] | [0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254] => {
            return Some(Purpose::Metadata);
        }
        _ => {}
    }
    if let Some(embedded) = embedded(address) {
        return of_v4(embedded);
    }
    match address.segments() {
        [0xfe80..=0xfebf, ..] => Some(Purpose::LinkLocal),
        [0xfc00..=0xfdff, ..] | [0xfec0..=0xfeff, ..] => Some(Purpose::Private),
        // A network's own prefix for NAT64: where it leads, only that network knows.
        [0x64, 0xff9b, 1, ..] => Some(Purpose::Private),
        [0xff00..=0xffff, ..] => Some(Purpose::Multicast),
        // Protocol assignments with Teredo and ORCHID; documentation.
        [0x2001, 0..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => {
            Some(Purpose::Reserved)
        }
        [0x2000..=0x3fff, ..] => None,
        _ => Some(Purpose::Reserved),
    }
}

/// The IPv4 address that an IPv6 address stands for: mapped, compatible and translated ones,
/// NAT64 by the well-known prefix, 6to4 and ISATAP.
pub fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let (high, low) = match address.segments() {
        [0, 0, 0, 0, 0, 0xffff | 0, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x2002, high, low, ..]
        | [_, _, _, _, 0 | 0x200, 0x5efe, high, low] => (high, low),
        _ => return None,
    };
    Some(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Purpose::{LinkLocal, Loopback, Metadata, Multicast, Private, Reserved};

    fn check(address: &str, expected: Option<Purpose>) {
        let purpose = match address.parse().expect("an address") {
            std::net::IpAddr::V4(address) => of_v4(address),
            std::net::IpAddr::V6(address) => of_v6(address),
        };
        assert_eq!(purpose, expected, "{address}");
    }

    #[test]
    fn networks_end_where_the_registry_says() {
        check("9.255.255.255", None);
        check("10.0.0.0", Some(Private));
        check("11.0.0.0", None);
        check("100.63.255.255", None);
        check("100.64.0.0", Some(Private));
        check("100.127.255.255", Some(Private));
        check("100.128.0.0", None);
        check("126.255.255.255", None);
        check("127.255.255.255", Some(Loopback));
        check("0.0.0.0", Some(Loopback));
        check("169.253.255.255", None);
        check("169.254.0.1", Some(LinkLocal));
        check("169.254.169.254", Some(Metadata));
        check("168.63.129.16", Some(Metadata));
        check("172.15.255.255", None);
        check("172.31.255.255", Some(Private));
        check("172.32.0.0", None);
        check("192.0.0.8", Some(Reserved));
        check("192.0.1.1", None);
        check("192.168.0.1", Some(Private));
        check("198.17.255.255", None);
        check("198.19.255.255", Some(Reserved));
        check("223.255.255.255", None);
        check("224.0.0.1", Some(Multicast));
        check("255.255.255.255", Some(Reserved));
        check("8.8.8.8", None);
    }

    #[test]
    fn addresses_of_version_six() {
        check("::", Some(Loopback));
        check("::1", Some(Loopback));
        check("2606:4700::1111", None);
        check("fe80::1", Some(LinkLocal));
        check("fec0::1", Some(Private));
        check("fd12::1", Some(Private));
        check("fd00:ec2::254", Some(Metadata));
        check("ff02::1", Some(Multicast));
        check("2001:db8::1", Some(Reserved));
        check("2001::1", Some(Reserved));
        check("3fff::1", Some(Reserved));
        check("4000::1", Some(Reserved));
        check("100::1", Some(Reserved));
        check("64:ff9b:1::1", Some(Private));
    }

    #[test]
    fn an_address_within_an_address_counts() {
        for (outer, expected) in [
            ("::ffff:127.0.0.1", Some(Loopback)),
            ("::ffff:8.8.8.8", None),
            ("::127.0.0.1", Some(Loopback)),
            ("::ffff:0:10.0.0.1", Some(Private)),
            ("64:ff9b::169.254.169.254", Some(Metadata)),
            ("64:ff9b::8.8.8.8", None),
            ("2002:7f00:1::", Some(Loopback)),
            ("2002:808:808::1", None),
            ("2606:4700::5efe:10.0.0.1", Some(Private)),
            ("2606:4700::200:5efe:10.0.0.1", Some(Private)),
        ] {
            check(outer, expected);
        }
    }
}
