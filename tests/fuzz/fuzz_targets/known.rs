//! Looks for an input that breaks `portcullis_fuzz::known`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| portcullis_fuzz::known::check(data));
