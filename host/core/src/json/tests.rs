//! Tests of the strict reader.

use super::*;

mod any_text;

fn read(text: &[u8]) -> Result<Document, ReadError> {
    Document::read(Bytes::copy_from_slice(text))
}

#[test]
fn what_is_not_strict_is_refused_where_it_stands() {
    let check = |text: &[u8], fault: Fault, offset: usize, pointer: &str| {
        let expected = ReadError {
            fault,
            offset,
            pointer: pointer.into(),
        };
        assert_eq!(
            read(text).err(),
            Some(expected),
            "{}",
            String::from_utf8_lossy(text)
        );
    };
    check(b"", Fault::Empty, 0, "");
    check(b" \n", Fault::Empty, 2, "");
    check(b"\xef\xbb\xbf{}", Fault::ByteOrderMark, 0, "");
    check(b"{\"a\":\"\xff\"}", Fault::Encoding, 6, "");
    check(br#"{"a":1,"a":2}"#, Fault::RepeatedKey, 8, "/a");
    check(br#"{"a":1,"\u0061":2}"#, Fault::RepeatedKey, 8, "/a");
    check(
        br#"{"x":[{"b":1,"c":{},"b":2}]}"#,
        Fault::RepeatedKey,
        21,
        "/x/0/b",
    );
    check(br#"{"a":NaN}"#, Fault::Unexpected("a JSON value"), 5, "/a");
    check(
        br#"{"a":-Infinity}"#,
        Fault::Unexpected("a number"),
        5,
        "/a",
    );
    check(br#"["\ud800"]"#, Fault::Surrogate, 2, "/0");
    check(br#"["\udc00\ud800"]"#, Fault::Surrogate, 2, "/0");
    check(br#"["\x41"]"#, Fault::Escape, 2, "/0");
    check(b"[\"a\nb\"]", Fault::Control, 3, "/0");
    check(
        br#"{"a/b":{"c~d":tru}}"#,
        Fault::Unexpected("a JSON value"),
        14,
        "/a~1b/c~0d",
    );
    check(br#"{"a":1} x"#, Fault::Trailing, 8, "");
    check(br#"{"a" 1}"#, Fault::Unexpected("`:` after a key"), 5, "/a");
    check(
        br#"{a:1}"#,
        Fault::Unexpected("a key in quotation marks"),
        1,
        "",
    );
    check(br#"[1,]"#, Fault::Unexpected("a JSON value"), 3, "/1");
    check(
        br#"{"a":1,}"#,
        Fault::Unexpected("a key in quotation marks"),
        7,
        "/a",
    );
    check(br#"[1 2]"#, Fault::Unexpected("`,` or `]`"), 3, "/0");
    check(br#"{"a":["#, Fault::End("a JSON value"), 6, "/a/0");
    check(br#""abc"#, Fault::End("the end of a string"), 4, "");
    check(b"[18446744073709551616]", Fault::Number, 1, "/0");
    check(b"[1e999]", Fault::Number, 1, "/0");
    check(b"[01]", Fault::Unexpected("`,` or `]`"), 2, "/0");
}

#[test]
fn depth_is_limited() {
    let nested = |depth: usize| [vec![b'['; depth], vec![b']'; depth]].concat();
    assert!(read(&nested(MAX_DEPTH)).is_ok());
    let error = read(&nested(MAX_DEPTH + 1)).unwrap_err();
    assert_eq!((error.fault, error.offset), (Fault::Depth, MAX_DEPTH));
    assert_eq!(read(&vec![b'['; 1 << 20]).unwrap_err().fault, Fault::Depth);
}

#[test]
fn the_error_names_the_place_and_not_the_value() {
    let error =
        read(br#"{"driver_info":{"password":"hunter2","password":"hunter2"}}"#).unwrap_err();
    let message = error.to_string();
    assert_eq!(
        message,
        "key stands twice in one object, expected each key once (at byte 38, in `/driver_info/password`)"
    );
}

#[test]
fn a_long_pointer_is_cut_and_control_characters_are_written_out() {
    let text = format!(r#"{{"{}":x}}"#, "k".repeat(1000));
    let error = read(text.as_bytes()).unwrap_err();
    assert!(
        error.pointer.len() < 300 && error.pointer.ends_with("..."),
        "{}",
        error.pointer
    );
    let error = read(br#"{"a\nb":x}"#).unwrap_err();
    assert_eq!(error.pointer, r"/a\nb");
}

#[test]
fn pointers_find_values() {
    let document =
        read(br#" {"a":[10,{"b":"x\ty"},[]],"":{"~/":null},"n":-1.50,"t":true,"f":false} "#)
            .unwrap();
    let check = |pointer: &str, expected: Option<&str>| {
        let found = document
            .get(&pointer.parse().unwrap())
            .map(|value| match value.typed() {
                Typed::Null => "null".into(),
                Typed::Boolean(value) => value.to_string(),
                Typed::Number(text) | Typed::Array(text) | Typed::Object(text) => text.into(),
                Typed::Text(text) => format!("text {text}"),
            });
        assert_eq!(found.as_deref(), expected, "{pointer}");
    };
    check("/a", Some(r#"[10,{"b":"x\ty"},[]]"#));
    check("/a/0", Some("10"));
    check("/a/1/b", Some("text x\ty"));
    check("/a/2", Some("[]"));
    check("/a/3", None);
    check("/a/00", None);
    check("/a/-", None);
    check("//~0~1", Some("null"));
    check("/n", Some("-1.50"));
    check("/t", Some("true"));
    check("/f", Some("false"));
    check("/f/x", None);
    check("/missing", None);
}

#[test]
fn members_and_items_skip_what_is_inside_them() {
    let document = read(br#"{"a":{"x":[1,[2]]},"b":[{"y":0},3],"c":4}"#).unwrap();
    let keys: Vec<_> = document
        .root()
        .members()
        .map(|(key, _)| key.into_owned())
        .collect();
    assert_eq!(keys, ["a", "b", "c"]);
    let items = document
        .get(&"/b".parse().unwrap())
        .unwrap()
        .items()
        .count();
    assert_eq!(items, 2);
    assert_eq!(document.root().items().count(), 0);
}

#[test]
fn a_surrogate_pair_is_one_character() {
    let document = read(br#""\ud83d\ude00 \/ \u00e9""#).unwrap();
    assert_eq!(document.root().as_text().unwrap(), "\u{1f600} / \u{e9}");
}

#[test]
fn many_keys_are_compared_without_quadratic_work() {
    let members: Vec<_> = (0..50_000).map(|n| format!(r#""key{n}":{n}"#)).collect();
    let text = format!("{{{}}}", members.join(","));
    assert!(read(text.as_bytes()).is_ok());
    let text = format!("{{{},\"key7\":0}}", members.join(","));
    assert_eq!(read(text.as_bytes()).unwrap_err().fault, Fault::RepeatedKey);
}

#[test]
fn what_others_let_pass_is_refused() {
    for text in [&br#"{"a":1,"a":1}"#[..], br#"{"a":{"b":1,"b":1}}"#] {
        assert!(serde_json::from_slice::<serde_json::Value>(text).is_ok());
        assert_eq!(read(text).unwrap_err().fault, Fault::RepeatedKey);
    }
}
