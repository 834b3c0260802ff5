#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| plusminus_fuzz::npz(bytes));
