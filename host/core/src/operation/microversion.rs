//! The version of Ironic's API that a request asks for.

use std::fmt;
use std::str::FromStr;

use http::HeaderMap;

use super::single_header;

/// A version of the Ironic API, such as 1.109.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Microversion {
    /// Always 1 so far.
    pub major: u16,
    /// The part that moves.
    pub minor: u16,
}

impl Microversion {
    /// What Ironic assumes when a request names none.
    pub const DEFAULT: Self = Self { major: 1, minor: 1 };
    /// The newest version known here (Ironic 39); `latest` is read as this one.
    pub const NEWEST: Self = Self {
        major: 1,
        minor: 115,
    };
}

/// Version headers that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MicroversionError {
    /// Not a version.
    #[error(
        "header `{header}` holds no version, or several, expected one: `latest` or two numbers such as `1.109`"
    )]
    Form {
        /// Name of the header.
        header: &'static str,
    },
    /// Two headers, two versions. Ironic would follow one of them and a reader of the other
    /// would judge a different request.
    #[error(
        "headers `{STANDARD}` and `{LEGACY}` ask for different versions, expected the same in both"
    )]
    Disagreement,
}

const STANDARD: &str = "openstack-api-version";
const LEGACY: &str = "x-openstack-ironic-api-version";
/// Service types by which Ironic finds its own entry in the standard header.
const SERVICE: &str = "baremetal";

/// Reads both headers: the standard one (`OpenStack-API-Version: baremetal 1.109`, OpenStack API
/// special interest group) and Ironic's own (`X-OpenStack-Ironic-API-Version: 1.109`).
pub(super) fn from_headers(headers: &HeaderMap) -> Result<Microversion, MicroversionError> {
    let standard = standard(headers)?;
    let legacy = match single_header(headers, LEGACY) {
        Some(text) => Some(parse(text, LEGACY)?),
        None => None,
    };
    match (standard, legacy) {
        (Some(a), Some(b)) if a != b => Err(MicroversionError::Disagreement),
        (Some(version), _) | (None, Some(version)) => Ok(version),
        (None, None) => Ok(Microversion::DEFAULT),
    }
}

fn standard(headers: &HeaderMap) -> Result<Option<Microversion>, MicroversionError> {
    let mut found = None;
    for value in headers.get_all(STANDARD) {
        let text = value
            .to_str()
            .map_err(|_| MicroversionError::Form { header: STANDARD })?;
        for entry in text.split(',') {
            let mut words = entry.split_ascii_whitespace();
            if !words
                .next()
                .is_some_and(|service| service.eq_ignore_ascii_case(SERVICE))
            {
                continue;
            }
            let version = parse(words.next().ok_or(()), STANDARD)?;
            if words.next().is_some() || found.is_some_and(|known| known != version) {
                return Err(MicroversionError::Form { header: STANDARD });
            }
            found = Some(version);
        }
    }
    Ok(found)
}

fn parse(text: Result<&str, ()>, header: &'static str) -> Result<Microversion, MicroversionError> {
    text.and_then(|text| text.trim().parse())
        .map_err(|()| MicroversionError::Form { header })
}

impl FromStr for Microversion {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if text.eq_ignore_ascii_case("latest") {
            return Ok(Self::NEWEST);
        }
        let number = |text: &str| {
            let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            if plain {
                text.parse().map_err(drop)
            } else {
                Err(())
            }
        };
        let (major, minor) = text.split_once('.').ok_or(())?;
        Ok(Self {
            major: number(major)?,
            minor: number(minor)?,
        })
    }
}

impl fmt::Display for Microversion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}
