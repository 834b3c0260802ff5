//! The command line as a user runs it: output, JSON, exit codes, messages.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed unwrap is a failed test")]

use std::process::{Command, Output};

use serde_json::Value;

fn plusminus(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_plusminus")).args(args).output().unwrap()
}

fn ok(args: &[&str]) -> String {
    let output = plusminus(args);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {stderr}");
    String::from_utf8(output.stdout).unwrap()
}

fn json(args: &[&str]) -> Value {
    let text = ok(args);
    assert_eq!(text.trim().lines().count(), 1, "one object on one line: {text}");
    serde_json::from_str(&text).unwrap()
}

fn fails(code: i32, args: &[&str], part: &str) {
    let output = plusminus(args);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{args:?}: {stderr}");
    assert!(stderr.contains(part), "{args:?}: `{stderr}` does not say `{part}`");
    assert!(output.stdout.is_empty(), "{args:?} printed a result");
}

#[test]
fn gradient_as_json() {
    let args = ["gradient", "--sum-of-squares", "--at", "3,4", "--at", "0,2", "--scheme", "central"];
    let how = [
        "--step",
        "1e-4",
        "--precision",
        "f64",
        "--device",
        "cpu",
        "--format",
        "json",
        "--difference",
        "direct",
    ];
    let report = json(&[&args[..], &how].concat());
    assert_eq!(report["points"], serde_json::json!([[3.0, 4.0], [0.0, 2.0]]));
    assert_eq!(report["values"], serde_json::json!([25.0, 4.0]));
    assert_eq!(
        report["gradient"],
        serde_json::json!([[6.00000000000378, 7.999999999999119], [0.0, 4.000000000004]])
    );
    assert_eq!(report["evaluations"], 8);
    assert_eq!((&report["scheme"], &report["precision"]), (&"central".into(), &"f64".into()));
    assert!(report["device"].as_str().unwrap().starts_with("cpu"));
    assert!(report["seconds"].as_f64().unwrap() > 0.0);
}

#[test]
fn gradient_as_text_and_on_the_gpu() {
    let text = ok(&["gradient", "--sum-of-squares", "--at", "3,4"]);
    assert!(text.contains("gradient = (6, 8)"), "{text}");
    let report =
        json(&["gradient", "--sum-of-squares", "--at=-3,4", "--device", "software", "--format", "json"]);
    assert_eq!(report["precision"], "f32");
    for (got, want) in report["gradient"][0].as_array().unwrap().iter().zip([-6.0, 8.0]) {
        assert!((got.as_f64().unwrap() - want).abs() < 1e-3, "{report}");
    }
}

#[test]
fn points_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("points.npy");
    ndarray_npy::write_npy(&path, &ndarray::arr2(&[[1.0, 2.0, 3.0], [0.0, 0.0, -1.0]])).unwrap();
    let path = path.to_str().unwrap();
    let report =
        json(&["gradient", "--sum-of-squares", "--points", path, "--device", "cpu", "--format", "json"]);
    assert_eq!(report["values"], serde_json::json!([14.0, 1.0]));
    let report = json(&[
        "descend",
        "--sum-of-squares",
        "--points",
        path,
        "--rate",
        "0.1",
        "--steps",
        "5",
        "--device",
        "cpu",
        "--format",
        "json",
    ]);
    assert_eq!(report["points"].as_array().unwrap().len(), 2);
    fails(2, &["gradient", "--sum-of-squares", "--points", "none.npy"], "none.npy: cannot read");
}

#[test]
fn descend_as_json_and_text() {
    let args = ["descend", "--sum-of-squares", "--from", "-3,4", "--rate", "0.1", "--steps", "100"];
    let how = ["--step", "1e-4", "--device", "cpu", "--format", "json", "--difference", "direct"];
    let report = json(&[&args[..], &how].concat());
    assert_eq!(report["points"], serde_json::json!([[-6.111107928998789e-10, 8.148143905314271e-10]]));
    assert_eq!(report["steps"], serde_json::json!([100]));
    assert_eq!(report["outcomes"], serde_json::json!(["made all 100 steps"]));
    assert!(report["values"][0].as_f64().unwrap() < 1e-17);
    let text = ok(&[
        "descend",
        "--sum-of-squares",
        "--from",
        "-3,4",
        "--rate",
        "10",
        "--steps",
        "100",
        "--difference",
        "direct",
        "--step",
        "1e-4",
    ]);
    assert!(
        text.contains("(-25898374737328.363, -1295248616896.5398)") && text.contains("vanishes"),
        "{text}"
    );
}

