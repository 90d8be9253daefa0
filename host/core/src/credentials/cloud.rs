//! From what describes a cloud to a way into it.
//!
//! Which key counts where several are given, what they were called before, and what stands in for
//! what is as in openstacksdk (`openstack/config/loader.py` and `cloud_region.py`). Where clients
//! would go on with something doubtful (certificates that are not verified, two scopes at once, a
//! name without its domain), this refuses.

use std::path::PathBuf;

use super::access::{Access, CatalogueQuery, ClientCertificate, Endpoint};
use super::clouds::home;
use super::environment::Environment;
use super::keystone::{
    ApplicationCredential, Domain, Identity, KeystoneLogin, KeystoneUrl, Project, Scope, User,
};
use super::layers::Layers;
use super::{Credentials, CredentialsError, CredentialsFile};
use crate::driver::base_of;
use crate::secret::Secret;

/// What a cloud says about itself.
pub(super) fn access(
    layers: &Layers<'_>,
    environment: &Environment,
) -> Result<Access, CredentialsError> {
    let cloud = Cloud {
        layers,
        environment,
        auth_type: auth_type(layers)?,
    };
    cloud.must_verify_certificates()?;
    let credentials = cloud.credentials()?;
    Ok(Access {
        endpoint: cloud.endpoint(credentials.as_ref())?,
        credentials,
        ca_file: cloud.path("cacert")?,
        client_certificate: cloud.client_certificate()?,
    })
}

/// What clients assume is a login with a password; null and nothing are written for none.
fn auth_type<'a>(layers: &Layers<'a>) -> Result<&'a str, CredentialsError> {
    match layers.text("auth_type")? {
        Some(text) => Ok(text),
        None if layers.has("auth_type")? => Ok("none"),
        None => Ok("password"),
    }
}

struct Cloud<'a, 'l> {
    layers: &'l Layers<'a>,
    environment: &'l Environment,
    auth_type: &'a str,
}

