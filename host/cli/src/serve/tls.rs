//! TLS of a listener: certificate, key and, when clients must show one, the authority that signs
//! theirs.
//!
//! Files are read whole at start and at each reload; a handshake uses what was current when the
//! connection was accepted.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{VerifierBuilderError, WebPkiClientVerifier};
use rustls::{RootCertStore, ServerConfig};

/// Why a listener's TLS could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file is missing or cannot be read.
    #[error("reading {what} `{}`", .file.display())]
    Read {
        /// What the file was to hold.
        what: &'static str,
        /// The file.
        file: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file holds something else.
    #[error("reading {what} `{}`: expected PEM", .file.display())]
    Pem {
        /// What the file was to hold.
        what: &'static str,
        /// The file.
        file: PathBuf,
        /// Why.
        #[source]
        source: pem::Error,
    },
    /// A file holds no certificate.
    #[error("reading {what} `{}`: found no certificate, expected at least one in PEM", .file.display())]
    NoCertificate {
        /// What the file was to hold.
        what: &'static str,
        /// The file.
        file: PathBuf,
    },
    /// Certificate and key do not go together, or one of them cannot be used.
    #[error("using certificate `{}` with its key", .certificate.display())]
    Pair {
        /// The certificate file.
        certificate: PathBuf,
        /// Why.
        #[source]
        source: rustls::Error,
    },
    /// A certificate of the client authority cannot be used.
    #[error("using client authority `{}`", .file.display())]
    ClientAuthority {
        /// The file.
        file: PathBuf,
        /// Why.
        #[source]
        source: rustls::Error,
    },
    /// The client authority as a whole cannot be used.
    #[error("using client authority `{}`", .file.display())]
    ClientVerifier {
        /// The file.
        file: PathBuf,
        /// Why.
        #[source]
        source: VerifierBuilderError,
    },
}

/// The files of a listener's TLS.
#[derive(Clone, Copy, Debug)]
pub struct TlsFiles<'a> {
    /// The certificate and those that lead from it to a root, in PEM.
    pub certificate: &'a Path,
    /// Its private key, in PEM.
    pub key: &'a Path,
    /// Certificates that must have signed a client's; none lets every client in.
    pub client_authority: Option<&'a Path>,
}

/// Reads the files and makes the TLS settings of a listener of them.
///
/// # Errors
/// When a file cannot be read, or certificate and key do not go together.
pub fn load(files: TlsFiles<'_>) -> Result<Arc<ServerConfig>, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let pair = |source| TlsError::Pair {
        certificate: files.certificate.to_owned(),
        source,
    };
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(pair)?;
    let builder = match files.client_authority {
        None => builder.with_no_client_auth(),
        Some(file) => {
            let verifier =
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots(file)?), provider)
                    .build()
                    .map_err(|source| TlsError::ClientVerifier {
                        file: file.to_owned(),
                        source,
                    })?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let certificates = certificates("certificate", files.certificate)?;
    let key =
        PrivateKeyDer::from_pem_slice(&read("private key", files.key)?).map_err(|source| {
            TlsError::Pem {
                what: "private key",
                file: files.key.to_owned(),
                source,
            }
        })?;
    let mut config = builder.with_single_cert(certificates, key).map_err(pair)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn roots(file: &Path) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates("client authority", file)? {
        roots
            .add(certificate)
            .map_err(|source| TlsError::ClientAuthority {
                file: file.to_owned(),
                source,
            })?;
    }
    Ok(roots)
}

fn certificates(what: &'static str, file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(&read(what, file)?)
        .collect::<Result<_, _>>()
        .map_err(|source| TlsError::Pem {
            what,
            file: file.to_owned(),
            source,
        })?;
    if certificates.is_empty() {
        return Err(TlsError::NoCertificate {
            what,
            file: file.to_owned(),
        });
    }
    Ok(certificates)
}

fn read(what: &'static str, file: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(file).map_err(|source| TlsError::Read {
        what,
        file: file.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(dir: &Path, name: &str, text: &str) -> PathBuf {
        let path = dir.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    fn check(certificate: &str, key: &str, authority: Option<&str>, expected: Result<(), &str>) {
        let dir = tempfile::tempdir().unwrap();
        let certificate = write(dir.path(), "c.pem", certificate);
        let key = write(dir.path(), "k.pem", key);
        let authority = authority.map(|text| write(dir.path(), "ca.pem", text));
        let loaded = load(TlsFiles {
            certificate: &certificate,
            key: &key,
            client_authority: authority.as_deref(),
        });
        match (loaded, expected) {
            (Ok(config), Ok(())) => assert_eq!(config.alpn_protocols, [&b"h2"[..], b"http/1.1"]),
            (Err(error), Err(expected)) => {
                let shown = error
                    .to_string()
                    .replace(&dir.path().display().to_string(), "DIR");
                assert_eq!(shown, expected);
            }
            (loaded, expected) => panic!("got {loaded:?}, expected {expected:?}"),
        }
    }

    #[test]
    fn files_are_read_or_the_error_names_the_file() {
        let one = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let (certificate, key) = (one.cert.pem(), one.signing_key.serialize_pem());
        check(&certificate, &key, None, Ok(()));
        check(&certificate, &key, Some(&other.cert.pem()), Ok(()));
        check(
            &certificate,
            &other.signing_key.serialize_pem(),
            None,
            Err("using certificate `DIR/c.pem` with its key"),
        );
        check(
            "",
            &key,
            None,
            Err(
                "reading certificate `DIR/c.pem`: found no certificate, expected at least one in PEM",
            ),
        );
        check(
            &certificate,
            "junk",
            None,
            Err("reading private key `DIR/k.pem`: expected PEM"),
        );
        check(
            &certificate,
            &key,
            Some(""),
            Err(
                "reading client authority `DIR/ca.pem`: found no certificate, expected at least one in PEM",
            ),
        );
    }

    #[test]
    fn a_missing_file_is_named() {
        let missing = Path::new("/nonexistent/c.pem");
        let error = load(TlsFiles {
            certificate: missing,
            key: missing,
            client_authority: None,
        })
        .unwrap_err();
        assert_eq!(
            error.to_string(),
            "reading certificate `/nonexistent/c.pem`"
        );
    }
}
