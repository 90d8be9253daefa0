//! Drives made of their parts: in memory, the same bytes from the same parts.
//!
//! The image is what Nova's builder asks mkisofs for: ISO 9660 with long lower-case names, Rock
//! Ridge and Joliet, labelled `config-2`, the documents under `openstack/latest` and
//! `openstack/2012-08-10`. What depends on time or machine there is fixed here: dates are the
//! beginning of 1970, owners are root. There is no padding behind the last file.

mod layout;
mod records;

use std::collections::BTreeMap;
use std::io::{self, Write};

use ::base64::Engine;
use ::base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use flate2::{Compression, GzBuilder};
use zeroize::Zeroizing;

use super::LATEST;
use crate::json::{Document, ReadError};
use layout::Layout;

/// Bytes of a sector.
const SECTOR: usize = 2048;

/// Sectors before the volume descriptors.
const SYSTEM_AREA_SECTORS: u32 = 16;

/// The other directory that clients of Ironic fill; some nodes look for nothing else.
const OLDEST: &str = "openstack/2012-08-10";

/// Longest part of a path: what ISO 9660 takes with room for an extension and a version.
const MOST_NAME_BYTES: usize = 27;

/// Levels of directories, as ISO 9660 takes them, the root being one.
const MOST_DEPTH: usize = 7;

/// What goes on a drive.
#[derive(Default)]
pub struct Parts {
    /// Meta data, a JSON object.
    pub meta_data: Zeroizing<Vec<u8>>,
    /// Network data, a JSON object.
    pub network_data: Option<Zeroizing<Vec<u8>>>,
    /// User data, anything.
    pub user_data: Option<Zeroizing<Vec<u8>>>,
    /// Vendor data, a JSON object.
    pub vendor_data: Option<Zeroizing<Vec<u8>>>,
    /// Further files by their path on the drive, such as `openstack/content/0000`.
    pub files: Vec<(String, Zeroizing<Vec<u8>>)>,
}

/// Why no drive can be made of the parts.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A document is not what it has to be.
    #[error("{document}: not strict JSON, expected one object with no key twice")]
    Json {
        /// Name of the part.
        document: &'static str,
        /// What is wrong with it.
        #[source]
        source: ReadError,
    },
    /// A document is JSON and no object.
    #[error("{document}: JSON of another type, expected an object")]
    NoObject {
        /// Name of the part.
        document: &'static str,
    },
    /// A path that would not arrive as it is.
    #[error(
        "path `{path}`: expected up to {MOST_DEPTH} names between slashes, each of 1 to {MOST_NAME_BYTES} letters, digits, `.`, `_` and `-`, and none `.` or `..`"
    )]
    Path {
        /// The path, fit for showing.
        path: String,
    },
    /// Two files of one path, or whose paths differ in case or in `-` and `_` only.
    #[error("path `{path}`: another file has it, or one that some readers take for it")]
    Taken {
        /// The path.
        path: String,
    },
    /// The JSON form holds text only.
    #[error("user data: not UTF-8, expected text, which is what the JSON form can hold")]
    NoText,
    /// The JSON form has no place for files.
    #[error("path `{path}`: the JSON form holds no files, expected the image form for them")]
    NoFiles {
        /// Path of the first one.
        path: String,
    },
    /// More than an image can hold.
    #[error("an image of more than 2 GiB, expected up to 64 MiB")]
    TooLarge,
    /// The image could not be compressed.
    #[error("image cannot be compressed")]
    Compress(#[source] io::Error),
}

/// Files by path.
type Files<'a> = BTreeMap<String, &'a [u8]>;

/// An ISO 9660 image of these parts, under `openstack/latest` and `openstack/2012-08-10`.
///
/// # Errors
/// A document is not strict JSON, or a path would not arrive as it is.
pub fn build_iso(parts: &Parts) -> Result<Zeroizing<Vec<u8>>, BuildError> {
    image(&files(parts)?)
}

/// An ISO 9660 image of these files and nothing else, by path.
///
/// # Errors
/// A path would not arrive as it is, or two would be taken for one.
pub fn build_files(
    files: &[(String, Zeroizing<Vec<u8>>)],
) -> Result<Zeroizing<Vec<u8>>, BuildError> {
    let mut by_path = Files::new();
    for (path, bytes) in files {
        add(&mut by_path, path, bytes)?;
    }
    image(&by_path)
}

fn image(files: &Files<'_>) -> Result<Zeroizing<Vec<u8>>, BuildError> {
    let layout = Layout::of(files)?;
    let mut image = Zeroizing::new(vec![0; layout.blocks as usize * SECTOR]);
    records::write(&layout, &mut image);
    Ok(image)
}

