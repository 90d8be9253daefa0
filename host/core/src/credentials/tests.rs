//! Credentials from every place they can come from, and the refusal of what others can read.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::*;

const SECRET: &str = "s3cr3t-value";

fn write(path: &Path, text: &str, mode: u32) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Everything about an outcome but the secret itself.
fn summary(outcome: Result<Option<Credentials>, CredentialsError>) -> String {
    let shown = match outcome {
        Ok(None) => String::from("none"),
        Ok(Some(Credentials::Basic { user, password })) => {
            assert_eq!(password.expose(), SECRET);
            format!("basic {user}")
        }
        Ok(Some(Credentials::Token(token))) => {
            assert_eq!(token.expose(), SECRET);
            String::from("token")
        }
        Err(error) => error.to_string(),
    };
    assert!(!shown.contains(SECRET), "{shown}");
    shown
}

#[test]
fn a_text_is_user_and_password_or_a_token() {
    let check = |text: &str, expected: &str| {
        let outcome = Credentials::parse(text)
            .map(Some)
            .map_err(CredentialsError::from);
        let shown = summary(outcome);
        assert!(shown.contains(expected), "{text:?}: {shown}");
    };
    check(&format!("admin:{SECRET}"), "basic admin");
    check(&format!("admin:{SECRET}\r\n"), "basic admin");
    check(SECRET, "token");
    check(&format!("{SECRET}\n"), "token");
    check("", "no characters");
    check("\n", "no characters");
    check(&format!(":{SECRET}"), "a user name that is empty");
    check(
        &format!("admin:{SECRET}\nX-Roles: admin"),
        "control character",
    );
    check(&format!("{SECRET}\n{SECRET}"), "control character");
    check(
        &format!("{SECRET} {SECRET}"),
        "a character that tokens do not have",
    );
}

#[test]
fn debug_shows_no_secret() {
    let shown = format!(
        "{:?}",
        Credentials::parse(&format!("admin:{SECRET}")).unwrap()
    );
    assert!(
        shown.contains("admin") && !shown.contains(SECRET),
        "{shown}"
    );
}

#[test]
fn a_file_that_others_can_read_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ironic.cred");
    let load = || summary(Credentials::load(&CredentialsSource::File(path.clone())));
    for (mode, private) in [
        (0o400, true),
        (0o600, true),
        (0o700, true),
        (0o640, false),
        (0o620, false),
        (0o604, false),
        (0o644, false),
    ] {
        write(&path, &format!("admin:{SECRET}\n"), mode);
        let shown = load();
        let expected = if private {
            String::from("basic admin")
        } else {
            format!(
                "the file it names holds a secret and its mode is {mode:04o}, expected one that \
                 allows nothing to group and others, such as 0400 or 0600"
            )
        };
        assert_eq!(shown, expected);
    }
}

#[test]
fn a_link_to_a_private_file_is_followed_and_its_target_is_checked() {
    let dir = tempfile::tempdir().unwrap();
    let (target, link) = (dir.path().join("v1"), dir.path().join("ironic.cred"));
    std::os::unix::fs::symlink(&target, &link).unwrap();
    let load = || summary(Credentials::load(&CredentialsSource::File(link.clone())));
    write(&target, SECRET, 0o600);
    assert_eq!(load(), "token");
    write(&target, SECRET, 0o644);
    assert!(load().contains("its mode is 0644"));
}

#[test]
fn what_is_not_a_file_of_credentials_is_refused_without_waiting() {
    let dir = tempfile::tempdir().unwrap();
    let load = |path: &Path| summary(Credentials::load(&CredentialsSource::File(path.into())));
    assert!(load(&dir.path().join(SECRET)).starts_with("cannot read the file it names: "));
    assert_eq!(load(dir.path()), "the file it names is not a regular file");
    let pipe = dir.path().join("pipe");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &pipe,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
        0,
    )
    .unwrap();
    assert_eq!(load(&pipe), "the file it names is not a regular file");
    let large = dir.path().join("large");
    write(&large, &"x".repeat((1 << 20) + 1), 0o600);
    assert_eq!(
        load(&large),
        "the file it names is larger than 1048576 bytes"
    );
}

#[test]
fn an_environment_variable_is_read() {
    let load = |value: Option<&str>| {
        let source = CredentialsSource::Environment(String::from("IRONIC_CREDENTIALS"));
        summary(Credentials::load_in(&source, |name| {
            value
                .filter(|_| name == "IRONIC_CREDENTIALS")
                .map(OsString::from)
        }))
    };
    assert_eq!(load(Some(&format!("admin:{SECRET}"))), "basic admin");
    assert_eq!(load(None), "the environment variable it names is not set");
    assert!(load(Some("")).contains("no characters"));
}

/// A directory with clouds files, searched through the variables clients know.
struct Clouds {
    dir: tempfile::TempDir,
}

impl Clouds {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    fn with(self, name: &str, text: &str, mode: u32) -> Self {
        write(&self.dir.path().join(name), text, mode);
        self
    }

    fn load(&self, cloud: &str) -> String {
        let at = |name: &str| Some(self.dir.path().join(name).into_os_string());
        let source = CredentialsSource::Cloud(cloud.into());
        let outcome = Credentials::load_in(&source, |name| match name {
            "OS_CLIENT_CONFIG_FILE" => at("clouds.yaml"),
            "OS_CLIENT_SECURE_FILE" => at("secure.yaml"),
            _ => None,
        });
        summary(outcome).replace(&self.dir.path().display().to_string(), "")
    }
}

