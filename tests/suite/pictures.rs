//! Pictures: what they show, their files, and what is refused. How they look was seen by eye.

#![cfg(feature = "cli")]

use std::path::Path;
use std::process::{Command, Output};

use ndarray::array;
use plusminus::plot::{Landscape, paths, region_around};
use plusminus::{Closure, Descent, Difference, Engine, GradientDescent, Precision, Trace, WgslObjective};
use serde_json::Value;

fn plusminus(arguments: &[&str], folder: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_plusminus")).args(arguments).current_dir(folder).output().unwrap()
}

fn done(arguments: &[&str], folder: &Path) -> String {
    let output = plusminus(arguments, folder);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {stderr}");
    String::from_utf8(output.stdout).unwrap()
}

/// Arrows are the gradient turned downhill, by its formula.
#[test]
fn arrows_are_the_gradient_of_the_textbook() {
    let f = WgslObjective::from_expression("x0^2 + x1^2 + 7*x2", 3).unwrap();
    let mut evaluator = Engine::cpu(Precision::F64).evaluator(f).unwrap();
    let plane = Landscape { axes: (0, 1), region: [(-2.0, 2.0), (-1.0, 3.0)], through: vec![0.0, 0.0, 5.0] };
    let (arrows, missing) = plane.arrows(&mut evaluator, &Difference::default(), 9, true).unwrap();
    assert_eq!((arrows.all.len(), missing, arrows.are_alike), (81, 0, false));
    for arrow in &arrows.all {
        let ((x, y), (u, v)) = (arrow.at, arrow.along);
        assert!((u + 2.0 * x).abs() < 1e-12 && (v + 2.0 * y).abs() < 1e-12, "{arrow:?}");
        assert!(x > -2.0 && x < 2.0 && y > -1.0 && y < 3.0);
    }
    // Where there is no gradient there is no arrow; where lengths span powers of ten, colours say them.
    let f = WgslObjective::from_expression("log(x0) + exp(9*x1)", 2).unwrap();
    let mut evaluator = Engine::cpu(Precision::F64).evaluator(f).unwrap();
    let plane = Landscape { axes: (0, 1), region: [(-1.0, 1.0), (0.0, 1.0)], through: vec![0.0; 2] };
    let (arrows, missing) = plane.arrows(&mut evaluator, &Difference::default(), 10, false).unwrap();
    assert_eq!((arrows.all.len(), missing, arrows.are_alike), (50, 50, true));
    let (grid, missing) = plane.grid(&mut evaluator, 11, 10).unwrap();
    assert_eq!(missing, 66);
    assert!((grid.values[[0, 10]] - 1.0).abs() < 1e-12 && (grid.values[[10, 10]] - 9f64.exp()).abs() < 1e-8);
}

#[test]
fn traces_end_where_points_stop() {
    let f = Closure::new(2, |x| x[0] * x[0] + x[1] * x[1]).unwrap();
    let mut evaluator = Engine::cpu(Precision::F64).evaluator(f).unwrap();
    let start = array![[3.0, 4.0], [1.0, 0.0]];
    let rules: Vec<Box<dyn plusminus::Update>> =
        vec![Box::new(GradientDescent::new(0.25)), Box::new(GradientDescent::new(1e200))];
    let mut trace = Trace::new(start.view(), 5);
    let run = Descent::with_rules(rules)
        .steps(8)
        .points_every(trace.every(8))
        .observe(|report| {
            trace.record(report);
            Ok(())
        })
        .run(&mut evaluator, start.view())
        .unwrap();
    trace.end_at(&run.outcomes);
    let ways = trace.measure(&mut evaluator, &Difference::default(), usize::MAX).unwrap();
    let some = trace.measure(&mut evaluator, &Difference::default(), 8).unwrap();
    assert_eq!(some[0].iter().map(|point| point.step).collect::<Vec<_>>(), [0, 2, 5, 8]);
    let norms: Vec<f64> = ways[0].iter().map(|point| point.gradient_norm.unwrap()).collect();
    for (k, norm) in norms.iter().enumerate() {
        assert!((norm - 10.0 * 0.5f64.powi(k as i32)).abs() < 1e-8, "{norms:?}");
    }
    assert_eq!(norms.len(), 9);
    assert!(ways[1].len() <= 3, "{:?}", ways[1]);
    let drawn = paths(&trace, (0, 1), |point| point.to_string());
    let (x, y) = drawn[0].points[1];
    assert!((x - 1.5).abs() < 1e-12 && (y - 2.0).abs() < 1e-12);
    // What runs away has no part in the region.
    let region = region_around(&trace, (0, 1));
    assert!(region.iter().all(|(low, high)| low.abs() < 100.0 && high.abs() < 100.0), "{region:?}");
    // A long descent is not kept step by step.
    assert_eq!(Trace::new(start.view(), 5).every(1_000_000), 2500);
}

