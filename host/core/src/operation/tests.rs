//! Tests of routes, versions and the reading of whole requests.

use bytes::Bytes;

use super::*;
use crate::request::{Caller, RequestId};

fn request(method: &str, target: &str, headers: &[(&'static str, &str)], body: &str) -> Request {
    let headers = headers
        .iter()
        .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
    Request {
        id: RequestId::generate(),
        method: method.parse().unwrap(),
        target: target.parse().unwrap(),
        headers: headers.collect(),
        caller: Caller::default(),
        body: Bytes::copy_from_slice(body.as_bytes()),
    }
}

fn read(request: &Request) -> Result<Option<Operation>, OperationError> {
    match route(&request.method, &request.target)? {
        Route::Read => Ok(None),
        Route::Write(route) => Operation::read(route, request).map(Some),
    }
}

#[test]
fn requests_are_named() {
    let check = |method: &str, target: &str, body: &str, expected: &str, node: Option<&str>| {
        let operation = read(&request(method, target, &[], body)).unwrap();
        let operation = operation.as_ref();
        assert_eq!(
            operation.map_or("read", |o| o.name()),
            expected,
            "{method} {target} {body}"
        );
        assert_eq!(operation.and_then(|o| o.node()), node, "{method} {target}");
    };
    check("GET", "/", "", "read", None);
    check("GET", "/v1/nodes?fields=uuid", "", "read", None);
    check("GET", "/v1/nodes/n1", "", "read", None);
    check("POST", "/v1/nodes", "{}", "node.create", None);
    check("PATCH", "/v1/nodes/n1", "[]", "node.update", Some("n1"));
    check("PATCH", "/nodes/n1/", "[]", "node.update", Some("n1"));
    check(
        "PUT",
        "/v1/%6eodes/n%31/states/provision",
        r#"{"target":"active"}"#,
        "node.provision.active",
        Some("n1"),
    );
    check(
        "PUT",
        "/v1/nodes/n1/states/provision",
        r#"{"target":"deploy"}"#,
        "node.provision.active",
        Some("n1"),
    );
    check(
        "PUT",
        "/v1/nodes/n1/states/provision",
        r#"{"target":"undeploy"}"#,
        "node.provision.deleted",
        Some("n1"),
    );
    check(
        "PUT",
        "/v1/nodes/n1/states/provision.json",
        r#"{"target":"clean"}"#,
        "node.provision.clean",
        Some("n1"),
    );
    check(
        "PUT",
        "/v1/nodes/n1/states/provision",
        r#"{"target":7}"#,
        "node.provision.unknown",
        Some("n1"),
    );
    check(
        "PUT",
        "/v1/nodes/n1/states/provision",
        r#"{"target":"a.b"}"#,
        "node.provision.unknown",
        Some("n1"),
    );
    check(
        "PUT",
        "/v1/nodes/n1/states/provision",
        "",
        "node.provision.unknown",
        Some("n1"),
    );
    check(
        "DELETE",
        "/v1/nodes/n1/vifs/v1",
        "",
        "node.vif.detach",
        Some("n1"),
    );
    check(
        "PUT",
        "/v1/nodes/n1/states/console?enabled=true",
        "",
        "node.console",
        Some("n1"),
    );
    check(
        "GET",
        "/v1/nodes/n1/vendor_passthru/methods",
        "",
        "read",
        None,
    );
    check(
        "GET",
        "/v1/nodes/n1/vendor_passthru?method=x",
        "",
        "node.vendor-passthru",
        Some("n1"),
    );
    check(
        "GET",
        "/v1/drivers/d/vendor_passthru/x",
        "",
        "driver.vendor-passthru",
        None,
    );
    check("GET", "/v1/lookup?addresses=x", "", "ramdisk.lookup", None);
    check("POST", "/v1/no/such/thing", "{}", "other", None);
    check("DELETE", "/v1/nodes", "", "other", None);
}

#[test]
fn paths_that_can_be_resolved_in_two_ways_are_refused() {
    let check = |target: &str, expected: PathError| {
        let error = read(&request("PUT", target, &[], "")).unwrap_err();
        assert!(
            matches!(error, OperationError::Path(found) if found == expected),
            "{target}: {error:?}"
        );
    };
    check("//v1/nodes", PathError::Segment);
    check("/v1//nodes", PathError::Segment);
    check("/v1/nodes/..", PathError::Segment);
    check("/v1/nodes/%2e%2e/x", PathError::Segment);
    check("/v1/nodes/a%2Fb", PathError::Character);
    check("/v1/nodes/a%5Cb", PathError::Character);
    check("/v1/nodes/a%0Ab", PathError::Character);
    check("/v1/nodes/%zz", PathError::Encoding);
    check("/v1/nodes/%ff", PathError::Encoding);
    check("/v1/nodes/n%2531", PathError::EncodedTwice);
    check("/v1/nodes/n1%25/maintenance", PathError::EncodedTwice);
}

/// `DELETE /v1/nodes/maintenance` with `{"node_ident": "n1"}` was the end of a node called
/// `maintenance` here, and the end of the maintenance of `n1` there.
#[test]
fn words_of_the_api_are_no_names() {
    let check = |method: &str, target: &str, expected: PathError| {
        let error = read(&request(method, target, &[], "")).unwrap_err();
        assert!(
            matches!(error, OperationError::Path(found) if found == expected),
            "{method} {target}: {error:?}"
        );
    };
    check("DELETE", "/v1/nodes/maintenance", PathError::Name);
    check("DELETE", "/nodes/maintenance/", PathError::Name);
    check("PATCH", "/v1/nodes/%73tates", PathError::Name);
    check("DELETE", "/v1/portgroups/ports", PathError::Name);
    check("DELETE", "/v1/chassis/nodes", PathError::Name);
    check("PUT", "/v1/nodes/detail/maintenance", PathError::Name);
    check("DELETE", "/v1/nodes/a%20b", PathError::Name);
    check("DELETE", "/v1/nodes/n1+", PathError::Name);
    check("DELETE", "/v1/nodes/n1;v=1", PathError::Name);
    check("DELETE", "/v1/nodes/n%C3%A9", PathError::Name);
    check("PATCH", "/v1/nodes/n1.json", PathError::Suffix);
    check("DELETE", "/v1/ports/p.json/", PathError::Suffix);
    check(
        "PUT",
        "/v1/nodes/n1/traits/CUSTOM_A.json",
        PathError::Suffix,
    );
}

/// Roads to a node that Ironic's framework opens and nobody takes: none of them is one of the
/// operations that policies are written for.
#[test]
fn detours_are_other_operations() {
    let check = |method: &str, target: &str| {
        let operation = read(&request(method, target, &[], "{}")).unwrap();
        assert_eq!(
            operation.map(|o| o.name().to_owned()).as_deref(),
            Some("other"),
            "{target}"
        );
    };
    check("PUT", "/v1/nodes/states/power");
    check("PUT", "/v1/nodes/maintenance");
    check("DELETE", "/v1/nodes");
    check("DELETE", "/v1/ports");
    check("PATCH", "/v1/nodes/n1/true");
    check("PUT", "/v1/chassis/nodes/maintenance");
    check("PUT", "/v1/chassis/c/nodes/n1/states/power");
    check("PUT", "/v1/nodes/n1/states/power/n2");
    check("POST", "/v1/nodes/n1/ports");
    check("PUT", "/v1/v1/nodes/n1/maintenance");
    check("PUT", "/V1/nodes/n1/maintenance");
    check("PUT", "/v1/nodes/n1/maintenance.json.json");
}

#[test]
fn both_version_headers_are_read() {
    const STANDARD: &str = "openstack-api-version";
    const LEGACY: &str = "x-openstack-ironic-api-version";
    let check = |headers: &[(&'static str, &str)], expected: Result<(u16, u16), ()>| {
        let operation = read(&request("POST", "/v1/nodes", headers, "{}"));
        let found = operation
            .map(|o| o.unwrap().microversion())
            .map(|v| (v.major, v.minor))
            .map_err(drop);
        assert_eq!(found, expected, "{headers:?}");
    };
    check(&[], Ok((1, 1)));
    check(&[(STANDARD, "baremetal 1.109")], Ok((1, 109)));
    check(&[(STANDARD, "compute 2.90, baremetal 1.80")], Ok((1, 80)));
    check(&[(STANDARD, "compute 2.90")], Ok((1, 1)));
    check(&[(LEGACY, "latest")], Ok((1, 115)));
    check(
        &[(STANDARD, "baremetal 1.80"), (LEGACY, "1.80")],
        Ok((1, 80)),
    );
    check(&[(STANDARD, "baremetal 1.80"), (LEGACY, "1.81")], Err(()));
    check(&[(LEGACY, "1.80"), (LEGACY, "1.81")], Err(()));
    check(&[(LEGACY, "abc")], Err(()));
    check(&[(LEGACY, "1.+5")], Err(()));
    check(&[(STANDARD, "baremetal 1.80, baremetal 1.81")], Err(()));
    check(&[(STANDARD, "baremetal")], Err(()));
}

#[test]
fn arguments_in_the_query_of_a_write_are_refused() {
    let check = |method: &str, target: &str, accepted: bool| {
        assert_eq!(
            read(&request(method, target, &[], "")).is_ok(),
            accepted,
            "{method} {target}"
        );
    };
    check(
        "PUT",
        "/v1/nodes/n1/states/provision?target=rescue&rescue_password=x",
        false,
    );
    check("PUT", "/v1/nodes/n1/states/provision?", true);
    check("PUT", "/v1/nodes/n1/states/power?target=power%20off", false);
    check("PUT", "/v1/nodes/n1/states/console?enabled=true", true);
    check(
        "PUT",
        "/v1/nodes/n1/states/console?enabled=true&enabled=false",
        false,
    );
    check("PUT", "/v1/nodes/n1/states/console?enabled=%zz", false);
}

/// `POWER /v1/nodes/n1/states` was some operation here, and `node.power` there.
#[test]
fn methods_that_ironic_does_not_have_are_refused() {
    let check = |method: &str| {
        let error = route(
            &method.parse().unwrap(),
            &"/v1/nodes/n1/states".parse().unwrap(),
        );
        assert!(
            matches!(error, Err(OperationError::Method)),
            "{method}: {error:?}"
        );
    };
    for method in [
        "POWER",
        "PROVISION",
        "TRACE",
        "CONNECT",
        "PURGE",
        "put",
        "Delete",
    ] {
        check(method);
    }
}

/// `GET /v1/inspection_rules?_method=post` was a read here and made a rule there.
#[test]
fn a_query_cannot_make_another_method_of_a_request() {
    let check = |method: &str, target: &str, refused: bool| {
        let error = route(&method.parse().unwrap(), &target.parse().unwrap()).err();
        assert_eq!(
            matches!(error, Some(OperationError::MethodInQuery)),
            refused,
            "{method} {target}: {error:?}"
        );
    };
    check("GET", "/v1/inspection_rules?_method=post", true);
    check("HEAD", "/v1/nodes/n1?fields=uuid&_method=delete", true);
    check("OPTIONS", "/v1/nodes/n1?%5Fm%65thod=delete", true);
    check("GET", "/v1/events?a;_method=post", true);
    check("GET", "/v1/events?_method", true);
    check(
        "PUT",
        "/v1/nodes/n1/states/console?enabled=true&_method=delete",
        true,
    );
    check("POST", "/v1/no/such/thing?_method=patch", true);
    check(
        "GET",
        "/v1/nodes?fields=_method&x_method=1&_method%20=1",
        false,
    );
}

#[test]
fn a_header_cannot_make_another_method_of_a_request() {
    let check = |header: &'static str, refused: bool| {
        let request = request("POST", "/v1/events", &[(header, "DELETE")], "{}");
        let error = read(&request).err();
        assert_eq!(
            matches!(error, Some(OperationError::MethodInHeader { .. })),
            refused,
            "{header}: {error:?}"
        );
    };
    check("X-HTTP-Method-Override", true);
    check("x-http-method", true);
    check("X-Method-Override", true);
    check("X-Method", false);
}

#[test]
fn a_body_cannot_be_a_form() {
    let check = |kind: &str, body: &str, refused: bool| {
        let error = read(&request(
            "POST",
            "/v1/events",
            &[("content-type", kind)],
            body,
        ))
        .err();
        assert_eq!(
            matches!(error, Some(OperationError::Form)),
            refused,
            "{kind} {body}: {error:?}"
        );
    };
    let both = r#"{"a&_method=delete&b":1}"#;
    check("application/x-www-form-urlencoded", both, true);
    check(
        "Application/X-WWW-Form-Urlencoded; charset=utf-8",
        both,
        true,
    );
    check("multipart/form-data; boundary=x", both, true);
    check("application/x-www-form-urlencoded", "", false);
    check("application/json", both, false);
    check("text/plain", both, false);
}

#[test]
fn bodies_have_a_limit_by_route() {
    let check = |target: &str, bytes: usize, accepted: bool| {
        let body = format!("\"{}\"", "x".repeat(bytes - 2));
        let error = read(&request("PUT", target, &[], &body)).err();
        assert_eq!(error.is_none(), accepted, "{target} {bytes}: {error:?}");
        assert!(error.is_none_or(|error| error.is_too_large()));
    };
    check("/v1/nodes/n1/states/power", 1 << 20, true);
    check("/v1/nodes/n1/states/power", (1 << 20) + 1, false);
    check("/v1/nodes/n1/states/provision", 64 << 20, true);
    check("/v1/nodes/n1/states/provision", (64 << 20) + 1, false);
}
