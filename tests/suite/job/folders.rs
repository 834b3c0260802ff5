//! The folder of results: what is written, removed and kept.

use std::process::Command;

use serde_json::Value;

use super::trained::{command, printed, train};

/// Nothing is removed but what an earlier job says that it wrote, and nothing that is read is written over.
#[test]
fn files_that_are_no_jobs_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    std::fs::create_dir(at.join("run")).unwrap();
    for name in ["values.csv", "sweep.csv", "notes.txt"] {
        std::fs::write(at.join("run").join(name), "mine").unwrap();
    }
    let job = std::fs::canonicalize("examples/xor.toml").unwrap();
    printed(&["run", job.to_str().unwrap(), "--device", "cpu", "--steps", "2", "--out", "run"], at);
    for name in ["values.csv", "sweep.csv", "notes.txt"] {
        assert_eq!(std::fs::read_to_string(at.join("run").join(name)).unwrap(), "mine");
    }
    std::fs::write(at.join("run/loss.csv"), "x,y\n1,a\n2,b\n").unwrap();
    let output = command(
        &[
            "run",
            job.to_str().unwrap(),
            "--set",
            &format!("data.path={}", at.join("run/loss.csv").display()),
            "--out",
            "run",
        ],
        at,
    );
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("which it would write over"), "{stderr}");
    assert_eq!(std::fs::read_to_string(at.join("run/loss.csv")).unwrap(), "x,y\n1,a\n2,b\n");
}

#[test]
fn a_folder_has_no_files_of_another_job() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    train("wine", &["sweep.rate=[0.1, 0.01]", "descent.epochs=1"], &run);
    assert!(run.join("sweep.csv").exists());
    std::fs::write(run.join("notes.txt"), "mine").unwrap();
    let job = std::fs::canonicalize("examples/decay.toml").unwrap();
    printed(&["run", job.to_str().unwrap(), "--steps", "3", "--out", "run"], folder.path());
    let mut names: Vec<String> = std::fs::read_dir(&run)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["curves.svg", "notes.txt", "points.npz", "summary.json", "trace.csv", "values.csv"]);
}

/// Ctrl-C and SIGTERM end a job after the step at hand; what there is then is written.
#[cfg(unix)]
#[test]
fn a_job_that_is_interrupted_keeps_what_there_is() {
    for (signal, name, steps) in [("INT", "rosenbrock", "1000000000"), ("TERM", "iris", "100000000")] {
        let folder = tempfile::tempdir().unwrap();
        let job = std::fs::canonicalize(format!("examples/{name}.toml")).unwrap();
        let mut running = Command::new(env!("CARGO_BIN_EXE_plusminus"))
            .args([
                "run",
                job.to_str().unwrap(),
                "--device",
                "cpu",
                "--rate",
                "1e-9",
                "--steps",
                steps,
                "--out",
                "run",
                "--json",
            ])
            .current_dir(folder.path())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(1500));
        let id = running.id().to_string();
        assert!(Command::new("kill").args([&format!("-{signal}"), &id]).status().unwrap().success());
        let status = running.wait().unwrap();
        assert_eq!(status.code(), Some(130), "{signal}");
        let summary = std::fs::read_to_string(folder.path().join("run/summary.json")).unwrap();
        let summary: Value = serde_json::from_str(&summary).unwrap();
        assert!(summary.to_string().contains("interrupted"), "{summary}");
        let arrays = if name == "iris" { "parameters.npz" } else { "points.npz" };
        assert!(folder.path().join("run").join(arrays).exists());
    }
}
