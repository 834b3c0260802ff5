//! What people bring and take away: the examples, data in other hands, predictions and evaluations.

use std::path::Path;
use std::process::{Command, Output};

use plusminus::data::{read_npz_array, read_points};
use plusminus::job::{self, Finished, Job, Model, Run, RunOptions, Summary, TrainingSummary};
use plusminus::{DeviceChoice, Targets};
use serde_json::Value;

/// Trains by a job file of the examples, with other settings.
pub(super) fn train(name: &str, settings: &[&str], folder: &Path) -> TrainingSummary {
    let path = Path::new("examples").join(name).with_extension("toml");
    let settings: Vec<String> = settings.iter().map(ToString::to_string).collect();
    let mut job = Job::read_with(&path, &settings).unwrap();
    job.device = DeviceChoice::Cpu;
    let anyway = RunOptions { force: true, ..RunOptions::default() };
    let done = job::run_with(&job, folder, anyway, &mut |_| {}, &|| false).unwrap();
    match done {
        Run::Done(Finished { summary: Summary::Training(summary), problem: None, .. }) => summary,
        other => panic!("{name} is no training that was run: {other:?}"),
    }
}

pub(super) fn command(arguments: &[&str], folder: &Path) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_plusminus")).args(arguments).current_dir(folder).output();
    output.unwrap()
}

pub(super) fn printed(arguments: &[&str], folder: &Path) -> String {
    let output = command(arguments, folder);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {stderr}");
    String::from_utf8(output.stdout).unwrap()
}

/// Raw files, by jobs of under twenty lines: means over five seeds (`cargo run --release --example held_out` prints them).
#[test]
fn examples_train_on_raw_files() {
    for (name, least) in [("iris", 0.93), ("wine", 0.94), ("breast_cancer", 0.94), ("diabetes", 0.4)] {
        let text = std::fs::read_to_string(format!("examples/{name}.toml")).unwrap();
        let lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')).count();
        assert!(lines < 20, "{name} has {lines} lines");
        let folder = tempfile::tempdir().unwrap();
        let scores = (1..=5).map(|seed| {
            let settings = [format!("data.test.seed={seed}"), format!("network.initial.seed={seed}")];
            let summary = train(name, &settings.each_ref().map(String::as_str), folder.path());
            assert_eq!(summary.evaluation.unwrap().verdict, None, "{name}");
            summary.test_accuracy.or(summary.test_r2).unwrap()
        });
        let mean = scores.sum::<f64>() / 5.0;
        assert!(mean >= least, "{name}: {mean}");
    }
}

#[test]
fn exclusive_or_is_solved_from_most_seeds() {
    let folder = tempfile::tempdir().unwrap();
    let summary = train("xor", &[], folder.path());
    let solved = summary.trainings.iter().filter(|row| row.train_accuracy == Some(1.0)).count();
    assert!(summary.trainings.len() == 6 && solved >= 5, "{solved}");
    assert_eq!((summary.train_samples, summary.test_samples, summary.test_loss), (4, 0, None));
}

/// Iris with names, words for labels and a column that counts the rows, written by any hand: the same model, to the last bit.
#[test]
fn the_same_data_in_other_hands_give_the_same_model() {
    let raw = std::fs::read_to_string("examples/data/iris.csv").unwrap();
    let species = ["setosa", "versicolor", "virginica"];
    let rows: Vec<Vec<String>> = raw
        .lines()
        .skip(1)
        .enumerate()
        .map(|(i, line)| {
            let mut fields: Vec<String> = line.split(',').map(String::from).collect();
            let class: usize = fields[4].parse().unwrap();
            fields[4] = species[class].into();
            fields.insert(0, (i + 1).to_string());
            fields
        })
        .collect();
    let written = |separator: &str, comma: bool| {
        let mut text = ["Id", "sepal_l", "sepal_w", "petal_l", "petal_w", "species"].join(separator) + "\n";
        for row in &rows {
            let row = row.join(separator);
            text += &(if comma { row.replace('.', ",") } else { row } + "\n");
        }
        text
    };
    let folder = tempfile::tempdir().unwrap();
    let settings = |extra: &[&str]| {
        let path = format!("data.path={}", folder.path().join("data.csv").display());
        let mut all = vec![path, "descent.epochs=3".to_string()];
        all.extend(extra.iter().map(ToString::to_string));
        all
    };
    let mut kept: Option<(Vec<f64>, f64)> = None;
    for (text, extra) in [
        (raw.clone(), &[][..]),
        (written(",", false), &[][..]),
        (written(";", true), &[][..]),
        (written("\t", true), &["data.label=species", "data.features=['2-5']"][..]),
        (format!("\u{feff}{}", written(" ", false)), &["data.ignore=[1]"][..]),
    ] {
        std::fs::write(folder.path().join("data.csv"), text).unwrap();
        let settings = settings(extra);
        let results = folder.path().join("results");
        let summary = train("iris", &settings.iter().map(String::as_str).collect::<Vec<_>>(), &results);
        let model = Model::read(&results).unwrap();
        assert_eq!(model.classes().unwrap(), species);
        let found = (model.parameters().to_vec(), summary.test_loss.unwrap());
        assert_eq!(*kept.get_or_insert(found.clone()), found);
    }
}