/// Each kind of picture, in both formats and on both grounds.
#[test]
fn every_kind_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let valley = "100*(x1 - x0^2)^2 + (1 - x0)^2";
    let common = ["--device", "cpu", "--expr", valley];
    let plane = ["--region", "-2:2,-1:3"];
    let descent = ["--from", "-1.2,1", "--rate", "1e-4,1e-3", "--steps", "50"];
    done(&[&["plot", "field", "--out", "field.svg"], &common[..], &plane].concat(), at);
    done(
        &[&["plot", "contour", "--out", "contour.png", "--theme", "dark"], &common[..], &plane].concat(),
        at,
    );
    done(&[&["plot", "contour", "--arrows", "9", "--out", "both.svg"], &common[..], &plane].concat(), at);
    let path = ["plot", "path", "--out", "path.svg", "--curves", "curves.png", "--size", "600x500"];
    done(&[&path[..], &common, &descent].concat(), at);
    done(&[&["sweep", "--output", "sweep.csv", "--plot", "sweep.png"], &common[..], &descent].concat(), at);
    done(
        &["plot", "sweep", "sweep.csv", "--column", "least", "--out", "least.svg", "--title", "the least"],
        at,
    );
    let job = "name = 'rest'\ndevice = 'cpu'\n[objective]\nexpr = 'x0^2 + 3*x1^2'\n[start]\npoints = [[1.0, 2.0], [-3.0, 1.0]]\n\
               [descent]\nrate = 0.1\nsteps = 40\n";
    std::fs::write(at.join("job.toml"), job).unwrap();
    done(&["run", "job.toml"], at);
    done(&["plot", "curves", "out/rest", "--out", "rest.svg", "--theme", "dark"], at);
    for (name, parts) in [
        ("field.svg", &["x0", "x1", "∇f", "polygon"][..]),
        ("both.svg", &["polyline", "polygon"]),
        ("path.svg", &["learning rate 0.0001", "start", "width=\"600\""]),
        ("least.svg", &["the least", "learning rate", "gradient-descent"]),
        ("rest.svg", &["norm of the gradient", "steps", "#14171C"]),
        ("out/rest/curves.svg", &["point 1", "median"]),
        ("out/rest/path.svg", &["point 0", "end"]),
    ] {
        let text = std::fs::read_to_string(at.join(name)).unwrap();
        assert!(text.starts_with("<svg") && text.trim_end().ends_with("</svg>"), "{name}");
        for part in parts {
            assert!(text.contains(part), "{name} has no `{part}`");
        }
    }
    for (name, width, height, ground) in
        [("contour.png", 1520, 1360, [20, 23, 28]), ("curves.png", 1200, 1000, [255; 3])]
    {
        let file = std::io::BufReader::new(std::fs::File::open(at.join(name)).unwrap());
        let mut reader = png::Decoder::new(file).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((info.width, info.height), (width, height), "{name}");
        assert_eq!(pixels[..3], ground, "{name}");
        let inked = pixels.chunks_exact(3).filter(|pixel| **pixel != ground).count();
        assert!((1000..pixels.len() / 6).contains(&inked), "{name}: {inked}");
    }
    let trace = std::fs::read_to_string(at.join("out/rest/trace.csv")).unwrap();
    assert!(trace.starts_with("point,step,value,gradient_norm\n0,0,13,"), "{trace}");
    // Of 41 records of two points as many as a tenth of the steps, or six each.
    assert_eq!(trace.lines().count(), 1 + 2 * 6);
}

