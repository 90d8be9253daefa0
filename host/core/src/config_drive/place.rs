//! Putting something in the place of a drive: the one change the host ever makes to a body.

use bytes::Bytes;

use crate::json::{Document, Pointer};

/// The text of `body` with `base64` in place of the string at `pointer`, and not another byte
/// changed. `None` if there is no string.
pub fn replaced(body: &Document, pointer: &Pointer, base64: &str) -> Option<Bytes> {
    let value = body.get(pointer)?;
    // Base64 needs no escapes, so it can stand between the quotation marks that are there.
    value.as_text()?;
    let range = value.range();
    let text = body.text();
    let (before, after) = (text.get(..range.start)?, text.get(range.end..)?);
    Some([before, base64.as_bytes(), after].concat().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_the_string_changes() {
        let body = br#"{ "target" :"active", "configdrive":"a\/b", "x": [1.50] }"#;
        let body = Document::read(Bytes::from_static(body)).unwrap();
        let pointer = "/configdrive".parse().unwrap();
        assert_eq!(
            replaced(&body, &pointer, "QQ==").unwrap(),
            &br#"{ "target" :"active", "configdrive":"QQ==", "x": [1.50] }"#[..]
        );
        assert_eq!(replaced(&body, &"/x".parse().unwrap(), "QQ=="), None);
        assert_eq!(replaced(&body, &"/y".parse().unwrap(), "QQ=="), None);
    }
}
