//! Trains the network of examples/digits.toml by several processes together: each has some blocks of every minibatch. Any number of
//! them prints the same check sum.
//!
//! Run: cargo build --release --features mpi --example ranks
//!      mpirun -n 2 target/release/examples/ranks [f32|f64] [BATCH [BLOCK [STEPS]]]

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use plusminus::data::read_data_set;
use plusminus::ndarray::{Array2, s};
use plusminus::team::{Alone, MpiRanks, Team};
use plusminus::{
    Activation, Architecture, Descent, Difference, Engine, Error, GradientDescent, Loss, Minibatches,
    Network, Objective, Precision, Samples, Targets,
};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let ranks = match MpiRanks::start(None) {
        Ok(ranks) => Arc::new(ranks),
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(error.exit_code());
        }
    };
    ranks.abort_on_panic();
    match train(&arguments, &ranks) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            // The others would wait for this one.
            ranks.abort(error.exit_code().into())
        }
    }
}

fn train(arguments: &[String], ranks: &Arc<MpiRanks>) -> Result<(), Error> {
    let precision: Precision = arguments.first().map_or("f32", String::as_str).parse()?;
    let number = |i: usize, otherwise: usize| match arguments.get(i) {
        None => Ok(otherwise),
        Some(text) => text.parse().map_err(|_| Error::Usage {
            message: format!("`{text}` is not a number: give BATCH, BLOCK, STEPS"),
        }),
    };
    let (batch, block, steps) = (number(1, 16)?, number(2, 4)?, number(3, 500)?);

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data/digits.csv");
    let numbers = read_data_set(&path)?.into_numbers();
    let table = Array2::from_shape_vec((numbers.len() / 65, 65), numbers)
        .map_err(|error| Error::Usage { message: error.to_string() })?;
    let classes = table.column(64).iter().map(|&class| class as u32).collect();
    let architecture = Architecture::new(64, Loss::SoftmaxCrossEntropy)
        .dense(32, Activation::Sigmoid)
        .dense(10, Activation::Identity);
    let samples =
        Samples::new(table.slice(s![.., ..64]).mapv(|pixel| pixel / 16.0), Targets::Classes(classes))?;
    let network = Network::new(architecture, samples)?;

    // Parameters by a formula, so that all have the same.
    let start = Array2::from_shape_fn((1, network.dimension()), |(_, i)| 0.2 * (1.7 * i as f64).sin());
    let engine = Engine::cpu(precision);
    let descend = |team: Option<Arc<dyn Team>>| -> Result<(u64, f64, f64), Error> {
        let mut evaluator = engine.evaluator(&network)?;
        if let Some(team) = team {
            evaluator.in_blocks(block, team)?;
        }
        let batches = Minibatches::new(network.terms(), batch, 1)?;
        let begin = Instant::now();
        let done = Descent::new(GradientDescent::new(0.5))
            .steps(steps)
            .difference(Difference::default())
            .report_every(10)
            .minibatches(batches)
            .run(&mut evaluator, start.view())?;
        let seconds = begin.elapsed().as_secs_f64();
        let parameters = done.points.row(0).to_vec();
        let mut hash = DefaultHasher::new();
        parameters.iter().for_each(|x| x.to_bits().hash(&mut hash));
        Ok((hash.finish(), done.values[0].unwrap_or(f64::NAN), seconds))
    };
    let (sum, loss, seconds) = descend(Some(Arc::clone(ranks) as Arc<dyn Team>))?;
    // What each would need by itself, in the same blocks and in one.
    let (alone, _, by_itself) = descend(Some(Arc::new(Alone)))?;
    let (_, _, whole) = descend(None)?;
    if ranks.rank() == 0 {
        let each = |seconds: f64| 1e6 * seconds / steps as f64;
        println!(
            "{} ranks, {precision}, batches of {batch} in blocks of {block}: check sum {sum:016x}, loss {loss:.6}; a step takes {:.0} µs, in the \
             same blocks by one rank {:.0} µs, in one block {:.0} µs",
            ranks.size(),
            each(seconds),
            each(by_itself),
            each(whole),
        );
    }
    if sum != alone {
        return Err(Error::Usage { message: format!("one rank finds {alone:016x}, all of them {sum:016x}") });
    }
    Ok(())
}
