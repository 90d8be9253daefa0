//! Where Ironic is, and what goes before the path of every request to it.

use http::Uri;
use http::uri::{Authority, PathAndQuery, Scheme};

use super::DriverError;

/// Base of all addresses at one Ironic.
#[derive(Clone, Debug)]
pub(super) struct Place {
    scheme: Scheme,
    authority: Authority,
    prefix: String,
}

impl Place {
    /// A path in the address goes before that of every request.
    pub(super) fn at(url: Uri) -> Self {
        let parts = url.into_parts();
        Self {
            scheme: parts.scheme.unwrap_or(Scheme::HTTP),
            authority: parts
                .authority
                .unwrap_or(Authority::from_static("127.0.0.1")),
            prefix: parts
                .path_and_query
                .map(|path| path.path().trim_end_matches('/').to_owned())
                .unwrap_or_default(),
        }
    }

    /// Address of a target there.
    pub(super) fn uri(&self, target: Option<&PathAndQuery>) -> Result<Uri, DriverError> {
        let target = target.cloned().unwrap_or(PathAndQuery::from_static("/"));
        let path = if self.prefix.is_empty() {
            Ok(target)
        } else {
            format!("{}{target}", self.prefix)
                .parse()
                .map_err(|_| DriverError::Target)
        };
        let uri = Uri::builder()
            .scheme(self.scheme.clone())
            .authority(self.authority.clone());
        uri.path_and_query(path?)
            .build()
            .map_err(|_| DriverError::Target)
    }
}
