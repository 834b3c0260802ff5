//! Error bars of increments of networks and quadratics: against derivatives in 75 digits, of texts that are written here
//! and interpreted by a witness that shares nothing with the library but the parser.

use std::fmt::Write;

use crate::common::models::Stream;
use crate::common::truth::{Pair, Truth, distance};
use crate::common::{analytic_network, engines, is_cpu, single_engines};
use ndarray::{Array1, Array2, ArrayView1, Axis};
use plusminus::{
    Activation, Architecture, Bars, Descent, Difference, Engine, GradientDescent, Loss, Matrix, Method,
    Network, Objective, Precision, Quadratic, Samples, Scheme, Selection, Step, Targets,
};

/// Errors and bars of many components.
#[derive(Default)]
struct Tally {
    components: usize,
    ratios: Vec<f64>,
    unknown: usize,
}

impl Tally {
    /// Counts a gradient; every component has to lie within its bar.
    fn take(&mut self, what: &str, values: ArrayView1<'_, f64>, bars: ArrayView1<'_, f64>, want: &[Pair]) {
        assert_eq!(values.len(), want.len());
        for (i, ((&value, &bar), &want)) in values.iter().zip(bars).zip(want).enumerate() {
            let error = distance(value, want);
            assert!(error <= bar, "{what}, component {i}: {value:e} ± {bar:e}, is {want:?}, off {error:e}");
            self.components += 1;
            self.unknown += usize::from(bar.is_infinite());
            if error > 0.0 && bar.is_finite() {
                self.ratios.push(bar / error);
            }
        }
    }

    fn median(&mut self) -> f64 {
        self.ratios.sort_by(f64::total_cmp);
        self.ratios.get(self.ratios.len() / 2).copied().unwrap_or(1.0)
    }

    fn report(&mut self, name: &str, median_at_most: f64) {
        let median = self.median();
        println!("{name}: {} components, bar/error {median:.2}, {} unknown", self.components, self.unknown);
        assert!(self.components > 0 && median <= median_at_most, "{name}: {median}");
    }
}

/// Whether gradients here come by increments. (On a GPU in f64 they do not.)
fn takes_increments(engine: &Engine, objective: &dyn Objective) -> bool {
    let resolved = engine.evaluator(objective).unwrap().resolve(&Difference::default()).unwrap();
    resolved.method == Method::Incremental
}

/// The mean loss of a network over its samples, written out.
fn text_of(network: &Network) -> (String, Vec<f64>) {
    let (architecture, samples) = (network.architecture(), network.samples());
    let (count, outputs) = (samples.len(), architecture.outputs());
    let mut data: Vec<f64> = samples.inputs(0..count).unwrap().into_iter().collect();
    for s in 0..count {
        data.extend((0..outputs).map(|k| match samples.targets() {
            Targets::Classes(classes) => f64::from(u8::from(classes[s] as usize == k)),
            Targets::Values(values) => values[[s, k]],
        }));
    }
    let inputs = architecture.inputs();
    let mut text = format!(
        "fn term(s: u32) -> real {{\n var a0: array<real, {inputs}>;\n \
         for (var i = 0u; i < {inputs}u; i++) {{ a0[i] = data(s * {inputs}u + i); }}\n"
    );
    for (l, layer) in architecture.layers().iter().enumerate() {
        let (inputs, units, offset) = (layer.inputs, layer.outputs, layer.offset);
        let start = match architecture.has_biases() {
            true => format!("x({}u + j)", layer.bias_offset()),
            false => "real(0)".into(),
        };
        let activated = match layer.activation {
            Activation::Identity => "z",
            Activation::Sigmoid => "sigmoid(z)",
            Activation::Tanh => "tanh(z)",
            Activation::Relu => "relu(z)",
            Activation::Softplus => "softplus(z)",
        };
        let next = l + 1;
        write!(
            text,
            " var a{next}: array<real, {units}>;\n for (var j = 0u; j < {units}u; j++) {{\n  var z = {start};\n  \
             for (var i = 0u; i < {inputs}u; i++) {{ z += a{l}[i] * x({offset}u + i * {units}u + j); }}\n  \
             a{next}[j] = {activated};\n }}\n"
        )
        .unwrap();
    }
    let (y, targets) = (format!("a{}", architecture.layers().len()), count * inputs);
    let target = format!("data({targets}u + s * {outputs}u + k)");
    let each = format!("for (var k = 0u; k < {outputs}u; k++)");
    match architecture.loss() {
        Loss::SoftmaxCrossEntropy => write!(
            text,
            " var right = real(0);\n {each} {{ right += {target} * {y}[k]; }}\n var sum = real(0);\n \
             {each} {{ sum += exp({y}[k] - right); }}\n return log(sum) / real({count});\n}}\n"
        ),
        Loss::MeanSquaredError => write!(
            text,
            " var sum = real(0);\n {each} {{ let off = {y}[k] - {target}; sum += off * off; }}\n \
             return sum / real({outputs}) / real({count});\n}}\n"
        ),
    }
    .unwrap();
    (text, data)
}

