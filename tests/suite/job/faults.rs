//! What happens to machines: processes that are killed, disks that are full, readers that have gone.
//!
//! `PLUSMINUS_FAULTS=50` asks for so many tries instead of a few.

#![cfg(unix)]

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::common::random::SplitMix64;

fn tries(few: usize) -> usize {
    std::env::var("PLUSMINUS_FAULTS").ok().and_then(|text| text.parse().ok()).unwrap_or(few)
}

fn example(name: &str) -> String {
    std::fs::canonicalize(format!("examples/{name}.toml")).unwrap().to_str().unwrap().into()
}

fn plusminus(arguments: &[&str], at: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plusminus"));
    command.args(arguments).current_dir(at).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// The files of results that have no times in them.
fn results(folder: &Path) -> Vec<Vec<u8>> {
    let names = ["parameters.npz", "best_parameters.npz", "parameters.safetensors", "model.json", "loss.csv"];
    names.iter().map(|name| std::fs::read(folder.join(name)).unwrap_or_default()).collect()
}

/// A set of files that belong together: those that the summary lists, with parameters and tables of the same training.
fn is_whole(folder: &Path) -> bool {
    let summary = std::fs::read(folder.join("summary.json")).unwrap();
    let summary: Value = serde_json::from_slice(&summary).unwrap();
    let files = summary["files"].as_array().unwrap();
    let rows = std::fs::read_to_string(folder.join("epochs.csv")).unwrap();
    let last: f64 = rows.lines().last().unwrap().split(',').nth(2).unwrap().parse().unwrap();
    let is_same = (last - summary["train_loss"].as_f64().unwrap()).abs() <= 1e-6 * last;
    is_same && files.iter().all(|file| folder.join(file.as_str().unwrap()).is_file())
}

/// What a run takes: the least of several, since the first ones are slower, and a kill after the end is none.
fn quickest(run: impl Fn()) -> Duration {
    let timed = (0..5).map(|_| {
        let begin = Instant::now();
        run();
        begin.elapsed()
    });
    timed.min().unwrap()
}

const JOB: [&str; 5] = ["--device", "cpu", "--set", "checkpoint.steps=20", "-q"];

/// Killed at random moments, again and again, and resumed: the last bits are those of a run that never was.
#[test]
fn killed_at_random_moments() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let job = example("iris");
    let run =
        |out: &str, more: &[&str]| plusminus(&[&["run", &job, "--out", out][..], &JOB, more].concat(), at);
    let takes = quickest(|| assert!(run("whole", &["--force"]).status().unwrap().success()));
    let expected = results(&at.join("whole"));
    let mut random = SplitMix64::new(19);
    let (mut killed, mut resumed) = (0, 0);
    for _ in 0..tries(6) {
        for attempt in 0.. {
            let mut child = run("killed", &["--resume"]).spawn().unwrap();
            if attempt < 4 {
                std::thread::sleep(takes.mul_f64(random.uniform()));
                child.kill().unwrap();
            }
            let status = child.wait().unwrap();
            if status.success() {
                resumed += usize::from(attempt > 0);
                break;
            }
            assert!(attempt < 4, "{status}");
            killed += 1;
        }
        assert!(results(&at.join("killed")) == expected);
        assert!(is_whole(&at.join("killed")));
        std::fs::remove_dir_all(at.join("killed")).unwrap();
        let left: Vec<_> = std::fs::read_dir(at).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["whole"]);
    }
    assert!(killed > 0 && resumed > 0, "{killed} killed, {resumed} resumed");
}

