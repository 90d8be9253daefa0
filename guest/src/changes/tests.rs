use super::*;

fn check(patch: &str, place: &str, expected: Option<&str>) {
    let changes = Changes::of(&Value::Json(patch.to_owned()));
    let origin = changes.origin(place);
    let origin = origin.as_ref().map(Pointer::as_str);
    assert_eq!(origin, expected, "{patch} at {place}");
}

#[test]
fn a_value_comes_from_the_operation_that_leads_to_it() {
    let patch = r#"[
        {"op": "replace", "path": "/name", "value": "n"},
        {"op": "add", "path": "/extra", "value": {"a/b": 1}},
        {"op": "remove", "path": "/properties/capabilities"}
    ]"#;
    check(patch, "/name", Some("/0/value"));
    check(patch, "/extra/a~1b", Some("/1/value/a~1b"));
    check(patch, "/properties/capabilities", Some("/2"));
    check(patch, "/properties", Some("/2"));
    check(patch, "/properties/cpus", None);
    check(patch, "/nam", None);
    check(patch, "/driver_info/x", None);
}

#[test]
fn the_last_operation_holds() {
    let patch = r#"[{"path": "/extra/a"}, {"path": "/extra"}, {"path": "/extra/b"}]"#;
    check(patch, "/extra/a", Some("/1/value/a"));
    check(patch, "/extra/b", Some("/2/value"));
}

/// Inserting twice at the front moves the first one to a place no operation names.
#[test]
fn what_stands_in_an_array_is_touched_as_a_whole() {
    let patch = r#"[{"path": "/steps/0"}, {"path": "/steps/0"}]"#;
    check(patch, "/steps/1/step", Some(""));
    check(patch, "/steps/0/step", Some("/1/value/step"));
    check(r#"[{"path": "/steps/-"}]"#, "/steps/4", Some(""));
    check(r#"[{"path": "/steps/0/args"}]"#, "/steps/0/step", None);
}

#[test]
fn moving_away_touches_the_old_place() {
    let patch = r#"[{"op": "move", "from": "/extra/a", "path": "/extra/b"}]"#;
    check(patch, "/extra/a", Some("/0"));
    check(patch, "/extra/b", Some("/0"));
}

#[test]
fn what_cannot_be_read_touches_everything() {
    for patch in [
        "{}",
        "[5]",
        "[{}]",
        "[{\"path\": \"/a\", \"from\": 5}]",
        r#"[{"path": 5}]"#,
        r#"[{"path": "x"}]"#,
    ] {
        check(patch, "/name", Some(""));
    }
    assert_eq!(
        Changes::of(&Value::Null).origin("/a"),
        Some(Pointer::root())
    );
}

#[test]
fn the_body_of_a_create_is_the_resource() {
    let changes = Changes::of(&Value::Absent);
    let origin = changes.origin("/extra/a~1b").map(String::from);
    assert_eq!(origin.as_deref(), Some("/extra/a~1b"));
}
