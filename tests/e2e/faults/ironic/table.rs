//! What Ironic may do instead of answering.

use portcullis_tests::fake_ironic::Step;

/// The reply that a fault is answered with.
pub(super) type Answer = (u16, &'static str);

const BROKEN: Answer = (502, "ironic-unreachable");
const TOO_SLOW: Answer = (504, "ironic-too-slow");

/// These bytes, and what comes behind them.
pub(super) fn raw(bytes: &str, end: Step) -> Vec<Step> {
    vec![Step::Send(bytes.as_bytes().to_vec()), end]
}

/// What Ironic does once it has read a write, and what the client is told.
pub(super) fn faults() -> Vec<(&'static str, Vec<Step>, Answer)> {
    let many_headers = format!("HTTP/1.1 200 OK\r\n{}\r\n", "X-Many: 1\r\n".repeat(1000));
    let long_header = format!("HTTP/1.1 200 OK\r\nX-Long: {}\r\n\r\n", "x".repeat(1 << 20));
    vec![
        ("silent", vec![Step::Silence], TOO_SLOW),
        ("cut before the head", vec![Step::Cut], BROKEN),
        ("closed before the head", vec![Step::Close], BROKEN),
        ("reset before the head", vec![Step::Reset], BROKEN),
        (
            "cut in the status line",
            raw("HTTP/1.1 20", Step::Cut),
            BROKEN,
        ),
        (
            "cut in the head",
            raw("HTTP/1.1 202 Accepted\r\nLocation: http", Step::Cut),
            BROKEN,
        ),
        (
            "reset in the head",
            raw("HTTP/1.1 202 Accepted\r\n", Step::Reset),
            BROKEN,
        ),
        (
            "silent in the head",
            raw("HTTP/1.1 202 Accepted\r\n", Step::Silence),
            TOO_SLOW,
        ),
        (
            "silent after an interim reply",
            raw("HTTP/1.1 100 Continue\r\n\r\n", Step::Silence),
            TOO_SLOW,
        ),
        (
            "garbage",
            raw("\u{16}\u{3}\u{1} nonsense\r\n\r\n", Step::Silence),
            BROKEN,
        ),
        (
            "another protocol",
            raw("220 mail ESMTP\r\n", Step::Silence),
            BROKEN,
        ),
        (
            "a version that is none",
            raw("HTTP/9.9 202 Accepted\r\n\r\n", Step::Silence),
            BROKEN,
        ),
        (
            "a status that is none",
            raw("HTTP/1.1 two Accepted\r\n\r\n", Step::Silence),
            BROKEN,
        ),
        (
            "a header that is none",
            raw("HTTP/1.1 202 Accepted\r\nno colon\r\n\r\n", Step::Silence),
            BROKEN,
        ),
        (
            "two lengths",
            raw(
                "HTTP/1.1 202 Accepted\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
                Step::Silence,
            ),
            BROKEN,
        ),
        (
            "too many headers",
            raw(&many_headers, Step::Silence),
            BROKEN,
        ),
        (
            "too long a header",
            raw(&long_header, Step::Silence),
            BROKEN,
        ),
        (
            "a switch of protocols",
            raw(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
                Step::Silence,
            ),
            BROKEN,
        ),
    ]
}
