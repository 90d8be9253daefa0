//! TLS towards Ironic and Keystone.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

use super::DriverError;
use crate::config::IronicConfig;
use crate::credentials::ClientCertificate;

/// Where Linux distributions keep the authorities they trust.
const SYSTEM_AUTHORITIES: [&str; 3] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
];

/// A connector that trusts the authorities of the configuration, or the system's, and shows the
/// client certificate of the configuration.
///
/// Without `is_https`, and with no service catalogue that could lead to `https`, it trusts nobody
/// and reads nothing.
pub(super) fn connector(
    config: &IronicConfig,
    is_https: bool,
) -> Result<HttpsConnector<HttpConnector>, DriverError> {
    let mut http = HttpConnector::new();
    http.enforce_http(false);
    http.set_nodelay(true);
    http.set_connect_timeout(Some(config.connect_timeout));
    let may_be_https = is_https || config.catalogue.is_some();
    let roots = match authorities_file(config.ca_file.as_deref()) {
        Some(path) if may_be_https => authorities(path)?,
        None if is_https => {
            return Err(DriverError::Authorities {
                reason: "this system has none; name a file as `ironic.ca_file`".into(),
            });
        }
        Some(_) | None => RootCertStore::empty(),
    };
    let certificate = config.client_certificate.as_ref().filter(|_| may_be_https);
    let tls = client_config(roots, certificate)?;
    Ok(HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        .enable_http1()
        .wrap_connector(http))
}

/// Settings of a client that trusts the authorities in `file`, or the system's, and shows nothing.
pub(super) fn trusting(file: Option<&Path>) -> Result<ClientConfig, DriverError> {
    let missing = || DriverError::Authorities {
        reason: "this system has none; name a file as `ca_file`".into(),
    };
    let path = authorities_file(file).ok_or_else(missing)?;
    client_config(authorities(path)?, None)
}

fn client_config(
    roots: RootCertStore,
    certificate: Option<&ClientCertificate>,
) -> Result<ClientConfig, DriverError> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| DriverError::Authorities {
            reason: error.to_string(),
        })?
        .with_root_certificates(roots);
    let Some(certificate) = certificate else {
        return Ok(builder.with_no_client_auth());
    };
    let unusable = |reason: String| DriverError::ClientCertificate { reason };
    let (chain, key) = certificate_and_key(certificate).map_err(unusable)?;
    builder
        .with_client_auth_cert(chain, key)
        .map_err(|error| unusable(error.to_string()))
}

fn certificate_and_key(
    certificate: &ClientCertificate,
) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), String> {
    let chain = CertificateDer::pem_slice_iter(certificate.chain_pem.expose())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| format!("its chain: {error}"))?;
    if chain.is_empty() {
        return Err(String::from("no certificate in it"));
    }
    let key = PrivateKeyDer::from_pem_slice(certificate.key_pem.expose())
        .map_err(|_| String::from("no private key in it that can be read"))?;
    Ok((chain, key))
}

/// The file that is named, or the system's.
fn authorities_file(named: Option<&Path>) -> Option<&Path> {
    let mut system = SYSTEM_AUTHORITIES.iter().map(Path::new);
    named.or_else(|| system.find(|path| path.exists()))
}

fn authorities(path: &Path) -> Result<RootCertStore, DriverError> {
    let unusable = |reason: String| DriverError::Authorities {
        reason: format!("{}: {reason}", path.display()),
    };
    let pem = fs::read(path).map_err(|error| unusable(error.to_string()))?;
    let certificates = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
    let mut roots = RootCertStore::empty();
    let (added, _) =
        roots.add_parsable_certificates(certificates.map_err(|error| unusable(error.to_string()))?);
    if added == 0 {
        Err(unusable("no certificate in it".into()))
    } else {
        Ok(roots)
    }
}
