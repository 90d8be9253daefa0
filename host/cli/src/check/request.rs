//! Requests to judge, as they are written down in files.

use std::collections::BTreeMap;

use anyhow::Context;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use portcullis::driver::Known;
use portcullis::json::Document;
use portcullis::request::{Caller, Request, RequestId};
use serde::Deserialize;
use serde_json::value::RawValue;

/// One request to judge, and what it is about as far as that is given.
pub struct Asked {
    /// The request.
    pub request: Request,
    /// What Ironic would show.
    pub known: Known,
}

/// A request as it is written down. The body stays as it was written: whether a key is there
/// twice is for the gate to see.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written<'a> {
    method: String,
    path: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default, borrow)]
    body: Option<&'a RawValue>,
    #[serde(default, borrow)]
    node: Option<&'a RawValue>,
    #[serde(default, borrow)]
    port: Option<&'a RawValue>,
    #[serde(default, borrow)]
    portgroup: Option<&'a RawValue>,
    #[serde(default, borrow)]
    ports: Option<&'a RawValue>,
    /// Whatever else the path names, as it is before the request.
    #[serde(default, borrow)]
    resource: Option<&'a RawValue>,
    #[serde(default)]
    caller: WrittenCaller,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WrittenCaller {
    project_id: Option<String>,
    user_id: Option<String>,
    roles: Vec<String>,
}

/// The requests in a text: one object, an array of them, or any number one after the other. The
/// first error is the last item.
pub fn asked(text: &str) -> impl Iterator<Item = anyhow::Result<Asked>> {
    let values = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    values.flat_map(
        |value| match value.map_err(anyhow::Error::from).and_then(requests) {
            Ok(written) => written
                .into_iter()
                .map(|written| one(written.get()))
                .collect(),
            Err(error) => vec![Err(error)],
        },
    )
}

fn requests(value: &RawValue) -> anyhow::Result<Vec<&RawValue>> {
    if value.get().starts_with('[') {
        Ok(serde_json::from_str(value.get())?)
    } else {
        Ok(vec![value])
    }
}

fn one(text: &str) -> anyhow::Result<Asked> {
    let written: Written<'_> = serde_json::from_str(text)?;
    let known = |name: &'static str, written: Option<&RawValue>| {
        let read =
            written.map(|text| Document::read(Bytes::copy_from_slice(text.get().as_bytes())));
        read.transpose()
            .with_context(|| format!("reading `{name}`"))
    };
    let known = Known {
        node: known("node", written.node)?,
        port: known("port", written.port)?,
        portgroup: known("portgroup", written.portgroup)?,
        ports: known("ports", written.ports)?,
        other: known("resource", written.resource)?,
    };
    let request = Request {
        id: RequestId::generate(),
        method: Method::from_bytes(written.method.as_bytes()).context("reading `method`")?,
        target: written.path.parse().context("reading `path`")?,
        headers: headers(&written.headers)?,
        caller: Caller {
            project_id: written.caller.project_id,
            user_id: written.caller.user_id,
            roles: written.caller.roles,
        },
        body: written.body.map(body).transpose()?.unwrap_or_default(),
    };
    Ok(Asked { request, known })
}

fn headers(written: &BTreeMap<String, String>) -> anyhow::Result<HeaderMap> {
    let mut headers = HeaderMap::with_capacity(written.len());
    for (name, value) in written {
        // The value is not shown: it may be a token.
        let name: HeaderName = name
            .parse()
            .with_context(|| format!("reading the name of header `{name}`"))?;
        let value = HeaderValue::from_str(value)
            .with_context(|| format!("reading the value of header `{name}`"))?;
        headers.append(name, value);
    }
    Ok(headers)
}

/// A string is the text of the body; anything else is the body itself.
fn body(written: &RawValue) -> anyhow::Result<Bytes> {
    match written.get() {
        "null" => Ok(Bytes::new()),
        text if text.starts_with('"') => Ok(serde_json::from_str::<String>(text)
            .context("reading `body`")?
            .into()),
        json => Ok(Bytes::copy_from_slice(json.as_bytes())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = r#"{"method": "PUT", "path": "/v1/nodes/x/states/power?a=b",
        "headers": {"X-OpenStack-Ironic-API-Version": "1.80"},
        "body": {"target": "power on", "target": 1}, "caller": {"roles": ["admin"]}, "node": {"name": "x"}}"#;

    #[test]
    fn a_request_is_taken_as_it_was_written() {
        let asked = asked(ONE).next().unwrap().unwrap();
        assert_eq!(asked.request.method, Method::PUT);
        assert_eq!(asked.request.target, "/v1/nodes/x/states/power?a=b");
        assert_eq!(
            asked.request.headers["x-openstack-ironic-api-version"],
            "1.80"
        );
        assert_eq!(asked.request.body, r#"{"target": "power on", "target": 1}"#);
        assert_eq!(asked.request.caller.roles, ["admin"]);
        assert_eq!(asked.known.node.unwrap().text(), r#"{"name": "x"}"#);
    }

    #[test]
    fn requests_come_one_by_one_in_arrays_or_in_lines() {
        let check = |text: &str, bodies: &[&str]| {
            let found: Vec<_> = asked(text)
                .map(|asked| asked.unwrap().request.body)
                .collect();
            assert_eq!(found, bodies, "{text}");
        };
        let request =
            |body: &str| format!(r#"{{"method": "PUT", "path": "/v1/nodes", "body": {body}}}"#);
        check("", &[]);
        check(&request("null"), &[""]);
        check(&request(r#""{\"a\":1}""#), &[r#"{"a":1}"#]);
        check(
            &format!("[{}, {}]", request("1"), request("2")),
            &["1", "2"],
        );
        check(
            &format!("{}\n{}\n\n{}", request("1"), request("2"), request("3")),
            &["1", "2", "3"],
        );
    }

    #[test]
    fn what_is_no_request_is_an_error() {
        let check = |text: &str, expected: &str| {
            let errors: Vec<_> = asked(text)
                .filter_map(Result::err)
                .map(|error| format!("{error:#}"))
                .collect();
            assert!(
                errors.len() == 1 && errors[0].starts_with(expected),
                "{text}: {errors:?}"
            );
        };
        check("{", "EOF while parsing");
        check("{}", "missing field `method`");
        check(
            r#"{"method": "PUT", "path": "/", "boddy": 1}"#,
            "unknown field `boddy`",
        );
        check(r#"{"method": "P T", "path": "/"}"#, "reading `method`");
        check(
            r#"{"method": "PUT", "path": "/", "headers": {"a": "\n"}}"#,
            "reading the value of header `a`",
        );
        check(
            r#"{"method": "PUT", "path": "/", "node": {"a": 1, "a": 2}}"#,
            "reading `node`",
        );
    }
}
