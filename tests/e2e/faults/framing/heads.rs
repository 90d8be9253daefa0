//! Request lines and headers that are wrong, or too long.

use super::check;
use crate::writes::POWER;

#[test]
fn heads_that_are_none_are_refused() {
    let line = |line: &str| format!("{line}\r\nHost: gw\r\n\r\n");
    let header = |line: &str| format!("GET /v1/nodes HTTP/1.1\r\nHost: gw\r\n{line}\r\n\r\n");
    let headers = |count: usize| header(&vec!["X-Many: 1"; count].join("\r\n"));
    let long = |length: usize| header(&format!("X-Long: {}", "x".repeat(length)));
    check(&[
        ("no target", line("GET"), &[400], 0),
        ("no version", line("GET /v1/nodes"), &[400], 0),
        ("two blanks", line("GET  /v1/nodes HTTP/1.1"), &[400], 0),
        (
            "a blank in the target",
            line("GET /v1/no des HTTP/1.1"),
            &[400],
            0,
        ),
        ("HTTP/1.2", line("GET /v1/nodes HTTP/1.2"), &[400], 0),
        ("HTTP/2.0", line("GET /v1/nodes HTTP/2.0"), &[400], 0),
        (
            "a control character in the target",
            line("GET /v1/\u{1} HTTP/1.1"),
            &[400],
            0,
        ),
        (
            "a whole conversation of TLS",
            "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\r\n\r\n".to_owned(),
            &[400],
            0,
        ),
        (
            "an authority",
            line("CONNECT ironic:6385 HTTP/1.1"),
            &[400],
            0,
        ),
        (
            "a method in lower case",
            line(&format!("put {POWER} HTTP/1.1")),
            &[400],
            0,
        ),
        ("a folded header", header("X-A: b\r\n c"), &[400], 0),
        ("a zero byte in a header", header("X-A: b\0c"), &[400], 0),
        (
            "a carriage return in a header",
            header("X-A: b\rc"),
            &[400],
            0,
        ),
        ("a header without a colon", header("X-A"), &[400], 0),
        ("a header without a name", header(": b"), &[400], 0),
        ("two hosts", header("Host: other"), &[400], 0),
        ("one host twice", header("Host: gw"), &[400], 0),
        (
            "no host",
            "GET /v1/nodes HTTP/1.1\r\n\r\n".to_owned(),
            &[400],
            0,
        ),
        ("a hundred headers", headers(100), &[200], 0),
        ("three hundred headers", headers(300), &[431], 0),
        ("a header of 60 KiB", long(60 << 10), &[200], 0),
        ("a header of 64 KiB", long(64 << 10), &[431], 0),
        (
            "a target of 60 KiB",
            line(&format!(
                "GET /v1/nodes?x={} HTTP/1.1",
                "x".repeat(60 << 10)
            )),
            &[200],
            0,
        ),
        (
            "a target of 70 KiB",
            line(&format!(
                "GET /v1/nodes?x={} HTTP/1.1",
                "x".repeat(70 << 10)
            )),
            &[431],
            0,
        ),
    ]);
}
