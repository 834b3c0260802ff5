//! Tells the program which commit it is built from: `plusminus --version`.
//!
//! Release builds only, so that a commit does not mean that all of the library is compiled again for its tests; without git, or
//! outside a clone, the version says nothing of it.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is_release = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    // Where the crate is unpacked within somebody else's repository, git would tell that one's commit.
    let log = Path::new(".git/logs/HEAD");
    if !is_release || std::env::var_os("CARGO_FEATURE_CLI").is_none() || !log.exists() {
        return;
    }
    println!("cargo::rerun-if-changed={}", log.display());
    let described = Command::new("git").args(["rev-parse", "--short", "HEAD"]).output();
    if let Some(commit) = described.ok().filter(|output| output.status.success()) {
        println!("cargo::rustc-env=PLUSMINUS_COMMIT={}", String::from_utf8_lossy(&commit.stdout).trim());
    }
}
