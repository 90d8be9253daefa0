//! Requests to judge, without a gateway in front.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};
use portcullis::operation::{self, Operation, Route};
use portcullis::request::{Caller, Request, RequestId};

/// Microversion that requests ask for here.
pub const MICROVERSION: &str = "1.109";

/// A write; an empty `body` stands for none.
///
/// # Panics
/// When method or target are none.
pub fn request(method: &str, target: &str, body: &str) -> Request {
    let mut headers = HeaderMap::new();
    let version = HeaderValue::from_static(MICROVERSION);
    headers.insert("x-openstack-ironic-api-version", version);
    Request {
        id: RequestId::generate(),
        method: Method::from_bytes(method.as_bytes()).expect("a method"),
        target: target.parse().expect("a path"),
        headers,
        caller: Caller::default(),
        body: Bytes::copy_from_slice(body.as_bytes()),
    }
}

/// A request to enrol a node: a write for which no node has to be read.
pub fn enrolment() -> Request {
    request(
        "POST",
        "/v1/nodes",
        r#"{"name":"rack1-u7","driver":"ipmi"}"#,
    )
}

/// What a write asks for.
///
/// # Panics
/// When it is a read, or cannot be read.
pub fn operation(request: &Request) -> Operation {
    match operation::route(&request.method, &request.target) {
        Ok(Route::Write(route)) => Operation::read(route, request).expect("a write that is read"),
        other => panic!("{} {}: {other:?}", request.method, request.target),
    }
}

/// A deadline that no test should meet.
pub fn ample() -> Instant {
    Instant::now() + Duration::from_secs(30)
}
