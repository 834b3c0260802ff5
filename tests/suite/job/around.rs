//! What stands around a run: the page about it, safetensors, `status`, `compare`, `validate`, `init`.

use ndarray::ArrayD;
use plusminus::data::read_npz_array;
use plusminus::job::Job;
use serde_json::Value;

use super::trained::{command, printed};

fn example(name: &str) -> String {
    std::fs::canonicalize(format!("examples/{name}.toml")).unwrap().to_str().unwrap().into()
}

/// One page for each kind of job: it needs nothing else, and what users write is text in it.
#[test]
fn a_page_about_a_run() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let jobs: [(&str, &[&str], &[&str]); 4] = [
        (
            "iris",
            &["--set", "name=a<b>&\"c\""],
            &["Epochs", "training of the network 4-8-3", "held-out loss"],
        ),
        ("rosenbrock", &["--steps", "50"], &["Points", "Values on the way", "descent of sum(100"]),
        ("multi_start", &["--steps", "20"], &["Settings, the best first", "sweep of"]),
        ("wine", &["--set", "sweep.rate=[0.1, 1e300]"], &["Settings, the best first", "Epochs"]),
    ];
    for (name, more, parts) in jobs {
        let job = example(name);
        printed(&[&["run", &*job, "--device", "cpu", "--out", name][..], more].concat(), at);
        let page = std::fs::read_to_string(at.join(name).join("report.html")).unwrap();
        for part in parts {
            assert!(page.contains(part), "{name}: no `{part}`");
        }
        for part in ["finished", "How to reproduce it", "plusminus run job.toml --device cpu", "cpu ("] {
            assert!(page.contains(part), "{name}: no `{part}`");
        }
        for outside in ["<script", "<link", "src=", "@import", "href="] {
            assert!(!page.contains(outside), "{name}: `{outside}`");
        }
        let urls = page.matches("http").count();
        assert_eq!(urls, page.matches("xmlns=\"http://www.w3.org/2000/svg\"").count(), "{name}");
        // Both themes, and every element closed.
        assert!(page.contains("picture light") && page.contains("picture dark"));
        for element in ["svg", "table", "section", "figure", "pre", "dl"] {
            let (opened, closed) = (format!("<{element}"), format!("</{element}>"));
            assert_eq!(page.matches(&opened).count(), page.matches(&closed).count(), "{name}: {element}");
        }
    }
    let page = std::fs::read_to_string(at.join("iris/report.html")).unwrap();
    assert!(page.contains("a&lt;b&gt;&amp;") && !page.contains("<b>"));
}

/// `W1` is `[outputs, inputs]`, as `torch.nn.Linear` has its weight: read here from the bytes, by what the format is.
#[test]
fn parameters_for_other_programs() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    for (precision, kind, size) in [("f32", "F32", 4), ("f64", "F64", 8)] {
        let job = example("iris");
        let run = ["run", &*job, "--device", "cpu", "--precision", precision, "--out", precision];
        printed(&run, at);
        for set in ["parameters", "best_parameters"] {
            let bytes = std::fs::read(at.join(precision).join(format!("{set}.safetensors"))).unwrap();
            let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
            let header: Value = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
            for (name, shape) in
                [("W1", vec![8, 4]), ("b1", vec![8]), ("W2", vec![3, 8]), ("feature_scale", vec![4])]
            {
                let entry = &header[name];
                assert_eq!(
                    (&entry["dtype"], &entry["shape"]),
                    (&Value::from(kind), &Value::from(shape.clone()))
                );
                let first = 8 + length + entry["data_offsets"][0].as_u64().unwrap() as usize;
                let last = 8 + length + entry["data_offsets"][1].as_u64().unwrap() as usize;
                let number = |part: &[u8]| match size {
                    4 => f64::from(f32::from_le_bytes(part.try_into().unwrap())),
                    _ => f64::from_le_bytes(part.try_into().unwrap()),
                };
                let numbers: Vec<f64> = bytes[first..last].chunks(size).map(number).collect();
                let own =
                    read_npz_array(&at.join(precision).join(format!("{set}.npz")), name).unwrap().unwrap();
                let own: ArrayD<f64> = if shape.len() == 2 { own.reversed_axes() } else { own };
                assert_eq!(own.shape(), shape);
                let rounded = |x: &f64| if size == 4 { f64::from(*x as f32) } else { *x };
                assert_eq!(own.iter().map(rounded).collect::<Vec<_>>(), numbers, "{name} in {precision}");
            }
        }
    }
}

