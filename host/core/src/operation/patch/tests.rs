//! Tests of patches.

use bytes::Bytes;
use serde_json::json;

use super::*;

mod any_patch;

fn read(text: &str) -> Result<Patch, PatchError> {
    let body = Document::read(Bytes::copy_from_slice(text.as_bytes())).unwrap();
    Patch::read(&body, MAX_OPERATIONS)
}

#[test]
fn what_is_no_patch_is_refused_where_it_stands() {
    let check = |text: &str, pointer: &str, fault: PatchFault| {
        let expected = PatchError {
            pointer: pointer.into(),
            fault,
        };
        assert_eq!(read(text).err(), Some(expected), "{text}");
    };
    check("{}", "", PatchFault::NotAnArray);
    check(
        r#"{"op":"add","path":"/a","value":1}"#,
        "",
        PatchFault::NotAnArray,
    );
    check("[1]", "/0", PatchFault::NotAnObject);
    check(r#"[{"path":"/a"}]"#, "/0", PatchFault::Missing("op"));
    check(
        r#"[{"op":"add","value":1}]"#,
        "/0",
        PatchFault::Missing("path"),
    );
    check(
        r#"[{"op":"add","path":"/a"}]"#,
        "/0",
        PatchFault::Missing("value"),
    );
    check(
        r#"[{"op":"remove","path":"/a"},{"op":"replace","path":"/a"}]"#,
        "/1",
        PatchFault::Missing("value"),
    );
    check(
        r#"[{"op":"add","path":"/a","value":1,"from":"/b"}]"#,
        "/0",
        PatchFault::UnknownMember,
    );
    for op in ["test", "move", "copy", "ADD", ""] {
        check(
            &format!(r#"[{{"op":"{op}","path":"/a","value":1}}]"#),
            "/0/op",
            PatchFault::Op,
        );
    }
    check(
        r#"[{"op":5,"path":"/a","value":1}]"#,
        "/0/op",
        PatchFault::Op,
    );
    for path in [
        "",
        "/",
        "a",
        "a/b",
        "/a/",
        "/a//b",
        "//a",
        "/a.b",
        "/a b",
        "/a~1b",
        "/a~0b",
        "/~2",
        r"/a\n",
        r"/a\u0000",
        "/a%20",
    ] {
        check(
            &format!(r#"[{{"op":"add","path":"{path}","value":1}}]"#),
            "/0/path",
            PatchFault::Path,
        );
    }
    check(
        r#"[{"op":"add","path":7,"value":1}]"#,
        "/0/path",
        PatchFault::Path,
    );
    check(
        &format!(r#"[{{"op":"remove","path":"{}"}}]"#, "/a".repeat(30)),
        "/0/path",
        PatchFault::Path,
    );
    let deep = format!(
        r#"[{{"op":"add","path":"{}","value":[[]]}}]"#,
        "/a".repeat(24)
    );
    check(&deep, "/0/value", PatchFault::Depth);
    let many = format!(
        "[{}]",
        vec![r#"{"op":"remove","path":"/a"}"#; 257].join(",")
    );
    check(
        &many,
        "",
        PatchFault::TooMany {
            found: 257,
            limit: 256,
        },
    );
}

/// As Ironic 39 has answered to each.
#[test]
fn patches_do_what_they_do_in_ironic() {
    let check = |op: &str, path: &str, value: &str, expected: Result<Tree, PatchFault>| {
        let mut document = json!({
            "name": "n", "owner": null,
            "extra": {"a": "1", "é": 2, "l": [0, 1, 2, 3], "o": {"x": {}}},
        });
        let patch = read(&format!(
            r#"[{{"op":"{op}","path":"{path}","value":{value}}}]"#
        ))
        .unwrap();
        let result = patch.apply(&mut document);
        let found = result
            .map(|()| document["extra"].clone())
            .map_err(|error| error.fault);
        assert_eq!(found, expected, "{op} {path}");
    };
    let extra = |l: Tree| Ok(json!({"a": "1", "é": 2, "l": l, "o": {"x": {}}}));
    check("add", "/extra/l/-", "9", extra(json!([0, 1, 2, 3, 9])));
    check("add", "/extra/l/0", "9", extra(json!([9, 0, 1, 2, 3])));
    check("add", "/extra/l/4", "9", extra(json!([0, 1, 2, 3, 9])));
    check("add", "/extra/l/5", "9", Err(PatchFault::Index));
    check("add", "/extra/l/01", "9", Err(PatchFault::Index));
    check("add", "/extra/l/x", "9", Err(PatchFault::Index));
    check("add", "/extra/l/٣", "9", Err(PatchFault::Index));
    check(
        "add",
        "/extra/l/99999999999999999999999",
        "9",
        Err(PatchFault::Index),
    );
    check("replace", "/extra/l/1", "9", extra(json!([0, 9, 2, 3])));
    check("replace", "/extra/l/-", "9", Err(PatchFault::Index));
    check("replace", "/extra/l/4", "9", Err(PatchFault::NoValue));
    check("remove", "/extra/l/1", "9", extra(json!([0, 2, 3])));
    check("remove", "/extra/l/-", "9", Err(PatchFault::Index));
    check("remove", "/extra/l/9", "9", Err(PatchFault::NoValue));
    check("add", "/extra/l/-/a", "9", Err(PatchFault::NoParent));
    check("add", "/extra/a/0", "9", Err(PatchFault::NoParent));
    check("add", "/extra/a/b/c", "9", Err(PatchFault::NoParent));
    check("add", "/extra/none/x", "9", Err(PatchFault::NoParent));
    check("add", "/none/x", "9", Err(PatchFault::NoParent));
    check("add", "/name/x", "9", Err(PatchFault::NoParent));
    check("add", "/owner/x", "9", Err(PatchFault::NoParent));
    check("replace", "/extra/none", "9", Err(PatchFault::NoValue));
    check("remove", "/extra/none", "9", Err(PatchFault::NoValue));
    check("add", "/extra", "{}", Ok(json!({})));
    check("replace", "/extra", "null", Ok(Tree::Null));
    check("remove", "/extra", "9", Ok(Tree::Null));
    check(
        "remove",
        "/extra/o/x",
        "9",
        Ok(json!({"a": "1", "é": 2, "l": [0, 1, 2, 3], "o": {}})),
    );
    check(
        "add",
        "/extra/é",
        "[]",
        Ok(json!({"a": "1", "é": [], "l": [0, 1, 2, 3], "o": {"x": {}}})),
    );
}

#[test]
fn operations_follow_one_another() {
    let patch = read(
        r#"[{"op":"add","path":"/extra/a","value":{}},{"op":"add","path":"/extra/a/b","value":[1]},
            {"op":"add","path":"/extra/a/b/0","value":0},{"op":"remove","path":"/extra/a/c"}]"#,
    );
    let mut document = json!({"extra": {}});
    let error = patch.unwrap().apply(&mut document).unwrap_err();
    assert_eq!(
        (error.pointer.as_str(), error.fault),
        ("/3/path", PatchFault::NoValue)
    );
    assert_eq!(document, json!({"extra": {"a": {"b": [0, 1]}}}));
}

#[test]
fn an_error_has_no_value_in_it() {
    let patch = read(r#"[{"op":"add","path":"/driver_info/nope/x","value":"hunter2"}]"#).unwrap();
    let mut node = json!({"driver_info": {"ipmi_password": "open-sesame"}});
    let text = format!("{} {patch:?}", patch.apply(&mut node).unwrap_err());
    assert!(
        !text.contains("hunter2") && !text.contains("open-sesame"),
        "{text}"
    );
}