#[test]
fn a_diverging_descent_exits_with_1_and_keeps_the_last_finite_point() {
    let output = plusminus(&[
        "descend",
        "--sum-of-squares",
        "--from",
        "1",
        "--rate",
        "10",
        "--steps",
        "1000",
        "--precision",
        "f32",
        "--device",
        "cpu",
        "--format",
        "json",
    ]);
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["details"][0]["kind"], "non-finite");
    assert!(report["points"][0][0].is_f64() && report["values"][0].is_f64(), "{report}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("diverged"));
}

#[test]
fn bad_usage_exits_with_2() {
    let gradient = |rest: &[&'static str]| [&["gradient", "--sum-of-squares"], rest].concat();
    fails(2, &gradient(&["--at", "3,x"]), "`x`, is not a finite number");
    fails(2, &gradient(&["--at", "3,nan"]), "not a finite number");
    fails(2, &gradient(&[]), "--at");
    fails(2, &gradient(&["--at", "1,2", "--at", "1"]), "all points need as many");
    fails(2, &["gradient", "--at", "1"], "--sum-of-squares");
    fails(2, &gradient(&["--at", "3,4", "--step", "0"]), "greater than 0");
    fails(2, &gradient(&["--at", "3,4", "--step", "-1"]), "greater than 0");
    fails(2, &gradient(&["--at", "3,4", "--step", "abc"]), "nor a number");
    fails(2, &gradient(&["--at", "3,4", "--scheme", "sideways"]), "forward, backward or central");
    fails(2, &gradient(&["--at", "3,4", "--precision", "f16"]), "f32 or f64");
    let vanishing = [
        "--at",
        "3,4",
        "--step",
        "10e-50",
        "--precision",
        "f32",
        "--device",
        "cpu",
        "--difference",
        "direct",
    ];
    fails(2, &gradient(&vanishing), "step 1e-49 vanishes at x[0] = 3.0 of point 0 in f32");

    fails(
        2,
        &gradient(&["--at", "1e12", "--step", "1e-4", "--device", "cpu", "--difference", "direct"]),
        "step 1e-4 is rounded to 1.2",
    );
    fails(
        2,
        &gradient(&["--at", "3", "--step", "1e20", "--device", "cpu", "--difference", "direct"]),
        "too large at x[0] = 3.0",
    );
    // Increments form no x+h, so only the step itself counts.
    fails(
        2,
        &gradient(&["--at", "3", "--step", "10e-50", "--precision", "f32", "--device", "cpu"]),
        "step 1e-49 is out of range for increments in f32",
    );
    fails(2, &gradient(&["--at", "3", "--difference", "sideways"]), "it is direct, incremental or auto");
    fails(2, &gradient(&["--at", "3", "--device", "adapter:x"]), "`adapter:` takes a number");
    fails(1, &gradient(&["--at", "3", "--device", "adapter:99"]), "there is no adapter 99");
    fails(1, &gradient(&["--at", "3,4", "--device", "no such thing"]), "no adapter matches `no such thing`");
    fails(2, &["run", "no-such-job.toml"], "no-such-job.toml: cannot read");
    fails(2, &["frobnicate"], "unrecognized subcommand");
}

#[test]
fn devices_lists_what_there_is() {
    let text = ok(&["devices"]);
    assert!(text.contains("the CPU engine") && text.contains("--device auto takes"), "{text}");
    let report = json(&["devices", "--format", "json"]);
    let adapters = report["adapters"].as_array().unwrap();
    assert!(!adapters.is_empty(), "apt-get install mesa-vulkan-drivers libvulkan1 gives lavapipe");
    for adapter in adapters {
        assert!(adapter["probe"]["nan_by_bits"].is_boolean(), "{adapter}");
    }
}

/// A machine without any driver: the CPU engine does it, and asking for a GPU says how to get one.
#[test]
fn without_a_driver() {
    let run = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plusminus"));
        command.env("VK_DRIVER_FILES", "/nonexistent").env("VK_ICD_FILENAMES", "/nonexistent");
        command.args(args).output().unwrap()
    };
    let output = run(&["gradient", "--sum-of-squares", "--at", "3,4"]);
    assert_eq!(output.status.code(), Some(0));
    if cfg!(target_os = "linux") {
        let output = run(&["gradient", "--sum-of-squares", "--at", "3,4", "--device", "gpu"]);
        assert_eq!(output.status.code(), Some(1));
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(stderr.contains("no hardware GPU") && stderr.contains("mesa-vulkan-drivers"), "{stderr}");
        let output = run(&["devices"]);
        assert!(String::from_utf8_lossy(&output.stdout).contains("no adapters"));
    }
}
