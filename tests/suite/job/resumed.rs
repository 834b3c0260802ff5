//! A run that is stopped and resumed has the numbers of one that never was, to the last bit.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use plusminus::job::{self, Job, Run, RunOptions, RunState};
use plusminus::{DeviceChoice, Precision};
use serde_json::Value;

use crate::common::adapter;

const RESUME: RunOptions = RunOptions { resume: true, force: false };

/// Stops after so many looks.
pub(super) fn after(looks: usize) -> impl Fn() -> bool {
    let left = Cell::new(looks);
    move || {
        left.set(left.get().saturating_sub(1));
        left.get() == 0
    }
}

fn run(job: &Job, folder: &Path, looks: usize) -> (RunState, PathBuf) {
    match job::run_with(job, folder, RESUME, &mut |_| {}, &after(looks)).unwrap() {
        Run::Done(done) => (done.state, done.folder),
        Run::Before { folder, .. } => panic!("{} was not done before", folder.display()),
        Run::Followed => panic!("there are no ranks"),
    }
}

/// All that is written but times.
pub(super) fn contents(folder: &Path) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_string();
        let text = match &*name {
            "run.json" | "run.log" | "report.html" => continue,
            "summary.json" => {
                let mut value: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
                without_seconds(&mut value);
                value.to_string()
            }
            "metrics.jsonl" => {
                let text = std::fs::read_to_string(&path).unwrap();
                let lines = text.lines().map(|line| {
                    let mut value: Value = serde_json::from_str(line).unwrap();
                    without_seconds(&mut value);
                    value.to_string()
                });
                lines.collect::<Vec<_>>().join("\n")
            }
            "epochs.csv" => {
                let text = std::fs::read_to_string(&path).unwrap();
                let lines = text.lines().map(|line| line.rsplit_once(',').unwrap().0.to_string());
                lines.collect::<Vec<_>>().join("\n")
            }
            _ => format!("{:?}", std::fs::read(&path).unwrap()),
        };
        all.push((name, text));
    }
    all.sort();
    all
}

fn without_seconds(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.remove("seconds");
            map.values_mut().for_each(without_seconds);
        }
        Value::Array(list) => list.iter_mut().for_each(without_seconds),
        _ => {}
    }
}

/// Runs a job once without a stop, and once with stops after so many looks each.
fn compare(what: &str, job: &Job, looks: &[usize]) {
    let folder = tempfile::tempdir().unwrap();
    let (whole, parts) = (folder.path().join("whole"), folder.path().join("parts"));
    let (state, _) = run(job, &whole, usize::MAX);
    assert_eq!(state, RunState::Finished, "{what}");
    for &looks in looks {
        let (state, at) = run(job, &parts, looks);
        assert_eq!(state, RunState::Interrupted, "{what}: too few looks for a stop after {looks}");
        assert_eq!(at, folder.path().join("parts.partial"));
    }
    let (state, at) = run(job, &parts, usize::MAX);
    assert_eq!((state, &at), (RunState::Finished, &parts), "{what}");
    let (whole, parts) = (contents(&whole), contents(&parts));
    assert_eq!(whole.len(), parts.len(), "{what}");
    for ((name, one), (_, other)) in whole.iter().zip(&parts) {
        assert!(one == other, "{what}: {name} differs");
    }
}

pub(super) fn job(name: &str, settings: &[&str]) -> Job {
    let settings: Vec<String> = settings.iter().map(ToString::to_string).collect();
    let mut job =
        Job::read_with(&Path::new("examples").join(name).with_extension("toml"), &settings).unwrap();
    job.device = DeviceChoice::Cpu;
    job
}