#[test]
fn how_runs_stand_and_what_they_differ_in() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let job = example("iris");
    for (out, rate) in [("out/slow", "0.001"), ("out/fast", "0.05")] {
        printed(&["run", &job, "--device", "cpu", "--rate", rate, "--steps", "70", "--out", out], at);
    }
    let failed =
        ["run", &*job, "--device", "cpu", "--set", "descent.rule='gradient-descent'", "--rate", "1e300"];
    assert_eq!(command(&[&failed[..], &["--out", "out/wild"]].concat(), at).status.code(), Some(3));
    std::fs::create_dir_all(at.join("out/something else")).unwrap();
    let all: Value = serde_json::from_str(&printed(&["status", "out", "--json"], at)).unwrap();
    let states: Vec<(&str, &str)> = all
        .as_array()
        .unwrap()
        .iter()
        .map(|run| (run["folder"].as_str().unwrap(), run["state"].as_str().unwrap()))
        .collect();
    assert_eq!(states, [("out/fast", "finished"), ("out/slow", "finished"), ("out/wild", "failed")]);
    assert_eq!((&all[0]["step"], &all[0]["steps"]), (&Value::from(70), &Value::from(70)));
    assert!(all[0]["loss"].as_f64().unwrap() < all[1]["loss"].as_f64().unwrap());
    let compared: Value = serde_json::from_str(&printed(
        &["compare", "out/fast", "out/slow", "--plot", "both.svg", "--json"],
        at,
    ))
    .unwrap();
    assert_eq!(compared[0]["differs_in"], serde_json::json!({ "descent.rate": "0.05" }));
    assert_eq!(compared[1]["differs_in"], serde_json::json!({ "descent.rate": "0.001" }));
    assert!(std::fs::read_to_string(at.join("both.svg")).unwrap().contains("fast training"));
    let text = printed(&["compare", "out/fast", "out/slow"], at);
    assert!(text.lines().next().unwrap().contains("descent.rate") && text.lines().count() == 3, "{text}");
    let output = command(&["status", "out/something else"], at);
    assert_eq!(output.status.code(), Some(2));
    // What a file says does nothing to the terminal.
    let path = at.join("out/slow/summary.json");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("\"device\": \"cpu", "\"device\": \"\\u001b[2J\\ncpu")).unwrap();
    let shown = printed(&["status", "out/slow"], at);
    assert!(shown.contains("[2J") && !shown.contains('\u{1b}') && shown.lines().count() == 2, "{shown}");
    // What is no run is named, and the others are told.
    let output = command(&["status", "out/nothing", "out/slow", "out/something else", "out/fast"], at);
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stdout.contains("out/slow") && stdout.contains("out/fast"), "{stdout}");
    assert!(stderr.contains("out/nothing") && stderr.contains("out/something else"), "{stderr}");
}

