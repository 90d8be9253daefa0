//! Looks for an input that breaks `portcullis_fuzz::path`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| portcullis_fuzz::path::check(data));