/// The exact gradient of a network at a point.
fn truth(network: &Network, x: &[f64]) -> Vec<Pair> {
    let (text, data) = text_of(network);
    let truth = Truth::new(&text, x.len(), Some(network.terms()), &data);
    truth.gradient(x).unwrap_or_else(|| panic!("no derivative of {} at {x:?}", network.name())).pairs
}

/// Samples with four decimals, as data has.
fn network(widths: &[usize], hidden: Activation, loss: Loss, samples: usize, seed: u64) -> Network {
    let mut stream = Stream::new(seed);
    let mut decimal = |from: f64, to: f64| (stream.between(from, to) * 1e4).round() / 1e4;
    let mut architecture = Architecture::new(widths[0], loss);
    let last = widths.len() - 1;
    for (i, &width) in widths.iter().enumerate().skip(1) {
        architecture = architecture.dense(width, if i == last { Activation::Identity } else { hidden });
    }
    let inputs = Array2::from_shape_simple_fn((samples, widths[0]), || decimal(-1.0, 2.0));
    let targets = match loss {
        Loss::SoftmaxCrossEntropy => {
            Targets::Classes((0..samples).map(|s| (s * s % widths[last]) as u32).collect())
        }
        Loss::MeanSquaredError => {
            Targets::Values(Array2::from_shape_simple_fn((samples, widths[last]), || decimal(-1.0, 1.0)))
        }
    };
    Network::new(architecture, Samples::new(inputs, targets).unwrap()).unwrap()
}

/// Parameters of f32 numbers: small ones, such as sums saturate, and trained ones.
fn points(network: &Network, seed: u64) -> Vec<(&'static str, Vec<f64>)> {
    let single = |x: Vec<f64>| -> Vec<f64> { x.into_iter().map(|x| f64::from(x as f32)).collect() };
    let mut stream = Stream::new(seed);
    let start: Vec<f64> = (0..network.dimension()).map(|_| stream.between(-0.8, 0.8)).collect();
    let from = Array2::from_shape_vec((1, start.len()), start.clone()).unwrap();
    let mut evaluator = Engine::cpu(Precision::F64).evaluator(network).unwrap();
    let trained =
        Descent::new(GradientDescent::new(0.3)).steps(400).run(&mut evaluator, from.view()).unwrap();
    let mut points = vec![
        ("small", single(start.clone())),
        ("saturated", single(start.iter().map(|x| 12.0 * x).collect())),
        ("trained", single(trained.points.row(0).to_vec())),
    ];
    // Where there is no way down at this rate, there is nothing to look at.
    points.retain(|(_, x)| x.iter().all(|x| x.is_finite()));
    points
}

