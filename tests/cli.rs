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

/// Error bars and steps stand beside the gradient, in its shape; `null` where none is known.
#[test]
fn errors_and_steps_beside_the_gradient() {
    let report =
        json(&["gradient", "--expr", "sqrt(x0)*x1", "--at", "0,1", "--at", "1,2", "--format", "json"]);
    assert_eq!(report["step_rule"], "auto");
    for key in ["gradient", "error", "step"] {
        let rows = report[key].as_array().unwrap();
        assert_eq!(rows.len(), 2, "{key}");
        assert!(rows.iter().all(|row| row.as_array().unwrap().len() == 2), "{key}: {rows:?}");
    }
    assert!(report["error"][0][0].is_null() && report["error"][1][0].as_f64().unwrap() < 1e-10);
    assert_eq!((&report["remarks"][0]["point"], &report["remarks"][0]["axis"]), (&0.into(), &0.into()));
    assert!(report["remarks"][0]["text"].as_str().unwrap().contains("do not draw together"));
    // Steps that are given have no bars, but steps.
    let how = ["gradient", "--expr", "x0^2", "--at", "5", "--step", "relative:2^-10", "--format", "json"];
    let report = json(&how);
    assert!(report["error"][0][0].is_null());
    assert_eq!(report["step"][0][0], 2f64.powi(-8));
    let report = json(&["gradient", "--expr", "x0^4", "--at", "1", "--order", "4", "--format", "json"]);
    assert_eq!(report["order"], 4);
    assert!((report["gradient"][0][0].as_f64().unwrap() - 4.0).abs() < 1e-10);
}

#[test]
fn bounds_on_the_command_line() {
    let text =
        ok(&["gradient", "--expr", "log(x0)*x1", "--at", "1,2", "--lower", "1,-inf", "--upper", "inf,inf"]);
    assert!(text.contains("x[0] of point 0: at a bound below: forward differences"), "{text}");
    fails(2, &["gradient", "--expr", "x0", "--at", "1", "--lower", "0,0"], "one of each an axis");
    fails(2, &["gradient", "--expr", "x0", "--at", "1", "--upper", "0"], "out of its bounds");
    fails(2, &["gradient", "--expr", "x0", "--at", "1", "--upper", "NaN"], "is not a number");
}

#[test]
fn derivatives_beyond_the_gradient() {
    let report = json(&["hessian", "--expr", "x0^2*x1", "--at", "2,3", "--at", "1,1", "--format", "json"]);
    for (at, want) in [((0, 0, 0), 6.0), ((0, 0, 1), 4.0), ((0, 1, 0), 4.0), ((1, 1, 1), 0.0)] {
        let part = |key: &str| report[key][at.0][at.1][at.2].as_f64().unwrap();
        assert!((part("hessian") - want).abs() <= part("error") + 1e-12, "{at:?}");
        assert!(part("step") > 0.0);
    }
    let report =
        json(&["hessian", "--expr", "x0^2*x1", "--at", "2,3", "--times", "1,-1", "--format", "json"]);
    assert!((report["product"][0][0].as_f64().unwrap() - 2.0).abs() < 1e-10);
    let report = json(&[
        "directional",
        "--expr",
        "x0*x1",
        "--at",
        "2,3",
        "--at",
        "1,1",
        "--along",
        "1,-1",
        "--format",
        "json",
    ]);
    assert!((report["derivative"][0].as_f64().unwrap() - 1.0).abs() < 1e-12);
    assert!(report["derivative"][1].as_f64().unwrap().abs() < 1e-12);
    let report = json(&["jacobian", "--expr", "x0*x1; 2*x", "--at", "2,3", "--format", "json"]);
    assert_eq!(report["jacobian"][0].as_array().unwrap().len(), 3);
    assert!((report["jacobian"][0][2][1].as_f64().unwrap() - 2.0).abs() < 1e-12);
    let text = ok(&["jacobian", "--expr", "x0*x1; sin(x1)", "--at", "2,3"]);
    assert!(text.contains("jacobian =") && text.contains("error ="), "{text}");
    assert!(ok(&["hessian", "--expr", "x0^2", "--at", "2"]).contains("(2)"));
    fails(2, &["jacobian", "--expr", "x0; x0 +", "--at", "1"], "in expression 1");
    fails(2, &["directional", "--expr", "x0", "--at", "1", "--along", "1,2"], "one direction a point");
    fails(2, &["jacobian", "--at", "1"], "--expr");
}

#[test]
fn checks_and_their_exit_codes() {
    let right = ["check", "--expr", "x0^2*x1", "--at", "2,3", "--against", "2*x0*x1; x0^2"];
    let text = ok(&right);
    assert!(text.contains("right: all 2 components agree") && text.contains("2 agree, 0 disagree"), "{text}");
    assert!(ok(&["check", "--expr", "sum(x^2)", "--at", "3,4", "--against", "2*x"]).contains("2 agree"));
    assert!(
        ok(&["check", "--wgsl", "examples/gradients/rosenbrock.wgsl", "--at", "-1.2,1,2"])
            .contains("3 agree")
    );

    let wrong = ["check", "--expr", "x0^2*x1", "--at", "2,3", "--against", "2*x0*x1; -x0^2"];
    let output = plusminus(&wrong);
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("only x[1] is wrong, the sign is turned"), "{text}");
    let output = plusminus(&[&wrong[..], &["--format", "json"]].concat());
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&report["verdict"], output.status.code()), (&"disagrees".into(), Some(1)));
    assert_eq!(report["points"][0]["axes"][1]["verdict"], "disagrees");
    for key in ["gradient", "error", "step"] {
        assert_eq!(report[key][0].as_array().unwrap().len(), 2);
    }
    assert!(report["points"][0]["axes"][1]["quotients"].as_array().unwrap().len() >= 8);
    assert!((report["points"][0]["axes"][1]["remainder_slope"].as_f64().unwrap() - 1.0).abs() < 0.1);

    // From a file.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("g.npy");
    ndarray_npy::write_npy(&file, &ndarray::array![[12.0, 4.0]]).unwrap();
    let file = file.to_str().unwrap();
    assert!(ok(&["check", "--expr", "x0^2*x1", "--at", "2,3", "--against", file]).contains("2 agree"));
    fails(2, &["check", "--expr", "x0", "--at", "2", "--against", file], "must be the same");
    fails(2, &["check", "--expr", "x0", "--at", "2"], "there is no gradient to check");
    fails(2, &["check", "--expr", "x0*x1", "--at", "2,1", "--against", "x1"], "gives 1 components");
    fails(
        2,
        &["check", "--wgsl", "examples/problems/rosenbrock.wgsl", "--terms", "1", "--at", "2,1"],
        "there is no `fn gradient",
    );
}
