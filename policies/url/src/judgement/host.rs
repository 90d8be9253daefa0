//! Hosts of URLs, in whatever notation they are written.
//!
//! Resolvers take more for an address than RFC 3986 does: one to four numbers, each in decimal,
//! octal or hexadecimal, with a dot at the end (`inet_aton`). All of them are read here as such a
//! resolver would, so that no notation hides an address, and marked as unusual, so that a policy
//! can refuse what nobody writes in good faith.

use super::address::{self, Purpose};
use std::net::{Ipv4Addr, Ipv6Addr};

/// A host, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// An IPv4 address; `usual` if it is written as four decimal numbers.
    V4 {
        /// The address.
        address: Ipv4Addr,
        /// Written in the one way that every reader takes alike.
        usual: bool,
    },
    /// An IPv6 address.
    V6(Ipv6Addr),
    /// A name in lower case, without a dot at its end.
    Name(String),
}

/// Text that is no host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoHost {
    /// Nothing at all.
    Empty,
    /// Characters that no host has: anything but letters, digits, hyphens, underscores and dots.
    /// Percent-encoding and letters beyond ASCII belong here: readers make other hosts of them.
    Characters,
    /// Empty or overlong labels, a hyphen at the end of one, or a number that is no address.
    Labels,
    /// Brackets around something that is no IPv6 address; a zone is not part of one.
    Brackets,
}

const LONGEST_NAME: usize = 253;
const LONGEST_LABEL: usize = 63;

impl Host {
    /// Reads a host as it stands in a URL: IPv6 addresses are in brackets.
    ///
    /// # Errors
    ///
    /// Text that is no host.
    pub fn parse(text: &str) -> Result<Self, NoHost> {
        if let Some(rest) = text.strip_prefix('[') {
            let inner = rest.strip_suffix(']').ok_or(NoHost::Brackets)?;
            return inner.parse().map(Self::V6).map_err(|_| NoHost::Brackets);
        }
        if text.is_empty() {
            return Err(NoHost::Empty);
        }
        if !text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        {
            return Err(NoHost::Characters);
        }
        let bare = text.strip_suffix('.').unwrap_or(text);
        let last = bare.rsplit('.').next().unwrap_or_default();
        if is_number(last) {
            let address = loose_v4(bare).ok_or(NoHost::Labels)?;
            let usual = text == address.to_string();
            return Ok(Self::V4 { address, usual });
        }
        if bare.len() > LONGEST_NAME || !bare.split('.').all(is_label) {
            return Err(NoHost::Labels);
        }
        Ok(Self::Name(bare.to_ascii_lowercase()))
    }

    /// Why the host is not to be reached without permission; none for a public one.
    pub fn purpose(&self) -> Option<Purpose> {
        match self {
            Self::V4 { address, .. } => address::of_v4(*address),
            Self::V6(address) => address::of_v6(*address),
            Self::Name(_) => None,
        }
    }

    /// True for an address that is written so that some readers take it for something else.
    pub fn is_unusual(&self) -> bool {
        match self {
            Self::V4 { usual, .. } => !usual,
            // The well-known prefix of NAT64 is how networks without IPv4 reach such hosts.
            Self::V6(address) => {
                address::embedded(*address).is_some()
                    && address.segments().first() != Some(&0x64)
                    && !address.is_loopback()
                    && !address.is_unspecified()
            }
            Self::Name(_) => false,
        }
    }

    /// True for a name that is resolved within the machine or network that asks, or that by
    /// convention leads to whatever address stands in it.
    pub fn is_internal_name(&self) -> bool {
        let Self::Name(name) = self else {
            return false;
        };
        // A name of one label is looked up in the search domains of whoever asks.
        if !name.contains('.') {
            return true;
        }
        INTERNAL.iter().any(|suffix| {
            name.strip_suffix(suffix)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        })
    }
}

/// Domains that are not the public internet's (RFC 6761 and the like), names of metadata services
/// within them, and public domains that answer with an address of the asker's choice.
const INTERNAL: &[&str] = &[
    "localhost",
    "localdomain",
    "local",
    "internal",
    "intranet",
    "private",
    "corp",
    "home",
    "home.arpa",
    "lan",
    "invalid",
    "onion",
    "svc",
    "in-addr.arpa",
    "ip6.arpa",
    "nip.io",
    "sslip.io",
    "xip.io",
    "traefik.me",
    "localtest.me",
    "lvh.me",
    "vcap.me",
    "lacolhost.com",
    "1u.ms",
    "rbndr.us",
];

