//! Portcullis, the library: policies in WebAssembly in front of OpenStack Ironic.

pub mod bundle;
pub mod config;
pub mod credentials;
pub mod json;
pub mod operation;
pub mod policy;
pub mod request;
pub mod sandbox;
pub mod secret;
pub mod units;
pub mod verdict;