impl<'a> Cloud<'a, '_> {
    fn credentials(&self) -> Result<Option<Credentials>, CredentialsError> {
        match self.auth_type {
            "none" | "None" => Ok(None),
            "http_basic" => {
                let user = self.needed("username", self.user_name()?)?;
                let password = self.needed("password", self.layers.secret("password")?)?;
                let password = Secret::new(password.into());
                Ok(Some(Credentials::basic(user.into(), password)?))
            }
            "admin_token" | "token_endpoint" => {
                self.layers.secret("token")?;
                let token = self.needed("token", self.layers.auth_beside_first("token")?)?;
                Ok(Some(Credentials::token(Secret::new(token.into()))?))
            }
            "password" | "v3password" => self.password().map(Some),
            "v3applicationcredential" => self.application_credential().map(Some),
            other => Err(CredentialsError::AuthType {
                place: self.layers.place.clone(),
                found: other.escape_debug().to_string(),
            }),
        }
    }

    fn password(&self) -> Result<Credentials, CredentialsError> {
        let user = self.user()?;
        let password = self.needed("password", self.layers.secret("password")?)?;
        let identity = Identity::Password {
            user: self.needed("username", user)?,
            password: Secret::new(password.into()),
        };
        self.login(identity, self.scope()?)
    }

    /// A scope that is given beside one is left out: Keystone takes none.
    fn application_credential(&self) -> Result<Credentials, CredentialsError> {
        let credential = match self.layers.auth("application_credential_id")? {
            Some(id) => ApplicationCredential::Id(id.into()),
            None => {
                let name = self.layers.auth("application_credential_name")?;
                ApplicationCredential::Name {
                    name: self.needed("application_credential_id", name)?.into(),
                    user: self.needed("username", self.user()?)?,
                }
            }
        };
        let key = "application_credential_secret";
        let secret = self.needed(key, self.layers.secret(key)?)?;
        let identity = Identity::ApplicationCredential {
            credential,
            secret: Secret::new(secret.into()),
        };
        self.login(identity, Scope::Unspecified)
    }

    fn login(&self, identity: Identity, scope: Scope) -> Result<Credentials, CredentialsError> {
        let url = self.needed("auth_url", self.layers.auth("auth_url")?)?;
        let url = url.replace("{region_name}", &self.region()?.unwrap_or_default());
        let url = KeystoneUrl::parse(&url).ok_or_else(|| {
            self.unusable(
                "auth_url",
                "an `http` or `https` address of Keystone's version 3, without user and query",
            )
        })?;
        Ok(Credentials::Keystone(Box::new(KeystoneLogin {
            url,
            identity,
            scope,
        })))
    }

    fn user_name(&self) -> Result<Option<&'a str>, CredentialsError> {
        Ok(self
            .layers
            .auth("username")?
            .or(self.layers.auth("user_name")?))
    }

    fn user(&self) -> Result<Option<User>, CredentialsError> {
        if let Some(id) = self.layers.auth("user_id")? {
            return Ok(Some(User::Id(id.into())));
        }
        let Some(name) = self.user_name()? else {
            return Ok(None);
        };
        Ok(Some(User::Name {
            name: name.into(),
            domain: self.needed("user_domain_name", self.domain_of("user")?)?,
        }))
    }

    fn scope(&self) -> Result<Scope, CredentialsError> {
        let project = self.project()?;
        let domain = match project {
            // Then it only says in which domain names are looked up.
            Some(_) => None,
            None => self.domain("domain")?,
        };
        let trust = self.layers.auth("trust_id")?;
        let system = self.layers.auth("system_scope")?;
        if system.is_some_and(|system| system != "all") {
            return Err(self.unusable("system_scope", "`all`"));
        }
        let mut scopes = [
            project.map(|project| ("project_id", Scope::Project(project))),
            domain.map(|domain| ("domain_id", Scope::Domain(domain))),
            trust.map(|id| ("trust_id", Scope::Trust(id.into()))),
            system.map(|_| ("system_scope", Scope::System)),
        ]
        .into_iter()
        .flatten();
        match (scopes.next(), scopes.next()) {
            (None, _) => Ok(Scope::Unspecified),
            (Some((_, scope)), None) => Ok(scope),
            (Some((first, _)), Some((second, _))) => Err(CredentialsError::SeveralScopes {
                place: self.layers.place.clone(),
                first,
                second,
            }),
        }
    }

    /// Projects were called tenants.
    fn project(&self) -> Result<Option<Project>, CredentialsError> {
        let named = |suffix: &str| -> Result<Option<&'a str>, CredentialsError> {
            let key = format!("project_{suffix}");
            let found = self.layers.auth_beside_first(&key)?;
            Ok(found.or(self.layers.auth_beside_first(&format!("tenant_{suffix}"))?))
        };
        if let Some(id) = named("id")? {
            return Ok(Some(Project::Id(id.into())));
        }
        let Some(name) = named("name")? else {
            return Ok(None);
        };
        Ok(Some(Project::Name {
            name: name.into(),
            domain: self.needed("project_domain_name", self.domain_of("project")?)?,
        }))
    }

    /// The domain in which the name of a user or project is looked up: its own; one that is given
    /// once for both, which it is only beside a project; or the default.
    fn domain_of(&self, what: &str) -> Result<Option<Domain>, CredentialsError> {
        let is_for_both = ["project_id", "project_name", "tenant_id", "tenant_name"];
        let mut prefixes = vec![format!("{what}_domain")];
        for key in is_for_both {
            if self.layers.auth_beside_first(key)?.is_some() {
                prefixes.push(String::from("domain"));
                break;
            }
        }
        if self.auth_type == "password" {
            prefixes.push(String::from("default_domain"));
        }
        for prefix in prefixes {
            if let Some(domain) = self.domain(&prefix)? {
                return Ok(Some(domain));
            }
        }
        Ok(None)
    }

    fn domain(&self, prefix: &str) -> Result<Option<Domain>, CredentialsError> {
        if let Some(id) = self.layers.auth_beside_first(&format!("{prefix}_id"))? {
            return Ok(Some(Domain::Id(id.into())));
        }
        let name = self.layers.auth_beside_first(&format!("{prefix}_name"))?;
        Ok(name.map(|name| Domain::Name(name.into())))
    }

    /// What is written for Ironic alone goes before everything. Without Keystone there is no
    /// catalogue, and the cloud may say one address for all services.
    fn endpoint(
        &self,
        credentials: Option<&Credentials>,
    ) -> Result<Option<Endpoint>, CredentialsError> {
        let is_keystone = matches!(credentials, Some(Credentials::Keystone(_)));
        let mut given = None;
        for key in ["baremetal_endpoint_override", "baremetal_endpoint"] {
            given = given.or(self.layers.text(key)?.map(|url| (key, url)));
        }
        if !is_keystone {
            given = given.or(self.layers.auth("endpoint")?.map(|url| ("endpoint", url)));
        }
        if let Some((key, url)) = given {
            let expected = "an `http` or `https` address without user and query";
            let url = base_of(url).ok_or_else(|| self.unusable(key, expected))?;
            return Ok(Some(Endpoint::At(url)));
        }
        if !is_keystone {
            return Ok(None);
        }
        let default = CatalogueQuery::default();
        let service_type = self.layers.text("baremetal_service_type")?;
        Ok(Some(Endpoint::Catalogue(CatalogueQuery {
            service_type: service_type.map_or(default.service_type, String::from),
            service_name: (self.layers.text("baremetal_service_name")?).map(String::from),
            interfaces: self.interfaces()?.unwrap_or(default.interfaces),
            region: self.region()?,
        })))
    }

    fn interfaces(&self) -> Result<Option<Vec<String>>, CredentialsError> {
        for key in [
            "baremetal_endpoint_type",
            "baremetal_interface",
            "endpoint_type",
            "interface",
        ] {
            if let Some(texts) = self.layers.texts(key)? {
                return Ok(Some(texts.into_iter().map(String::from).collect()));
            }
        }
        Ok(None)
    }

    /// Several names with commas between stand for the first.
    fn region(&self) -> Result<Option<String>, CredentialsError> {
        let named = match self.layers.text("baremetal_region_name")? {
            Some(name) => Some(name),
            None if self.layers.region.is_some() => return Ok(self.layers.region.clone()),
            None => self.layers.text("region_name")?,
        };
        let first = named.and_then(|names| names.split(',').next());
        Ok(first.filter(|name| !name.is_empty()).map(String::from))
    }

    fn must_verify_certificates(&self) -> Result<(), CredentialsError> {
        let says = |key: &str, words: &[&str]| -> Result<bool, CredentialsError> {
            let text = self.layers.text(key)?;
            Ok(text.is_some_and(|text| words.contains(&text.to_lowercase().as_str())))
        };
        let key = if says("insecure", &["true", "yes", "on", "1"])? {
            "insecure"
        } else if says("verify", &["false", "no", "off", "0"])? {
            "verify"
        } else {
            return Ok(());
        };
        Err(CredentialsError::Insecure {
            place: self.layers.place.clone(),
            key,
        })
    }

    fn client_certificate(&self) -> Result<Option<ClientCertificate>, CredentialsError> {
        let Some(chain) = self.path("cert")? else {
            return Ok(None);
        };
        let key = self.path("key")?.unwrap_or_else(|| chain.clone());
        let shown = |path: &PathBuf| CredentialsFile::Clouds(path.clone());
        ClientCertificate::load((&chain, shown(&chain)), (&key, shown(&key))).map(Some)
    }

    /// A path, with `~` for the home directory.
    fn path(&self, key: &str) -> Result<Option<PathBuf>, CredentialsError> {
        let path = self.layers.text(key)?;
        Ok(path.map(|text| match text.strip_prefix("~/") {
            Some(rest) => home(self.environment).unwrap_or_default().join(rest),
            None => PathBuf::from(text),
        }))
    }

    fn needed<T>(&self, key: &'static str, found: Option<T>) -> Result<T, CredentialsError> {
        found.ok_or_else(|| CredentialsError::Incomplete {
            place: self.layers.place.clone(),
            key,
            auth_type: self.auth_type.to_owned(),
        })
    }

    fn unusable(&self, key: &'static str, expected: &'static str) -> CredentialsError {
        CredentialsError::Value {
            place: self.layers.place.clone(),
            key,
            expected,
        }
    }
}
