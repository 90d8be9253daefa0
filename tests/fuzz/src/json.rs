//! The strict reader: what it accepts is JSON that every reader takes for the same values, and
//! what it refuses is not JSON or has one of the faults the reader is strict about.

use std::collections::HashSet;

use bytes::Bytes;
use portcullis::json::{Document, Fault, MAX_DEPTH, Pointer, ReadError, Value};
use serde_json::Value as Tree;

/// Any bytes.
///
/// # Panics
/// When the reader and another one disagree, or a place is wrong.
pub fn check(data: &[u8]) {
    let theirs = serde_json::from_slice::<Tree>(data);
    match Document::read(Bytes::copy_from_slice(data)) {
        Ok(ours) => {
            let theirs = theirs.expect("what is accepted is JSON");
            check_accepted(&ours, &theirs);
        }
        Err(error) => {
            assert!(
                theirs.is_err() || is_our_strictness(error.fault),
                "{error}: others read it"
            );
            check_error(&error, data);
        }
    }
}

fn check_accepted(ours: &Document, theirs: &Tree) {
    let root = ours.root();
    assert_eq!(root.to_tree(), *theirs);
    assert!(root.depth() <= MAX_DEPTH);
    let mut pointer = String::new();
    check_places(ours, root, theirs, &mut pointer);
    // What a patch leads to is written, and read once more.
    let written = Document::read(theirs.to_string().into()).expect("what was read can be written");
    assert_eq!(written.root().to_tree(), *theirs);
}

/// Looks every value up by its pointer, and its text as a document of its own.
fn check_places(document: &Document, value: Value<'_>, theirs: &Tree, pointer: &mut String) {
    let place: Pointer = pointer.parse().expect("a pointer");
    let found = document.get(&place).expect("a value in its place");
    assert_eq!(found.to_tree(), *theirs, "{pointer}");
    let length = pointer.len();
    match theirs {
        Tree::Object(members) => {
            let mut seen = HashSet::new();
            for (key, value) in value.members() {
                let theirs = members.get(&*key).expect("the same keys");
                assert!(seen.insert(key.to_string()), "`{key}` stands twice");
                pointer.push('/');
                pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
                check_places(document, value, theirs, pointer);
                pointer.truncate(length);
            }
            assert_eq!(seen.len(), members.len());
        }
        Tree::Array(items) => {
            assert_eq!(value.items().count(), items.len());
            for (at, (value, theirs)) in value.items().zip(items).enumerate() {
                pointer.push_str(&format!("/{at}"));
                check_places(document, value, theirs, pointer);
                pointer.truncate(length);
            }
        }
        Tree::Null | Tree::Bool(_) | Tree::Number(_) | Tree::String(_) => {}
    }
}

/// Faults that other readers let pass.
fn is_our_strictness(fault: Fault) -> bool {
    match fault {
        Fault::ByteOrderMark | Fault::Depth | Fault::RepeatedKey | Fault::Number | Fault::Size => {
            true
        }
        Fault::Encoding
        | Fault::Empty
        | Fault::Unexpected(_)
        | Fault::End(_)
        | Fault::Trailing
        | Fault::Control
        | Fault::Escape
        | Fault::Surrogate => false,
    }
}

fn check_error(error: &ReadError, data: &[u8]) {
    assert!(error.offset <= data.len(), "{error}");
    assert!(!error.to_string().contains(char::is_control), "{error:?}");
    if !error.pointer.ends_with("...") {
        assert!(error.pointer.parse::<Pointer>().is_ok(), "{error}");
    }
    // What stands before the fault is not to blame for it.
    let before = Bytes::copy_from_slice(data.get(..error.offset).unwrap_or_default());
    match error.fault {
        Fault::Unexpected(_) | Fault::Trailing | Fault::Number | Fault::Depth => {
            if let Err(earlier) = Document::read(before) {
                assert!(
                    matches!(earlier.fault, Fault::End(_) | Fault::Empty),
                    "{earlier}, before {error}"
                );
            }
        }
        Fault::ByteOrderMark
        | Fault::RepeatedKey
        | Fault::Size
        | Fault::Encoding
        | Fault::Empty
        | Fault::End(_)
        | Fault::Control
        | Fault::Escape
        | Fault::Surrogate => {}
    }
}
