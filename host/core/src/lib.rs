//! Portcullis, the library: policies in WebAssembly in front of OpenStack Ironic.

pub mod admission;
pub mod audit;
pub mod bundle;
pub mod config;
pub mod credentials;
pub mod driver;
pub mod json;
pub mod operation;
pub mod policy;
pub mod request;
pub mod sandbox;
pub mod sanitise;
pub mod secret;
pub mod units;
pub mod verdict;
