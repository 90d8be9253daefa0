//! Requests whose form is wrong or ambiguous: what each is answered with, and what Ironic sees.

mod heads;

use portcullis_lab::http::Reply;
use portcullis_tests::fake_ironic::FakeIronic;
use portcullis_tests::gateway::{Gateway, Setup};

use crate::writes::{POWER, POWER_ON, PROVISION, REBUILD, power_on};

/// The replies to these bytes, of which so many are expected, and one more if there is one.
fn replies(gateway: &Gateway, bytes: &[u8], expected: usize) -> Vec<u16> {
    let mut client = gateway.client();
    client.send(bytes);
    let mut statuses = Vec::new();
    while statuses.len() < expected
        && let Ok(Reply { status, .. }) = client.try_reply_to("PUT")
    {
        statuses.push(status);
    }
    // The gateway may have closed already.
    let _ = client.finish_sending();
    statuses.extend(client.try_reply_to("PUT").map(|reply| reply.status));
    statuses
}

/// A power request with these header lines and these bytes behind them.
fn power(headers: &str, rest: &str) -> String {
    format!("PUT {POWER} HTTP/1.1\r\nHost: gw\r\n{headers}\r\n\r\n{rest}")
}

/// A body as one chunk.
fn chunk(body: &str) -> String {
    format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len())
}

