//! Where the service catalogue of a token says that Ironic is.
//!
//! The choice is that of OpenStack clients: the service by its type or a former name of it, the
//! first of the wanted interfaces that there is, and the first endpoint of the region. Source:
//! keystoneauth, `access/service_catalog.py`.

use http::Uri;
use serde::Deserialize;

use super::AuthError;
use crate::credentials::{CatalogueQuery, plain_url};

/// A service, as the catalogue shows it.
#[derive(Deserialize)]
pub(super) struct Service {
    #[serde(rename = "type")]
    kind: Option<String>,
    name: Option<String>,
    #[serde(default)]
    endpoints: Vec<Endpoint>,
}

#[derive(Deserialize)]
struct Endpoint {
    interface: Option<String>,
    region_id: Option<String>,
    region: Option<String>,
    url: Option<String>,
}

/// Base of all Ironic's paths.
pub(super) fn find(catalogue: &[Service], query: &CatalogueQuery) -> Result<Uri, AuthError> {
    let of_type = |kind: &&str| endpoints_of(catalogue, kind, query);
    let endpoints = types_of(&query.service_type)
        .iter()
        .map(of_type)
        .find(|endpoints| !endpoints.is_empty())
        .unwrap_or_default();
    let found = query.interfaces.iter().find_map(|wanted| {
        let mut fitting = endpoints.iter();
        fitting.find(|endpoint| endpoint.interface.as_deref() == Some(normal(wanted)))
    });
    let url = found.and_then(|endpoint| endpoint.url.as_deref());
    base_of(url.ok_or_else(|| not_there(query))?).ok_or(AuthError::EndpointUrl)
}

/// The type itself, then what it was called before. Source: service-types authority.
fn types_of(wanted: &str) -> Vec<&str> {
    if wanted == "baremetal" {
        vec![wanted, "bare-metal"]
    } else {
        vec![wanted]
    }
}

/// Endpoints of the services of one type that fit but for their order of preference.
fn endpoints_of<'a>(
    catalogue: &'a [Service],
    kind: &str,
    query: &CatalogueQuery,
) -> Vec<&'a Endpoint> {
    let is_named = |service: &Service| match (&query.service_name, &service.name) {
        (Some(wanted), Some(name)) => wanted == name,
        (None, _) | (_, None) => true,
    };
    let fits = |endpoint: &&Endpoint| {
        let interface = endpoint.interface.as_deref();
        let region = (endpoint.region_id.as_deref())
            .filter(|id| !id.is_empty())
            .or(endpoint.region.as_deref());
        let mut wanted = query.interfaces.iter();
        wanted.any(|wanted| Some(normal(wanted)) == interface)
            && (query.region.is_none() || query.region.as_deref() == region)
            && endpoint.url.as_deref().is_some_and(|url| !url.is_empty())
    };
    let services = catalogue
        .iter()
        .filter(|service| service.kind.as_deref() == Some(kind) && is_named(service));
    services
        .flat_map(|service| &service.endpoints)
        .filter(fits)
        .collect()
}

/// Version 2 of the Identity API called the `public` interface `publicURL`.
fn normal(interface: &str) -> &str {
    interface.strip_suffix("URL").unwrap_or(interface)
}

/// Endpoints are written with or without the version, which our paths bring along.
pub(crate) fn base_of(url: &str) -> Option<Uri> {
    let url = url.trim_end_matches('/');
    plain_url(url.strip_suffix("/v1").unwrap_or(url))
}

fn not_there(query: &CatalogueQuery) -> AuthError {
    let quoted = |text: &String| format!("`{}`", text.escape_debug());
    let interfaces: Vec<String> = query.interfaces.iter().map(quoted).collect();
    AuthError::NoEndpoint {
        service: query.service_type.escape_debug().to_string(),
        interfaces: interfaces.join(" or "),
        region: match &query.region {
            Some(region) => format!("region {}", quoted(region)),
            None => String::from("any region"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CATALOGUE: &str = r#"[
        {"type": "compute", "name": "nova", "endpoints": [
            {"interface": "public", "region_id": "one", "region": "one", "url": "http://nova"}]},
        {"type": "bare-metal", "name": "old", "endpoints": [
            {"interface": "public", "region_id": "one", "url": "http://former:6385/v1"}]},
        {"type": "baremetal", "name": "ironic", "endpoints": [
            {"interface": "internal", "region_id": "one", "url": "http://internal-one:6385/"},
            {"interface": "public", "region_id": "one", "url": "https://public-one/baremetal"},
            {"interface": "public", "region_id": "", "region": "two", "url": "https://public-two/v1/"},
            {"interface": "admin", "region_id": "one", "url": ""},
            {"interface": "other", "region_id": "one", "url": "ftp://x"},
            {"interface": null, "url": null}]},
        {"name": "no type"}]"#;

    fn check(query: CatalogueQuery, expected: &str) {
        let catalogue: Vec<Service> = serde_json::from_str(CATALOGUE).unwrap();
        let found = match find(&catalogue, &query) {
            Ok(url) => url.to_string(),
            Err(error) => error.to_string(),
        };
        assert_eq!(found, expected, "{query:?}");
    }

    fn query(interfaces: &[&str], region: Option<&str>) -> CatalogueQuery {
        CatalogueQuery {
            interfaces: interfaces.iter().map(|&text| text.into()).collect(),
            region: region.map(String::from),
            ..CatalogueQuery::default()
        }
    }

    #[test]
    fn the_endpoint_is_found_as_clients_find_it() {
        check(CatalogueQuery::default(), "https://public-one/baremetal");
        check(query(&["publicURL"], None), "https://public-one/baremetal");
        check(query(&["public"], Some("two")), "https://public-two/");
        check(
            query(&["internal", "public"], None),
            "http://internal-one:6385/",
        );
        check(
            query(&["internal", "public"], Some("two")),
            "https://public-two/",
        );
        let typed = |service_type: &str, service_name: Option<&str>| CatalogueQuery {
            service_type: service_type.into(),
            service_name: service_name.map(String::from),
            ..CatalogueQuery::default()
        };
        check(typed("bare-metal", None), "http://former:6385/");
        check(typed("baremetal", Some("old")), "http://former:6385/");
        check(
            typed("baremetal", Some("ironic")),
            "https://public-one/baremetal",
        );
    }

    #[test]
    fn what_is_not_in_the_catalogue_is_named() {
        let nothing = |what: &str| {
            format!(
                "the service catalogue has no endpoint for service {what}, expected one, or \
                 `ironic.url` in the configuration"
            )
        };
        let (admin, any) = ("`baremetal`, interface `admin`", "any region");
        check(
            query(&["admin"], None),
            &nothing(&format!("{admin} and {any}")),
        );
        let public = "`baremetal`, interface `public`";
        check(
            query(&["public"], Some("three")),
            &nothing(&format!("{public} and region `three`")),
        );
        check(
            query(&["other"], None),
            "the service catalogue's endpoint for Ironic is no `http` or `https` address without \
             user and query",
        );
    }
}
