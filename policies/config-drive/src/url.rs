//! Drives by URL: what can be said without asking anybody.
//!
//! Strict, because whoever fetches the drive may read a URL otherwise than this module does: what
//! two readers could take for two hosts is refused as a whole.

use crate::{Settings, rules};
use portcullis_guest::{Finding, Pointer};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const MAX_CHARACTERS: usize = 2048;

/// Names that lead to the machine itself or into networks that are not public.
const LOCAL_NAMES: [&str; 6] = [
    "localhost",
    "local",
    "internal",
    "localdomain",
    "lan",
    "home.arpa",
];

/// The parts of a URL that matter for whom it leads to.
struct Url<'a> {
    scheme: &'a str,
    authority: &'a str,
    /// Without user and port; an IPv6 address keeps its brackets.
    host: &'a str,
    port: Option<&'a str>,
}

impl<'a> Url<'a> {
    fn of(text: &'a str) -> Self {
        let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
        let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
        let host_and_port = authority
            .rsplit_once('@')
            .map_or(authority, |(_, host)| host);
        let (host, port) = match host_and_port.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, Some(port)),
            _ => (host_and_port, None),
        };
        Self {
            scheme,
            authority,
            host,
            port,
        }
    }

    /// What keeps readers from agreeing on it.
    fn flaw(&self, text: &str) -> Option<String> {
        let length = text.chars().count();
        let is_odd = |c: char| c.is_control() || c.is_whitespace() || c == '\\';
        let is_host_part = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
        let is_address = self.host.starts_with('[') && self.host.ends_with(']');
        if self.host.is_empty() {
            Some("a URL without a host".to_owned())
        } else if text.contains(is_odd) {
            Some("a URL with blanks, backslashes or control characters".to_owned())
        } else if length > MAX_CHARACTERS {
            Some(format!("a URL of {length} characters"))
        } else if !is_address && !self.host.chars().all(is_host_part) {
            Some("a URL whose host has characters that host names do not have".to_owned())
        } else if is_address && address(self.host).is_none() {
            Some("a URL with an IPv6 address that is none".to_owned())
        } else {
            None
        }
    }

    fn is_tls(&self) -> bool {
        self.scheme.eq_ignore_ascii_case("https")
    }
}

/// Every finding about a drive that is a URL.
pub(crate) fn check(
    settings: &Settings,
    text: &str,
    is_fetched: bool,
    place: &Pointer,
) -> Vec<Finding> {
    let url = Url::of(text);
    let mut findings = Vec::new();
    if !settings.allow_url && !is_fetched {
        let finding = rules::URL.at(place, "a URL in place of a drive");
        findings.push(finding.with_hint("the drive itself, as an object or as base64 text"));
    }
    if !url.is_tls() {
        let (rule, found) = if url.scheme.eq_ignore_ascii_case("http") {
            (rules::URL_TLS, "a URL without encryption")
        } else {
            (rules::URL_SCHEME, "another scheme")
        };
        findings.push(rule.at(place, found).with_hint("https"));
    }
    if url.authority.contains('@') {
        let finding = rules::URL_USERINFO.at(place, "a URL with a user or password");
        findings.push(finding.with_hint("a URL without anything before the host"));
    }
    if let Some(found) = url.flaw(text) {
        let hint = format!("a URL of at most {MAX_CHARACTERS} plain characters with a host");
        findings.push(rules::URL_SYNTAX.at(place, found).with_hint(hint));
    }
    if let Some(found) = wrong_host(&settings.url_hosts, url.host) {
        let hint = if settings.url_hosts.is_empty() {
            "the name of a public host".to_owned()
        } else {
            format!("one of {}", settings.url_hosts.join(", "))
        };
        findings.push(rules::URL_HOST.at(place, found).with_hint(hint));
    }
    if let Some(port) = url.port {
        let is_listed = |port: u16| settings.url_ports.contains(&port);
        if !port.parse().is_ok_and(is_listed) {
            let ports: Vec<String> = settings.url_ports.iter().map(u16::to_string).collect();
            let finding = rules::URL_PORT.at(place, "a URL with another port");
            findings.push(finding.with_hint(format!("one of {}", ports.join(", "))));
        }
    }
    findings
}

/// Whether `text` is a URL by https, without user or flaw, to one of `hosts`.
pub(crate) fn is_listed(text: &str, hosts: &[String]) -> bool {
    let url = Url::of(text);
    url.is_tls()
        && !url.authority.contains('@')
        && url.flaw(text).is_none()
        && !hosts.is_empty()
        && wrong_host(hosts, url.host).is_none()
}

