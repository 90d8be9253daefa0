//! TLS towards Ironic.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use super::DriverError;

/// Where Linux distributions keep the authorities they trust.
const SYSTEM_AUTHORITIES: [&str; 3] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
];

/// A connector that trusts the authorities in `file`, or the system's. Without `is_needed` it
/// trusts nobody, and reads nothing.
pub(super) fn connector(
    http: HttpConnector,
    file: Option<&Path>,
    is_needed: bool,
) -> Result<HttpsConnector<HttpConnector>, DriverError> {
    let roots = if is_needed {
        authorities(file)?
    } else {
        RootCertStore::empty()
    };
    Ok(HttpsConnectorBuilder::new()
        .with_tls_config(client(roots)?)
        .https_or_http()
        .enable_http1()
        .wrap_connector(http))
}

/// Settings of a client that trusts the authorities in `file`, or the system's.
pub(super) fn trusting(file: Option<&Path>) -> Result<ClientConfig, DriverError> {
    client(authorities(file)?)
}

fn client(roots: RootCertStore) -> Result<ClientConfig, DriverError> {
    let wrong = |error: rustls::Error| DriverError::Authorities {
        reason: error.to_string(),
    };
    Ok(
        ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(wrong)?
            .with_root_certificates(roots)
            .with_no_client_auth(),
    )
}

fn authorities(file: Option<&Path>) -> Result<RootCertStore, DriverError> {
    let system = || {
        SYSTEM_AUTHORITIES
            .iter()
            .map(Path::new)
            .find(|path| path.exists())
    };
    let missing = || DriverError::Authorities {
        reason: "this system has none; name a file as `ca_file`".into(),
    };
    let path = file.or_else(system).ok_or_else(missing)?;
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
