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
fn summary(outcome: Result<Access, CredentialsError>) -> String {
    let shown = match outcome.map(|access| access.credentials) {
        Ok(None) => String::from("none"),
        Ok(Some(Credentials::Basic { user, password })) => {
            assert_eq!(password.expose(), SECRET);
            format!("basic {user}")
        }
        Ok(Some(Credentials::Token(token))) => {
            assert_eq!(token.expose(), SECRET);
            String::from("token")
        }
        Ok(Some(Credentials::Keystone(login))) => format!("{login:?}"),
        Err(error) => error.to_string(),
    };
    assert!(!shown.contains(SECRET), "{shown}");
    shown
}

#[test]
fn a_text_is_user_and_password_or_a_token() {
    let check = |text: &str, expected: &str| {
        let outcome = Credentials::parse(text).map_err(CredentialsError::from);
        let shown = summary(outcome.map(|credentials| Access {
            credentials: Some(credentials),
            ..Access::default()
        }));
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
    let load = || summary(Access::load(&CredentialsSource::File(path.clone())));
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
    let load = || summary(Access::load(&CredentialsSource::File(link.clone())));
    write(&target, SECRET, 0o600);
    assert_eq!(load(), "token");
    write(&target, SECRET, 0o644);
    assert!(load().contains("its mode is 0644"));
}

#[test]
fn what_is_not_a_file_of_credentials_is_refused_without_waiting() {
    let dir = tempfile::tempdir().unwrap();
    let load = |path: &Path| summary(Access::load(&CredentialsSource::File(path.into())));
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
        let variables = value.map(|value| ("IRONIC_CREDENTIALS".into(), value.into()));
        summary(Access::load_in(&source, &Environment::of(variables)))
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
        let shown = summary(self.access(cloud));
        shown.replace(&self.dir.path().display().to_string(), "")
    }

    fn access(&self, cloud: &str) -> Result<Access, CredentialsError> {
        let source = CredentialsSource::Cloud(cloud.into());
        Access::load_in(&source, &self.environment(&[]))
    }

    fn environment(&self, more: &[(&str, &str)]) -> Environment {
        let at = |name: &str| self.dir.path().join(name).into_os_string();
        let files = [
            ("OS_CLIENT_CONFIG_FILE", at("clouds.yaml")),
            ("OS_CLIENT_SECURE_FILE", at("secure.yaml")),
            ("XDG_CONFIG_HOME", at("config")),
            ("HOME", at("home")),
        ];
        let more = more
            .iter()
            .map(|&(name, value)| (name, OsString::from(value)));
        let all = files.into_iter().chain(more);
        Environment::of(all.map(|(name, value)| (name.into(), value)))
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
        &format!("{{auth_type: http_basic, username: admin, password: '{SECRET}'}}"),
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
        "the cloud it leads to has no `password` in `/clouds.yaml`, expected one for auth_type \
         `http_basic`",
    );
    check(
        &format!("{{auth_type: http_basic, auth: {{username: admin, password: [{SECRET}]}}}}"),
        "`/clouds.yaml`: line 2: found a list, expected a text",
    );
    check(
        &format!("{{auth_type: v3oidcpassword, auth: {{username: a, password: {SECRET}}}}}"),
        "the cloud it leads to has auth_type `v3oidcpassword` in `/clouds.yaml`, expected \
         `none`, `http_basic`, `admin_token`, `token_endpoint`, `password`, `v3password` or \
         `v3applicationcredential`",
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
    let variables = [
        ("OS_CLIENT_CONFIG_FILE", "/run/c.yaml"),
        ("HOME", "/home/op"),
        ("XDG_CONFIG_HOME", ""),
    ];
    let environment = Environment::of(variables.map(|(name, value)| (name.into(), value.into())));
    let search = clouds::SearchPath::of(&environment);
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

#[test]
fn without_a_name_the_usual_cloud_is_taken() {
    let basic = |user: &str| {
        format!("{{auth_type: http_basic, auth: {{username: {user}, password: {SECRET}}}}}")
    };
    let files = |clouds: &[&str]| {
        let clouds: String = clouds
            .iter()
            .map(|name| format!("  {name}: {}\n", basic(name)))
            .collect();
        Clouds::new().with("clouds.yaml", &format!("clouds:\n{clouds}"), 0o600)
    };
    let usual = |files: &Clouds, more: &[(&str, &str)]| {
        let environment = files.environment(more);
        let outcome = Access::load_in(&CredentialsSource::UsualCloud, &environment);
        summary(outcome).replace(&files.dir.path().display().to_string(), "")
    };
    let described = [
        ("OS_AUTH_TYPE", "http_basic"),
        ("OS_USERNAME", "var"),
        ("OS_PASSWORD", SECRET),
    ];
    let both = files(&["a", "b"]);
    assert_eq!(usual(&both, &[("OS_CLOUD", "b")]), "basic b");
    assert_eq!(usual(&both, &described), "basic var");
    assert_eq!(usual(&files(&["a"]), &[("OS_REGION_NAME", "x")]), "basic a");
    assert_eq!(
        usual(&both, &[("OS_LOG_LEVEL", "x")]),
        "neither `OS_CLOUD` nor other variables `OS_*` say which cloud, and there are `a`, `b`"
    );
    assert_eq!(
        usual(&files(&["envvars"]), &described),
        "`/clouds.yaml` has a cloud of the name that stands for the variables `OS_*`, expected \
         another name there or in `OS_CLOUD_NAME`"
    );
    assert_eq!(
        usual(&both, &[("OS_CLOUD", "c")]),
        "the cloud it names is not in `/clouds.yaml`, which has `a`, `b`"
    );
    assert_eq!(
        usual(&both, &[("OS_USERNAME", "var")]),
        "the cloud it leads to has no `user_domain_name` in the variables `OS_*`, expected one for \
         auth_type `password`"
    );
    let nothing = usual(&Clouds::new(), &[]);
    assert!(nothing.starts_with("no readable clouds.yaml found, looked for `/clouds.yaml`"));
}

/// Whatever is in a clouds file or variable, nothing of it is told that may be a secret.
#[test]
fn no_error_about_a_cloud_tells_a_secret() {
    for cloud in [
        format!("{{auth: {{auth_url: 'http://op:{SECRET}@k/v3', user_id: u, password: x}}}}"),
        format!("{{auth: {{auth_url: 'http://k/v3?{SECRET}', user_id: u, password: x}}}}"),
        format!("{{auth_type: http_basic, auth: {{username: '{SECRET}:', password: x}}}}"),
        format!("{{auth_type: none, auth: {{endpoint: '{SECRET}'}}}}"),
        format!("{{auth: {{user_id: u, password: {SECRET}, system_scope: {SECRET}}}}}"),
        format!("{{auth: {{user_id: u, password: {SECRET}}}}}"),
        format!("{{auth: {{user_id: u, password: {SECRET}}}, cert: /nowhere/client.pem}}"),
        format!("{{auth: [{SECRET}]}}"),
        format!("{{auth: {SECRET}}}"),
    ] {
        let text = format!("clouds:\n  lab: {cloud}\n");
        let files = Clouds::new().with("clouds.yaml", &text, 0o600);
        assert!(files.access("lab").is_err(), "{cloud}");
        // Which checks what is told.
        files.load("lab");
    }
}