#[test]
fn predictions_and_evaluations_are_those_of_the_training() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let summary = train("wine", &[], &run);
    // Without the first line and the label, and one row of nonsense numbers at the end.
    let raw = std::fs::read_to_string("examples/data/wine_data.csv").unwrap();
    let features: Vec<&str> = raw.lines().skip(1).map(|line| line.rsplit_once(',').unwrap().0).collect();
    let data: String = features.iter().map(|line| format!("{line}\n")).collect();
    std::fs::write(folder.path().join("new.csv"), data).unwrap();

    // By hand: scaled, through the layers, softmax.
    let array = |name: &str| read_npz_array(&run.join("parameters.npz"), name).unwrap().unwrap();
    let matrix = |name: &str| array(name).into_dimensionality::<ndarray::Ix2>().unwrap();
    let vector = |name: &str| array(name).into_dimensionality::<ndarray::Ix1>().unwrap();
    let points = read_points(&folder.path().join("new.csv")).unwrap();
    let scaled = (&points - &vector("feature_shift")) / &vector("feature_scale");
    let hidden = (scaled.dot(&matrix("W1")) + &vector("b1")).mapv(f64::tanh);
    let mut expected = (hidden.dot(&matrix("W2")) + &vector("b2")).mapv(f64::exp);
    for mut row in expected.rows_mut() {
        let sum = row.sum();
        row /= sum;
    }

    let text = printed(&["predict", "run", "--data", "new.csv"], folder.path());
    let mut lines = text.lines();
    let header = "class,probability_class_0,probability_class_1,probability_class_2";
    assert_eq!(lines.next(), Some(header));
    for (row, line) in expected.rows().into_iter().zip(lines) {
        let (class, probabilities) = line.split_once(',').unwrap();
        let probabilities: Vec<f64> = probabilities.split(',').map(|p| p.parse().unwrap()).collect();
        assert!(row.iter().zip(&probabilities).all(|(a, b)| (a - b).abs() < 1e-12), "{line}");
        let best = (0..3).max_by(|&a, &b| row[a].total_cmp(&row[b])).unwrap();
        assert_eq!(class, format!("class_{best}"));
    }
    for (name, array) in [("out.npy", None), ("out.npz", Some("probabilities"))] {
        printed(&["predict", "run", "--data", "new.csv", "--output", name], folder.path());
        let path = folder.path().join(name);
        let saved = match array {
            Some(array) => read_npz_array(&path, array).unwrap().unwrap(),
            None => read_points(&path).unwrap().into_dyn(),
        };
        assert!(saved.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-12));
    }
    printed(&["predict", "run", "--data", "new.csv", "--output", "out.csv"], folder.path());
    assert_eq!(std::fs::read_to_string(folder.path().join("out.csv")).unwrap(), text);

    // The whole file is training and held-out samples together.
    std::fs::write(folder.path().join("all.csv"), &raw).unwrap();
    let evaluation: Value =
        serde_json::from_str(&printed(&["evaluate", "run", "--data", "all.csv", "--json"], folder.path()))
            .unwrap();
    let (train, test) = (summary.train_samples as f64, summary.test_samples as f64);
    let right = train * summary.train_accuracy.unwrap() + test * summary.test_accuracy.unwrap();
    let accuracy = evaluation["classes"]["accuracy"].as_f64().unwrap();
    assert!((accuracy - right / (train + test)).abs() < 1e-12);
    let loss = train * summary.train_loss.unwrap() + test * summary.test_loss.unwrap();
    assert!((evaluation["loss"].as_f64().unwrap() - loss / (train + test)).abs() < 1e-12);
    let confusion = evaluation["classes"]["confusion"].as_array().unwrap();
    let of_class: Vec<u64> = confusion
        .iter()
        .map(|row| row.as_array().unwrap().iter().map(|count| count.as_u64().unwrap()).sum())
        .collect();
    assert_eq!(of_class, [59, 71, 48]);
    let text = printed(&["evaluate", "run", "--data", "all.csv"], folder.path());
    assert!(text.contains("confusion matrix") && text.contains("balanced"), "{text}");
}

