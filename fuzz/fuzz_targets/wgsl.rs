#![no_main]

use std::panic::set_hook;

// What the shader compiler panics at is caught and told. Fuzzers end the process where a panic begins, and not where it is caught.
libfuzzer_sys::fuzz_target!(init: set_hook(Box::new(|_| {})), |bytes: &[u8]| plusminus_fuzz::wgsl(bytes));