fn is_label(label: &str) -> bool {
    !label.is_empty()
        && label.len() <= LONGEST_LABEL
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// True for what `inet_aton` would take for a number: no name ends in such a label.
fn is_number(label: &str) -> bool {
    let hexadecimal = label.strip_prefix("0x").or(label.strip_prefix("0X"));
    match hexadecimal {
        Some(digits) => digits.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_digit()),
    }
}

/// Reads one to four numbers as `inet_aton` does: the last fills all bytes that are left.
fn loose_v4(text: &str) -> Option<Ipv4Addr> {
    let parts: Vec<u32> = text.split('.').map(number).collect::<Option<_>>()?;
    let (&last, leading) = parts.split_last()?;
    let mut address: u32 = 0;
    for (index, &part) in leading.iter().enumerate() {
        let shift = 24_u32.checked_sub(8 * u32::try_from(index).ok()?)?;
        address |= u32::from(u8::try_from(part).ok()?) << shift;
    }
    let bytes_left = 4_usize
        .checked_sub(leading.len())
        .filter(|&left| left > 0)?;
    let fits = bytes_left == 4 || u64::from(last) < 1 << (8 * bytes_left);
    fits.then(|| Ipv4Addr::from(address | last))
}

/// A number of `inet_aton`: `0x` is hexadecimal, another leading zero octal. `0x` alone is zero
/// to some readers, and so it is here. Digits that are not octal make it decimal, as they do for
/// readers that know no octal numbers.
fn number(part: &str) -> Option<u32> {
    if let Some(digits) = part.strip_prefix("0x").or(part.strip_prefix("0X")) {
        return match digits {
            "" => Some(0),
            digits => u32::from_str_radix(digits, 16).ok(),
        };
    }
    if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let octal = part.len() > 1 && part.starts_with('0') && !part.contains(['8', '9']);
    u32::from_str_radix(part, if octal { 8 } else { 10 }).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expected: Result<&str, NoHost>) {
        let told = Host::parse(text).map(|host| match host {
            Host::V4 {
                address,
                usual: true,
            } => address.to_string(),
            Host::V4 { address, .. } => format!("{address}?"),
            Host::V6(address) => format!("[{address}]"),
            Host::Name(name) => name,
        });
        assert_eq!(told, expected.map(str::to_owned), "{text}");
    }

    #[test]
    fn one_address_has_many_spellings() {
        check("127.0.0.1", Ok("127.0.0.1"));
        for text in [
            "127.0.0.1.",
            "127.1",
            "127.0.1",
            "2130706433",
            "017700000001",
            "0x7f000001",
            "0X7F.1",
            "0177.0.0.01",
            "0x7f.0x0.0x0.0x1",
            "127.0x0.0.1",
            "127.000.000.001",
        ] {
            check(text, Ok("127.0.0.1?"));
        }
        check("0", Ok("0.0.0.0?"));
        check("0x", Ok("0.0.0.0?"));
        check("169.254.43518", Ok("169.254.169.254?"));
    }

    #[test]
    fn numbers_that_are_no_address_are_no_name_either() {
        for text in [
            "256.0.0.1",
            "1.2.3.4.5",
            "4294967296",
            "1.2.3.256",
            "a.1",
            "1..2",
            "0x1ffffffff",
        ] {
            check(text, Err(NoHost::Labels));
        }
    }

    #[test]
    fn names_are_ascii() {
        check("Images.Example.ORG.", Ok("images.example.org"));
        check("xn--bcher-kva.example", Ok("xn--bcher-kva.example"));
        check("1password.com", Ok("1password.com"));
        check("a_b.example.org", Ok("a_b.example.org"));
        check("", Err(NoHost::Empty));
        check(".", Err(NoHost::Labels));
        check("a..b", Err(NoHost::Labels));
        check("-a.b", Err(NoHost::Labels));
        for text in [
            "bücher.example",
            "１２７.0.0.1",
            "a。b",
            "%31.0.0.1",
            "a b",
            "a\0",
            "a@b",
            "fe80::1",
        ] {
            check(text, Err(NoHost::Characters));
        }
        check(&format!("{}.org", "a".repeat(64)), Err(NoHost::Labels));
        check(&format!("{}org", "abc.".repeat(63)), Err(NoHost::Labels));
    }

    #[test]
    fn brackets_hold_addresses_of_version_six() {
        check("[::1]", Ok("[::1]"));
        check("[::FFFF:7f00:1]", Ok("[::ffff:127.0.0.1]"));
        for text in [
            "[::1",
            "[]",
            "[127.0.0.1]",
            "[fe80::1%eth0]",
            "[fe80::1%25eth0]",
            "[v1.a]",
            "[::1].",
            "[[::1]]",
        ] {
            check(text, Err(NoHost::Brackets));
        }
    }

    #[test]
    fn names_within_a_network_are_told_apart() {
        let internal = |name: &str| Host::parse(name).expect("a name").is_internal_name();
        for name in [
            "localhost",
            "LOCALHOST.",
            "a.localhost",
            "ironic",
            "metadata.google.internal",
            "127.0.0.1.nip.io",
            "10-0-0-1.sslip.io",
            "db.svc.cluster.local",
        ] {
            assert!(internal(name), "{name}");
        }
        for name in [
            "example.org",
            "notlocalhost.org",
            "mylocal.org",
            "nip.io.example.org",
        ] {
            assert!(!internal(name), "{name}");
        }
    }

    #[test]
    fn addresses_within_addresses_are_unusual() {
        let unusual = |text: &str| Host::parse(text).expect("a host").is_unusual();
        assert!(unusual("[::ffff:8.8.8.8]"));
        assert!(unusual("[2002:808:808::1]"));
        assert!(unusual("010.8.8.8"));
        assert!(!unusual("[64:ff9b::8.8.8.8]"));
        assert!(!unusual("[2606:4700::1111]"));
        assert!(!unusual("[::1]"));
        assert!(!unusual("8.8.8.8"));
    }

    /// A number in one of the notations of `inet_aton`.
    fn spelled(value: u32, notation: u8) -> String {
        match notation % 5 {
            0 => value.to_string(),
            1 => format!("0{value:o}"),
            2 => format!("0x{value:x}"),
            3 => format!("0X{value:08X}"),
            _ => format!("000{value:o}"),
        }
    }

    fn notations() -> impl Strategy<Value = (u32, String)> {
        (any::<u32>(), 1_u32..=4, any::<[u8; 4]>(), any::<bool>()).prop_map(
            |(address, parts, notation, dot)| {
                let bytes = address.to_be_bytes();
                let leading = usize::try_from(parts).expect("small") - 1;
                let mut text = String::new();
                for index in 0..leading {
                    text += &spelled(u32::from(bytes[index]), notation[index]);
                    text.push('.');
                }
                let mask = u32::MAX.checked_shr(8 * (parts - 1)).unwrap_or(0);
                text += &spelled(address & mask, notation[3]);
                if dot {
                    text.push('.');
                }
                (address, text)
            },
        )
    }

    proptest! {
        #[test]
        fn every_notation_is_read_as_the_address_it_is((address, text) in notations()) {
            let usual = Ipv4Addr::from(address);
            match Host::parse(&text) {
                Ok(Host::V4 { address, usual: plain }) => {
                    prop_assert_eq!(address, usual);
                    prop_assert_eq!(plain, text == usual.to_string());
                }
                other => prop_assert!(false, "{} is {:?}", text, other),
            }
        }

        #[test]
        fn an_address_in_an_address_is_judged_as_itself(bits in any::<u32>()) {
            let [high, low] = [bits >> 16, bits & 0xffff];
            let purpose = address::of_v4(Ipv4Addr::from(bits));
            for text in [
                format!("[::ffff:{high:x}:{low:x}]"),
                format!("[64:ff9b::{high:x}:{low:x}]"),
                format!("[2002:{high:x}:{low:x}::1]"),
                format!("[::ffff:0:{high:x}:{low:x}]"),
            ] {
                let host = Host::parse(&text).expect("an address");
                prop_assert_eq!(host.purpose(), purpose, "{}", text);
            }
        }

        #[test]
        fn any_text_is_answered(text in "\\PC{0,40}|[0-9a-fxX.:%\\[\\]-]{0,40}") {
            if let Ok(Host::Name(name)) = Host::parse(&text) {
                // What passes for a name is one to the standard library's reader of addresses.
                prop_assert!(name.parse::<std::net::IpAddr>().is_err());
                prop_assert_eq!(Host::parse(&name), Ok(Host::Name(name.clone())));
            }
        }
    }
}
