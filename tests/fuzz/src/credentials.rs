//! Credentials: a file of them, or a clouds file, never ends in a panic, and no error tells them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use portcullis::credentials::{
    Access, Credentials, CredentialsError, CredentialsSource, Identity, KeystoneLogin,
};

/// Stands for every secret in the seeds. An input without it says nothing about what errors tell,
/// nor does one that has it where a name stands.
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
        Err(error) => {
            let told = format!("{error} {error:?}");
            assert!(tells_a_name(&error) || !told.contains(SECRET), "{error}");
            return;
        }
    };
    let is_told = format!("{access:?}").contains(SECRET);
    assert!(!is_told || names(&access).contains(SECRET), "{access:?}");
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

/// Whether it shows what stands where a cloud, a profile or a kind of authentication is named.
fn tells_a_name(error: &CredentialsError) -> bool {
    matches!(
        error,
        CredentialsError::NoSuchCloud { .. }
            | CredentialsError::NoSuchProfile { .. }
            | CredentialsError::Incomplete { .. }
            | CredentialsError::AuthType { .. }
    )
}

/// All that may be shown of it.
fn names(access: &Access) -> String {
    let login = match &access.credentials {
        Some(Credentials::Basic { user, .. }) => user.clone(),
        Some(Credentials::Keystone(login)) => names_of_login(login),
        Some(Credentials::Token(_)) | None => String::new(),
    };
    format!("{login} {:?} {:?}", access.endpoint, access.ca_file)
}

fn names_of_login(login: &KeystoneLogin) -> String {
    let KeystoneLogin {
        url,
        identity,
        scope,
    } = login;
    match identity {
        Identity::Password { user, .. } => format!("{url} {user:?} {scope:?}"),
        Identity::ApplicationCredential { credential, .. } => {
            format!("{url} {credential:?} {scope:?}")
        }
    }
}
