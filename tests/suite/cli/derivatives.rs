//! Gradients and the other derivatives: numbers, and one shape for all.

use serde_json::json;

use super::{fails, json, ok};
use crate::common::adapter;

#[test]
fn gradient_as_json() {
    let report = json(
        "gradient --sum-of-squares --at 3,4 --at 0,2 --scheme central --step 1e-4 --precision f64 --device cpu --difference \
         direct",
    );
    assert_eq!(report["points"], json!([[3.0, 4.0], [0.0, 2.0]]));
    assert_eq!(report["values"], json!([25.0, 4.0]));
    assert_eq!(report["gradient"], json!([[6.00000000000378, 7.999999999999119], [0.0, 4.000000000004]]));
    assert_eq!(report["evaluations"], 8);
    assert_eq!((&report["scheme"], &report["precision"]), (&"central".into(), &"f64".into()));
    assert!(report["device"].as_str().unwrap().starts_with("cpu"));
    assert!(report["seconds"].as_f64().unwrap() > 0.0);
    // --json is short for:
    let text = ok("gradient --sum-of-squares --at 3,4 --device cpu --format json");
    assert!(text.starts_with('{') && text.contains("\"gradient\":[[6.0,8.0]]"), "{text}");
}

#[test]
fn gradient_as_text_and_on_the_gpu() {
    let text = ok("gradient --sum-of-squares --at 3,4");
    assert!(text.contains("gradient = (6, 8)"), "{text}");
    if cfg!(feature = "gpu") {
        let report = json(&format!("gradient --sum-of-squares --at=-3,4 --device {}", adapter()));
        assert_eq!(report["precision"], "f32");
        for (got, want) in report["gradient"][0].as_array().unwrap().iter().zip([-6.0, 8.0]) {
            assert!((got.as_f64().unwrap() - want).abs() < 1e-3, "{report}");
        }
    }
}

/// Error bars and steps stand beside the gradient, in its shape; `null` where none is known.
#[test]
fn errors_and_steps_beside_the_gradient() {
    let report = json("gradient --expr 'sqrt(x0)*x1' --at 0,1 --at 1,2 --difference direct --device cpu");
    assert_eq!(report["step_rule"], "auto");
    for key in ["gradient", "error", "step"] {
        let rows = report[key].as_array().unwrap();
        assert_eq!(rows.len(), 2, "{key}");
        assert!(rows.iter().all(|row| row.as_array().unwrap().len() == 2), "{key}: {rows:?}");
    }
    assert!(report["error"][0][0].is_null() && report["error"][1][0].as_f64().unwrap() < 1e-10);
    assert_eq!((&report["remarks"][0]["point"], &report["remarks"][0]["axis"]), (&0.into(), &0.into()));
    assert!(report["remarks"][0]["text"].as_str().unwrap().contains("do not converge"));
    // Steps that are given have no bars, but steps.
    let report = json("gradient --expr x0^2 --at 5 --step relative:2^-10");
    assert!(report["error"][0][0].is_null());
    assert_eq!(report["step"][0][0], 2f64.powi(-8));
    let report = json("gradient --expr x0^4 --at 1 --order 4");
    assert_eq!(report["order"], 4);
    assert!((report["gradient"][0][0].as_f64().unwrap() - 4.0).abs() < 1e-10);
}

#[test]
fn bounds_on_the_command_line() {
    let text = ok("gradient --expr 'log(x0)*x1' --at 1,2 --lower 1,-inf --upper inf,inf --difference direct");
    assert!(text.contains("x[0] of point 0: at a bound below: forward differences"), "{text}");
    fails(
        2,
        "gradient --expr x0 --at 1 --lower 0,0",
        "pass one lower and one upper bound for each coordinate",
    );
    fails(2, "gradient --expr x0 --at 1 --upper 0", "out of its bounds");
    fails(2, "gradient --expr x0 --at 1 --upper NaN", "is not a number");
}

