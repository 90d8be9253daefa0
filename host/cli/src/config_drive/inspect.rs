//! `portcullis config-drive inspect`: what a drive shows, without its secrets.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, bail};
use bytes::Bytes;
use portcullis::config::Config;
use portcullis::config_drive::{Contents, Entry, EntryKind, Flaw, Form, Submitted};
use portcullis::driver::Fetcher;
use portcullis::json::Document;
use portcullis::sandbox::{Drive, DriveReader, Encoding, Sandbox, SandboxOptions};
use portcullis::sanitise;
use portcullis_bundled::BUNDLE;
use serde::Serialize;
use serde_json::Value;
use tokio::runtime::Builder;

use super::given::Given;
use crate::args::InspectDriveOptions;
use crate::gate;
use crate::output::{self, BAD, DIM, GOOD, NOTE};

/// Longest document that is shown.
const MOST_SHOWN_BYTES: u64 = 1 << 20;

/// What a drive shows. Serialises as `inspect --json` prints it.
#[derive(Debug, Serialize)]
struct Shown {
    form: &'static str,
    stream_bytes: u64,
    image_bytes: Option<u64>,
    image_sha256: Option<String>,
    label: Option<String>,
    rock_ridge: bool,
    joliet: bool,
    readable: bool,
    entries: Vec<ShownEntry>,
    flaws: Vec<Flaw>,
}

#[derive(Debug, Serialize)]
struct ShownEntry {
    #[serde(flatten)]
    entry: Entry,
    /// JSON documents, their secrets masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<Value>,
    /// Of other text, how it begins, if that says what it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    begins_with: Option<String>,
}

