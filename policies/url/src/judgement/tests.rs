use super::*;
use proptest::prelude::*;

/// Faults of `text` where http and https to public hosts are admitted, and usual ports.
fn faults(text: &str) -> Vec<Fault> {
    faults_with(text, &[])
}

fn faults_with(text: &str, hosts: &[&str]) -> Vec<Fault> {
    let admitted = Accepted {
        schemes: vec!["http", "https"],
        hosts: hosts
            .iter()
            .map(|host| Pattern::parse(host).expect("a pattern"))
            .collect(),
        ports: vec![(80, 80), (443, 443), (8000, 9000)],
    };
    judge_url(text, &admitted)
}

#[test]
fn ordinary_urls_pass() {
    for text in [
        "https://images.example.org/jammy.qcow2",
        "HTTP://Images.Example.ORG:8080/a/b?x=1&y=2#part",
        "http://8.8.8.8/i",
        "https://[2606:4700::1111]:443/",
        "https://images.example.org",
        "https://images.example.org:/i",
        "https://images.example.org/%C3%BC%20b.img",
        "https://images.example.org/a@b:c",
    ] {
        assert_eq!(faults(text), [], "{text}");
    }
}

#[test]
fn every_fault_is_found() {
    let check = |text: &str, expected: &[Fault]| assert_eq!(faults(text), expected, "{text:?}");
    check("", &[Fault::NoUrl]);
    check("/etc/shadow", &[Fault::NoUrl]);
    check("//example.org/", &[Fault::NoUrl]);
    check("file:///etc/shadow", &[Fault::File]);
    check("FILE:/etc/shadow", &[Fault::File]);
    check(
        "\u{1} fi\nle:/etc/shadow",
        &[Fault::Control, Fault::Characters, Fault::File],
    );
    check("gopher://example.org/", &[Fault::Scheme]);
    check("http:example.org", &[Fault::NoAuthority]);
    check("http:/example.org", &[Fault::NoAuthority]);
    check("http://", &[Fault::Host(NoHost::Empty)]);
    check("http:///etc", &[Fault::Host(NoHost::Empty)]);
    check("http://u:p@example.org/", &[Fault::UserInfo]);
    check("http://@example.org/", &[Fault::UserInfo]);
    check(
        "http://example.org@127.0.0.1/",
        &[Fault::UserInfo, Fault::Address(Purpose::Loopback)],
    );
    check(
        "http://127.0.0.1\\@example.org/",
        &[Fault::Characters, Fault::Address(Purpose::Loopback)],
    );
    check(
        "http://127.0.0.1#@example.org/",
        &[Fault::Address(Purpose::Loopback)],
    );
    check("http://example.org:22/", &[Fault::Port(22)]);
    check("http://example.org:http/", &[Fault::NoPort]);
    check("http://example.org:+80/", &[Fault::NoPort]);
    check("http://example.org:99999/", &[Fault::NoPort]);
    check("http://[::1/", &[Fault::NoPort]);
    check("http://[::1]x/", &[Fault::NoPort]);
    check("http://localhost/", &[Fault::InternalName]);
    check(
        "http://10.1/",
        &[Fault::Notation, Fault::Address(Purpose::Private)],
    );
    check("http://010.8.8.8/", &[Fault::Notation]);
    check(
        "http://exämple.org/",
        &[Fault::Characters, Fault::Host(NoHost::Characters)],
    );
    check("http://example.org/a b", &[Fault::Characters]);
    check(
        "http://example.org/a\r\nHost: x",
        &[Fault::Control, Fault::Characters],
    );
    check("http://example.org/%0d%0a", &[Fault::Control]);
    check("http://example.org/?token=1", &[Fault::QueryCredential]);
    let long = format!("http://example.org/{}", "a".repeat(LONGEST));
    check(&long, &[Fault::Length(long.len())]);
}

