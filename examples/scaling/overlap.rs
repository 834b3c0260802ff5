//! What is won by sending sums while blocks are computed: ranks that are threads, and messages that take their time without taking a core, as those
//! of a network card do.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use ndarray::Array2;
use plusminus::team::{Team, ThreadRank, threads};
use plusminus::{
    Activation, Architecture, Descent, Engine, Error, GradientDescent, Loss, Network, Precision, Samples,
    Targets,
};

use super::model::Wires;

/// Messages as slow as these wires.
struct Slow<'a> {
    team: ThreadRank,
    wires: &'a Wires,
    /// Whether messages travel while blocks are computed.
    beside: bool,
}

impl Slow<'_> {
    /// What a rank sends and receives goes over its own wire.
    fn travel(&self, begin: Instant, bytes: usize) {
        let rounds = (self.team.size() as f64).log2().ceil();
        let time = rounds * self.wires.latency + bytes as f64 / self.wires.bandwidth;
        thread::sleep((begin + Duration::from_secs_f64(time)).saturating_duration_since(Instant::now()));
    }
}

impl Team for Slow<'_> {
    fn rank(&self) -> usize {
        self.team.rank()
    }

    fn size(&self) -> usize {
        self.team.size()
    }

    fn all_gather(&self, mine: Vec<u8>) -> Result<Vec<Vec<u8>>, Error> {
        let all = self.team.all_gather(mine)?;
        self.travel(Instant::now(), all.iter().map(Vec::len).sum());
        Ok(all)
    }

    fn all_to_all(&self, mine: Vec<Vec<u8>>) -> Result<Vec<Vec<u8>>, Error> {
        let all = self.team.all_to_all(mine)?;
        self.travel(Instant::now(), all.iter().map(Vec::len).sum());
        Ok(all)
    }

    fn all_to_all_beside(
        &self,
        mine: Vec<Vec<u8>>,
        _lengths: &[usize],
        more: &mut dyn FnMut() -> bool,
    ) -> Result<Vec<Vec<u8>>, Error> {
        let begin = Instant::now();
        let bytes = mine.iter().map(Vec::len).sum();
        while more() {}
        let all = self.team.all_to_all(mine)?;
        self.travel(if self.beside { begin } else { Instant::now() }, bytes);
        Ok(all)
    }
}

/// Steps of a network of MNIST's size with 2,048 samples in 32 blocks.
pub fn overlap(wires: &Wires) -> Result<(), Error> {
    println!("latency {:.1} µs, {:.2} GB/s\n", 1e6 * wires.latency, wires.bandwidth / 1e9);
    println!("| ranks | a step (ms), messages after blocks | beside them |\n|---|---|---|");
    for size in [3, 4, 5, 7] {
        let [after, beside] = [false, true].map(|beside| step(wires, size, beside));
        println!("| {size} | {:.1} | {:.1} |", 1e3 * after?, 1e3 * beside?);
    }
    Ok(())
}

const STEPS: usize = 5;

/// Seconds of a step, the least of three trainings.
fn step(wires: &Wires, size: usize, beside: bool) -> Result<f64, Error> {
    let mut least = f64::INFINITY;
    for _ in 0..3 {
        let times = thread::scope(|scope| {
            let ranks = threads(size).into_iter().map(|team| {
                let slow = Slow { team, wires, beside };
                scope.spawn(move || train(slow))
            });
            let ranks: Vec<_> = ranks.collect();
            let lost = || Error::Usage { message: "a rank has panicked".into() };
            ranks
                .into_iter()
                .map(|rank| rank.join().unwrap_or_else(|_| Err(lost())))
                .collect::<Result<Vec<_>, _>>()
        })?;
        least = times.into_iter().fold(0.0, f64::max).min(least);
    }
    Ok(least / STEPS as f64)
}

fn train(team: Slow<'_>) -> Result<f64, Error> {
    let architecture = Architecture::new(784, Loss::SoftmaxCrossEntropy)
        .dense(50, Activation::Sigmoid)
        .dense(10, Activation::Identity);
    let inputs = Array2::from_shape_fn((2_048, 784), |(s, i)| ((s * 31 + i * 17) % 97) as f64 / 97.0);
    let classes = (0..2_048).map(|s| s % 10).collect();
    let network = Network::new(architecture, Samples::new(inputs, Targets::Classes(classes))?)?;
    let start = Array2::from_shape_fn((1, 39_760), |(_, i)| ((i * 29 % 101) as f64 / 101.0 - 0.5) / 10.0);
    let mut evaluator = Engine::cpu(Precision::F32).evaluator(&network)?;
    evaluator.in_blocks(64, Arc::new(team))?;
    let begin = Instant::now();
    Descent::new(GradientDescent::new(0.1)).steps(STEPS).run(&mut evaluator, start.view())?;
    Ok(begin.elapsed().as_secs_f64())
}
