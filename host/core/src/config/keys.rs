//! The table of all keys.

mod policy;
mod sanitizer;

use std::time::Duration;

use super::draft::{FileDraft, ListenDraft};
use super::key::{Key, Kind, Use};
use crate::units::ByteSize;

pub(super) use policy::POLICY;
pub(super) use sanitizer::SANITIZER;

const SHORT: Duration = Duration::from_millis(100);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// What each table of the file is for, in the order of the reference.
pub(super) const TABLES: &[(&str, &str)] = &[
    (
        "ironic",
        "The Ironic that requests go on to once they are admitted.",
    ),
    (
        "listen",
        "Where clients are served, one `[[listen]]` for each place. Without any, Portcullis \
         serves plain HTTP on `127.0.0.1:6390`. Each needs either `address` or `unix`.",
    ),
    (
        "admin",
        "Health (`/healthz`), readiness (`/readyz`) and Prometheus metrics (`/metrics`).",
    ),
    (
        "server",
        "What clients may take of time, connections and memory.",
    ),
    ("api", "Which parts of Ironic's API are to be had at all."),
    ("sandbox", "Where validators run."),
    (
        "config_drive",
        "How config drives are opened for the policies that judge them, and what goes to Ironic in \
         their place. Unless something is switched on here, they go on as they came.",
    ),
    ("log", "Log lines, which go to standard error."),
    (
        "decisions",
        "The record of decisions: one line for each write that arrived, and for whatever else was \
         refused.",
    ),
    (
        "policy",
        "The policies, one `[[policy]]` each, asked in this order. Without any, every bundled \
         policy is enforced with its defaults; with at least one, exactly those that stand here.",
    ),
    (
        "sanitizer",
        "What takes secrets out of the log, of Ironic's errors and of what policies find, one \
         `[[sanitizer]]` each, in this order. Without any, the bundled one with its defaults. \
         After them the secrets of the request itself are masked, whatever stands here.",
    ),
];

const fn file(path: &'static str, kind: Kind<FileDraft>, doc: &'static str) -> Key<FileDraft> {
    Key::new(path, kind, doc)
}

const fn listen(
    path: &'static str,
    kind: Kind<ListenDraft>,
    doc: &'static str,
) -> Key<ListenDraft> {
    Key::new(path, kind, doc)
}

