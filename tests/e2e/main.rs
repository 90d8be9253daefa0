//! End to end: real listeners, real components, a real Ironic where behaviour matters. One
//! module for each feature.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

mod authentication;
mod cases;
mod config_drive;
mod contract;
mod faults;
mod gateway;
mod guide;
mod lifecycle;
mod orders;
mod real_ironic;
mod sandbox;
mod sanitize;
mod schemas;
mod sources;
mod stock_clients;
mod writes;
