//! Paths: one that is accepted is the same path to whoever resolves it, however they do it.

use http::Method;
use http::uri::PathAndQuery;
use portcullis::operation::{self, Operation, Route};
use portcullis::request::{Caller, Request, RequestId};

use crate::text;

/// A line with a method, and a path with perhaps a query.
///
/// # Panics
/// When two readers of the path could reach two places.
pub fn check(data: &[u8]) {
    let Some((method, target)) = text::first_line(data) else {
        return;
    };
    let (Ok(method), Ok(target)) = (method.parse::<Method>(), target.parse::<PathAndQuery>())
    else {
        return;
    };
    let Ok(Route::Write(route)) = operation::route(&method, &target) else {
        return;
    };
    let request = Request {
        id: RequestId::generate(),
        method,
        target,
        headers: http::HeaderMap::new(),
        caller: Caller::default(),
        body: bytes::Bytes::new(),
    };
    let Ok(operation) = Operation::read(route, &request) else {
        return;
    };
    check_resolved(&operation, request.target.path());
    check_renamed(&operation, &request);
}

/// Compares with the WHATWG's reading, which resolves dots in any spelling and takes a backslash
/// for a slash.
fn check_resolved(operation: &Operation, path: &str) {
    let resolved = operation.path();
    assert!(!resolved.contains(['%', '\\']), "{resolved}");
    assert!(!resolved.chars().any(char::is_control), "{resolved:?}");
    let inner = resolved.strip_prefix("/v1/").expect("a version");
    let segments: Vec<&str> = inner.split_terminator('/').collect();
    assert!(
        segments
            .iter()
            .all(|part| !matches!(*part, "" | "." | ".."))
    );

    let theirs = url::Url::parse(&format!("http://ironic.example{path}")).expect("a URL");
    let theirs: Vec<String> = theirs
        .path_segments()
        .expect("segments")
        .map(decoded)
        .collect();
    let theirs: Vec<&str> = theirs.iter().map(String::as_str).collect();
    let bare = theirs.strip_suffix(&[""]).unwrap_or(&theirs);
    let bare = bare.strip_prefix(&["v1"]).unwrap_or(bare);
    assert_eq!(segments, bare, "{path}");
}

fn decoded(segment: &str) -> String {
    let decoded = percent_encoding::percent_decode_str(segment).decode_utf8();
    decoded.expect("UTF-8").into_owned()
}

/// A name that is replaced by a UUID leaves the operation as it is.
fn check_renamed(operation: &Operation, request: &Request) {
    const UUID: &str = "3d5e1b7a-62c4-4f0e-9a8d-0c1b2e3f4a5d";
    let Some(target) = operation.target_with_uuid(UUID, &request.target) else {
        return;
    };
    assert_eq!(target.query(), request.target.query());
    let route = operation::route(&request.method, &target).expect("a path that can be used");
    let Route::Write(route) = route else {
        panic!("`{target}` is a read");
    };
    let renamed = Operation::read(route, request).expect("an operation");
    assert_eq!(renamed.name(), operation.name(), "{target}");
    assert_eq!(renamed.node(), Some(UUID), "{target}");
}
