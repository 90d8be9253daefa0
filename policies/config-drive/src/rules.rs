//! Every rule of the policy.

use portcullis_guest::Rule;
use portcullis_guest::config_drive::FlawKind;

pub(crate) const VERB: Rule = Rule::error(
    "CD-VERB",
    "A config drive is accepted with the verbs active and rebuild.",
);
pub(crate) const FORM: Rule = Rule::error(
    "CD-FORM",
    "A config drive is an object of its parts, base64 text of a gzipped image, or a URL.",
);
pub(crate) const EMPTY: Rule = Rule::info(
    "CD-EMPTY",
    "An empty string stands for no drive, as it does in Ironic.",
);
pub(crate) const SIZE: Rule = Rule::error(
    "CD-SIZE",
    "Drives are limited in size: Ironic keeps them in its database, and its agent takes 64 MiB.",
);
pub(crate) const FILE_SIZE: Rule = Rule::error(
    "CD-FILE-SIZE",
    "The parts of a drive are limited in size, each by a setting.",
);
pub(crate) const UNKNOWN_FILE: Rule = Rule::error(
    "CD-UNKNOWN-FILE",
    "The JSON form holds meta_data, network_data, user_data and vendor_data, nothing else; an image \
     holds the files that nodes know by name.",
);
pub(crate) const META: Rule = Rule::error(
    "CD-META",
    "Meta data is an object. Where it names a UUID it is one, and that of the node or its instance, \
     and host names are made of letters, digits, dots and hyphens: operating systems put them \
     into files.",
);
pub(crate) const VENDOR: Rule = Rule::error("CD-VENDOR", "Vendor data is an object.");
pub(crate) const NET: Rule = Rule::error(
    "CD-NET",
    "Network data holds arrays of links, networks and services; links are unique, complete and \
     the ones that networks, bonds and VLANs refer to.",
);
pub(crate) const NET_MAC: Rule = Rule::warning(
    "CD-NET-MAC",
    "Links of network data have the addresses of the node's ports: an operating system looks for its \
     network cards by them.",
);
pub(crate) const UD_FORMAT: Rule = Rule::error(
    "CD-UD-FORMAT",
    "User data is text, or an object or array for Ironic to write out. What says it is YAML, JSON or \
     MIME is that, and in an image it is of a kind that nodes know.",
);
pub(crate) const PLAIN_PASSWORD: Rule = Rule::error(
    "CD-PLAIN-PASSWORD",
    "No password in clear: the drive stays in Ironic's database and on the node's disk, readable \
     for its users.",
);
pub(crate) const PASSWORD_HASH: Rule = Rule::warning(
    "CD-PASSWORD-HASH",
    "A hashed password can be guessed at leisure by whoever reads the drive.",
);
pub(crate) const PRIVATE_KEY: Rule = Rule::error(
    "CD-PRIVATE-KEY",
    "No private keys, for the same reason as no passwords.",
);
pub(crate) const URL: Rule = Rule::error(
    "CD-URL",
    "Drives by URL are off unless the gateway fetches them or the setting `allow_url` is on: Ironic \
     fetches them unseen, from within its own network.",
);
pub(crate) const URL_SCHEME: Rule =
    Rule::error("CD-URL-SCHEME", "A drive is fetched by http or https.");