/// An image as Ironic takes it: base64 of a gzip stream, in which nothing depends on time or place.
///
/// # Errors
/// The image cannot be compressed.
pub fn to_base64(image: &[u8]) -> Result<Zeroizing<String>, BuildError> {
    // Room for what does not shrink, so that no copy is left behind on the way.
    let room = Zeroizing::new(Vec::with_capacity(image.len() / 1000 + image.len() + 64));
    let mut writer = GzBuilder::new()
        .operating_system(UNKNOWN_SYSTEM)
        .write(Wiped(room), Compression::default());
    let written = writer.write_all(image).and_then(|()| writer.finish());
    let stream = written.map_err(BuildError::Compress)?.0;
    Ok(Zeroizing::new(STANDARD.encode(&*stream)))
}

/// What RFC 1952 has for a system that is not told.
const UNKNOWN_SYSTEM: u8 = 255;

/// Bytes that are wiped in the end.
struct Wiped(Zeroizing<Vec<u8>>);

impl Write for Wiped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The drive as the JSON object of its parts.
///
/// # Errors
/// A document is not strict JSON, user data is no text, or there are files besides.
pub fn build_json(parts: &Parts) -> Result<Zeroizing<String>, BuildError> {
    if let Some((path, _)) = parts.files.first() {
        let path = shown(path);
        return Err(BuildError::NoFiles { path });
    }
    let mut members = Vec::new();
    for (name, text) in documents(parts) {
        check_object(name, text)?;
        let text = std::str::from_utf8(text).map_err(|_| BuildError::NoText)?;
        members.push(Zeroizing::new(format!("\"{name}\":{}", text.trim())));
    }
    if let Some(user_data) = &parts.user_data {
        let text = std::str::from_utf8(user_data).map_err(|_| BuildError::NoText)?;
        let text = Zeroizing::new(serde_json::Value::from(text).to_string());
        members.push(Zeroizing::new(format!("\"user_data\":{}", &*text)));
    }
    let room = members.iter().map(|member| member.len() + 1).sum::<usize>() + 2;
    let mut text = Zeroizing::new(String::with_capacity(room));
    text.push('{');
    for (index, member) in members.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        text.push_str(member);
    }
    text.push('}');
    Ok(text)
}

fn documents(parts: &Parts) -> impl Iterator<Item = (&'static str, &[u8])> {
    [
        ("meta_data", Some(&parts.meta_data)),
        ("network_data", parts.network_data.as_ref()),
        ("vendor_data", parts.vendor_data.as_ref()),
    ]
    .into_iter()
    .filter_map(|(name, part)| Some((name, part?.as_slice())))
}

fn check_object(document: &'static str, text: &[u8]) -> Result<(), BuildError> {
    let copy = Bytes::from_owner(Zeroizing::new(text.to_vec()));
    match Document::read(copy) {
        Ok(read) if read.root().is_object() => Ok(()),
        Ok(_) => Err(BuildError::NoObject { document }),
        Err(source) => Err(BuildError::Json { document, source }),
    }
}

fn files(parts: &Parts) -> Result<Files<'_>, BuildError> {
    let mut files = Files::new();
    for (name, text) in documents(parts) {
        check_object(name, text)?;
        // Nodes read `vendor_data.json` as a string and `vendor_data2.json` as an object.
        let name = if name == "vendor_data" {
            "vendor_data2"
        } else {
            name
        };
        for directory in [LATEST, OLDEST] {
            files.insert(format!("{directory}/{name}.json"), text);
        }
    }
    if let Some(user_data) = &parts.user_data {
        for directory in [LATEST, OLDEST] {
            files.insert(format!("{directory}/user_data"), user_data);
        }
    }
    for (path, bytes) in &parts.files {
        add(&mut files, path, bytes)?;
    }
    Ok(files)
}

fn add<'a>(files: &mut Files<'a>, path: &str, bytes: &'a [u8]) -> Result<(), BuildError> {
    check_path(path)?;
    match files.insert(path.to_owned(), bytes) {
        None => Ok(()),
        Some(_) => Err(BuildError::Taken {
            path: path.to_owned(),
        }),
    }
}

fn check_path(path: &str) -> Result<(), BuildError> {
    let is_name = |name: &str| {
        (1..=MOST_NAME_BYTES).contains(&name.len())
            && name != "."
            && name != ".."
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    };
    if path.split('/').all(is_name) && path.split('/').count() <= MOST_DEPTH {
        return Ok(());
    }
    Err(BuildError::Path { path: shown(path) })
}

/// `path` as messages may show it.
fn shown(path: &str) -> String {
    const CHARACTERS: usize = 120;
    path.chars()
        .take(CHARACTERS)
        .flat_map(char::escape_debug)
        .collect()
}

#[cfg(test)]
mod tests;
