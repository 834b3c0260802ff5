//! Checks of claimed gradients, and their exit codes.

use serde_json::Value;

use super::{fails, ok, plusminus, stderr, stdout};

#[test]
fn right_gradients() {
    let text = ok("check --expr x0^2*x1 --at 2,3 --against '2*x0*x1; x0^2'");
    assert!(text.contains("right: all 2 components agree") && text.contains("2 agree, 0 disagree"), "{text}");
    assert!(ok("check --expr sum(x^2) --at 3,4 --against 2*x").contains("2 agree"));
    assert!(ok("check --wgsl examples/gradients/rosenbrock.wgsl --at -1.2,1,2").contains("3 agree"));
}

#[test]
fn a_wrong_gradient() {
    let wrong = "check --expr x0^2*x1 --at 2,3 --against '2*x0*x1; -x0^2'";
    let output = plusminus(wrong);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("only x[1] is wrong, the sign is turned"), "{text}");
    let output = plusminus(&format!("{wrong} --json"));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&report["verdict"], output.status.code()), (&"disagrees".into(), Some(1)));
    for key in ["gradient", "error", "step"] {
        assert_eq!(report[key][0].as_array().unwrap().len(), 2);
    }
    let axis = &report["checks"][0]["axes"][1];
    assert_eq!(axis["verdict"], "disagrees");
    assert!(axis["quotients"].as_array().unwrap().len() >= 8);
    assert!((axis["remainder_slope"].as_f64().unwrap() - 1.0).abs() < 0.1);
}

#[test]
fn claims_from_files() {
    let folder = tempfile::tempdir().unwrap();
    let npy = folder.path().join("g.npy");
    ndarray_npy::write_npy(&npy, &ndarray::array![[12.0, 4.0]]).unwrap();
    let npy = npy.to_str().unwrap();
    assert!(ok(&format!("check --expr x0^2*x1 --at 2,3 --against {npy}")).contains("2 agree"));
    let csv = folder.path().join("g.csv");
    std::fs::write(&csv, "g0,g1\n12,4\n").unwrap();
    assert!(ok(&format!("check --expr x0^2*x1 --at 2,3 --against {}", csv.display())).contains("2 agree"));
    fails(2, &format!("check --expr x0 --at 2 --against {npy}"), "must be the same");
}

#[test]
fn claims_that_are_none() {
    fails(2, "check --expr x0 --at 2", "there is no gradient to check");
    fails(2, "check --expr x0*x1 --at 2,1 --against x1", "gives 1 components");
    fails(2, "check --wgsl examples/problems/rosenbrock.wgsl --terms 1 --at 2,1", "there is no `fn gradient");
}

/// A claim that is not finite is the candidate's fault, not the objective's.
#[test]
fn a_claim_that_is_not_finite_names_the_candidate() {
    for line in [
        "check --expr x0^2+x1 --at -1,2 --against 'sqrt(x0); 1'",
        "check --expr x0^2+x1 --at 0,2 --against '1/x0; 1' --precision f32 --device cpu",
    ] {
        let output = plusminus(line);
        let stderr = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{line}: {stderr}");
        assert!(stderr.contains("claimed gradient"), "{line}: {stderr}");
        assert!(stderr.contains("x0); 1`") || stderr.contains("1/x0; 1`"), "{line}: {stderr}");
        assert!(!stderr.contains("the objective `x0^2+x1`"), "{line}: {stderr}");
    }
}
