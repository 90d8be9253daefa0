use bytes::Bytes;

use super::*;
use crate::operation::{Route, route};
use crate::request::{Caller, Request, RequestId};
use crate::sanitise::MARKER;

fn secrets(
    method: &str,
    target: &str,
    headers: &[(&'static str, &str)],
    body: &str,
) -> KnownSecrets {
    let headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| {
            (
                name.parse::<http::HeaderName>().unwrap(),
                value.parse().unwrap(),
            )
        })
        .collect();
    let request = Request {
        id: RequestId::generate(),
        method: method.parse().unwrap(),
        target: target.parse().unwrap(),
        headers: headers.clone(),
        caller: Caller::default(),
        body: Bytes::copy_from_slice(body.as_bytes()),
    };
    let Route::Write(route) = route(&request.method, &request.target).unwrap() else {
        panic!("a write")
    };
    KnownSecrets::of_request(
        Some(&Operation::read(route, &request).unwrap()),
        &headers,
        request.target.query(),
    )
}

#[test]
fn secrets_of_a_body_are_masked_in_every_form() {
    let body = r##"{"target":"active","configdrive":{"user_data":"#cloud-config\npassword: hunt\"er2!","meta_data":{"admin_pass":"pa ss/w\u00f6rd"}}}"##;
    let known = secrets("PUT", "/v1/nodes/n/states/provision", &[], body);
    let check = |text: &str, expected: &str| assert_eq!(known.mask(text), expected);
    check("pa ss/wörd", "[redacted]");
    check("x=pa%20ss%2Fw%C3%B6rd;", "x=[redacted];");
    check(
        r##"{'user_data': '#cloud-config\npassword: hunt"er2!'} is not"##,
        "{'user_data': '[redacted]'} is not",
    );
    check(r#""password: hunt\"er2!""#, r#""[redacted]""#);
    check(
        "user_data is \"password: hunt\"er2!\"",
        "user_data is \"[redacted]\"",
    );
    check("cGEgc3Mvd8O2cmQ=", "[redacted]");
    check("nothing of that", "nothing of that");
}

#[test]
fn a_secret_cut_short_is_masked() {
    let token = "gAAAAABnQ0abcdefghijklmnopqrstuvwxyz0123456789";
    let known = secrets("POST", "/v1/nodes", &[("x-auth-token", token)], "{}");
    assert_eq!(
        known.mask(&format!("token {} was", &token[..30])),
        "token [redacted] was"
    );
    assert_eq!(
        known.mask(&format!("token {} was", &token[..10])),
        format!("token {} was", &token[..10])
    );
}

#[test]
fn credentials_and_patched_values_are_known() {
    let patch = r#"[{"op":"add","path":"/driver_info/ipmi_password","value":"calvin-99"},{"op":"add","path":"/extra/rack","value":"rack-number-7"}]"#;
    let known = secrets(
        "PATCH",
        "/v1/nodes/n",
        &[("authorization", "Basic bGFiOmxhYnBhc3M=")],
        patch,
    );
    assert_eq!(
        known.mask("calvin-99 labpass bGFiOmxhYnBhc3M= rack-number-7"),
        "[redacted] [redacted] [redacted] rack-number-7"
    );
}

#[test]
fn what_holds_too_many_secrets_is_withheld() {
    let drive = "user: someone-else\n".repeat(10_000);
    let body = serde_json::json!({"target": "active", "configdrive": {"user_data": drive}});
    let known = secrets(
        "PUT",
        "/v1/nodes/n/states/provision",
        &[],
        &body.to_string(),
    );
    assert!(known.withhold_everything());
    assert_eq!(known.mask("nothing of that"), MARKER);
}

#[test]
fn masking_twice_changes_nothing() {
    let known = secrets(
        "PUT",
        "/v1/nodes/n/states/provision",
        &[],
        r#"{"target":"rescue","rescue_password":"redact"}"#,
    );
    let once = known.mask("a redact b").into_owned();
    assert_eq!(once, "a [redacted] b");
}

#[test]
fn debug_shows_no_secret() {
    let known = secrets(
        "PUT",
        "/v1/nodes/n/states/provision",
        &[],
        r#"{"target":"rescue","rescue_password":"s3cr3t-word"}"#,
    );
    assert!(!format!("{known:?}").contains("s3cr3t"));
}

#[test]
fn credentials_in_urls_of_a_body_are_known() {
    let body = r#"{"driver":"redfish","driver_info":{"redfish_address":"https://root:bmc-word-1@10.0.0.4/x"},
        "instance_info":{"image_source":"http://swift/v1/a/c/o?temp_url_sig=5f2b8d9c0a1e&temp_url_expires=7"}}"#;
    let known = secrets(
        "POST",
        "/v1/nodes",
        &[("x-account-meta-temp-url-key", "temp-key-77")],
        body,
    );
    assert_eq!(
        known.mask("bmc-word-1 5f2b8d9c0a1e temp-key-77"),
        "[redacted] [redacted] [redacted]"
    );
}

#[test]
fn credentials_in_a_query_are_known() {
    let query = Some("token=in%2Dquery-9&limit=ten-and-some");
    let known = KnownSecrets::of_request(None, &HeaderMap::new(), query);
    assert_eq!(
        known.mask("in%2Dquery-9 in-query-9 ten-and-some"),
        "[redacted] [redacted] ten-and-some"
    );
}
