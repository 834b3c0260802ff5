//! Jobs, and what they leave.

use std::fs;
use std::path::Path;

use plusminus::job::{self, Job, Model, RunOptions};

use super::{folder, with_file};

/// Job files: as far as their first step.
pub fn job(bytes: &[u8]) {
    let table = "a,b,class\n1,2,u\n2,1,v\n3,4,u\n4,3,v\n5,6,u\n6,5,v\n";
    with_file("table.csv", table.as_bytes(), |_| {});
    with_file("f.wgsl", b"fn objective() -> real { return x(0) * x(0); }", |_| {});
    with_file("job.toml", bytes, |path| {
        if let Ok(job) = Job::read(path)
            && job::validate(&job).is_ok()
        {
            let _ = job::plan(&job);
        }
    });
}

/// What is known of a trained network, beside its parameters.
pub fn model(bytes: &[u8]) {
    with_file("parameters.npz", include_bytes!("../seeds/parameters.npz"), |_| {});
    with_file("new.csv", b"sepal_length,sepal_width,petal_length,petal_width\n5.1,3.5,1.4,0.2\n", |_| {});
    with_file("model.json", bytes, |path| {
        let folder = path.parent().expect("a folder");
        let Ok(model) = Model::read(folder) else { return };
        if let Ok(samples) = model.load(&folder.join("new.csv"), None, false) {
            let _ = model.predict(samples.inputs());
        }
    });
}

/// Checkpoints of a job of a few steps, which goes on from there. Length and check sum are made to be right: files in which they are
/// wrong go no further.
pub fn checkpoint(bytes: &[u8]) {
    let text = include_str!("../seeds/unfinished.toml");
    let folder = folder();
    let path = folder.path().join("unfinished.toml");
    fs::write(&path, text).expect("a file");
    let Ok(job) = Job::read(&path) else { panic!("the job is right") };
    for file in [bytes.to_vec(), sealed(bytes)] {
        let target = folder.path().join("run");
        let checkpoints = folder.path().join("run.partial/checkpoints");
        fs::create_dir_all(&checkpoints).expect("a folder");
        fs::write(checkpoints.join("000000000004.checkpoint"), file).expect("a file");
        resume(&job, &target);
        let _ = fs::remove_dir_all(&target);
        let _ = fs::remove_dir_all(folder.path().join("run.partial"));
    }
}

fn resume(job: &Job, target: &Path) {
    let options = RunOptions { resume: true, force: false };
    let _ = job::run_with(job, target, options, &mut |_| {}, &|| false);
}

/// With the head that says how long what follows is, and its check sum.
fn sealed(body: &[u8]) -> Vec<u8> {
    let mut all = b"plusminus checkpoint 1\n".to_vec();
    all.extend((body.len() as u64).to_le_bytes());
    all.extend(crc32fast::hash(body).to_le_bytes());
    all.extend(body);
    all
}
