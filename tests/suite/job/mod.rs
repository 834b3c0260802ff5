//! Jobs: trained networks, result files, and job files that are refused.

#![cfg(feature = "cli")]

mod alike;
mod around;
mod bad_data;
mod descent;
mod faults;
mod folders;
#[cfg(feature = "mpi")]
mod mpi;
mod own_rows;
mod parts;
mod processes;
mod ranks;
mod resumed;
mod trained;

use std::path::Path;
use std::process::{Command, Output};

use crate::common::adapter;
use crate::common::random::SplitMix64;
use ndarray_npy::NpzReader;
use plusminus::data::save_arrays;
use plusminus::job::{Job, Summary, Task};
use plusminus::{DeviceChoice, Precision};
use serde_json::Value;

/// Two clouds in the plane that a small network tells apart.
fn write_data(folder: &Path) {
    let mut random = SplitMix64::new(5);
    let rows: String = (0..60)
        .map(|i| {
            let class = i % 2;
            let centre = if class == 0 { -1.0 } else { 1.0 };
            format!("{},{},{class}\n", centre + 0.3 * random.normal(), -centre + 0.3 * random.normal())
        })
        .collect();
    std::fs::write(folder.join("clouds.csv"), rows).unwrap();
}

const JOB: &str = r#"
name = "clouds"
precision = "f32"
[data]
format = "csv"
path = "clouds.csv"
test.every = 5
[network]
loss = "softmax-cross-entropy"
initial = { std = 0.5, seed = 3 }
layers = [{ units = 4, activation = "tanh" }, { units = 2, activation = "identity" }]
[descent]
rate = 0.5
batch = 8
epochs = 5
"#;

fn run(job: &str, extra: &[&str]) -> (tempfile::TempDir, Output) {
    let folder = tempfile::tempdir().unwrap();
    write_data(folder.path());
    let path = folder.path().join("job.toml");
    std::fs::write(&path, job).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_plusminus"))
        .arg("run")
        .arg(&path)
        .arg("--out")
        .arg(folder.path().join("results"))
        .args(extra)
        .output()
        .unwrap();
    (folder, output)
}

#[test]
fn the_same_job_on_the_cpu_and_on_a_gpu() {
    let losses: Vec<f64> = ["cpu", adapter()]
        .iter()
        .map(|device| {
            let (folder, output) = run(JOB, &["--device", device, "--format", "json"]);
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(0), "{stderr}");
            let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
            let results = folder.path().join("results");
            let summary: Value =
                serde_json::from_slice(&std::fs::read(results.join("summary.json")).unwrap()).unwrap();
            assert_eq!(printed, summary);
            assert_eq!((&summary["steps"], &summary["test_samples"]), (&30.into(), &12.into()));
            assert_eq!(summary["evaluations"], 30 * 2 * (2 * 4 + 4 + 4 * 2 + 2));
            assert!(summary["test_accuracy"].as_f64().unwrap() > 0.9, "{summary}");
            assert_eq!(summary["outcome"], "made all 30 steps");

            let mut npz =
                NpzReader::new(std::fs::File::open(results.join("parameters.npz")).unwrap()).unwrap();
            let w1: ndarray::Array2<f64> = npz.by_name("W1").unwrap();
            let b2: ndarray::Array1<f64> = npz.by_name("b2").unwrap();
            assert_eq!((w1.dim(), b2.dim()), ((2, 4), 2));
            let epochs = std::fs::read_to_string(results.join("epochs.csv")).unwrap();
            assert_eq!(epochs.lines().count(), 7, "epochs 0 to 5: {epochs}");
            assert!(
                epochs.starts_with("epoch,step,train_loss,test_loss,train_accuracy,test_accuracy,seconds")
            );
            let losses = std::fs::read_to_string(results.join("loss.csv")).unwrap();
            assert_eq!(losses.lines().count(), 4, "steps 0, 10 and 20: {losses}");
            let curves = std::fs::read_to_string(results.join("curves.svg")).unwrap();
            assert!(curves.starts_with("<svg") && curves.trim_end().ends_with("</svg>"), "{curves}");
            assert!(curves.contains("held out") && curves.matches("<polyline").count() >= 5, "{curves}");
            let listed = summary["files"].as_array().unwrap();
            assert!(listed.iter().all(|file| results.join(file.as_str().unwrap()).is_file()), "{listed:?}");
            // And job.toml, metrics.jsonl, run.json and run.log.
            assert_eq!(std::fs::read_dir(&results).unwrap().count(), listed.len() + 4);
            summary["train_loss"].as_f64().unwrap()
        })
        .collect();
    assert!((losses[0] - losses[1]).abs() < 1e-3 * losses[0], "{losses:?}");
}

