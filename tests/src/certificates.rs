//! Certificates for one test: an authority, and what it signs.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair,
    KeyUsagePurpose,
};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ClientConfig, RootCertStore};

/// An authority that signs certificates for `localhost`.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key.
pub struct Identity {
    certificate: Certificate,
    key: KeyPair,
}

impl Authority {
    /// A new one.
    ///
    /// # Panics
    /// When no key can be made.
    pub fn new(name: &str) -> Self {
        let mut params = params(name, Vec::new());
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate().expect("a key");
        Self(CertifiedIssuer::self_signed(params, key).expect("a certificate"))
    }

    /// Signs a new certificate.
    ///
    /// # Panics
    /// When no key can be made.
    pub fn sign(&self, name: &str) -> Identity {
        let key = KeyPair::generate().expect("a key");
        let mut params = params(name, vec!["localhost".to_owned()]);
        // Newer Pythons insist on it.
        params.use_authority_key_identifier_extension = true;
        let certificate = params.signed_by(&key, &self.0).expect("a certificate");
        Identity { certificate, key }
    }

    /// Writes its own certificate to a file.
    ///
    /// # Panics
    /// When that cannot be written.
    pub fn write(&self, file: &Path) {
        fs::write(file, self.0.pem()).expect("a file");
    }

    /// A client that trusts it, and shows `identity` when it is asked who it is.
    ///
    /// # Panics
    /// When the identity cannot be used.
    pub fn client(&self, protocols: &[&str], identity: Option<&Identity>) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).expect("a root");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions of TLS")
            .with_root_certificates(roots);
        let mut config = match identity {
            None => builder.with_no_client_auth(),
            Some(identity) => builder
                .with_client_auth_cert(
                    vec![identity.certificate.der().clone()],
                    identity.private_key(),
                )
                .expect("an identity"),
        };
        config.alpn_protocols = protocols.iter().map(|it| it.as_bytes().to_vec()).collect();
        Arc::new(config)
    }
}

impl Identity {
    fn private_key(&self) -> PrivateKeyDer<'static> {
        PrivatePkcs8KeyDer::from(self.key.serialize_der()).into()
    }

    /// Writes certificate and key to `<name>.pem` and `<name>.key`.
    ///
    /// # Panics
    /// When they cannot be written.
    pub fn write(&self, dir: &Path, name: &str) {
        let pem = self.certificate.pem();
        fs::write(dir.join(format!("{name}.pem")), pem).expect("a file");
        fs::write(dir.join(format!("{name}.key")), self.key.serialize_pem()).expect("a file");
    }
}

fn params(name: &str, names: Vec<String>) -> CertificateParams {
    let mut params = CertificateParams::new(names).expect("names");
    params.distinguished_name.push(DnType::CommonName, name);
    params
}