/// Opens a drive in the sandbox and shows what is on it.
///
/// # Errors
/// When the drive cannot be read at all. Flaws are no error.
pub fn run(options: &InspectDriveOptions) -> anyhow::Result<ExitCode> {
    let config = gate::config(options.config.config.as_deref())?;
    let given = Given::read(&options.drive)?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let shown = runtime.block_on(look(&config, given))?;
    if options.json {
        output::line(serde_json::to_string(&shown)?)?;
    } else {
        show(&shown)?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn look(config: &Config, given: Given) -> anyhow::Result<Shown> {
    let bundled = BUNDLE.drive_reader.context("finding the drive reader")?;
    let sandbox = Sandbox::new(&SandboxOptions {
        instances: 1,
        drives: 1,
        compiler: gate::compiler()?,
        ..SandboxOptions::default()
    })?;
    let limits = config.config_drive.limits;
    let reader = sandbox
        .load_drive_reader(bundled.wasm, Some(bundled.compiled), limits)
        .context("loading the drive reader")?;
    let deadline = Instant::now() + config.server.request_timeout;
    let (form, drive) = open(config, &reader, given, deadline).await?;
    let contents = drive.contents().await.context("opening the config drive")?;
    let image_sha256 = drive.image_digest().await?;
    let mut entries = Vec::new();
    for (number, entry) in (0..).zip(&contents.entries) {
        entries.push(shown_entry(&drive, number, entry).await);
    }
    let Contents {
        stream_bytes,
        image_bytes,
        label,
        rock_ridge,
        joliet,
        readable,
        flaws,
        ..
    } = contents;
    Ok(Shown {
        form,
        stream_bytes,
        image_bytes,
        image_sha256,
        label,
        rock_ridge,
        joliet,
        readable,
        entries,
        flaws,
    })
}

async fn open(
    config: &Config,
    reader: &Arc<DriveReader>,
    given: Given,
    deadline: Instant,
) -> anyhow::Result<(&'static str, Arc<Drive>)> {
    let text = match given {
        Given::Image(bytes) => {
            return Ok(("image", reader.file(bytes, Encoding::Image, deadline)));
        }
        Given::Gzip(bytes) => return Ok(("gzip", reader.file(bytes, Encoding::Gzip, deadline))),
        Given::Json(text) => {
            let document = Document::read(text).context("reading the config drive as JSON")?;
            let submitted = Submitted::of_parts(&document);
            return Ok(("json", reader.drive(submitted, deadline)));
        }
        Given::Text(text) => text,
    };
    let submitted = Submitted::of_text(text);
    match submitted.form() {
        Form::Url if !config.config_drive.url.allow => bail!(
            "the config drive is a URL, which is not fetched unless `config_drive.url.allow` is on"
        ),
        Form::Url => {
            let fetcher = Fetcher::new(&config.config_drive.url)?;
            let url = String::from_utf8(submitted.text().to_vec()).context("reading the URL")?;
            let served = fetcher.fetch(&url, deadline).await?;
            let trimmed = Bytes::copy_from_slice(served.trim_ascii());
            Ok(("url", reader.drive(submitted.fetched(trimmed), deadline)))
        }
        Form::Empty => bail!("the config drive is empty, expected an image, base64, JSON or a URL"),
        Form::Image | Form::Parts | Form::Other => {
            Ok(("base64", reader.drive(submitted, deadline)))
        }
    }
}

async fn shown_entry(drive: &Drive, number: u32, entry: &Entry) -> ShownEntry {
    let mut shown = ShownEntry {
        entry: entry.clone(),
        document: None,
        begins_with: None,
    };
    if entry.kind != EntryKind::File {
        return shown;
    }
    let Ok(bytes) = drive.file(number, MOST_SHOWN_BYTES).await else {
        return shown;
    };
    let document = Document::read(Bytes::copy_from_slice(&bytes)).ok();
    shown.document = document.map(|document| {
        let mut tree = document.root().to_tree();
        sanitise::mask_tree(&mut tree);
        tree
    });
    if shown.document.is_none() {
        shown.begins_with = first_line(&bytes);
    }
    shown
}

/// The first line if it is one of those that say what user data is.
fn first_line(bytes: &[u8]) -> Option<String> {
    const LONGEST: usize = 60;
    let line = bytes.split(|&byte| byte == b'\n').next()?.trim_ascii();
    let is_plain =
        line.starts_with(b"#") && line.iter().all(|b| b.is_ascii_graphic() || *b == b' ');
    (is_plain && line.len() <= LONGEST).then(|| String::from_utf8_lossy(line).into_owned())
}

fn show(shown: &Shown) -> anyhow::Result<()> {
    let label = shown.label.as_deref().unwrap_or("no label");
    let image = shown
        .image_bytes
        .map_or(String::new(), |bytes| format!(", image of {bytes} bytes"));
    output::line(format_args!(
        "{NOTE}{}{NOTE:#} {} {DIM}({} bytes{image}){DIM:#}",
        shown.form,
        plain(label),
        shown.stream_bytes
    ))?;
    if let Some(digest) = &shown.image_sha256 {
        output::line(format_args!("{DIM}sha256:{digest}{DIM:#}"))?;
    }
    for ShownEntry {
        entry,
        document,
        begins_with,
    } in &shown.entries
    {
        let (sign, size) = match entry.kind {
            EntryKind::Directory => ("/", String::new()),
            EntryKind::File => ("", format!(" {DIM}{} bytes{DIM:#}", entry.size)),
            EntryKind::Symlink => ("", format!(" {BAD}symbolic link{BAD:#}")),
            EntryKind::Special => ("", format!(" {BAD}device, FIFO or socket{BAD:#}")),
        };
        let begins = begins_with
            .as_ref()
            .map_or(String::new(), |line| format!(" {GOOD}{line}{GOOD:#}"));
        output::line(format_args!("  {}{sign}{size}{begins}", plain(&entry.path)))?;
        if let Some(document) = document {
            for line in serde_json::to_string_pretty(document)?.lines() {
                output::line(format_args!("      {line}"))?;
            }
        }
    }
    for flaw in &shown.flaws {
        let path = flaw.path.as_ref();
        let path = path.map_or(String::new(), |path| format!("`{path}`: "));
        let offset = flaw.offset;
        let offset = offset.map_or(String::new(), |offset| format!(" at byte {offset}"));
        output::line(format_args!(
            "  {BAD}flaw{BAD:#} {path}{}{offset} {DIM}[{}]{DIM:#}",
            flaw.found, flaw.kind
        ))?;
    }
    Ok(())
}

/// Text of a drive as a terminal may show it.
fn plain(text: &str) -> String {
    text.chars().flat_map(char::escape_debug).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_first_lines_are_shown() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(first_line(text.as_bytes()).as_deref(), expected, "{text:?}");
        };
        check("#cloud-config\npassword: x\n", Some("#cloud-config"));
        check("#!/bin/sh\r\nls", Some("#!/bin/sh"));
        check("password: x", None);
        check("#\x1b[2J", None);
        check(&format!("#{}", "x".repeat(80)), None);
    }
}
