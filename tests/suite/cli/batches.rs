//! A point that fails leaves the others standing.

use serde_json::{Value, json};

use super::{fails, plusminus, stderr, stdout};

#[test]
fn a_failing_point_is_null_with_a_remark() {
    for (quantity, line) in [
        ("gradient", "gradient --expr log(x0)*x1"),
        ("derivative", "directional --expr log(x0)*x1 --along 1,0"),
        ("hessian", "hessian --expr log(x0)*x1"),
        ("product", "hessian --expr log(x0)*x1 --times 1,0"),
        ("jacobian", "jacobian --expr log(x0)*x1"),
    ] {
        let output = plusminus(&format!("{line} --at 1,2 --at -1,2 --at 2,2 --device cpu --json"));
        let stderr = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{line}: {stderr}");
        assert!(stderr.contains("1 of 3 points failed"), "{line}: {stderr}");
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let null = |value: &Value| first(value).is_null();
        for key in [quantity, "error", "step", "values"] {
            assert!(null(&report[key][1]), "{line}: {key}: {report}");
            assert!(!null(&report[key][0]) && !null(&report[key][2]), "{line}: {key}: {report}");
        }
        let remarks: Vec<&Value> =
            report["remarks"].as_array().unwrap().iter().filter(|remark| remark["point"] == 1).collect();
        assert!(remarks[0]["text"].as_str().unwrap().contains("not finite"), "{line}: {report}");
        assert_eq!(report["points"][1], json!([-1.0, 2.0]));
    }
}

fn first(value: &Value) -> &Value {
    if value.is_array() { first(&value[0]) } else { value }
}

#[test]
fn the_same_in_text() {
    let output = plusminus("gradient --expr 1/x0 --at 1 --at 0 --at 2 --device cpu");
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("x = (0)\n  failed: "), "{text}");
    assert_eq!(text.matches("gradient = ").count(), 2, "{text}");
}

/// Where nothing stands, there is only the error: with the exit code that it has for one point.
#[test]
fn if_all_points_fail_there_is_only_the_error() {
    fails(1, "gradient --expr log(x0) --at -1 --at -2 --device cpu", "not finite");
    fails(
        2,
        "gradient --expr x0^2 --at 1e12 --at 1e13 --step 1e-4 --difference direct --device cpu",
        "step 1e-4 is rounded to",
    );
}

/// A step may vanish at one point and not at another.
#[test]
fn a_vanished_step_fails_at_its_point_only() {
    let output = plusminus(
        "gradient --expr x0^2 --at 1 --at 1e30 --step 1e-4 --difference direct --device cpu --precision f64",
    );
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let text = stdout(&output);
    assert!(text.contains("step 1e-4 vanishes at x[0] = 1e30 of point 1"), "{text}");
}
