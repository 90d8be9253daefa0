#![doc = include_str!("../README.md")]

mod error;
pub mod http;
mod ironic;
mod keystone;
mod neutron;
mod process;
mod python;
mod recorder;
mod state;

pub use error::LabError;
pub use ironic::{Auth, Ironic, Network, Options};
pub use keystone::Keystone;
pub use neutron::{FakeNeutron, NeutronRequest};
pub use process::{Process, Start};
pub use python::Python;
pub use recorder::{Recorded, Recorder};
