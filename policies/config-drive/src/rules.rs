//! Every rule of the policy.

use portcullis_guest::Rule;

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
    "The JSON form holds meta_data, network_data, user_data and vendor_data, nothing else.",
);
pub(crate) const META: Rule = Rule::error(
    "CD-META",
    "Meta data is an object. Where it names a UUID it is one, and host names are made of letters, \
     digits, dots and hyphens: operating systems put them into files.",
);
pub(crate) const VENDOR: Rule = Rule::error("CD-VENDOR", "Vendor data is an object.");
pub(crate) const NET: Rule = Rule::error(
    "CD-NET",
    "Network data holds arrays of links, networks and services; links are unique, complete and \
     the ones that networks, bonds and VLANs refer to.",
);
pub(crate) const UD_FORMAT: Rule = Rule::error(
    "CD-UD-FORMAT",
    "User data is text, or an object or array for Ironic to write out.",
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
    "Drives by URL are off unless the setting `allow_url` is on: Ironic fetches them unseen, from \
     within its own network.",
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
pub(crate) const UNOPENED: Rule = Rule::info(
    "CD-UNOPENED",
    "The contents of an image were not looked at: this version judges the JSON form.",
);
