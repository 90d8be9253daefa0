//! The certificate that Portcullis shows, and whether there is TLS to show it in.

use std::path::PathBuf;

use super::unexpected;
use crate::config::error::Fault;
use crate::config::read::Reader;
use crate::config::sections::IronicConfig;
use crate::credentials::{ClientCertificate, Credentials, CredentialsFile};

const CHAIN: &str = "ironic.certificate_file";
const KEY: &str = "ironic.key_file";

/// Reads certificate and key; both are given or neither.
pub(super) fn finish_certificate(
    chain: Option<PathBuf>,
    key: Option<PathBuf>,
    reader: &mut Reader<'_>,
) -> Option<ClientCertificate> {
    let (chain, key) = match (chain, key) {
        (Some(chain), Some(key)) => (chain, key),
        (None, None) => return None,
        (Some(_), None) => return alone(reader, CHAIN, KEY),
        (None, Some(_)) => return alone(reader, KEY, CHAIN),
    };
    let named = CredentialsFile::Named;
    match ClientCertificate::load((&chain, named.clone()), (&key, named)) {
        Ok(certificate) => Some(certificate),
        Err(cause) => {
            let key = String::from(KEY);
            reader.report(reader.line_of(KEY), Fault::Credentials { key, cause });
            None
        }
    }
}

fn alone(reader: &mut Reader<'_>, key: &str, needs: &'static str) -> Option<ClientCertificate> {
    // A key that is given and cannot be used has been reported.
    if reader.line_of(needs).is_none() {
        let key = String::from(key);
        reader.report(reader.line_of(&key), Fault::Alone { key, needs });
    }
    None
}

/// Refuses what only TLS has a use for where none is spoken, neither with Ironic nor with Keystone.
pub(super) fn needs_https(ironic: &IronicConfig, reader: &mut Reader<'_>) {
    let keystone = match &ironic.credentials {
        Some(Credentials::Keystone(login)) => login.url.is_https(),
        Some(Credentials::Basic { .. } | Credentials::Token(_)) | None => false,
    };
    let is_https = ironic.url.scheme_str() == Some("https");
    if keystone || is_https || ironic.catalogue.is_some() {
        return;
    }
    for key in ["ironic.ca_file", CHAIN] {
        if reader.line_of(key).is_some() {
            let found = String::from("an `http` address in `ironic.url`");
            let accepted = String::from("it with an `https` one only");
            unexpected(reader, key, found, accepted);
        }
    }
}
