//! Jobs that descend an objective, and mistakes in their files.

use std::process::{Command, Output};

use ndarray_npy::NpzReader;
use serde_json::Value;

const DESCENT: &str = r#"
name = "bowl"
device = "cpu"
precision = "f32"
[objective]
expr = "(x0 - 0.1)^2 + x1^2"
[start]
file = "start.csv"
[descent]
rate = 0.25
steps = 40
"#;

/// The job above with a change, its start in a CSV file.
fn descend(right: &str, wrong: &str) -> (tempfile::TempDir, Output) {
    assert!(DESCENT.contains(right));
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("start.csv"), "x,y\n1,2\n-0.5,0\n").unwrap();
    std::fs::write(folder.path().join("job.toml"), DESCENT.replacen(right, wrong, 1)).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_plusminus"))
        .arg("run")
        .arg(folder.path().join("job.toml"))
        .args(["--json", "--out"])
        .arg(folder.path().join("results"))
        .output()
        .unwrap();
    (folder, output)
}

/// By the name of a rule alone, and with settings of its own: other rules end elsewhere, and a setting that is not theirs is refused.
#[test]
fn update_rules_by_name_and_with_settings() {
    let end = |rule: &str| {
        let (_folder, output) = descend("rate = 0.25", rule);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{rule}: {stderr}");
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        report["best"]["value"].as_f64().unwrap()
    };
    let (plain, adam) = (end("rate = 0.25"), end("rate = 0.25\nrule = \"adam\""));
    let settings =
        "rate = 0.25\nrule = { name = \"adam\", betas = [0.5, 0.9], schedule = \"cosine\", warm_up = 5 }";
    assert!(plain != adam && adam != end(settings));
    for (rule, part) in [
        ("rule = \"adan\"", "did you mean `adam`? It is one of gradient-descent, momentum"),
        ("rule = { name = \"lion\", beta = 0.5 }", "`beta` is a setting of momentum, nesterov, rmsprop"),
        ("rule = { name = \"adam\", bets = [0.5, 0.9] }", "unknown key `bets`"),
        ("rule = 3", "the name of a rule such as"),
    ] {
        let (folder, output) = descend("rate = 0.25", &format!("rate = 0.25\n{rule}"));
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{rule}: {stderr}");
        assert!(stderr.contains(part), "{rule}: `{stderr}` does not say `{part}`");
        assert!(!folder.path().join("results").exists());
    }
}

#[test]
fn a_descent_from_points_in_a_table() {
    let (folder, output) = descend("", "");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    let text = String::from_utf8(output.stdout).unwrap();
    // The digits of f32.
    assert!(text.contains("\"x\":[0.1"), "{text}");
    let summary: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&summary["points"], &summary["diverged"]), (&2.into(), &0.into()));
    assert!(summary["best"]["x"][0].to_string().len() < 12, "{summary}");
    let results = folder.path().join("results");
    let written: Value =
        serde_json::from_slice(&std::fs::read(results.join("summary.json")).unwrap()).unwrap();
    assert_eq!(written, summary);
    let values = std::fs::read_to_string(results.join("values.csv")).unwrap();
    assert!(values.starts_with("step,points,least,median,greatest\n0,2,0.36,"), "{values}");
    let mut npz = NpzReader::new(std::fs::File::open(results.join("points.npz")).unwrap()).unwrap();
    let start: ndarray::Array2<f64> = npz.by_name("start").unwrap();
    assert_eq!(start, ndarray::array![[1.0, 2.0], [-0.5, 0.0]]);
}

