//! The folder of a run: what is written, replaced, refused and kept.

use std::path::Path;
use std::process::{Command, Stdio};

use plusminus::job::{self, Job, RunOptions};
use serde_json::Value;

use super::trained::{command, printed};

pub(super) fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

pub(super) fn example(name: &str) -> String {
    std::fs::canonicalize(format!("examples/{name}.toml")).unwrap().to_str().unwrap().into()
}

pub(super) fn refused(arguments: &[&str], at: &Path, part: &str) {
    let output = command(arguments, at);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
    assert!(stderr.contains(part), "{arguments:?}: `{stderr}` does not say `{part}`");
}

/// A run replaces its folder as a whole, so nothing else may be in it, and nothing that it reads.
#[test]
fn files_that_are_of_no_run_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let job = example("xor");
    let run = ["run", &*job, "--device", "cpu", "--steps", "2", "--out", "run"];
    std::fs::create_dir(at.join("run")).unwrap();
    for name in ["values.csv", "sweep.csv", "notes.txt"] {
        std::fs::write(at.join("run").join(name), "mine").unwrap();
    }
    refused(&run, at, "files that are of no run (notes.txt, sweep.csv, values.csv)");
    refused(&[&run[..], &["--force"]].concat(), at, "files that are of no run");
    for name in ["values.csv", "sweep.csv", "notes.txt"] {
        assert_eq!(std::fs::read_to_string(at.join("run").join(name)).unwrap(), "mine");
        std::fs::remove_file(at.join("run").join(name)).unwrap();
    }
    // An empty folder is nobody's.
    printed(&run, at);
    // A file of a run's names, which the run that is there has not written.
    std::fs::write(at.join("run/values.csv"), "mine").unwrap();
    refused(&[&run[..], &["--force"]].concat(), at, "(values.csv)");
    std::fs::remove_file(at.join("run/values.csv")).unwrap();
    let path = format!("data.path={}", at.join("run/loss.csv").display());
    refused(&[&run[..], &["--force", "--set", &path]].concat(), at, "would be replaced with it");
    for out in ["..", "/"] {
        refused(&["run", &job, "--device", "cpu", "--out", out], &at.join("run"), "a folder of their own");
    }
    std::fs::write(at.join("file"), "mine").unwrap();
    refused(&["run", &job, "--device", "cpu", "--out", "file"], at, "is no folder");
    assert_eq!(names(at), ["file", "run"]);
}

#[test]
fn a_finished_run_is_replaced_by_force_alone_and_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let wine = example("wine");
    let first = ["run", &*wine, "--device", "cpu", "--out", "run"];
    printed(&[&first[..], &["--set", "sweep.rate=[0.1, 0.01]", "--set", "descent.epochs=1"]].concat(), at);
    let before = names(&at.join("run"));
    assert!(before.contains(&"sweep.csv".into()) && before.contains(&"report.html".into()), "{before:?}");
    let decay = example("decay");
    let second = ["run", &*decay, "--device", "cpu", "--steps", "3", "--out", "run"];
    refused(&second, at, "holds a finished run: --force replaces it");
    assert_eq!(names(&at.join("run")), before);
    printed(&[&second[..], &["--force"]].concat(), at);
    let after = names(&at.join("run"));
    assert_eq!(
        after,
        [
            "curves.svg",
            "job.toml",
            "metrics.jsonl",
            "points.npz",
            "report.html",
            "run.json",
            "run.log",
            "summary.json",
            "trace.csv",
            "values.csv"
        ]
    );
    // What is written down is the job that was run.
    let job = at.join("run/job.toml").to_str().unwrap().to_string();
    printed(&["run", &job, "--device", "cpu", "--out", "again"], at);
    let points = |run: &str| std::fs::read(at.join(run).join("points.npz")).unwrap();
    assert_eq!(points("run"), points("again"));
    assert_eq!(names(at), ["again", "run"]);
}

