//! Processes at one folder: one at a time, and what signals do to them.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::folders::{example, names, refused};
use super::trained::printed;

/// One process at a time; when it is gone, however it went, the next may.
#[cfg(unix)]
#[test]
fn a_folder_in_use_is_locked() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let job = example("rosenbrock");
    let long = ["run", &*job, "--device", "cpu", "--rate", "1e-9", "--steps", "1000000000", "--out", "run"];
    let mut running = Command::new(env!("CARGO_BIN_EXE_plusminus"))
        .args(long)
        .current_dir(at)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_for(&at.join("run.partial/metrics.jsonl"));
    refused(&long, at, &format!("is in use by process {}", running.id()));
    refused(&[&long[..], &["--force"]].concat(), at, "is in use by process");
    let standing = printed(&["status", "."], at);
    assert!(standing.contains("./run  running"), "{standing}");
    // As its metrics say while it runs.
    let lines = std::fs::read_to_string(at.join("run.partial/metrics.jsonl")).unwrap();
    assert!(lines.lines().count() > 3);
    for line in lines.lines().take(3) {
        let line: Value = serde_json::from_str(line).unwrap();
        assert!(line["step"].is_u64() && line["loss"].is_f64(), "{line}");
    }
    running.kill().unwrap();
    running.wait().unwrap();
    assert!(printed(&["status", "."], at).contains("./run  unfinished"));
    // It had no checkpoint yet: nothing is lost.
    printed(&["run", &job, "--device", "cpu", "--steps", "2", "--out", "run"], at);
    assert_eq!(names(at), ["run"]);
}

#[cfg(unix)]
pub(super) fn wait_for(path: &Path) {
    let begin = std::time::Instant::now();
    while std::fs::metadata(path).map_or(0, |file| file.len()) < 400 {
        assert!(begin.elapsed().as_secs() < 60, "{} does not grow", path.display());
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

/// Signals end a job after the step at hand; what there is then is written beside, with a checkpoint, and the exit code tells the signal.
#[cfg(unix)]
#[test]
fn a_job_that_is_interrupted_keeps_what_there_is() {
    // Where this process is to ignore hang-ups, as under `nohup`, so are those that it starts.
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap_or("0").trim();
    let hears = u64::from_str_radix(ignored, 16).unwrap() & 1 == 0;
    for (signal, code, name) in [("INT", 130, "rosenbrock"), ("TERM", 143, "iris"), ("HUP", 129, "decay")] {
        if signal == "HUP" && !hears {
            continue;
        }
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        let job = example(name);
        let long =
            ["run", &*job, "--device", "cpu", "--rate", "1e-9", "--steps", "1000000000", "--out", "run"];
        let mut running = Command::new(env!("CARGO_BIN_EXE_plusminus"))
            .args([&long[..], &["--json"]].concat())
            .current_dir(at)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        wait_for(&at.join("run.partial/metrics.jsonl"));
        let id = running.id().to_string();
        assert!(Command::new("kill").args([&format!("-{signal}"), &id]).status().unwrap().success());
        let status = running.wait().unwrap();
        assert_eq!(status.code(), Some(code), "{signal}");
        let work = at.join("run.partial");
        let summary = std::fs::read_to_string(work.join("summary.json")).unwrap();
        let summary: Value = serde_json::from_str(&summary).unwrap();
        assert_eq!(summary["state"], "interrupted");
        for file in summary["files"].as_array().unwrap() {
            assert!(work.join(file.as_str().unwrap()).is_file(), "{file}");
        }
        assert!(!names(&work.join("checkpoints")).is_empty());
        // It is not lost by mistake.
        refused(&long, at, "holds an unfinished run: --resume goes on with it");
        let short = ["run", &*job, "--device", "cpu", "--steps", "2", "--out", "run", "--force"];
        printed(&short, at);
        assert_eq!(names(at), ["run"]);
    }
}

/// GNU timeout sends each signal twice in a row: to its child, and to the group. That is one.
#[cfg(unix)]
#[test]
fn a_signal_that_comes_twice_in_a_row_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let job = example("iris");
    let long =
        ["run", &*job, "--device", "cpu", "--rate", "1e-9", "--steps", "1000000000", "--out", "run", "-q"];
    let mut running = Command::new(env!("CARGO_BIN_EXE_plusminus"))
        .args(long)
        .current_dir(at)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_for(&at.join("run.partial/metrics.jsonl"));
    let id = running.id().to_string();
    for _ in 0..3 {
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    }
    assert_eq!(running.wait().unwrap().code(), Some(143));
    assert!(at.join("run.partial/summary.json").is_file());
    assert!(names(&at.join("run.partial/checkpoints")).iter().all(|name| name.ends_with(".checkpoint")));
}

/// A pipe that nobody writes into, where a file is read: the time of --timeout and the first signal end that.
#[cfg(unix)]
#[test]
fn files_that_never_come() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    assert!(Command::new("mkfifo").arg(at.join("start.npy")).status().unwrap().success());
    let job = example("rosenbrock");
    // The job with another start, which is a file here.
    let text = std::fs::read_to_string(&job).unwrap();
    let start = text.find("[start]").unwrap();
    let end = start + text[start + 1..].find("\n[").unwrap() + 1;
    let text = format!("{}[start]\nfile = \"start.npy\"\n{}", &text[..start], &text[end..]);
    std::fs::write(at.join("job.toml"), text).unwrap();
    let begin = |more: &[&str]| {
        let own = ["run", "job.toml", "--device", "cpu", "-q"];
        Command::new(env!("CARGO_BIN_EXE_plusminus"))
            .args(own)
            .args(more)
            .current_dir(at)
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    };
    let since = std::time::Instant::now();
    assert_eq!(begin(&["--timeout", "0.3"]).wait().unwrap().code(), Some(124));
    let mut running = begin(&[]);
    std::thread::sleep(std::time::Duration::from_millis(500));
    assert!(running.try_wait().unwrap().is_none());
    assert!(Command::new("kill").args(["-TERM", &running.id().to_string()]).status().unwrap().success());
    assert_eq!(running.wait().unwrap().code(), Some(143));
    assert!(since.elapsed().as_secs() < 60);
}

