//! Credentials of a cloud in `clouds.yaml`, looked up as OpenStack clients do.
//!
//! The first `clouds.yaml` that is found counts, and what `secure.yaml` says about the cloud
//! goes before it. Source: openstacksdk, `openstack/config/loader.py`.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::file::SecretFile;
use super::yaml::{self, Node, YamlFault};
use super::{Credentials, CredentialsError, CredentialsFile};
use crate::secret::Secret;

/// Where clouds files are looked for, best first.
pub(super) struct SearchPath {
    clouds: Vec<PathBuf>,
    secure: Vec<PathBuf>,
}

impl SearchPath {
    /// The files that OpenStack clients look for in this environment.
    pub(super) fn of(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let home = variable("HOME").map(|home| PathBuf::from(home).join(".config"));
        let mut directories = vec![PathBuf::from(".")];
        directories.extend(variable("XDG_CONFIG_HOME").map(|dir| openstack_in(dir.as_ref())));
        directories.extend(home.as_deref().map(openstack_in));
        let site = variable("XDG_CONFIG_DIRS").unwrap_or_else(|| "/etc/xdg".into());
        directories.extend(std::env::split_paths(&site).map(|dir| openstack_in(&dir)));
        directories.push(PathBuf::from("/etc/openstack"));

        let files = |stem: &str, first: Option<OsString>| {
            let mut files: Vec<PathBuf> = first.into_iter().map(PathBuf::from).collect();
            for directory in &directories {
                let named = ["yaml", "yml", "json"].map(|suffix| format!("{stem}.{suffix}"));
                files.extend(named.iter().map(|name| directory.join(name)));
            }
            files
        };
        Self {
            clouds: files("clouds", variable("OS_CLIENT_CONFIG_FILE")),
            secure: files("secure", variable("OS_CLIENT_SECURE_FILE")),
        }
    }

    #[cfg(test)]
    pub(super) fn clouds_files(&self) -> &[PathBuf] {
        &self.clouds
    }
}

fn openstack_in(directory: &Path) -> PathBuf {
    directory.join("openstack")
}

/// The credentials of a cloud; none when it needs none.
pub(super) fn load(
    name: &str,
    search: &SearchPath,
) -> Result<Option<Credentials>, CredentialsError> {
    // The one that goes before the other stands first.
    let files: Vec<CloudsFile> = [first_of(&search.secure)?, first_of(&search.clouds)?]
        .into_iter()
        .flatten()
        .collect();
    let Some(last) = files.last() else {
        return Err(CredentialsError::NoCloudsFile {
            looked_for: search.clouds.clone(),
        });
    };
    let mut parts = Vec::new();
    for file in &files {
        if let Some(node) = file.cloud(name)? {
            parts.push(Part { file, node });
        }
    }
    if parts.is_empty() {
        let mut known = Vec::new();
        for file in &files {
            known.extend(file.cloud_names()?);
        }
        return Err(CredentialsError::NoSuchCloud {
            file: last.path.clone(),
            known,
        });
    }
    Cloud {
        parts,
        path: &last.path,
    }
    .credentials()
}

/// A clouds file that was found.
struct CloudsFile {
    path: PathBuf,
    file: SecretFile,
    root: Rc<Node>,
}