pub(crate) const URL_SYNTAX: Rule = Rule::error(
    "CD-URL-SYNTAX",
    "A URL has a host, at most 2048 characters, and none that is a blank or a control character.",
);
pub(crate) const URL_USERINFO: Rule = Rule::error(
    "CD-URL-USERINFO",
    "No user or password in the URL: Ironic shows it in clear.",
);
pub(crate) const BASE64: Rule = Rule::error(
    "CD-BASE64",
    "An image is base64 of the standard alphabet, rightly padded, with line breaks at most.",
);
pub(crate) const GZIP: Rule = Rule::error(
    "CD-GZIP",
    "An image is one gzip stream, whole, with the right checksum and length.",
);
pub(crate) const GZIP_TRAILING: Rule = Rule::error(
    "CD-GZIP-TRAILING",
    "Nothing stands behind the gzip stream: readers differ in what they do about it.",
);
pub(crate) const GZIP_MEMBERS: Rule = Rule::error(
    "CD-GZIP-MEMBERS",
    "The gzip stream has one member: some readers stop behind the first, others go on.",
);
pub(crate) const RATIO: Rule = Rule::error(
    "CD-RATIO",
    "An image of more than 1 MiB is no more times as large as its gzip stream than the setting \
     `max_ratio` says.",
);
pub(crate) const ISO: Rule = Rule::error("CD-ISO", "An image is one of ISO 9660.");
pub(crate) const ISO_CORRUPT: Rule = Rule::error(
    "CD-ISO-CORRUPT",
    "The image keeps to ISO 9660, Rock Ridge and Joliet to the letter, for readers differ in \
     what they make of anything else.",
);
pub(crate) const VFAT: Rule = Rule::error(
    "CD-FORMAT-VFAT",
    "FAT images are not opened, and so not accepted.",
);
pub(crate) const LABEL: Rule = Rule::error(
    "CD-LABEL",
    "The image is labelled `config-2`, by which nodes look for it.",
);
pub(crate) const LAYOUT: Rule = Rule::error(
    "CD-LAYOUT",
    "The drive has `openstack/latest/meta_data.json`, without which nodes do not take it for \
     one.",
);
pub(crate) const FS_NAMES: Rule = Rule::error(
    "CD-FS-NAMES",
    "The image has the names of Rock Ridge for all entries.",
);
pub(crate) const TREE_DIVERGE: Rule = Rule::error(
    "CD-TREE-DIVERGE",
    "All ways to read the image show the same files: Ironic checks one tree and copies from \
     another.",
);
pub(crate) const VERSIONS_DIFFER: Rule = Rule::error(
    "CD-VERSIONS-DIFFER",
    "Directories of other versions say nothing that `latest` does not say: nodes choose a \
     version.",
);
pub(crate) const SYMLINK: Rule = Rule::error(
    "CD-SYMLINK",
    "No symbolic links: where they lead depends on who follows them.",
);
pub(crate) const SPECIAL_FILE: Rule =
    Rule::error("CD-SPECIAL-FILE", "No devices, FIFOs or sockets.");
pub(crate) const MODE: Rule = Rule::error("CD-MODE", "No setuid, setgid or sticky bits.");
pub(crate) const PATH: Rule =
    Rule::error("CD-PATH", "No name has a slash in it or is a dot entry.");
pub(crate) const NAME_CHARS: Rule = Rule::error(
    "CD-NAME-CHARS",
    "Names are UTF-8 without control characters, of at most 255 bytes: they end up in shell \
     scripts.",
);
pub(crate) const DUPLICATE: Rule = Rule::error("CD-DUPLICATE", "No two entries of one name.");
pub(crate) const DIR_LOOP: Rule = Rule::error("CD-DIR-LOOP", "No directory is met twice.");
pub(crate) const DEPTH: Rule = Rule::error(
    "CD-DEPTH",
    "Directories are nested as deep at most as the setting `max_depth` says.",
);
pub(crate) const FILE_COUNT: Rule = Rule::error(
    "CD-FILE-COUNT",
    "There are as many entries at most as the setting `max_files` says.",
);
pub(crate) const EXTENT_OVERLAP: Rule = Rule::error(
    "CD-EXTENT-OVERLAP",
    "Nothing lies over anything else in the image; files of the same contents may share them.",
);
pub(crate) const TRAILING: Rule = Rule::error(
    "CD-TRAILING",
    "Every byte of the image belongs to something, or is zero.",
);
pub(crate) const SYSTEM_AREA: Rule = Rule::error(
    "CD-SYSTEM-AREA",
    "The part before the volume descriptors is empty: boot code goes there.",
);
pub(crate) const HIDDEN: Rule =
    Rule::error("CD-HIDDEN", "No entries marked as hidden or associated.");