#[test]
fn pictures_that_cannot_be_are_refused_and_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    std::fs::write(at.join("table.csv"), "a,b\n1,2\n").unwrap();
    let field = ["plot", "field", "--device", "cpu", "--expr", "x0^2 + x1^2"];
    let region = ["--region", "-2:2,-2:2"];
    for (arguments, part) in [
        ([&field[..], &region, &["--out", "a.pdf"]].concat(), ".svg or .png"),
        ([&field[..], &region, &["--out", "none/a/../../b.jpg"]].concat(), ".svg or .png"),
        ([&field[..], &["--region", "-2:2", "--out", "a.svg"]].concat(), "a plane has two"),
        (
            [&field[..], &["--region", "2:-2,0:1", "--out", "a.svg"]].concat(),
            "the second number must be greater",
        ),
        (
            [&field[..], &region, &["--axes", "0,2", "--out", "a.svg"]].concat(),
            "two different coordinates from 0 to 1",
        ),
        ([&field[..], &region, &["--arrows", "1", "--out", "a.svg"]].concat(), "it needs from 2 to 1000"),
        ([&field[..], &region, &["--size", "10x10", "--out", "a.svg"]].concat(), "from 200 to 8000"),
        ([&field[..], &region, &["--size", "ten", "--out", "a.svg"]].concat(), "is no size"),
        (
            vec![
                "plot", "path", "--expr", "x0^2", "--from", "1", "--rate", "1", "--steps", "1", "--out",
                "a.svg",
            ],
            "needs two coordinates",
        ),
        (
            [
                &["plot", "contour", "--device", "cpu", "--expr", "1e308*(x0^2-x1^2)", "--out", "a.svg"],
                &region[..],
            ]
            .concat(),
            "too far apart",
        ),
        (
            [
                &[
                    "plot", "contour", "--device", "cpu", "--expr", "x0*x1", "--levels", "1000", "--out",
                    "a.svg",
                ],
                &region[..],
            ]
            .concat(),
            "from 2 to 60",
        ),
        (vec!["plot", "curves", ".", "--out", "a.svg"], "it is no folder of a run"),
        (vec!["plot", "sweep", "table.csv", "--out", "a.svg"], "there is no column `rule`"),
    ] {
        let output = plusminus(&arguments, at);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
        assert!(stderr.contains(part), "{arguments:?}: `{stderr}` does not say `{part}`");
    }
    assert_eq!(std::fs::read_dir(at).unwrap().count(), 1);
}