/// Rules with state, schedules and warm-ups; several trainings and sweeps; values and classes; both precisions.
#[test]
fn trainings() {
    let adam = "descent.rule={ name = 'adam', schedule = 'cosine', warm_up = 5 }";
    for (name, settings) in [
        ("iris", &["descent.epochs=6", adam][..]),
        ("iris", &["descent.epochs=6", "network.initial.seed=[1, 2]", "descent.rate=[0.1, 1e30]"]),
        ("diabetes", &["descent.epochs=3", "descent.rule='momentum'"]),
        ("wine", &["descent.epochs=4", "sweep.rule=['adam', 'momentum']", "sweep.rate=[0.1, 0.01]"]),
        ("xor", &["descent.steps=40", "gradient.difference='direct'"]),
    ] {
        for precision in [Precision::F32, Precision::F64] {
            let mut job = job(name, settings);
            job.precision = Some(precision);
            // The loop looks once before each stretch of steps.
            compare(&format!("{name} {settings:?} in {precision}"), &job, &[1, 2, 3]);
        }
    }
}

/// Points that have stopped, tolerances, bounds, minibatches of terms, saddle points, chosen steps, sweeps.
#[test]
fn descents() {
    let himmelblau = "objective.expr='(x0^2 + x1 - 11)^2 + (x0 + x1^2 - 7)^2'";
    let spread = "start={ spread = { count = 9, lower = [-4.0, -4.0], upper = [4.0, 4.0] } }";
    for (name, settings) in [
        ("decay", &["descent.steps=60"][..]),
        (
            "rosenbrock",
            &[himmelblau, spread, "descent.steps=90", "descent.stop={ gradient = 1e-3, value = 1e-6 }"],
        ),
        (
            "rosenbrock",
            &[
                himmelblau,
                spread,
                "descent.steps=90",
                "descent.rule='nesterov'",
                "descent.lower=[-3.0, -3.0]",
            ],
        ),
        ("rosenbrock", &["descent.steps=40", "gradient.difference='direct'", "gradient.step='auto'"]),
        ("multi_start", &["descent.steps=20"]),
    ] {
        compare(&format!("{name} {settings:?}"), &job(name, settings), &[1, 2, 4]);
    }
    // On its way from the saddle point.
    let saddle = [
        "objective.expr='x0^2 - 2*x1^2 + x1^4'",
        "start.points=[[1.0, 0.0]]",
        "descent.rate=0.05",
        "descent.steps=300",
        "descent.leave_saddles=1",
    ];
    compare("from a saddle point", &job("rosenbrock", &saddle), &[1, 310]);
}

/// On a device the loop is the device's own.
#[test]
fn on_a_device() {
    let device: DeviceChoice = adapter().parse().unwrap();
    for (name, settings) in [
        ("iris", &["descent.epochs=30", "descent.rule='adam'"][..]),
        ("rosenbrock", &["descent.steps=900", "descent.rule='momentum'", "descent.rate=1e-4"]),
        ("multi_start", &["descent.steps=20", "sweep={ rate = [0.001, 0.01] }"]),
    ] {
        let mut job = job(name, settings);
        job.device = device.clone();
        job.precision = Some(Precision::F32);
        compare(&format!("{name} {settings:?} on {device}"), &job, &[2, 2]);
    }
}

/// Where steps end in the middle of an epoch, and checkpoints are taken by steps.
#[test]
fn checkpoints_by_steps_change_nothing() {
    let plain = job("iris", &["descent.epochs=5"]);
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (folder.path().join("a"), folder.path().join("b"));
    run(&plain, &a, usize::MAX);
    run(&job("iris", &["descent.epochs=5", "checkpoint.steps=3"]), &b, usize::MAX);
    let job_file = |(name, _): &(String, String)| name != "job.toml";
    let of = |folder: &Path| contents(folder).into_iter().filter(job_file).collect::<Vec<_>>();
    assert!(of(&a) == of(&b));
    let log = std::fs::read_to_string(b.join("run.log")).unwrap();
    assert!(log.contains("checkpoint after 3 steps") && log.contains("finished: "), "{log}");
}

/// The checkpoints of an unfinished run, the newest first.
fn checkpoints(work: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> =
        std::fs::read_dir(work.join("checkpoints")).unwrap().map(|entry| entry.unwrap().path()).collect();
    all.sort();
    all.reverse();
    all
}