/// Killed while results are being put in the place of others: a reader finds the old ones or the new ones.
#[test]
fn killed_at_the_very_end() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let job = example("iris");
    let run = |out: &str, rate: &str, more: &[&str]| {
        let own = ["run", &job, "--out", out, "--steps", "21", "--rate", rate];
        plusminus(&[&own[..], &JOB, more].concat(), at)
    };
    assert!(run("new", "0.02", &[]).status().unwrap().success());
    assert!(run("run", "0.05", &[]).status().unwrap().success());
    let takes = quickest(|| assert!(run("run", "0.05", &["--force"]).status().unwrap().success()));
    let (old, new) = (results(&at.join("run")), results(&at.join("new")));
    assert!(old != new);
    let mut random = SplitMix64::new(25);
    let (mut before, mut after) = (0, 0);
    for _ in 0..tries(30) {
        let mut child = run("run", "0.02", &["--force"]).spawn().unwrap();
        let early = Duration::from_millis(25).mul_f64(random.uniform());
        std::thread::sleep(takes.saturating_sub(early));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(is_whole(&at.join("run")));
        let found = results(&at.join("run"));
        assert!(found == old || found == new, "a mixture");
        before += usize::from(found == old);
        after += usize::from(found == new);
        // Whatever it has left, the next one copes with it.
        assert!(run("run", "0.05", &["--force"]).status().unwrap().success());
        assert!(results(&at.join("run")) == old);
    }
    println!("{before} found the old run, {after} the new one");
}

/// A disk that is full at any place in what is written, here by a limit of file sizes, whose signal ends processes that do not expect it.
#[test]
fn files_that_may_not_grow() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let job = example("iris");
    let first = ["run", &*job, "--device", "cpu", "--out", "run", "--steps", "21"];
    assert!(plusminus(&first, at).status().unwrap().success());
    let old = results(&at.join("run"));
    let mut codes = Vec::new();
    for blocks in [0, 1, 2, 3, 4, 8, 16, 64, 1 << 20] {
        let line = format!(
            "ulimit -f {blocks}; exec {} run {job} --device cpu --out run --force --steps 28 --json",
            env!("CARGO_BIN_EXE_plusminus")
        );
        let output = Command::new("sh").args(["-c", &line]).current_dir(at).output().unwrap();
        let (code, stderr) = (output.status.code(), String::from_utf8_lossy(&output.stderr));
        let is_old = results(&at.join("run")) == old;
        assert!(is_whole(&at.join("run")), "{blocks}: {stderr}");
        match code {
            Some(0) => assert!(!is_old),
            Some(4) => assert!(is_old && stderr.contains("File too large"), "{blocks}: {stderr}"),
            other => panic!("{blocks}: {other:?}: {stderr}"),
        }
        assert!(!stderr.contains("panicked"), "{stderr}");
        // After the work nothing is lost: what cannot be written is printed.
        if stderr.contains("printed instead") {
            let last = output.stdout.split(|&byte| byte == b'\n').rfind(|line| !line.is_empty()).unwrap();
            let arrays: Value = serde_json::from_slice(last).unwrap();
            assert_eq!(arrays["W1"].as_array().unwrap().len(), 4 * 8);
        }
        codes.push(code);
    }
    assert!(codes.contains(&Some(4)) && codes.ends_with(&[Some(0)]), "{codes:?}");
}

fn piped(line: &str) -> Output {
    let line = line.replace("plusminus", env!("CARGO_BIN_EXE_plusminus"));
    Command::new("bash").args(["-c", &format!("set -o pipefail; {line}")]).output().unwrap()
}

/// Nobody reads what is printed: no panic, and no failure that is called a success.
#[test]
fn readers_that_have_gone() {
    let wrong = "plusminus check --device cpu --expr 'x0^2*x1' --at 2,3 --against '2*x0*x1; 7'";
    let right = "plusminus gradient --device cpu --expr 'x0^2*x1' --at 2,3";
    for (line, code) in [
        (format!("{wrong} | true"), 1),
        (format!("{wrong} > /dev/full"), 1),
        (format!("{wrong} >&-"), 1),
        (format!("{right} | true"), 0),
        (format!("{right} > /dev/full"), 4),
        (format!("{right} --json -vv 2> /dev/full > /dev/null"), 0),
        (format!("{right} -vvv 2>&-"), 0),
        (format!("{wrong} -vv 2>/dev/full > /dev/full"), 1),
        ("plusminus --help > /dev/full".into(), 0),
    ] {
        let output = piped(&line);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(!stderr.contains("panicked"), "{line}: {stderr}");
        if !line.contains("--help") {
            assert_eq!(output.status.code(), Some(code), "{line}: {stderr}");
        }
    }
}
