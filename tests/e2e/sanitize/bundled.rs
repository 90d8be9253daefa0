//! The bundled sanitizer, as a component: text, JSON, values, records and streams.

use super::*;

use std::sync::Arc;

use portcullis::sandbox::{Form, LogRecord};
use portcullis::sanitise::Lines;
use portcullis_bundled::BUNDLE;
use serde_json::json;

async fn bundled() -> Sanitizers {
    chain(&BUNDLE, json!({})).await
}

#[tokio::test]
async fn text_json_values_and_records_lose_their_secrets_and_nothing_else() {
    let sanitizers = bundled().await;
    let none = KnownSecrets::default();
    let text = sanitizers
        .text("ipmitool -P calvin\n\x1b[0m done\n", &none)
        .await;
    assert_eq!(
        text.clean,
        "ipmitool -P [redacted:argument]\n\\x1b[0m done\n"
    );
    assert_eq!(text.counts["argument"], 1);
    let json = r#"{"a":  [1.50, "\u00e4"], "ipmi_password": 12345678, "m": "x\nAuthorization: Bearer abc.def"}"#;
    let clean = sanitizers.json(json, &none).await.clean;
    let expected = json
        .replace("12345678", "\"[redacted:password]\"")
        .replace("abc.def", "[redacted:header]");
    assert_eq!(clean, expected);
    let value = sanitizers
        .value(&json!({"rescue_password": "x", "n": 7}), &none)
        .await;
    assert_eq!(
        value.clean,
        json!({"rescue_password": "[redacted:password]", "n": 7})
    );
    let record = LogRecord {
        level: "INFO".into(),
        message: "a\nforged password=hunter2".into(),
        fields: vec![
            ("agent_token".into(), "abc".into()),
            ("n".into(), "7".into()),
        ],
        ..LogRecord::default()
    };
    let clean = sanitizers.records(&[record], &none).await.clean;
    assert_eq!(clean[0].message, "a\\nforged password=[redacted:password]");
    assert_eq!(clean[0].fields[0].1, "[redacted:token]");
    assert_eq!(clean[0].fields[1].1, "7");
}

#[tokio::test]
async fn known_secrets_go_whatever_stands_around_them() {
    let sanitizers = bundled().await;
    let cleaned = sanitizers
        .text("no such interface `Qm2xVb9LrT4`", &known("Qm2xVb9LrT4"))
        .await;
    assert_eq!(cleaned.clean, "no such interface `[redacted]`");
}

#[tokio::test]
async fn a_stream_may_be_cut_anywhere_and_keeps_bytes_that_are_no_text() {
    let text = b"2026-01-01 a key:\n-----BEGIN PRIVATE KEY-----\nMIIEvgIBADANBgkqhkiG9w0B\n-----END PRIVATE KEY-----\n2026-01-01 Gr\xfc\xdfe, harmless\n2026-01-01 password: hunter2";
    let expected = b"2026-01-01 a key:\n-----BEGIN PRIVATE KEY-----\n[redacted:private-key]\n-----END PRIVATE KEY-----\n2026-01-01 Gr\xfc\xdfe, harmless\n2026-01-01 password: [redacted:password]";
    let sanitizers = Arc::new(bundled().await);
    for split in 0..text.len() {
        let mut lines = Lines::new(Arc::clone(&sanitizers), Arc::default(), Form::Plain);
        let mut out = Vec::new();
        lines.push(&text[..split], &mut out).await;
        lines.push(&text[split..], &mut out).await;
        lines.finish(&mut out).await;
        assert_eq!(
            out,
            expected,
            "split at {split}: {}",
            String::from_utf8_lossy(&out)
        );
    }
}

#[tokio::test]
async fn an_overlong_line_is_cut_at_a_word() {
    let sanitizers = Arc::new(bundled().await);
    let mut lines = Lines::new(sanitizers, Arc::default(), Form::Plain);
    let line = "harmless ".repeat((5 << 20) / 9) + "\nnext\n";
    let mut out = Vec::new();
    lines.push(line.as_bytes(), &mut out).await;
    lines.finish(&mut out).await;
    let out = String::from_utf8(out).unwrap();
    let (first, next) = out.split_once('\n').unwrap();
    assert!(
        first.ends_with("harmless [cut: line too long]"),
        "{}",
        &first[first.len() - 60..]
    );
    assert_eq!(next, "next\n");
}

#[tokio::test]
async fn settings_add_names_patterns_and_exceptions() {
    let settings = json!({
        "keys": ["rack_code"],
        "patterns": ["door-[0-9]+"],
        "allow": ["test-[a-z]+"],
        "marker": {"keyed-hash": "a key of sixteen and more"},
    });
    let sanitizers = chain(&BUNDLE, settings).await;
    let text = "rack_code=x1 door-42 password=test-only password=hunter2 password=hunter2";
    let clean = sanitizers.text(text, &KnownSecrets::default()).await.clean;
    let words: Vec<_> = clean.split(' ').collect();
    assert!(words[0].starts_with("rack_code=[redacted:key:"), "{clean}");
    assert!(words[1].starts_with("[redacted:pattern:"), "{clean}");
    assert_eq!(words[2], "password=test-only");
    assert_eq!(words[3], words[4], "the same secret has the same marker");
}
