//! Jobs that processes run together by MPI.

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use super::folders::example;
use super::resumed::contents;
use crate::common::random::SplitMix64;

/// So many ranks of this program, on as few cores as there are. Each writes its number of process into a file `pid.RANK`.
fn mpirun(ranks: usize, arguments: &[&str], folder: &Path) -> Command {
    let mut command = Command::new("mpirun");
    command
        .args([
            "-n",
            &ranks.to_string(),
            "sh",
            "-c",
            "echo $$ > pid.$OMPI_COMM_WORLD_RANK; exec \"$0\" \"$@\"",
        ])
        .arg(env!("CARGO_BIN_EXE_plusminus"))
        .args(arguments)
        .current_dir(folder)
        .envs(
            ["OMPI_ALLOW_RUN_AS_ROOT", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "OMPI_MCA_rmaps_base_oversubscribe"]
                .map(|name| (name, "1")),
        )
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn done(mut command: Command) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    (status.code(), String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr))
}

/// All files but what tells of times and ranks.
fn results(folder: &Path) -> Vec<(String, String)> {
    contents(folder).into_iter().filter(|(name, _)| name != "summary.json").collect()
}

#[test]
fn any_number_of_processes_writes_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let digits = example("digits");
    for precision in ["f32", "f64"] {
        let run = |ranks: usize| {
            let out = format!("{precision}-{ranks}");
            let arguments = [
                "run",
                &digits,
                "--steps",
                "60",
                "--set",
                "descent.block=3",
                "--precision",
                precision,
                "--out",
                &out,
            ];
            let (code, said) = done(mpirun(ranks, &arguments, folder.path()));
            assert_eq!(code, Some(0), "{ranks} ranks: {said}");
            // Rank 0 alone prints.
            assert_eq!(said.matches("wrote ").count(), said.matches(&format!("wrote {out}")).count());
            assert_eq!(said.matches("summary.json").count(), 1, "{said}");
            results(&folder.path().join(out))
        };
        let one = run(1);
        for ranks in [2, 3, 4, 7] {
            assert!(run(ranks) == one, "{ranks} ranks, {precision}");
        }
    }
}

/// Twenty times a process is killed without warning: all others end, and what there is goes on from its last checkpoint, at last to the same end.
#[test]
fn killed_processes_end_all_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let digits = example("digits");
    let mut random = SplitMix64::new(11);
    let arguments = |out: &'static str| {
        [
            "run",
            &digits,
            "--steps",
            "2000",
            "--set",
            "descent.block=4",
            "--set",
            "checkpoint.steps=20",
            "--resume",
            "--quiet",
            "--out",
            out,
        ]
        .map(String::from)
    };
    let start = |ranks: usize, out: &'static str| {
        let arguments = arguments(out);
        mpirun(ranks, &arguments.iter().map(String::as_str).collect::<Vec<_>>(), folder.path())
            .spawn()
            .unwrap()
    };
    let begun = |child: &mut Child, log: &Path, before: u64| {
        let (begin, length) = (Instant::now(), || std::fs::metadata(log).map_or(0, |file| file.len()));
        while length() <= before && child.try_wait().unwrap().is_none() {
            assert!(begin.elapsed() < Duration::from_secs(60), "it does not begin");
            std::thread::sleep(Duration::from_millis(2));
        }
    };
    let work = folder.path().join("killed.partial");
    let mut kills = 0;
    while kills < 20 {
        let ranks = 2 + kills % 3;
        let log = work.join("run.log");
        let before = std::fs::metadata(&log).map_or(0, |file| file.len());
        let mut child = start(ranks, "killed");
        begun(&mut child, &log, before);
        std::thread::sleep(Duration::from_millis((60.0 * random.uniform()) as u64));
        let victim = (ranks as f64 * random.uniform()) as usize;
        let pid = std::fs::read_to_string(folder.path().join(format!("pid.{victim}"))).unwrap();
        Command::new("kill").args(["-9", pid.trim()]).status().unwrap();
        let begin = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            assert!(
                begin.elapsed() < Duration::from_secs(60),
                "the others wait for rank {victim} of {ranks}"
            );
            std::thread::sleep(Duration::from_millis(5));
        };
        if folder.path().join("killed").exists() {
            panic!("it was done after {kills} kills: it must take longer");
        }
        assert!(!status.success(), "{kills}");
        kills += 1;
    }
    for (ranks, out) in [(2, "killed"), (3, "whole")] {
        let output = start(ranks, out).wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let [killed, whole] = ["killed", "whole"].map(|name| results(&folder.path().join(name)));
    assert!(killed == whole);
}

/// What is wrong is said once, with the exit code that it has without ranks.
#[test]
fn what_is_wrong_is_said_once() {
    let folder = tempfile::tempdir().unwrap();
    let iris = example("iris");
    for (settings, part, code) in [
        (["--set", "data.path=nowhere.csv"], "nowhere.csv", 2),
        (["--set", "descent.rat=1"], "unknown key", 2),
        (["--ranks", "3"], "--ranks 3", 2),
        (["--rate", "1e300"], "diverge", 3),
    ] {
        let arguments = [&["run", &iris, "--quiet"][..], &settings].concat();
        let (found, said) = done(mpirun(2, &arguments, folder.path()));
        assert_eq!(found, Some(code), "{said}");
        let lines = said.lines().filter(|line| line.contains("error") && line.contains(part)).count();
        assert_eq!(lines, 1, "{said}");
    }
}
