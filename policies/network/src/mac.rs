//! MAC addresses.

/// The octets of an address or of its beginning: pairs of digits with colons between them, which
/// is the one spelling Ironic takes.
pub(crate) fn octets(text: &str) -> Option<Vec<u8>> {
    let octet = |pair: &str| {
        let plain = pair.len() == 2 && pair.bytes().all(|byte| byte.is_ascii_hexdigit());
        plain.then(|| u8::from_str_radix(pair, 16).ok()).flatten()
    };
    let octets: Vec<u8> = text.split(':').map(octet).collect::<Option<_>>()?;
    (octets.len() <= 6).then_some(octets)
}

/// What is wrong with an address, if anything is.
pub(crate) fn fault(text: &str) -> Option<&'static str> {
    let Some(octets) = octets(text).filter(|octets| octets.len() == 6) else {
        return Some("no MAC address");
    };
    if octets.iter().all(|&octet| octet == 0) {
        Some("an address of zeros")
    } else if octets.iter().all(|&octet| octet == 0xff) {
        Some("the broadcast address")
    } else if octets.first().is_some_and(|first| first & 1 == 1) {
        Some("a multicast address")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_one_interface_have_no_fault() {
        let check = |text: &str, sound: bool| assert_eq!(fault(text).is_none(), sound, "{text:?}");
        check("52:54:00:12:34:56", true);
        check("02:00:00:00:00:00", true);
        check("FE:FF:FF:FF:FF:FF", true);
        check("00:00:00:00:00:00", false);
        check("ff:ff:ff:ff:ff:ff", false);
        check("01:00:5e:00:00:01", false);
        check("33:33:00:00:00:01", false);
        check("53:54:00:12:34:56", false);
        check("52-54-00-12-34-56", false);
        check("5254.0012.3456", false);
        check("52:54:00:12:34", false);
        check("52:54:00:12:34:56:78:9a", false);
        check("52:54:0:12:34:56", false);
        check("+2:54:00:12:34:56", false);
        check("52:54:00:12:34:5g", false);
        check("52:54:00:12:34:56\n", false);
        check(" 52:54:00:12:34:56", false);
        check("", false);
    }
}