pub(crate) const BOOT: Rule = Rule::error("CD-BOOT", "No boot records.");
pub(crate) const UDF: Rule = Rule::error("CD-UDF", "No second file system beside the first.");
pub(crate) const MULTI_SESSION: Rule = Rule::error(
    "CD-MULTI-SESSION",
    "No volume descriptors of other sessions.",
);
pub(crate) const JSON_DUP: Rule = Rule::error(
    "CD-JSON-DUP",
    "No key stands twice in a JSON object: readers differ in which they take.",
);
pub(crate) const JSON_DEPTH: Rule = Rule::error(
    "CD-JSON-DEPTH",
    "JSON documents are nested 25 levels deep at most, as Ironic takes them.",
);
pub(crate) const CONTENT_PATH: Rule = Rule::error(
    "CD-CONTENT-PATH",
    "Files that meta data lists are on the drive as `/content/` and four digits, and go to \
     absolute paths.",
);
pub(crate) const UD_SCHEMA: Rule = Rule::warning(
    "CD-UD-SCHEMA",
    "Cloud-config has keys and values that cloud-init knows: it ignores others.",
);
pub(crate) const YAML_ALIAS: Rule = Rule::error(
    "CD-YAML-ALIAS",
    "YAML has 64 aliases at most, and 1 MiB with all of them resolved.",
);
pub(crate) const UD_NESTED: Rule = Rule::error(
    "CD-UD-NESTED",
    "User data within user data is sound, two levels deep at most, and 1 MiB in all.",
);
pub(crate) const UD_INCLUDE: Rule = Rule::error(
    "CD-UD-INCLUDE",
    "User data fetches nothing from hosts that the setting `include_hosts` does not name, and \
     brings no boothooks or part handlers: what runs cannot be judged.",
);
pub(crate) const OPEN: Rule = Rule::error(
    "CD-OPEN",
    "A drive that could not be opened within the limits of `[config_drive]` has not been judged.",
);
pub(crate) const TOKEN: Rule = Rule::error(
    "CD-TOKEN",
    "No access tokens, for the same reason as no passwords.",
);
pub(crate) const URL_TLS: Rule = Rule::error(
    "CD-URL-TLS",
    "A drive is fetched by https: it holds secrets, and becomes the code that a node runs.",
);
pub(crate) const URL_HOST: Rule = Rule::error(
    "CD-URL-HOST",
    "A drive comes from a host that the setting `url_hosts` names or, if it is empty, from one \
     that is not written as a private address.",
);
pub(crate) const URL_PORT: Rule = Rule::error(
    "CD-URL-PORT",
    "A drive is fetched from a port that the setting `url_ports` names.",
);

/// The rule that a flaw of an image breaks.
pub(crate) fn of(kind: FlawKind) -> Rule {
    match kind {
        FlawKind::Base64 => BASE64,
        FlawKind::Gzip => GZIP,
        FlawKind::GzipTrailing => GZIP_TRAILING,
        FlawKind::GzipMembers => GZIP_MEMBERS,
        FlawKind::Size => SIZE,
        FlawKind::NotIso => ISO,
        FlawKind::Corrupt => ISO_CORRUPT,
        FlawKind::Vfat => VFAT,
        FlawKind::Names => FS_NAMES,
        FlawKind::Diverge => TREE_DIVERGE,
        FlawKind::Path => PATH,
        FlawKind::NameCharacters => NAME_CHARS,
        FlawKind::Duplicate => DUPLICATE,
        FlawKind::Loop => DIR_LOOP,
        FlawKind::Depth => DEPTH,
        FlawKind::Count => FILE_COUNT,
        FlawKind::Overlap => EXTENT_OVERLAP,
        FlawKind::Trailing => TRAILING,
        FlawKind::SystemArea => SYSTEM_AREA,
        FlawKind::Hidden => HIDDEN,
        FlawKind::Boot => BOOT,
        FlawKind::Udf => UDF,
        FlawKind::MultiSession => MULTI_SESSION,
    }
}
