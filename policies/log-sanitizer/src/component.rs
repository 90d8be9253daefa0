//! The component: the contract on one side, the [`Sanitizer`] on the other.

use std::cell::RefCell;

use crate::text::Form;
use crate::{Counts, Reason, Record, Sanitizer, Settings, SettingsError};
use exports::portcullis::policy::sanitizer::{
    self as contract, CleanRecords, CleanText, Count, DescribeError, Description, Guest, LogField,
    LogRecord, SanitizeError, SettingsProblem,
};

wit_bindgen::generate!({ path: "../../wit", world: "log-sanitizer" });

/// Newest version of the contract that is used here.
const CONTRACT: (u16, u16) = (1, 1);

thread_local! {
    /// What `start` has set up. An instance has one thread.
    static STARTED: RefCell<Option<Sanitizer>> = const { RefCell::new(None) };
}

struct Component;

impl Guest for Component {
    fn describe(contract: String) -> Result<Description, DescribeError> {
        let (major, minor) = CONTRACT;
        if version(&contract)
            .is_none_or(|(its_major, its_minor)| its_major != major || its_minor < minor)
        {
            return Err(DescribeError::NeedsContract(format!("{major}.{minor}.0")));
        }
        Ok(Description {
            name: "log-sanitizer".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            doc: "Takes secrets out of log lines, records and error texts, by structure, by name \
                  and by form; what looks random only beside a word that says what it is."
                .to_owned(),
            reasons: Reason::ALL
                .iter()
                .map(|reason| reason.word().to_owned())
                .collect(),
            settings_schema: include_str!("../settings.schema.json").to_owned(),
        })
    }

    fn check_settings(settings: String) -> Result<(), contract::SettingsError> {
        prepared(&settings).map(drop)
    }

    fn start(settings: String) -> Result<(), contract::SettingsError> {
        let sanitizer = prepared(&settings)?;
        STARTED.set(Some(sanitizer));
        Ok(())
    }

    fn sanitize_next(form: contract::Form, text: String) -> Result<CleanText, SanitizeError> {
        with_started(|sanitizer| {
            clean_text(&text, |out, counts| match form {
                contract::Form::Plain => sanitizer.sanitize_text(&text, out, counts),
                contract::Form::JsonLines => sanitizer.sanitize_json_lines(&text, out, counts),
            })
        })
    }

    fn sanitize_alone(form: contract::Form, text: String) -> Result<CleanText, SanitizeError> {
        let form = match form {
            contract::Form::Plain => Form::Plain,
            contract::Form::JsonLines => Form::Json,
        };
        with_started(|sanitizer| {
            clean_text(&text, |out, counts| {
                sanitizer.sanitize_into(form, &text, out, counts)
            })
        })
    }

    fn sanitize_records(batch: Vec<LogRecord>) -> Result<CleanRecords, SanitizeError> {
        with_started(|sanitizer| {
            let mut counts = Counts::default();
            let clean = |record| clean_record(sanitizer, record, &mut counts);
            let records = batch.into_iter().map(clean).collect();
            let counts = counted(&counts);
            CleanRecords { records, counts }
        })
    }
}

fn with_started<T>(work: impl FnOnce(&mut Sanitizer) -> T) -> Result<T, SanitizeError> {
    STARTED
        .with_borrow_mut(|started| started.as_mut().map(work))
        .ok_or(SanitizeError::NotStarted)
}

fn clean_text(text: &str, work: impl FnOnce(&mut String, &mut Counts)) -> CleanText {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    let mut counts = Counts::default();
    work(&mut out, &mut counts);
    let counts = counted(&counts);
    CleanText { text: out, counts }
}

fn clean_record(sanitizer: &Sanitizer, record: LogRecord, counts: &mut Counts) -> LogRecord {
    let fields = record.fields.into_iter();
    let record = Record {
        level: record.level,
        target: record.target,
        message: record.message,
        fields: fields.map(|field| (field.name, field.value)).collect(),
    };
    let clean = sanitizer.sanitize_record(&record, counts);
    LogRecord {
        level: clean.level,
        target: clean.target,
        message: clean.message,
        fields: clean
            .fields
            .into_iter()
            .map(|(name, value)| LogField { name, value })
            .collect(),
    }
}

fn counted(counts: &Counts) -> Vec<Count> {
    let some = counts.iter().filter(|(_, times)| *times > 0);
    some.map(|(reason, times)| Count {
        reason: reason.word().to_owned(),
        times,
    })
    .collect()
}

fn prepared(settings: &str) -> Result<Sanitizer, contract::SettingsError> {
    let problem = |pointer: &str, message: String| {
        let pointer = pointer.to_owned();
        contract::SettingsError::Invalid(vec![SettingsProblem { pointer, message }])
    };
    let settings: Settings = serde_json::from_str(settings).map_err(|error| {
        problem(
            "",
            format!("not of the documented form at column {}", error.column()),
        )
    })?;
    Sanitizer::new(&settings).map_err(|error| problem(error.pointer(), message(&error)))
}

/// An error and what led to it.
fn message(error: &SettingsError) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {}", cause.to_string().replace('\n', " ")),
        None => error.to_string(),
    }
}

fn version(text: &str) -> Option<(u16, u16)> {
    let mut parts = text.splitn(3, '.');
    let major = parts.next()?.parse().ok()?;
    let minor = parts.next()?.parse().ok()?;
    Some((major, minor))
}

export!(Component);
