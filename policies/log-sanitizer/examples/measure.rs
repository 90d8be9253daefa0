//! Measures the log sanitiser on labelled rows and on log files.
//!
//! `measure rows FILE...` reads rows of JSON, one a line (`-` is standard input): `text` or `input`, `secrets`
//! (all of them have to be gone), or none (the text has to stay as it is). Prints recall by row and
//! by kind, and how many harmless rows were altered.
//! `measure speed FILE` prints the throughput on a log file, and the median time of a record of 1 KiB.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{Read, Write};
use std::time::Instant;

use portcullis_policy_log_sanitizer::{Counts, Record, Sanitizer, Settings};
use serde_json::Value;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const USAGE: &str = "usage: measure rows [--half first|second] [--show misses|alarms|verdicts] FILE... | measure speed FILE";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut out = std::io::stdout().lock();
    match arguments.split_first() {
        Some((command, rest)) if command == "rows" => rows(rest, &mut out),
        Some((command, [file])) if command == "speed" => speed(file, &mut out),
        _ => Err(USAGE.into()),
    }
}

/// Rows of one kind: how many have secrets, and of how many all are gone.
#[derive(Default)]
struct Kind {
    rows: usize,
    clean: usize,
}

fn rows(arguments: &[String], out: &mut impl Write) -> Result<()> {
    let (mut half, mut show) = (None, None);
    let mut files = Vec::new();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--half" => half = rest.next(),
            "--show" => show = rest.next(),
            file => files.push(file),
        }
    }
    let mut kinds: BTreeMap<String, Kind> = BTreeMap::new();
    let (mut harmless, mut altered, mut excepted) = (0, 0, 0);
    for file in files {
        for line in read(file)?.lines() {
            let row: Value = serde_json::from_str(line)?;
            if !is_wanted(&row, half.map(String::as_str)) {
                continue;
            }
            if is_set(&row, "span_unknown") || is_set(&row, "conflict") {
                excepted += 1;
                continue;
            }
            let (before, after) = sanitised(&row)?;
            let secrets: Vec<&str> = row
                .get("secrets")
                .and_then(Value::as_array)
                .map(|all| all.iter().filter_map(Value::as_str).collect())
                .unwrap_or_default();
            let secrets = secrets.into_iter().filter(|secret| !secret.is_empty());
            let mut secrets = secrets.peekable();
            let is_secret = row.get("is_secret").and_then(Value::as_bool);
            if secrets.peek().is_some() && is_secret != Some(false) {
                let kind = kinds.entry(kind(&row)).or_default();
                kind.rows += 1;
                let is_caught = !secrets.any(|secret| shows(&row, &after, secret));
                if show.is_some_and(|show| show == "verdicts") {
                    let verdict = if is_caught { "caught" } else { "missed" };
                    writeln!(out, "{verdict} {}", id(&row))?;
                }
                if is_caught {
                    kind.clean += 1;
                } else if show.is_some_and(|show| show == "misses") {
                    writeln!(out, "{} | {before:?} -> {after:?}", self::kind(&row))?;
                }
            } else if is_secret != Some(true) {
                harmless += 1;
                if before != after {
                    altered += 1;
                    if show.is_some_and(|show| show == "verdicts") {
                        writeln!(out, "altered {}", id(&row))?;
                    }
                    if show.is_some_and(|show| show == "alarms") {
                        writeln!(out, "{} | {before:?} -> {after:?}", self::kind(&row))?;
                    }
                }
            }
        }
    }
    let rows: usize = kinds.values().map(|kind| kind.rows).sum();
    let clean: usize = kinds.values().map(|kind| kind.clean).sum();
    let share = |kind: &Kind| kind.clean as f64 / kind.rows as f64;
    let by_kind = kinds.values().map(share).sum::<f64>() / kinds.len().max(1) as f64;
    let full = kinds
        .values()
        .filter(|kind| kind.clean == kind.rows)
        .count();
    writeln!(
        out,
        "rows with secrets   {rows}, without them {clean} ({:.2} %)",
        percent(clean, rows)
    )?;
    writeln!(
        out,
        "kinds               {}, mean {:.2} %, complete {full}",
        kinds.len(),
        100.0 * by_kind
    )?;
    writeln!(
        out,
        "harmless rows       {harmless}, altered {altered} ({:.2} %)",
        percent(altered, harmless)
    )?;
    writeln!(out, "rows left out       {excepted}")?;
    Ok(())
}

