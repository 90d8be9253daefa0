//! Drives that are images: what can be said without opening them.

use crate::{Settings, rules};
use portcullis_guest::{Finding, Pointer};

/// Every finding about a drive that is base64 text.
pub(crate) fn check(settings: &Settings, text: &str, place: &Pointer) -> Vec<Finding> {
    let limit = settings.max_image_bytes;
    if text.len() > limit {
        let finding = rules::SIZE.at(place, format!("an image of {} bytes as base64", text.len()));
        return vec![finding.with_hint(format!("at most {limit} bytes"))];
    }
    match flaw(text.as_bytes()) {
        None => vec![rules::UNOPENED.at(place, "an image that was not opened")],
        Some(flaw) => {
            let finding = rules::BASE64.at(place, flaw);
            vec![finding.with_hint("base64 with padding, broken at line ends only")]
        }
    }
}

/// What keeps `text` from being base64 to every reader alike.
fn flaw(text: &[u8]) -> Option<String> {
    let mut digits = 0_usize;
    let mut padding = 0_usize;
    let mut last = b'A';
    let mut after_return = false;
    for (offset, &byte) in text.iter().enumerate() {
        if after_return && byte != b'\n' {
            return Some(format!(
                "a carriage return without a line feed before byte {offset}"
            ));
        }
        after_return = byte == b'\r';
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' if padding == 0 => {
                digits += 1;
                last = byte;
            }
            b'=' => padding += 1,
            b'\r' | b'\n' => {}
            _ if padding > 0 => return Some(format!("text behind the padding at byte {offset}")),
            _ => return Some(format!("a character that is not base64 at byte {offset}")),
        }
    }
    if after_return {
        return Some("a carriage return at the end".to_owned());
    }
    // What the last digit encodes beyond whole bytes has to be zero, or two texts are one image.
    let spare_bits = match (digits % 4, padding) {
        (0, 0) if digits > 0 => 0,
        (2, 2) => 0b1111,
        (3, 1) => 0b11,
        _ => return Some(format!("{digits} digits and {padding} of padding")),
    };
    if value(last) & spare_bits != 0 {
        return Some("a last digit with bits that are no data".to_owned());
    }
    None
}

fn value(digit: u8) -> u8 {
    match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' => 62,
        _ => 63,
    }
}
