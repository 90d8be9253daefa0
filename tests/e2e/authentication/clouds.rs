//! Clouds files and variables are read as openstacksdk reads them: both would send the same login
//! and look for Ironic in the same place.

use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use portcullis::config::IronicConfig;
use portcullis::credentials::{Access, Credentials, CredentialsSource, Endpoint};
use portcullis::driver::Session;
use portcullis_lab::Python;
use portcullis_tests::fake_ironic::{FakeIronic, Script};
use portcullis_tests::workspace_root;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Both use these files.
const CLOUDS: &str = include_str!("clouds.yaml");
const SECURE: &str = include_str!("secure.yaml");
const PUBLIC: &str = include_str!("clouds-public.yaml");

/// A home directory with the files, and a server that clients would log in at.
struct Home {
    dir: TempDir,
    keystone: FakeIronic,
}

impl Home {
    fn new() -> Self {
        let (dir, keystone) = (tempfile::tempdir().unwrap(), FakeIronic::start());
        keystone.direct(|_| Script::reply("503 Service Unavailable", &[], b""));
        let config = dir.path().join(".config/openstack");
        fs::create_dir_all(&config).unwrap();
        for (name, text) in [
            ("clouds.yaml", CLOUDS),
            ("secure.yaml", SECURE),
            ("clouds-public.yaml", PUBLIC),
        ] {
            let path = config.join(name);
            fs::write(&path, text.replace("KEYSTONE", &keystone.url())).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        }
        Self { dir, keystone }
    }

    fn variables(&self, case: &Case) -> Vec<(String, String)> {
        let home = self.dir.path().display().to_string();
        let mut all = vec![(String::from("HOME"), home)];
        all.extend(case.variables.iter().map(|&(name, value)| {
            let value = value.replace("KEYSTONE", &self.keystone.url());
            (name.to_owned(), value)
        }));
        all
    }

