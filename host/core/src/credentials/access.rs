//! How to get at an Ironic, as far as a cloud says it.

use std::path::{Path, PathBuf};

use http::Uri;

use super::file::SecretFile;
use super::{Credentials, CredentialsError, CredentialsFile};
use crate::secret::Secret;

/// What the place credentials come from says about Ironic. A file or variable of credentials
/// says nothing but these.
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// What proves who is asking; none when nobody needs to know.
    pub credentials: Option<Credentials>,
    /// Where Ironic is.
    pub endpoint: Option<Endpoint>,
    /// Authorities (PEM) that may have signed the certificates of Ironic and Keystone.
    pub ca_file: Option<PathBuf>,
    /// What is shown to servers that want to see a certificate.
    pub client_certificate: Option<ClientCertificate>,
}

/// Where a cloud says that Ironic is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// Here.
    At(Uri),
    /// In the service catalogue that comes with a token.
    Catalogue(CatalogueQuery),
}

/// What to look for in a service catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogueQuery {
    /// Type of the service.
    pub service_type: String,
    /// Its name; any by default.
    pub service_name: Option<String>,
    /// Wanted interfaces, best first.
    pub interfaces: Vec<String>,
    /// Its region; any by default.
    pub region: Option<String>,
}

impl Default for CatalogueQuery {
    fn default() -> Self {
        Self {
            service_type: String::from("baremetal"),
            service_name: None,
            interfaces: vec![String::from("public")],
            region: None,
        }
    }
}

/// A certificate with its private key, as they were when the configuration was read.
#[derive(Clone, Debug)]
pub struct ClientCertificate {
    /// The chain (PEM), leaf first. Its file may hold the key as well.
    pub chain_pem: Secret<Vec<u8>>,
    /// The key (PEM).
    pub key_pem: Secret<Vec<u8>>,
}

impl ClientCertificate {
    /// Reads both files; they may be one.
    ///
    /// # Errors
    /// When one cannot be read, or others could read the key.
    pub fn load(
        chain: (&Path, CredentialsFile),
        key: (&Path, CredentialsFile),
    ) -> Result<Self, CredentialsError> {
        let chain_pem = SecretFile::open(chain.0, chain.1)?.read()?;
        let key_file = SecretFile::open(key.0, key.1)?;
        key_file.must_be_private()?;
        Ok(Self {
            chain_pem: Secret::new(chain_pem.to_vec()),
            key_pem: Secret::new(key_file.read()?.to_vec()),
        })
    }
}
