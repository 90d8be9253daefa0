use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use proptest::prelude::*;

use super::*;
use crate::sanitise::MaskStream;

fn known(secret: &str) -> KnownSecrets {
    KnownSecrets::new(vec![Zeroizing::new(secret.to_owned())])
}

/// Encodings made by others than the code under test, where there are others.
fn encoded(secret: &str) -> Vec<String> {
    let once = serde_json::to_string(secret).unwrap();
    let inner = once[1..once.len() - 1].to_owned();
    let twice = serde_json::to_string(&inner).unwrap();
    let mut all = vec![
        secret.to_owned(),
        inner,
        twice[1..twice.len() - 1].to_owned(),
    ];
    all.push(secret.bytes().map(|b| format!("{b:02x}")).collect());
    all.push(secret.bytes().map(|b| format!("{b:02X}")).collect());
    for before in ["", "u:", "us:", "admin:"] {
        all.push(STANDARD.encode(format!("{before}{secret}")));
        all.push(URL_SAFE.encode(format!("{before}{secret}")));
    }
    all
}

/// Forms made by Python's own library.
const BY_PYTHON: &[(&str, &[(&str, &str)])] = &[
    (
        "p'a\"s & <w>$1%2\\ü",
        &[
            (
                "urllib.parse.quote",
                "p%27a%22s%20%26%20%3Cw%3E%241%252%5C%C3%BC",
            ),
            (
                "urllib.parse.quote, nothing safe",
                "p%27a%22s%20%26%20%3Cw%3E%241%252%5C%C3%BC",
            ),
            (
                "urllib.parse.quote_plus",
                "p%27a%22s+%26+%3Cw%3E%241%252%5C%C3%BC",
            ),
            ("html.escape", "p&#x27;a&quot;s &amp; &lt;w&gt;$1%2\\ü"),
            ("xml.sax.saxutils.escape", "p'a\"s &amp; &lt;w&gt;$1%2\\ü"),
            ("shlex.quote", "p'\"'\"'a\"s & <w>$1%2\\ü"),
            ("repr", "p\\'a\"s & <w>$1%2\\\\ü"),
            ("repr of bytes", "p\\'a\"s & <w>$1%2\\\\\\xc3\\xbc"),
            ("json.dumps", "p'a\\\"s & <w>$1%2\\\\\\u00fc"),
            (
                "json.dumps of json.dumps",
                "p'a\\\\\\\"s & <w>$1%2\\\\\\\\\\\\u00fc",
            ),
            ("json.dumps in UTF-8", "p'a\\\"s & <w>$1%2\\\\ü"),
            (
                "repr of json.dumps",
                "p\\'a\\\\\"s & <w>$1%2\\\\\\\\\\\\u00fc",
            ),
            ("binascii.hexlify", "70276122732026203c773e243125325cc3bc"),
        ],
    ),
    (
        "Zk3 Qm+81/L=p;Xv`7",
        &[
            ("urllib.parse.quote", "Zk3%20Qm%2B81/L%3Dp%3BXv%607"),
            (
                "urllib.parse.quote, nothing safe",
                "Zk3%20Qm%2B81%2FL%3Dp%3BXv%607",
            ),
            ("urllib.parse.quote_plus", "Zk3+Qm%2B81%2FL%3Dp%3BXv%607"),
            ("html.escape", "Zk3 Qm+81/L=p;Xv`7"),
            ("xml.sax.saxutils.escape", "Zk3 Qm+81/L=p;Xv`7"),
            ("shlex.quote", "Zk3 Qm+81/L=p;Xv`7"),
            ("repr", "Zk3 Qm+81/L=p;Xv`7"),
            ("repr of bytes", "Zk3 Qm+81/L=p;Xv`7"),
            ("json.dumps", "Zk3 Qm+81/L=p;Xv`7"),
            ("json.dumps of json.dumps", "Zk3 Qm+81/L=p;Xv`7"),
            ("json.dumps in UTF-8", "Zk3 Qm+81/L=p;Xv`7"),
            ("repr of json.dumps", "Zk3 Qm+81/L=p;Xv`7"),
            ("binascii.hexlify", "5a6b3320516d2b38312f4c3d703b58766037"),
        ],
    ),
];

#[test]
fn what_python_makes_of_a_secret_is_masked_at_every_split() {
    for (secret, forms) in BY_PYTHON {
        let known = known(secret);
        for (maker, form) in *forms {
            let text = format!("before <{form}> after");
            let expected = format!("before <{MARKER}> after");
            assert_eq!(known.mask(&text), expected, "{maker}");
            for (split, _) in text.char_indices() {
                let mut out = String::new();
                let mut stream = MaskStream::new(&known);
                stream.push(&text[..split], &mut out);
                stream.push(&text[split..], &mut out);
                stream.finish(&mut out);
                assert_eq!(out, expected, "{maker}, split at {split}");
            }
        }
    }
}

proptest! {
    #[test]
    fn no_form_of_a_secret_is_left(secret in "[ -~\u{e4}\u{20ac}]{8,40}") {
        let known = known(&secret);
        for form in encoded(&secret) {
            let masked = known.mask(&format!("before <{form}> after")).into_owned();
            prop_assert!(masked.contains(MARKER), "{} in {}", form, masked);
            prop_assert!(!masked.contains(&secret));
        }
    }

    #[test]
    fn a_secret_that_was_cut_is_masked(secret in "[a-zA-Z0-9!#%]{12,60}", cut in 8_usize..60) {
        let cut = cut.min(secret.len());
        let text = format!("message: {}...", &secret[..cut]);
        prop_assert_eq!(known(&secret).mask(&text), "message: [redacted]...");
    }

    #[test]
    fn a_stream_may_be_cut_anywhere(secret in "[ab]{6,30}", text in "[ab .]{0,60}") {
        let known = known(&secret);
        let text = format!("{text}{secret}{text}");
        let whole = known.mask(&text).into_owned();
        for split in 0..=text.len() {
            let mut out = String::new();
            let mut stream = MaskStream::new(&known);
            stream.push(&text[..split], &mut out);
            stream.push(&text[split..], &mut out);
            stream.finish(&mut out);
            prop_assert_eq!(&out, &whole, "split at {}", split);
        }
    }
}

#[test]
fn what_is_left_of_a_secret_inside_a_longer_text_is_masked() {
    let known = known("Zk3Qm81LpXv7Tt5Rw2Yc");
    let check = |text: &str, expected: &str| assert_eq!(known.mask(text), expected);
    check(
        r#"{"faultstring": "token Zk3Qm81LpX... is bad", "debuginfo": null}"#,
        r#"{"faultstring": "token [redacted]... is bad", "debuginfo": null}"#,
    );
    check("so it ends: Zk3Qm81L", "so it ends: [redacted]");
    check("so it ends: Zk3Qm81", "so it ends: Zk3Qm81");
}

#[test]
fn a_secret_that_is_part_of_the_marker_changes_nothing_when_masked_again() {
    for secret in ["redact", "[redacted", "redacted"] {
        let known = known(secret);
        let once = known.mask(&format!("a {secret} b")).into_owned();
        assert_eq!(once, "a [redacted] b");
        assert_eq!(known.mask(&once), once);
    }
    assert_eq!(
        known("hunter22").mask("[redacted:hunter22]"),
        "[redacted:[redacted]]"
    );
}
