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
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("worse than it began"));
    let text = stdout(&output);
    assert!(
        text.contains("(-25898374737328.363, -1295248616896.5398)") && text.contains("vanishes"),
        "{text}"
    );
}

#[test]
fn a_diverging_descent_exits_with_1_and_keeps_the_last_finite_point() {
    let output = plusminus(
        "descend --sum-of-squares --from 1 --rate 10 --steps 1000 --precision f32 --device cpu --format json",
    );
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["details"][0]["kind"], "non-finite");
    assert!(report["points"][0][0].is_f64() && report["values"][0].is_f64(), "{report}");
    assert!(stderr(&output).contains("diverged"));
}
