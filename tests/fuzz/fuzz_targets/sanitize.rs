//! Looks for an input that breaks `portcullis_fuzz::sanitize`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| portcullis_fuzz::sanitize::check(data));
