//! Every rule of the policy.

use portcullis_guest::Rule;

pub(crate) const FORM: Rule = Rule::error("IMG-FORM", "Checksums and their algorithms are text.");
pub(crate) const SOURCE: Rule = Rule::error(
    "IMG-SOURCE",
    "A rebuild writes an image, and the node says which.",
);
pub(crate) const CHECKSUM: Rule = Rule::error(
    "IMG-CHECKSUM",
    "An image that is deployed from a URL has a checksum: what a server answers with may be \
     anything.",
);
pub(crate) const ALGORITHM: Rule = Rule::error(
    "IMG-ALGORITHM",
    "Checksums are of the algorithms in the settings. Ironic takes any name, and MD5 where none \
     is given.",
);
pub(crate) const DIGEST: Rule = Rule::error(
    "IMG-DIGEST",
    "A checksum is hexadecimal and as long as its algorithm makes it; an algorithm comes with its \
     checksum.",
);
pub(crate) const CHECKSUM_URL: Rule = Rule::error(
    "IMG-CHECKSUM-URL",
    "A checksum that is fetched proves as much as its server and the way to it.",
);
pub(crate) const FORMAT: Rule = Rule::error(
    "IMG-FORMAT",
    "Disk formats are those in the settings: others can refer to files of the machine that \
     converts them.",
);
pub(crate) const KIND: Rule =
    Rule::error("IMG-TYPE", "An image is of a whole disk or of a partition.");
pub(crate) const PAIR: Rule = Rule::error(
    "IMG-PAIR",
    "Kernel and ramdisk come together: for the instance, for deployment and for rescue.",
);
pub(crate) const SIZE: Rule = Rule::error(
    "IMG-SIZE",
    "Sizes of disks are whole numbers within the limits in the settings.",
);
pub(crate) const TEMPLATE: Rule = Rule::error(
    "IMG-TEMPLATE",
    "Templates for boot loaders and installers are rendered on the conductor, which makes them \
     programs. They need the setting `allow_templates`.",
);
pub(crate) const SECRET: Rule = Rule::error(
    "IMG-SECRET",
    "Secrets for registries stay in Ironic's database. They need the setting `allow_pull_secrets`.",
);
