//! Whole requests: reading one and holding it against the rules ends in an error that a client can
//! be shown, or in an operation that every bundled policy has a verdict on.

use std::error::Error;
use std::sync::LazyLock;

use http::{HeaderMap, HeaderName, HeaderValue};
use portcullis::json::Document;
use portcullis::operation::{self, MAX_PATCH_OPERATIONS, Operation, OperationError, Route, Rules};
use portcullis::request::{Caller, Request, RequestId};

use crate::policies;

/// What patches are for: a thing that has something of everything.
pub(crate) const CURRENT: &str = include_str!("current.json");

/// The rules, with everything open.
static RULES: LazyLock<Rules> = LazyLock::new(|| {
    let everything = "*".parse().expect("a pattern");
    Rules::new(&[everything], MAX_PATCH_OPERATIONS).expect("schemas")
});

/// A request as HTTP writes it: method and target, headers, an empty line, the body.
///
/// # Panics
/// When an error is none that a client can be shown, or what passes cannot be looked at.
pub fn check(data: &[u8]) {
    let Some(request) = read(data) else { return };
    if let Err(error) = judge(&request) {
        check_error(&error);
    }
}

fn judge(request: &Request) -> Result<(), OperationError> {
    let Route::Write(route) = operation::route(&request.method, &request.target)? else {
        return Ok(());
    };
    let mut operation = Operation::read(route, request)?;
    let name = operation.name();
    let is_plain = |c: char| c.is_ascii_lowercase() || matches!(c, '.' | '-' | '_');
    assert!(name.chars().all(is_plain), "{name:?}");
    RULES.check(&mut operation)?;
    let current = Document::read(CURRENT.into())?;
    let patched = RULES.patched(&operation, &current)?;
    assert_eq!(operation.patch().is_some(), patched.is_some());
    policies::check(request, &operation, patched);
    Ok(())
}

/// The request, if it is one that HTTP could have carried.
fn read(data: &[u8]) -> Option<Request> {
    let end = data.windows(2).position(|pair| pair == b"\n\n")?;
    let head = std::str::from_utf8(data.get(..end)?).ok()?;
    let body = data.get(end + 2..)?;
    let mut lines = head.lines();
    let (method, target) = lines.next()?.split_once(' ')?;
    let mut headers = HeaderMap::new();
    for line in lines {
        let (name, value) = line.split_once(':')?;
        let name: HeaderName = name.parse().ok()?;
        headers.append(name, HeaderValue::from_str(value.trim()).ok()?);
    }
    Some(Request {
        id: RequestId::generate(),
        method: method.parse().ok()?,
        target: target.parse().ok()?,
        headers,
        caller: Caller::default(),
        body: bytes::Bytes::copy_from_slice(body),
    })
}

fn check_error(error: &OperationError) {
    let mut cause: Option<&dyn Error> = Some(error);
    while let Some(error) = cause {
        let shown = error.to_string();
        assert!(!shown.contains(char::is_control), "{shown:?}");
        assert!(shown.len() < 16 << 10, "{} bytes", shown.len());
        cause = error.source();
    }
}
