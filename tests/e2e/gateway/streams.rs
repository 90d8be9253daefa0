//! What may be large or slow passes as it comes: nothing of a read is held back.

use portcullis_tests::client::request;
use portcullis_tests::fake_ironic::{FakeIronic, Gate, Script, Step};
use portcullis_tests::gateway::Setup;

use crate::writes::HEADERS;

/// A reply in pieces, each but the first once the gate is opened for it.
fn in_pieces(head: &str, pieces: &[String], gate: &Gate) -> Script {
    let mut steps = vec![Step::Send(head.as_bytes().to_vec())];
    for (at, piece) in pieces.iter().enumerate() {
        if at > 0 {
            steps.push(Step::Wait(gate.clone()));
        }
        steps.push(Step::Send(piece.as_bytes().to_vec()));
    }
    Script::of(steps)
}

#[test]
fn a_reply_is_passed_on_piece_by_piece() {
    const WORDS: [&str; 4] = ["first", "second", "third", "fourth"];
    let chunk = |word: &&str| format!("{:x}\r\n{word}\r\n", word.len());
    let mut chunks: Vec<_> = WORDS.iter().map(chunk).collect();
    chunks.push("0\r\n\r\n".to_owned());
    let plain = WORDS.map(str::to_owned).to_vec();
    let length = WORDS.concat().len();
    for (head, pieces) in [
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned(),
            chunks,
        ),
        (
            format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n"),
            plain,
        ),
    ] {
        let fake = FakeIronic::start();
        let gateway = Setup::new(&fake.url()).start();
        let gate = Gate::new();
        let held = gate.clone();
        fake.direct(move |_| in_pieces(&head, &pieces, &held));
        let mut client = gateway.client();
        client.send(request("GET", "/v1/nodes?detail=true", &HEADERS, b""));
        for word in WORDS {
            // The next word is sent only after this one has come.
            client.read_until(word);
            gate.open();
        }
    }
}

/// Whether the body has a length or not.
#[test]
fn the_body_of_a_read_is_passed_on_piece_by_piece() {
    let fake = FakeIronic::start();
    let gateway = Setup::new(&fake.url()).start();
    let mut client = gateway.client();
    client.send(request(
        "GET",
        "/v1/nodes",
        &[("Content-Length", "11")],
        b"",
    ));
    client.send("first");
    fake.wait("the first piece is there", |seen| seen.holds("first"));
    client.send("second");
    assert_eq!(client.reply().status, 200);
    assert_eq!(
        fake.look(|seen| seen.requests[0].body.clone()),
        b"firstsecond"
    );

    client.send(request(
        "OPTIONS",
        "/v1/nodes",
        &[("Transfer-Encoding", "chunked")],
        b"",
    ));
    client.send("5\r\nthird\r\n");
    fake.wait("the third piece is there", |seen| seen.holds("third"));
    client.send("6\r\nfourth\r\n0\r\n\r\n");
    client.reply();
    assert_eq!(
        fake.look(|seen| seen.requests[1].body.clone()),
        b"thirdfourth"
    );
}

/// An eighth of a gibibyte, and a gateway that stays small.
#[test]
fn a_huge_reply_does_not_stay_in_memory() {
    const PIECE: usize = 1 << 20;
    const PIECES: usize = 128;
    let fake = FakeIronic::start();
    let gateway = Setup::new(&fake.url()).start();
    fake.direct(|_| {
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n",
            PIECE * PIECES
        );
        let piece = Step::Send(vec![b'x'; PIECE]);
        let mut steps = vec![Step::Send(head.into_bytes())];
        steps.extend(std::iter::repeat_n(piece, PIECES));
        Script::of(steps)
    });
    let reply = gateway.client().ask("GET", "/v1/nodes", &HEADERS, b"");
    assert_eq!(reply.body.len(), PIECE * PIECES);
    let peak = gateway.peak_memory_bytes();
    assert!(peak < 100 << 20, "{peak} bytes at most");
}

#[test]
fn requests_of_one_connection_are_answered_in_their_order() {
    let fake = FakeIronic::start();
    let gateway = Setup::new(&fake.url()).start();
    let mut client = gateway.client();
    let pipelined = [
        request("GET", "/v1/nodes", &HEADERS, b""),
        crate::writes::rebuild(),
        crate::writes::power_on(),
        crate::writes::rebuild(),
        request("GET", "/v1/no-such-thing", &HEADERS, b""),
    ];
    client.send(pipelined.concat());
    let replies: Vec<_> = (0..pipelined.len())
        .map(|_| client.reply().status)
        .collect();
    assert_eq!(replies, [200, 403, 202, 403, 404]);
    fake.only_write();
}
