//! Objectives of every kind on the command line and in jobs: expressions, WGSL files with data, quadratics.

#![cfg(all(feature = "cli", feature = "gpu"))]

use std::fs::File;
use std::path::Path;
use std::process::{Command, Output};

use crate::common::adapter;
use ndarray::{ArrayD, array};
use ndarray_npy::{NpzReader, NpzWriter, write_npy};
use serde_json::Value;

const BARD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/problems/bard.wgsl");
const BARD_DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/problems/bard.csv");

fn plusminus(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_plusminus")).args(args).output().unwrap()
}

fn json(args: &[&str]) -> Value {
    let output = plusminus(&[args, &["--format", "json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn fails(args: &[&str], part: &str) {
    let output = plusminus(args);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{args:?}: {stderr}");
    assert!(stderr.contains(part), "{args:?}: `{stderr}` does not say `{part}`");
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

fn close(got: &[f64], want: &[f64], tolerance: f64) {
    assert_eq!(got.len(), want.len());
    for (got, want) in got.iter().zip(want) {
        assert!((got - want).abs() <= tolerance * want.abs().max(1.0), "{got} for {want}");
    }
}

#[test]
fn expressions_on_every_device_and_in_both_precisions() {
    for (device, precision, tolerance) in
        [("cpu", "f64", 1e-8), ("cpu", "f32", 1e-3), (adapter(), "f64", 1e-8), (adapter(), "f32", 1e-3)]
    {
        let how = ["--device", device, "--precision", precision];
        let args = ["gradient", "--expr", "x0^2*x1 + exp(-x1)", "--at", "3,0.5", "--at", "-1,2"];
        let report = json(&[&args[..], &how].concat());
        assert_eq!(report["precision"], precision);
        close(&numbers(&report["gradient"][0]), &[3.0, 9.0 - (-0.5f64).exp()], tolerance);
        close(&numbers(&report["gradient"][1]), &[-4.0, 1.0 - (-2f64).exp()], tolerance);
        close(&numbers(&report["values"]), &[4.5 + (-0.5f64).exp(), 2.0 + (-2f64).exp()], tolerance);
    }
    // A text that begins with a minus sign is not taken for an option.
    let report = json(&["gradient", "--expr", "-sum(x^2)", "--at", "1,2", "--device", "cpu"]);
    close(&numbers(&report["gradient"][0]), &[-2.0, -4.0], 1e-8);
    let report =
        json(&["descend", "--expr", "0.01*x0^2 + 0.1*x0", "--from", "3", "--rate", "10", "--steps", "100"]);
    close(&numbers(&report["points"][0]), &[-5.0], 1e-3);
}

#[test]
fn wgsl_files_with_data_and_terms() {
    let args = ["gradient", "--wgsl", BARD, "--data", BARD_DATA, "--terms", "15", "--at", "1,1,1"];
    let mut gradients = Vec::new();
    for (device, precision) in [("cpu", "f64"), (adapter(), "f64"), (adapter(), "f32"), ("cpu", "f32")] {
        let report = json(&[&args[..], &["--device", device, "--precision", precision]].concat());
        let value = numbers(&report["values"])[0];
        assert!((value - 41.681_695_861_7).abs() < 1e-4, "{device} {precision}: {value}");
        gradients.push(numbers(&report["gradient"][0]));
    }
    close(&gradients[1], &gradients[0], 1e-8);
    close(&gradients[2], &gradients[0], 1e-2);
    close(&gradients[3], &gradients[0], 1e-2);
}

/// The rows of the data say how many terms there are; what no term reads is said, and what is read only to be compared is not.
#[test]
fn terms_follow_the_rows_and_unread_data_are_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_string()
    };
    let data = path("t.csv", "t,y\n1,2\n2,4.5\n3,5.5\n");
    let text = path("r.wgsl", "fn residual(k: u32) -> real { return x(0) * data(2u*k) - data(2u*k + 1u); }");
    let compared =
        path("c.wgsl", "fn term(s: u32) -> real { return select(1.0, 2.0, data(2u*s) > 1e9) * x(0); }");
    let unread = path("u.wgsl", "fn term(s: u32) -> real { return x(0) * real(s); }");
    for (file, extra, says) in [
        (&text, &[][..], ""),
        (&text, &["--terms", "2"], "has 2 terms, and none reads the last of the 3 rows of data"),
        (&text, &["--terms", "1"], "has 1 term, and none reads the last"),
        (&compared, &[], ""),
        (&unread, &[], "reads none of its 6 numbers of data"),
    ] {
        let args = ["gradient", "--device", "cpu", "--wgsl", file, "--data", &data, "--at", "2"];
        let output = plusminus(&[&args[..], extra].concat());
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{stderr}");
        assert!(
            if says.is_empty() { stderr.is_empty() } else { stderr.contains(says) },
            "{extra:?}: {stderr}"
        );
    }
    let report = json(&["gradient", "--device", "cpu", "--wgsl", &text, "--data", &data, "--at", "2"]);
    close(&numbers(&report["values"]), &[0.5], 1e-15);
    close(&numbers(&report["gradient"][0]), &[1.0], 1e-14);
    // An expression speaks of the columns, and of numbers from outside.
    let args = ["gradient", "--device", "cpu", "--expr", "sum((k*x0*t - y)^2)", "--data", &data, "--at", "2"];
    close(&numbers(&json(&[&args[..], &["--let", "k=1"]].concat())["gradient"][0]), &[1.0], 1e-14);
    fails(&[&args[..], &["--let", "k=1", "--let", "k=2"]].concat(), "--let gives `k` two values");
    fails(
        &[&args[..], &["--let", "t=1", "--let", "k=1"]].concat(),
        "`t` is given from outside (--let) and a name of the data",
    );
    fails(&[&args[..], &["--let", "k"]].concat(), "write a name and a number");
    // What is wrong with a table.
    let at = |data: &str| {
        vec!["gradient", "--device", "cpu", "--expr", "sum(t)*x0", "--at", "2", "--data"]
            .into_iter()
            .chain([data])
            .map(String::from)
            .collect::<Vec<_>>()
    };
    for (name, text, says) in [
        ("ragged.csv", "t,y\n1,2\n3\n", "line 3 has 1 field: every line needs 2"),
        ("header.csv", "t y,2z\n1,2\n", "`2z` begins like a number, so this is no header"),
        ("empty.csv", "t,y\n", "empty.csv: it holds no numbers"),
        ("names.csv", "t\n1,2\n", "its header has 1 name, and its lines have 2 fields"),
    ] {
        let file = path(name, text);
        fails(&at(&file).iter().map(String::as_str).collect::<Vec<_>>(), says);
    }
}

/// No Vulkan driver at all: the CPU engine runs the same file, in f64.
#[test]
fn wgsl_without_any_driver() {
    let run = |device: &[&str]| {
        let args = [
            "gradient", "--wgsl", BARD, "--data", BARD_DATA, "--terms", "15", "--at", "1,1,1", "--format",
            "json",
        ];
        let mut command = Command::new(env!("CARGO_BIN_EXE_plusminus"));
        command.env("VK_DRIVER_FILES", "/nonexistent").env("VK_ICD_FILENAMES", "/nonexistent");
        command.args(args).args(device).output().unwrap()
    };
    for device in [&[][..], &["--device", "cpu"]] {
        let output = run(device);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        if cfg!(target_os = "linux") {
            assert_eq!(report["precision"], "f64");
        }
        assert!((numbers(&report["values"])[0] - 41.681_695_861_7).abs() < 1e-9);
    }
    if cfg!(target_os = "linux") {
        let output = run(&["--device", "gpu"]);
        assert_eq!(output.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&output.stderr).contains("no hardware GPU"));
    }
}

fn write_npz(path: &Path, arrays: &[(&str, ArrayD<f64>)]) {
    let mut npz = NpzWriter::new_compressed(File::create(path).unwrap());
    for (name, array) in arrays {
        npz.add_array(*name, array).unwrap();
    }
    npz.finish().unwrap();
}

fn write_quadratic(path: &Path) {
    let a = array![[2.0, 1.0], [1.0, 4.0]].into_dyn();
    write_npz(path, &[("A", a), ("b", array![1.0, -1.0].into_dyn()), ("c", array![5.0].into_dyn())]);
}

#[test]
fn quadratics_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("q.npz");
    write_quadratic(&path);
    let file = path.to_str().unwrap();
    let report = json(&["gradient", "--quadratic", file, "--at", "1,2", "--device", "cpu"]);
    close(&numbers(&report["values"]), &[1.0 + 2.0 + 8.0 + 1.0 - 2.0 + 5.0], 1e-12);
    close(&numbers(&report["gradient"][0]), &[5.0, 8.0], 1e-9);
    // On a device in f64.
    let report =
        json(&["gradient", "--quadratic", file, "--at", "1,2", "--device", adapter(), "--precision", "f64"]);
    assert_eq!(report["difference"], "incremental");
    close(&numbers(&report["gradient"][0]), &[5.0, 8.0], 1e-9);
    fails(&["gradient", "--quadratic", file, "--at", "1,2,3"], "b has 2 elements, but the points have 3");

    write_npz(&path, &[("A", array![3.0, 5.0].into_dyn())]);
    let report = json(&["gradient", "--quadratic", file, "--at", "1,2", "--device", "cpu"]);
    close(&numbers(&report["gradient"][0]), &[3.0, 10.0], 1e-9);
    write_npz(&path, &[("b", array![3.0, 5.0].into_dyn())]);
    fails(&["gradient", "--quadratic", file, "--at", "1,2"], "there is no array `A`");
}

