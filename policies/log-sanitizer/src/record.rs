//! Log records: a message with named fields.

use crate::mark::Reason;
use crate::names::{self, Name};
use crate::shapes::{is_placeholder, is_random};
use crate::{Counts, Sanitizer};

/// A log record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// The level, for example `INFO`.
    pub level: String,
    /// Where it comes from, for example `ironic.conductor.manager`.
    pub target: String,
    /// What it says.
    pub message: String,
    /// Named values, in their order.
    pub fields: Vec<(String, String)>,
}

impl Sanitizer {
    /// What may be written of a record. Each of its texts stands alone, and line breaks in them come
    /// out as `\n`, so that a record is one line whoever prints it.
    pub fn sanitize_record(&self, record: &Record, counts: &mut Counts) -> Record {
        let fields = record.fields.iter();
        Record {
            level: self.one_line(&record.level, counts),
            target: self.one_line(&record.target, counts),
            message: self.one_line(&record.message, counts),
            fields: fields
                .map(|(name, value)| (self.one_line(name, counts), self.field(name, value, counts)))
                .collect(),
        }
    }

    fn field(&self, name: &str, value: &str, counts: &mut Counts) -> String {
        match self.secret(name, value) {
            Some(reason) => self.marked(reason, value, counts),
            None => self.one_line(value, counts),
        }
    }

    /// Why the value of this name is taken out as a whole.
    pub(crate) fn secret(&self, name: &str, value: &str) -> Option<Reason> {
        let bytes = value.as_bytes();
        if is_placeholder(bytes) || self.rules.is_allowed(bytes) {
            return None;
        }
        match names::read(name.as_bytes(), &self.rules.extra_names) {
            Name::Secret(reason) => Some(reason),
            Name::Suspect(reason) => is_random(bytes, 16).then_some(reason),
            Name::Harmless => None,
        }
    }

    pub(crate) fn marked(&self, reason: Reason, value: &str, counts: &mut Counts) -> String {
        let mut marker = String::new();
        self.rules.pen.write(reason, value, &mut marker);
        counts.add(reason);
        marker
    }

    fn one_line(&self, text: &str, counts: &mut Counts) -> String {
        let lines = self.sanitize_alone(text, counts);
        if !lines.contains('\n') {
            return lines;
        }
        let breaks = lines.matches('\n').count();
        (0..breaks).for_each(|_| counts.add(Reason::Control));
        // Read again as the one line it now is, so that doing it twice changes nothing.
        self.sanitize_alone(&lines.replace("\r\n", "\\n").replace('\n', "\\n"), counts)
    }
}
