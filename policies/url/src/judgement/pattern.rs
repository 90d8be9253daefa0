//! Entries of an allow-list of hosts.

use super::host::Host;
use std::net::IpAddr;

/// A name, a name with all below it, an address or a network, perhaps on one port only:
/// `images.example.org`, `*.example.org`, `10.0.0.0/8`, `fd00::/8`, `127.0.0.1:8080`,
/// `[fd00::1]:8080`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    hosts: Hosts,
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Hosts {
    Name(String),
    /// Everything below a domain, which is kept with its leading dot.
    Below(String),
    Network {
        first: IpAddr,
        bits: u32,
    },
}

impl Pattern {
    /// Reads an entry; `None` if it is none.
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(address) = text.parse::<IpAddr>() {
            return Some(Self::network(address, None, None));
        }
        if let Some((address, bits)) = text.split_once('/') {
            let bits = bits.parse().ok()?;
            let first: IpAddr = address.parse().ok()?;
            return (bits <= width(first)).then(|| Self::network(first, Some(bits), None));
        }
        let (host, port) = split_port(text)?;
        if let Some(domain) = host.strip_prefix("*.") {
            let Ok(Host::Name(domain)) = Host::parse(domain) else {
                return None;
            };
            let hosts = Hosts::Below(format!(".{domain}"));
            return Some(Self { hosts, port });
        }
        Some(match Host::parse(host).ok()? {
            Host::V4 { usual: false, .. } => return None,
            Host::V4 { address, .. } => Self::network(address.into(), None, port),
            Host::V6(address) => Self::network(address.into(), None, port),
            Host::Name(name) => Self {
                hosts: Hosts::Name(name),
                port,
            },
        })
    }

    fn network(first: IpAddr, bits: Option<u32>, port: Option<u16>) -> Self {
        let bits = bits.unwrap_or(width(first));
        let hosts = Hosts::Network { first, bits };
        Self { hosts, port }
    }

    /// True if the entry names this host and, where it names a port, this port.
    pub fn matches(&self, host: &Host, port: Option<u16>) -> bool {
        if self.port.is_some() && self.port != port {
            return false;
        }
        match (&self.hosts, host) {
            (Hosts::Name(listed), Host::Name(name)) => listed == name,
            (Hosts::Below(domain), Host::Name(name)) => name.ends_with(domain.as_str()),
            (Hosts::Network { first, bits }, Host::V4 { address, .. }) => {
                same_network(*first, (*address).into(), *bits)
            }
            (Hosts::Network { first, bits }, Host::V6(address)) => {
                same_network(*first, (*address).into(), *bits)
            }
            (Hosts::Name(_) | Hosts::Below(_), Host::V4 { .. } | Host::V6(_))
            | (Hosts::Network { .. }, Host::Name(_)) => false,
        }
    }

    /// True if the entry names the port: the list of ports is not asked then.
    pub fn names_port(&self) -> bool {
        self.port.is_some()
    }
}

/// Host and port of `host:port`; the port may be missing.
pub(super) fn split_port(text: &str) -> Option<(&str, Option<u16>)> {
    let end_of_host = if text.starts_with('[') {
        text.find(']')? + 1
    } else {
        text.find(':').unwrap_or(text.len())
    };
    let (host, rest) = text.split_at_checked(end_of_host)?;
    // An empty port is the scheme's own (RFC 3986, 3.2.3).
    if rest.is_empty() || rest == ":" {
        return Some((host, None));
    }
    let digits = rest.strip_prefix(':')?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok().map(|port| (host, Some(port)))
}

fn width(address: IpAddr) -> u32 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

/// True if both addresses are of one version and start with the same bits.
fn same_network(one: IpAddr, other: IpAddr, bits: u32) -> bool {
    let number = |address: IpAddr| match address {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    };
    let differs = (number(one) ^ number(other)).checked_shr(width(one) - bits);
    width(one) == width(other) && differs.unwrap_or(0) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, host: &str, port: Option<u16>, expected: bool) {
        let pattern = Pattern::parse(pattern).expect("a pattern");
        let host = Host::parse(host).expect("a host");
        assert_eq!(
            pattern.matches(&host, port),
            expected,
            "{pattern:?} {host:?}"
        );
    }

    #[test]
    fn entries_match_what_they_say() {
        check("Example.org", "example.ORG.", Some(80), true);
        check("example.org", "www.example.org", None, false);
        check("*.example.org", "www.example.org", None, true);
        check("*.example.org", "example.org", None, false);
        check("*.example.org", "badexample.org", None, false);
        check("10.0.0.0/8", "10.255.0.1", None, true);
        check("10.0.0.0/8", "11.0.0.1", None, false);
        check("10.0.0.0/8", "0xa.1", None, true);
        check("0.0.0.0/0", "8.8.8.8", None, true);
        check("0.0.0.0/0", "[::1]", None, false);
        check("::/0", "[::1]", None, true);
        check("fd00::/8", "[fd12::1]", None, true);
        check("10.0.0.1", "10.0.0.1", None, true);
        check("10.0.0.1", "10.0.0.2", None, false);
        check("127.0.0.1:9", "127.0.0.1", Some(9), true);
        check("127.0.0.1:9", "127.0.0.1", Some(80), false);
        check("127.0.0.1:9", "127.0.0.1", None, false);
        check("[fd00::1]:8080", "[fd00::1]", Some(8080), true);
        check("10.0.0.0/8", "ten.example.org", None, false);
    }

    #[test]
    fn what_matches_nothing_or_too_much_is_no_entry() {
        for text in [
            "",
            "*",
            "*.",
            "a b",
            "10.0.0.0/33",
            "010.0.0.1",
            "a:b",
            "a:70000",
            "http://a",
            "a/b",
            "a*.b",
            "[::1",
        ] {
            assert!(Pattern::parse(text).is_none(), "{text}");
        }
    }
}
