//! Jobs that several ranks run together: threads here, processes in `mpi`.

use std::path::Path;

use plusminus::job::{self, Job, Run, RunOptions, RunState};

use super::own_rows::write_digits;
use super::resumed::{after, contents, job};
use super::trained::command;
use crate::common::ranks;

const RESUME: RunOptions = RunOptions { resume: true, force: false };

/// How it ended for rank 0; a rank `stops` after so many looks.
fn run(job: &Job, folder: &Path, size: usize, stops: Option<(usize, usize)>) -> RunState {
    let done = ranks(size, |team| {
        let looks = stops.filter(|(rank, _)| *rank == team.rank()).map_or(usize::MAX, |(_, looks)| looks);
        job::run_by(team, job, folder, RESUME, &mut |_| {}, &after(looks)).unwrap()
    });
    let mut done = done.into_iter();
    let first = done.next().unwrap();
    assert!(done.all(|rank| matches!(rank, Run::Followed)));
    match first {
        Run::Done(done) => done.state,
        other => panic!("{other:?}"),
    }
}

/// All that is written, but how many ranks there were.
fn written(folder: &Path) -> Vec<(String, String)> {
    let mut all = contents(folder);
    for (name, text) in &mut all {
        if name == "summary.json" {
            let mut value: serde_json::Value = serde_json::from_str(text).unwrap();
            assert!(value.as_object_mut().unwrap().remove("ranks").is_some(), "{text}");
            *text = value.to_string();
        }
    }
    all
}

fn assert_same(what: &str, one: &Path, other: &Path) {
    let (one, other) = (written(one), written(other));
    assert_eq!(one.len(), other.len(), "{what}");
    for ((name, one), (_, other)) in one.iter().zip(&other) {
        assert!(one == other, "{what}: {name} differs");
    }
}

/// Trainings and descents, also of several networks and settings, in both precisions, and trainings of which each rank has its own samples
/// alone: of files in `folder`.
fn jobs(folder: &Path) -> Vec<(String, Job)> {
    write_digits(folder);
    let data = |rest: &str| format!("data={{ path = '{}', {rest} }}", folder.join("x.npy").display());
    let at = |name: &str| folder.join(name).display().to_string();
    let labels = data(&format!("labels = '{}', divide_by = 16, test = {{ every = 5 }}", at("y.npy")));
    let targets = data(&format!(
        "targets = '{}', scale = 'standard', scale_targets = 'min-max', test = 'none'",
        at("t.npy")
    ));
    // From several points.
    let start = "start={ points = [[1.5, 1.0, 0.0], [3.0, 0.7, 0.1], [2.0, 2.0, 0.2]] }";
    let with = |more: &[&'static str]| [&[start, "descent.steps=40", "descent.block=5"], more].concat();
    let own = "descent.shuffle='blocks'";
    let answers =
        ["network.layers=[{ units = 2, activation = 'tanh' }]", "network.loss='mean-squared-error'"];
    let all: [(&str, Vec<&str>); 10] = [
        // In the plane: its ways are drawn.
        ("rosenbrock", vec!["descent.steps=30", "descent.block=1"]),
        ("digits", vec!["descent.epochs=1", "descent.block=3"]),
        ("digits", vec!["descent.epochs=1", "descent.block=3", "precision='f64'"]),
        (
            "iris",
            vec![
                "descent.epochs=4",
                "descent.block=2",
                "network.initial.seed=[1, 2]",
                "descent.rate=[0.05, 0.01]",
            ],
        ),
        ("decay", with(&["precision='f32'", "descent.rule='adam'"])),
        ("decay", with(&["precision='f64'", "descent.batch=11"])),
        ("digits", vec![own, &labels, "descent.epochs=1", "descent.block=4"]),
        (
            "digits",
            [
                &[
                    own,
                    &*targets,
                    "descent.epochs=1",
                    "descent.block=3",
                    "descent.batch=21",
                    "precision='f64'",
                ],
                &answers[..],
            ]
            .concat(),
        ),
        ("iris", vec![own, "descent.epochs=4", "descent.block=2", "network.initial.seed=[1, 2]"]),
        ("decay", with(&["sweep={ rate = [0.001, 0.01], rule = ['gradient-descent', 'adam'] }"])),
    ];
    all.into_iter().map(|(name, settings)| (format!("{name} {settings:?}"), job(name, &settings))).collect()
}

#[test]
fn any_number_of_ranks_writes_the_same() {
    let folder = tempfile::tempdir().unwrap();
    for (i, (what, job)) in jobs(folder.path()).iter().enumerate() {
        let at = |size: usize| folder.path().join(format!("{i}-{size}"));
        // One process without ranks, by the same blocks.
        let alone = job::run_with(job, &at(0), RunOptions::default(), &mut |_| {}, &|| false).unwrap();
        assert!(matches!(alone, Run::Done(_)), "{what}");
        for size in [1, 2, 3, 4, 7] {
            assert_eq!(run(job, &at(size), size, None), RunState::Finished, "{what}");
            assert_same(&format!("{what}, {size} ranks"), &at(0), &at(size));
        }
    }
}

/// A stop that any rank is asked for, and another number of ranks, or one process alone, that goes on.
#[test]
fn another_number_of_ranks_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    for (i, (what, job)) in jobs(folder.path()).iter().enumerate() {
        let [whole, parts] = ["whole", "parts"].map(|name| folder.path().join(format!("{i}-{name}")));
        run(job, &whole, 2, None);
        for (size, stop) in [(3, (1, 9)), (2, (0, 7)), (4, (3, 8))] {
            assert_eq!(run(job, &parts, size, Some(stop)), RunState::Interrupted, "{what}");
        }
        let done = job::run_with(job, &parts, RESUME, &mut |_| {}, &|| false).unwrap();
        assert!(matches!(done, Run::Done(done) if done.state == RunState::Finished), "{what}");
        assert_same(what, &whole, &parts);
    }
}

