//! Who sent a request, as far as its headers tell.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use portcullis::request::Caller;

/// Reads who the caller is: from HTTP basic authentication, and from the identity headers where
/// the listener says that a proxy in front sets them.
///
/// Nothing is verified here: Ironic does that when the request arrives there. A header that is
/// there twice tells nothing.
pub fn caller(headers: &HeaderMap, identity_headers: bool) -> Caller {
    let user_id = basic_user(headers);
    if !identity_headers {
        return Caller {
            user_id,
            ..Caller::default()
        };
    }
    Caller {
        project_id: only(headers, "x-project-id").map(Into::into),
        user_id: only(headers, "x-user-id").map(Into::into).or(user_id),
        roles: only(headers, "x-roles").map(roles).unwrap_or_default(),
    }
}

fn basic_user(headers: &HeaderMap) -> Option<String> {
    let (scheme, encoded) = only(headers, AUTHORIZATION.as_str())?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = STANDARD.decode(encoded.trim()).ok()?;
    let (user, _) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
    Some(user.to_owned())
}

fn roles(header: &str) -> Vec<String> {
    header
        .split(',')
        .map(|role| role.trim().to_ascii_lowercase())
        .filter(|role| !role.is_empty())
        .collect()
}

fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok().filter(|value| !value.is_empty()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn check(headers: &[(&'static str, &'static str)], trusted: bool, expected: Caller) {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect();
        assert_eq!(caller(&headers, trusted), expected, "{headers:?}");
    }

    #[test]
    fn who_calls_is_read_from_what_may_be_believed() {
        let user = |user: &str| Caller {
            user_id: Some(user.into()),
            ..Caller::default()
        };
        // alice:secret:with:colons
        let alice = ("authorization", "Basic YWxpY2U6c2VjcmV0OndpdGg6Y29sb25z");
        check(&[alice], false, user("alice"));
        check(
            &[("authorization", "bAsIc YWxpY2U6c2VjcmV0OndpdGg6Y29sb25z")],
            false,
            user("alice"),
        );
        check(
            &[("authorization", "Bearer YWxpY2U6c2VjcmV0")],
            false,
            Caller::default(),
        );
        check(&[("authorization", "Basic !!!")], false, Caller::default());
        check(
            &[("authorization", "Basic YWxpY2U=")],
            false,
            Caller::default(),
        );

        let identity = [
            ("x-project-id", "p1"),
            ("x-user-id", "u1"),
            ("x-roles", "Admin, member,"),
        ];
        check(&identity, false, Caller::default());
        let known = Caller {
            project_id: Some("p1".into()),
            user_id: Some("u1".into()),
            roles: vec!["admin".into(), "member".into()],
        };
        check(&identity, true, known);
        check(&[alice], true, user("alice"));
        check(
            &[("x-project-id", "p1"), ("x-project-id", "p2")],
            true,
            Caller::default(),
        );
    }
}
