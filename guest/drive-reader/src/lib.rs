//! The component that opens config drives: `portcullis-drive` behind the contract's world
//! `drive-reader`.
//!
//! An instance reads one drive and is thrown away, and its memory with it. It judges nothing.

#[cfg(target_arch = "wasm32")]
#[expect(unsafe_code, reason = "what the exports of the contract expand to")]
mod component;
