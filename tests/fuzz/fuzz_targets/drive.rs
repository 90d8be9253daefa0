//! Looks for an input that breaks `portcullis_fuzz::drive`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| portcullis_fuzz::drive::check(data));