#[test]
fn data_of_every_format_follow_one_another() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_string();
    std::fs::write(at("a.csv"), "height, weight\n1, 2\n3, 4\n").unwrap();
    write_npy(at("b.npy"), &array![[5.0f32, 6.0], [7.0, 8.0]]).unwrap();
    let arrays = [("second", array![9.0].into_dyn()), ("first", array![10.0, 11.0].into_dyn())];
    write_npz(at("c.npz").as_ref(), &arrays);
    let text = "fn objective() -> real {
        var sum: real = 0.0;
        for (var i = 0u; i < data_len(); i++) { sum += data(i) * powi(x(0), i32(i)); }
        return sum;
    }";
    std::fs::write(at("f.wgsl"), text).unwrap();
    let args = [
        "gradient",
        "--wgsl",
        &at("f.wgsl"),
        "--data",
        &at("a.csv"),
        "--data",
        &at("b.npy"),
        "--data",
        &at("c.npz"),
    ];
    let report = json(&[&args[..], &["--at", "0.5", "--device", "cpu"]].concat());
    let want: f64 = (0..11).map(|i| (f64::from(i) + 1.0) * 0.5f64.powi(i)).sum();
    close(&numbers(&report["values"]), &[want], 1e-12);

    std::fs::write(at("bad.csv"), "1,2\n3,four\n").unwrap();
    let with = |file: &str| {
        [&["gradient", "--wgsl", &at("f.wgsl"), "--at", "1", "--data"][..], &[file]]
            .concat()
            .into_iter()
            .map(String::from)
            .collect::<Vec<_>>()
    };
    let refused = |file: &str, part: &str| {
        let args = with(file);
        fails(&args.iter().map(String::as_str).collect::<Vec<_>>(), part);
    };
    refused(&at("bad.csv"), "line 2, column 2: `four` is not a finite number");
    std::fs::write(at("odd.parquet"), "").unwrap();
    refused(&at("odd.parquet"), "the extension is `parquet`: it must be npy, npz, csv, tsv, txt or dat");
    std::fs::write(at("empty.csv"), "").unwrap();
    refused(&at("empty.csv"), "holds no numbers");
    refused(&at("none.csv"), "none.csv: cannot read");
}

