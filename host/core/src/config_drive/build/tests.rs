use super::*;

fn parts() -> Parts {
    Parts {
        meta_data: br#"{"uuid": "5be9ffa1-28f6-4f26-a1a8-b5d5d1d5d4a1"}"#
            .to_vec()
            .into(),
        user_data: Some(b"#cloud-config\n{}\n".to_vec().into()),
        files: vec![("openstack/content/0000".to_owned(), vec![1; 5000].into())],
        ..Parts::default()
    }
}

#[test]
fn the_same_parts_give_the_same_bytes() {
    let (one, other) = (build_iso(&parts()).unwrap(), build_iso(&parts()).unwrap());
    assert_eq!(one, other);
    assert_eq!(to_base64(&one).unwrap(), to_base64(&other).unwrap());
}

#[test]
fn the_json_form_is_json() {
    let parts = Parts {
        files: Vec::new(),
        user_data: Some(b"say \"so\"\n".to_vec().into()),
        ..parts()
    };
    let text = build_json(&parts).unwrap();
    let read: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(read["user_data"], "say \"so\"\n");
    assert!(read["meta_data"]["uuid"].is_string());
}

#[test]
fn what_would_not_arrive_as_it_is_is_refused() {
    let with_path = |path: &str| Parts {
        files: vec![(path.to_owned(), Vec::new().into())],
        ..parts()
    };
    let long = "x".repeat(28);
    for path in [
        "",
        "/a",
        "a/",
        "a//b",
        "../a",
        "a/./b",
        "a b",
        "a;1",
        "\u{e9}",
        "a/b/c/d/e/f/g/h",
        &long,
    ] {
        let built = build_iso(&with_path(path));
        assert!(matches!(built, Err(BuildError::Path { .. })), "{path}");
    }
    for path in [
        "openstack/latest/user_data",
        "openstack/latest/User-Data",
        "OPENSTACK/x",
        "openstack/latest",
    ] {
        let built = build_iso(&with_path(path));
        assert!(matches!(built, Err(BuildError::Taken { .. })), "{path}");
    }
    let with_meta = |text: &str| Parts {
        meta_data: text.as_bytes().to_vec().into(),
        ..parts()
    };
    let built = build_iso(&with_meta("[]"));
    assert!(matches!(built, Err(BuildError::NoObject { .. })));
    let built = build_iso(&with_meta("{\"a\":1,\"a\":2}"));
    assert!(matches!(built, Err(BuildError::Json { .. })));
    assert!(matches!(
        build_json(&parts()),
        Err(BuildError::NoFiles { .. })
    ));
}
