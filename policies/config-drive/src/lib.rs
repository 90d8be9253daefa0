#![doc = include_str!("../README.md")]

mod documents;
mod files;
mod image;
mod json;
mod layout;
mod network;
mod rules;
mod secrets;
mod url;
mod user_data;

use documents::Target;
use portcullis_guest::config_drive::{self, Form, LABEL, Submitted};
use portcullis_guest::{Context, Finding, Pointer, Severities, Value};
use serde::Deserialize;

portcullis_guest::policy! {
    name: "config-drive",
    doc: "Judges the config drive of a deployment or rebuild, and one that is put into a node's \
          instance info: looks at form, size, files, meta data, network data, user data, and at the \
          secrets they hold in clear, whichever form the drive has.",
    rules: [
        rules::VERB, rules::FORM, rules::EMPTY, rules::SIZE, rules::FILE_SIZE,
        rules::UNKNOWN_FILE, rules::META, rules::VENDOR, rules::NET, rules::NET_MAC, rules::UD_FORMAT,
        rules::PLAIN_PASSWORD, rules::PASSWORD_HASH, rules::PRIVATE_KEY, rules::URL,
        rules::URL_SCHEME, rules::URL_SYNTAX, rules::URL_USERINFO, rules::BASE64, rules::GZIP,
        rules::GZIP_TRAILING, rules::GZIP_MEMBERS, rules::RATIO, rules::ISO, rules::ISO_CORRUPT,
        rules::VFAT, rules::LABEL, rules::LAYOUT, rules::FS_NAMES, rules::TREE_DIVERGE,
        rules::VERSIONS_DIFFER, rules::SYMLINK, rules::SPECIAL_FILE, rules::MODE, rules::PATH,
        rules::NAME_CHARS, rules::DUPLICATE, rules::DIR_LOOP, rules::DEPTH, rules::FILE_COUNT,
        rules::EXTENT_OVERLAP, rules::TRAILING, rules::SYSTEM_AREA, rules::HIDDEN, rules::BOOT,
        rules::UDF, rules::MULTI_SESSION, rules::JSON_DUP, rules::JSON_DEPTH,
        rules::CONTENT_PATH, rules::UD_SCHEMA, rules::YAML_ALIAS, rules::UD_NESTED,
        rules::UD_INCLUDE, rules::OPEN, rules::TOKEN, rules::URL_TLS, rules::URL_HOST, rules::URL_PORT,
    ],
    settings_schema: include_str!("../settings.schema.json"),
    operations: ["node.provision.*", "node.create", "node.update"],
    capabilities: ["config-drive"],
    settings: Settings,
    severities: severity,
    input: Input,
    validate: validate,
}

/// Settings; the README lists them.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    allow_url: bool,
    url_hosts: Vec<String>,
    url_ports: Vec<u16>,
    include_hosts: Vec<String>,
    labels: Vec<String>,
    known_files: Vec<String>,
    match_uuid: bool,
    max_json_bytes: u64,
    max_image_bytes: u64,
    max_decoded_bytes: u64,
    max_ratio: u64,
    max_files: usize,
    max_depth: usize,
    max_user_data_bytes: usize,
    max_network_data_bytes: usize,
    max_file_bytes: usize,
    severity: Severities,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            allow_url: false,
            url_hosts: Vec::new(),
            url_ports: vec![443],
            include_hosts: Vec::new(),
            labels: vec![LABEL.to_owned()],
            known_files: Vec::new(),
            match_uuid: true,
            max_json_bytes: 1 << 20,
            max_image_bytes: 64 << 20,
            max_decoded_bytes: 64 << 20,
            max_ratio: 200,
            max_files: 256,
            max_depth: 8,
            max_user_data_bytes: 65_535,
            max_network_data_bytes: 256 << 10,
            max_file_bytes: 1 << 20,
            severity: Severities::default(),
        }
    }
}

portcullis_guest::input! {
    /// What the drive is for; the drive itself is asked for by its own interface.
    pub struct Input {
        /// The node the drive is for.
        pub node_uuid: Value = "/node/uuid",
        /// The instance on that node.
        pub instance_uuid: Value = "/node/instance_uuid",
        /// The addresses of the node's ports.
        pub port_addresses: Value = "/ports/address",
    }
}

fn validate(settings: &Settings, context: &Context, input: Input) -> Vec<Finding> {
    let Some(drive) = config_drive::find() else {
        return Vec::new();
    };
    let place = drive.place();
    let target = Target::of(
        &input.node_uuid,
        &input.instance_uuid,
        &input.port_addresses,
    );
    let mut findings = match drive.form {
        // Not a drive, so not one with a verb that takes none.
        Form::Empty => {
            return vec![rules::EMPTY.at(place, "an empty string, which stands for no drive")];
        }
        Form::Parts | Form::Image | Form::Url | Form::Other => {
            wrong_verb(&context.operation, &place)
        }
    };
    findings.extend(match drive.form {
        Form::Empty => Vec::new(),
        Form::Parts => parts(settings, &drive, &target, &place),
        Form::Image => image::check(settings, drive.bytes, &target, &place),
        Form::Url => by_url(settings, &drive, &target, &place),
        Form::Other => {
            let finding = rules::FORM.at(place, "a config drive that is no object and no string");
            vec![finding.with_hint("an object of its parts, or base64 text")]
        }
    });
    findings
}

fn parts(settings: &Settings, drive: &Submitted, target: &Target, place: &Pointer) -> Vec<Finding> {
    let limit = settings.max_json_bytes;
    if drive.bytes > limit {
        let finding = rules::SIZE.at(place, format!("a drive of {} bytes", drive.bytes));
        return vec![finding.with_hint(format!("at most {limit} bytes"))];
    }
    json::check(settings, &config_drive::text(), target, place)
}

/// What the host has fetched is judged like any other drive.
fn by_url(
    settings: &Settings,
    drive: &Submitted,
    target: &Target,
    place: &Pointer,
) -> Vec<Finding> {
    let mut findings = url::check(settings, &config_drive::text(), drive.fetched, place);
    if drive.fetched {
        findings.extend(image::check(settings, drive.bytes, target, place));
    }
    findings
}

fn wrong_verb(operation: &str, place: &Pointer) -> Vec<Finding> {
    match operation {
        "node.provision.active" | "node.provision.rebuild" | "node.create" | "node.update" => {
            Vec::new()
        }
        _ => {
            let finding = rules::VERB.at(place, "a config drive with a verb that takes none");
            vec![finding.with_hint("only with active or rebuild")]
        }
    }
}

#[cfg(test)]
mod tests;