/// What `init` writes is read, and says every key that there is; those that need no data are run.
#[test]
fn job_files_to_begin_with() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let mut texts = String::new();
    for kind in ["classification", "regression", "arrays", "images", "descent", "wgsl", "sweep"] {
        printed(&["init", kind], at);
        let path = at.join(kind).with_extension("toml");
        let job = Job::read(&path).unwrap();
        assert_eq!(job.name, kind);
        texts += &std::fs::read_to_string(&path).unwrap();
        let again = command(&["init", kind], at);
        assert!(String::from_utf8_lossy(&again.stderr).contains("is there already"));
        assert_eq!(printed(&["init", kind, "--out", "-"], at), std::fs::read_to_string(&path).unwrap());
    }
    for kind in ["descent", "sweep"] {
        let path = format!("{kind}.toml");
        assert!(printed(&["validate", &path], at).contains("of descents of") || kind == "descent");
        printed(&["run", &path, "--device", "cpu", "--steps", "10"], at);
    }
    // Keys that the parser knows, as it lists them where one is wrong.
    for section in ["descent", "gradient", "checkpoint", "start", "sweep", "descent.stop"] {
        let output = command(&["run", "descent.toml", "--set", &format!("{section}.zzz=1")], at);
        let stderr = String::from_utf8_lossy(&output.stderr);
        let (_, known) = stderr.split_once("there are ").unwrap_or_else(|| panic!("{section}: {stderr}"));
        for key in known.trim().split(", ").map(|key| key.trim_matches('`')) {
            assert!(texts.contains(key), "no job to begin with says `{section}.{key}`");
        }
    }
    // The optional lines are right, too: each is taken by itself.
    for kind in ["classification", "descent", "sweep", "regression"] {
        let text = std::fs::read_to_string(at.join(kind).with_extension("toml")).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        for (i, line) in lines.iter().enumerate() {
            let Some(plain) =
                line.strip_prefix("# ").filter(|line| line.contains(" = ") || line.starts_with('['))
            else {
                continue;
            };
            let key = plain.split(['=', ' ']).next().unwrap();
            let others = ["points", "rule", "file", "spread"];
            let mut with: Vec<String> = lines.iter().map(ToString::to_string).collect();
            with[i] = plain.into();
            // Of a section that is a comment, its head.
            if let Some(head) =
                lines[..i].iter().rposition(|line| line.trim_start_matches("# ").starts_with('['))
            {
                with[head] = lines[head].trim_start_matches("# ").into();
            }
            if others.contains(&key) {
                let start = if key == "rule" { "rule = \"" } else { "points = " };
                with.retain(|line| !line.starts_with(start));
            }
            let path = at.join("one.toml");
            std::fs::write(&path, with.join("\n")).unwrap();
            let read = Job::read(&path);
            assert!(read.is_ok(), "{kind}: `{plain}`: {}", read.unwrap_err());
        }
    }
}

#[test]
fn jobs_are_checked_without_being_run() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let (iris, wine, sweep) = (example("iris"), example("wine"), example("multi_start"));
    let said = printed(&["validate", &iris, &wine, &sweep], at);
    assert!(
        said.contains("a training of the network 4-8-3 (67 parameters) with 112 samples, 38 held out"),
        "{said}"
    );
    assert_eq!(said.lines().count(), 3);
    std::fs::write(at.join("bad.toml"), "name = 'x'\n[descent]\nrat = 1\n").unwrap();
    let output = command(&["validate", &iris, "bad.toml", "none.toml"], at);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    for part in [
        "bad.toml: line 3, column 1: unknown key `rat`; did you mean `rate`?",
        "3 | rat = 1",
        "none.toml: cannot read",
    ] {
        assert!(stderr.contains(part), "`{stderr}` does not say `{part}`");
    }
    assert_eq!(std::fs::read_dir(at).unwrap().count(), 1);
}

