//! The sandbox.
pub mod limits;