/// Blocks that the job does not name are those of the run that is resumed; without them ranks have nothing to share.
#[test]
fn blocks_stay_as_they_began() {
    let folder = tempfile::tempdir().unwrap();
    let job = job("digits", &["descent.epochs=4", "descent.batch=200"]);
    let [whole, parts, other] = ["whole", "parts", "other"].map(|name| folder.path().join(name));
    run(&job, &whole, 2, None);
    assert_eq!(run(&job, &parts, 2, Some((1, 9))), RunState::Interrupted);
    let done = job::run_with(&job, &parts, RESUME, &mut |_| {}, &|| false).unwrap();
    assert!(matches!(done, Run::Done(_)));
    assert_same("by default", &whole, &parts);
    assert!(std::fs::read_to_string(parts.join("job.toml")).unwrap().contains("\nblock = 64\n"));

    let done = job::run_with(&job, &other, RESUME, &mut |_| {}, &after(9)).unwrap();
    assert!(matches!(done, Run::Done(done) if done.state == RunState::Interrupted));
    let errors = ranks(2, |team| {
        job::run_by(team, &job, &other, RESUME, &mut |_| {}, &|| false).unwrap_err().to_string()
    });
    assert!(errors.iter().all(|error| error.contains("without other ranks")), "{errors:?}");
}

/// Each rank has something else, or nothing: all of them end, and know which rank it was.
#[test]
fn what_is_wrong_at_one_rank_ends_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.csv");
    let good = job("iris", &["descent.epochs=2"]);
    let faulty: [(&str, Job, &str); 3] = [
        ("another rate", job("iris", &["descent.epochs=2", "descent.rate=0.3"]), "descent.rate was"),
        (
            "other data",
            job("iris", &["descent.epochs=2", &format!("data.path='{}'", path.display())]),
            "table.csv",
        ),
        ("a missing file", job("iris", &["descent.epochs=2", "data.path='nowhere.csv'"]), "nowhere"),
    ];
    std::fs::write(&path, "a,b\n1,2\n").unwrap();
    for (what, bad, part) in faulty {
        let out = folder.path().join("out");
        let errors = ranks(3, |team| {
            let job = if team.rank() == 2 { &bad } else { &good };
            job::run_by(team, job, &out, RunOptions::default(), &mut |_| {}, &|| false)
                .unwrap_err()
                .to_string()
        });
        assert!(errors[..2].iter().all(|error| error.starts_with("rank 2: ")), "{what}: {errors:?}");
        assert!(errors.iter().all(|error| error.contains(part)), "{what}: {errors:?}");
        assert!(!out.exists(), "{what}");
    }
    // What is there already is rank 0's to find.
    let out = folder.path().join("taken");
    run(&good, &out, 1, None);
    let errors = ranks(2, |team| {
        job::run_by(team, &good, &out, RunOptions::default(), &mut |_| {}, &|| false).unwrap_err().to_string()
    });
    assert!(errors.iter().all(|error| error.contains("--force")), "{errors:?}");
    // It is done already.
    let done = ranks(2, |team| job::run_by(team, &good, &out, RESUME, &mut |_| {}, &|| false).unwrap());
    assert!(matches!(&done[..], [Run::Before { .. }, Run::Followed]), "{done:?}");
}

/// Processes that a launcher has started, and that do not find each other, would each run all of it.
#[test]
fn processes_that_are_alone_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let examples = std::fs::canonicalize("examples/iris.toml").unwrap();
    let examples = examples.to_str().unwrap();
    for (variable, count) in [("OMPI_COMM_WORLD_SIZE", "4"), ("PMI_SIZE", "2"), ("SLURM_STEP_NUM_TASKS", "3")]
    {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_plusminus"))
            .args(["run", examples, "--steps", "5"])
            .current_dir(folder.path())
            .env(variable, count)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(&format!("{variable} says")) && said.contains(count), "{said}");
        assert!(!folder.path().join("out").exists());
    }
    let output = command(&["run", examples, "--steps", "5", "--ranks", "3"], folder.path());
    assert_eq!(output.status.code(), Some(2));
    let output = command(&["run", examples, "--steps", "5", "--ranks", "1"], folder.path());
    assert_eq!(output.status.code(), Some(0));
}
