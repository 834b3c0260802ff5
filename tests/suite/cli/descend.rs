//! Descents.

use serde_json::{Value, json};

use super::{json, plusminus, stderr, stdout};

#[test]
fn descend_as_json_and_text() {
    let report = json(
        "descend --sum-of-squares --from -3,4 --rate 0.1 --steps 100 --step 1e-4 --device cpu --difference direct",
    );
    assert_eq!(report["points"], json!([[-6.111107928998789e-10, 8.148143905314271e-10]]));
    assert_eq!(report["steps"], json!([100]));
    let outcome = report["outcomes"][0].as_str().unwrap();
    assert!(outcome.starts_with("converged to a minimum after 100 steps"), "{outcome}");
    assert_eq!(
        (&report["details"][0]["kind"], &report["details"][0]["by"]["evidence"]),
        (&json!("converged"), &json!("near"))
    );
    assert_eq!(report["step_rule"], "0.0001");
    assert!(report["values"][0].as_f64().unwrap() < 1e-17);
    assert_eq!(report["gains"][0]["start"], 25.0);
    assert_eq!(report["best_points"], report["points"]);
    // It ended worse than it began.
    let output = plusminus(
        "descend --sum-of-squares --from -3,4 --rate 10 --steps 100 --difference direct --step 1e-4 --device cpu",
    );
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("worse than it began"));
    let text = stdout(&output);
    assert!(
        text.contains("(-25898374737328.363, -1295248616896.5398)") && text.contains("vanishes"),
        "{text}"
    );
}

#[test]
fn a_diverging_descent_exits_with_3_and_keeps_the_last_finite_point() {
    let output = plusminus(
        "descend --sum-of-squares --from 1 --rate 10 --steps 1000 --precision f32 --device cpu --format json",
    );
    assert_eq!(output.status.code(), Some(3));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["details"][0]["kind"], "non-finite");
    assert!(report["points"][0][0].is_f64() && report["values"][0].is_f64(), "{report}");
    assert!(stderr(&output).contains("diverged"));
}

#[test]
fn starts_bounds_rates_and_tolerances() {
    let report = json(
        "descend --device cpu --expr '(x0^2 + x1 - 11)^2 + (x0 + x1^2 - 7)^2' --starts 40 --region 1:5*2 --lower 1,1 --upper 5,5 --rate 0.01 \
         --steps 2000 --gradient-tolerance 0",
    );
    for (point, detail) in
        report["points"].as_array().unwrap().iter().zip(report["details"].as_array().unwrap())
    {
        let (x, y) = (point[0].as_f64().unwrap(), point[1].as_f64().unwrap());
        assert!((x - 3.0).abs() < 1e-9 && (y - 2.0).abs() < 1e-9, "{point} {detail}");
        assert_eq!(detail["kind"], "converged");
        assert!(detail["steps"].as_u64().unwrap() < 2000, "{detail}");
    }
    let line = "descend --device cpu --sum-of-squares --from -3,4 --rate 0.1,1,1.5 --steps 100";
    let output = plusminus(line);
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    let text = stdout(&output);
    for part in
        ["learning rates 0.1, 1, 1.5", "converged to a minimum", "use a learning rate below 1", "diverging"]
    {
        assert!(text.contains(part), "`{text}` does not say `{part}`");
    }
    let text = stdout(&plusminus(
        "descend --device cpu --expr 'sum((x^2 - 1)^2)' --starts 100 --region -2:2*2 --rate 0.05 --steps 500",
    ));
    assert!(
        text.contains("… 88 more points")
            && text.contains("converged to a minimum")
            && text.contains("lowest f ="),
        "{text}"
    );
    for (options, part) in [
        ("--from 1,2 --rate 0.1,0.2,0.3 --from 3,4", "3 learning rates for 2 starting points"),
        ("--starts 4 --rate 0.1", "needs a region"),
        ("--starts 4 --region 1 --rate 0.1", "is no side of a box"),
        ("--starts 4 --region 2:1 --rate 0.1", "between 2 and 1"),
        ("--from 1,2 --rate 0.1 --gradient-tolerance -1", "tolerance of the gradient is -1"),
        ("--from 1,2 --rate 0.1 --patience 0", "patience of 0"),
        ("--from 1,2 --rate 0.1 --lower 3,3 --upper 1,9", "must not be above"),
    ] {
        let output = plusminus(&format!("descend --device cpu --sum-of-squares --steps 10 {options}"));
        assert_eq!(output.status.code(), Some(2), "{options}: {}", stdout(&output));
        assert!(stderr(&output).contains(part), "{options}: `{}` does not say `{part}`", stderr(&output));
    }
}

/// Ctrl-C ends the work, and what there is is printed.
#[cfg(unix)]
#[test]
fn an_interrupted_descent_prints_what_there_is() {
    use std::process::{Command, Stdio};

    let mut command = Command::new(env!("CARGO_BIN_EXE_plusminus"));
    let line =
        "descend --device cpu --expr 'sum((x - 3)^2)' --from 1,2 --rate 1e-12 --steps 2000000000 --json";
    let child =
        command.args(super::words(line)).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // The handler is there after some milliseconds.
    std::thread::sleep(std::time::Duration::from_millis(1500));
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", stderr(&output));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["details"][0]["kind"], "interrupted");
    assert!(report["steps"][0].as_u64().unwrap() > 0 && stderr(&output).contains("interrupted"));
}