/// Each setting is what a descent by it alone is, and the best stands first.
#[test]
fn sweeps_are_their_descents() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let common = [
        "--device",
        "cpu",
        "--expr",
        "(1 - x0)^2 + 100*(x1 - x0^2)^2",
        "--from",
        "-1.2,1",
        "--from",
        "0,0",
        "--steps",
        "60",
    ];
    let swept = [
        "sweep",
        "--rate",
        "1e-4,1e-3,0.5",
        "--rule",
        "adam,gradient-descent",
        "--step",
        "1e-3,relative:2^-20",
        "--difference",
        "direct",
        "--json",
    ];
    let table: Value = serde_json::from_str(&done(&[&swept[..], &common].concat(), at)).unwrap();
    let rows = table["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 12);
    let number = |value: &Value| value.as_f64().unwrap_or(f64::INFINITY);
    for row in rows {
        let rate = row["rate"].to_string();
        let (rule, step) = (row["rule"].as_str().unwrap(), row["step"].as_str().unwrap());
        let alone =
            ["descend", "--rule", rule, "--rate", &rate, "--step", step, "--difference", "direct", "--json"];
        let output = plusminus(&[&alone[..], &common].concat(), at);
        let alone: Value = serde_json::from_slice(&output.stdout).unwrap();
        let mut values: Vec<f64> = alone["values"].as_array().unwrap().iter().map(number).collect();
        values.sort_by(f64::total_cmp);
        let median = 0.5 * values[0] + 0.5 * values[1];
        assert_eq!(number(&row["least"]), values[0], "{row}");
        assert!(
            number(&row["median"]) == median || (number(&row["median"]) / median - 1.0).abs() < 1e-15,
            "{row}"
        );
    }
    let failed = |row: &Value| 2 * row["failed"].as_u64().unwrap() > row["descents"].as_u64().unwrap();
    for pair in rows.windows(2) {
        let (a, b) = (failed(&pair[0]), failed(&pair[1]));
        assert!(
            (!a && b) || (a == b && number(&pair[0]["median"]) <= number(&pair[1]["median"])),
            "{pair:?}"
        );
    }
    let output = plusminus(&[&["sweep", "--rate", "1e300"], &common[..]].concat(), at);
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
    let output = plusminus(&[&["sweep", "--rate", "0.1,nan"], &common[..]].concat(), at);
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Sweeps of jobs: of starts, and of a network's seeds.
#[test]
fn jobs_sweep() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let example =
        |name: &str| std::fs::canonicalize(format!("examples/{name}.toml")).unwrap().display().to_string();
    let (starts, wine) = (example("multi_start"), example("wine"));
    let found: Value =
        serde_json::from_str(&done(&["run", &starts, "--device", "cpu", "--out", "a", "--json"], at))
            .unwrap();
    assert_eq!(found["rows"].as_array().unwrap().len(), 12);
    let table = std::fs::read_to_string(at.join("a/sweep.csv")).unwrap();
    assert_eq!(table.lines().count(), 13);
    let best = plusminus::data::read_npz_array(&at.join("a/points.npz"), "values").unwrap().unwrap();
    assert_eq!(best[[0]], found["rows"][0]["least"].as_f64().unwrap());

    let sweep = [
        "--set",
        "sweep.rate=[0.001, 0.05]",
        "--set",
        "sweep.rule=['adam', { name = 'momentum', beta = 0.5 }]",
        "--set",
        "sweep.seed=[1, 2]",
        "--steps",
        "20",
    ];
    let found: Value = serde_json::from_str(&done(
        &[&["run", &wine, "--device", "cpu", "--out", "b", "--json"], &sweep[..]].concat(),
        at,
    ))
    .unwrap();
    let rows = found["trainings"].as_array().unwrap();
    assert_eq!((rows.len(), found["sweep"]["rows"].as_array().unwrap().len()), (8, 4));
    // One of them by itself.
    let row = &rows[5];
    let alone = [
        "--steps",
        "20",
        "--rate",
        &row["rate"].to_string(),
        "--set",
        "network.initial.seed=1",
        "--set",
        "descent.rule={ name = 'momentum', beta = 0.5 }",
    ];
    assert_eq!((row["rule"].as_str(), row["seed"].as_u64()), (Some("momentum"), Some(1)));
    let one: Value = serde_json::from_str(&done(
        &[&["run", &wine, "--device", "cpu", "--out", "c", "--json"], &alone[..]].concat(),
        at,
    ))
    .unwrap();
    assert_eq!(one["train_loss"], row["train_loss"]);
    let losses = rows.iter().map(|row| row["train_loss"].as_f64().unwrap());
    assert_eq!(found["train_loss"].as_f64().unwrap(), losses.fold(f64::INFINITY, f64::min));
    assert!(at.join("b/sweep.svg").exists() && at.join("b/model.json").exists());

    for (setting, part) in [
        ("sweep.rate=[0.1, -1]", "sweep.rate has -1"),
        ("sweep.rule=['sgd']", "unknown update rule"),
        ("sweep.step=[0]", "not a finite number greater than 0"),
        ("sweep.rule=[]", "a list"),
        ("sweep.rats=[1]", "unknown key"),
    ] {
        let output = plusminus(&["run", &wine, "--device", "cpu", "--out", "d", "--set", setting], at);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{setting}: {stderr}");
        assert!(stderr.contains(part), "`{stderr}` does not say `{part}`");
    }
}