/// Without XDG_RUNTIME_DIR, drivers look for a desktop in the shared temporary folder, where a socket that anybody left never answers.
#[cfg(target_os = "linux")]
#[test]
fn a_mute_socket_stops_nothing() {
    let path = Path::new("/tmp/wayland-0");
    let bound = std::os::unix::net::UnixListener::bind(path);
    let begin = std::time::Instant::now();
    let mut devices = Command::new(env!("CARGO_BIN_EXE_plusminus"))
        .arg("devices")
        .env_remove("XDG_RUNTIME_DIR")
        .env("WAYLAND_DISPLAY", "wayland-0")
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let ended = loop {
        if let Some(status) = devices.try_wait().unwrap() {
            break Some(status);
        }
        if begin.elapsed().as_secs() > 100 {
            break None;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    };
    // One that was there before is somebody's.
    if bound.is_ok() {
        std::fs::remove_file(path).unwrap();
    }
    let _ = devices.kill();
    assert!(ended.is_some_and(|status| status.success()), "{ended:?}");
}

/// Of many that begin at once one runs, and the others say why they do not: nobody writes over what another has just finished.
#[cfg(unix)]
#[test]
fn many_processes_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let job = example("decay");
    for round in 0..5 {
        let out = format!("run{round}");
        let start = |rate: usize| {
            let rate = format!("0.0{}", rate + 1);
            let own = ["run", &*job, "--device", "cpu", "--steps", "3", "--rate", &rate, "--out", &out, "-q"];
            let mut command = Command::new(env!("CARGO_BIN_EXE_plusminus"));
            command.args(own).current_dir(at).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
        };
        let all: Vec<_> = (0..8).map(start).collect();
        let mut codes: Vec<i32> =
            all.into_iter().map(|mut child| child.wait().unwrap().code().unwrap()).collect();
        codes.sort_unstable();
        assert_eq!(codes, [0, 2, 2, 2, 2, 2, 2, 2]);
        assert!(at.join(&out).join("summary.json").is_file());
    }
    assert_eq!(names(at), ["run0", "run1", "run2", "run3", "run4"]);
}
