//! The config drive of a request: where it stands, how it arrived, what it shows, and how one is
//! built.
//!
//! Pure. Nothing of what somebody else made is taken apart here but its base64: gzip, ISO 9660
//! and what lies in files are for the drive reader, a guest ([`crate::sandbox::DriveReader`]).

mod base64;
mod build;
mod contents;
mod place;
mod submitted;
pub mod url;

pub use base64::{Base64Error, Base64Text};
pub use build::{BuildError, Parts, build_files, build_iso, build_json, to_base64};
pub use contents::{Contents, Entry, EntryKind, Flaw};
pub use place::replaced;
pub use submitted::{Form, Submitted};

/// Where the documents lie that a node reads.
pub const LATEST: &str = "openstack/latest";

/// Label by which nodes find the drive.
pub const LABEL: &str = "config-2";
