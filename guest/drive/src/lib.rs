#![doc = include_str!("../README.md")]

mod entry;
mod flaw;
pub mod gzip;
mod iso;
pub mod json;
mod limits;
mod members;
mod open;
mod source;
mod user_data;

pub use entry::{Entry, EntryKind};
pub use flaw::{Flaw, FlawKind, shown};
pub use limits::Limits;
pub use open::{Drive, Encoding, open};
pub use source::Source;
pub use user_data::UserDataKind;

/// Where the documents lie that a node reads.
pub const LATEST: &str = "openstack/latest";

/// Label by which nodes find the drive.
pub const LABEL: &str = "config-2";