fn first_of(paths: &[PathBuf]) -> Result<Option<CloudsFile>, CredentialsError> {
    for path in paths {
        match SecretFile::open(path, CredentialsFile::Clouds(path.clone())) {
            Ok(file) => return CloudsFile::read(path.clone(), file).map(Some),
            Err(CredentialsError::Read { cause, .. }) if is_skipped(&cause) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// Clients go on to the next place when a file is not there for them.
fn is_skipped(cause: &io::Error) -> bool {
    use io::ErrorKind::{NotADirectory, NotFound, PermissionDenied};
    matches!(cause.kind(), NotFound | NotADirectory | PermissionDenied)
}

impl CloudsFile {
    fn read(path: PathBuf, file: SecretFile) -> Result<Self, CredentialsError> {
        let content = file.read()?;
        let not_utf8 = |_| YamlFault {
            line: 1,
            found: "bytes that are not UTF-8",
            expected: "UTF-8",
        };
        let root = std::str::from_utf8(&content)
            .map_err(not_utf8)
            .and_then(yaml::parse);
        let root = root.map_err(|fault| in_file(&path, &fault))?;
        Ok(Self { path, file, root })
    }

    fn cloud(&self, name: &str) -> Result<Option<&Node>, CredentialsError> {
        let clouds = self
            .root
            .get("clouds")
            .map_err(|fault| in_file(&self.path, &fault))?;
        let cloud = clouds.map_or(Ok(None), |clouds| clouds.get(name));
        cloud.map_err(|fault| in_file(&self.path, &fault))
    }

    fn cloud_names(&self) -> Result<Vec<String>, CredentialsError> {
        let clouds = self
            .root
            .get("clouds")
            .map_err(|fault| in_file(&self.path, &fault))?;
        let names = clouds.map_or(Ok(Vec::new()), Node::keys);
        names.map_err(|fault| in_file(&self.path, &fault))
    }
}

fn in_file(path: &Path, fault: &YamlFault) -> CredentialsError {
    let YamlFault {
        line,
        found,
        expected,
    } = *fault;
    CredentialsError::Yaml {
        file: CredentialsFile::Clouds(path.into()),
        line,
        found,
        expected,
    }
}

/// A cloud, from all files that speak of it.
struct Cloud<'a> {
    parts: Vec<Part<'a>>,
    path: &'a Path,
}

/// What one file says about a cloud.
struct Part<'a> {
    file: &'a CloudsFile,
    node: &'a Node,
}

impl Cloud<'_> {
    fn credentials(&self) -> Result<Option<Credentials>, CredentialsError> {
        let auth_type = match self.auth_type()? {
            Some(found) => found,
            // What clients assume where nothing is said.
            None => return Err(self.needs_keystone(String::from("`password` (none is given)"))),
        };
        match auth_type.as_str() {
            "none" | "None" => Ok(None),
            "http_basic" => {
                let user = self.required("username", "http_basic")?;
                let password = Secret::new(self.required("password", "http_basic")?);
                Credentials::basic(user, password)
                    .map(Some)
                    .map_err(CredentialsError::Format)
            }
            "admin_token" | "token_endpoint" => {
                let token = Secret::new(self.required("token", "admin_token")?);
                Credentials::token(token)
                    .map(Some)
                    .map_err(CredentialsError::Format)
            }
            other => Err(self.needs_keystone(format!("`{}`", other.escape_debug()))),
        }
    }

    /// `auth_type`, or `auth_plugin` as it was called before; null means none, as in the clients.
    fn auth_type(&self) -> Result<Option<String>, CredentialsError> {
        for key in ["auth_type", "auth_plugin"] {
            for Part { file, node } in &self.parts {
                let found = node
                    .get(key)
                    .and_then(|node| node.map(Node::as_text).transpose());
                if let Some(text) = found.map_err(|fault| in_file(&file.path, &fault))? {
                    let text = text.filter(|text| !text.is_empty()).unwrap_or("none");
                    return Ok(Some(String::from(text)));
                }
            }
        }
        Ok(None)
    }

    fn required(
        &self,
        key: &'static str,
        auth_type: &'static str,
    ) -> Result<String, CredentialsError> {
        let mut first = None;
        for part in &self.parts {
            if let Some(text) = part.text(key)? {
                // Every file that holds the secret is checked, not only the one that counts.
                if key != "username" {
                    part.file.file.must_be_private()?;
                }
                first = first.or(Some(text));
            }
        }
        first
            .map(String::from)
            .ok_or_else(|| CredentialsError::Incomplete {
                file: self.path.into(),
                key,
                auth_type,
            })
    }

    fn needs_keystone(&self, found: String) -> CredentialsError {
        CredentialsError::NeedsKeystone {
            file: self.path.into(),
            found,
        }
    }
}

impl Part<'_> {
    /// A key under `auth`, or beside it, which clients accept too.
    fn text(&self, key: &str) -> Result<Option<&str>, CredentialsError> {
        let read = || {
            let auth = self
                .node
                .get("auth")?
                .map_or(Ok(None), |auth| auth.get(key))?;
            let found = match auth {
                Some(found) => Some(found),
                None => self.node.get(key)?,
            };
            found.map_or(Ok(None), Node::as_text)
        };
        read().map_err(|fault| in_file(&self.file.path, &fault))
    }
}
