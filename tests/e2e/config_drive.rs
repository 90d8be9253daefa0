//! Config drives: read strictly, judged in the sandbox, built, put in place, and gone afterwards.

mod build;
mod command;
mod fetch;
mod gateway;
mod leftovers;
mod limits;
mod ports;
mod readers;
mod structure;

use flate2::Compression;
use flate2::write::GzEncoder;
use portcullis::config_drive::{Parts, build_iso, to_base64};
use portcullis_tests::fake_ironic::{Arrived, FakeIronic};
use serde_json::{Value, json};
use std::io::Write;

/// The node of most requests.
const NODE: &str = "2a3b4c5d-0000-4000-8000-000000000001";

/// What an ordinary drive is made of.
pub fn parts() -> Parts {
    let meta_data = json!({"uuid": NODE, "hostname": "n1", "name": "n1"});
    Parts {
        meta_data: meta_data.to_string().into_bytes().into(),
        network_data: Some(br#"{"links": [], "networks": [], "services": []}"#.to_vec().into()),
        user_data: Some(b"#cloud-config\npackages: [git]\n".to_vec().into()),
        ..Parts::default()
    }
}

/// An ordinary drive.
fn image() -> Vec<u8> {
    build_iso(&parts()).unwrap().to_vec()
}

/// Bytes as a gzip stream.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = GzEncoder::new(Vec::new(), Compression::default());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

/// An image as Ironic takes it.
pub fn base64(image: &[u8]) -> String {
    to_base64(image).unwrap().to_string()
}

/// Any bytes as base64.
pub fn encoded(bytes: &[u8]) -> String {
    use ::base64::Engine;
    ::base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// A deployment with this drive.
fn deploy(drive: &str) -> Vec<u8> {
    json!({"target": "active", "configdrive": drive})
        .to_string()
        .into_bytes()
}

/// The writes that reached Ironic.
fn writes(fake: &FakeIronic) -> Vec<Arrived> {
    fake.look(|seen| seen.writes().into_iter().cloned().collect())
}

/// The rules of a reply's findings.
fn rules(details: &Value) -> Vec<String> {
    let findings = details["findings"].as_array().cloned().unwrap_or_default();
    let rules = findings
        .iter()
        .filter_map(|finding| finding["rule"].as_str());
    rules.map(str::to_owned).collect()
}
