//! Every ```console block of the documents and of `tests/consoles`, run as it stands. `TRYCMD=overwrite cargo test --test suite readme`
//! writes what the commands print now, to be read in the diff; `[..]` stands for what varies, such as times.

#![cfg(feature = "cli")]

#[test]
fn consoles() {
    trycmd::TestCases::new()
        .env("NO_COLOR", "1")
        .case("README.md")
        .case("docs/*.md")
        .case("tests/consoles/*.trycmd");
}
