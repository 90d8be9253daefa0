//! Headers and paths on their way through.

use http::header::{self, HeaderMap, HeaderName};

/// Headers that concern one connection only (RFC 9110, section 7.6.1, and what proxies have
/// always treated alike).
const HOP_BY_HOP: [HeaderName; 9] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// Headers without which a request means something else; a client cannot have them dropped by
/// naming them in `Connection`.
const KEPT: [HeaderName; 3] = [header::HOST, header::CONTENT_LENGTH, header::CONTENT_TYPE];

/// Removes what concerns one connection only.
pub(super) fn drop_hop_by_hop(headers: &mut HeaderMap) {
    let named = named_in_connection(headers);
    for name in HOP_BY_HOP.iter().chain(&named) {
        headers.remove(name);
    }
}

fn named_in_connection(headers: &HeaderMap) -> Vec<HeaderName> {
    let values = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let names = values
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok());
    names
        .filter(|name| !KEPT.contains(name) && !is_credential(name))
        .collect()
}

/// Dropping a credential could turn one caller into another.
fn is_credential(name: &HeaderName) -> bool {
    name == header::AUTHORIZATION
        || name.as_str().contains("token")
        || name.as_str().contains("api-version")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_concerns_one_connection_is_dropped() {
        let pairs = [
            (
                "connection",
                "keep-alive, X-Hop, authorization, host, x-openstack-ironic-api-version",
            ),
            ("keep-alive", "timeout=5"),
            ("x-hop", "1"),
            ("x-end", "2"),
            ("te", "trailers"),
            ("host", "gw"),
            ("authorization", "Basic x"),
            ("x-openstack-ironic-api-version", "1.80"),
            ("transfer-encoding", "chunked"),
        ];
        let mut headers: HeaderMap = pairs
            .iter()
            .map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap()))
            .collect();
        drop_hop_by_hop(&mut headers);
        let mut left: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        left.sort_unstable();
        assert_eq!(
            left,
            [
                "authorization",
                "host",
                "x-end",
                "x-openstack-ironic-api-version"
            ]
        );
    }
}