fn wrong_host(hosts: &[String], host: &str) -> Option<&'static str> {
    let host = host.to_ascii_lowercase();
    let host = host.strip_suffix('.').unwrap_or(&host);
    if !hosts.is_empty() {
        let is_listed = hosts.iter().any(|listed| match listed.strip_prefix("*.") {
            Some(domain) => host
                .strip_suffix(domain)
                .is_some_and(|rest| rest.ends_with('.')),
            None => listed.eq_ignore_ascii_case(host),
        });
        return (!is_listed).then_some("a URL with a host that is not listed");
    }
    if let Some(address) = address(host) {
        return is_private(address).then_some("a URL with a private address");
    }
    if looks_like_address(host) {
        return Some("a URL with an address in an unusual form");
    }
    let is_local = |name: &str| {
        host.strip_suffix(name)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    LOCAL_NAMES
        .into_iter()
        .any(is_local)
        .then_some("a URL with a host of the local network")
}

/// `host` as an address, in the forms that are usual.
fn address(host: &str) -> Option<IpAddr> {
    match host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
    {
        Some(inner) => inner.parse().ok().map(IpAddr::V6),
        None => host.parse().ok().map(IpAddr::V4),
    }
}

/// Whether C libraries take `host` for an IPv4 address: numbers with up to four parts, decimal,
/// octal or hexadecimal.
fn looks_like_address(host: &str) -> bool {
    let is_number = |part: &str| {
        let hexadecimal = part.strip_prefix("0x").or(part.strip_prefix("0X"));
        match hexadecimal {
            Some(digits) => digits.bytes().all(|byte| byte.is_ascii_hexdigit()),
            None => !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()),
        }
    };
    // What ends in a number is never a name.
    host.rsplit('.').next().is_some_and(is_number)
}

fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_private_v4(address),
        IpAddr::V6(address) => is_private_v6(address),
    }
}

fn is_private_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    matches!(
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

fn is_private_v6(address: Ipv6Addr) -> bool {
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_private_v4(Ipv4Addr::new(a, b, c, d))
    };
    match address.segments() {
        // Compatible with IPv4, mapped, and translated.
        [0, 0, 0, 0, 0, 0, high, low]
        | [0, 0, 0, 0, 0, 0xffff, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => embedded(high, low),
        [0x2002, high, low, ..] => embedded(high, low),
        [0x64, 0xff9b, ..] => true,
        [0x2001, 0 | 0xdb8, ..] => true,
        // Only this is handed out to the public.
        [first, ..] => first & 0xe000 != 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_host(host: &str, accepted: bool) {
        assert_eq!(wrong_host(&[], host).is_none(), accepted, "{host}");
    }

    #[test]
    fn hosts_that_are_not_public_are_known_in_all_spellings() {
        for host in [
            "localhost",
            "LOCALHOST.",
            "a.localhost",
            "metadata.google.internal",
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0x7f.1",
            "0177.0.0.1",
            "0",
            "10.0.0.1",
            "169.254.169.254",
            "169.254.169.254.",
            "172.31.0.1",
            "192.168.0.1",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "1.2.3",
            "0x08080808",
            "[::1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[::ffff:a9fe:a9fe]",
            "[64:ff9b::a9fe:a9fe]",
            "[fe80::1]",
            "[fd00::1]",
            "[2002:a9fe:a9fe::]",
            "[2001:db8::1]",
            "[ff02::1]",
            "[::127.0.0.1]",
        ] {
            check_host(host, false);
        }
        for host in [
            "images.example.org",
            "8.8.8.8",
            "[2606:4700::1111]",
            "10.example.org",
            "x",
        ] {
            check_host(host, true);
        }
    }

    #[test]
    fn listed_hosts_are_compared_whole() {
        let hosts = [
            "drives.example.org".to_owned(),
            "*.cdn.example.org".to_owned(),
        ];
        let check = |host: &str, accepted: bool| {
            assert_eq!(wrong_host(&hosts, host).is_none(), accepted, "{host}");
        };
        check("drives.example.org", true);
        check("Drives.Example.ORG.", true);
        check("a.cdn.example.org", true);
        check("cdn.example.org", false);
        check("evilcdn.example.org", false);
        check("drives.example.org.evil.org", false);
        check("127.0.0.1", false);
    }
}
