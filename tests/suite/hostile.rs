//! Malformed and hostile objectives: the messages, word for word, are in `tests/hostile`. None panics, hangs or reads out
//! of bounds. `INSTA_UPDATE=always cargo test --test suite hostile` writes the messages anew, to be read in the diff.

use std::path::{Path, PathBuf};

use ndarray::array;
use plusminus::{Difference, Engine, Error, Precision, ShaderOptions, WgslObjective};

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hostile");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension != "snap"));
    files.sort();
    files
}

/// What comes of an objective at (0.5, 2).
fn message(path: &Path, engine: &Engine) -> Result<String, Error> {
    let text = std::fs::read_to_string(path).unwrap();
    let name = path.file_name().unwrap().to_str().unwrap();
    let f = if name.ends_with(".expr") {
        WgslObjective::from_expression(&text, 2)?
    } else {
        let terms = text.contains("fn term").then_some(2);
        let data = if name == "outside_data.wgsl" { vec![1.0, 2.0] } else { vec![] };
        WgslObjective::new(name, &text, 2, ShaderOptions { data, terms, ..Default::default() })?
    };
    let gradient = engine.evaluator(&f)?.gradient(array![[0.5, 2.0]].view(), &Difference::default())?;
    Ok(format!("{:?}", gradient.value))
}

#[test]
fn messages_are_those_written_down() {
    let engine = Engine::cpu(Precision::F64);
    assert!(cases().len() >= 40, "{}", cases().len());
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../hostile");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        insta::glob!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hostile"), "*.{expr,wgsl}", |path| {
            let error = message(path, &engine).expect_err(&path.display().to_string());
            assert!(error.is_bad_input(), "{}: {error}", path.display());
            let lines: Vec<_> = error.to_string().lines().map(|line| line.trim_end().to_string()).collect();
            insta::assert_snapshot!("message", lines.join("\n"));
        });
    });
}

/// What a device would do if it were let: the same errors come before it, or it is guarded.
#[test]
fn devices_are_guarded() {
    for precision in [Precision::F32, Precision::F64] {
        let engine = crate::common::gpu_in(precision);
        for path in cases() {
            // Those that run away do so in either precision, in seconds each.
            let runs_away = ["endless", "runaway"].iter().any(|name| path.ends_with(format!("{name}.wgsl")));
            if runs_away && precision == Precision::F64 {
                continue;
            }
            let error = message(&path, &engine).expect_err(&path.display().to_string());
            assert!(error.is_bad_input(), "{}: {error}", path.display());
        }
    }
}