#[test]
fn derivatives_beyond_the_gradient() {
    let report = json("hessian --expr x0^2*x1 --at 2,3 --at 1,1");
    for (at, want) in [((0, 0, 0), 6.0), ((0, 0, 1), 4.0), ((0, 1, 0), 4.0), ((1, 1, 1), 0.0)] {
        let part = |key: &str| report[key][at.0][at.1][at.2].as_f64().unwrap();
        assert!((part("hessian") - want).abs() <= part("error") + 1e-12, "{at:?}");
        assert!(part("step") > 0.0);
    }
    let report = json("hessian --expr x0^2*x1 --at 2,3 --times 1,-1");
    assert!((report["product"][0][0].as_f64().unwrap() - 2.0).abs() < 1e-10);
    let report = json("directional --expr x0*x1 --at 2,3 --at 1,1 --along 1,-1");
    assert!((report["derivative"][0].as_f64().unwrap() - 1.0).abs() < 1e-12);
    assert!(report["derivative"][1].as_f64().unwrap().abs() < 1e-12);
    let report = json("jacobian --expr 'x0*x1; 2*x' --at 2,3");
    assert_eq!(report["jacobian"][0].as_array().unwrap().len(), 3);
    assert!((report["jacobian"][0][2][1].as_f64().unwrap() - 2.0).abs() < 1e-12);
    assert_eq!(report["values"], json!([[6.0, 4.0, 6.0]]), "the components");
    let text = ok("jacobian --expr 'x0*x1; sin(x1)' --at 2,3");
    assert!(text.contains("jacobian =") && text.contains("error ="), "{text}");
    assert!(ok("hessian --expr x0^2 --at 2").contains("(2)"));
    fails(2, "jacobian --expr 'x0; x0 +' --at 1", "1:9");
    fails(2, "directional --expr x0 --at 1 --along 1,2", "one direction");
    fails(2, "jacobian --at 1", "--expr");
}

#[test]
fn sparse_jacobians() {
    let line = "jacobian --expr 'x[1:] - x[:-1]^2' --at 1,2,3,4,5,6 --sparse --device cpu";
    let report = json(line);
    assert_eq!(report["shape"], json!([5, 6]));
    assert_eq!(report["indptr"], json!([0, 2, 4, 6, 8, 10]));
    assert_eq!(report["indices"], json!([0, 1, 1, 2, 2, 3, 3, 4, 4, 5]));
    assert_eq!(report["data"], json!([-2.0, 1.0, -4.0, 1.0, -6.0, 1.0, -8.0, 1.0, -10.0, 1.0]));
    assert_eq!((&report["directions"], report["error"].as_array().unwrap().len()), (&json!(2), 10));
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).display().to_string();
    // The arrays that scipy's load_npz reads.
    ok(&format!("{line} --difference direct --output {}", file("j.npz")));
    let read = |name: &str| {
        let path = folder.path().join("j.npz");
        plusminus::data::read_npz_array(&path, name).unwrap().unwrap().into_raw_vec_and_offset().0
    };
    assert_eq!(read("shape"), [5.0, 6.0]);
    assert_eq!(read("indptr"), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
    assert_eq!(read("indices"), [0.0, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0, 5.0]);
    let close = |(got, want): (&f64, f64)| (got - want).abs() < 1e-9;
    assert!(read("data").iter().zip([-2.0, 1.0, -4.0, 1.0, -6.0]).all(close));
    assert!(read("error").iter().all(|&bar| bar < 1e-9) && read("step").iter().all(|&step| step > 0.0));
    let mut npz = zip::ZipArchive::new(std::fs::File::open(folder.path().join("j.npz")).unwrap()).unwrap();
    let mut format = Vec::new();
    std::io::Read::read_to_end(&mut npz.by_name("format.npy").unwrap(), &mut format).unwrap();
    assert!(format.starts_with(b"\x93NUMPY\x01\x00\x76\x00{'descr': '|S3'") && format.ends_with(b" \ncsr"));
    assert_eq!(format.len(), 128 + 3);
    ok(&format!("{line} --output {}", file("j.csv")));
    let csv = std::fs::read_to_string(folder.path().join("j.csv")).unwrap();
    assert!(csv.starts_with("row,column,jacobian,error,step\n0,0,-2,4.4"), "{csv}");
    assert_eq!(csv.lines().count(), 11);
    fails(2, &format!("{line} --output j.npy"), "scipy.sparse.load_npz");
    fails(2, "jacobian --expr x0 --at 1 --at 2 --sparse", "--sparse takes one point, and there are 2");
    fails(1, "jacobian --expr 'log(x0); x1' --at -1,2 --sparse --device cpu", "not finite");
}

