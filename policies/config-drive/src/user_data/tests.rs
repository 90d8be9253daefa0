//! User data in files, where places are within the document.

use super::*;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write as _;

fn rules(bytes: &[u8]) -> Vec<String> {
    let findings = check(&Settings::default(), bytes, &Pointer::root());
    findings.into_iter().map(|finding| finding.rule).collect()
}

#[test]
fn gzip_is_opened_within_bounds() {
    let pack = |bytes: &[u8]| {
        let mut writer = GzEncoder::new(Vec::new(), Compression::default());
        writer.write_all(bytes).expect("memory");
        writer.finish().expect("memory")
    };
    let script = b"#!/bin/sh\nls\n";
    assert_eq!(rules(&pack(script)), [""; 0]);
    assert_eq!(rules(&pack(&pack(script))), [""; 0]);
    assert_eq!(rules(&pack(&pack(&pack(script)))), ["CD-UD-NESTED"]);
    assert_eq!(rules(&pack(&vec![b' '; 2 << 20])), ["CD-UD-NESTED"]);
    assert_eq!(rules(&[&pack(script)[..], b"x"].concat()), ["CD-UD-NESTED"]);
    assert_eq!(rules(&pack(script)[..20]), ["CD-UD-NESTED"]);
    assert_eq!(
        rules(&pack(b"#cloud-config\npassword: hunter2\n")),
        ["CD-PLAIN-PASSWORD"]
    );
}

#[test]
fn files_of_no_known_kind_are_refused() {
    assert_eq!(rules(b"hello"), ["CD-UD-FORMAT"]);
    assert_eq!(rules(&[0xff, 0xfe]), ["CD-UD-FORMAT"]);
    assert_eq!(rules(b" \n"), [""; 0]);
}

/// Whatever the bytes, there is an answer, and soon.
#[test]
fn any_text_is_judged() {
    let pieces = [
        "#cloud-config\n",
        "password",
        ": ",
        "\n",
        "- ",
        "&a ",
        "*a ",
        "[",
        "]",
        "{",
        "}",
        "'",
        "\"",
        "|",
        ">",
        "  ",
        "<<",
        "#",
        "\\",
        "Content-Type: multipart/mixed; boundary=b\n",
        "--b\n",
        "--b--\n",
        "{{",
        "!!binary ",
        "? ",
        "\u{feff}",
        "\t",
        "---\n",
        "...\n",
        "%",
    ];
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let started = std::time::Instant::now();
    for _ in 0..3_000 {
        let mut text = String::from("#cloud-config\n");
        for _ in 0..40 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            text.push_str(pieces[(state % pieces.len() as u64) as usize]);
        }
        rules(text.as_bytes());
        rules(text.trim_start_matches("#cloud-config\n").as_bytes());
    }
    assert!(started.elapsed().as_secs() < 30, "{:?}", started.elapsed());
}
