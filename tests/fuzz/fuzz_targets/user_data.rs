//! Looks for an input that breaks `portcullis_fuzz::user_data`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| portcullis_fuzz::user_data::check(data));
