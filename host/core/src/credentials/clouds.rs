//! A cloud as OpenStack clients find it: in `clouds.yaml`, or in the variables `OS_*`.
//!
//! The first `clouds.yaml` that is found counts; what `secure.yaml` says about a cloud goes before
//! it, and what its profile in `clouds-public.yaml` says comes after. Source: openstacksdk,
//! `openstack/config/loader.py`.

use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::environment::Environment;
use super::file::SecretFile;
use super::layers::{Layer, Layers};
use super::yaml::{self, Node, YamlFault};
use super::{Access, CloudsPlace, CredentialsError, CredentialsFile, cloud};

/// Where clouds files are looked for, best first.
pub(super) struct SearchPath {
    clouds: Vec<PathBuf>,
    secure: Vec<PathBuf>,
    public: Vec<PathBuf>,
}

impl SearchPath {
    /// The files that OpenStack clients look for in this environment.
    pub(super) fn of(environment: &Environment) -> Self {
        let home = home(environment).map(|home| home.join(".config"));
        let mut directories = vec![PathBuf::from(".")];
        let config = environment.given("XDG_CONFIG_HOME");
        directories.extend(config.map(|directory| openstack_in(directory.as_ref())));
        directories.extend(home.as_deref().map(openstack_in));
        let site = environment.given("XDG_CONFIG_DIRS");
        let site = site.unwrap_or("/etc/xdg".as_ref());
        directories.extend(std::env::split_paths(site).map(|dir| openstack_in(&dir)));
        directories.push(PathBuf::from("/etc/openstack"));

        let files = |stem: &str, first: Option<&str>| {
            let first = first.and_then(|name| environment.given(name));
            let mut files: Vec<PathBuf> = first.into_iter().map(PathBuf::from).collect();
            for directory in &directories {
                let named = ["yaml", "yml", "json"].map(|suffix| format!("{stem}.{suffix}"));
                files.extend(named.iter().map(|name| directory.join(name)));
            }
            files
        };
        Self {
            clouds: files("clouds", Some("OS_CLIENT_CONFIG_FILE")),
            secure: files("secure", Some("OS_CLIENT_SECURE_FILE")),
            public: files("clouds-public", None),
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

/// The home directory; programs in a snap are told another one.
pub(super) fn home(environment: &Environment) -> Option<PathBuf> {
    let real = environment.given("SNAP_REAL_HOME");
    real.or_else(|| environment.given("HOME"))
        .map(PathBuf::from)
}

/// The cloud of this name. `envvars`, or what `OS_CLOUD_NAME` says, is the one that the variables
/// describe.
pub(super) fn named(name: &str, environment: &Environment) -> Result<Access, CredentialsError> {
    let files = Files::find(environment)?;
    if name == environment.cloud_name() && environment.describes_a_cloud() {
        files.must_leave_the_name(name)?;
        return of_variables(environment);
    }
    files.cloud(name, environment)
}

/// The cloud that clients take when they are told none: `OS_CLOUD`, else what the variables
/// describe, else the only one there is.
pub(super) fn usual(environment: &Environment) -> Result<Access, CredentialsError> {
    if let Some(name) = environment.given_text("OS_CLOUD") {
        return named(name, environment);
    }
    let files = Files::find(environment)?;
    if environment.describes_a_cloud() {
        files.must_leave_the_name(environment.cloud_name())?;
        return of_variables(environment);
    }
    let mut names = files.cloud_names()?;
    match (names.pop(), names.is_empty()) {
        (Some(only), true) => files.cloud(&only, environment),
        (Some(last), false) => Err(CredentialsError::NoCloudChosen {
            known: names.into_iter().chain([last]).collect(),
        }),
        (None, _) => Err(files.nothing(environment)),
    }
}

fn of_variables(environment: &Environment) -> Result<Access, CredentialsError> {
    let layers = Layers {
        layers: vec![Layer::Variables(environment)],
        place: CloudsPlace::Variables,
        region: None,
    };
    cloud::access(&layers, environment)
}

/// The files there are.
struct Files {
    secure: Option<CloudsFile>,
    clouds: Option<CloudsFile>,
}

impl Files {
    fn find(environment: &Environment) -> Result<Self, CredentialsError> {
        let search = SearchPath::of(environment);
        Ok(Self {
            secure: first_of(&search.secure)?,
            clouds: first_of(&search.clouds)?,
        })
    }

    /// The one that goes before the other first.
    fn all(&self) -> impl Iterator<Item = &CloudsFile> {
        self.secure.iter().chain(&self.clouds)
    }

    fn nothing(&self, environment: &Environment) -> CredentialsError {
        match self.all().last() {
            None => CredentialsError::NoCloudsFile {
                looked_for: SearchPath::of(environment).clouds,
            },
            Some(file) => CredentialsError::NoSuchCloud {
                file: file.path.clone(),
                known: Vec::new(),
            },
        }
    }

    /// The clients refuse two clouds of one name.
    fn must_leave_the_name(&self, name: &str) -> Result<(), CredentialsError> {
        for file in self.all() {
            if file.entry("clouds", name)?.is_some() {
                return Err(CredentialsError::NameTaken {
                    file: file.path.clone(),
                });
            }
        }
        Ok(())
    }

    fn cloud_names(&self) -> Result<Vec<String>, CredentialsError> {
        let mut names = Vec::new();
        for file in self.all() {
            for name in file.cloud_names()? {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        Ok(names)
    }

    fn cloud(&self, name: &str, environment: &Environment) -> Result<Access, CredentialsError> {
        let Some(last) = self.all().last() else {
            return Err(self.nothing(environment));
        };
        let mut layers = Vec::new();
        for file in self.all() {
            layers.extend(file.entry("clouds", name)?.map(|node| file.layer(node)));
        }
        if layers.is_empty() {
            return Err(CredentialsError::NoSuchCloud {
                file: last.path.clone(),
                known: self.cloud_names()?,
            });
        }
        let mut layers = Layers {
            layers,
            place: CloudsPlace::File(last.path.clone()),
            region: None,
        };
        let public = match layers.text("profile")?.or(layers.text("cloud")?) {
            Some(profile) => Some((
                profile.to_owned(),
                first_of(&SearchPath::of(environment).public)?,
            )),
            None => None,
        };
        if let Some((profile, file)) = &public {
            let found = match file {
                Some(file) => (file.entry("public-clouds", profile)?).map(|node| file.layer(node)),
                None => None,
            };
            layers
                .layers
                .push(found.ok_or_else(|| layers.no_profile(profile))?);
        }
        layers.choose_region()?;
        cloud::access(&layers, environment)
    }
}

/// A clouds file that was found.
pub(super) struct CloudsFile {
    pub(super) path: PathBuf,
    pub(super) file: SecretFile,
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

    /// What stands under a name in one of the file's sections.
    fn entry(&self, section: &str, name: &str) -> Result<Option<&Node>, CredentialsError> {
        let section = self.root.get(section);
        let entry = section.and_then(|section| match section {
            Some(section) => section.get(name),
            None => Ok(None),
        });
        entry.map_err(|fault| in_file(&self.path, &fault))
    }

    fn cloud_names(&self) -> Result<Vec<String>, CredentialsError> {
        let clouds = self.root.get("clouds");
        let names = clouds.and_then(|clouds| clouds.map_or(Ok(Vec::new()), Node::keys));
        names.map_err(|fault| in_file(&self.path, &fault))
    }

    fn layer<'a>(&'a self, node: &'a Node) -> Layer<'a> {
        Layer::File { file: self, node }
    }
}

/// A fault of a clouds file.
pub(super) fn in_file(path: &Path, fault: &YamlFault) -> CredentialsError {
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
