//! Which URLs of drives the host may fetch, and which addresses it may connect to for them.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// A host that drives may be fetched from: a name, or `*.` and a domain for every name below it,
/// and behind a colon a port if it is not 443.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPattern {
    name: Box<str>,
    port: u16,
}

/// The port of `https`.
pub const HTTPS: u16 = 443;

/// A text that is not a [`HostPattern`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected the name of a host in lower case, or `*.` and a domain, and perhaps a port")]
pub struct HostPatternError;

impl HostPattern {
    /// Whether `host`, in lower case, is one of them at this port.
    pub fn matches(&self, host: &str, port: u16) -> bool {
        let is_named = match self.name.strip_prefix("*.") {
            Some(domain) => host
                .strip_suffix(domain)
                .is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')),
            None => *self.name == *host,
        };
        is_named && self.port == port
    }
}

impl FromStr for HostPattern {
    type Err = HostPatternError;

    fn from_str(text: &str) -> Result<Self, HostPatternError> {
        let (name, port) = match text.split_once(':') {
            Some((name, port)) => (name, port.parse().map_err(|_| HostPatternError)?),
            None => (text, HTTPS),
        };
        if is_host_name(name.strip_prefix("*.").unwrap_or(name)) && port != 0 {
            let name = name.into();
            Ok(Self { name, port })
        } else {
            Err(HostPatternError)
        }
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            HTTPS => f.write_str(&self.name),
            port => write!(f, "{}:{port}", self.name),
        }
    }
}

/// A name of labels, the last of which is no number: nobody takes it for an address.
fn is_host_name(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && label
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
    };
    let last = text.rsplit('.').next().unwrap_or_default();
    text.len() <= 253
        && text.split('.').all(is_label)
        && last.starts_with(|first: char| first.is_ascii_lowercase())
}

/// A network by its address and the length of its prefix, such as `10.2.0.0/16`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

/// A text that is not a [`Network`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a network such as `10.2.0.0/16` or `fd00::/8`")]
pub struct NetworkError;

impl Network {
    /// Whether an address lies in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let shift = 32 - u32::from(self.prefix);
                (network.to_bits() ^ address.to_bits())
                    .checked_shr(shift)
                    .unwrap_or(0)
                    == 0
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let shift = 128 - u32::from(self.prefix);
                (network.to_bits() ^ address.to_bits())
                    .checked_shr(shift)
                    .unwrap_or(0)
                    == 0
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let (address, prefix) = text.split_once('/').ok_or(NetworkError)?;
        let address: IpAddr = address.parse().map_err(|_| NetworkError)?;
        let prefix: u8 = prefix.parse().map_err(|_| NetworkError)?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        if prefix <= most {
            Ok(Self { address, prefix })
        } else {
            Err(NetworkError)
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

/// Whether an address is one that anybody on the Internet could be reached by. What is not, is
/// loopback, private, link-local (where clouds have their metadata), reserved, or leads to such an
/// address through a translation.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// IANA's registry of special-purpose IPv4 addresses, multicast and class E.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !matches!(
        (a, b, c),
        (0 | 10 | 127 | 224..=255, _, _)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 168, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (198, 18..=19, _)
            | (198, 51, 100)
            | (203, 0, 113)
    )
}

/// Of IPv6 only global unicast (`2000::/3`) without what IANA has set aside in it.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    let is_global = a & 0xe000 == 0x2000;
    // 6to4 and Teredo lead to IPv4 addresses; 2001::/23 is set aside, 2001:db8::/32 and 3fff::/20
    // are for documents.
    let is_set_aside =
        a == 0x2002 || (a == 0x2001 && (b < 0x0200 || b == 0x0db8)) || (a == 0x3fff && b < 0x1000);
    is_global && !is_set_aside
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_compared_whole() {
        let check = |pattern: &str, host: &str, expected: bool| {
            let pattern: HostPattern = pattern.parse().unwrap();
            assert_eq!(pattern.matches(host, 443), expected, "{pattern} {host}");
            assert!(!pattern.matches(host, 444), "{pattern} {host}");
        };
        check("drives.example.org", "drives.example.org", true);
        check("drives.example.org", "x.drives.example.org", false);
        check("*.example.org", "a.example.org", true);
        check("*.example.org", "a.b.example.org", true);
        check("*.example.org", "example.org", false);
        check("*.example.org", ".example.org", false);
        check("*.example.org", "evilexample.org", false);
        let other: HostPattern = "a.org:8443".parse().unwrap();
        assert!(other.matches("a.org", 8443) && !other.matches("a.org", 443));
        for text in [
            "a.org:",
            "a.org:0",
            "a.org:x",
            ":443",
            "",
            "*",
            "*.",
            "a b",
            "A.org",
            "127.0.0.1",
            "1",
            "a..b",
            "-a.b",
            "0x7f.0x1",
        ] {
            assert!(text.parse::<HostPattern>().is_err(), "{text}");
        }
    }

    #[test]
    fn networks_hold_their_addresses() {
        let check = |network: &str, address: &str, expected: bool| {
            let network: Network = network.parse().unwrap();
            assert_eq!(
                network.contains(address.parse().unwrap()),
                expected,
                "{network} {address}"
            );
        };
        check("10.2.0.0/16", "10.2.255.1", true);
        check("10.2.0.0/16", "10.3.0.1", false);
        check("0.0.0.0/0", "8.8.8.8", true);
        check("127.0.0.1/32", "127.0.0.1", true);
        check("127.0.0.1/32", "127.0.0.2", false);
        check("fd00::/8", "fd12::1", true);
        check("::/0", "10.0.0.1", false);
        for text in ["10.0.0.0", "10.0.0.0/33", "::/129", "x/8", "10.0.0.0/-1"] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
    }

    #[test]
    fn only_the_internet_is_public() {
        for text in [
            "127.0.0.1",
            "0.0.0.0",
            "10.0.0.1",
            "169.254.169.254",
            "172.31.0.1",
            "192.168.0.1",
            "100.64.0.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "203.0.113.5",
            "::1",
            "::",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "64:ff9b::a9fe:a9fe",
            "fe80::1",
            "fd00::1",
            "2002:a9fe:a9fe::",
            "2001::1",
            "2001:db8::1",
            "3fff::1",
            "ff02::1",
        ] {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
        for text in ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "2a00:1450::1"] {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
    }
}