/// What failed does not take the place of what is good, and no lock or temporary file is left.
#[test]
fn a_failed_run_stands_beside_a_good_one() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let decay = example("decay");
    let good = ["run", &*decay, "--device", "cpu", "--steps", "5", "--out", "run"];
    printed(&good, at);
    let before = std::fs::read(at.join("run/points.npz")).unwrap();
    let bad = [&good[..], &["--rate", "1e300", "--force"]].concat();
    for _ in 0..2 {
        let output = command(&bad, at);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{stderr}");
        assert!(stderr.contains("the run before is as it was"), "{stderr}");
        assert_eq!(std::fs::read(at.join("run/points.npz")).unwrap(), before);
        assert_eq!(names(at), ["run", "run.failed"]);
    }
    let summary = std::fs::read_to_string(at.join("run.failed/summary.json")).unwrap();
    let summary: Value = serde_json::from_str(&summary).unwrap();
    assert_eq!(summary["state"], "failed");
    // Where nothing good is, the next one needs no force.
    std::fs::remove_dir_all(at.join("run")).unwrap();
    std::fs::rename(at.join("run.failed"), at.join("run")).unwrap();
    printed(&good, at);
    assert_eq!(names(at), ["run"]);
}

#[test]
fn what_cannot_be_read_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let iris = example("iris");
    refused(&["run", &iris, "--set", "data.path=none.csv", "--out", "a/b/c"], folder.path(), "none.csv");
    assert!(names(folder.path()).is_empty());
}

/// The same job is not done twice, and another not taken for it.
#[test]
fn a_run_that_is_done_is_not_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let job = example("decay");
    let run = ["run", &*job, "--device", "cpu", "--steps", "5", "--out", "run", "--resume"];
    let first = command(&run, at);
    assert_eq!(first.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&first.stderr).contains("nothing to resume"));
    let before = std::fs::metadata(at.join("run/summary.json")).unwrap().modified().unwrap();
    assert!(printed(&run, at).contains("is finished already"));
    assert_eq!(std::fs::metadata(at.join("run/summary.json")).unwrap().modified().unwrap(), before);
    refused(&[&run[..], &["--rate", "0.001"]].concat(), at, "finished run of another job: descent.rate was");
}

/// What `umask` leaves, as for any other file.
#[cfg(unix)]
#[test]
fn files_have_the_rights_that_the_umask_leaves() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let line = format!(
        "umask 027; {} run {} --device cpu --steps 2 --out run -q && {0} gradient --expr x0 --at 1 --output g.npy",
        env!("CARGO_BIN_EXE_plusminus"),
        example("decay")
    );
    assert!(
        Command::new("sh")
            .args(["-c", &line])
            .current_dir(at)
            .stdout(Stdio::null())
            .status()
            .unwrap()
            .success()
    );
    let mode = |name: &str| std::fs::metadata(at.join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!([mode("run"), mode("run/summary.json"), mode("g.npy")], [0o750, 0o640, 0o640]);
}

/// A folder that vanishes while the work goes on: the results are elsewhere, and where is said.
#[test]
fn results_without_a_folder_are_written_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let mut job = Job::read(Path::new("examples/decay.toml")).unwrap();
    job.device = plusminus::DeviceChoice::Cpu;
    let target = folder.path().join("run");
    let work = folder.path().join("run.partial");
    let stop = || {
        let _ = std::fs::remove_dir_all(&work);
        std::fs::write(&work, "in the way").unwrap_or(());
        false
    };
    let done = job::run_with(&job, &target, RunOptions::default(), &mut |_| {}, &stop).unwrap();
    let job::Run::Done(done) = done else { panic!("it was run") };
    let problem = done.problem.expect("the folder is gone").to_string();
    assert!(problem.contains("run.partial"), "{problem}");
    assert!(done.folder.starts_with(std::env::temp_dir()) && done.unwritten.is_empty());
    assert!(done.files.iter().all(|file| file.is_file()));
    std::fs::remove_dir_all(&done.folder).unwrap();
}

/// Where a link leads to the folder, the run stands there, and the link stays.
#[cfg(unix)]
#[test]
fn a_link_to_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    std::fs::create_dir_all(at.join("far/away")).unwrap();
    std::os::unix::fs::symlink("far/away", at.join("run")).unwrap();
    let job = example("decay");
    let run = ["run", &*job, "--device", "cpu", "--steps", "3", "--out", "run"];
    printed(&run, at);
    printed(&[&run[..], &["--force"]].concat(), at);
    assert!(at.join("run").is_symlink() && at.join("far/away/summary.json").is_file());
    assert_eq!((names(at), names(&at.join("far"))), (vec!["far".into(), "run".into()], vec!["away".into()]));
    std::os::unix::fs::symlink("nowhere", at.join("lost")).unwrap();
    refused(&["run", &job, "--device", "cpu", "--out", "lost"], at, "leads to no folder");
}