/// Figures by hand for a model that answers one class: 3 of 5 right, and no better than always that class.
#[test]
fn what_is_no_better_than_chance_is_said() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("data.csv"), "x,kind\n1,a\n1,a\n1,b\n1,a\n1,b\n").unwrap();
    let settings = [
        format!("data.path={}", folder.path().join("data.csv").display()),
        "data.test=none".into(),
        "network.layers=[{ units = 2, activation = 'identity' }]".into(),
        "network.initial.std=0".into(),
        "descent.rule=gradient-descent".into(),
        "descent.rate=1e-6".into(),
        "descent.batch=5".into(),
        "descent.epochs=1".into(),
    ];
    let run = folder.path().join("run");
    let summary = train("iris", &settings.each_ref().map(String::as_str), &run);
    let evaluation = summary.evaluation.as_ref().unwrap();
    let classes = evaluation.classes.as_ref().unwrap();
    assert_eq!((classes.accuracy, classes.majority_accuracy), (0.6, 0.6));
    assert_eq!((classes.balanced_accuracy, classes.majority_class.as_str()), (0.5, "a"));
    assert_eq!(classes.confusion, [[3, 0], [2, 0]]);
    let figures = classes.per_class.iter().map(|figure| (figure.precision, figure.recall, figure.f1));
    assert_eq!(
        figures.collect::<Vec<_>>(),
        [(Some(0.6), Some(1.0), Some(0.75)), (None, Some(0.0), Some(0.0))]
    );
    assert_eq!(evaluation.verdict.as_deref(), Some("no better than always answering `a` (0.6000)"));
    assert!(Summary::Training(summary).to_string().contains("no better than always answering"), "not said");

    // Values: of 1, 2, 3, 6 the mean is 3; answers of a line that is always 0 in scaled units are the mean.
    std::fs::write(folder.path().join("data.csv"), "x,y\n1,1\n2,2\n3,3\n4,6\n").unwrap();
    let mut settings = settings.to_vec();
    settings.extend([
        "data.target=y".into(),
        "data.scale_targets=standard".into(),
        "descent.rate=1e-300".into(),
    ]);
    settings.extend(["network.loss=mean-squared-error".into(), "descent.batch=4".into()]);
    settings[2] = "network.layers=[{ units = 1, activation = 'identity' }]".into();
    let summary = train("iris", &settings.iter().map(String::as_str).collect::<Vec<_>>(), &run);
    let evaluation = summary.evaluation.unwrap();
    let value = &evaluation.values[0];
    assert!(value.r2.unwrap().abs() < 1e-12 && (value.rmse - 3.5f64.sqrt()).abs() < 1e-12, "{value:?}");
    assert_eq!((value.target.as_str(), value.mae), ("y", 1.5));
    assert!(evaluation.verdict.unwrap().contains("no better than always answering the mean"));
    let text = printed(&["predict", "run", "--data", "data.csv"], folder.path());
    assert_eq!(text, "y\n3\n3\n3\n3\n");
}

/// Each class counts as much: as many samples of each.
#[test]
fn class_weights_and_classes_that_are_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let rows: String = (0..12).map(|i| format!("{i},{}\n", if i < 9 { "many" } else { "few" })).collect();
    std::fs::write(folder.path().join("data.csv"), rows).unwrap();
    let path = format!("data.path={}", folder.path().join("data.csv").display());
    let two = "network.layers=[{ units = 2, activation = 'identity' }]";
    let three = "network.layers=[{ units = 3, activation = 'identity' }]";
    let run = folder.path().join("run");
    let common = [path.as_str(), "data.test=none", "descent.epochs=1", "descent.batch=2"];
    let with = |extra: &[&str]| train("iris", &[&common[..], extra].concat(), &run);
    let summary = with(&[two, "data.class_weights=balanced"]);
    assert_eq!((summary.train_samples, summary.steps), (12, 9));
    assert!(
        summary.notes[0].contains("12 training samples count as 18, by class few 3.0000, many 1.0000"),
        "{:?}",
        summary.notes
    );
    // 3 of 9 and 2.5 times 3.
    let summary = with(&[two, "data.class_weights=[2.5, 1]"]);
    assert_eq!(summary.steps, 8);
    let summary = with(&[three, "data.classes=['few', 'many', 'none']"]);
    assert!(
        summary.notes[0].contains("class `none` never occurs in the training samples"),
        "{:?}",
        summary.notes
    );
}