#[test]
fn networks_lie_within_their_bars() {
    let engines = engines();
    let mut tallies: Vec<Tally> = engines.iter().map(|_| Tally::default()).collect();
    for (seed, hidden) in (1..).zip(Activation::ALL) {
        for loss in Loss::ALL {
            for (i, (widths, samples)) in
                [(&[3, 4, 3][..], 3), (&[2, 2, 3, 2], 2), (&[2, 2], 40)].into_iter().enumerate()
            {
                if widths.len() == 2 && hidden != Activation::Identity {
                    continue;
                }
                let network = network(widths, hidden, loss, samples, seed);
                let points = points(&network, seed);
                let wanted: Vec<Vec<Pair>> = points.iter().map(|(_, x)| truth(&network, x)).collect();
                for (engine, tally) in engines.iter().zip(&mut tallies) {
                    // Of a device one shape in turn: it takes lavapipe seconds to compile one.
                    let turn = seed + loss as u64;
                    let is_turn =
                        is_cpu(engine) || turn.is_multiple_of(2) && i as u64 == turn / 2 % 2 || i == 2;
                    if !(is_turn && takes_increments(engine, &network)) {
                        continue;
                    }
                    let mut evaluator = engine.evaluator(&network).unwrap();
                    for ((name, x), want) in points.iter().zip(&wanted) {
                        for scheme in [Scheme::Central, Scheme::Forward, Scheme::Backward] {
                            let how = Difference::default().with_scheme(scheme);
                            let got = evaluator.gradient_at(x, &how).unwrap();
                            let what = format!("{}, {hidden}, {loss}, {name}, {scheme}", network.name());
                            tally.take(&what, got.value.view(), got.error.unwrap().view(), want);
                        }
                    }
                }
            }
        }
    }
    for (engine, mut tally) in engines.iter().zip(tallies).filter(|(_, tally)| tally.components > 0) {
        let name = format!("networks on {} in {}", engine.device(), engine.precision());
        tally.report(&name, if engine.precision() == Precision::F32 { 1.1 } else { 120.0 });
        assert_eq!(tally.unknown, 0);
    }
}

/// Selected samples, some of them twice, are bounded as such; bars are for gradients at no step of one's own.
#[test]
fn bars_follow_the_selection_and_the_question() {
    let network = network(&[3, 4, 3], Activation::Tanh, Loss::SoftmaxCrossEntropy, 9, 4);
    let (_, x) = points(&network, 4).remove(0);
    let chosen = [5u32, 0, 5, 8];
    let rows: Vec<usize> = chosen.iter().map(|&s| s as usize).collect();
    let samples = network.samples().select(&rows).unwrap();
    let few = Network::new(network.architecture().clone(), samples).unwrap();
    let want = truth(&few, &x);
    for engine in single_engines() {
        let mut evaluator = engine.evaluator(&network).unwrap();
        evaluator.select(Some(&chosen)).unwrap();
        let got = evaluator.gradient_at(&x, &Difference::default()).unwrap();
        Tally::default().take("selected", got.value.view(), got.error.unwrap().view(), &want);

        let none = [
            Difference::default().with_bars(Bars::Off),
            Difference::default().with_step(Step::fixed(1e-3).unwrap()),
            Difference::default().with_bars(Bars::On).with_step(Step::fixed(1e-3).unwrap()),
        ];
        for how in none {
            assert!(evaluator.gradient_at(&x, &how).unwrap().error.is_none(), "{how:?}");
        }
        // What it was resolved to stays what it is.
        let resolved = evaluator.resolve(&Difference::default()).unwrap();
        let again = evaluator.gradient_at(&x, &resolved).unwrap();
        assert_eq!(again.value, got.value);
        assert!(again.error.is_some());
    }
}

/// At a relu's kink either side's slope may be the derivative, and both lie within the bar.
#[test]
fn both_sides_of_a_kink_lie_within_the_bar() {
    let architecture = Architecture::new(1, Loss::MeanSquaredError)
        .dense(1, Activation::Relu)
        .dense(1, Activation::Identity);
    // z = 0.5·w + b = 0, y = v·relu(z) + c, loss (y - 3)²: along b its slope is 0 or 2·(c - 3)·v.
    let targets = Targets::Values(Array2::from_elem((1, 1), 3.0));
    let samples = Samples::new(Array2::from_elem((1, 1), 0.5), targets).unwrap();
    let network = Network::new(architecture, samples).unwrap();
    let x = [1.0, -0.5, 2.0, 1.0];
    for engine in engines() {
        for scheme in [Scheme::Central, Scheme::Forward, Scheme::Backward] {
            let how = Difference::default().with_scheme(scheme);
            let got = engine.evaluator(&network).unwrap().gradient_at(&x, &how).unwrap();
            let bars = got.error.unwrap();
            for side in [0.0, -8.0] {
                assert!(
                    (got.value[1] - side).abs() <= bars[1],
                    "{engine:?}, {scheme}: {}, {bars}",
                    got.value
                );
            }
            // Of the bias behind it, nothing is in doubt.
            assert!((got.value[3] + 4.0).abs() <= bars[3] && bars[3] < 1e-5);
        }
    }
}