/// Keys of the file.
pub(super) const FILE: &[Key<FileDraft>] = &[
    file(
        "ironic.url",
        Kind::Text(|d| &mut d.ironic.url),
        "Address of Ironic's API. A path in it goes before the path of every request. When it is \
         not given and the credentials are those of a cloud, it is where that cloud has Ironic. \
         See [Credentials](#credentials).",
    ),
    file(
        "ironic.ca_file",
        Kind::Path(|d| &mut d.ironic.ca_file, Use::Reads),
        "Authorities (PEM) that may have signed the certificates of Ironic and Keystone. Only \
         with `https`.",
    )
    .otherwise("those the system trusts"),
    file(
        "ironic.certificate_file",
        Kind::Path(|d| &mut d.credentials.certificate_file, Use::Reads),
        "The certificate chain (PEM), leaf first, that is shown to an Ironic or Keystone that \
         wants to see one. Only with `https`.",
    )
    .otherwise("none is shown"),
    file(
        "ironic.key_file",
        Kind::Path(|d| &mut d.credentials.key_file, Use::ReadsSecret),
        "The private key (PEM) of the certificate. As private as a file of credentials.",
    ),
    file(
        "ironic.connect_timeout",
        Kind::Duration(|d| &mut d.ironic.connect_timeout, SHORT, MINUTE),
        "How long connecting to Ironic may take.",
    ),
    file(
        "ironic.reply_timeout",
        Kind::Duration(|d| &mut d.ironic.reply_timeout, SHORT, HOUR),
        "How long Ironic may take until the head of its reply has arrived.",
    ),
    file(
        "ironic.idle_timeout",
        Kind::Duration(|d| &mut d.ironic.idle_timeout, SHORT, HOUR),
        "How long Ironic may pause between two pieces of a reply's body.",
    ),
    file(
        "ironic.credentials.file",
        Kind::Path(|d| &mut d.credentials.file, Use::ReadsSecret),
        "A file with `user:password` or a token in one line. See [Credentials](#credentials).",
    )
    .secret(),
    file(
        "ironic.credentials.env",
        Kind::Text(|d| &mut d.credentials.env),
        "The environment variable that holds the same. See [Credentials](#credentials).",
    )
    .secret(),
    file(
        "ironic.credentials.cloud",
        Kind::Text(|d| &mut d.credentials.cloud),
        "The cloud in `clouds.yaml` to take them from. See [Credentials](#credentials).",
    )
    .secret(),
    file(
        "ironic.credentials.openstack",
        Kind::Switch(|d| &mut d.credentials.openstack),
        "Whether to take them from the cloud that OpenStack clients would take: `OS_CLOUD`, else \
         `OS_*`, else the only one in `clouds.yaml`. See [Credentials](#credentials).",
    ),
    file(
        "listen",
        Kind::Tables(|d, reader, tables| {
            d.listen = Some(reader.entries(LISTEN, "listen", tables));
        }),
        "Where clients are served.",
    ),
    file(
        "admin.address",
        Kind::Text(|d| &mut d.admin.address),
        "Where health, readiness and metrics are served, over plain HTTP and to everybody who \
         can connect.",
    )
    .otherwise("not served"),
    file(
        "server.workers",
        Kind::Integer(|d| &mut d.server.workers, 0, 1024),
        "Threads that serve and judge requests. 0: one for each processor.",
    ),
    file(
        "server.header_timeout",
        Kind::Duration(|d| &mut d.server.header_timeout, SHORT, HOUR),
        "How long the head of a request may take to arrive.",
    ),
    file(
        "server.body_timeout",
        Kind::Duration(|d| &mut d.server.body_timeout, SHORT, HOUR),
        "How long the body of a write may take to arrive.",
    ),
    file(
        "server.idle_timeout",
        Kind::Duration(|d| &mut d.server.idle_timeout, SHORT, HOUR),
        "How long a connection may stay open without a request.",
    ),
    file(
        "server.drain_timeout",
        Kind::Duration(|d| &mut d.server.drain_timeout, Duration::ZERO, HOUR),
        "How long requests in flight may go on once Portcullis was asked to stop.",
    ),
    file(
        "server.max_connections",
        Kind::Integer(|d| &mut d.server.max_connections, 1, 1_000_000),
        "Open connections of clients, all listeners together.",
    ),
    file(
        "server.body_memory",
        Kind::Bytes(
            |d| &mut d.server.body_memory,
            ByteSize::from_mib(1),
            ByteSize::from_mib(1 << 20),
        ),
        "Memory for the bodies of writes while they are judged, all requests together.",
    ),
    file(
        "server.request_timeout",
        Kind::Duration(|d| &mut d.server.request_timeout, SHORT, HOUR),
        "How long judging one write may take: reading a node, waiting for a sandbox, and all \
         policies together.",
    ),
    file(
        "api.open",
        Kind::Patterns(|d| &mut d.api.open),
        "Operations to open that are closed by default: `ramdisk.*` (what the agent on a node \
         sends), `node.vendor-passthru`, `driver.vendor-passthru`, and `other` (writes that \
         nobody has described). Policies judge them like all others.",
    )
    .otherwise("none"),
    file(
        "api.max_patch_operations",
        Kind::Integer(|d| &mut d.api.max_patch_operations, 1, 10_000),
        "Operations in one patch (JSON patch of a `PATCH` request); one more is refused.",
    ),
    file(
        "sandbox.instances",
        Kind::Integer(|d| &mut d.sandbox.instances, 0, 10_000),
        "Evaluations at the same time. 0: computed from processors and memory.",
    ),
    file(
        "sandbox.max_waiting",
        Kind::Integer(|d| &mut d.sandbox.max_waiting, 0, 1_000_000),
        "Evaluations that may wait for a free instance; one more is refused.",
    ),
    file(
        "sandbox.cache_dir",
        Kind::Path(|d| &mut d.sandbox.cache_dir, Use::Directory),
        "Where compiled validators are kept between starts. It is made for the user Portcullis \
         runs as alone. Empty: nothing is kept.",
    )
    .otherwise(
        "`$XDG_CACHE_HOME/portcullis`, else `$HOME/.cache/portcullis`, else nothing is kept",
    ),
    file(
        "config_drive.rebuild",
        Kind::Switch(|d| &mut d.config_drive.rebuild),
        "Whether an image that was admitted is built anew from the files that were judged, and \
         goes to Ironic in place of what came. Drives in JSON form go on as they are.",
    ),
    file(
        "config_drive.max_open",
        Kind::Integer(|d| &mut d.config_drive.max_open, 1, 1024),
        "Drives that are open at the same time, each with the memory below; others wait.",
    ),
    file(
        "config_drive.time",
        Kind::Duration(
            |d| &mut d.config_drive.limits.time,
            Duration::from_millis(1),
            MINUTE,
        ),
        "Time of opening one drive.",
    ),
    file(
        "config_drive.memory",
        Kind::Bytes(
            |d| &mut d.config_drive.limits.memory,
            ByteSize::from_mib(1),
            ByteSize::from_mib(1024),
        ),
        "Memory for one drive. It holds the image, and a little besides.",
    ),
    file(
        "config_drive.max_image",
        Kind::Bytes(
            |d| &mut d.config_drive.limits.image,
            ByteSize::from_mib(1),
            ByteSize::from_mib(512),
        ),
        "Largest image, where inflating stops.",
    ),
    file(
        "config_drive.url.allow",
        Kind::Switch(|d| &mut d.config_drive.url.allow),
        "Whether a drive that is given by its URL is fetched once, judged, and sent to Ironic in \
         place of the URL. By `https` only; no redirect is followed.",
    ),
    file(
        "config_drive.url.hosts",
        Kind::Hosts(|d| &mut d.config_drive.url.hosts),
        "Hosts that drives may be fetched from.",
    )
    .otherwise("none"),
    file(
        "config_drive.url.networks",
        Kind::Networks(|d| &mut d.config_drive.url.networks),
        "Networks the addresses of these hosts may lie in besides the public Internet, for example \
         that of an object store. Loopback, private and link-local networks have to stand here.",
    )
    .otherwise("none"),
    file(
        "config_drive.url.ca_file",
        Kind::Path(|d| &mut d.config_drive.url.ca_file, Use::Reads),
        "Authorities (PEM) that may have signed the certificates of these hosts.",
    )
    .otherwise("those the system trusts"),
    file(
        "config_drive.url.max_size",
        Kind::Bytes(
            |d| &mut d.config_drive.url.max_size,
            ByteSize::from_kib(1),
            ByteSize::from_mib(64),
        ),
        "Largest drive that is fetched, as it is served.",
    ),
    file(
        "config_drive.url.timeout",
        Kind::Duration(|d| &mut d.config_drive.url.timeout, SHORT, MINUTE),
        "Time of fetching one drive, from the look-up of the host to the last byte.",
    ),
    file(
        "log.level",
        Kind::Text(|d| &mut d.log.level),
        "The least important lines that are written.",
    ),
    file(
        "log.format",
        Kind::Text(|d| &mut d.log.format),
        "`json`: one JSON object a line. `text`: for people.",
    ),
    file(
        "decisions.file",
        Kind::Path(|d| &mut d.decisions.file, Use::Makes),
        "Records are appended to this file as JSON lines. It is made with mode 0600. Records \
         hold neither bodies nor secrets.",
    )
    .otherwise("no records are kept"),
    file(
        "policy",
        Kind::Tables(|d, reader, tables| {
            d.policies = Some(reader.entries(POLICY, "policy", tables));
        }),
        "The policies.",
    ),
    file(
        "sanitizer",
        Kind::Tables(|d, reader, tables| {
            d.sanitizers = Some(reader.entries(SANITIZER, "sanitizer", tables));
        }),
        "The sanitizers.",
    ),
];

