//! Work in parts: any number of them comes to what one process finds, and parts that do not belong together are refused.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::common::adapter;

const COUNTS: [usize; 5] = [1, 2, 3, 4, 7];

fn command(arguments: &[&str], at: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_plusminus")).args(arguments).current_dir(at).output().unwrap()
}

/// Where 5 points of 2 coordinates are, at the last but one of which log(x0) is not finite.
fn with_points() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("points.csv"), "0.5,1\n1.25,-2\n3,0.125\n-1,2\n0.1,0.7\n").unwrap();
    folder
}

/// Parts of a command, put together: what is printed.
fn merged(line: &[&str], count: usize, at: &Path, more: &[&str]) -> Output {
    let parts = format!("parts{count}");
    // The order in which they are made is nobody's business.
    for index in (1..=count).rev() {
        let shard = format!("{index}/{count}");
        let output = command(&[line, &["--shard", &shard, "--parts", &parts]].concat(), at);
        assert!(output.status.success(), "{line:?} {shard}: {}", String::from_utf8_lossy(&output.stderr));
    }
    command(&[&["merge", &parts], more].concat(), at)
}

fn without_seconds(output: &Output) -> Value {
    let mut value: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    value.as_object_mut().unwrap().remove("seconds");
    value
}

fn same(line: &[&str], extension: &str) {
    let folder = with_points();
    let at = folder.path();
    let whole_file = format!("whole.{extension}");
    let whole = command(&[line, &["--json", "--output", &whole_file]].concat(), at);
    for count in COUNTS {
        let file = format!("merged.{extension}");
        let output = merged(line, count, at, &["--json", "--output", &file]);
        assert_eq!(output.status.code(), whole.status.code(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(without_seconds(&output), without_seconds(&whole), "{line:?} in {count} parts");
        let [merged, whole] = [&file, &whole_file].map(|name| std::fs::read(at.join(name)).unwrap());
        assert!(merged == whole, "{line:?} in {count} parts: other bits are saved");
    }
}

#[test]
fn derivatives_in_parts() {
    let objective = ["--expr", "log(x0)*sin(x1) + x0^2*x1", "--points", "points.csv", "--device", "cpu"];
    for precision in ["f32", "f64"] {
        for own in [
            &["gradient"][..],
            &["gradient", "--difference", "direct"],
            &["hessian"],
            &["directional", "--along=1,-1"],
        ] {
            same(&[&own[..1], &objective[..], &own[1..], &["--precision", precision]].concat(), "npz");
        }
        let each = ["--along=1,0", "--along=0,1", "--along=1,1", "--along=1,0", "--along=2,3"];
        same(&[&["directional"], &objective[..], &each, &["--precision", precision]].concat(), "npz");
    }
    let function = ["jacobian", "--expr", "log(x0); x0*x1; x", "--points", "points.csv", "--device", "cpu"];
    same(&function, "npz");
    same(&[&["hessian", "--times=1,2"], &objective[..]].concat(), "csv");
    // On a device, whose own parts are merged alike.
    let on = [
        "gradient",
        "--expr",
        "sum(x^2)*x0",
        "--points",
        "points.csv",
        "--device",
        adapter(),
        "--precision",
        "f32",
    ];
    same(&on, "npy");
}

#[test]
fn descents_in_parts() {
    let rastrigin =
        ["descend", "--expr", "20 + sum(x^2 - 10*cos(2*pi*x))", "--device", "cpu", "--steps", "60"];
    let starts = ["--starts", "12", "--region=-5:5,-5:5", "--rate", "0.003"];
    for precision in ["f32", "f64"] {
        let own = ["--precision", precision];
        same(&[&rastrigin[..], &starts, &own, &["--rule", "adam"]].concat(), "npz");
        same(&[&rastrigin[..], &["--from=1,2", "--rate", "0.001,0.01,0.1,1e300"], &own].concat(), "npz");
    }
    let saddle = [
        "descend",
        "--expr",
        "x0^2 - x1^2 + x1^4",
        "--from=1,0",
        "--from=0.5,0",
        "--from=0.25,0.5",
        "--rate",
        "0.1",
    ];
    same(&[&saddle[..], &["--steps", "200", "--leave-saddles", "1", "--device", "cpu"]].concat(), "npz");
}

#[test]
fn sweeps_in_parts() {
    let sweep =
        ["sweep", "--expr", "(1 - x0)^2 + 100*(x1 - x0^2)^2", "--from=-1.2,1", "--from=0,0", "--steps", "50"];
    let settings = ["--rate", "1e-4,1e-3,1e300", "--rule", "gradient-descent,adam", "--step", "1e-3,1e-4"];
    same(&[&sweep[..], &settings, &["--difference", "direct", "--device", "cpu"]].concat(), "csv");
}

/// What is missing, damaged, there twice or of other work is named, and nothing is printed.
#[test]
fn parts_that_do_not_belong_together() {
    let folder = with_points();
    let at = folder.path();
    let line = ["gradient", "--expr", "x0*x1", "--points", "points.csv", "--device", "cpu"];
    let part = |line: &[&str], shard: &str, folder: &str| {
        let output = command(&[line, &["--shard", shard, "--parts", folder]].concat(), at);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let refused = |folders: &[&str], parts: &[&str]| {
        let output = command(&[&["merge"], folders, &["--output", "merged.npz"]].concat(), at);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(output.stdout.is_empty() && !at.join("merged.npz").exists());
        for part in parts {
            assert!(stderr.contains(part), "`{stderr}` does not say `{part}`");
        }
    };
    for shard in ["1/5", "3/5"] {
        part(&line, shard, "some");
    }
    refused(&["some"], &["2 of 5 parts are there", "missing: 2/5, 4/5, 5/5"]);
    for shard in ["2/5", "4/5", "5/5"] {
        part(&line, shard, "others");
    }
    // Of several folders; and once more in one, over itself.
    part(&line, "1/5", "some");
    assert!(command(&["merge", "some", "others"], at).status.success());
    std::fs::create_dir(at.join("twice")).unwrap();
    std::fs::copy(at.join("some/1-of-5.part"), at.join("twice/copy.part")).unwrap();
    refused(&["some", "others", "twice"], &["are both part 1/5", "copy.part"]);
    for (change, part_of, say) in [
        (&["--expr", "x0*x1 + 1e-9"][..], "the objective", "x0*x1 + 1e-9"),
        (&["--difference", "direct"], "the differences", "direct"),
        (&["--precision", "f32"], "precision", "f32"),
        (&["--lower=-9,-9"], "the bounds", "-9"),
    ] {
        let mut other: Vec<&str> = line.to_vec();
        if change[0] == "--expr" {
            other[2] = change[1];
        } else {
            other.extend(change);
        }
        std::fs::remove_dir_all(at.join("twice")).unwrap();
        part(&other, "5/5", "twice");
        std::fs::copy(at.join("others/5-of-5.part"), at.join("kept")).unwrap();
        std::fs::rename(at.join("twice/5-of-5.part"), at.join("others/5-of-5.part")).unwrap();
        refused(&["some", "others"], &["are parts of different work", part_of, say]);
        std::fs::rename(at.join("kept"), at.join("others/5-of-5.part")).unwrap();
    }
    // Other points of the same number.
    std::fs::write(at.join("points.csv"), "0.5,1\n1.25,-2\n3,0.125\n-1,2\n0.1,0.75\n").unwrap();
    part(&line, "4/5", "others");
    refused(&["some", "others"], &["the points"]);
    std::fs::remove_file(at.join("others/4-of-5.part")).unwrap();
    part(&line, "4/4", "others");
    refused(&["some", "others"], &["are parts of different work"]);
    std::fs::remove_file(at.join("others/4-of-4.part")).unwrap();
    // Cut off, and damaged.
    let path = at.join("others/2-of-5.part");
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() - 7]).unwrap();
    refused(&["some", "others"], &["2-of-5.part", "cut off", "run this part again"]);
    let mut damaged = bytes.clone();
    *damaged.last_mut().unwrap() ^= 1;
    std::fs::write(&path, &damaged).unwrap();
    refused(&["some", "others"], &["2-of-5.part", "damaged"]);
    std::fs::write(&path, "nothing").unwrap();
    refused(&["some", "others"], &["2-of-5.part"]);
    refused(&["twice"], &["there are no parts"]);
    // What is asked for wrongly.
    for (wrong, said) in
        [("6/5", "there is no part 6 of 5"), ("0/5", "counted from 1/5"), ("2", "such as 2/5")]
    {
        let output = command(&[&line[..], &["--shard", wrong, "--parts", "p"]].concat(), at);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr.contains(said), "{stderr}");
    }
    for alone in
        [&["--shard", "1/2"][..], &["--parts", "p"], &["--shard", "1/2", "--parts", "p", "--output", "x.npz"]]
    {
        assert_eq!(command(&[&line[..], alone].concat(), at).status.code(), Some(2));
    }
}
