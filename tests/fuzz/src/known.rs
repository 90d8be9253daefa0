//! Known secrets: whatever stands around one, and in whichever of its forms it comes back, nothing
//! that is written holds it.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use portcullis::sanitise::{KnownSecrets, MaskStream};

/// What the floor puts in the place of a secret.
const MARKER: &str = "[redacted]";
/// What is shorter is not looked for.
const SHORTEST: usize = 6;

/// A secret, a line break, and the text that it stands in the middle of.
///
/// # Panics
/// When a form of the secret is still there.
pub fn check(data: &[u8]) {
    let Some((secret, around)) = crate::text::first_line(data) else {
        return;
    };
    // What is part of the marker would be put in with it, and the other way round.
    if secret.len() < SHORTEST || MARKER.contains(secret) || secret.contains(['[', ']']) {
        return;
    }
    let known = KnownSecrets::new([secret.to_owned().into()]);
    let middle = around.floor_char_boundary(around.len() / 2);
    let (before, after) = around.split_at(middle);
    for form in forms(secret) {
        let text = format!("{before} {form} {after}");
        let masked = known.mask(&text);
        assert!(!masked.contains(&form), "`{form}` is still there");
        let mut streamed = String::new();
        let mut stream = MaskStream::new(&known);
        let cut = text.floor_char_boundary(before.len() + 1 + form.len() / 2);
        stream.push(&text[..cut], &mut streamed);
        stream.push(&text[cut..], &mut streamed);
        stream.finish(&mut streamed);
        assert!(
            !streamed.contains(&form),
            "`{form}` is still there in pieces"
        );
    }
}

/// As it is, and as others write it.
fn forms(secret: &str) -> Vec<String> {
    let quoted = serde_json::to_string(secret).unwrap_or_default();
    let inner = quoted.len().saturating_sub(1);
    let json = quoted.get(1..inner).unwrap_or_default().to_owned();
    let hex = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let percent = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
    vec![secret.to_owned(), json, hex, percent]
}
