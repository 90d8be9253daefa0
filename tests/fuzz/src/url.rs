//! URLs: where one leads that the policy `url` lets pass, tolerant readers go as well, and it is
//! none of the places that are closed.

use std::net::{Ipv4Addr, Ipv6Addr};

use portcullis_policy_url::judgement::host::Host;
use portcullis_policy_url::judgement::pattern::Pattern;
use portcullis_policy_url::judgement::{Accepted, judge_address, judge_url};
use url::Url;

/// A host that an operator lists, with a domain and a network.
const LISTED: [&str; 3] = ["images.example.org", "*.cdn.example.org", "10.0.0.0/8"];

/// Text.
///
/// # Panics
/// When some reader of a URL that passes would connect to a place that is closed.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if judge_url(text, &accepted(&[])).is_empty()
        && let Some(theirs) = read(text)
    {
        assert_public(&theirs, text);
    }
    if judge_url(text, &accepted(&LISTED)).is_empty()
        && let Some(theirs) = read(text)
    {
        assert_listed(&theirs, text);
    }
    if judge_address(text, &accepted(&[])).is_empty() {
        // An IPv6 address stands there without brackets.
        let bracketed = match text.parse::<Ipv6Addr>() {
            Ok(_) => format!("https://[{text}]"),
            Err(_) => format!("https://{text}"),
        };
        if let Some(theirs) = read(&bracketed) {
            assert_public(&theirs, text);
        }
    }
}

fn accepted(hosts: &[&str]) -> Accepted<'static> {
    let hosts = hosts.iter().map(|host| Pattern::parse(host));
    Accepted {
        schemes: vec!["http", "https"],
        hosts: hosts.collect::<Option<_>>().expect("patterns"),
        ports: vec![(80, 80), (443, 443), (1024, u16::MAX)],
    }
}

/// The URL by the WHATWG's standard, after which browsers repair what they are given. None for one
/// that leads nowhere, since a label of its host stands for no letters.
fn read(text: &str) -> Option<Url> {
    assert!(text.bytes().all(|byte| byte.is_ascii_graphic()), "{text:?}");
    let theirs = match Url::parse(text) {
        Err(url::ParseError::IdnaError) => return None,
        theirs => theirs.expect("what passes is a URL"),
    };
    assert!(["http", "https"].contains(&theirs.scheme()), "{theirs}");
    assert!(
        theirs.username().is_empty() && theirs.password().is_none(),
        "{theirs}"
    );
    let port = theirs.port_or_known_default().expect("a port");
    assert!(matches!(port, 80 | 443 | 1024..), "{theirs}");
    // Nobody has had to repair the host, and the part before the path ends where we think.
    let rest = text.split_once("://").expect("a scheme").1;
    let authority = rest.split(['/', '?', '#']).next().expect("an authority");
    let host = theirs.host_str().expect("a host");
    let written = authority.to_ascii_lowercase();
    let written = match theirs.host() {
        Some(url::Host::Ipv6(_)) => written
            .split_inclusive(']')
            .next()
            .expect("a host")
            .to_owned(),
        _ => written.split(':').next().expect("a host").to_owned(),
    };
    match theirs.host() {
        Some(url::Host::Ipv6(address)) => {
            assert_eq!(written.trim_matches(['[', ']']).parse(), Ok(address));
        }
        _ => assert_eq!(written, host, "{text}"),
    }
    Some(theirs)
}

fn assert_public(theirs: &Url, text: &str) {
    match theirs.host().expect("a host") {
        url::Host::Ipv4(address) => assert!(is_public_v4(address), "{text}"),
        url::Host::Ipv6(address) => assert!(is_public_v6(address), "{text}"),
        url::Host::Domain(name) => {
            let bare = name.strip_suffix('.').unwrap_or(name);
            assert!(bare.contains('.'), "{text}");
            for internal in ["localhost", "internal", "local", "home.arpa"] {
                assert!(
                    bare != internal && !bare.ends_with(&format!(".{internal}")),
                    "{text}"
                );
            }
        }
    }
}

fn assert_listed(theirs: &Url, text: &str) {
    match theirs.host().expect("a host") {
        url::Host::Ipv4(address) => assert_eq!(address.octets()[0], 10, "{text}"),
        url::Host::Ipv6(_) => panic!("{text} is not on the list"),
        url::Host::Domain(name) => {
            let bare = name.strip_suffix('.').unwrap_or(name);
            assert!(
                bare == "images.example.org" || bare.ends_with(".cdn.example.org"),
                "{text}"
            );
            assert!(matches!(Host::parse(name), Ok(Host::Name(_))), "{text}");
        }
    }
}

/// By the standard library's judgement, and the ranges it has none of.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    let is_shared = first == 100 && (64..128).contains(&second);
    let is_benchmarking = first == 198 && (18..20).contains(&second);
    !(address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_unspecified()
        || address.is_broadcast()
        || address.is_documentation()
        || address.is_multicast()
        || is_shared
        || is_benchmarking
        || first == 0
        || first >= 240)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let [first, second, .., high, low] = segments;
    let embedded = Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    let is_nat64 = first == 0x64 && second == 0xff9b;
    if is_nat64 || address.to_ipv4_mapped().is_some() {
        return is_public_v4(embedded);
    }
    !(address.is_loopback()
        || address.is_unspecified()
        || address.is_unique_local()
        || address.is_unicast_link_local()
        || address.is_multicast()
        || (first == 0x2001 && second == 0xdb8)
        || first & 0xffc0 == 0xfec0)
}
