//! Jobs that processes run together by MPI.

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use ndarray::{Array2, s};
use ndarray_npy::write_npy;

use super::folders::example;
use super::own_rows::{digits, write_digits};
use super::resumed::contents;
use crate::common::random::SplitMix64;

/// What has Open MPI run as root, and more ranks than there are cores.
const SETTINGS: [&str; 3] =
    ["OMPI_ALLOW_RUN_AS_ROOT", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "OMPI_MCA_rmaps_base_oversubscribe"];

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
        .envs(SETTINGS.map(|name| (name, "1")))
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
    let own =
        "network.layers=[{ units = 32, activation = 'sigmoid' }, { units = 10, activation = 'identity' }]";
    // So many parameters that sums are sent in slices, and those that are done before others at once.
    let wide = own.replace("32", "300");
    let all: [(&str, &str, &str, &[usize]); 3] =
        [("f32", own, "60", &[2, 3, 4, 7]), ("f64", own, "60", &[2, 3, 4, 7]), ("f32", &wide, "8", &[3, 7])];
    for (i, (precision, layers, steps, sizes)) in all.into_iter().enumerate() {
        let run = |ranks: usize| {
            let out = format!("{i}-{ranks}");
            let arguments = [
                "run",
                &digits,
                "--steps",
                steps,
                "--set",
                "descent.block=1",
                "--set",
                layers,
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
        for ranks in sizes {
            assert!(run(*ranks) == one, "{ranks} ranks, {precision}, {layers}");
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

/// Each of three processes has a file in which the rows of the others are no numbers: all of them together find what one finds with all rows,
/// and none of them alone gets past the first.
#[test]
#[cfg(target_os = "linux")]
fn a_process_needs_its_own_rows_alone() {
    let folder = tempfile::tempdir().unwrap();
    write_digits(folder.path());
    let (pixels, _) = digits();
    let x = "/proc/self/cwd/x.npy";
    let labels = folder.path().join("y.npy").display().to_string();
    let data =
        |x: &str| format!("data={{ path = '{x}', labels = '{labels}', divide_by = 16, test = 'none' }}");
    let arguments = |data: &str, out: &str| {
        [
            "run",
            &example("digits"),
            "--steps",
            "40",
            "--set",
            "descent.shuffle='blocks'",
            "--set",
            "descent.block=4",
            "--set",
            data,
            "--out",
            &folder.path().join(out).display().to_string(),
        ]
        .map(String::from)
    };
    // 16 samples in blocks of 4 are 4 parts of the samples: one, one and two for three ranks.
    let ends = [0, 1, 2, 4].map(|part| 1797 * part / 4);
    let mut all = vec![];
    for rank in 0..3 {
        let own = folder.path().join(rank.to_string());
        std::fs::create_dir(&own).unwrap();
        let mut other = Array2::from_elem(pixels.dim(), f32::NAN);
        let rows = s![ends[rank]..ends[rank + 1], ..];
        other.slice_mut(rows).assign(&pixels.slice(rows).mapv(|x| x as f32));
        write_npy(own.join("x.npy"), &other).unwrap();
        if rank > 0 {
            all.push(":".into());
        }
        all.extend(
            ["-n", "1", "--wdir", own.to_str().unwrap(), env!("CARGO_BIN_EXE_plusminus")].map(String::from),
        );
        all.extend(arguments(&data(x), "ranks"));
    }
    let mut ranks = Command::new("mpirun");
    ranks.args(&all).envs(SETTINGS.map(|name| (name, "1"))).stdin(Stdio::null());
    let (code, said) = done(ranks);
    assert_eq!(code, Some(0), "{said}");

    write_npy(folder.path().join("x.npy"), &pixels.mapv(|x| x as f32)).unwrap();
    let whole = arguments(&data(&folder.path().join("x.npy").display().to_string()), "one");
    let mut one = Command::new(env!("CARGO_BIN_EXE_plusminus"));
    one.args(&whole);
    let (code, said) = done(one);
    assert_eq!(code, Some(0), "{said}");
    let of = |out: &str| {
        let all = results(&folder.path().join(out));
        all.into_iter().filter(|(name, _)| name != "job.toml" && name != "report.html").collect::<Vec<_>>()
    };
    let (one, ranks) = (of("one"), of("ranks"));
    assert!(one.len() > 5);
    for ((name, one), (_, ranks)) in one.iter().zip(&ranks) {
        assert!(one == ranks, "{name}");
    }

    let mut alone = Command::new(env!("CARGO_BIN_EXE_plusminus"));
    alone.args(arguments(&data(x), "alone")).current_dir(folder.path().join("2"));
    let (code, said) = done(alone);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("NaN at [0, 0]"), "{said}");

    // A rank that finds other figures of all rows, or has other rows held out, even by one bit.
    let rest = ["scale = 'standard', test = 'none'", "divide_by = 16, test = { every = 7 }"];
    for rank in 0..3 {
        let mut pixels = pixels.mapv(|x| x as f32);
        if rank == 2 {
            pixels[[6, 40]] += 1.0;
        }
        write_npy(folder.path().join(rank.to_string()).join("x.npy"), &pixels).unwrap();
    }
    for rest in rest {
        let mut all = Vec::new();
        for rank in 0..3 {
            all.extend((rank > 0).then(|| ":".to_string()));
            let own = folder.path().join(rank.to_string()).display().to_string();
            all.extend(["-n", "1", "--wdir", &own, env!("CARGO_BIN_EXE_plusminus")].map(String::from));
            let data = format!("data={{ path = '{x}', labels = '{labels}', {rest} }}");
            all.extend(arguments(&data, "other"));
        }
        let mut ranks = Command::new("mpirun");
        ranks.args(&all).envs(SETTINGS.map(|name| (name, "1"))).stdin(Stdio::null());
        let (code, said) = done(ranks);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("rank 2: has other samples than rank 0"), "{said}");
    }
}