/// Names that runs give, on files that are of none: nothing of that is taken, moved or removed.
#[cfg(unix)]
#[test]
fn what_others_have_put_beside_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let job = example("decay");
    let run = |out: &str, more: &[&str]| -> Vec<String> {
        let own = ["run", &job, "--device", "cpu", "--steps", "3", "--out", out];
        own.iter().chain(more).map(ToString::to_string).collect()
    };
    let as_str = |line: &[String]| line.iter().map(|part| part.as_str().to_string()).collect::<Vec<_>>();
    let done = |line: &[String]| printed(&as_str(line).iter().map(String::as_str).collect::<Vec<_>>(), at);
    let no = |line: &[String], part: &str| {
        refused(&as_str(line).iter().map(String::as_str).collect::<Vec<_>>(), at, part);
    };
    let put = |name: &str| {
        let path = at.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "mine").unwrap();
    };
    let is_mine = |name: &str| std::fs::read_to_string(at.join(name)).unwrap() == "mine";
    // A run that was moved aside by hand.
    done(&run("a", &[]));
    std::fs::rename(at.join("a"), at.join("a.old")).unwrap();
    done(&run("a", &["--rate", "0.01", "--force"]));
    assert!(at.join("a.old/points.npz").is_file());
    // Where runs are made.
    for name in ["b.partial/points.npz", "b.partial/checkpoints/000000000003.checkpoint", "b.partial/notes"] {
        put(name);
        no(&run("b", &["--force"]), "has what is of no run");
        assert!(is_mine(name));
        std::fs::remove_dir_all(at.join("b.partial")).unwrap();
    }
    put("b.partial");
    no(&run("b", &["--force"]), "is no folder");
    std::os::unix::fs::symlink(at.join("a"), at.join("c.partial")).unwrap();
    no(&run("c", &[]), "is a link");
    // Beside an unfinished run, which is not touched either, and goes on once they are away.
    for name in ["notes", "checkpoints/notes", "sweep.svg/notes"] {
        let long = [
            "run",
            &*job,
            "--device",
            "cpu",
            "--out",
            "u",
            "--steps",
            "2000",
            "--set",
            "checkpoint.steps=100",
        ];
        let mut stopped = command(&[&long[..], &["--timeout", "1e-9"]].concat(), at);
        assert_eq!(stopped.status.code(), Some(124));
        put(&format!("u.partial/{name}"));
        let before = names(&at.join("u.partial"));
        for more in [&["--force"][..], &["--resume"], &[]] {
            no(&run("u", more), "of no run");
        }
        assert_eq!(names(&at.join("u.partial")), before);
        assert!(is_mine(&format!("u.partial/{name}")));
        let first = at.join("u.partial").join(name.split('/').next().unwrap());
        match name {
            "sweep.svg/notes" => std::fs::remove_dir_all(first).unwrap(),
            _ => std::fs::remove_file(at.join("u.partial").join(name)).unwrap(),
        }
        // An unfinished run is one also where its lock was cut off.
        std::fs::write(at.join("u.partial/lock"), "").unwrap();
        stopped = command(&[&long[..], &["--resume"]].concat(), at);
        assert_eq!(stopped.status.code(), Some(0), "{}", String::from_utf8_lossy(&stopped.stderr));
        std::fs::remove_dir_all(at.join("u")).unwrap();
    }
    // An unfinished run that was moved to where finished ones are.
    let endless = ["--steps", "1000000000", "--timeout", "1"];
    let stopped = command(&[&["run", &job, "--device", "cpu", "--out", "v"][..], &endless].concat(), at);
    assert_eq!(stopped.status.code(), Some(124));
    std::fs::rename(at.join("v.partial"), at.join("v")).unwrap();
    no(&run("v", &[]), "holds an unfinished run, which is made in");
    no(&run("v", &["--resume"]), "holds an unfinished run, which is made in");
    assert!(!names(&at.join("v/checkpoints")).is_empty());
    // Where those that fail go.
    put("d.failed/notes");
    no(&run("d", &[]), "is where the results go if the run fails");
    std::os::unix::fs::symlink(at.join("a"), at.join("e.failed")).unwrap();
    no(&run("e", &[]), "is where the results go if the run fails");
    // Among checkpoints.
    done(&run("f", &[]));
    put("f/checkpoints/mine.bin");
    no(&run("f", &["--force"]), "(checkpoints/mine.bin)");
    no(&run("f", &["--force", "--set", "objective.expr='zz('"]), "(checkpoints/mine.bin)");
    assert!(is_mine("f/checkpoints/mine.bin"));
    // What the job reads, and where one stands.
    std::fs::create_dir(at.join("g.partial")).unwrap();
    std::fs::copy("examples/data/decay.csv", at.join("g.partial/values.csv")).unwrap();
    let data = format!("objective.data=['{}']", at.join("g.partial/values.csv").display());
    no(&run("g", &["--set", &data]), "is in the folder of its results");
    assert!(at.join("g.partial/values.csv").is_file());
    std::fs::create_dir(at.join("h")).unwrap();
    refused(&["run", &job, "--device", "cpu", "--out", "../h"], &at.join("h"), "where this process stands");
    // A dot at the end is none of the name.
    done(&run("a/.", &["--force"]));
    assert!(at.join("a.old/points.npz").is_file() && at.join("a/points.npz").is_file());
}

