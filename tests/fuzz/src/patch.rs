//! Patches: what is applied is what RFC 6902 says, by somebody else's reading of it.

use json_patch::jsonptr::Token;
use portcullis::json::{Document, MAX_DEPTH};
use portcullis::operation::patch::{MAX_OPERATIONS, Patch};
use serde_json::Value as Tree;

use crate::text;

/// A line with an object, and a patch for it.
///
/// # Panics
/// When the patch does something else than it says, or is refused without a reason.
pub fn check(data: &[u8]) {
    let Some((document, patch)) = text::first_line(data) else {
        return;
    };
    let (Ok(document), Ok(body)) = (read(document), read(patch)) else {
        return;
    };
    let current = document.root().to_tree();
    let Ok(ours) = Patch::read(&body, MAX_OPERATIONS) else {
        return;
    };
    let theirs: json_patch::Patch =
        serde_json::from_str(patch).expect("what is accepted is a patch");
    if !current.is_object() {
        return;
    }
    let mut patched = current.clone();
    let result = ours.apply(&mut patched);
    let expected = apply_theirs(current, &theirs);
    assert_eq!(result.is_ok(), expected.is_some(), "{result:?}");
    if let (Ok(()), Some(expected)) = (result, expected) {
        assert_eq!(patched, expected);
        let again = read(&patched.to_string()).expect("what a patch leads to can be read");
        assert!(again.root().depth() <= MAX_DEPTH);
    }
}

fn read(text: &str) -> Result<Document, portcullis::json::ReadError> {
    Document::read(bytes::Bytes::copy_from_slice(text.as_bytes()))
}

/// Applies the operations one by one. The fields of the document itself are all taken to be there,
/// as they are in Ironic.
fn apply_theirs(mut document: Tree, patch: &json_patch::Patch) -> Option<Tree> {
    for operation in &patch.0 {
        let root = operation
            .path()
            .first()
            .as_ref()
            .map(Token::decoded)?
            .into_owned();
        if operation.path().count() == 1 {
            let fields = document.as_object_mut()?;
            fields.entry(root).or_insert(Tree::Null);
        }
        json_patch::patch(&mut document, std::slice::from_ref(operation)).ok()?;
    }
    Some(document)
}
