//! Addresses and masks as network data writes them.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Which addresses a network or a service may have.
#[derive(Clone, Copy)]
pub(super) enum Family {
    V4,
    V6,
    Either,
}

/// IPv6 addresses may have the length of their prefix behind a slash, as Neutron writes them.
pub(super) fn is_address(text: &str, family: Family) -> bool {
    let is_v4 = || text.parse::<Ipv4Addr>().is_ok();
    let is_v6 = || {
        let (address, length) = text.split_once('/').unwrap_or((text, "128"));
        // Link-local ones may name their link.
        let address = address
            .split_once('%')
            .map_or(address, |(address, _)| address);
        address.parse::<Ipv6Addr>().is_ok()
            && length.parse::<u8>().is_ok_and(|length| length <= 128)
    };
    match family {
        Family::V4 => is_v4(),
        Family::V6 => is_v6(),
        Family::Either => is_v4() || is_v6(),
    }
}

/// Ones, and behind them zeros.
pub(super) fn is_v4_mask(text: &str) -> bool {
    text.parse::<Ipv4Addr>()
        .is_ok_and(|mask| mask.to_bits().leading_ones() == mask.to_bits().count_ones())
}

pub(super) fn is_mac(text: &str) -> bool {
    text.len() == 17
        && text
            .bytes()
            .enumerate()
            .all(|(index, byte)| match index % 3 {
                2 => byte == b':' || byte == b'-',
                _ => byte.is_ascii_hexdigit(),
            })
}
