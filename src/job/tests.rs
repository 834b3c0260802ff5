//! Devices that are lost on the way.

use std::path::Path;

use ndarray::ArrayD;

use super::{Job, Run, RunOptions, run_with};
use crate::backend::gpu::faults::with_submissions;
use crate::data::read_npz_array;
use crate::error::{Error, Result};

/// A descent led step by step, one that the device makes by itself, and a training.
const JOBS: [(&str, &str); 3] = [
    (
        "led",
        "[objective]\nexpr = \"sum(100*(x[1:] - x[:-1]^2)^2 + (1 - x[:-1])^2)\"\n[start]\npoints = [[-1.2, 1.0, 0.5], [0.0, 0.5, -1.0]]\n\
         [gradient]\ndifference = \"direct\"\nstep = \"relative:2^-12\"\n[descent]\nrule = \"adam\"\nrate = 0.01\nsteps = 60\nreport_every = 7\n",
    ),
    (
        "made",
        "[objective]\nexpr = \"sum(100*(x[1:] - x[:-1]^2)^2 + (1 - x[:-1])^2)\"\n[start]\npoints = [[-1.2, 1.0, 0.5], [0.0, 0.5, -1.0]]\n\
         [descent]\nrule = \"momentum\"\nrate = 1e-4\nsteps = 900\nreport_every = 70\n",
    ),
    (
        "trained",
        "[data]\nformat = \"csv\"\npath = \"table.csv\"\nlabel = \"class\"\nscale = \"standard\"\ntest = \"none\"\n\
         [network]\nloss = \"softmax-cross-entropy\"\ninitial = { std = 0.3, seed = 1 }\n\
         layers = [{ units = 3, activation = \"tanh\" }, { units = 2, activation = \"identity\" }]\n\
         [descent]\nrule = \"adam\"\nrate = 0.05\nbatch = 2\nepochs = 60\n",
    ),
];

fn run(job: &Job, target: &Path, resume: bool) -> Result<()> {
    match run_with(job, target, RunOptions { resume, force: false }, &mut |_| {}, &|| false)? {
        Run::Done(done) => done.problem.map_or(Ok(()), Err),
        Run::Before { .. } | Run::Followed => Err(Error::usage("it was done before")),
    }
}

/// After three and eight tenths of the submissions: what was done before the last step is kept, and the rest is the same to the last bit.
#[test]
fn what_was_done_before_a_device_was_lost_is_kept() {
    for (name, text) in JOBS {
        let folder = tempfile::tempdir().unwrap();
        let table = "a,b,class\n1,2,u\n2,1,v\n3,4,u\n4,3,v\n5,6,u\n6,5,v\n7,9,u\n9,8,v\n";
        std::fs::write(folder.path().join("table.csv"), table).unwrap();
        let path = folder.path().join("job.toml");
        let head = format!("name = \"{name}\"\ndevice = \"software\"\nprecision = \"f32\"\n");
        std::fs::write(&path, head + text + "[checkpoint]\nsteps = 1000000\n").unwrap();
        let job = Job::read(&path).unwrap();
        let whole = folder.path().join("whole");
        let (done, submissions) = with_submissions(1 << 40, || run(&job, &whole, false));
        done.unwrap();
        assert!(submissions > 10, "{name}: {submissions} submissions");
        let array = |folder: &Path, name: &str| -> ArrayD<f64> {
            let file = if name == "points" { "points.npz" } else { "parameters.npz" };
            read_npz_array(&folder.join(file), name).unwrap().unwrap()
        };
        let array_name = if name == "trained" { "W1" } else { "points" };
        let expected = array(&whole, array_name);
        let mut kept = 0;
        for part in [3, 8] {
            let target = folder.path().join(format!("part{part}"));
            let (lost, _) = with_submissions(submissions * part / 10, || run(&job, &target, false));
            let error = lost.unwrap_err();
            assert!(error.is_device(), "{name}: {error}");
            let checkpoints = folder.path().join(format!("part{part}.partial/checkpoints"));
            kept += usize::from(checkpoints.is_dir());
            run(&job, &target, true).unwrap();
            assert!(array(&target, array_name) == expected, "{name}, lost at {part} of 10: other bits");
        }
        assert_eq!(kept, 2, "{name}: what was done was not kept");
    }
}