/// Mistakes in the file have a line and a column, mistakes in what its sections are together a sentence.
#[test]
fn descents_with_mistakes_are_refused_and_write_nothing() {
    let cases = [
        ("device = \"cpu\"", "device = \"adapter:x\"", "line 3, column"),
        ("device = \"cpu\"", "device = \"adapter:x\"", "`adapter:` takes a number"),
        ("device = \"cpu\"", "device = \"foo\"", "`foo`"),
        ("steps = 40", "stepps = 40", "line 11, column 1"),
        ("steps = 40", "epochs = 40", "descent: give steps"),
        ("steps = 40", "steps = 0", "must be at least 1"),
        ("steps = 40", "steps = 40\nbatch = 2", "descent.batch: batches of 2 out of 1"),
        ("[start]\nfile = \"start.csv\"\n", "", "but this file has [objective]"),
        (
            "[objective]",
            "[data]\nformat = \"npz\"\npath = \"a\"\ntest.every = 2\n[objective]",
            "has either the sections",
        ),
        ("file = \"start.csv\"", "", "start: give either points, file or spread"),
        ("file = \"start.csv\"", "points = []", "start.points is empty"),
        ("file = \"start.csv\"", "points = [[1.0, 2.0], [1.0]]", "start.points: one point has 2 coordinates"),
        (
            "file = \"start.csv\"",
            "file = \"start.xlsx\"",
            "it must be npy, npz, safetensors, csv, tsv, txt or dat",
        ),
        ("expr = ", "terms = 3\nexpr = ", "terms belong to wgsl"),
        ("expr = ", "sum_of_squares = true\nexpr = ", "give exactly one of"),
    ];
    for (right, wrong, part) in cases {
        let (folder, output) = descend(right, wrong);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{wrong}: {stderr}");
        assert!(stderr.contains(part), "{wrong}: `{stderr}` does not say `{part}`");
        assert!(!folder.path().join("results").exists(), "{wrong}: something was written");
    }
}

/// Bounds, tolerances and starts over a box.
#[test]
fn jobs_take_bounds_tolerances_and_spread_starts() {
    let spread = "[start.spread]\ncount = 64\nlower = [-2.0, 1.0]\nupper = [2.0, 2.0]\nsampling = \"latin-hypercube\"\nseed = 5";
    let (folder, output) = descend(
        "[start]\nfile = \"start.csv\"\n[descent]",
        &format!("{spread}\n[descent]\nlower = [-2.0, 0.5]\nstop = {{ gradient = 0.0, patience = 30 }}"),
    );
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["points"], 64);
    assert_eq!(
        report["outcomes"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum::<u64>(),
        64
    );
    let file = std::fs::File::open(folder.path().join("results/points.npz")).unwrap();
    let mut npz = NpzReader::new(file).unwrap();
    let points: ndarray::Array2<f64> = npz.by_name("points").unwrap();
    assert!(
        points.rows().into_iter().all(|point| (point[0] - 0.1).abs() < 1e-6 && point[1] == 0.5),
        "{points}"
    );
    for (wrong, part) in [
        ("stop = { gradient = -1.0 }", "descent.stop: the tolerance of the gradient is -1"),
        ("stop = { gradients = 1.0 }", "unknown key `gradients`"),
        ("lower = [1.0]", "1 lower and 2 upper bounds"),
    ] {
        let (folder, output) = descend("rate = 0.25", &format!("rate = 0.25\n{wrong}"));
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{wrong}: {stderr}");
        assert!(stderr.contains(part), "{wrong}: `{stderr}` does not say `{part}`");
        assert!(!folder.path().join("results").exists());
    }
    let (_, output) = descend("[start]\nfile = \"start.csv\"", &spread.replace("count = 64", "count = 0"));
    assert!(String::from_utf8_lossy(&output.stderr).contains("start.spread: 0 points"));
}

/// One point by several rates, and a rate for each of several points.
#[test]
fn rates_of_points() {
    let (_folder, output) = descend("rate = 0.25", "rate = [0.25, 0.5]");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["points"], 2);
    let alone = DESCENT.replace("file = \"start.csv\"", "points = [[1.0, 2.0]]");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("job.toml"), alone.replace("rate = 0.25", "rate = [1e-3, 0.5, 0.01]"))
        .unwrap();
    let out = folder.path().join("results");
    let job = folder.path().join("job.toml");
    let run =
        Command::new(env!("CARGO_BIN_EXE_plusminus")).arg("run").arg(&job).arg("--out").arg(&out).output();
    assert!(run.unwrap().status.success());
    let file = std::fs::File::open(out.join("points.npz")).unwrap();
    let values: ndarray::Array1<f64> = NpzReader::new(file).unwrap().by_name("values").unwrap();
    assert!(values.len() == 3 && values[1] < values[2] && values[2] < values[0], "{values}");
    let (_folder, output) = descend("rate = 0.25", "rate = [0.25, 0.5, 0.75]");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("descent.rate has 3 numbers for 2 starting points"), "{stderr}");
}
