//! Points from files and standard input, results into files.

use ndarray::{Array1, Array2, Array3, array};
use ndarray_npy::{NpzReader, read_npy};
use serde_json::{Value, json};

use super::{fails, json, ok, plusminus, plusminus_with, stderr};

#[test]
fn points_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("points.npy");
    ndarray_npy::write_npy(&path, &array![[1.0, 2.0, 3.0], [0.0, 0.0, -1.0]]).unwrap();
    let path = path.to_str().unwrap();
    let report = json(&format!("gradient --sum-of-squares --points {path} --device cpu"));
    assert_eq!(report["values"], json!([14.0, 1.0]));
    let report = json(&format!("descend --sum-of-squares --points {path} --rate 0.1 --steps 5 --device cpu"));
    assert_eq!(report["points"].as_array().unwrap().len(), 2);
    fails(2, "gradient --sum-of-squares --points none.npy", "none.npy: cannot read");
    fails(
        2,
        "gradient --sum-of-squares --points points.xlsx",
        "it must be npy, npz, safetensors, csv, tsv, txt or dat",
    );
}

#[test]
fn points_from_csv_and_standard_input() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("points.csv");
    std::fs::write(&path, "x, y\n1, 2\n0.5, -1e3\n").unwrap();
    let want = json!([[1.0, 2.0], [0.5, -1000.0]]);
    let report = json(&format!("gradient --sum-of-squares --points {} --device cpu", path.display()));
    assert_eq!(report["points"], want);
    for line in [
        "gradient --sum-of-squares --device cpu --json --points -",
        "hessian --sum-of-squares --device cpu --json --points -",
    ] {
        let output = plusminus_with("1,2\n0.5,-1e3\n", line);
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["points"], want, "{line}");
    }
    let line = "descend --sum-of-squares --points - --rate 0.1 --steps 3 --device cpu";
    assert_eq!(plusminus_with("1,2\n", line).status.code(), Some(0));
    let output = plusminus_with("1,2\n3\n", line);
    assert_eq!(output.status.code(), Some(2));
    let stderr = stderr(&output);
    assert!(stderr.contains("standard input: line 2 has 1 field: every line needs 2"), "{stderr}");
}

#[test]
fn results_in_npy_npz_and_csv() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let run = |line: &str, name: &str| ok(&format!("{line} --device cpu --output {}", at(name).display()));
    let gradient = "gradient --expr x0^2*x1 --at 2,3 --at 1,1";
    run(gradient, "g.npy");
    let g: Array2<f64> = read_npy(at("g.npy")).unwrap();
    assert!((&g - &array![[12.0, 4.0], [2.0, 1.0]]).iter().all(|d| d.abs() < 1e-10), "{g}");

    run(gradient, "g.npz");
    let mut npz = NpzReader::new(std::fs::File::open(at("g.npz")).unwrap()).unwrap();
    let points: Array2<f64> = npz.by_name("points").unwrap();
    let values: Array1<f64> = npz.by_name("values").unwrap();
    assert_eq!((points, values), (array![[2.0, 3.0], [1.0, 1.0]], array![12.0, 1.0]));
    for name in ["gradient", "error", "step"] {
        let part: Array2<f64> = npz.by_name(name).unwrap();
        assert_eq!(part.dim(), (2, 2), "{name}");
    }

    run(gradient, "g.csv");
    let table = std::fs::read_to_string(at("g.csv")).unwrap();
    assert!(table.starts_with("x0,x1,f,gradient0,gradient1,error0,error1,step0,step1\n2,3,12,"), "{table}");
    assert_eq!(table.lines().count(), 3);

    run("hessian --expr x0^2*x1 --at 2,3", "h.npy");
    let h: Array3<f64> = read_npy(at("h.npy")).unwrap();
    assert_eq!(h.dim(), (1, 2, 2));
    run("hessian --expr x0^2*x1 --at 2,3", "h.csv");
    let table = std::fs::read_to_string(at("h.csv")).unwrap();
    assert!(table.starts_with("point,row,column,hessian,error,step\n0,0,0,"), "{table}");
    assert_eq!(table.lines().count(), 5);

    run("directional --expr x0*x1 --at 2,3 --along 1,0", "d.csv");
    assert!(
        std::fs::read_to_string(at("d.csv")).unwrap().starts_with("x0,x1,f,derivative,error,step\n2,3,6,")
    );
    run("jacobian --expr 'x0*x1; x1' --at 2,3", "j.npz");
    run("check --expr x0*x1 --at 2,3 --against 'x1; x0'", "c.csv");
    assert!(std::fs::read_to_string(at("c.csv")).unwrap().contains("claimed0,claimed1"));
    run("descend --sum-of-squares --from 1,2 --rate 0.5 --steps 3", "e.csv");
    let table = std::fs::read_to_string(at("e.csv")).unwrap();
    assert!(
        table.starts_with("start0,start1,x0,x1,f,best_points0,best_points1,best_values,steps\n1,2,"),
        "{table}"
    );
}

/// What is not known is an empty field, and f32 has its own digits.
#[test]
fn tables_of_batches_with_failures() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("g.csv");
    let line = "gradient --expr log(x0) --at 0.1 --at -1 --precision f32 --device cpu --output";
    assert_eq!(plusminus(&format!("{line} {}", path.display())).status.code(), Some(1));
    let table = std::fs::read_to_string(path).unwrap();
    let lines: Vec<&str> = table.lines().collect();
    assert!(lines[1].starts_with("0.1,-2.3025"), "{table}");
    assert_eq!(lines[2], "-1,,,,", "{table}");
}

#[test]
fn files_that_cannot_be_written_are_refused_before_the_work() {
    for command in [
        "gradient --expr x0 --at 1",
        "hessian --expr x0 --at 1",
        "jacobian --expr x0 --at 1",
        "directional --expr x0 --at 1 --along 1",
        "check --expr x0 --at 1 --against 1",
        "descend --expr x0 --from 1 --rate 0.1 --steps 1",
    ] {
        fails(
            2,
            &format!("{command} --output result.txt"),
            "result.txt: results are saved as .npy, .npz or .csv",
        );
        fails(2, &format!("{command} --output result"), ".npy, .npz or .csv");
    }
    fails(4, "gradient --expr x0 --at 1 --output Cargo.toml/below.npy", "cannot create");
}