#[test]
fn one_objective_at_a_time() {
    fails(&["gradient", "--at", "1"], "required");
    fails(&["gradient", "--at", "1", "--expr", "x0", "--sum-of-squares"], "cannot be used with");
    fails(&["gradient", "--at", "1", "--expr", "x0", "--data", "a.csv"], "a.csv: cannot read");
    fails(&["gradient", "--at", "1", "--expr", "x0", "--terms", "3"], "belong to wgsl");
    fails(&["gradient", "--at", "1", "--expr", "x0 + x3"], "the point has 1 coordinate");
    fails(&["gradient", "--at", "1", "--wgsl", "no-such.wgsl"], "no-such.wgsl: cannot read");
    fails(&["gradient", "--at", "1,1,1", "--wgsl", BARD], "--terms N");
}

fn job(text: &str, extra: &[&str]) -> (tempfile::TempDir, Output) {
    let folder = tempfile::tempdir().unwrap();
    write_quadratic(&folder.path().join("q.npz"));
    write_npy(folder.path().join("points.npy"), &array![[1.0, 1.0, 1.0], [0.5, 1.0, 2.0]]).unwrap();
    for file in [BARD, BARD_DATA] {
        std::fs::copy(file, folder.path().join(Path::new(file).file_name().unwrap())).unwrap();
    }
    let path = folder.path().join("job.toml");
    std::fs::write(&path, text).unwrap();
    let results = folder.path().join("results");
    let args = ["run", path.to_str().unwrap(), "--out", results.to_str().unwrap()];
    let output = plusminus(&[&args[..], extra].concat());
    (folder, output)
}

