//! A cloud as several places describe it, laid over each other.

use super::clouds::{CloudsFile, in_file};
use super::environment::Environment;
use super::yaml::{Node, YamlFault};
use super::{CloudsPlace, CredentialsError, FormatFault};

/// What describes a cloud, best first: the first that has a key counts, even when it says null.
pub(super) struct Layers<'a> {
    pub(super) layers: Vec<Layer<'a>>,
    /// For messages.
    pub(super) place: CloudsPlace,
    /// The region that a list of regions chooses.
    pub(super) region: Option<String>,
}

/// One place that describes a cloud.
#[derive(Clone, Copy)]
pub(super) enum Layer<'a> {
    File {
        file: &'a CloudsFile,
        /// Its mapping for the cloud.
        node: &'a Node,
    },
    Variables(&'a Environment),
}

/// The mapping of a cloud, or that under its `auth`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Top,
    Auth,
}

type Found<T> = Result<Option<T>, CredentialsError>;

impl<'a> Layers<'a> {
    /// A text of the cloud itself. Empty and null ones count as not given.
    pub(super) fn text(&self, key: &str) -> Found<&'a str> {
        self.first(Section::Top, key)
    }

    /// Whether a key is given, whatever its value.
    pub(super) fn has(&self, key: &str) -> Result<bool, CredentialsError> {
        for layer in &self.layers {
            if layer.find(Section::Top, key)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A text, or the texts of a list.
    pub(super) fn texts(&self, key: &str) -> Found<Vec<&'a str>> {
        for layer in &self.layers {
            if let Some(texts) = layer.texts(key)? {
                return Ok(Some(texts).filter(|texts| !texts.is_empty()));
            }
        }
        Ok(None)
    }

    /// A value for authentication: that under `auth`, else that beside it.
    pub(super) fn auth(&self, key: &str) -> Found<&'a str> {
        match self.first(Section::Auth, key)? {
            Some(text) => Ok(Some(text)),
            None => self.first(Section::Top, key),
        }
    }

    /// The same the other way round. Clients do so for domains, projects and tokens.
    pub(super) fn auth_beside_first(&self, key: &str) -> Found<&'a str> {
        match self.first(Section::Top, key)? {
            Some(text) => Ok(Some(text)),
            None => self.first(Section::Auth, key),
        }
    }

    /// A secret. Every file that holds it is as private as a secret has to be, not only the one
    /// that counts.
    pub(super) fn secret(&self, key: &str) -> Found<&'a str> {
        for layer in &self.layers {
            let is_there = layer.find(Section::Auth, key)?.is_some()
                || layer.find(Section::Top, key)?.is_some();
            if let (Layer::File { file, .. }, true) = (layer, is_there) {
                file.file.must_be_private()?;
            }
        }
        self.auth(key)
    }

    /// The first of the regions that are listed is the one; what it brings goes before the rest.
    pub(super) fn choose_region(&mut self) -> Result<(), CredentialsError> {
        for index in 0..self.layers.len() {
            let Some(Layer::File { file, node }) = self.layers.get(index).copied() else {
                continue;
            };
            let chosen = first_region(node).map_err(|fault| in_file(&file.path, &fault))?;
            let Some((name, values)) = chosen else {
                continue;
            };
            self.region = Some(name.to_owned());
            if let Some(node) = values {
                self.layers.insert(0, Layer::File { file, node });
            }
            return Ok(());
        }
        Ok(())
    }

    pub(super) fn no_profile(&self, profile: &str) -> CredentialsError {
        CredentialsError::NoSuchProfile {
            place: self.place.clone(),
            profile: profile.escape_debug().to_string(),
        }
    }

    fn first(&self, section: Section, key: &str) -> Found<&'a str> {
        for layer in &self.layers {
            if let Some(text) = layer.find(section, key)? {
                return Ok(Some(text).filter(|text| !text.is_empty()));
            }
        }
        Ok(None)
    }
}

impl<'a> Layer<'a> {
    /// What stands at a key: an empty text when that is null.
    fn find(self, section: Section, key: &str) -> Found<&'a str> {
        match (self, section) {
            (Self::Variables(_), Section::Auth) => Ok(None),
            (Self::Variables(environment), Section::Top) => variable(environment, key),
            (Self::File { file, node }, _) => {
                let node = match section {
                    Section::Top => Ok(Some(node)),
                    Section::Auth => node.get("auth"),
                };
                let found = node.and_then(|node| match node {
                    Some(node) => get(node, key),
                    None => Ok(None),
                });
                let text = found.and_then(|found| found.map(Node::as_exact_text).transpose());
                let text = text.map_err(|fault| in_file(&file.path, &fault))?;
                Ok(text.map(Option::unwrap_or_default))
            }
        }
    }

    fn texts(self, key: &str) -> Found<Vec<&'a str>> {
        match self {
            Self::Variables(environment) => {
                let text = variable(environment, key)?;
                Ok(text.map(|text| vec![text]))
            }
            Self::File { file, node } => {
                let found = get(node, key);
                let texts = found.and_then(|found| found.map(Node::as_texts).transpose());
                texts.map_err(|fault| in_file(&file.path, &fault))
            }
        }
    }
}

fn variable<'a>(environment: &'a Environment, key: &str) -> Found<&'a str> {
    let value = environment.get(&format!("OS_{}", key.to_uppercase()));
    let text = value.map(|value| value.to_str().ok_or(FormatFault::NotUtf8));
    Ok(text.transpose()?)
}

/// Keys are written with `_` or `-`.
fn get<'a>(node: &'a Node, key: &str) -> Result<Option<&'a Node>, YamlFault> {
    match node.get(key)? {
        Some(found) => Ok(Some(found)),
        None if key.contains('_') => node.get(&key.replace('_', "-")),
        None => Ok(None),
    }
}

/// Name of the first region that a cloud lists, and what it brings along.
fn first_region(cloud: &Node) -> Result<Option<(&str, Option<&Node>)>, YamlFault> {
    let Some(first) = cloud.get("regions")?.map(Node::items).transpose()? else {
        return Ok(None);
    };
    let Some(first) = first.first() else {
        return Ok(None);
    };
    if !first.is_mapping() {
        return Ok(first.as_exact_text()?.map(|name| (name, None)));
    }
    let name = first.get("name")?.map_or(Ok(None), Node::as_exact_text)?;
    Ok(Some((name.unwrap_or_default(), first.get("values")?)))
}
