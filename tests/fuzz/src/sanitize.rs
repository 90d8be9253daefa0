//! The sanitizer of logs: whatever the text, one line comes out for each line, doing it twice changes
//! nothing, it does not matter how a stream is cut, and a JSON document stays one.

use portcullis_policy_log_sanitizer::{Counts, Form, Sanitizer, Settings, Stream};

/// A byte that says where to cut, and a text.
///
/// # Panics
/// When one of these does not hold.
pub fn check(data: &[u8]) {
    let Some((cut, rest)) = data.split_first() else {
        return;
    };
    let text = String::from_utf8_lossy(rest);
    let mut sanitizer = Sanitizer::new(&Settings::default()).expect("default settings");
    let once = sanitised(&mut sanitizer, &text);
    assert_eq!(lines(&once), lines(&text), "lines were lost or added");
    assert_eq!(sanitised(&mut sanitizer, &once), once, "not at rest");
    assert_eq!(in_two(&mut sanitizer, &text, *cut), once, "cut at {cut}");
    is_document_still(&sanitizer, &text);
}

fn sanitised(sanitizer: &mut Sanitizer, text: &str) -> String {
    let mut out = String::new();
    sanitizer.reset();
    sanitizer.sanitize_text(text, &mut out, &mut Counts::default());
    out
}

fn lines(text: &str) -> usize {
    text.matches('\n').count()
}

fn in_two(sanitizer: &mut Sanitizer, text: &str, cut: u8) -> String {
    let place = text.floor_char_boundary(text.len() * usize::from(cut) / 256);
    let (first, second) = text.split_at(place);
    let (mut out, mut counts) = (String::new(), Counts::default());
    let mut stream = Stream::new(sanitizer);
    stream.push(first, &mut out, &mut counts);
    stream.push(second, &mut out, &mut counts);
    stream.finish(&mut out, &mut counts);
    out
}

/// A control character between two values is written visibly like any other, which no document
/// survives. The host does so before a sanitizer sees a text.
fn is_document_still(sanitizer: &Sanitizer, text: &str) {
    if text.contains(|c: char| c.is_control() && !matches!(c, '\t' | '\n')) {
        return;
    }
    let Ok(mut value) = serde_json::from_str::<serde_json::Value>(text) else {
        return;
    };
    let (mut out, mut counts) = (String::new(), Counts::default());
    sanitizer.sanitize_into(Form::Json, text, &mut out, &mut counts);
    let read = serde_json::from_str::<serde_json::Value>(&out);
    assert!(read.is_ok(), "no document any more: {out}");
    sanitizer.sanitize_json(&mut value, &mut counts);
}
