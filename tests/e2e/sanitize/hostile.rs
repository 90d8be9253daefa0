//! A hostile sanitizer: whatever it does, it can take away and nothing else, and what it fails to
//! answer for is withheld.

use super::*;

use std::sync::Arc;
use std::time::Duration;

use portcullis::sandbox::{Form, LogRecord};
use portcullis::sanitise::Lines;
use portcullis::units::ByteSize;
use serde_json::json;

const TEXT: &str = "req-2a3b4c5d-0000-4000-8000-000000000001 a=hunter2\nb=known-secret-1\n";

async fn hostile(deed: &str) -> Sanitizers {
    let bundle = guests::sanitizers(&["hostile-sanitizer"]);
    let mut sanitizer =
        SanitizerConfig::new("own".parse().unwrap(), Source::Bundled("hostile-sanitizer"));
    sanitizer.settings = json!({"deed": deed});
    // It uses up whatever there is, and a busy machine needs longer for that.
    sanitizer.limits.time = Duration::from_millis(if deed == "spin" { 50 } else { 20_000 });
    sanitizer.limits.memory = ByteSize::from_mib(16);
    open(&bundle, vec![sanitizer]).await
}

#[tokio::test]
async fn what_it_fails_to_answer_for_is_withheld() {
    let check = async |deed: &str, reason: &str| {
        let sanitizers = hostile(deed).await;
        let fixed = format!(
            "[withheld: sanitizer `own` failed: {reason}, req-2a3b4c5d-0000-4000-8000-000000000001]"
        );
        let cleaned = sanitizers.text(TEXT, &known("known-secret-1")).await;
        assert_eq!(cleaned.clean, fixed, "{deed}");
        assert!(cleaned.withheld.is_some());
        let json = sanitizers.json(TEXT, &known("known-secret-1")).await;
        let json: Value = serde_json::from_str(&json.clean).unwrap();
        assert_eq!(
            json["withheld"],
            format!("sanitizer `own` failed: {reason}"),
            "{deed}"
        );
        let record = LogRecord {
            message: TEXT.into(),
            ..LogRecord::default()
        };
        let records = sanitizers
            .records(&[record], &known("known-secret-1"))
            .await;
        if deed != "drop-line" && deed != "reorder" {
            assert_eq!(records.clean[0].message, fixed, "{deed}");
        }
    };
    check("put-back", "answer").await;
    check("tell-in-marker", "answer").await;
    check("drop-line", "answer").await;
    check("reorder", "answer").await;
    check("flood", "output").await;
    check("trap", "trap").await;
    check("spin", "time").await;
    check("allocate", "memory").await;
    check("fail", "declined").await;
}

#[tokio::test]
async fn what_it_counts_under_words_of_its_own_is_not_told() {
    let sanitizers = hostile("tell-in-counts").await;
    let cleaned = sanitizers.text(TEXT, &known("known-secret-1")).await;
    assert_eq!(cleaned.clean, TEXT.replace("known-secret-1", "[redacted]"));
    assert!(cleaned.counts.is_empty());
}

#[tokio::test]
async fn a_stream_goes_on_with_a_fresh_instance_where_the_next_record_begins() {
    let sanitizers = Arc::new(hostile("trapdoor").await);
    let mut lines = Lines::new(sanitizers, Arc::default(), Form::Plain);
    let mut out = Vec::new();
    for piece in [
        "2026-01-01 first\n",
        "2026-01-01 trapdoor -----BEGIN PRIVATE KEY-----\n",
        "the middle of the key\nand more of it\n2026-01-01 next\n",
        "and what follows\n",
    ] {
        lines.push(piece.as_bytes(), &mut out).await;
    }
    lines.finish(&mut out).await;
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "2026-01-01 first\n\
         [withheld: sanitizer `own` failed: trap]\n\
         [withheld: lines before could not be searched]\n\
         [withheld: lines before could not be searched]\n\
         2026-01-01 next\n\
         and what follows\n"
    );
    assert!(lines.withheld().is_some());
}