/// Several seeds and rates: each as it is alone, and the best by its training loss is what is kept.
#[test]
fn several_trainings_at_once_are_what_each_is_alone() {
    let with = |seed: &str, rate: &str| {
        let job = JOB
            .replace("seed = 3", &format!("seed = {seed}"))
            .replace("rate = 0.5", &format!("rate = {rate}"));
        let (folder, output) = run(&job, &["--device", "cpu", "--json"]);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{stderr}");
        let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
        let file = std::fs::File::open(folder.path().join("results/parameters.npz")).unwrap();
        let w1: ndarray::Array2<f64> = NpzReader::new(file).unwrap().by_name("W1").unwrap();
        (summary, w1, std::fs::read_to_string(folder.path().join("results/trainings.csv")).ok())
    };
    let (together, kept, table) = with("[3, 8]", "[0.5, 0.02]");
    let rows = together["trainings"].as_array().unwrap();
    assert_eq!((rows.len(), table.unwrap().lines().count()), (4, 5));
    let losses: Vec<f64> = rows.iter().map(|row| row["train_loss"].as_f64().unwrap()).collect();
    let best = together["best"].as_u64().unwrap() as usize;
    assert!(losses.iter().all(|loss| losses[best] <= *loss), "{losses:?}");
    assert_eq!(together["train_loss"], rows[best]["train_loss"]);
    for (i, row) in rows.iter().enumerate() {
        let (alone, w1, table) = with(&row["seed"].to_string(), &row["rate"].to_string());
        assert!(table.is_none() && alone.get("trainings").is_none());
        assert_eq!(alone["train_loss"], row["train_loss"], "{row}");
        assert_eq!(alone["test_accuracy"], row["test_accuracy"], "{row}");
        assert_eq!(w1 == kept, i == best);
    }
}