#[test]
fn a_cloud_says_how_it_authenticates() {
    let check = |cloud: &str, expected: &str| {
        let text = format!("clouds:\n  lab: {cloud}\n");
        assert_eq!(
            Clouds::new().with("clouds.yaml", &text, 0o600).load("lab"),
            expected,
            "{cloud}"
        );
    };
    check(
        "{auth_type: none, auth: {endpoint: 'http://127.0.0.1:6385'}}",
        "none",
    );
    check("{auth_type: null}", "none");
    check("{auth_type: ''}", "none");
    check(
        &format!("{{auth_type: http_basic, auth: {{username: admin, password: {SECRET}}}}}"),
        "basic admin",
    );
    check(
        &format!("{{auth_plugin: http_basic, username: admin, password: '{SECRET}'}}"),
        "basic admin",
    );
    check(
        &format!("{{auth_type: admin_token, auth: {{token: {SECRET}}}}}"),
        "token",
    );
    check(
        &format!("{{auth_type: token_endpoint, auth: {{token: {SECRET}}}}}"),
        "token",
    );
    check(
        "{auth_type: http_basic, auth: {username: admin}}",
        "the cloud it names has no `password` in `/clouds.yaml`, expected one for auth_type \
         `http_basic`",
    );
    check(
        &format!("{{auth_type: http_basic, auth: {{username: admin, password: [{SECRET}]}}}}"),
        "`/clouds.yaml`: line 2: found a list, expected a text",
    );
    let keystone = "expected `none`, `http_basic`, `admin_token` or `token_endpoint`: users and \
                    tokens that go through Keystone come with Keystone support, which this \
                    version does not have";
    check(
        &format!("{{auth_type: v3password, auth: {{username: a, password: {SECRET}}}}}"),
        &format!("the cloud it names has auth_type `v3password` in `/clouds.yaml`, {keystone}"),
    );
    check(
        &format!("{{auth: {{username: a, password: {SECRET}}}}}"),
        &format!(
            "the cloud it names has auth_type `password` (none is given) in `/clouds.yaml`, \
             {keystone}"
        ),
    );
}

#[test]
fn a_secure_file_goes_before_the_clouds_file() {
    let clouds = "clouds:\n  lab:\n    auth_type: http_basic\n    auth: {username: admin}\n";
    let secure = format!("clouds:\n  lab:\n    auth: {{password: {SECRET}}}\n");
    let files = Clouds::new().with("clouds.yaml", clouds, 0o644);
    assert_eq!(
        files.with("secure.yaml", &secure, 0o600).load("lab"),
        "basic admin"
    );

    let files = Clouds::new().with("clouds.yaml", clouds, 0o644);
    let shown = files.with("secure.yaml", &secure, 0o640).load("lab");
    assert!(
        shown.starts_with("`/secure.yaml` holds a secret and its mode is 0640"),
        "{shown}"
    );

    let outdated = clouds.replace("username: admin", "username: admin, password: old");
    let files = Clouds::new().with("clouds.yaml", &outdated, 0o644);
    let shown = files.with("secure.yaml", &secure, 0o600).load("lab");
    assert!(
        shown.starts_with("`/clouds.yaml` holds a secret and its mode is 0644"),
        "{shown}"
    );
}

#[test]
fn a_clouds_file_that_cannot_be_used_is_named() {
    let check = |text: &str, expected: &str| {
        assert_eq!(
            Clouds::new().with("clouds.yaml", text, 0o600).load("lab"),
            expected,
            "{text}"
        );
    };
    let none = "the cloud it names is not in `/clouds.yaml`, which has";
    check("clouds: {a: {}, b: {}}", &format!("{none} `a`, `b`"));
    check("clouds:\n", &format!("{none} none"));
    check(
        "clouds: [a]",
        "`/clouds.yaml`: line 1: found a list, expected a mapping",
    );
    check(
        &format!("clouds:\n  lab: {{password: \"{SECRET}"),
        "`/clouds.yaml`: line 2: found what is not YAML, expected a YAML document",
    );
}

#[test]
fn clouds_files_are_looked_for_where_clients_do() {
    let search = clouds::SearchPath::of(|name| {
        Some(OsString::from(match name {
            "OS_CLIENT_CONFIG_FILE" => "/run/c.yaml",
            "HOME" => "/home/op",
            "XDG_CONFIG_HOME" => "",
            _ => return None,
        }))
    });
    let expected = [
        "/run/c.yaml",
        "./clouds.yaml",
        "./clouds.yml",
        "./clouds.json",
        "/home/op/.config/openstack/clouds.yaml",
        "/home/op/.config/openstack/clouds.yml",
        "/home/op/.config/openstack/clouds.json",
        "/etc/xdg/openstack/clouds.yaml",
        "/etc/xdg/openstack/clouds.yml",
        "/etc/xdg/openstack/clouds.json",
        "/etc/openstack/clouds.yaml",
        "/etc/openstack/clouds.yml",
        "/etc/openstack/clouds.json",
    ];
    assert_eq!(search.clouds_files(), expected.map(PathBuf::from));
}
