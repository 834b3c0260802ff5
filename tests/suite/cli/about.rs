//! Version, help, completions, man page; how much is said on standard error.

use super::{fails, ok, plusminus, stderr};

#[test]
fn the_version_tells_features_and_commit() {
    let text = ok("--version");
    assert!(text.starts_with(&format!("plusminus {} (", env!("CARGO_PKG_VERSION"))), "{text}");
    assert!(text.contains("features cli"), "{text}");
    assert_eq!(text.contains(" gpu"), cfg!(feature = "gpu"), "{text}");
}

#[test]
fn completions_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = ok(&format!("completions {shell}"));
        assert!(script.contains("plusminus") && script.contains("jacobian"), "{shell}: {script}");
    }
    fails(2, "completions tcsh", "possible values: bash");
}

#[test]
fn man_pages() {
    let page = ok("man");
    assert!(page.contains(".TH") && page.contains("jacobian"), "{page}");
    assert!(ok("man gradient").contains("sum\\-of\\-squares"));
    fails(2, "man gradiant", "did you mean `gradient`?");
}

/// Names of enums are those of the library.
#[test]
fn help_teaches() {
    let help = ok("gradient --help");
    for part in ["Examples:", "forward, backward, central", "f32, f64", "incremental", "null", "FILE|-"] {
        assert!(help.contains(part), "no `{part}` in {help}");
    }
    for command in ["check", "directional", "hessian", "jacobian", "descend", "run", "completions", "man"] {
        assert!(ok(&format!("{command} --help")).contains("Examples:"), "{command}");
    }
}

#[test]
fn quiet_says_nothing_but_errors() {
    let folder = tempfile::tempdir().unwrap();
    let run = |more: &str| {
        let out = folder.path().join("out");
        plusminus(&format!("run examples/rosenbrock.toml --steps 20 --out {} {more}", out.display()))
    };
    let output = run("");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stderr(&output).contains("rosenbrock: "), "{}", stderr(&output));
    let output = run("--quiet --force");
    assert_eq!((output.status.code(), stderr(&output).as_str()), (Some(0), ""));
    fails(2, "gradient --quiet --expr x0+ --at 1", "error: in the expression");
}

#[test]
fn colours_when_they_are_wanted() {
    let bad = "gradient --sum-of-squares --at 1,2 --at 1";
    assert!(!stderr(&plusminus(bad)).contains('\u{1b}'), "no terminal, no colours");
    assert!(stderr(&plusminus(&format!("{bad} --color always"))).contains("\u{1b}["));
    assert!(!stderr(&plusminus(&format!("--color=never {bad}"))).contains('\u{1b}'));
    // The parser's own complaints, too.
    assert!(stderr(&plusminus("--color always frobnicate")).contains("\u{1b}["));
    fails(2, "--color sometimes devices", "possible values: auto, always, never");
}