/// Nobody waits for a pipe that is called like a file of a run.
#[cfg(unix)]
#[test]
fn pipes_are_no_runs() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    std::fs::create_dir(at.join("run")).unwrap();
    for name in ["summary.json", "job.toml", "run.json"] {
        assert!(Command::new("mkfifo").arg(at.join("run").join(name)).status().unwrap().success());
    }
    refused(&["status", "."], at, "there is no run");
    let job = example("decay");
    let stop = ["run", &*job, "--device", "cpu", "--out", "part", "--timeout", "1e-9"];
    assert_eq!(command(&stop, at).status.code(), Some(124));
    for name in ["metrics.jsonl", "lock", "checkpoints/000000999999.checkpoint"] {
        let path = at.join("part.partial").join(name);
        let kept = std::fs::read(&path).ok();
        let _ = std::fs::remove_file(&path);
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        printed(&["status", "part"], at);
        let output =
            command(&["run", &job, "--device", "cpu", "--out", "part", "--resume", "--timeout", "1e-9"], at);
        assert!([Some(2), Some(124)].contains(&output.status.code()), "{name}: {output:?}");
        std::fs::remove_file(&path).unwrap();
        kept.iter().for_each(|bytes| std::fs::write(&path, bytes).unwrap());
    }
    refused(&["run", &example("decay"), "--device", "cpu", "--out", "run"], at, "files that are of no run");
}

/// Nothing is written through links, and what is damaged is said to be.
#[cfg(unix)]
#[test]
fn links_within_and_damaged_summaries() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let job = example("decay");
    let run = ["run", &*job, "--device", "cpu", "--steps", "3", "--out", "run"];
    std::fs::write(at.join("mine"), "kept").unwrap();
    for name in ["job.toml", "run.log", "summary.json", "metrics.jsonl", "lock"] {
        let _ = std::fs::remove_dir_all(at.join("run.partial"));
        std::fs::create_dir(at.join("run.partial")).unwrap();
        if name != "lock" {
            std::fs::write(at.join("run.partial/lock"), "plusminus run, process 1\n").unwrap();
        }
        std::os::unix::fs::symlink("../mine", at.join("run.partial").join(name)).unwrap();
        let output = command(&[&run[..], &["--resume"]].concat(), at);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{name}: {stderr}");
        assert!(stderr.contains("is of no run"), "{name}: {stderr}");
        assert_eq!(std::fs::read_to_string(at.join("mine")).unwrap(), "kept", "{name}");
    }
    std::fs::remove_dir_all(at.join("run.partial")).unwrap();
    printed(&run, at);
    for wrong in ["", "{", "[]"] {
        std::fs::write(at.join("run/summary.json"), wrong).unwrap();
        refused(&[&run[..], &["--force"]].concat(), at, "summary.json is damaged");
        refused(&["status", "run"], at, "summary.json is damaged");
    }
    assert!(at.join("run/points.npz").is_file());
}

/// Asked to go on and to replace, a finished run of another job is replaced.
#[test]
fn resume_with_force() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let job = example("decay");
    let run = |more: &[&str]| {
        let own = ["run", &*job, "--device", "cpu", "--out", "run", "--resume", "--force"];
        printed(&[&own[..], more].concat(), at)
    };
    run(&["--steps", "3"]);
    assert!(run(&["--steps", "3"]).contains("nothing was run"));
    assert!(!run(&["--steps", "4"]).contains("nothing was run"));
    assert!(std::fs::read_to_string(at.join("run/job.toml")).unwrap().contains("steps = 4"));
}
