//! Fits: against NIST's certified values and scipy's `curve_fit` (scripts/curve_fits.py, scipy 1.17.1).

use super::{json, ok, plusminus, stderr, stdout};
use ndarray_npy::NpzReader;
use serde_json::Value;

const MISRA: &str = "fit --device cpu --data examples/data/misra1a.csv --model 'b1*(1 - exp(-b2*x))' --y y";
const DECAY: &str =
    "fit --device cpu --data examples/data/decay.csv --model 'a*exp(-t/T) + c' --y y --start a=1,T=1,c=0";

fn numbers(report: &Value, key: &str) -> Vec<f64> {
    report["parameters"].as_array().unwrap().iter().map(|p| p[key].as_f64().unwrap()).collect()
}

fn near(found: &[f64], want: &[f64], relative: f64) {
    assert_eq!(found.len(), want.len());
    for (found, want) in found.iter().zip(want) {
        assert!((found - want).abs() <= relative * want.abs(), "{found} for {want}");
    }
}

#[test]
fn what_nist_certifies_and_scipy_finds() {
    for start in ["--start b1=500,b2=1e-4", "--start b2=5e-4,b1=250", "--parameters b1,b2 --start 500,1e-4"] {
        let report = json(&format!("{MISRA} {start}"));
        let (values, sigma) = (numbers(&report, "value"), numbers(&report, "sigma"));
        let by_name = |name: &str| {
            report["parameters"].as_array().unwrap().iter().position(|p| p["name"] == name).unwrap()
        };
        let (b1, b2) = (by_name("b1"), by_name("b2"));
        near(&[values[b1], values[b2]], &[2.3894212918E+02, 5.5015643181E-04], 1e-10);
        near(&[sigma[b1], sigma[b2]], &[2.7070075241E+00, 7.2668688436E-06], 1e-9);
        assert_eq!(report["degrees_of_freedom"], 12);
        near(&[report["residual_deviation"].as_f64().unwrap()], &[1.0187876330E-01], 1e-9);
    }
    for (options, want, deviations, correlation) in [
        (
            "",
            [2.501278650728981, 1.2955709898172234, 0.4008783385111976],
            [0.024700002160877314, 0.03411787392932999, 0.01726570509109616],
            -0.10240345394760071,
        ),
        (
            "--sigma s --absolute",
            [2.501278650831549, 1.295570989400778, 0.4008783387207235],
            [0.02970223909223808, 0.04102741666313912, 0.020762350875469873],
            -0.10240347440176897,
        ),
        (
            "--sigma 's*(1 + t)'",
            [2.504411144830755, 1.3148030504570973, 0.3904662131920375],
            [0.023430679026625482, 0.03099941680571544, 0.024495671481182226],
            0.6464856938500264,
        ),
    ] {
        let report = json(&format!("{DECAY} {options}"));
        // As far as scipy's own tolerances and forward differences go.
        near(&numbers(&report, "value"), &want, 1e-8);
        near(&numbers(&report, "sigma"), &deviations, 1e-6);
        near(&[report["correlation"][0][1].as_f64().unwrap()], &[correlation], 1e-5);
    }
}

#[test]
fn pictures_and_files() {
    let folder = tempfile::tempdir().unwrap();
    let (svg, npz) = (folder.path().join("fit.svg"), folder.path().join("fit.npz"));
    let text = ok(&format!(
        "{MISRA} --parameters b1,b2 --starts 50 --region 1:1000,1e-5:0.01 --plot {} --output {}",
        svg.display(),
        npz.display()
    ));
    assert!(text.contains("b1 = 238.942129") && text.contains("± 2.7070"), "{text}");
    assert!(
        text.contains("50 of 50 starts came to this sum") && text.contains("correlations: b1 b2 -0.9988"),
        "{text}"
    );
    let svg = std::fs::read_to_string(svg).unwrap();
    assert!(svg.matches("<circle").count() >= 14 && svg.contains("<polyline") && svg.contains("model"));
    let mut npz = NpzReader::new(std::fs::File::open(npz).unwrap()).unwrap();
    let covariance: ndarray::Array2<f64> = npz.by_name("covariance").unwrap();
    let sigma: ndarray::Array1<f64> = npz.by_name("sigma").unwrap();
    near(&[covariance[[0, 0]].sqrt()], &[sigma[0]], 1e-14);
    let jacobian: ndarray::Array2<f64> = npz.by_name("jacobian").unwrap();
    let residuals: ndarray::Array1<f64> = npz.by_name("residuals").unwrap();
    assert_eq!((jacobian.dim(), residuals.len()), ((14, 2), 14));
}

#[test]
fn bounds_and_what_is_not_determined_are_said() {
    let text = ok(&format!("{MISRA} --start b1=100,b2=1e-3 --lower 0,0 --upper 200,1"));
    assert!(text.contains("b1 = 200, held at a bound"), "{text}");
    let text = ok(&format!("{} --start b1=500,b2=1e-4,b3=1", MISRA.replace("*x))", "*x)) + 0*b3")));
    assert!(text.contains("b3 = 1, not determined by these residuals"), "{text}");
    let folder = tempfile::tempdir().unwrap();
    // Two residuals, two parameters.
    let path = folder.path().join("two.csv");
    std::fs::write(&path, "t,y\n0,1\n1,3\n").unwrap();
    let text =
        ok(&format!("fit --device cpu --data {} --model 'a + b*t' --y y --start a=0,b=1", path.display()));
    assert!(text.contains(", no more residuals than parameters") && text.contains("b = 2"), "{text}");
    // Residuals in WGSL.
    let path = folder.path().join("r.wgsl");
    std::fs::write(&path, "fn residual(k: u32) -> real { return x(0) * (1.0 - exp(-x(1) * data(2u * k + 1u))) - data(2u * k); }").unwrap();
    let report = json(&format!(
        "fit --device cpu --wgsl {} --data examples/data/misra1a.csv --start 250,5e-4",
        path.display()
    ));
    near(&numbers(&report, "value"), &[2.3894212918E+02, 5.5015643181E-04], 1e-9);
}

#[test]
fn mistakes_in_fits_are_named() {
    for (options, part) in [
        ("--start b1=500", "there is no `b2`"),
        ("--start b1=500,b2=q", "`q` is not a finite number"),
        ("--start b1=500,b2=1 --start b1=1", "a start of 1 values for 2 parameters"),
        ("--start b1=500,b2=1 --start b1=1,b3=2", "gives no value for `b2`"),
        ("--start b1=500,b2=-1e4", "no start has residuals"),
        ("--start b1=500,b2=1,y=3", "`y` is a parameter and a column"),
        ("--parameters b1,b2 --starts 5", "needs a region"),
        ("--parameters b1,b2 --starts 5 --region 0:1", "the region has 1 sides"),
        ("--start b1=500,b2=1 --lower 0", "1 lower and 2 upper bounds"),
        ("", "--start"),
    ] {
        let output = plusminus(&format!("{MISRA} {options}"));
        assert_eq!(output.status.code(), Some(2), "{options}: {}", stdout(&output));
        assert!(stderr(&output).contains(part), "{options}: `{}` does not say `{part}`", stderr(&output));
    }
}
