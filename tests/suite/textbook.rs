//! The textbook chapter, bit for bit in f64 on the CPU: "Deep Learning from Scratch", chapter 4 (K. Saitoh, 2016), its
//! printed numbers and their exact bits as its own Python code gives them.

use crate::common::{direct, point, single_engines};
use ndarray::array;
use plusminus::{
    Activation, Architecture, Closure, Descent, Difference, Engine, GradientDescent, Loss, Network,
    Objective, Outcome, Precision, Quadratic, Samples, Scheme, Step, Targets,
};

/// The chapter's numerical_diff and numerical_gradient: central, h = 1e-4.
fn textbook() -> Difference {
    direct(Scheme::Central, Step::fixed(1e-4).unwrap())
}

fn gradient(objective: &dyn Objective, x: &[f64]) -> Vec<f64> {
    crate::common::gradient(&Engine::cpu(Precision::F64), objective, &point(x), &textbook())
        .into_iter()
        .collect()
}

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|value| value.to_bits()).collect()
}

#[test]
fn numerical_diff() {
    let function_1 = Closure::new(1, |x| 0.01 * x[0].powi(2) + 0.1 * x[0]).unwrap();
    assert_eq!(bits(&gradient(&function_1, &[5.0])), [0x3fc9999999991980], "0.1999999999990898");
    assert_eq!(bits(&gradient(&function_1, &[10.0])), [0x3fd333333332d320], "0.2999999999986347");
    let function_tmp1 = Closure::new(1, |x| x[0] * x[0] + 4f64.powi(2)).unwrap();
    assert_eq!(bits(&gradient(&function_tmp1, &[3.0])), [0x40180000000010a0], "6.00000000000378");
    let function_tmp2 = Closure::new(1, |x| 3f64.powi(2) + x[0] * x[0]).unwrap();
    assert_eq!(bits(&gradient(&function_tmp2, &[4.0])), [0x401ffffffffffc20], "7.999999999999119");
}

fn function_2() -> [Box<dyn Objective>; 2] {
    [
        Box::new(Closure::new(2, |x| x[0].powi(2) + x[1].powi(2)).unwrap()),
        Box::new(Quadratic::sum_of_squares(2).unwrap()),
    ]
}

#[test]
fn numerical_gradient() {
    for f in function_2() {
        let name = f.name();
        let want = [0x40180000000010a0, 0x401ffffffffffc20];
        assert_eq!(bits(&gradient(&*f, &[3.0, 4.0])), want, "{name} at (3, 4)");
        assert_eq!(bits(&gradient(&*f, &[0.0, 2.0])), [0, 0x4010000000001198], "{name} at (0, 2)");
        assert_eq!(bits(&gradient(&*f, &[3.0, 0.0])), [0x40180000000037b0, 0], "{name} at (3, 0)");
    }
}

#[test]
fn gradient_descent_with_good_and_bad_rates() {
    for f in function_2() {
        let engine = Engine::cpu(Precision::F64);
        let mut evaluator = engine.evaluator(&*f).unwrap();
        let mut descend = |rate| {
            let descent = Descent::new(GradientDescent::new(rate)).steps(100).difference(textbook());
            let done = descent.run(&mut evaluator, array![[-3.0, 4.0]].view()).unwrap();
            (bits(&done.points.into_raw_vec_and_offset().0), done.outcomes[0].clone())
        };
        let name = f.name();
        let (x, outcome) = descend(0.1);
        assert_eq!(x, [0xbe04ff632b6a7240, 0x3e0bff2ee48dabc0], "{name}: [-6.11110793e-10, 8.14814391e-10]");
        assert!(matches!(outcome, Outcome::Converged { steps: 100, is_minimum: true, .. }), "{outcome}");
        // Not a divergence, as the book has it, but a vanished step: x ± 1e-4 == x.
        let (x, outcome) = descend(10.0);
        assert_eq!(x, [0xc2b78def6d2db05d, 0xc272d92d56dc08a3], "{name}: [-2.58983747e13, -1.29524862e12]");
        assert!(matches!(outcome, Outcome::VanishedStep { steps: 10, since: 9, .. }), "{outcome}");
        let (x, outcome) = descend(1e-10);
        assert_eq!(x, [0xc007fffff7f26a60, 0x400ffffff5433880], "{name}: [-2.99999994, 3.99999992]");
        assert_eq!(outcome, Outcome::StepsDone { steps: 100 });
        let (x, _) = descend(0.01);
        assert_eq!(x, [0xbfd9768433887f8a, 0x3fe0f9ad77b04c2c], "{name}: [-0.39785867, 0.53047822]");
    }
}

#[test]
fn a_rate_too_small_for_f32_is_a_swallowed_update() {
    let f = Quadratic::sum_of_squares(2).unwrap();
    for engine in single_engines() {
        let mut evaluator = engine.evaluator(&f).unwrap();
        let descent = Descent::new(GradientDescent::new(1e-10)).steps(100);
        let done = descent.run(&mut evaluator, array![[-3.0, 4.0]].view()).unwrap();
        let outcome = &done.outcomes[0];
        assert!(matches!(outcome, Outcome::SwallowedUpdate { steps: 0, .. }), "{engine:?}: {outcome}");
    }
}

/// The W that the book prints for its randomly initialised simpleNet.
const W: [f64; 6] = [0.47355232, 0.9977393, 0.84668094, 0.85557411, 0.03563661, 0.69422093];

fn simple_net() -> Network {
    let architecture =
        Architecture::new(2, Loss::SoftmaxCrossEntropy).without_biases().dense(3, Activation::Identity);
    Network::new(architecture, Samples::new(array![[0.6, 0.9]], Targets::Classes(vec![2])).unwrap()).unwrap()
}

const DW: [f64; 6] = [0.21924763, 0.14356247, -0.36281009, 0.32887144, 0.2153437, -0.54421514];

#[test]
fn simple_net_to_the_printed_digits() {
    let net = simple_net();
    let p = net.outputs(&W, &net.samples().inputs(0..1).unwrap()).unwrap();
    let printed: Vec<String> = p.iter().map(|v| format!("{v:.8}")).collect();
    assert_eq!(printed, ["1.05414809", "0.63071653", "1.13280740"]);
    // The book prints the loss of the unrounded W, 0.92806853663; that of the printed W agrees to 8 digits.
    assert!((net.value(&W) - 0.928068538748235).abs() < 1e-15);
    let engine = Engine::cpu(Precision::F64);
    let points = point(&W);
    let mut evaluator = engine.evaluator(&net).unwrap();
    assert!((evaluator.values(points.view()).unwrap()[0] - 0.928068538748235).abs() < 1e-15);
    let dw = evaluator.gradient(points.view(), &textbook()).unwrap().value;
    for (got, want) in dw.iter().zip(DW) {
        assert_eq!(format!("{got:.8}"), format!("{want:.8}"));
    }
}

#[test]
fn simple_net_in_f32() {
    let net = simple_net();
    let points = point(&W);
    for engine in single_engines() {
        let mut evaluator = engine.evaluator(&net).unwrap();
        let loss = evaluator.values(points.view()).unwrap()[0];
        assert!((loss - 0.92806854).abs() < 5e-7, "{engine:?}: {loss}");
        let dw = evaluator.gradient(points.view(), &Difference::default()).unwrap().value;
        for (got, want) in dw.iter().zip(DW) {
            // Rounding 2·2^-24 / 2h and truncation h²/6 at h = 2^-8.
            assert!((got - want).abs() < 4e-5, "{engine:?}: {got} for {want}");
        }
    }
}
