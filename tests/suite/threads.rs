//! The same bits on any number of threads of the CPU.

use ndarray::{Array2, array};
use plusminus::{
    Bars, Difference, Engine, ExpressionOptions, Method, Precision, Scheme, Step, WgslObjective,
};

/// One that divides the work and some that do not.
const THREADS: [usize; 5] = [1, 2, 3, 4, 7];

/// What `find` comes to on each number of threads must be what it comes to on one.
fn alike<R: PartialEq + Send>(what: &str, find: impl Fn() -> R + Sync) {
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(&find)
    };
    let one = on(THREADS[0]);
    for threads in &THREADS[1..] {
        assert!(on(*threads) == one, "{what}: other bits on {threads} threads");
    }
}

fn bits(array: &Array2<f64>) -> Vec<u64> {
    array.iter().map(|x| x.to_bits()).collect()
}

fn differences() -> Vec<Difference> {
    let incremental = Difference::default().with_method(Method::Incremental);
    let direct = Difference::default().with_method(Method::Direct);
    vec![
        incremental.with_bars(Bars::On),
        incremental.with_bars(Bars::Off),
        direct.with_step(Step::Relative { exponent: -8 }),
        direct.with_scheme(Scheme::Forward).with_step(Step::Auto),
    ]
}

/// A sum over many data, at one point and at several, and a vector-valued function.
#[test]
fn derivatives() {
    let data: Vec<f64> = (0..5000).map(|i| f64::from(i * 7919 % 5003) / 5003.0).collect();
    let options = ExpressionOptions { data: data.into(), ..ExpressionOptions::default() };
    let sum =
        WgslObjective::from_expression_with("sum((data*x0 - exp(-x1*data) + x2)^2)", 3, &options).unwrap();
    let list = WgslObjective::from_expressions(&["100*(x[1:] - x[:-1]^2)", "sum(exp(x/9))"], 40).unwrap();
    let points = array![[0.3, 1.2, -0.5], [0.1, 0.7, 2.0], [1.5, 0.2, 0.1]];
    let many = Array2::from_shape_fn((5, 40), |(p, i)| f64::from((p * 31 + i * 17) as u32 % 23) / 11.5 - 1.0);
    for precision in [Precision::F32, Precision::F64] {
        for difference in differences() {
            let label = format!("{precision} {difference:?}");
            alike(&label, || {
                let engine = Engine::cpu(precision);
                let mut of = engine.evaluator(&sum).unwrap();
                let all = of.gradient(points.view(), &difference).unwrap();
                let one = of.gradient(points.slice(ndarray::s![..1, ..]), &difference).unwrap();
                let error = all.error.as_ref().map(bits);
                (bits(&all.value), error, bits(&one.value))
            });
            alike(&label, || {
                let engine = Engine::cpu(precision);
                let found = engine.evaluator(&list).unwrap().jacobian(many.view(), &difference).unwrap();
                found.value.iter().map(|x| x.to_bits()).collect::<Vec<_>>()
            });
        }
    }
}

/// Trainings and sweeps, and a training that goes on with another number of threads.
#[cfg(feature = "cli")]
#[test]
fn jobs() {
    use plusminus::data::read_npz_array;
    use plusminus::job::{self, Job, Run, RunOptions};
    use std::path::Path;

    let run = |name: &str, setting: &str, precision: Precision| {
        let mut job = Job::read_with(Path::new(&format!("examples/{name}.toml")), &[setting.into()]).unwrap();
        job.precision = Some(precision);
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("run");
        job::run(&job, &target, &mut |_| {}).unwrap();
        let (file, array) = if name == "digits" { ("parameters", "W1") } else { ("points", "points") };
        let found = read_npz_array(&target.join(format!("{file}.npz")), array).unwrap().unwrap();
        found.iter().map(|x| x.to_bits()).collect::<Vec<_>>()
    };
    for precision in [Precision::F32, Precision::F64] {
        alike("digits", || run("digits", "descent.epochs=1", precision));
        alike("multi_start", || run("multi_start", "descent.steps=40", precision));
    }

    let mut job = Job::read(Path::new("examples/digits.toml")).unwrap();
    (job.descent.epochs, job.descent.steps) = (None, Some(60));
    alike("digits, interrupted", || {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("run");
        let options = RunOptions { resume: true, force: false };
        let looks = std::sync::atomic::AtomicUsize::new(0);
        let stop = || looks.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 20;
        job::run_with(&job, &target, options, &mut |_| {}, &stop).unwrap();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(5).build().unwrap();
        let mut notes = Vec::new();
        let done = pool.install(|| {
            let mut note = |progress: job::Progress<'_>| {
                if let job::Progress::Note(note) = progress {
                    notes.push(note.to_string());
                }
            };
            // The listener stays on its thread.
            job::run_with(&job, &target, options, &mut note, &|| false).unwrap()
        });
        assert!(matches!(done, Run::Done(_)));
        // Nothing about last digits.
        assert!(notes.iter().any(|note| note.contains("resumed after 20 of")), "{notes:?}");
        assert!(!notes.iter().any(|note| note.contains("digits may differ")), "{notes:?}");
        let found = read_npz_array(&target.join("parameters.npz"), "W1").unwrap().unwrap();
        found.iter().map(|x| x.to_bits()).collect::<Vec<_>>()
    });
}