#[test]
fn damaged_checkpoints_are_named_and_the_one_before_is_used() {
    let job = job("decay", &["descent.steps=60", "checkpoint.steps=10"]);
    let folder = tempfile::tempdir().unwrap();
    let (whole, parts) = (folder.path().join("whole"), folder.path().join("parts"));
    run(&job, &whole, usize::MAX);
    type Damage = (&'static str, fn(Vec<u8>) -> Vec<u8>);
    let damages: [Damage; 6] = [
        ("cut off", |bytes| bytes[..bytes.len() / 2].to_vec()),
        ("cut off", |_| Vec::new()),
        ("cut off", |mut bytes| {
            bytes.push(0);
            bytes
        }),
        ("check sum", |mut bytes| {
            let at = bytes.len() - 9;
            bytes[at] ^= 4;
            bytes
        }),
        ("no checkpoint", |_| b"PK\x03\x04 an archive, or anything else, of some length".to_vec()),
        ("another version", |bytes| [b"plusminus checkpoint 9\n", &bytes[23..]].concat()),
    ];
    for (part, damage) in damages {
        let _ = std::fs::remove_dir_all(&parts);
        run(&job, &parts, 25);
        let all = checkpoints(&folder.path().join("parts.partial"));
        assert_eq!(all.len(), 2, "{all:?}");
        let bytes = std::fs::read(&all[0]).unwrap();
        std::fs::write(&all[0], damage(bytes)).unwrap();
        let mut said = Vec::new();
        let done = job::run_with(
            &job,
            &parts,
            RESUME,
            &mut |progress| {
                if let job::Progress::Note(note) = progress {
                    said.push(note.to_string());
                }
            },
            &|| false,
        );
        assert!(matches!(done, Ok(Run::Done(_))), "{done:?}");
        assert!(said[0].contains(part) && said[0].contains(all[0].to_str().unwrap()), "{said:?}");
        assert!(contents(&whole) == contents(&parts), "{part}");
    }
    // If there is no good one, that is an error, and nothing is begun anew without being asked.
    std::fs::remove_dir_all(&parts).unwrap();
    run(&job, &parts, 25);
    for path in checkpoints(&folder.path().join("parts.partial")) {
        std::fs::write(path, "no").unwrap();
    }
    let error = job::run_with(&job, &parts, RESUME, &mut |_| {}, &|| false).unwrap_err().to_string();
    assert!(error.contains("no checkpoint of") && error.contains("--force begins anew"), "{error}");
}

#[test]
fn other_jobs_do_not_fit_a_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("iris.csv");
    std::fs::copy("examples/data/iris.csv", &data).unwrap();
    let path = format!("data.path={}", data.display());
    let parts = folder.path().join("parts");
    let first = ["descent.epochs=50", &path];
    run(&job("iris", &first), &parts, 3);
    for (setting, part) in [
        ("descent.rate=0.25", "descent.rate was "),
        ("network.layers=[{ units = 3, activation = 'identity' }]", "network.layers was "),
        ("descent.rule='momentum'", "descent.rule.name was \"adam\" and is \"momentum\""),
        ("descent.seed=77", "descent.seed was "),
    ] {
        let other = job("iris", &[&first[..], &[setting]].concat());
        let error = job::run_with(&other, &parts, RESUME, &mut |_| {}, &|| false).unwrap_err();
        assert!(error.is_bad_input() && error.to_string().contains(part), "{setting}: {error}");
    }
    // The precision, and what is in the files.
    let mut other = job("iris", &first);
    other.precision = Some(Precision::F32);
    let error = job::run_with(&other, &parts, RESUME, &mut |_| {}, &|| false).unwrap_err().to_string();
    assert!(error.contains("the unfinished run works in f64"), "{error}");
    let text = std::fs::read_to_string(&data).unwrap();
    std::fs::write(&data, text.replacen("5.1", "5.2", 1)).unwrap();
    let error =
        job::run_with(&job("iris", &first), &parts, RESUME, &mut |_| {}, &|| false).unwrap_err().to_string();
    assert!(error.contains("iris.csv has other contents"), "{error}");
    // None of that has harmed it.
    std::fs::write(&data, text).unwrap();
    assert_eq!(run(&job("iris", &first), &parts, usize::MAX).0, RunState::Finished);
}

