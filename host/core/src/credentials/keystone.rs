//! A login at Keystone: who, with what proof, and for which part of the cloud.
//!
//! Only what can be sent can be built: a name never stands without the domain it is unique in,
//! and there is one scope or none. Source: Identity API v3, "Authentication and token
//! management".

use http::Uri;
use http::uri::{PathAndQuery, Scheme};

use crate::secret::Secret;

/// Everything needed to get a token.
#[derive(Clone, Debug)]
pub struct KeystoneLogin {
    /// Keystone's version 3 API.
    pub url: KeystoneUrl,
    /// Who logs in.
    pub identity: Identity,
    /// What for.
    pub scope: Scope,
}

/// Who logs in, and what proves it.
#[derive(Clone, Debug)]
pub enum Identity {
    /// A user with a password.
    Password {
        /// Who.
        user: User,
        /// The proof.
        password: Secret<String>,
    },
    /// An application credential. It brings its own scope.
    ApplicationCredential {
        /// Which one.
        credential: ApplicationCredential,
        /// The proof.
        secret: Secret<String>,
    },
}

/// Names a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum User {
    /// By id.
    Id(String),
    /// By a name, unique within its domain.
    Name {
        /// The name.
        name: String,
        /// Its domain.
        domain: Domain,
    },
}

/// Names an application credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApplicationCredential {
    /// By id.
    Id(String),
    /// By a name, unique among those of its user.
    Name {
        /// The name.
        name: String,
        /// Its user.
        user: User,
    },
}

/// Names a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Domain {
    /// By id.
    Id(String),
    /// By name.
    Name(String),
}

/// Names a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Project {
    /// By id.
    Id(String),
    /// By a name, unique within its domain.
    Name {
        /// The name.
        name: String,
        /// Its domain.
        domain: Domain,
    },
}

/// What a token is good for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// What Keystone gives when nothing is asked for: the user's default project, the scope of
    /// the application credential, or nothing.
    Unspecified,
    /// One project.
    Project(Project),
    /// One domain.
    Domain(Domain),
    /// The whole deployment.
    System,
    /// What a trust of this id delegates.
    Trust(String),
}

/// Address of Keystone's version 3 API, without a slash at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeystoneUrl(Uri);

impl KeystoneUrl {
    /// What an `auth_url` leads to: itself when it ends with `v3`, else that below it, as
    /// OpenStack clients do. No discovery document is asked, since whoever answers it could send
    /// the password elsewhere.
    ///
    /// None when it is no `http` or `https` address with a host, has a user, password or query
    /// in it, or is one of version 2.
    pub fn parse(auth_url: &str) -> Option<Self> {
        let url: Uri = plain_url(auth_url)?;
        let path = url.path().trim_end_matches('/');
        if path.ends_with("/v2.0") {
            return None;
        }
        let path = if path.ends_with("v3") {
            path.to_owned()
        } else {
            format!("{path}/v3")
        };
        with_path(url, &path).map(Self)
    }

    /// Where tokens are made.
    pub fn tokens(&self) -> Option<Uri> {
        with_path(self.0.clone(), &format!("{}/auth/tokens", self.0.path()))
    }

    /// Whether TLS is spoken.
    pub fn is_https(&self) -> bool {
        self.0.scheme() == Some(&Scheme::HTTPS)
    }
}

impl std::fmt::Display for KeystoneUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

fn with_path(url: Uri, path: &str) -> Option<Uri> {
    let mut parts = url.into_parts();
    parts.path_and_query = Some(path.parse::<PathAndQuery>().ok()?);
    Uri::from_parts(parts).ok()
}

/// An `http` or `https` address with a host, and with neither user, password nor query.
pub(crate) fn plain_url(text: &str) -> Option<Uri> {
    let url: Uri = text.parse().ok()?;
    let is_http = [Some(&Scheme::HTTP), Some(&Scheme::HTTPS)].contains(&url.scheme());
    let is_plain = url.query().is_none() && !url.authority()?.as_str().contains('@');
    // A fragment does not survive parsing, and nobody means one.
    let has_host = url.host().is_some_and(|host| !host.is_empty());
    (is_http && is_plain && has_host && !text.contains('#')).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_auth_url_leads_to_version_3() {
        let check = |url: &str, expected: Option<&str>| {
            let tokens = KeystoneUrl::parse(url).and_then(|url| url.tokens());
            assert_eq!(
                tokens.map(|url| url.to_string()).as_deref(),
                expected,
                "{url}"
            );
        };
        let port = Some("https://k:5000/v3/auth/tokens");
        check("https://k:5000", port);
        check("https://k:5000/", port);
        check("https://k:5000/v3", port);
        check("https://k:5000/v3/", port);
        let path = Some("http://k/identity/v3/auth/tokens");
        check("http://k/identity", path);
        check("http://k/identity/v3", path);
        check(
            "http://[::1]:5000",
            Some("http://[::1]:5000/v3/auth/tokens"),
        );
        for none in [
            "",
            "k:5000",
            "/v3",
            "ftp://k/v3",
            "http://user:pass@k/v3",
            "http://k/v3?a=b",
            "http://k/v3#a",
            "http://k/v2.0",
            "http:///v3",
        ] {
            check(none, None);
        }
    }
}
