//! What opening and judging a config drive costs.

use std::io::Read;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use flate2::read::GzDecoder;
use portcullis::admission::Gate;
use portcullis::config_drive::{Parts, build_iso, to_base64};
use portcullis::driver::Known;
use portcullis::request::Request;
use serde_json::{Value, json};

use crate::guests::Guests;
use crate::measure::{Memory, Series, report, report_at_most, report_value};
use crate::requests;
use crate::user_data;

/// Size of an ordinary image: what a client's tool makes of little is padded to that.
const ORDINARY_BYTES: usize = 400 << 10;
/// Size of the largest image.
const LARGEST_BYTES: usize = 64 << 20;

pub async fn run(guests: &Guests) {
    let gate = guests.gate("config-drive", 1).await;
    let ordinary = padded(&image(11 << 10), ORDINARY_BYTES);
    let text = to_base64(&ordinary).expect("base64");
    let name = format!(
        "drive, {} KiB image in {} KiB of base64, opened and judged",
        ORDINARY_BYTES >> 10,
        text.len() >> 10
    );
    report(
        &name,
        judged(&gate, &deploy(&text), 500).await,
        Some(3_000.0),
    );
    let name = "drive, JSON form of 2 KiB, judged";
    report(
        name,
        judged(&gate, &parts(2 << 10), 5_000).await,
        Some(50.0),
    );
    largest(&gate).await;
}

/// The largest drive, against decoding the same bytes outside of any sandbox.
async fn largest(gate: &Gate) {
    const TIMES: usize = 5;
    let text = to_base64(&image(LARGEST_BYTES - (1 << 20))).expect("base64");
    let request = deploy(&text);
    let mut ratios = Vec::new();
    for _ in 0..TIMES {
        let begin = Instant::now();
        let decoded = native(&text);
        let native = begin.elapsed();
        assert!(decoded > LARGEST_BYTES - (2 << 20));
        let took = decide(gate, request.clone()).await;
        ratios.push(took.as_secs_f64() / native.as_secs_f64());
    }
    report_at_most("drive, 64 MiB, against native decoding", ratios, 2.0);
    let before = Memory::now().own_kib;
    Memory::reset_peak();
    decide(gate, request.clone()).await;
    // The body itself is there before and after.
    let body = request.body.len() as f64 / 1024.0;
    let used = Memory::peak_kib() - before + body;
    let times = used / (LARGEST_BYTES >> 10) as f64;
    let bound = Some(("limit", 3.0));
    report_value(
        "drive, 64 MiB, peak memory in its size",
        "ratio",
        times,
        1,
        bound,
    );
}

/// What any program does to look at a drive.
fn native(text: &str) -> usize {
    let stream = STANDARD.decode(text).expect("base64");
    let mut image = Vec::with_capacity(LARGEST_BYTES);
    GzDecoder::new(&*stream)
        .read_to_end(&mut image)
        .expect("a gzip stream");
    image.len()
}

/// An image with a file of so many bytes, which shrinks to about half.
fn image(bytes: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        // Sixteen of all characters: four bits of each byte are news.
        b'a' + (state >> 60) as u8
    };
    let contents: Vec<u8> = (0..bytes).map(|_| next()).collect();
    let meta_data = json!({"uuid": "1be26c0b-03f2-4d2e-ae87-c02d7f33c781", "name": "n1"});
    let parts = Parts {
        meta_data: meta_data.to_string().into_bytes().into(),
        network_data: Some(br#"{"links":[],"networks":[],"services":[]}"#.to_vec().into()),
        user_data: Some(b"#cloud-config\npackages: [git]\n".to_vec().into()),
        files: vec![("openstack/content/0000".to_owned(), contents.into())],
        ..Parts::default()
    };
    build_iso(&parts).expect("an image").to_vec()
}

/// The image with zeros at the end of its volume, as tools pad it.
fn padded(image: &[u8], bytes: usize) -> Vec<u8> {
    const SECTOR: usize = 2048;
    let mut image = image.to_vec();
    image.resize(bytes, 0);
    let blocks = u32::try_from(bytes / SECTOR).expect("a few sectors");
    for descriptor in [16, 17] {
        let at = descriptor * SECTOR + 80;
        image[at..at + 4].copy_from_slice(&blocks.to_le_bytes());
        image[at + 4..at + 8].copy_from_slice(&blocks.to_be_bytes());
    }
    image
}

fn deploy(drive: &str) -> Request {
    let body = json!({"target": "active", "configdrive": drive}).to_string();
    Request {
        body: Bytes::from(body),
        ..requests::provision(0)
    }
}

/// A drive in JSON form of about so many bytes: what a client sends for a node with two links. The
/// rest is user data.
fn parts(bytes: usize) -> Request {
    let mut body: Value = serde_json::from_slice(&requests::body(0)).expect("a body");
    let drive = &mut body["configdrive"];
    drive["user_data"] = json!("");
    let missing = bytes.saturating_sub(drive.to_string().len());
    drive["user_data"] = json!(user_data::ordinary(missing));
    let body = json!({"target": "active", "configdrive": drive}).to_string();
    Request {
        body: Bytes::from(body),
        ..requests::provision(0)
    }
}

async fn judged(gate: &Gate, request: &Request, times: usize) -> Series {
    let mut series = Series::new(times);
    while series.wants_more() {
        series.add(decide(gate, request.clone()).await);
    }
    series
}

async fn decide(gate: &Gate, request: Request) -> Duration {
    let begin = Instant::now();
    let decided = gate
        .decide(request, &Known::default(), begin + Duration::from_secs(20))
        .await
        .expect("a decision");
    let took = begin.elapsed();
    assert!(decided.decision().failures().is_empty(), "a verdict");
    took
}