/// The keys are the same for all, and the arrays have the derivative's shape.
#[test]
fn one_shape_for_all_derivatives() {
    let common = [
        "objective",
        "device",
        "precision",
        "quantity",
        "difference",
        "scheme",
        "order",
        "step_rule",
        "points",
        "values",
        "error",
        "step",
        "remarks",
        "evaluations",
        "seconds",
    ];
    let cases = [
        ("gradient", "gradient --expr x0^2*x1"),
        ("derivative", "directional --expr x0^2*x1 --along 1,1"),
        ("hessian", "hessian --expr x0^2*x1"),
        ("product", "hessian --expr x0^2*x1 --times 1,1"),
        ("jacobian", "jacobian --expr 'x0^2*x1; x1'"),
        ("gradient", "check --expr x0^2*x1 --against '2*x0*x1; x0^2'"),
    ];
    for (quantity, line) in cases {
        let report = json(&format!("{line} --at 2,3 --at 1,1"));
        assert_eq!(report["quantity"], quantity, "{line}");
        for key in common {
            assert!(report.get(key).is_some(), "{line}: no `{key}` in {report}");
        }
        for key in ["error", "step"] {
            assert_eq!(shape(&report[key]), shape(&report[quantity]), "{line}: {key}");
        }
        assert_eq!(report["points"], json!([[2.0, 3.0], [1.0, 1.0]]), "{line}");
        assert_eq!(shape(&report["values"])[0], 2, "{line}");
        let known = common.len() + 1 + if line.starts_with("check") { 6 } else { 0 };
        assert_eq!(report.as_object().unwrap().len(), known, "{line}: {report}");
    }
}

fn shape(value: &serde_json::Value) -> Vec<usize> {
    match value.as_array() {
        Some(rows) => [vec![rows.len()], shape(&rows[0])].concat(),
        None => vec![],
    }
}

/// Every derivative takes the same options.
#[test]
fn options_are_those_of_all_derivatives() {
    for line in [
        "gradient --expr exp(x0)*x1",
        "directional --expr exp(x0)*x1 --along 1,0",
        "hessian --expr exp(x0)*x1",
        "hessian --expr exp(x0)*x1 --times 1,0",
        "jacobian --expr exp(x0)*x1",
    ] {
        let report = json(&format!(
            "{line} --at 0,1 --scheme forward --order 2 --step 1e-3 --lower 0,0 --device cpu --precision f64"
        ));
        assert_eq!(
            (&report["scheme"], &report["order"], &report["step_rule"], &report["difference"]),
            (&"forward".into(), &2.into(), &"0.001".into(), &"direct".into()),
            "{line}"
        );
        let quantity = report["quantity"].as_str().unwrap();
        let mut first = &report[quantity];
        while first.is_array() {
            first = &first[0];
        }
        assert!((first.as_f64().unwrap() - 1.0).abs() < 1e-2, "{line}: {report}");
    }
    fails(
        2,
        "hessian --sum-of-squares --at 1 --difference incremental",
        "increments of this objective give no second derivatives",
    );
    fails(
        2,
        "hessian --expr x0^2 --at 1 --difference incremental --step 1e-3 --device cpu",
        "second derivatives take a step of their own, relative:2^-80",
    );
    // (exp(1e-3) - 1)/1e-3
    let report =
        json("gradient --expr exp(x0) --at 0 --scheme forward --step 1e-3 --device cpu --precision f64");
    assert_eq!(report["difference"], "incremental");
    let off = report["gradient"][0][0].as_f64().unwrap() - 1.000_500_166_708_341_7;
    assert!(off.abs() < 1e-15, "{report}");
}

/// The digits are those of the precision: 0.1, not 0.10000000149011612.
#[test]
fn f32_has_its_own_digits() {
    let how = "gradient --expr 'x0*x0 + x1/3' --at 0.1,1 --precision f32 --device cpu";
    let text = ok(how);
    assert!(text.contains("x = (0.1, 1)"), "{text}");
    let text = ok(&format!("{how} --json"));
    assert!(text.contains("\"points\":[[0.1,1.0]]"), "{text}");
    let report: serde_json::Value = serde_json::from_str(&text).unwrap();
    for number in [&report["values"][0], &report["gradient"][0][0], &report["gradient"][0][1]] {
        assert!(number.to_string().len() <= 12, "{number} has more digits than an f32");
        let short = number.as_f64().unwrap() as f32;
        assert_eq!(short.to_string().parse::<f64>().unwrap(), number.as_f64().unwrap());
    }
}
