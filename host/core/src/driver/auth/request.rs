//! A login, as the Identity API wants it written.

use serde::Serialize;
use zeroize::Zeroizing;

use crate::credentials::{
    ApplicationCredential, Domain, Identity, KeystoneLogin, Project, Scope, User,
};

/// The body of the request for a token; none if it cannot be written, which no login leads to.
pub(super) fn body(login: &KeystoneLogin) -> Option<Zeroizing<Vec<u8>>> {
    let body = Body {
        auth: Auth {
            identity: Method::of(&login.identity),
            scope: ScopeBody::of(&login.scope),
        },
    };
    // Measured first: a vector that grows leaves copies behind that nobody wipes.
    let mut length = Length(0);
    serde_json::to_writer(&mut length, &body).ok()?;
    let mut written = Zeroizing::new(Vec::with_capacity(length.0));
    serde_json::to_writer(&mut *written, &body).ok()?;
    Some(written)
}

/// Counts what is written.
struct Length(usize);

impl std::io::Write for Length {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[derive(Serialize)]
struct Body<'a> {
    auth: Auth<'a>,
}

#[derive(Serialize)]
struct Auth<'a> {
    identity: Method<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<ScopeBody<'a>>,
}

#[derive(Serialize)]
struct Method<'a> {
    methods: [&'static str; 1],
    #[serde(flatten)]
    method: MethodBody<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum MethodBody<'a> {
    Password {
        user: UserBody<'a>,
    },
    ApplicationCredential {
        #[serde(flatten)]
        credential: Named<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        user: Option<UserBody<'a>>,
        secret: &'a str,
    },
}

#[derive(Serialize)]
struct UserBody<'a> {
    #[serde(flatten)]
    user: Named<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    domain: Option<Named<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Named<'a> {
    Id(&'a str),
    Name(&'a str),
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum ScopeBody<'a> {
    Project {
        #[serde(flatten)]
        project: Named<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        domain: Option<Named<'a>>,
    },
    Domain(Named<'a>),
    System {
        all: bool,
    },
    #[serde(rename = "OS-TRUST:trust")]
    Trust(Named<'a>),
}

impl<'a> Method<'a> {
    fn of(identity: &'a Identity) -> Self {
        match identity {
            Identity::Password { user, password } => Self {
                methods: ["password"],
                method: MethodBody::Password {
                    user: UserBody::of(user, Some(password.expose())),
                },
            },
            Identity::ApplicationCredential { credential, secret } => {
                let (credential, user) = match credential {
                    ApplicationCredential::Id(id) => (Named::Id(id), None),
                    ApplicationCredential::Name { name, user } => {
                        (Named::Name(name), Some(UserBody::of(user, None)))
                    }
                };
                Self {
                    methods: ["application_credential"],
                    method: MethodBody::ApplicationCredential {
                        credential,
                        user,
                        secret: secret.expose(),
                    },
                }
            }
        }
    }
}

impl<'a> UserBody<'a> {
    fn of(user: &'a User, password: Option<&'a str>) -> Self {
        let (user, domain) = match user {
            User::Id(id) => (Named::Id(id), None),
            User::Name { name, domain } => (Named::Name(name), Some(Named::of(domain))),
        };
        Self {
            user,
            domain,
            password,
        }
    }
}

impl<'a> Named<'a> {
    fn of(domain: &'a Domain) -> Self {
        match domain {
            Domain::Id(id) => Self::Id(id),
            Domain::Name(name) => Self::Name(name),
        }
    }
}

impl<'a> ScopeBody<'a> {
    fn of(scope: &'a Scope) -> Option<Self> {
        match scope {
            Scope::Unspecified => None,
            Scope::Project(Project::Id(id)) => Some(Self::Project {
                project: Named::Id(id),
                domain: None,
            }),
            Scope::Project(Project::Name { name, domain }) => Some(Self::Project {
                project: Named::Name(name),
                domain: Some(Named::of(domain)),
            }),
            Scope::Domain(domain) => Some(Self::Domain(Named::of(domain))),
            Scope::System => Some(Self::System { all: true }),
            Scope::Trust(id) => Some(Self::Trust(Named::Id(id))),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::credentials::KeystoneUrl;
    use crate::secret::Secret;

    fn check(identity: Identity, scope: Scope, expected: Value) {
        let login = KeystoneLogin {
            url: KeystoneUrl::parse("http://k").unwrap(),
            identity,
            scope,
        };
        let body = body(&login).unwrap();
        assert_eq!(body.capacity(), body.len(), "it has grown");
        assert_eq!(serde_json::from_slice::<Value>(&body).unwrap(), expected);
    }

    fn secret() -> Secret<String> {
        Secret::new(String::from("s\"e\u{7}c"))
    }

    fn named() -> User {
        User::Name {
            name: "op".into(),
            domain: Domain::Name("Default".into()),
        }
    }

    /// As the Identity API's reference shows them.
    #[test]
    fn logins_are_written_as_the_identity_api_has_them() {
        let password = |user: User| Identity::Password {
            user,
            password: secret(),
        };
        let by_name = json!({"methods": ["password"], "password": {"user": {
            "name": "op", "domain": {"name": "Default"}, "password": "s\"e\u{7}c"}}});
        check(
            password(named()),
            Scope::Unspecified,
            json!({"auth": {"identity": by_name}}),
        );
        let by_id = json!({"methods": ["password"], "password": {"user": {
            "id": "u1", "password": "s\"e\u{7}c"}}});
        let scoped = |scope: Scope, expected: Value| {
            check(
                password(User::Id("u1".into())),
                scope,
                json!({"auth": {"identity": by_id, "scope": expected}}),
            );
        };
        scoped(
            Scope::Project(Project::Id("p1".into())),
            json!({"project": {"id": "p1"}}),
        );
        scoped(
            Scope::Project(Project::Name {
                name: "demo".into(),
                domain: Domain::Id("default".into()),
            }),
            json!({"project": {"name": "demo", "domain": {"id": "default"}}}),
        );
        scoped(
            Scope::Domain(Domain::Id("default".into())),
            json!({"domain": {"id": "default"}}),
        );
        scoped(Scope::System, json!({"system": {"all": true}}));
        scoped(
            Scope::Trust("t1".into()),
            json!({"OS-TRUST:trust": {"id": "t1"}}),
        );
    }

    #[test]
    fn application_credentials_are_written_as_the_identity_api_has_them() {
        let written = |credential: ApplicationCredential, expected: Value| {
            let identity = Identity::ApplicationCredential {
                credential,
                secret: secret(),
            };
            let methods = ["application_credential"];
            check(
                identity,
                Scope::Unspecified,
                json!({"auth": {"identity": {
                    "methods": methods, "application_credential": expected}}}),
            );
        };
        written(
            ApplicationCredential::Id("a1".into()),
            json!({"id": "a1", "secret": "s\"e\u{7}c"}),
        );
        written(
            ApplicationCredential::Name {
                name: "ci".into(),
                user: named(),
            },
            json!({"name": "ci", "user": {"name": "op", "domain": {"name": "Default"}},
                   "secret": "s\"e\u{7}c"}),
        );
    }
}
