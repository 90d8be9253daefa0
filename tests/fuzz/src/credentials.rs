//! Credentials: a file of them, or a clouds file, never ends in a panic, and no error tells them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use portcullis::credentials::{Access, Credentials, CredentialsError, CredentialsSource};

/// Stands for every secret in the seeds. An input without it says nothing about what errors tell.
const SECRET: &str = "n0t-4-w0rd-0f-th1s";

/// The content of a file.
///
/// # Panics
/// When an error holds a secret, or what was read cannot be sent in a header.
pub fn check(data: &[u8]) {
    let file = tempfile::NamedTempFile::new().expect("a file");
    let private = fs::Permissions::from_mode(0o600);
    fs::set_permissions(file.path(), private).expect("a private file");
    fs::write(file.path(), data).expect("a file with content");
    check_source(&CredentialsSource::File(file.path().into()), file.path());
    check_source(&CredentialsSource::Cloud("lab".into()), file.path());
}

fn check_source(source: &CredentialsSource, file: &Path) {
    let variables = [("OS_CLIENT_CONFIG_FILE".into(), file.into())];
    let access = match Access::load_from(source, variables) {
        Ok(access) => access,
        // What stands where a cloud is named is a name.
        Err(CredentialsError::NoSuchCloud { .. }) => return,
        Err(error) => {
            assert!(!format!("{error} {error:?}").contains(SECRET), "{error}");
            return;
        }
    };
    assert!(!format!("{access:?}").contains(SECRET), "{access:?}");
    match &access.credentials {
        Some(Credentials::Basic { user, password }) => {
            let is_plain = |text: &str| !text.contains(char::is_control);
            assert!(!user.is_empty() && !user.contains(':') && is_plain(user));
            assert!(is_plain(password.expose()));
        }
        Some(Credentials::Token(token)) => {
            assert!(http::HeaderValue::from_str(token.expose()).is_ok());
        }
        Some(Credentials::Keystone(login)) => {
            // Without one there is nowhere to ask for tokens.
            assert!(login.url.tokens().is_some());
        }
        None => {}
    }
}