#[test]
fn a_list_of_hosts_is_all_there_is() {
    assert_eq!(faults_with("http://10.0.0.7/", &["10.0.0.0/8"]), []);
    assert_eq!(
        faults_with("http://example.org/", &["10.0.0.0/8"]),
        [Fault::Unlisted]
    );
    assert_eq!(
        faults_with("http://10.7/", &["10.0.0.0/8"]),
        [Fault::Notation]
    );
    assert_eq!(faults_with("http://127.0.0.1:9/", &["127.0.0.1:9"]), []);
    assert_eq!(
        faults_with("http://127.0.0.1:10/", &["127.0.0.1:9"]),
        [Fault::Unlisted, Fault::Port(10)]
    );
    assert_eq!(
        faults_with("http://127.0.0.1:9/", &["127.0.0.1"]),
        [Fault::Port(9)]
    );
    assert_eq!(
        faults_with("file://example.org/", &["example.org"]),
        [Fault::File]
    );
}

#[test]
fn addresses_come_without_a_scheme() {
    let admitted = Accepted {
        schemes: Vec::new(),
        hosts: Vec::new(),
        ports: vec![(443, 443)],
    };
    let check = |text: &str, expected: &[Fault]| {
        assert_eq!(judge_address(text, &admitted), expected, "{text}");
    };
    check("8.8.8.8", &[]);
    check("2606:4700::1111", &[]);
    check("bmc.example.org:443", &[]);
    check("::1", &[Fault::Address(Purpose::Loopback)]);
    check(
        "bmc.example.org -x",
        &[Fault::Characters, Fault::Host(NoHost::Characters)],
    );
    check("u@bmc.example.org", &[Fault::UserInfo]);
}

/// A part of a URL that is put together badly.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("http".to_owned()),
        Just("://".to_owned()),
        Just("127.0.0.1".to_owned()),
        Just("example.org".to_owned()),
        "[@:/?#\\[\\]%.&=;\\\\ \t\r\n]",
        "[0-9a-fxX]{1,4}",
        "\\PC{1,3}",
    ]
}

/// The host of an http URL as a reader that follows RFC 3986 to the letter would take it.
fn host_by_the_book(text: &str) -> Option<&str> {
    let rest = text
        .get(..7)
        .filter(|scheme| scheme.eq_ignore_ascii_case("http://"));
    let rest = text.get(rest?.len()..)?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let place = authority.rsplit('@').next()?;
    if place.starts_with('[') {
        return place.split_inclusive(']').next();
    }
    place.split(':').next()
}

proptest! {
    #[test]
    fn whatever_passes_leads_to_a_public_host(
        pieces in prop::collection::vec(piece(), 0..12),
        start in prop_oneof![Just("http://"), Just("")],
    ) {
        let text = format!("{start}{}", pieces.concat());
        let admitted = Accepted {
            schemes: vec!["http"],
            hosts: Vec::new(),
            ports: vec![(0, u16::MAX)],
        };
        if judge_url(&text, &admitted).is_empty() {
            prop_assert!(text.bytes().all(|byte| byte.is_ascii_graphic()));
            let host = host_by_the_book(&text).expect("a host");
            let host = Host::parse(host).expect("a host that can be read");
            prop_assert_eq!(host.purpose(), None);
            prop_assert!(!host.is_unusual() && !host.is_internal_name());
        }
    }

    #[test]
    fn no_address_that_is_not_public_passes(bits in any::<u32>(), form in 0_u8..6) {
        let address = std::net::Ipv4Addr::from(bits);
        let host = match form {
            0 => address.to_string(),
            1 => bits.to_string(),
            2 => format!("0x{bits:x}"),
            3 => format!("0{bits:o}"),
            4 => format!("[::ffff:{address}]"),
            _ => format!("[64:ff9b::{address}]"),
        };
        let found = faults(&format!("http://{host}/"));
        let expected = address::of_v4(address).map(Fault::Address);
        prop_assert_eq!(found.iter().find(|fault| matches!(fault, Fault::Address(_))), expected.as_ref());
        prop_assert_eq!(found.contains(&Fault::Notation), (1..=4).contains(&form));
    }
}
