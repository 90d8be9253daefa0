//! Events as JSON, one object a line.
//!
//! Our own, because there is a line for every request: the formatter that comes with
//! `tracing-subscriber` builds a tree of values first and costs as much as judging the request.

use std::fmt::{self, Write};

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// Writes `{"timestamp", "level", "target", ...}` with the event's fields after these three.
#[derive(Clone, Copy, Debug)]
pub struct JsonLines;

impl<S, N> FormatEvent<S, N> for JsonLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        writer.write_str("{\"timestamp\":\"")?;
        SystemTime.format_time(&mut writer)?;
        let metadata = event.metadata();
        write!(writer, "\",\"level\":\"{}\",\"target\":", metadata.level())?;
        write_text(&mut writer, metadata.target())?;
        let mut fields = Fields {
            writer: &mut writer,
            result: Ok(()),
        };
        event.record(&mut fields);
        fields.result?;
        writer.write_str("}\n")
    }
}

/// Writes fields as members of an object that has some already.
struct Fields<'a, W> {
    writer: &'a mut W,
    result: fmt::Result,
}

impl<W: Write> Fields<'_, W> {
    fn member(&mut self, field: &Field, value: impl FnOnce(&mut W) -> fmt::Result) {
        if self.result.is_ok() {
            self.result = self.name(field).and_then(|()| value(self.writer));
        }
    }

    fn name(&mut self, field: &Field) -> fmt::Result {
        self.writer.write_char(',')?;
        write_text(self.writer, field.name())?;
        self.writer.write_char(':')
    }
}

impl<W: Write> Visit for Fields<'_, W> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.member(field, |writer| write_text(writer, value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.member(field, |writer| write!(writer, "{value}"));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.member(field, |writer| write!(writer, "{value}"));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.member(field, |writer| write!(writer, "{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.member(field, |writer| {
            writer.write_char('"')?;
            write!(Escaped(writer), "{value:?}")?;
            writer.write_char('"')
        });
    }
}

fn write_text(writer: &mut impl Write, text: &str) -> fmt::Result {
    writer.write_char('"')?;
    Escaped(writer).write_str(text)?;
    writer.write_char('"')
}

/// Escapes what may not stand in a JSON string (RFC 8259, section 7), and the other control
/// characters and line separators that could make a terminal or a reader see another line.
struct Escaped<'a, W>(&'a mut W);

impl<W: Write> Write for Escaped<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some(at) = rest.find(needs_escape) {
            let (plain, escaped) = rest.split_at(at);
            self.0.write_str(plain)?;
            let mut characters = escaped.chars();
            if let Some(character) = characters.next() {
                match character {
                    '"' => self.0.write_str("\\\"")?,
                    '\\' => self.0.write_str("\\\\")?,
                    '\n' => self.0.write_str("\\n")?,
                    other => write!(self.0, "\\u{:04x}", u32::from(other))?,
                }
            }
            rest = characters.as_str();
        }
        self.0.write_str(rest)
    }
}

fn needs_escape(character: char) -> bool {
    matches!(character, '"' | '\\' | '\u{2028}' | '\u{2029}') || character.is_control()
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use serde_json::{Value, json};
    use tracing_subscriber::fmt::MakeWriter;

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Written {
        type Writer = Self;

        fn make_writer(&'a self) -> Self {
            self.clone()
        }
    }

    #[test]
    fn an_event_is_one_line_of_json() {
        let written = Written::default();
        let subscriber = tracing_subscriber::fmt()
            .event_format(JsonLines)
            .with_writer(written.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            let (none, text) = (None::<u64>, "a \"b\"\\\r\n\u{1b}[31m\u{85}\u{2028}é");
            tracing::info!(target: "t", text, number = 7, negative = -7, truth = true, none, shown = %text, "it \"is\"");
        });
        let line = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        assert_eq!(
            line.matches(|c: char| c.is_control() || c == '\u{2028}')
                .collect::<Vec<_>>(),
            ["\n"],
            "{line}"
        );
        let mut value: Value = serde_json::from_str(&line).unwrap();
        assert!(value.as_object_mut().unwrap().remove("timestamp").is_some());
        let text = "a \"b\"\\\r\n\u{1b}[31m\u{85}\u{2028}é";
        let expected = json!({
            "level": "INFO", "target": "t", "message": "it \"is\"", "text": text, "number": 7, "negative": -7,
            "truth": true, "shown": text,
        });
        assert_eq!(value, expected);
    }
}
