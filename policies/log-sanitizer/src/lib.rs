//! Takes secrets out of log lines.
//!
//! Works on text of any kind, in linear time, without knowing the secrets: structure first (names
//! and values in JSON, Python's `repr`, XML, URLs, headers, arguments of commands, YAML, and each of
//! these inside quoted text), then names in free text, then formats of keys and tokens that can be
//! told by their form. What looks random is taken out only beside a word that says that it is a
//! secret: most random looking text in a log is an identifier.
//!
//! What it promises:
//! - plain text has one line out for each line in;
//! - doing it twice changes nothing;
//! - it does not matter how a stream is cut into pieces;
//! - control characters come out visible, so that no line can be forged;
//! - structure stays: only values are replaced, each by a marker such as `[redacted:password]`.
//!
//! What it cannot do is to know a secret that looks like a word and stands in a sentence. The host
//! knows the secrets of the request at hand and masks them afterwards.

mod ahead;
mod argv;
mod assignment;
mod blocks;
mod bytes;
#[cfg(target_arch = "wasm32")]
#[expect(unsafe_code, reason = "what the generated bindings are made of")]
mod component;
mod connection;
mod control;
mod formats;
mod json;
mod json_text;
mod mark;
mod names;
mod note;
mod octets;
mod prefilter;
mod quotes;
mod record;
mod rules;
mod settings;
mod shapes;
mod stream;
mod text;
mod url;
mod value;

pub use crate::mark::{Counts, Reason};
pub use crate::record::Record;
pub use crate::settings::{Marker, Settings, SettingsError};
pub use crate::stream::Stream;
pub use crate::text::Form;

use crate::blocks::State;
use crate::rules::Rules;

/// Takes secrets out of texts, records and JSON.
///
/// ```
/// use portcullis_policy_log_sanitizer::{Counts, Sanitizer, Settings};
///
/// let mut sanitizer = Sanitizer::new(&Settings::default())?;
/// let (mut out, mut counts) = (String::new(), Counts::default());
/// sanitizer.sanitize_text("ipmitool -P calvin failed\n", &mut out, &mut counts);
/// assert_eq!(out, "ipmitool -P [redacted:argument] failed\n");
/// # Ok::<(), portcullis_policy_log_sanitizer::SettingsError>(())
/// ```
pub struct Sanitizer {
    rules: Rules,
    /// What the lines of plain text so far mean for the next one.
    state: State,
}

impl Sanitizer {
    /// Prepares the rules.
    ///
    /// # Errors
    ///
    /// If a name is too short or too long, or a pattern is no regular expression.
    pub fn new(settings: &Settings) -> Result<Self, SettingsError> {
        let (rules, state) = (Rules::new(settings)?, State::Ground);
        Ok(Self { rules, state })
    }

    /// Appends to `out` what may be written of a batch of whole lines, and counts what was taken out.
    ///
    /// A block that goes over several lines, such as a private key, may go on in the next batch.
    /// A last line without a line break is a whole line too; where lines can be cut, use [`Stream`].
    pub fn sanitize_text(&mut self, text: &str, out: &mut String, counts: &mut Counts) {
        self.state = text::sanitize(&self.rules, text, self.state, out, counts);
    }

    /// Appends to `out` what may be written of a batch of lines each of which is a JSON document, and
    /// is one afterwards. What stays keeps its bytes; a line that is no JSON is read as text.
    pub fn sanitize_json_lines(&mut self, text: &str, out: &mut String, counts: &mut Counts) {
        json_text::sanitize_lines(&self.rules, text, out, counts);
    }

    /// Forgets what the lines so far mean for the next one: the next text is another one.
    pub fn reset(&mut self) {
        self.state = State::Ground;
    }

    /// Appends to `out` what may be written of a text that stands alone: a text of any kind, or one
    /// JSON document.
    pub fn sanitize_into(&self, form: Form, text: &str, out: &mut String, counts: &mut Counts) {
        match form {
            Form::Plain => {
                text::sanitize(&self.rules, text, State::Ground, out, counts);
            }
            Form::Json => json_text::sanitize_document(&self.rules, text, out, counts),
        }
    }

    /// What may be written of a text that stands alone.
    pub(crate) fn sanitize_alone(&self, text: &str, counts: &mut Counts) -> String {
        let mut out = String::with_capacity(text.len());
        self.sanitize_into(Form::Plain, text, &mut out, counts);
        out
    }
}

#[cfg(test)]
mod tests;