/// A request that is refused, as a smuggler would hide it.
fn hidden() -> String {
    let body = String::from_utf8_lossy(REBUILD);
    format!(
        "PUT {PROVISION} HTTP/1.1\r\nHost: gw\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// What is sent, how it is answered, and how many writes of Ironic's come of it. Each of those
/// is exactly `POWER_ON`.
fn check(rows: &[(&str, String, &[u16], usize)]) {
    let fake = FakeIronic::start();
    let gateway = Setup::new(&fake.url()).start();
    for (name, bytes, expected, arriving) in rows {
        let before = fake.look(|seen| seen.writes().len());
        let found = replies(&gateway, bytes.as_bytes(), expected.len());
        assert_eq!(&found, expected, "{name}");
        let writes = fake.look(|seen| {
            let writes = seen.writes();
            writes[before..]
                .iter()
                .map(|it| (*it).clone())
                .collect::<Vec<_>>()
        });
        assert_eq!(writes.len(), *arriving, "{name}: {writes:?}");
        for write in writes {
            let length = POWER_ON.len().to_string();
            assert_eq!((&*write.target, &*write.body), (POWER, POWER_ON), "{name}");
            assert_eq!(write.header("content-length"), [length], "{name}");
            assert!(write.header("transfer-encoding").is_empty(), "{name}");
        }
    }
    assert!(!fake.look(|seen| seen.holds("destroy")));
    assert_eq!(replies(&gateway, &power_on(), 1), [202]);
    gateway.wait_until_idle();
}

#[test]
fn lengths_that_contradict_each_other_smuggle_nothing() {
    let body = String::from_utf8_lossy(POWER_ON);
    let length = body.len();
    let hiding = chunk(&body) + &hidden();
    check(&[
        (
            "length, then chunks",
            power(
                "Content-Length: 5\r\nTransfer-Encoding: chunked",
                &chunk(&body),
            ),
            &[202],
            1,
        ),
        (
            "chunks, then length",
            power(
                "Transfer-Encoding: chunked\r\nContent-Length: 5",
                &chunk(&body),
            ),
            &[202],
            1,
        ),
        // Who goes by the length takes the second request for a part of the first body.
        (
            "chunks that hide a request behind the length",
            power(
                &format!(
                    "Transfer-Encoding: chunked\r\nContent-Length: {}",
                    hiding.len()
                ),
                &hiding,
            ),
            &[202],
            1,
        ),
        (
            "a length that hides a request, then chunks",
            power(
                &format!(
                    "Content-Length: {}\r\nTransfer-Encoding: chunked",
                    hiding.len()
                ),
                &hiding,
            ),
            &[202],
            1,
        ),
        (
            "identity",
            power("Transfer-Encoding: identity", &body),
            &[400],
            0,
        ),
        (
            "chunked, identity",
            power("Transfer-Encoding: chunked, identity", &chunk(&body)),
            &[400],
            0,
        ),
        (
            "chunked and identity",
            power(
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
                &chunk(&body),
            ),
            &[400],
            0,
        ),
        (
            "a coding that is none",
            power("Transfer-Encoding: xchunked", &chunk(&body)),
            &[400],
            0,
        ),
        (
            "a blank before the colon",
            power("Transfer-Encoding : chunked", &chunk(&body)),
            &[400],
            0,
        ),
        (
            "a control character",
            power("Transfer-Encoding: \u{b}chunked", &chunk(&body)),
            &[400],
            0,
        ),
        (
            "capitals",
            power("Transfer-Encoding: CHUNKED", &chunk(&body)),
            &[202],
            1,
        ),
        (
            "a tab",
            power("Transfer-Encoding:\tchunked", &chunk(&body)),
            &[202],
            1,
        ),
        (
            "two lengths",
            power(
                &format!("Content-Length: 3\r\nContent-Length: {length}"),
                &body,
            ),
            &[400],
            0,
        ),
        (
            "one length twice",
            power(
                &format!("Content-Length: {length}\r\nContent-Length: {length}"),
                &body,
            ),
            &[202],
            1,
        ),
        (
            "a list of lengths",
            power(&format!("Content-Length: {length}, {length}"), &body),
            &[400],
            0,
        ),
        (
            "a sign",
            power(&format!("Content-Length: +{length}"), &body),
            &[400],
            0,
        ),
        (
            "a negative length",
            power("Content-Length: -1", &body),
            &[400],
            0,
        ),
        (
            "a hexadecimal length",
            power("Content-Length: 0x15", &body),
            &[400],
            0,
        ),
        (
            "an empty length",
            power("Content-Length: ", &body),
            &[400],
            0,
        ),
        (
            "a length beyond all numbers",
            power("Content-Length: 99999999999999999999999", &body),
            &[400],
            0,
        ),
        (
            "a length beyond all memory",
            power("Content-Length: 9999999999999999999", &body),
            &[413],
            0,
        ),
        (
            "chunks in HTTP/1.0",
            power("Transfer-Encoding: chunked", &chunk(&body)).replace("HTTP/1.1", "HTTP/1.0"),
            &[400],
            0,
        ),
        (
            "a length that Connection names",
            power(
                &format!("Connection: content-length\r\nContent-Length: {length}"),
                &body,
            ),
            &[202],
            1,
        ),
    ]);
}

#[test]
fn chunks_that_are_none_are_refused() {
    let body = String::from_utf8_lossy(POWER_ON);
    let length = body.len();
    let chunked = |rest: String| power("Transfer-Encoding: chunked", &rest);
    check(&[
        (
            "a size that is none",
            chunked(format!("zz\r\n{body}\r\n0\r\n\r\n")),
            &[400],
            0,
        ),
        (
            "a negative size",
            chunked(format!("-1\r\n{body}\r\n0\r\n\r\n")),
            &[400],
            0,
        ),
        (
            "no size",
            chunked(format!("\r\n{body}\r\n0\r\n\r\n")),
            &[400],
            0,
        ),
        (
            "a size beyond all numbers",
            chunked(format!("fffffffffffffffff\r\n{body}")),
            &[400],
            0,
        ),
        (
            "a chunk that is longer",
            chunked(format!("{:x}\r\n{body}\r\n0\r\n\r\n", length - 1)),
            &[400],
            0,
        ),
        (
            "a line feed alone",
            chunked(format!("{length:x}\n{body}\r\n0\r\n\r\n")),
            &[400],
            0,
        ),
        (
            "a line feed in an extension",
            chunked(format!("{length:x};a\nb\r\n{body}\r\n0\r\n\r\n")),
            &[400],
            0,
        ),
        (
            "an endless extension",
            chunked(format!(
                "{length:x};{}\r\n{body}\r\n0\r\n\r\n",
                "x".repeat(20_000)
            )),
            &[400],
            0,
        ),
        (
            "an extension",
            chunked(format!("{length:x};a=b\r\n{body}\r\n0\r\n\r\n")),
            &[202],
            1,
        ),
        (
            "a trailer",
            chunked(format!(
                "{length:x}\r\n{body}\r\n0\r\nX-Auth-Token: t\r\n\r\n"
            )),
            &[202],
            1,
        ),
    ]);
}

#[test]
fn requests_behind_a_request_are_judged_like_any_other() {
    let body = String::from_utf8_lossy(POWER_ON);
    let whole = power(&format!("Content-Length: {}", body.len()), &body);
    let get = |headers: &str, rest: &str| {
        format!("GET /v1/nodes HTTP/1.1\r\nHost: gw\r\n{headers}\r\n\r\n{rest}")
    };
    check(&[
        ("behind a write", whole.clone() + &hidden(), &[202, 403], 1),
        (
            "garbage behind a write",
            whole + "XXXX\r\n\r\n",
            &[202, 400],
            1,
        ),
        (
            "as the body of a read",
            get(&format!("Content-Length: {}", hidden().len()), &hidden())
                .replace("destroy", "REBUILD"),
            &[200],
            0,
        ),
        (
            "as the chunk of a read",
            get("Transfer-Encoding: chunked", &chunk(&hidden())),
            &[200],
            0,
        ),
        (
            "behind a read without a length",
            get("X-A: b", &hidden()),
            &[200, 403],
            0,
        ),
        (
            "behind a read with two lengths",
            get("Content-Length: 0\r\nContent-Length: 7", &hidden()),
            &[400],
            0,
        ),
    ]);
}
