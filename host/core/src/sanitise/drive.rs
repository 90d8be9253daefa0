//! Secrets on config drives: masked for showing, and known for as long as a request lives.

use bytes::Bytes;
use zeroize::Zeroizing;

use super::known::{MARKER, SHORTEST};
use super::request::{Secrets, is_secret_name};
use crate::json::Document;

/// Masks what stands under names of secrets in a document of a drive, for showing.
pub fn mask_tree(tree: &mut serde_json::Value) {
    match tree {
        serde_json::Value::Object(members) => {
            for (name, member) in members {
                if is_secret_on_drive(name) {
                    mask_texts(member);
                } else {
                    mask_tree(member);
                }
            }
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(mask_tree),
        _ => {}
    }
}

fn mask_texts(tree: &mut serde_json::Value) {
    match tree {
        serde_json::Value::Object(members) => members.values_mut().for_each(mask_texts),
        serde_json::Value::Array(items) => items.iter_mut().for_each(mask_texts),
        serde_json::Value::Null | serde_json::Value::Bool(_) => {}
        serde_json::Value::Number(_) | serde_json::Value::String(_) => {
            *tree = serde_json::Value::from(MARKER);
        }
    }
}

/// Names of secrets that only drives have, besides those of requests. What cloud-init is to run or
/// write may hold anything.
fn is_secret_on_drive(name: &str) -> bool {
    const NAMES: [&str; 8] = [
        "pass",
        "private",
        "random_seed",
        "user_data",
        "content",
        "cloud_init",
        "key",
        "seed",
    ];
    let plain = name.to_ascii_lowercase().replace('-', "_");
    // What is public by its name is not masked, and neither is where a file lies.
    let is_public = plain.contains("public") || plain == "content_path";
    !is_public && (is_secret_name(name) || NAMES.iter().any(|part| plain.contains(part)))
}

/// What is secret in a file of a drive: every text of a JSON document, every line of other text.
/// Stops when there is more than is looked for; one that is cut short says so by its length.
pub(crate) fn of_drive_file(bytes: &[u8], into: &mut Vec<Zeroizing<String>>) {
    let mut secrets = Secrets::default();
    let copy = Bytes::from_owner(Zeroizing::new(bytes.to_vec()));
    match (Document::read(copy), std::str::from_utf8(bytes)) {
        (Ok(document), _) => secrets.add_all(document.root()),
        (Err(_), Ok(text)) => text
            .lines()
            .map(str::trim)
            .filter(|line| line.len() >= SHORTEST)
            .for_each(|line| secrets.add(line)),
        // Nobody could quote it in a text.
        (Err(_), Err(_)) => {}
    }
    into.append(&mut secrets.values);
}
