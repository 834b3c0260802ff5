//! What the fuzzers begin with, and what they have found: each reader and each front end takes it, and answers or refuses.

#![cfg(feature = "cli")]

#[allow(clippy::expect_used, clippy::panic, reason = "what fuzzers call is a test, too")]
#[path = "../../fuzz/src/lib.rs"]
mod targets;

/// Runs a target on all its files.
fn replay(name: &str, target: impl Fn(&[u8])) {
    let mut count = 0;
    for folder in ["seeds", "found"] {
        let Ok(entries) = std::fs::read_dir(format!("fuzz/{folder}/{name}")) else { continue };
        for entry in entries {
            target(&std::fs::read(entry.unwrap().path()).unwrap());
            count += 1;
        }
    }
    assert!(count > 0, "{name}: there is nothing to run");
}

#[test]
fn files_of_numbers() {
    replay("npy", targets::npy);
    replay("npz", targets::npz);
    replay("safetensors", targets::safetensors);
    replay("idx", targets::idx);
    replay("csv", targets::csv);
}

#[test]
fn expressions() {
    replay("expression", targets::expression);
}

#[test]
fn shaders() {
    replay("wgsl", targets::wgsl);
}

#[test]
fn jobs_and_what_they_leave() {
    replay("job", targets::job);
    replay("model", targets::model);
    replay("checkpoint", targets::checkpoint);
}