/// Whether a secret shows. A row may say what is expected of it: there the same word may remain as
/// a name.
fn shows(row: &Value, after: &str, secret: &str) -> bool {
    let expected = match row.get("expected_masked") {
        Some(Value::String(text)) => text.matches(secret).count(),
        Some(document) => document.to_string().matches(secret).count(),
        None => 0,
    };
    let markers = ["[redacted:password]", "[redacted:token]", "[redacted:key]"];
    let shown = markers
        .iter()
        .fold(after.to_owned(), |text, marker| text.replace(marker, "***"));
    shown.matches(secret).count() > expected
}

fn percent(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}

fn id(row: &Value) -> &str {
    row.get("id").and_then(Value::as_str).unwrap_or_default()
}

fn kind(row: &Value) -> String {
    let text = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default();
    format!(
        "{} {}{}{}",
        text("tool"),
        text("rule"),
        text("cls"),
        text("test")
    )
}

fn is_set(row: &Value, name: &str) -> bool {
    row.get(name)
        .is_some_and(|value| !matches!(value, Value::Null | Value::Bool(false)))
}

/// One half of the rows to develop on, the other to check with.
fn is_wanted(row: &Value, half: Option<&str>) -> bool {
    let hash = id(row)
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
        });
    let is_first = (hash >> 20) & 1 == 0;
    match half {
        Some("first") => is_first,
        Some(_) => !is_first,
        None => true,
    }
}

fn sanitised(row: &Value) -> Result<(String, String)> {
    let mut sanitizer = Sanitizer::new(&Settings::default())?;
    let mut counts = Counts::default();
    match row.get("text").or_else(|| row.get("input")) {
        Some(Value::String(text)) => {
            let mut after = String::new();
            sanitizer.sanitize_text(text, &mut after, &mut counts);
            Ok((text.clone(), after))
        }
        Some(document) => {
            let mut after = document.clone();
            sanitizer.sanitize_json(&mut after, &mut counts);
            Ok((document.to_string(), after.to_string()))
        }
        None => Err("a row without `text` or `input`".into()),
    }
}

fn speed(file: &str, out: &mut impl Write) -> Result<()> {
    const ROUNDS: usize = 9;
    let text = read(file)?;
    let mut sanitizer = Sanitizer::new(&Settings::default())?;
    let mut written = String::with_capacity(2 * text.len());
    let mut counts = Counts::default();
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        written.clear();
        sanitizer.reset();
        let start = Instant::now();
        sanitizer.sanitize_text(&text, &mut written, &mut counts);
        times.push(start.elapsed());
    }
    times.sort();
    let median = times
        .get(ROUNDS / 2)
        .map_or(0.0, std::time::Duration::as_secs_f64);
    let lines = text.lines().zip(written.lines());
    let altered = lines.filter(|(before, after)| before != after).count();
    writeln!(
        out,
        "{:.1} MB/s, {} of {} lines altered",
        text.len() as f64 / median / 1e6,
        altered,
        text.lines().count()
    )?;
    let message: String = text.chars().take(1024).collect();
    let record = Record {
        message,
        ..Record::default()
    };
    let mut times: Vec<_> = (0..1001)
        .map(|_| {
            let start = Instant::now();
            std::hint::black_box(sanitizer.sanitize_record(&record, &mut counts));
            start.elapsed()
        })
        .collect();
    times.sort();
    let median = times.get(500).copied().unwrap_or_default();
    writeln!(out, "record of 1 KiB: {:.2} us", median.as_secs_f64() * 1e6)?;
    Ok(())
}

fn read(file: &str) -> Result<String> {
    let mut bytes = Vec::new();
    if file == "-" {
        std::io::stdin().read_to_end(&mut bytes)?;
    } else {
        bytes = std::fs::read(file)?;
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
