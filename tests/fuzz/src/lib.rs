#![doc = include_str!("../README.md")]

pub mod config;
pub mod credentials;
pub mod drive;
pub mod json;
pub mod known;
pub mod patch;
pub mod path;
mod policies;
pub mod request;
pub mod sanitize;
mod text;
pub mod url;
pub mod user_data;
