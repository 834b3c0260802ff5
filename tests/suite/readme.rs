//! Every ```console block of the documents and of `tests/consoles`, run as it stands. `TRYCMD=overwrite cargo test --test suite readme`
//! writes what the commands print now, to be read in the diff; `[..]` stands for what varies, such as times.

#![cfg(feature = "cli")]

#[test]
fn consoles() {
    // What the documents run, they run anew: a finished run is not replaced without being asked.
    for run in ["digits", "iris", "rosenbrock"] {
        let folder = std::path::Path::new("out").join(run);
        if folder.join("summary.json").is_file() {
            std::fs::remove_dir_all(folder).unwrap();
        }
    }
    trycmd::TestCases::new()
        .env("NO_COLOR", "1")
        .case("README.md")
        .case("docs/*.md")
        .case("tests/consoles/*.trycmd");
}