/// Arrays by their names, images of more dimensions, test samples beside the training's.
#[test]
fn arrays_by_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let mut npz = ndarray_npy::NpzWriter::new(std::fs::File::create(folder.path().join("data.npz")).unwrap());
    let images = ndarray::Array3::from_shape_fn((8, 2, 2), |(i, a, b)| ((i % 2) * 4 + 2 * a + b) as f32);
    npz.add_array("x_train", &images).unwrap();
    npz.add_array("y_train", &ndarray::Array1::from_iter((0..8).map(|i| i % 2 == 1))).unwrap();
    npz.add_array("x_test", &images.slice(ndarray::s![..3, .., ..])).unwrap();
    npz.add_array("y_test", &ndarray::arr1(&[0i64, 1, 0])).unwrap();
    npz.finish().unwrap();
    let job = "name = 'images'\n[data]\nformat = 'npz'\npath = 'data.npz'\ninputs = 'x_train'\nlabels = 'y_train'\n\
               scale = 'min-max'\ntest = { inputs = 'x_test', labels = 'y_test' }\n[network]\n\
               loss = 'softmax-cross-entropy'\ninitial = { std = 0.1, seed = 1 }\n\
               layers = [{ units = 2, activation = 'identity' }]\n[descent]\nrate = 1.0\nbatch = 4\nepochs = 20\n";
    std::fs::write(folder.path().join("job.toml"), job).unwrap();
    let job = Job::read(&folder.path().join("job.toml")).unwrap();
    let run = folder.path().join("run");
    let Summary::Training(summary) = job::run(&job, &run, &mut |_| {}).unwrap().summary else { panic!() };
    assert_eq!(
        (summary.network.as_str(), summary.test_samples, summary.test_accuracy),
        ("4-2", 3, Some(1.0))
    );
    let model = Model::read(&run).unwrap();
    let samples = model.load(&folder.path().join("data.npz"), None, true).unwrap();
    assert_eq!(
        (samples.inputs().dim(), samples.targets().unwrap()),
        ((8, 4), &Targets::Classes([0, 1].repeat(4)))
    );
    assert_eq!(model.evaluate(&samples).unwrap().classes.unwrap().accuracy, 1.0);

    // Labels in a table, which has nothing else.
    for (labels, right) in [("0\n1\n".repeat(4), true), ("0,1\n1,0\n".repeat(4), false)] {
        std::fs::write(folder.path().join("t.csv"), labels).unwrap();
        let found = model.load(&folder.path().join("data.npz"), Some(&folder.path().join("t.csv")), true);
        match found {
            Ok(samples) => assert!(right && samples.targets() == Some(&Targets::Classes([0, 1].repeat(4)))),
            Err(error) => assert!(!right && error.to_string().contains("it needs 1 alone"), "{error}"),
        }
    }

    // Test samples of another width.
    let mut npz = ndarray_npy::NpzWriter::new(std::fs::File::create(folder.path().join("data.npz")).unwrap());
    npz.add_array("x_train", &images).unwrap();
    npz.add_array("y_train", &ndarray::Array1::from_iter((0..8).map(|i| i % 2 == 1))).unwrap();
    npz.add_array("x_test", &images.slice(ndarray::s![..3, .., ..1])).unwrap();
    npz.add_array("y_test", &ndarray::arr1(&[0i64, 1, 0])).unwrap();
    npz.finish().unwrap();
    let other = folder.path().join("other");
    let message =
        job::run(&Job::read(&folder.path().join("job.toml")).unwrap(), &other, &mut |_| {}).unwrap_err();
    assert!(
        message.to_string().contains("the test samples have 2 features, and the training's 4"),
        "{message}"
    );
}