#[test]
fn jobs_descend_objectives() {
    let text = "name = 'bard'\n[objective]\nwgsl = 'bard.wgsl'\ndata = ['bard.csv']\nterms = 15\n\
                [start]\nfile = 'points.npy'\n[descent]\nrate = 0.02\nsteps = 400\nreport_every = 50\n";
    for extra in [&["--device", "cpu"][..], &["--device", adapter(), "--precision", "f64"]] {
        let (folder, output) = job(text, &[extra, &["--format", "json"]].concat());
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&summary["points"], &summary["terms"]), (&2.into(), &15.into()));
        assert!(summary["best"]["value"].as_f64().unwrap() < 0.1, "{summary}");
        let results = folder.path().join("results");
        let mut npz = NpzReader::new(File::open(results.join("points.npz")).unwrap()).unwrap();
        let points: ndarray::Array2<f64> = npz.by_name("points").unwrap();
        let values: ndarray::Array1<f64> = npz.by_name("values").unwrap();
        assert_eq!((points.dim(), values.len()), ((2, 3), 2));
        let table = std::fs::read_to_string(results.join("values.csv")).unwrap();
        assert!(table.starts_with("step,points,least,median,greatest\n0,2,"), "{table}");
        assert!(table.lines().count() >= 9, "{table}");
        let picture = std::fs::read_to_string(results.join("curves.svg")).unwrap();
        assert!(picture.contains("<svg") && picture.contains("median"));
        assert!(results.join("summary.json").exists());
    }
    // Minibatches of terms.
    let (_, output) =
        job(&text.replace("steps = 400", "steps = 40\nbatch = 5\nseed = 2"), &["--device", "cpu"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains("least value"));
    // A rate that is too large is told, with exit code 3.
    let (_, output) = job(&text.replace("rate = 0.02", "rate = 1e30"), &["--device", "cpu"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("diverged"));
}

#[test]
fn jobs_take_every_kind_of_objective() {
    let rest = "[start]\npoints = [[1.0, 1.0]]\n[descent]\nrate = 0.1\nsteps = 10\n";
    for objective in ["expr = 'sum(x^2)'", "sum_of_squares = true", "quadratic = 'q.npz'"] {
        let (_, output) = job(&format!("name = 'q'\n[objective]\n{objective}\n{rest}"), &["--device", "cpu"]);
        assert_eq!(output.status.code(), Some(0), "{objective}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let refused = |text: &str, part: &str| {
        let (folder, output) = job(text, &[]);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{text}: {stderr}");
        assert!(stderr.contains(part), "{text}: `{stderr}` does not say `{part}`");
        assert!(!folder.path().join("results").exists(), "{text} left a folder behind");
    };
    let with = |objective: &str| format!("name = 'q'\n[objective]\n{objective}\n{rest}");
    refused(&with(""), "exactly one of");
    refused(&with("expr = 'x0'\nsum_of_squares = true"), "exactly one of");
    refused(&with("expr = 'x0 +'"), "expression");
    refused(&with("expr = 'x0'\nterms = 3"), "belong to wgsl");
    refused(&with("expr = 'x0'\nspeed = 3"), "unknown key `speed`");
    let base = with("expr = 'sum(x^2)'");
    refused(&base.replace("[[1.0, 1.0]]", "[]"), "start.points is empty");
    refused(&base.replace("[[1.0, 1.0]]", "[[1.0], [1.0, 2.0]]"), "all points need as many");
    refused(&base.replace("[[1.0, 1.0]]", "[[1.0]]\nfile = 'points.npy'"), "either points, file or spread");
    refused(&base.replace("rate = 0.1", "rate = 0"), "descent.rate = 0");
    refused(&base.replace("steps = 10", "steps = 0"), "at least 1");
    refused(&base.replace("steps = 10", "steps = 10\nbatch = 3"), "descent.batch");
}

#[test]
fn the_example_job_finds_the_valley() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let job = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/rosenbrock.toml");
    let report = json(&["run", job, "--out", out.to_str().unwrap(), "--device", "cpu"]);
    assert!(report["best"]["value"].as_f64().unwrap() < 1e-2, "{report}");
}
