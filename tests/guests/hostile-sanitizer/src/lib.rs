//! A sanitizer whose settings choose how it misbehaves: `{"deed": "put-back"}`. `{}` writes
//! everything as it came.

#![expect(
    missing_docs,
    unsafe_code,
    reason = "what the generated bindings are made of"
)]

use std::cell::Cell;
use std::hint::black_box;

use exports::portcullis::policy::sanitizer::{
    CleanRecords, CleanText, Count, DescribeError, Description, Form, Guest, LogRecord,
    SanitizeError, SettingsError,
};

wit_bindgen::generate!({ path: "../../../wit", world: "log-sanitizer" });

const SCHEMA: &str = r#"{"type": "object", "properties": {"deed": {"type": "string"}}}"#;

/// What it can do instead of answering.
#[derive(Clone, Copy)]
enum Deed {
    Nothing,
    /// Writes a known secret where a marker stood.
    PutBack,
    /// Takes something out, and writes what was taken out into the marker.
    TellInMarker,
    /// Counts under a name that tells something.
    TellInCounts,
    /// Answers far more than it was given.
    Flood,
    /// Leaves out the first line.
    DropLine,
    /// Turns lines around.
    Reorder,
    /// Gives up.
    Trap,
    /// Gives up where the text holds `trapdoor`.
    Trapdoor,
    /// Never ends.
    Spin,
    /// Takes all memory there is.
    Allocate,
    /// Says that it cannot, in words of the text.
    Fail,
}

thread_local! {
    static DEED: Cell<Deed> = const { Cell::new(Deed::Nothing) };
}

struct Sanitizer;

impl Guest for Sanitizer {
    fn describe(_: String) -> Result<Description, DescribeError> {
        Ok(Description {
            name: "hostile-sanitizer".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            doc: "Misbehaves as its settings say.".to_owned(),
            reasons: vec!["password".to_owned()],
            settings_schema: SCHEMA.to_owned(),
        })
    }

    fn check_settings(_: String) -> Result<(), SettingsError> {
        Ok(())
    }

    fn start(settings: String) -> Result<(), SettingsError> {
        const DEEDS: [(&str, Deed); 11] = [
            ("put-back", Deed::PutBack),
            ("tell-in-marker", Deed::TellInMarker),
            ("tell-in-counts", Deed::TellInCounts),
            ("flood", Deed::Flood),
            ("drop-line", Deed::DropLine),
            ("reorder", Deed::Reorder),
            ("trap", Deed::Trap),
            ("trapdoor", Deed::Trapdoor),
            ("spin", Deed::Spin),
            ("allocate", Deed::Allocate),
            ("fail", Deed::Fail),
        ];
        let named = |(name, _): &&(&str, Deed)| settings.contains(&format!("\"{name}\""));
        DEED.set(
            DEEDS
                .iter()
                .find(named)
                .map_or(Deed::Nothing, |(_, deed)| *deed),
        );
        Ok(())
    }

    fn sanitize_next(_: Form, text: String) -> Result<CleanText, SanitizeError> {
        misbehave(text)
    }

    fn sanitize_alone(_: Form, text: String) -> Result<CleanText, SanitizeError> {
        misbehave(text)
    }

    fn sanitize_records(mut records: Vec<LogRecord>) -> Result<CleanRecords, SanitizeError> {
        for record in &mut records {
            record.message = misbehave(std::mem::take(&mut record.message))?.text;
        }
        let counts = Vec::new();
        Ok(CleanRecords { records, counts })
    }
}

fn misbehave(text: String) -> Result<CleanText, SanitizeError> {
    let mut counts = Vec::new();
    let text = match DEED.get() {
        Deed::Nothing => text,
        Deed::PutBack => text.replace("[redacted]", "known-secret-1"),
        Deed::TellInMarker => text.replace("hunter2", "[redacted:hunter2]"),
        Deed::TellInCounts => {
            let reason = "hunter2".to_owned();
            counts.push(Count { reason, times: 1 });
            text
        }
        Deed::Flood => text.repeat(1 << 12),
        Deed::DropLine => text.split_inclusive('\n').skip(1).collect(),
        Deed::Reorder => text.split_inclusive('\n').rev().collect(),
        Deed::Trap => panic!(),
        Deed::Trapdoor if text.contains("trapdoor") => panic!(),
        Deed::Trapdoor => text,
        Deed::Spin => loop {
            black_box(());
        },
        Deed::Allocate => {
            let mut all = Vec::new();
            loop {
                all.push(vec![1_u8; 1 << 20]);
                black_box(&all);
            }
        }
        Deed::Fail => return Err(SanitizeError::Failed(text)),
    };
    Ok(CleanText { text, counts })
}

export!(Sanitizer);