#[test]
fn models_that_are_damaged_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    train("xor", &["descent.steps=2", "network.initial.seed=1"], &run);
    std::fs::write(folder.path().join("new.csv"), "0,1\n1,1\n").unwrap();
    let good = std::fs::read_to_string(run.join("model.json")).unwrap();
    let refused = |part: &str| {
        let output = command(&["predict", "run", "--data", "new.csv"], folder.path());
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(stderr.contains(part), "`{stderr}` does not say `{part}`");
    };
    for (from, to, part) in [
        ("\"version\": 1", "\"version\": 2", "use a newer one"),
        ("\"version\": 1", "\"kind\": 1", "it has no version"),
        ("\"units\": 4", "\"units\": 5", "array `W1` has the shape [2, 4], and the network needs [2, 5]"),
        ("\"inputs\": 2", "\"inputs\": 18446744073709551615", "more than"),
        ("\"class\": 0", "\"class\": 7", "do not fit"),
        ("{", "[", "model.json"),
    ] {
        assert!(good.contains(from), "{good}");
        std::fs::write(run.join("model.json"), good.replacen(from, to, 1)).unwrap();
        refused(part);
    }
    std::fs::write(run.join("model.json"), &good).unwrap();
    std::fs::write(folder.path().join("new.csv"), "0,1,5,6\n").unwrap();
    refused("it has 4 columns; it needs a header with the names of the training's, or the 2 features alone");
    std::fs::remove_file(run.join("parameters.npz")).unwrap();
    refused("parameters.npz: cannot read");
    std::fs::remove_file(run.join("model.json")).unwrap();
    refused("it is no folder of a training");
}

/// Settings on the command line come before those of the file.
#[test]
fn settings_beside_a_job_file() {
    let folder = tempfile::tempdir().unwrap();
    let job = std::fs::canonicalize("examples/iris.toml").unwrap();
    let job = job.to_str().unwrap();
    let run = |extra: &[&str]| {
        let arguments =
            [&["run", job, "--device", "cpu", "--out", "run", "--force", "--json"][..], extra].concat();
        command(&arguments, folder.path())
    };
    let summary = |extra: &[&str]| -> Value {
        let output = run(extra);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let plain = summary(&["--set", "descent.epochs=2"]);
    assert_eq!(plain["steps"], 14);
    let other = summary(&["--set", "descent.epochs=2", "--set", "data.test={ share = 0.5, seed = 3 }"]);
    assert_eq!(other["test_samples"], 75);
    let several = summary(&["--steps", "3", "--rate", "0.1,0.01", "--seed", "4,5"]);
    let rows: Vec<(u64, f64)> = several["trainings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["seed"].as_u64().unwrap(), row["rate"].as_f64().unwrap()))
        .collect();
    assert_eq!(rows, [(4, 0.1), (4, 0.01), (5, 0.1), (5, 0.01)]);
    // Flags come before a sweep's lists, and say the same as a setting only by mistake.
    let swept = summary(&["--set", "sweep.rule=['adam']", "--rate", "0.02,0.03", "--steps", "2"]);
    assert_eq!(swept["sweep"]["rows"].as_array().unwrap().len(), 2);
    let output = run(&["--seed", "1", "--set", "network.initial.seed=7"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("say the same"));
    for (setting, part) in [
        ("descent.rat=1", "unknown key `rat`"),
        ("descent.rate=fast", "expected a number"),
        ("data.path.x=1", "`path` is no section"),
    ] {
        let output = run(&["--set", setting]);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(stderr.contains(part), "`{stderr}` does not say `{part}`");
    }
}

/// The other job files beside these: they run in seconds.
#[test]
fn every_example_runs() {
    let mut names: Vec<String> = std::fs::read_dir("examples")
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.strip_suffix(".toml").map(String::from))
        .collect();
    names.sort();
    let known = [
        "breast_cancer",
        "decay",
        "diabetes",
        "digits",
        "iris",
        "mnist",
        "multi_start",
        "rosenbrock",
        "wine",
        "xor",
    ];
    assert_eq!(names, known);
    for name in names {
        let folder = tempfile::tempdir().unwrap();
        let job = std::fs::canonicalize(format!("examples/{name}.toml")).unwrap();
        let mut arguments = vec!["run", job.to_str().unwrap(), "--device", "cpu", "--out", "run", "--json"];
        // The one that takes longer.
        if name == "mnist" {
            arguments.extend(["--steps", "60"]);
        }
        let summary: Value = serde_json::from_str(&printed(&arguments, folder.path())).unwrap();
        if name == "decay" {
            // What the data were made of: 2.5, 1.3 and 0.4.
            for (found, made) in summary["best"]["x"].as_array().unwrap().iter().zip([2.5, 1.3, 0.4]) {
                assert!((found.as_f64().unwrap() - made).abs() < 0.05, "{summary}");
            }
        }
    }
}