/// Of larger networks in f32, the analytic gradient in f64 is witness enough.
#[test]
fn larger_networks_in_f32_lie_within_their_bars() {
    let mut tally = Tally::default();
    for (widths, samples) in [(&[784, 16, 10][..], 100), (&[64, 32, 10], 300)] {
        for hidden in [Activation::Sigmoid, Activation::Tanh, Activation::Softplus] {
            let network = network(widths, hidden, Loss::SoftmaxCrossEntropy, samples, 7);
            let x =
                network.architecture().initial_parameters(0.1, 3).into_iter().map(|x| f64::from(x as f32));
            let x = Array2::from_shape_vec((1, network.dimension()), x.collect()).unwrap();
            let want = analytic_network(&network, &x);
            let largest = want.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
            for engine in single_engines() {
                // As above.
                if !is_cpu(&engine) && (widths[0] == 784 || hidden == Activation::Sigmoid) {
                    continue;
                }
                let how = Difference::default();
                let got = engine.evaluator(&network).unwrap().gradient(x.view(), &how).unwrap();
                // The witness is rounded, too.
                let bars = got.error.unwrap().mapv(|bar| bar + 1e-14 * largest);
                let want: Vec<Pair> = want.iter().map(|&x| (x, 0.0)).collect();
                tally.take(&network.name(), got.value.row(0), bars.row(0), &want);
            }
        }
    }
    tally.report("larger networks in f32", 1.1);
}

/// The same in f64, of the network's own mirror image: how wide the bars are there.
#[test]
fn bars_in_f64_are_narrow() {
    for (widths, samples) in [(&[784, 16, 10][..], 200), (&[64, 32, 10], 300)] {
        let network = network(widths, Activation::Sigmoid, Loss::SoftmaxCrossEntropy, samples, 7);
        let x = network.architecture().initial_parameters(0.1, 3);
        let got = Engine::cpu(Precision::F64).evaluator(&network).unwrap();
        let got = { got }.gradient_at(&x, &Difference::default()).unwrap();
        let largest = got.value.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
        let mut bars: Vec<f64> = got.error.unwrap().iter().map(|bar| bar / largest).collect();
        bars.sort_by(f64::total_cmp);
        let (median, most) = (bars[bars.len() / 2], bars[bars.len() - 1]);
        println!("{}: bars / largest component: median {median:.1e}, largest {most:.1e}", network.name());
        assert!(most < 1e-12);
    }
}

/// ½·xᵀAx + bᵀx over some rows of A, written out.
fn quadratic_truth(a: &Array2<f64>, b: &Array1<f64>, rows: &[usize], x: &[f64]) -> Vec<Pair> {
    let n = b.len();
    let data: Vec<f64> = a.iter().chain(b).copied().chain(rows.iter().map(|&row| row as f64)).collect();
    let text = format!(
        "fn term(s: u32) -> real {{\n let r = u32(data({}u + s));\n var sum = real(0);\n \
         for (var j = 0u; j < {n}u; j++) {{ sum += data(r * {n}u + j) * x(j); }}\n \
         return x(r) * (sum / real(2) + data({}u + r));\n}}\n",
        n * n + n,
        n * n
    );
    Truth::new(&text, n, Some(rows.len()), &data).gradient(x).unwrap().pairs
}