    /// What openstacksdk makes of the cases.
    fn sdk(&self, cases: &[Case]) -> Vec<Value> {
        let asked = cases.iter().map(|case| {
            let variables: serde_json::Map<_, _> = self
                .variables(case)
                .into_iter()
                .map(|(name, value)| (name, json!(value)))
                .collect();
            json!({"cloud": case.cloud, "variables": variables})
        });
        let asked = Value::from_iter(asked).to_string();
        let mut client = Command::new(Python::prepare().unwrap().interpreter())
            .arg(workspace_root().join("tests/clients/clouds.py"))
            .current_dir(self.dir.path())
            .env_clear()
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = client.stdin.take().unwrap();
        input.write_all(asked.as_bytes()).unwrap();
        drop(input);
        let said = client.wait_with_output().unwrap();
        let lines = String::from_utf8(said.stdout).unwrap();
        lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// What we make of one.
    async fn ours(&self, case: &Case) -> Value {
        let source = match case.cloud {
            Some(name) => CredentialsSource::Cloud(name.into()),
            None => CredentialsSource::UsualCloud,
        };
        let variables = self.variables(case).into_iter();
        let variables =
            variables.map(|(name, value)| (OsString::from(name), OsString::from(value)));
        let access = match Access::load_from(&source, variables) {
            Ok(access) => access,
            Err(error) => return json!({"refused": error.to_string()}),
        };
        let place = place(&access);
        let authorities = access.ca_file.clone();
        json!({
            "login": self.login(access).await,
            "place": place,
            "authorities": authorities,
        })
    }

    /// What is sent to log in.
    async fn login(&self, access: Access) -> Value {
        let mut config = IronicConfig::default();
        let is_keystone = matches!(access.credentials, Some(Credentials::Keystone(_)));
        config.enter(Access {
            // Nobody has that file.
            ca_file: None,
            ..access
        });
        let session = Session::open(&config).unwrap();
        let proof = session.proof().await;
        if !is_keystone {
            let headers = proof.unwrap().headers().clone();
            let headers = headers.iter().map(|(name, value)| {
                let value = value.to_str().unwrap();
                (name.as_str().to_owned(), json!(value))
            });
            return json!({"headers": serde_json::Map::from_iter(headers)});
        }
        let sent = self
            .keystone
            .look(|seen| seen.requests.last().cloned())
            .unwrap();
        json!({
            "url": format!("{}{}", self.keystone.url(), sent.target),
            "body": serde_json::from_slice::<Value>(&sent.body).unwrap(),
        })
    }
}

fn place(access: &Access) -> Value {
    match &access.endpoint {
        None => json!({"url": null}),
        Some(Endpoint::At(url)) => json!({"url": url.to_string().trim_end_matches('/')}),
        Some(Endpoint::Catalogue(query)) => {
            json!({"interfaces": query.interfaces, "region": query.region})
        }
    }
}

/// A cloud that is asked for, in an environment.
#[derive(Debug)]
struct Case {
    cloud: Option<&'static str>,
    variables: &'static [(&'static str, &'static str)],
}

const fn named(name: &'static str) -> Case {
    Case {
        cloud: Some(name),
        variables: &[],
    }
}

const fn usual(variables: &'static [(&'static str, &'static str)]) -> Case {
    Case {
        cloud: None,
        variables,
    }
}

/// A login in variables.
const USER: [(&str, &str); 4] = [URL, NAME, PASSWORD, DOMAIN];
const URL: (&str, &str) = ("OS_AUTH_URL", "KEYSTONE/v3");
const NAME: (&str, &str) = ("OS_USERNAME", "op");
const PASSWORD: (&str, &str) = ("OS_PASSWORD", "s3cret");
const DOMAIN: (&str, &str) = ("OS_USER_DOMAIN_NAME", "Default");

const ALIKE: &[Case] = &[
    named("none"),
    named("null-type"),
    named("basic"),
    named("basic-flat"),
    named("token"),
    named("password"),
    named("password-v3"),
    named("unversioned"),
    named("deep-path"),
    named("by-ids"),
    named("one-domain"),
    named("domain-scope"),
    named("system-scope"),
    named("trust"),
    named("default-domain"),
    named("tenant"),
    named("beside-auth"),
    named("beside-and-under"),
    named("hyphens"),
    named("numbers"),
    named("application-credential"),
    named("application-credential-by-name"),
    named("secured"),
    named("profiled"),
    named("regions"),
    named("regions-with-values"),
    named("region-list"),
    named("interfaces"),
    named("endpoint-type"),
    named("for-ironic-alone"),
    named("override"),
    named("authorities"),
    named("merged"),
    usual(&[("OS_CLOUD", "password")]),
    // The cloud that is named counts, and none of the variables beside it.
    usual(&[
        ("OS_CLOUD", "password"),
        ("OS_USERNAME", "another"),
        ("OS_PASSWORD", "another"),
        ("OS_REGION_NAME", "another"),
    ]),
    usual(&[URL, NAME, PASSWORD, DOMAIN]),
    usual(&[URL, NAME, PASSWORD, DOMAIN, ("OS_PROJECT_ID", "p1")]),
    usual(&[
        URL,
        NAME,
        PASSWORD,
        DOMAIN,
        ("OS_TENANT_NAME", "demo"),
        ("OS_PROJECT_DOMAIN_ID", "default"),
        ("OS_REGION_NAME", "two"),
        ("OS_INTERFACE", "internal"),
        ("OS_CACERT", "/etc/ca.pem"),
    ]),
    usual(&[URL, NAME, PASSWORD, DOMAIN, ("OS_PROJECT_NAME", "")]),
    usual(&[URL, NAME, PASSWORD, DOMAIN, ("OS_SYSTEM_SCOPE", "all")]),
    usual(&[
        URL,
        NAME,
        PASSWORD,
        DOMAIN,
        ("OS_ENDPOINT_TYPE", "adminURL"),
    ]),
    usual(&[
        URL,
        NAME,
        PASSWORD,
        DOMAIN,
        ("OS_BAREMETAL_ENDPOINT_OVERRIDE", "http://ironic:6385"),
    ]),
    usual(&[
        ("OS_AUTH_TYPE", "v3applicationcredential"),
        URL,
        ("OS_APPLICATION_CREDENTIAL_ID", "a1"),
        ("OS_APPLICATION_CREDENTIAL_SECRET", "s3cret"),
    ]),
    usual(&[
        ("OS_AUTH_TYPE", "none"),
        ("OS_ENDPOINT", "http://ironic:6385"),
    ]),
    usual(&[
        ("OS_AUTH_TYPE", "http_basic"),
        ("OS_USERNAME", "op"),
        ("OS_PASSWORD", "s3cret"),
        ("OS_ENDPOINT", "http://ironic:6385"),
    ]),
    usual(&[
        ("OS_AUTH_TYPE", "admin_token"),
        ("OS_TOKEN", "t0ken"),
        ("OS_ENDPOINT", "http://ironic:6385"),
    ]),
    Case {
        cloud: Some("envvars"),
        variables: &USER,
    },
    Case {
        cloud: Some("mine"),
        variables: &[URL, NAME, PASSWORD, DOMAIN, ("OS_CLOUD_NAME", "mine")],
    },
    // Neither takes it.
    named("missing"),
    named("unknown-type"),
    Case {
        cloud: Some("envvars"),
        variables: &[],
    },
    usual(&[URL, NAME, PASSWORD, DOMAIN, ("OS_CLOUD_NAME", "basic")]),
];

#[tokio::test]
async fn both_make_the_same_of_a_cloud() {
    let home = Home::new();
    let theirs = home.sdk(ALIKE);
    assert_eq!(theirs.len(), ALIKE.len());
    let mut differences = Vec::new();
    for (case, theirs) in ALIKE.iter().zip(theirs) {
        let ours = home.ours(case).await;
        let both_refuse = ours.get("refused").is_some() && theirs.get("refused").is_some();
        if ours != theirs && !both_refuse {
            differences.push(format!("{case:?}\n  ours:   {ours}\n  theirs: {theirs}"));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// What clients go on with, and what is wrong with it.
const DOUBTFUL: &[(Case, &str)] = &[
    (named("insecure"), "asks by `insecure`"),
    (named("not-verified"), "asks by `verify`"),
    (
        named("octal"),
        "found a number or date in a form that clients rewrite",
    ),
    (
        named("vendor"),
        "those that come with clients are not known here",
    ),
    (
        usual(&[URL, NAME, PASSWORD, DOMAIN, ("OS_INSECURE", "true")]),
        "asks by `insecure` in the variables `OS_*` not to verify",
    ),
];

#[tokio::test]
async fn what_clients_go_on_with_in_doubt_is_refused() {
    let home = Home::new();
    let cases: Vec<Case> = DOUBTFUL.iter().map(|(case, _)| Case { ..*case }).collect();
    for (((case, expected), theirs), again) in DOUBTFUL.iter().zip(home.sdk(&cases)).zip(&cases) {
        assert!(theirs.get("refused").is_none(), "{case:?}: {theirs}");
        let ours = home.ours(again).await;
        let said = ours["refused"].as_str().unwrap_or_default();
        assert!(said.contains(expected), "{case:?}: {ours}");
        assert!(!said.contains("s3cret") && !said.contains("0123"), "{said}");
    }
}

/// Clients send it, or refuse it only once they do.
#[tokio::test]
async fn what_a_server_would_refuse_is_refused_before() {
    let home = Home::new();
    let said = async |name: &'static str| {
        let ours = home.ours(&named(name)).await;
        let home = Path::new(home.dir.path()).display().to_string();
        ours["refused"].as_str().unwrap().replace(&home, "")
    };
    let file = "in `/.config/openstack/clouds.yaml`";
    assert_eq!(
        said("no-user-domain").await,
        format!(
            "the cloud it leads to has no `user_domain_name` {file}, expected one for auth_type \
             `password`"
        )
    );
    assert_eq!(
        said("no-password").await,
        format!(
            "the cloud it leads to has no `password` {file}, expected one for auth_type \
             `http_basic`"
        )
    );
    assert_eq!(
        said("two-scopes").await,
        format!(
            "the cloud it leads to has both `project_id` and `system_scope` (or their like) {file}, \
             expected one of them: a token is for one project, one domain, one trust or the system"
        )
    );
    assert_eq!(
        said("version-2").await,
        format!(
            "the cloud it leads to has a `auth_url` {file} that cannot be used, expected an \
             `http` or `https` address of Keystone's version 3, without user and query"
        )
    );
}
