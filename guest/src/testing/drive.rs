//! The drive of a case, found and opened as the host does.

use super::case::Case;
use super::resource;
use crate::bindings::portcullis::policy::config_drive::{Form, OpenError, Submitted};
use crate::bindings::portcullis::policy::drive_types::{
    Contents, Entry, EntryKind, Flaw, ReadError,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portcullis_drive as reader;
use serde_json::Value as Json;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::collections::BTreeMap;

thread_local! {
    static DRIVE: RefCell<Option<CaseDrive>> = const { RefCell::new(None) };
}

/// Calls `use_it` with the drive of the case, if it has one.
pub(crate) fn with<T>(use_it: impl FnOnce(&CaseDrive) -> Option<T>) -> Option<T> {
    DRIVE.with_borrow(|drive| drive.as_ref().and_then(use_it))
}

/// Says what the drive is from now on, in this thread: that of a case.
pub(super) fn put_case(case: &Case) -> Result<(), String> {
    let found = find(case)?;
    DRIVE.set(found.map(|(pointer, value)| CaseDrive::new(&value, pointer)));
    Ok(())
}

/// Says what the drive is from now on, in this thread, for tests without a case: where it stands in
/// the request's body, and its JSON value.
///
/// # Panics
///
/// Never: a JSON value can be written as JSON.
pub fn put(drive: Option<(&str, &Json)>) {
    DRIVE.set(drive.map(|(pointer, value)| {
        let raw = serde_json::value::to_raw_value(value).expect("JSON");
        CaseDrive::new(&raw, pointer.to_owned())
    }));
}

/// The value of the drive in a case, and where findings about it belong.
fn find(case: &Case) -> Result<Option<(String, Box<RawValue>)>, String> {
    let body = case.request.body.as_deref();
    if case.operation.starts_with("node.provision.") {
        let found = body.and_then(|body| member(body, &["configdrive"]));
        return Ok(found.map(|value| ("/configdrive".to_owned(), value)));
    }
    const STORED: [&str; 2] = ["instance_info", "configdrive"];
    match case.operation.as_str() {
        "node.create" => {
            let found = body.and_then(|body| member(body, &STORED));
            Ok(found.map(|value| ("/instance_info/configdrive".to_owned(), value)))
        }
        "node.update" => {
            let touched = body.and_then(touched);
            let after = resource::after(case)?;
            let Some(pointer) = touched else {
                return Ok(None);
            };
            let found = match after {
                Some(after) => member(&after, &STORED),
                None => body.and_then(|body| stated(body, &pointer)),
            };
            Ok(found.map(|value| (pointer, value)))
        }
        _ => Ok(None),
    }
}

/// Where a patch touches the drive.
fn touched(patch: &RawValue) -> Option<String> {
    let patch: Json = serde_json::from_str(patch.get()).ok()?;
    let mut found = None;
    for (at, step) in patch.as_array()?.iter().enumerate() {
        let path = step.get("path")?.as_str()?;
        let is_removal = step.get("op")? == "remove";
        let rest = path.strip_prefix("/instance_info").unwrap_or("-");
        match rest {
            "" | "/configdrive" if is_removal => found = None,
            "" => {
                let has_one = step.pointer("/value/configdrive").is_some();
                found = has_one.then(|| format!("/{at}/value/configdrive"));
            }
            "/configdrive" => found = Some(format!("/{at}/value")),
            _ if rest.starts_with("/configdrive/") => found = Some(format!("/{at}/path")),
            _ => {}
        }
    }
    found
}

/// What the patch itself has at `pointer`; the whole of it where that is no drive.
fn stated(patch: &RawValue, pointer: &str) -> Option<Box<RawValue>> {
    let tree: Json = serde_json::from_str(patch.get()).ok()?;
    let value = match tree.pointer(pointer) {
        Some(value) if !pointer.ends_with("/path") => value,
        _ => &tree,
    };
    serde_json::value::to_raw_value(value).ok()
}

fn member(root: &RawValue, path: &[&str]) -> Option<Box<RawValue>> {
    let mut place = root;
    for name in path {
        let members: BTreeMap<String, &RawValue> = serde_json::from_str(place.get()).ok()?;
        place = members.get(*name).copied()?;
    }
    (place.get() != "null").then(|| place.to_owned())
}

/// A drive as a case submits it.
pub(crate) struct CaseDrive {
    pointer: String,
    form: Form,
    text: String,
    opened: Result<Opened, OpenError>,
}

enum Opened {
    Parts(Vec<(String, Vec<u8>)>),
    Image(Box<reader::Drive>),
    NotBase64(String),
}

impl CaseDrive {
    fn new(value: &RawValue, pointer: String) -> Self {
        let (form, text) = match serde_json::from_str(value.get()) {
            Ok(Json::String(text)) if text.is_empty() => (Form::Empty, text),
            Ok(Json::String(text)) if text.contains("://") => (Form::Url, text),
            Ok(Json::String(text)) => (Form::Image, text),
            Ok(Json::Object(_)) => (Form::Parts, value.get().to_owned()),
            _ => (Form::Other, value.get().to_owned()),
        };
        let opened = match form {
            Form::Image => Ok(image(&text)),
            Form::Parts => Ok(Opened::Parts(parts(&text))),
            Form::Empty | Form::Url | Form::Other => Err(OpenError::Nothing),
        };
        Self {
            pointer,
            form,
            text,
            opened,
        }
    }

    pub(crate) fn submitted(&self) -> Option<Submitted> {
        Some(Submitted {
            form: self.form,
            pointer: self.pointer.clone(),
            bytes: self.text.len() as u64,
            sha256: hex_sha256(self.text.as_bytes()),
            fetched: false,
        })
    }

    pub(crate) fn text(&self, offset: u64, max: u32) -> Result<Vec<u8>, ReadError> {
        piece(self.text.as_bytes(), offset, max)
    }

    pub(crate) fn contents(&self) -> Result<Contents, OpenError> {
        let nothing = Contents {
            stream_bytes: self.text.len() as u64,
            image_bytes: None,
            readable: true,
            label: None,
            rock_ridge: false,
            joliet: false,
            entries: Vec::new(),
            flaws: Vec::new(),
        };
        match &self.opened {
            Err(OpenError::Nothing) => Err(OpenError::Nothing),
            Err(OpenError::Stopped(why)) => Err(OpenError::Stopped(why.clone())),
            Ok(Opened::Parts(parts)) => Ok(Contents {
                entries: parts.iter().map(part).collect(),
                ..nothing
            }),
            Ok(Opened::NotBase64(found)) => Ok(Contents {
                stream_bytes: 0,
                readable: false,
                flaws: vec![Flaw {
                    kind: "base64".to_owned(),
                    path: None,
                    offset: None,
                    found: found.clone(),
                }],
                ..nothing
            }),
            Ok(Opened::Image(drive)) => Ok(Contents {
                stream_bytes: drive.stream_bytes,
                image_bytes: Some(drive.image_bytes),
                readable: drive.readable,
                label: drive.label.clone(),
                rock_ridge: drive.rock_ridge,
                joliet: drive.joliet,
                entries: drive.entries.iter().map(entry).collect(),
                flaws: drive.flaws.iter().map(flaw).collect(),
            }),
        }
    }

    pub(crate) fn read(&self, number: u32, offset: u64, max: u32) -> Result<Vec<u8>, ReadError> {
        piece(self.file(number)?, offset, max)
    }

    pub(crate) fn digest(&self, number: u32) -> Result<String, ReadError> {
        self.file(number).map(hex_sha256)
    }

    fn file(&self, number: u32) -> Result<&[u8], ReadError> {
        let number = number as usize;
        match &self.opened {
            Ok(Opened::Parts(parts)) => {
                let part = parts.get(number).ok_or(ReadError::NoEntry)?;
                Ok(&part.1)
            }
            Ok(Opened::Image(drive)) => {
                let entry = drive.entries.get(number).ok_or(ReadError::NoEntry)?;
                drive.contents(entry).ok_or(ReadError::NoContents)
            }
            Ok(Opened::NotBase64(_)) | Err(_) => Err(ReadError::NotOpen),
        }
    }
}

/// Base64 as the host takes it, with line breaks.
fn image(text: &str) -> Opened {
    let joined: String = text
        .split_inclusive('\n')
        .map(|line| match line.strip_suffix('\n') {
            Some(line) => line.strip_suffix('\r').unwrap_or(line),
            None => line,
        })
        .collect();
    match STANDARD.decode(&joined) {
        Ok(stream) if !stream.is_empty() => Opened::Image(Box::new(reader::open(
            &*stream,
            reader::Encoding::Gzip,
            &reader::Limits::default(),
        ))),
        Ok(_) => Opened::NotBase64("no base64".to_owned()),
        Err(error) => Opened::NotBase64(error.to_string()),
    }
}

/// The files that the parts become.
fn parts(text: &str) -> Vec<(String, Vec<u8>)> {
    const PARTS: [(&str, &str); 4] = [
        ("meta_data", "meta_data.json"),
        ("network_data", "network_data.json"),
        ("user_data", "user_data"),
        ("vendor_data", "vendor_data2.json"),
    ];
    let members: BTreeMap<String, &RawValue> = serde_json::from_str(text).unwrap_or_default();
    let file = |(name, file): (&str, &str)| {
        let text = members.get(name)?.get();
        let bytes = match serde_json::from_str(text).ok()? {
            Json::Null => return None,
            Json::String(text) => text.into_bytes(),
            _ => text.as_bytes().to_vec(),
        };
        Some(([reader::LATEST, "/", file].concat(), bytes))
    };
    PARTS.into_iter().filter_map(file).collect()
}

fn part((path, bytes): &(String, Vec<u8>)) -> Entry {
    Entry {
        path: path.clone(),
        kind: EntryKind::File,
        size: bytes.len() as u64,
        mode: None,
        offset: None,
    }
}

fn entry(entry: &reader::Entry) -> Entry {
    Entry {
        path: entry.path.clone(),
        kind: match entry.kind {
            reader::EntryKind::File => EntryKind::File,
            reader::EntryKind::Directory => EntryKind::Directory,
            reader::EntryKind::Symlink => EntryKind::Symlink,
            reader::EntryKind::Special => EntryKind::Special,
        },
        size: entry.size,
        mode: entry.mode,
        offset: Some(entry.offset),
    }
}

fn flaw(flaw: &reader::Flaw) -> Flaw {
    Flaw {
        kind: flaw.kind.name().to_owned(),
        path: flaw.path.clone(),
        offset: flaw.offset,
        found: flaw.found.clone(),
    }
}

fn piece(bytes: &[u8], offset: u64, max: u32) -> Result<Vec<u8>, ReadError> {
    let start = usize::try_from(offset).unwrap_or(usize::MAX);
    let rest = bytes
        .get(start..)
        .ok_or(ReadError::OutOfRange(bytes.len() as u64))?;
    Ok(rest.get(..max as usize).unwrap_or(rest).to_vec())
}

fn hex_sha256(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