/// Values out of their range are shown in their line, and what is missing in that of its section.
#[test]
fn wrong_values_are_shown_where_they_stand() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let job = "name = 'x'\n[objective]\nexpr = 'x0^2'\n[start]\npoints = [[1.0]]\n[descent]\nsteps = 10\nrate = -0.5\n";
    let cases = [
        (job.to_string(), "line 8, column 1: descent.rate = -0.5", "8 | rate = -0.5"),
        (job.replace("'x'", "'a/b'"), "line 1, column 1: name = \"a/b\"", "1 | name = 'a/b'"),
        (
            job.replace("steps = 10", "epochs = 10").replace("-0.5", "0.5"),
            "line 6, column 2: descent: give steps",
            "6 | [descent]",
        ),
        (
            job.replace("-0.5", "0.5") + "[checkpoint]\nseconds = -1\n",
            "line 10, column 1: checkpoint.seconds",
            "10 | seconds",
        ),
        (
            job.replace("steps = 10", "steps = 0").replace("-0.5", "0.5"),
            "line 7, column 1: descent.steps = 0",
            "7 | steps",
        ),
        (
            job.replace("steps = 10", "steps = 10\nrule = 'adma'").replace("-0.5", "0.5"),
            "line 8",
            "unknown update rule `adma`; did you mean `adam`? It is one of",
        ),
    ];
    for (text, place, line) in cases {
        std::fs::write(at.join("bad.toml"), &text).unwrap();
        let output = command(&["validate", "bad.toml"], at);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{text}: {stderr}");
        assert!(stderr.contains(place) && stderr.contains(line), "{text}: {stderr}");
    }
    // What a run would refuse, a look refuses.
    for wrong in [
        "descent.batch=0",
        "start.points=[[nan]]",
        "gradient.order=3",
        "descent.lower=[1, 2]",
        "descent.lower=[nan]",
    ] {
        std::fs::write(at.join("good.toml"), job.replace("-0.5", "0.5")).unwrap();
        let output = command(&["validate", "good.toml", "--set", wrong], at);
        assert_eq!(output.status.code(), Some(2), "{wrong}");
    }
    // What was said on the command line stands in no line.
    let output = command(&["run", "bad.toml", "--set", "descent.rate=-1"], at);
    assert_eq!(output.status.code(), Some(2));
}

/// The schema has the keys that the parser knows, section by section, and says of each what it is.
#[test]
fn the_schema_is_of_what_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let schema: Value = serde_json::from_str(&printed(&["schema"], at)).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    // A section, by its place or by reference.
    let resolve = |value: &Value| -> Value {
        let mut value = value.clone();
        loop {
            let inner =
                value["anyOf"].as_array().and_then(|all| all.iter().find(|one| one["$ref"].is_string()));
            value = inner.unwrap_or(&value).clone();
            let Some(name) = value["$ref"].as_str() else { return value };
            value = schema["$defs"][name.rsplit('/').next().unwrap()].clone();
        }
    };
    printed(&["init", "classification"], at);
    printed(&["init", "descent"], at);
    printed(&["init", "sweep"], at);
    for (kind, path) in [
        ("classification", "data"),
        ("classification", "network"),
        ("classification", "network.initial"),
        ("descent", "objective"),
        ("descent", "start"),
        ("descent", "gradient"),
        ("descent", "descent"),
        ("descent", "descent.stop"),
        ("descent", "checkpoint"),
        ("sweep", "sweep"),
    ] {
        let mut section = schema.clone();
        for part in path.split('.') {
            section = resolve(&section["properties"][part]);
        }
        let known: Vec<&String> = section["properties"].as_object().unwrap().keys().collect();
        assert_eq!(section["additionalProperties"], false, "{path}");
        let file = format!("{kind}.toml");
        let output = command(&["run", &file, "--set", &format!("{path}.zzz=1")], at);
        let stderr = String::from_utf8_lossy(&output.stderr);
        let (_, listed) = stderr.split_once("there are ").unwrap_or_else(|| panic!("{path}: {stderr}"));
        let mut listed: Vec<&str> = listed.trim().split(", ").map(|key| key.trim_matches('`')).collect();
        listed.sort_unstable();
        assert_eq!(known, listed, "{path}");
    }
    let rate = &resolve(&schema["properties"]["descent"])["properties"]["rate"];
    assert!(rate["description"].as_str().unwrap().starts_with("The learning rate"), "{rate}");
}
