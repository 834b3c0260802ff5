//! What becomes of work when a device has too little memory.

use ndarray::Array2;

use super::super::faults::with_memory;
use super::gpu;
use crate::evaluator::{DeviceChoice, Engine};
use crate::objective::{Architecture, Loss, Network, Objective, Samples, Targets, WgslObjective};
use crate::{Activation, Bars, Difference, Method, Precision, Step};

fn differences() -> [Difference; 3] {
    let direct =
        Difference::default().with_method(Method::Direct).with_step(Step::Relative { exponent: -12 });
    let slopes = |bars| Difference::default().with_method(Method::Incremental).with_bars(bars);
    [direct, slopes(Bars::Off), slopes(Bars::On)]
}

/// A network of 20 parameters with 32 samples.
fn network() -> Network {
    let architecture = Architecture::new(3, Loss::SoftmaxCrossEntropy)
        .dense(4, Activation::Tanh)
        .dense(2, Activation::Identity);
    let inputs = Array2::from_shape_fn((32, 3), |(s, i)| f64::from((7 * s + 3 * i) as u32 % 11) / 11.0 - 0.5);
    let classes = (0..32).map(|s| s % 2).collect();
    Network::new(architecture, Samples::new(inputs, Targets::Classes(classes)).unwrap()).unwrap()
}

/// The same bits in smaller pieces, until one point at a time is too much.
#[test]
fn where_memory_is_short_values_and_slopes_come_in_pieces() {
    let text = "sum(100*(x[1:] - x[:-1]^2)^2 + (1 - x[:-1])^2)";
    let sum = WgslObjective::from_expression(text, 24).unwrap();
    let network = network();
    let engine = || {
        let choice = DeviceChoice::Adapter(gpu().info.index);
        Engine::open(&choice, Some(Precision::F32)).unwrap()
    };
    let cases: Vec<(&dyn Objective, Difference)> = differences()
        .into_iter()
        .map(|difference| (&sum as &dyn Objective, difference))
        .chain([(&network as &dyn Objective, differences()[1])])
        .collect();
    for (objective, difference) in cases {
        let label = format!("{} {:?} {:?}", objective.name(), difference.method, difference.bars);
        let n = objective.dimension();
        let points =
            Array2::from_shape_fn((4096, n), |(p, i)| f64::from((p * 13 + i * 5) as u32 % 97) / 97.0 - 0.5);
        let gradient = |memory: u64| {
            let engine = engine();
            let mut evaluator = engine.evaluator(objective).unwrap();
            // What the kernels and the data take is there.
            evaluator.gradient(points.view().slice_move(ndarray::s![..1, ..]), &difference).unwrap();
            let (done, asked) = with_memory(memory, || evaluator.gradient(points.view(), &difference));
            (done, asked)
        };
        let (whole, most) = gradient(u64::MAX);
        let whole = whole.unwrap();
        assert!(most > 1 << 13, "{label}: {most}");
        let (pieces, asked) = gradient(most / 4);
        let pieces = pieces.unwrap_or_else(|error| panic!("{label}: {error}"));
        assert!(asked > most / 4, "{label}: nothing was refused");
        assert!(whole.value == pieces.value, "{label}: other bits");
        let (none, _) = gradient(64);
        let error = none.unwrap_err();
        assert!(error.is_device() && error.exit_code() == 5, "{label}: {error}");
    }
}
