//! Tests of the whole: what is taken out of which text, and what always holds.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn sanitised(text: &str) -> String {
    let mut sanitizer = Sanitizer::new(&Settings::default()).unwrap();
    let mut out = String::new();
    sanitizer.sanitize_text(text, &mut out, &mut Counts::default());
    out
}

/// Markers are shortened to `<>` in what is expected.
fn check(text: &str, expected: &str) {
    let mut out = sanitised(text);
    for reason in Reason::ALL {
        out = out.replace(&format!("[redacted:{}]", reason.word()), "<>");
    }
    assert_eq!(out, expected);
}

#[test]
fn names_and_values_in_every_notation() {
    check("password: hunter2", "password: <>");
    check(
        "{'ipmi_password': 'calvin', 'a': 1}",
        "{'ipmi_password': '<>', 'a': 1}",
    );
    check(r#"{"ipmi_password": 12345678}"#, r#"{"ipmi_password": <>}"#);
    check(
        r#"{"a": "{\"ipmi_password\": \"cal vin\", \"b\": 1}"}"#,
        r#"{"a": "{\"ipmi_password\": \"<>\", \"b\": 1}"}"#,
    );
    check(
        "%7B%22password%22%3A%20%22hunter2%22%7D",
        "%7B%22password%22%3A%20%22<>%22%7D",
    );
    check(
        "<adminPass>hunter2</adminPass>",
        "<adminPass><></adminPass>",
    );
    check(
        "GET /v1?temp_url_sig=0a1b2c3d4e5f6071&temp_url_expires=7",
        "GET /v1?temp_url_sig=<>&temp_url_expires=7",
    );
    check("X-Auth-Token: abc-def", "X-Auth-Token: <>");
    check(
        "-H 'Authorization: Bearer abc.def' -v",
        "-H 'Authorization: Bearer <>' -v",
    );
    check(
        "[('X-Auth-Token', 'gAAAAABnQ0'), ('Accept', '*/*')]",
        "[('X-Auth-Token', '<>'), ('Accept', '*/*')]",
    );
    check(
        "mysql+pymysql://ironic:hunter2@db/ironic",
        "mysql+pymysql://<>@db/ironic",
    );
    check(
        "tool --password hunter2 --verbose",
        "tool --password <> --verbose",
    );
    check(
        "ipmitool -I lanplus -P calvin power on",
        "ipmitool -I lanplus -P <> power on",
    );
    check("b'password': b'hunter2'", "b'password': b'<>'");
    check(
        r#"{"passwords": ["a1b2", "c3d4"], "n": 1}"#,
        r#"{"passwords": ["<>", "<>"], "n": 1}"#,
    );
    check(
        r#"[{"name": "DB_PASSWORD", "value": "hunter2"}]"#,
        r#"[{"name": "DB_PASSWORD", "value": "<>"}]"#,
    );
    check(
        r#"{"id": 1, "method": "auth.login_with_api_key", "params": ["8-Zk3Qm81LpXv7"]}"#,
        r#"{"id": 1, "method": "auth.login_with_api_key", "params": ["<>"]}"#,
    );
    check(
        "pass\x1b[0mword=x password\x1b[0m=hunter2",
        r"pass\x1b[0mword=x password\x1b[0m=<>",
    );
}

#[test]
fn values_that_do_not_stand_where_others_do() {
    check(
        "The default password is 'blooberry'",
        "The default password is '<>'",
    );
    check("Unseal Key 2: 0tZn+7QQCxphpHwTm7/dC3Lp", "Unseal Key 2: <>");
    check("setSecret(\"Zk3Qm81L\")", "setSecret(\"<>\")");
    check(
        "psexec host -u admin -p hunter2 cmd",
        "psexec host -u <> -p <> cmd",
    );
    check(
        "acme_key = \"3f2a9c1e-0b7d-4e55-8a61-c9d2e4f60718\"",
        "acme_key = \"<>\"",
    );
}

#[test]
fn what_is_all_that_a_line_says_is_its_value() {
    let block = "abcdeabcdeabcdeabcdeabcdeabcdeabcde";
    check(&format!("acmePRIVATE={block}"), "acmePRIVATE=<>");
    check(
        &format!("10:00:00 acmePRIVATE={block}"),
        &format!("10:00:00 acmePRIVATE={block}"),
    );
    check("acmePRIVATE=abcdefgh", "acmePRIVATE=abcdefgh");
    check(
        "acme_secret_key = acme Zk3Qm81LpXv7Tt5Rw2Yc",
        "acme_secret_key = <>",
    );
    check("acme_secret_key = acme zone", "acme_secret_key = <> zone");
    check("acme_key=sk_live_BBBBBBBBBBBBBBBBBBBBBBBB", "acme_key=<>");
}

#[test]
fn a_command_after_many_others_is_read_too() {
    for others in [
        "curl, docker, podman, ",
        "docker,podman,skopeo,oras,",
        "curl; ./docker; (podman) ",
    ] {
        check(
            &format!("{others}'mysql -phunter22 ironic'"),
            &format!("{others}'mysql -p<> ironic'"),
        );
        check(
            &format!("{others}/usr/bin/sshpass -p hunter22 ssh"),
            &format!("{others}/usr/bin/sshpass -p <> ssh"),
        );
    }
}

#[test]
fn long_lines_of_one_word_are_read() {
    // Only that they are read at all; how fast is measured, because a test has no clock.
    for text in [
        "key",
        "auth=",
        "curl ",
        "curl -u a:b ipmitool ",
        "-----BEGIN PRIVATE KEY",
        "password=$(",
        "password=abc(",
        "?key=abc(",
    ] {
        let line = text.repeat((1 << 20) / text.len());
        assert!(!sanitised(&line).contains('\n'));
    }
}

#[test]
fn blanks_are_not_read_again_for_each_name() {
    // As above: with the square of their length, these would take minutes.
    let blanks = " ".repeat(1 << 19);
    for text in [
        "token: x ",
        "password: ",
        "data: ",
        "a-curl ",
        "license_key=b ",
        "license_key {",
    ] {
        let names = text.repeat((1 << 19) / text.len());
        assert!(sanitised(&format!("{blanks}{names}")).starts_with(&blanks));
        assert!(!sanitised(&format!("{names}{blanks}")).contains('\n'));
    }
}

#[test]
fn blocks_over_several_lines() {
    check(
        "a\n-----BEGIN PRIVATE KEY-----\nMIIEvgIBADANBgkq\nZ9==\n-----END PRIVATE KEY-----\nb\n",
        "a\n-----BEGIN PRIVATE KEY-----\n<>\n<>\n-----END PRIVATE KEY-----\nb\n",
    );
    check(
        "T1 ERROR x -----BEGIN RSA PRIVATE KEY-----\nT1 ERROR x MIIEvgIBADANBgkqabcd\nT1 ERROR x -----END RSA PRIVATE KEY-----\n",
        "T1 ERROR x -----BEGIN RSA PRIVATE KEY-----\nT1 ERROR x <>\nT1 ERROR x -----END RSA PRIVATE KEY-----\n",
    );
    check(
        "password: |\n  hunter2\n  more\nuser: x\n",
        "password: |\n  <>\n  <>\nuser: x\n",
    );
    check(
        "<password>\n  hunter2\n</password>\n",
        "<password>\n  <>\n</password>\n",
    );
    check(
        "Please use the following password to proceed:\n\nbd9627decc6346d7\n\nbd9627decc6346d7\n",
        "Please use the following password to proceed:\n\n<>\n\nbd9627decc6346d7\n",
    );
    check(
        "\"tokens\": [\n  \"abc\",\n  \"def\"\n],\n\"n\": 7\n",
        "\"tokens\": [\n  \"<>\",\n  \"<>\"\n],\n\"n\": 7\n",
    );
}

#[test]
fn harmless_lines_stay() {
    for line in [
        "2026-05-11 INFO nova.osapi [req-38101a0b - - -] GET /v2/54fadb412c4e40cd/servers HTTP/1.1 200",
        "Rejecting authorization: Timed out waiting for a reply to message ID 4f2bcf4acc5ea494",
        "Agent heartbeat received for node 770c07f2-a8b3-0a6c-5655-af9bd9bf77ba without an agent token.",
        "pam_unix(sshd:auth): check pass; user unknown",
        "Failed password for root from 10.0.0.4 port 4711 ssh2",
        "Adding #0 tokens and #1 secret keys for NM use for launching container",
        "Kind: YARN_AM_RM_TOKEN, Service: , Ident: (id { id: 20 } keyId: -127633188)",
        "Skipping AppWindowToken{df0798e token=Token{78af589 ActivityRecord{3b04890 u0 a.b/.C t761}}}",
        "max_tokens=100 token_count: 5 password_expires_at=2026-01-01 secret_ref=http://b/v1/secrets/1",
        "The password is not set, token: invalid",
        "keypair_name: my-key, key_id: 7, public_key: ssh-rsa",
        "image checksum 0f9e8d7c6b5a4938271605f4e3d2c1b0 verified",
        "policy password=arn:aws:iam::aws:policy/IAMUserChangePassword",
        "public_token: 8f3a9c1e0b7d4e558a61c9d2e4f60718, api_key = your-key-here",
        "{\"ipmi_password\": \"[redacted]\", 'token': '[redacted]'} token=[redacted]",
        "keyChars=abcdefghijklmnopqrstuvwxyz",
    ] {
        assert_eq!(sanitised(line), line);
    }
}

#[test]
fn the_operator_adds_names_patterns_and_exceptions() {
    let settings: Settings = serde_json::from_value(json!({
        "keys": ["rack_code"], "patterns": ["door-[0-9]+"], "allow": ["test-[a-z]+"],
        "marker": { "keyed-hash": "a key" },
    }))
    .unwrap();
    let mut sanitizer = Sanitizer::new(&settings).unwrap();
    let (mut out, mut counts) = (String::new(), Counts::default());
    let text = "rack_code=x1 door-42 password=test-only\npassword=hunter2 password=hunter2\n";
    sanitizer.sanitize_text(text, &mut out, &mut counts);
    let words: Vec<&str> = out.split_whitespace().collect();
    assert!(words[0].starts_with("rack_code=[redacted:key:"), "{out}");
    assert!(words[1].starts_with("[redacted:pattern:"), "{out}");
    assert_eq!(words[2], "password=test-only");
    assert_eq!(words[3], words[4], "the same secret has the same marker");
    assert_eq!(counts.total(), 4);
}

#[test]
fn records_and_documents() {
    let sanitizer = Sanitizer::new(&Settings::default()).unwrap();
    let mut counts = Counts::default();
    let record = Record {
        message: "a\nforged line password=x1".to_owned(),
        fields: vec![
            ("agent_token".to_owned(), "abc".to_owned()),
            ("n".to_owned(), "7".to_owned()),
        ],
        ..Record::default()
    };
    let clean = sanitizer.sanitize_record(&record, &mut counts);
    assert_eq!(
        clean.message,
        "a\\nforged line password=[redacted:password]"
    );
    assert_eq!(clean.fields[0].1, "[redacted:token]");
    assert_eq!(clean.fields[1].1, "7");
    let mut document = json!({
        "driver_info": { "ipmi_password": "x", "ipmi_username": "admin" },
        "passwords": { "a": ["b", 5] }, "text": "{\"password\": \"y\"}", "tokens": 5,
        "patch": [{ "path": "/driver_info/ipmi_password", "value": "z" }],
    });
    sanitizer.sanitize_json(&mut document, &mut counts);
    let marker = "[redacted:password]";
    let expected = json!({
        "driver_info": { "ipmi_password": marker, "ipmi_username": "admin" },
        "passwords": { "a": [marker, marker] }, "text": "{\"password\": \"[redacted:password]\"}", "tokens": 5,
        "patch": [{ "path": "/driver_info/ipmi_password", "value": marker }],
    });
    assert_eq!(document, expected);
}

/// Text made of what the rules look for, in any order.
fn noise() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("password"),
        Just("token"),
        Just("key"),
        Just("Authorization"),
        Just("name"),
        Just("value"),
        Just("="),
        Just(": "),
        Just(":"),
        Just(", "),
        Just("\""),
        Just("'"),
        Just("\\\""),
        Just("\\"),
        Just("%22"),
        Just("{"),
        Just("}"),
        Just("["),
        Just("]"),
        Just("("),
        Just(")"),
        Just("<"),
        Just(">"),
        Just("</"),
        Just("\n"),
        Just("\n  "),
        Just(" "),
        Just("-----BEGIN PRIVATE KEY-----"),
        Just("-----END PRIVATE KEY-----"),
        Just("MIIEvgIBADANBgkqhkiG9w0B"),
        Just("hunter2"),
        Just("ä"),
        Just("\u{1}"),
        Just("\r"),
        Just("|"),
        Just("[redacted:password]"),
        Just("[redacted:"),
        Just("curl -u a:b"),
        Just("http://u:p@h"),
        Just("data:"),
        Just("ghp_Zk3Qm81LpXv7Tt5Rw2Yc9Nb4Jd6Hs0Ga1Fe3"),
        Just("&"),
        Just("--"),
        Just("Bearer "),
        Just(";"),
        Just(","),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn twice_is_as_good_as_once(text in noise()) {
        let once = sanitised(&text);
        prop_assert_eq!(sanitised(&once), once);
    }

    #[test]
    fn there_is_a_line_for_each_line(text in noise()) {
        prop_assert_eq!(sanitised(&text).matches('\n').count(), text.matches('\n').count());
    }

    #[test]
    fn a_stream_may_be_cut_anywhere(text in noise()) {
        let whole = sanitised(&text);
        let mut sanitizer = Sanitizer::new(&Settings::default()).unwrap();
        for (split, _) in text.char_indices() {
            let mut stream = Stream::new(&mut sanitizer);
            let (mut out, mut counts) = (String::new(), Counts::default());
            stream.push(&text[..split], &mut out, &mut counts);
            stream.push(&text[split..], &mut out, &mut counts);
            stream.finish(&mut out, &mut counts);
            prop_assert_eq!(&out, &whole);
        }
    }
}
