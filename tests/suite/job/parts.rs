//! Jobs in parts: `plusminus run --shard`, and `merge`.

use std::path::Path;

use super::folders::{example, refused};
use super::resumed::contents;
use super::trained::{command, printed};

/// All results but the lines that are written on the way.
fn results(folder: &Path) -> Vec<(String, String)> {
    contents(folder).into_iter().filter(|(name, _)| name != "metrics.jsonl").collect()
}

fn parts(run: &[&str], count: usize, at: &Path) -> String {
    let folder = format!("parts-{count}");
    for index in (1..=count).rev() {
        let shard = format!("{index}/{count}");
        printed(&[run, &["--shard", &shard, "--parts", &folder]].concat(), at);
    }
    folder
}

/// Sweeps of descents and of trainings, trainings of several networks, and a descent from many starts, some of which end early.
#[test]
fn any_number_of_parts_makes_the_same_run() {
    let rates = "sweep.rate=[0.01, 0.02, 0.05]";
    let jobs: [(&str, Vec<&str>); 6] = [
        ("multi_start", vec!["--steps", "30", "--set", "start.spread.count=5"]),
        (
            "iris",
            vec![
                "--steps",
                "40",
                "--set",
                rates,
                "--set",
                "sweep.rule=['adam', 'momentum']",
                "--precision",
                "f32",
            ],
        ),
        ("iris", vec!["--steps", "40", "--seed", "1,2,3,4,5", "--rate", "0.02,0.9"]),
        (
            "multi_start",
            vec!["--steps", "60", "--set", "sweep.rate=[0.1, 0.001]", "--set", "sweep.step=[1e-3, 1e-4]"],
        ),
        (
            "rosenbrock",
            vec![
                "--steps",
                "400",
                "--set",
                "start.points=[[1.0, 1.0], [0.5, 0.2], [-1.0, 2.0], [1e9, 0.0], [0.1, 0.1]]",
            ],
        ),
        (
            "rosenbrock",
            vec![
                "--steps",
                "100",
                "--rate",
                "1e-3,4e-4,1e-4",
                "--set",
                "start.points=[[0.5, 0.3]]",
                "--precision",
                "f32",
            ],
        ),
    ];
    for (name, settings) in jobs {
        let folder = tempfile::tempdir().unwrap();
        let (at, job) = (folder.path(), example(name));
        let run = [&["run", &job, "--device", "cpu", "--quiet"][..], &settings].concat();
        // Some points diverge: that is told at the end.
        let whole = command(&[&run[..], &["--out", "whole"]].concat(), at);
        for count in [1, 2, 3, 4, 7] {
            let from = parts(&run, count, at);
            let out = format!("of-{count}");
            let merged = command(&["merge", &from, "--out", &out, "--quiet"], at);
            let said = String::from_utf8_lossy(&merged.stderr).into_owned();
            assert_eq!(
                merged.status.code(),
                whole.status.code(),
                "{name} {settings:?}, {count} parts: {said}"
            );
            let folder_of = |name: &str| at.join(name);
            let (one, other) = (results(&folder_of("whole")), results(&folder_of(&out)));
            assert_eq!(one.len(), other.len(), "{name} {settings:?}: {one:?}");
            for ((file, one), (_, other)) in one.iter().zip(&other) {
                assert!(one == other, "{name} {settings:?}, {count} parts: {file} differs");
            }
        }
    }
}

/// What cannot be put together, each by name.
#[test]
fn parts_that_do_not_fit_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (at, job) = (folder.path(), example("multi_start"));
    let run = ["run", &job, "--device", "cpu", "--quiet", "--steps", "20"];
    let part = |index: usize, more: &[&str]| {
        let shard = format!("{index}/3");
        printed(&[&run[..], more, &["--shard", &shard, "--parts", "p"]].concat(), at);
    };
    part(1, &[]);
    part(3, &[]);
    refused(&["merge", "p"], at, "missing: 2/3");
    part(2, &["--set", "sweep.rate=[0.5]"]);
    refused(&["merge", "p"], at, "sweep.rate");
    part(2, &[]);
    std::fs::copy(at.join("p/2-of-3.part"), at.join("p/copy.part")).unwrap();
    refused(&["merge", "p"], at, "both part 2/3");
    let bytes = std::fs::read(at.join("p/copy.part")).unwrap();
    std::fs::remove_file(at.join("p/copy.part")).unwrap();
    std::fs::write(at.join("p/2-of-3.part"), &bytes[..bytes.len() - 9]).unwrap();
    refused(&["merge", "p"], at, "2-of-3.part");
    part(2, &[]);
    refused(&["merge", "p", "--output", "a.npz"], at, "--out");
    printed(&["merge", "p"], at);
    refused(&["merge", "p"], at, "--force");
    printed(&["merge", "p", "--force"], at);
    // One that is stopped leaves nothing.
    let stopped = command(
        &[&run[..6], &["100000000", "--timeout", "1", "--shard", "1/3", "--parts", "q"]].concat(),
        at,
    );
    assert_eq!(stopped.status.code(), Some(124));
    assert!(!at.join("q").exists());
}