/// The steps of a schedule are those that the epochs come to.
#[test]
fn epochs_with_a_warm_up_and_a_schedule() {
    let rule = "rule = { name = \"adam\", schedule = \"cosine\", warm_up = 12 }\nrate = 0.05";
    let (_folder, output) = run(&JOB.replace("rate = 0.5", rule), &["--device", "cpu", "--json"]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    let (_folder, output) = run(&JOB.replace("rate = 0.5", &rule.replace("12", "30")), &["--device", "cpu"]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("a warm-up of 30 steps leaves none of 30 for the schedule"), "{stderr}");
}

#[test]
fn jobs_with_mistakes_are_refused_and_write_nothing() {
    let cases: [(&str, &str, &str); 35] = [
        ("rate = 0.5", "rate = []", "expected a number, or a list of such"),
        ("rate = 0.5", "rate = [0.5, -1]", "descent.rate = -1"),
        ("seed = 3", "seed = [3, -4]", "expected a whole number, 0 or more"),
        ("rate = 0.5", "rate = 0.0", "descent.rate = 0"),
        ("rate = 0.5", "rate = nan", "descent.rate = NaN"),
        ("rate = 0.5", "rat = 0.5", "unknown key `rat`"),
        ("batch = 8", "batch = 49", "descent.batch: batches of 49 out of 48"),
        ("epochs = 5", "epochs = 5\nsteps = 3", "either epochs or steps"),
        ("epochs = 5", "epochs = 0", "must be at least 1"),
        ("test.every = 5", "test.every = 1", "data.test.every = 1"),
        ("test.every = 5", "test.every = 100", "every = 100: of 60 samples none is held out"),
        ("test.every = 5", "", "the key `test` of [data] is missing"),
        (
            "test.every = 5",
            "test.every = 5\nimages = \"a\"",
            "data.images belongs to the format idx, and this is csv",
        ),
        ("test.every = 5", "test.every = 5\nignroe = [1]", "unknown key `ignroe`"),
        ("test.every = 5", "test = { share = 1.5 }", "data.test.share = 1.5"),
        ("test.every = 5", "test = { every = 5, seed = 1 }", "data.test.seed belongs to share"),
        ("test.every = 5", "test = \"all\"", "\"none\""),
        ("test.every = 5", "test.every = 5\nscale = \"log\"", "unknown variant `log`"),
        ("test.every = 5", "test.every = 5\nscale = \"standard\"\ndivide_by = 2", "give one of them"),
        ("test.every = 5", "test.every = 5\nseparator = \"ab\"", "separates no fields"),
        ("test.every = 5", "test.every = 5\ntarget = 3", "is a loss of classes"),
        ("units = 2", "units = 1", "the softmax of one unit is always 1"),
        ("units = 4", "units = 0", "every width must be at least 1"),
        (
            r#"[{ units = 4, activation = "tanh" }, { units = 2, activation = "identity" }]"#,
            "[]",
            "network.layers is empty",
        ),
        ("clouds.csv", "missing.csv", "missing.csv: cannot read"),
        ("\"tanh\"", "\"gelu\"", "unknown variant `gelu`"),
        ("name = \"clouds\"", "name = \"../clouds\"", "plain folder name"),
        ("[descent]", "[gradient]\nstep = \"relative:8\"\n[descent]", "nor a number"),
        ("[descent]", "[gradient]\nstep = 0.0\n[descent]", "step 0 is not a finite number"),
        ("[descent]", "[gradient]\nstep = 1e300\n[descent]", "step 1e300 is out of range for increments"),
        ("[descent]", "[gradient]\nstep = true\n[descent]", "a number such as 1e-4"),
        ("epochs = 5", "epochs = 3074457345618258603", "descent.epochs is too large"),
        ("units = 4", "units = 9223372036854775807", "more than 268435456 parameters"),
        ("units = 4", "units = 1000000000000", "more than 268435456 parameters"),
        ("test.every = 5", "test.every = 5\ndivide_by = 1e-300", "too large for f32"),
    ];
    for (right, wrong, part) in cases {
        assert!(JOB.contains(right));
        let (folder, output) = run(&JOB.replacen(right, wrong, 1), &["--device", "cpu"]);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{wrong}: {stderr}");
        assert!(stderr.contains(part), "{wrong}: `{stderr}` does not say `{part}`");
        assert!(!folder.path().join("results").exists(), "{wrong}: something was written");
    }
}

#[test]
fn a_diverging_job_fails_but_keeps_its_last_finite_parameters() {
    let job = JOB.replacen("rate = 0.5", "rate = 1e30", 1).replacen("tanh", "identity", 1);
    let job = job.replacen("softmax-cross-entropy", "mean-squared-error", 1);
    let (folder, output) = run(&job, &["--device", "cpu"]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{stderr}");
    assert!(stderr.contains("diverged after"), "{stderr}");
    let summary = std::fs::read_to_string(folder.path().join("results/summary.json")).unwrap();
    assert!(summary.contains("diverged after"), "{summary}");
}

/// The last step is looked at, too, and nothing that is not finite is written.
#[test]
fn a_job_that_blows_up_in_its_last_step_fails() {
    let job = JOB.replacen("softmax-cross-entropy", "mean-squared-error", 1);
    let job = job.replacen("\"f32\"", "\"f64\"", 1).replacen("tanh", "identity", 1);
    let job = job.replacen("rate = 0.5", "rate = 1e200", 1).replacen("batch = 8", "batch = 48", 1);
    let (folder, output) = run(&job, &["--device", "cpu", "--steps", "1", "--format", "json"]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{stderr}");
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(summary["outcome"].as_str().unwrap().contains("diverged after 0 steps"), "{summary}");
    assert!(summary["train_loss"].is_f64(), "{summary}");
    let epochs = std::fs::read_to_string(folder.path().join("results/epochs.csv")).unwrap();
    assert!(!epochs.contains("inf") && !epochs.contains("NaN"), "{epochs}");
}

/// Nobody listens to standard error any more; the work goes on.
#[cfg(unix)]
#[test]
fn a_closed_standard_error_does_not_end_a_job() {
    let folder = tempfile::tempdir().unwrap();
    write_data(folder.path());
    std::fs::write(folder.path().join("job.toml"), JOB).unwrap();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let status = Command::new(env!("CARGO_BIN_EXE_plusminus"))
        .arg("run")
        .arg(folder.path().join("job.toml"))
        .args(["--device", "cpu", "--out"])
        .arg(folder.path().join("results"))
        .stdout(std::process::Stdio::null())
        .stderr(full)
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(0));
    assert!(folder.path().join("results/summary.json").exists());
}

#[test]
fn the_digits_job_is_what_the_readme_says() {
    let mut job = Job::read(Path::new("examples/digits.toml")).unwrap();
    let Task::Training { network, .. } = &job.task else { panic!("it trains a network") };
    let widths: Vec<usize> = network.layers.iter().map(|layer| layer.units).collect();
    assert_eq!(widths, [32, 10]);
    let folder = tempfile::tempdir().unwrap();
    (job.descent.steps, job.descent.epochs) = (Some(300), None);
    job.device = DeviceChoice::Cpu;
    let finished = plusminus::job::run(&job, folder.path(), &mut |_| {}).unwrap();
    let Summary::Training(summary) = finished.summary else { panic!("it trained a network") };
    assert_eq!((summary.train_samples, summary.test_samples), (1438, 359));
    assert_eq!(summary.parameters, 2410);
    assert!(summary.test_accuracy.unwrap() > 0.88, "{summary:?}");
}

fn run_files(files: &[(&str, Vec<u8>)], data: &str, output: &str) -> (tempfile::TempDir, Output) {
    run_with(files, data, output, str::to_string)
}

/// The job above with other data, another output layer, and any other change.
fn run_with(
    files: &[(&str, Vec<u8>)],
    data: &str,
    output: &str,
    change: impl Fn(&str) -> String,
) -> (tempfile::TempDir, Output) {
    let start = JOB.find("[data]").unwrap();
    let end = JOB.find("[network]").unwrap();
    let job = format!("{}{data}\n{}", &JOB[..start], &JOB[end..]).replacen(
        "units = 2, activation = \"identity\"",
        output,
        1,
    );
    let folder = tempfile::tempdir().unwrap();
    for (name, contents) in files {
        std::fs::write(folder.path().join(name), contents).unwrap();
    }
    std::fs::write(folder.path().join("job.toml"), change(&job)).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_plusminus"))
        .arg("run")
        .arg(folder.path().join("job.toml"))
        .args(["--device", "cpu", "--format", "json", "--out"])
        .arg(folder.path().join("results"))
        .output()
        .unwrap();
    (folder, output)
}

/// 4 pixels, of which the first two or the last two are bright.
fn idx(count: usize) -> [Vec<u8>; 2] {
    let size = (count as u32).to_be_bytes();
    let mut images = [&[0, 0, 8, 3][..], &size, &[0, 0, 0, 2, 0, 0, 0, 2]].concat();
    let mut labels = [&[0, 0, 8, 1][..], &size].concat();
    for i in 0..count {
        let class = (i * 7 % 2) as u8;
        let bright = 150 + (i * 13 % 100) as u8;
        images.extend(if class == 0 { [bright, bright, 9, 5] } else { [3, 20, bright, bright] });
        labels.push(class);
    }
    [images, labels]
}

const IDX_DATA: &str = r#"
[data]
format = "idx"
images = "images"
labels = "labels"
test_images = "test-images"
test_labels = "test-labels"
divide_by = 255
"#;

#[test]
fn a_job_on_idx_files() {
    let [images, labels] = idx(40);
    let [test_images, test_labels] = idx(10);
    let mut files = vec![
        ("images", images),
        ("labels", labels),
        ("test-images", test_images),
        ("test-labels", test_labels),
    ];
    let layer = "units = 2, activation = \"identity\"";
    let (_folder, output) = run_files(&files, IDX_DATA, layer);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&summary["train_samples"], &summary["test_samples"]), (&40.into(), &10.into()));
    assert_eq!(summary["test_accuracy"], 1.0);

    files[1].1 = idx(39)[1].clone();
    let (_folder, output) = run_files(&files, IDX_DATA, layer);
    assert_eq!(output.status.code(), Some(2));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("the 40 images need 40 labels"), "{stderr}");
}