/// Keys of a `[[listen]]`.
pub(super) const LISTEN: &[Key<ListenDraft>] = &[
    listen(
        "address",
        Kind::Text(|d| &mut d.address),
        "The address to listen on. Port 0: any free port, which `serve` prints.",
    ),
    listen(
        "unix",
        Kind::Path(|d| &mut d.unix, Use::Makes),
        "The Unix socket to listen on, instead of an address.",
    ),
    listen(
        "unix_mode",
        Kind::Text(|d| &mut d.unix_mode),
        "Permission bits of the Unix socket.",
    ),
    listen(
        "tls.certificate_file",
        Kind::Path(|d| &mut d.certificate_file, Use::Reads),
        "The certificate chain (PEM), leaf first. TLS is spoken when it is given.",
    ),
    listen(
        "tls.key_file",
        Kind::Path(|d| &mut d.key_file, Use::Reads),
        "The private key (PEM) of the certificate.",
    ),
    listen(
        "tls.client_ca_file",
        Kind::Path(|d| &mut d.client_ca_file, Use::Reads),
        "Authorities (PEM) that may have signed the certificates of clients. When it is given, \
         every client must show such a certificate.",
    )
    .otherwise("clients need no certificate"),
    listen(
        "identity_headers",
        Kind::Switch(|d| &mut d.identity_headers),
        "Whether `X-Project-Id`, `X-User-Id` and `X-Roles` of a request are believed. Only where \
         nobody but a proxy that sets them can connect.",
    ),
];