/// Parameters and points of earlier runs to begin with.
#[test]
fn earlier_results_are_starts() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    run(&job("iris", &["descent.epochs=3"]), &at("first"), usize::MAX);
    let mut ends = Vec::new();
    for (i, file) in ["first", "first/parameters.npz", "first/parameters.safetensors"].iter().enumerate() {
        let initial = format!("network.initial={{ file = '{}' }}", at(file).display());
        let target = at(&format!("next{i}"));
        run(&job("iris", &["descent.epochs=2", &initial]), &target, usize::MAX);
        ends.push(std::fs::read(target.join("parameters.npz")).unwrap());
        let rows = std::fs::read_to_string(target.join("epochs.csv")).unwrap();
        let last = std::fs::read_to_string(at("first/epochs.csv")).unwrap();
        let loss = |row: &str| row.split(',').nth(2).unwrap().to_string();
        assert_eq!(loss(rows.lines().nth(1).unwrap()), loss(last.lines().last().unwrap()));
    }
    assert!(ends[0] == ends[1] && ends[1] == ends[2]);
    run(&job("rosenbrock", &["descent.steps=3"]), &at("points"), usize::MAX);
    let start = format!("start={{ file = '{}', array = 'best_points' }}", at("points").display());
    run(&job("rosenbrock", &["descent.steps=3", &start]), &at("on"), usize::MAX);
    let array = |run: &str, name: &str| {
        plusminus::data::read_npz_array(&at(run).join("points.npz"), name).unwrap().unwrap()
    };
    assert_eq!(array("on", "start"), array("points", "best_points"));
    let wrong = format!("network.initial={{ file = '{}' }}", at("first").display());
    let job = job("wine", &[&*wrong]);
    let error = job::run_with(&job, &at("wrong"), RESUME, &mut |_| {}, &|| false).unwrap_err().to_string();
    assert!(error.contains("array `W1` has the shape") && error.contains("need [13, "), "{error}");
}

/// What is done already is the same job on the same data, or it is refused.
#[test]
fn a_finished_run_is_of_its_data() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("iris.csv");
    std::fs::copy("examples/data/iris.csv", &data).unwrap();
    let path = format!("data.path={}", data.display());
    let settings = ["descent.epochs=2", &*path];
    let target = folder.path().join("run");
    run(&job("iris", &settings), &target, usize::MAX);
    let again = |job: &Job| job::run_with(job, &target, RESUME, &mut |_| {}, &|| false);
    assert!(matches!(again(&job("iris", &settings)), Ok(Run::Before { .. })));
    let mut other = job("iris", &settings);
    other.precision = Some(Precision::F32);
    assert!(again(&other).unwrap_err().to_string().contains("precision was \"f64\" and is \"f32\""));
    let text = std::fs::read_to_string(&data).unwrap();
    std::fs::write(&data, text.replacen("5.1", "5.2", 1)).unwrap();
    let error = again(&job("iris", &settings)).unwrap_err().to_string();
    assert!(error.contains("iris.csv has other contents"), "{error}");
}

/// Points of which only some leave a saddle point: what is recorded is of all.
#[test]
fn some_points_leave_a_saddle_point() {
    let settings = [
        "objective.expr='x0^4 - 2*x0^2 + x1^2'",
        "start.points=[[0.3, 0.0], [0.0, 1.0], [-0.3, 0.5]]",
        "descent.rate=0.01",
        "descent.steps=2000",
        "descent.leave_saddles=1",
    ];
    let job = job("rosenbrock", &settings);
    compare("some of three points", &job, &[1, 700]);
    let folder = tempfile::tempdir().unwrap();
    run(&job, &folder.path().join("run"), usize::MAX);
    let points =
        plusminus::data::read_npz_array(&folder.path().join("run/points.npz"), "points").unwrap().unwrap();
    for (k, x) in [1.0f64, 1.0, -1.0].into_iter().enumerate() {
        assert!((points[[k, 0]].abs() - x.abs()).abs() < 1e-6, "{points}");
    }
}