#[test]
fn a_regression_job_on_npz() {
    let mut random = SplitMix64::new(8);
    let inputs = ndarray::Array2::from_shape_simple_fn((50, 3), || random.normal());
    let targets = inputs.dot(&ndarray::array![[1.0], [-2.0], [0.5]]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.npz");
    let arrays = [("inputs", inputs.into_dyn()), ("targets", targets.into_dyn())];
    save_arrays(&path, "inputs", &arrays, Precision::F64).unwrap();
    let files = [("data.npz", std::fs::read(path).unwrap())];
    let data = "[data]\nformat = \"npz\"\npath = \"data.npz\"\ntest.every = 5";
    let (_folder, output) = run_files(&files, data, "units = 2, activation = \"identity\"");
    assert_eq!(output.status.code(), Some(2), "cross-entropy needs classes");
    assert!(String::from_utf8_lossy(&output.stderr).contains("takes classes as targets"));

    let data = format!("{data}\n");
    let squares = |job: &str| {
        let job = job.replacen("softmax-cross-entropy", "mean-squared-error", 1);
        job.replacen("rate = 0.5", "rate = 0.05", 1).replacen("epochs = 5", "epochs = 40", 1)
    };
    let (_folder, output) = run_with(&files, &data, "units = 1, activation = \"identity\"", squares);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(summary["test_accuracy"].is_null());
    // The targets vary by 5.25.
    assert!(summary["test_loss"].as_f64().unwrap() < 2.0, "{summary}");
}
