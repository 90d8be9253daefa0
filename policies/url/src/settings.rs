//! Settings, and what of them a schema cannot check.

use crate::fields::Audience;
use crate::judgement::Accepted;
use crate::judgement::pattern::Pattern;
use portcullis_guest::{Pointer, SettingsProblem, Severities, problem};
use serde::Deserialize;
use serde_json::Value as Json;

/// Settings; the README lists them.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    images: Limits,
    bmc: Limits,
    callbacks: Limits,
    pub(crate) severity: Severities,
}

/// Where URLs of one kind may lead.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Limits {
    schemes: Option<Vec<String>>,
    hosts: Vec<String>,
    /// Numbers, and ranges as `8000-8999`. Read by hand: an untagged enum would make the guest a
    /// tenth larger.
    ports: Option<Vec<Json>>,
}

/// Ports of URLs that name one: the web's, and those that need no privilege to listen on.
const PORTS: [(u16, u16); 3] = [(80, 80), (443, 443), (1024, u16::MAX)];

impl Settings {
    /// What is admitted for URLs of a kind.
    pub(crate) fn admitted(&self, audience: Audience) -> Accepted<'_> {
        let (limits, schemes): (_, &[&str]) = match audience {
            Audience::Images => (&self.images, &["https", "http", "oci"]),
            Audience::Bmc => (&self.bmc, &["https", "http"]),
            Audience::Callbacks => (&self.callbacks, &["https", "http"]),
        };
        Accepted {
            schemes: match &limits.schemes {
                Some(schemes) => schemes.iter().map(String::as_str).collect(),
                None => schemes.to_vec(),
            },
            hosts: limits
                .hosts
                .iter()
                .filter_map(|host| Pattern::parse(host))
                .collect(),
            ports: match &limits.ports {
                Some(ports) => ports.iter().filter_map(range).collect(),
                None => PORTS.to_vec(),
            },
        }
    }
}

/// A range of ports.
fn range(ports: &Json) -> Option<(u16, u16)> {
    let range = match ports {
        Json::Number(port) => {
            let port = u16::try_from(port.as_u64()?).ok()?;
            (port, port)
        }
        Json::String(text) => {
            let (first, last) = text.split_once('-')?;
            (first.parse().ok()?, last.parse().ok()?)
        }
        _ => return None,
    };
    (range.0 <= range.1).then_some(range)
}

/// Finds what the schema lets through.
pub(crate) fn check(settings: &Settings) -> Vec<SettingsProblem> {
    let mut problems = Vec::new();
    let kinds = [
        ("images", &settings.images),
        ("bmc", &settings.bmc),
        ("callbacks", &settings.callbacks),
    ];
    for (kind, limits) in kinds {
        let place = Pointer::root().key(kind);
        // A list of which one entry was dropped would admit less or, once it is empty, far more.
        for (index, host) in limits.hosts.iter().enumerate() {
            if Pattern::parse(host).is_none() {
                let message = "no host, expected a name, `*.` and a domain, an address or a \
                               network such as `10.0.0.0/8`, names and addresses perhaps with a \
                               port behind a colon";
                problems.push(problem(place.key("hosts").index(index), message));
            }
        }
        for (index, ports) in limits.ports.iter().flatten().enumerate() {
            if range(ports).is_none() {
                let message = "no port nor range of ports, expected a number up to 65535, or two as \
                               `8000-8999`";
                problems.push(problem(place.key("ports").index(index), message));
            }
        }
        for (index, scheme) in limits.schemes.iter().flatten().enumerate() {
            if scheme == "file" {
                let message = "`file` is never admitted, expected a scheme of the network";
                problems.push(problem(place.key("schemes").index(index), message));
            }
        }
    }
    problems
}