#[test]
fn quadratics_lie_within_their_bars() {
    let engines = engines();
    let mut tallies: Vec<Tally> = engines.iter().map(|_| Tally::default()).collect();
    let mut stream = Stream::new(5);
    for n in [1, 2, 7, 33, 80] {
        // Decimals, whole numbers, and numbers of which nothing is known but their f64.
        for kind in 0..3 {
            let mut number = || match kind {
                0 => (stream.between(-3.0, 3.0) * 1e4).round() / 1e4,
                1 => stream.between(-9.0, 9.0).round(),
                _ => stream.between(-1.0, 1.0),
            };
            let dense = Array2::from_shape_simple_fn((n, n), &mut number);
            let b = Array1::from_shape_simple_fn(n, &mut number);
            let x: Vec<f64> = (0..n).map(|_| f64::from(stream.between(-2.0, 2.0) as f32)).collect();
            let diagonal = Array2::from_diag(&dense.diag());
            let identity = Array2::from_diag_elem(n, dense[[0, 0]]);
            let all = [
                (Matrix::Dense(dense.clone()), dense.clone()),
                (Matrix::Diagonal(dense.diag().to_owned()), diagonal),
                (Matrix::Identity { scale: dense[[0, 0]] }, identity),
            ];
            for (matrix, full) in all {
                if n == 80 && !matches!(matrix, Matrix::Dense(_)) {
                    continue;
                }
                let quadratic = Quadratic::new(matrix, b.clone(), 0.5).unwrap();
                let blocks = quadratic.terms();
                let twice: Vec<u32> = (0..blocks as u32).step_by(2).chain([0]).collect();
                let selections: &[Option<&[u32]>] =
                    if n == 80 { &[None] } else { &[None, Some(&twice[..twice.len().min(blocks)])] };
                for &selection in selections {
                    let selected = selection.map_or(Selection::All, Selection::Only);
                    let rows: Vec<usize> = (0..selected.len(blocks))
                        .flat_map(|s| selected.index(s) * 8..(selected.index(s) * 8 + 8).min(n))
                        .collect();
                    let want = quadratic_truth(&full, &b, &rows, &x);
                    for (engine, tally) in engines.iter().zip(&mut tallies) {
                        if !takes_increments(engine, &quadratic) {
                            continue;
                        }
                        let mut evaluator = engine.evaluator(&quadratic).unwrap();
                        evaluator.select(selection).unwrap();
                        for scheme in [Scheme::Central, Scheme::Forward] {
                            let how = Difference::default().with_scheme(scheme);
                            let got = evaluator.gradient_at(&x, &how).unwrap();
                            let what = format!("{}, {scheme}", quadratic.name());
                            tally.take(&what, got.value.view(), got.error.unwrap().view(), &want);
                        }
                    }
                }
            }
        }
    }
    for (engine, mut tally) in engines.iter().zip(tallies).filter(|(_, tally)| tally.components > 0) {
        let name = format!("quadratics on {} in {}", engine.device(), engine.precision());
        tally.report(&name, if engine.precision() == Precision::F32 { 1.1 } else { 100.0 });
    }
}

/// `check` decides by the bars: in f32 it tells errors of a millionth.
#[test]
fn check_decides_by_the_bars() {
    let network = network(&[6, 5, 3], Activation::Sigmoid, Loss::SoftmaxCrossEntropy, 20, 6);
    let (_, x) = points(&network, 6).remove(0);
    let x = Array1::from(x).insert_axis(Axis(0));
    let right = analytic_network(&network, &x);
    let mut evaluator = Engine::cpu(Precision::F32).evaluator(&network).unwrap();
    let found = evaluator.check(x.view(), right.view()).unwrap();
    assert!(found.points[0].axes.iter().all(|axis| axis.verdict == plusminus::Verdict::Agrees));
    let largest = right.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
    let wrong = right.mapv(|x| x + 2e-5 * largest);
    let found = evaluator.check(x.view(), wrong.view()).unwrap();
    let told =
        found.points[0].axes.iter().filter(|axis| axis.verdict == plusminus::Verdict::Disagrees).count();
    println!("{told} of {} components told", found.points[0].axes.len());
    assert!(2 * told > found.points[0].axes.len());
}
