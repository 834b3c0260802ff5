//! Each kernel that quadratics and networks bring for devices, broken on purpose from outside, and noticed. (That they are
//! right: `increments.rs` and `networks.rs`; the engine's own kernels: `src/backend/gpu/tests`.)

#![cfg(feature = "gpu")]

use crate::common::{by_precision, gpu, gpu_in, normal_matrix, random::SplitMix64};
use ndarray::{Array1, Array2};
use plusminus::{
    Activation, Architecture, Bars, Cells, DeviceProgram, Difference, Engine, Error, Incremental, Loss,
    Matrix, Method, Network, Objective, Precision, ProgramLimits, ProgramPlan, ProgramRequest, ProgramText,
    Quadratic, Reduction, Result, Samples, Selection, SlopeShape, SlopeText, Step, Targets, Wgsl,
    WgslObjective,
};

/// An objective whose program has one text replaced by another.
struct Broken<'a> {
    whole: &'a dyn Objective,
    right: &'a str,
    wrong: &'a str,
    /// As many invocations as are said to keep the device busy, if not what does.
    busy: Option<u64>,
}

impl Objective for Broken<'_> {
    fn dimension(&self) -> usize {
        self.whole.dimension()
    }
    fn value(&self, x: &[f64]) -> f64 {
        self.whole.value(x)
    }
    fn terms(&self) -> usize {
        self.whole.terms()
    }
    fn reduction(&self) -> Reduction {
        self.whole.reduction()
    }
    fn device_program(&self) -> Option<&dyn DeviceProgram> {
        Some(self)
    }
    fn wgsl(&self) -> Result<plusminus::Wgsl> {
        self.whole.wgsl()
    }
}

impl Broken<'_> {
    fn program(&self) -> &dyn DeviceProgram {
        self.whole.device_program().unwrap()
    }

    fn limits(&self, limits: &ProgramLimits) -> ProgramLimits {
        let mut limits = limits.clone();
        limits.busy = self.busy.unwrap_or(limits.busy);
        limits
    }
}

impl DeviceProgram for Broken<'_> {
    fn text(&self, limits: &ProgramLimits) -> Result<ProgramText> {
        let mut text = self.program().text(&self.limits(limits))?;
        assert!(text.source.contains(self.right), "the text to break is gone: {}", self.right);
        text.source = text.source.replacen(self.right, self.wrong, 1);
        Ok(text)
    }
    fn takes_batches(&self) -> bool {
        self.program().takes_batches()
    }
    fn data_for(&self, selection: Selection<'_>, precision: Precision) -> Cells {
        self.program().data_for(selection, precision)
    }
    fn state(&self, points: usize) -> usize {
        self.program().state(points)
    }
    fn plan(&self, request: &ProgramRequest<'_>) -> Result<ProgramPlan> {
        let (limits, mut request) = (self.limits(request.limits), request.clone());
        request.limits = &limits;
        self.program().plan(&request)
    }
    fn operations(&self, terms: usize) -> u64 {
        self.program().operations(terms)
    }
}

/// How far gradients and values of the broken objective are off, relative to the largest number.
fn error(engine: &Engine, whole: &dyn Objective, count: usize, right: &str, wrong: &str) -> f64 {
    error_of(engine, count, &Broken { whole, right, wrong, busy: None }, FAR)
}

/// So far that responses are fitted; and the default step, at which they are linear.
const FAR: Option<Step> = Some(Step::Fixed(0.25));
const NEAR: Option<Step> = None;

fn error_of(engine: &Engine, count: usize, broken: &Broken<'_>, step: Option<Step>) -> f64 {
    let (whole, right) = (broken.whole, broken.right);
    let x = normal_matrix(count, whole.dimension(), &mut SplitMix64::new(7)) * 0.5;
    let how = step
        .map_or_else(Difference::default, |step| Difference::default().with_step(step))
        .with_bars(Bars::Off);
    let order: Vec<u32> = (0..whole.terms() as u32).rev().collect();
    let numbers = |objective: &dyn Objective| -> Vec<f64> {
        let mut evaluator = engine.evaluator(objective).unwrap();
        if whole.terms() > 1 {
            evaluator.select(Some(&order)).unwrap();
        }
        match evaluator.value_and_gradient(x.view(), &how) {
            Ok(got) => got.value.iter().chain(got.values.iter().flatten()).copied().collect(),
            // That is noticed, too; a text that no longer compiles is not what is tested here.
            Err(Error::NonFiniteValue { .. }) => vec![],
            Err(error) => panic!("{right}: {error}"),
        }
    };
    let (want, got) = (numbers(whole), numbers(broken));
    let largest = want.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
    assert!(largest > 0.0);
    if got.is_empty() {
        return f64::INFINITY;
    }
    want.iter().zip(&got).fold(0.0, |most: f64, (a, b)| most.max((a - b).abs())) / largest
}

/// The device in either precision.
fn both() -> [Engine; 2] {
    [Precision::F32, Precision::F64].map(gpu_in)
}

fn network(activation: Activation, loss: Loss, bytes: bool) -> Network {
    let mut random = SplitMix64::new(3);
    let architecture =
        Architecture::new(7, loss).dense(6, activation).dense(5, activation).dense(4, Activation::Identity);
    let classes: Vec<u32> = (0..20).map(|_| random.below(4) as u32).collect();
    let samples = if bytes {
        let inputs = Array2::from_shape_simple_fn((20, 7), || random.below(256) as u8);
        Samples::from_bytes(inputs, 255.0, classes)
    } else {
        let inputs = Array2::from_shape_simple_fn((20, 7), || random.normal());
        let targets = match loss {
            Loss::SoftmaxCrossEntropy => Targets::Classes(classes),
            Loss::MeanSquaredError => {
                Targets::Values(Array2::from_shape_simple_fn((20, 4), || random.normal()))
            }
        };
        Samples::new(inputs, targets)
    };
    Network::new(architecture, samples.unwrap()).unwrap()
}

#[test]
fn nothing_broken_is_nothing_off() {
    let network = network(Activation::Sigmoid, Loss::SoftmaxCrossEntropy, false);
    for engine in both() {
        assert_eq!(error(&engine, &network, 2, "fn ", "fn "), 0.0);
    }
}

#[test]
fn every_kernel_of_the_quadratic_is_noticed_when_broken() {
    let mut random = SplitMix64::new(5);
    let matrix = normal_matrix(70, 70, &mut random) * 0.1;
    let b = Array1::from_shape_simple_fn(70, || random.normal());
    let dense = Quadratic::new(Matrix::Dense(matrix), b.clone(), 0.0).unwrap();
    let diagonal = Quadratic::new(Matrix::Diagonal(b.clone()), b, 0.0).unwrap();
    let few = Quadratic::new(Matrix::Diagonal(Array1::ones(9)), Array1::ones(9), 0.0).unwrap();
    let cases: [(&Quadratic, usize, &str, &str); 8] = [
        (&dense, 1, "sum[1] += matrix(i * DIMENSION + j + 64u)", "sum[1] += matrix(i * DIMENSION + j)"),
        (
            &dense,
            1,
            "pm_partial[local] += pm_partial[local + width]",
            "pm_partial[local] += pm_partial[local]",
        ),
        (&dense, 9, "sum_2 += a_0.z * b", "sum_2 += a_0.y * b"),
        // The depth of 70 is no multiple of 16.
        (&dense, 9, "select(vec4<real>(), four, k == near)", "four"),
        (&few, 3, "sum += select(vec4<real>(), parts, ", "sum += select(parts, parts, "),
        (&diagonal, 2, "matrix(at % DIMENSION) * pm_points[at]", "matrix(0u) * pm_points[at]"),
        (&dense, 2, "let slope = sx + linear(i)", "let slope = sx - linear(i)"),
        (&dense, 2, "pm_trace(point, total)", "pm_trace(point, 2.0 * total)"),
    ];
    for engine in both() {
        for (objective, count, right, wrong) in cases {
            let error = error(&engine, objective, count, right, wrong);
            assert!(error > 1e-3, "{}: `{wrong}` is off by {error:e} only", engine.precision());
        }
    }
}

/// Where there is enough to do, products take larger tiles: the same sums in the same order.
#[test]
fn larger_tiles_give_the_same_and_are_noticed_when_broken() {
    let engine = gpu();
    let mut random = SplitMix64::new(11);
    let matrix = normal_matrix(128, 128, &mut random) * 0.1;
    let b = Array1::from_shape_simple_fn(128, || random.normal());
    let quadratic = Quadratic::new(Matrix::Dense(matrix), b, 0.0).unwrap();
    let architecture = Architecture::new(120, Loss::SoftmaxCrossEntropy)
        .dense(64, Activation::Sigmoid)
        .dense(10, Activation::Identity);
    let inputs = normal_matrix(128, 120, &mut random) * 0.2;
    let classes = (0..128).map(|_| random.below(10) as u32).collect();
    let samples = Samples::new(inputs, Targets::Classes(classes)).unwrap();
    let network = Network::new(architecture, samples).unwrap();
    for (whole, count, right, wrong) in [
        (&quadratic as &dyn Objective, 100, "sum_6 += a_1.z * b", "sum_6 += a_1.y * b"),
        (&network, 1, "sum_6 += a_1.z * b", "sum_6 += a_0.z * b"),
        (&network, 1, "let a_1 = contraction_0_tile_a[at + 1u]", "let a_1 = contraction_0_tile_a[at]"),
    ] {
        let error = |wrong, busy| error_of(&engine, count, &Broken { whole, right, wrong, busy }, NEAR);
        // The same text, so compiled alike but for the tile.
        let same = error(right, Some(1));
        assert!(same <= 1e-6, "larger tiles are off by {same:e}");
        let broken = error(wrong, Some(1));
        assert!(broken > 1e-3, "`{wrong}` is off by {broken:e} only");
    }
}

#[test]
fn every_kernel_of_the_network_is_noticed_when_broken() {
    use Activation::{Relu, Sigmoid, Softplus, Tanh};
    use Loss::{MeanSquaredError, SoftmaxCrossEntropy};
    type Case<'a> = (Option<Step>, Activation, Loss, bool, &'a str, &'a str);
    let cases: [Case<'_>; 26] = [
        (NEAR, Sigmoid, SoftmaxCrossEntropy, true, "(8u * (at & 3u))", "(8u * (at & 1u))"),
        (
            NEAR,
            Sigmoid,
            SoftmaxCrossEntropy,
            false,
            "return pm_number(pm_data[at])",
            "return pm_number(pm_data[i])",
        ),
        (NEAR, Sigmoid, SoftmaxCrossEntropy, false, "return pm_log(sum) - (pm", "return pm_log(sum) + (pm"),
        (NEAR, Sigmoid, SoftmaxCrossEntropy, false, "select(e, 0.0, k == label)", "e"),
        (FAR, Sigmoid, SoftmaxCrossEntropy, false, "select(change, -change, is_class)", "change"),
        (
            FAR,
            Sigmoid,
            SoftmaxCrossEntropy,
            false,
            "let change = tail * (1.0 - tail) * e",
            "let change = tail * e",
        ),
        (FAR, Tanh, SoftmaxCrossEntropy, false, "2.0 * change_sigmoid(2.0 *", "change_sigmoid(2.0 *"),
        (
            FAR,
            Softplus,
            MeanSquaredError,
            false,
            "return select(d + change, change, z < 0.0)",
            "return change",
        ),
        (FAR, Softplus, MeanSquaredError, false, "sum += change * (2.0 * ", "sum += change * ("),
        (
            FAR,
            Relu,
            MeanSquaredError,
            false,
            "let from_above = select(-z, d, after > 0.0)",
            "let from_above = d",
        ),
        (
            FAR,
            Relu,
            SoftmaxCrossEntropy,
            false,
            "for (var s = pm_step.from_term; s < pm_step.to_term; s++)",
            "for (var s = pm_step.from_term; s < pm_step.from_term; s++)",
        ),
        (NEAR, Sigmoid, SoftmaxCrossEntropy, false, "if (BIASES) { z += ", "if (BIASES) { z -= "),
        (
            FAR,
            Relu,
            MeanSquaredError,
            false,
            "fn scales_0(@builtin(global_invocation_id) id: vec3<u32>) {",
            "fn scales_0(@builtin(global_invocation_id) id: vec3<u32>) { if (id.x < 100u) { return; }",
        ),
        (
            FAR,
            Tanh,
            SoftmaxCrossEntropy,
            false,
            "vec4<real>(0.5 * (plus - minus))",
            "vec4<real>(0.5 * (plus + minus))",
        ),
        (
            NEAR,
            Sigmoid,
            SoftmaxCrossEntropy,
            false,
            "sum * pm_step.mean, pm_step.first",
            "sum, pm_step.first",
        ),
        (NEAR, Sigmoid, SoftmaxCrossEntropy, false, "sum_3 += a_0.w * b", "sum_3 += a_0.z * b"),
        (
            NEAR,
            Sigmoid,
            SoftmaxCrossEntropy,
            false,
            "for (var s = local; s < pm_step.count; s += 64u) { sum +=",
            "for (var s = local + 1u; s < pm_step.count; s += 64u) { sum +=",
        ),
        (
            FAR,
            Tanh,
            SoftmaxCrossEntropy,
            false,
            "select(even, odd, is_odd)) / reach",
            "select(even, odd, is_odd))",
        ),
        (FAR, Tanh, SoftmaxCrossEntropy, false, "return input * power(", "return 100.0 * power("),
        (NEAR, Sigmoid, SoftmaxCrossEntropy, false, "select(output, -pm_state", "select(output, pm_state"),
        (NEAR, Sigmoid, SoftmaxCrossEntropy, false, "= outside * (pm_state", "= (pm_state"),
        (NEAR, Tanh, MeanSquaredError, false, "= outside * (4.0 *", "= outside * (2.0 *"),
        (NEAR, Tanh, MeanSquaredError, false, "return 2.0 * output /", "return output /"),
        (NEAR, Softplus, SoftmaxCrossEntropy, false, "= outside * select(1.0 - ", "= outside * select("),
        (NEAR, Relu, SoftmaxCrossEntropy, false, "= outside * select(0.0 *", "= outside * select(1.0 +"),
        (NEAR, Sigmoid, SoftmaxCrossEntropy, false, "+ j * 5u + k]", "+ k * 5u + j]"),
    ];
    for engine in both() {
        for (step, activation, loss, bytes, right, wrong) in cases {
            let whole = network(activation, loss, bytes);
            // So far that in f64, too, fewer nodes than there is room for do; relus have kinks near enough at large steps only.
            let step = match (step, engine.precision(), activation) {
                (Some(_), Precision::F64, Sigmoid | Tanh | Softplus) => Some(Step::Fixed(2f64.powi(-9))),
                _ => step,
            };
            let error = error_of(&engine, 2, &Broken { whole: &whole, right, wrong, busy: None }, step);
            let least = by_precision(&engine, 1e-3, 1e-8);
            assert!(
                error > least,
                "{}, {activation:?}: `{wrong}` is off by {error:e} only",
                engine.precision()
            );
        }
    }
}

/// Compilers may refuse what a validator takes: direct differences do it then, and it is said why there are no increments.
#[test]
fn a_program_that_no_compiler_takes_gives_way_to_direct_differences() {
    let quadratic = Quadratic::sum_of_squares(3).unwrap();
    let broken =
        Broken { whole: &quadratic, right: "fn values(", wrong: "fn values(no such thing, ", busy: None };
    let mut evaluator = gpu().evaluator(&broken).unwrap();
    let resolved = evaluator.resolve(&Difference::default()).unwrap();
    assert_eq!(resolved.method, Method::Direct);
    let found = evaluator.gradient_at(&[1.0, 2.0, -3.0], &Difference::default()).unwrap();
    let off = found.value.iter().zip([2.0, 4.0, -6.0]).map(|(found, exact)| (found - exact).abs());
    assert!(off.fold(0.0, f64::max) < 1e-4, "{}", found.value);
    let error = evaluator.resolve(&Difference::default().with_method(Method::Incremental)).unwrap_err();
    assert!(error.to_string().contains("was refused"), "{error}");
}

/// A text whose slopes, and only these, are refused.
struct NoSlopes(WgslObjective);

impl Objective for NoSlopes {
    fn dimension(&self) -> usize {
        self.0.dimension()
    }
    fn value(&self, x: &[f64]) -> f64 {
        self.0.value(x)
    }
    fn incremental(&self) -> Option<&dyn Incremental> {
        Some(self)
    }
    fn wgsl(&self) -> Result<Wgsl> {
        self.0.wgsl()
    }
}

impl Incremental for NoSlopes {
    fn slope_text(&self, shape: &SlopeShape) -> Result<Option<SlopeText>> {
        let text = self.0.incremental().unwrap().slope_text(shape)?;
        Ok(text.map(|text| SlopeText { source: text.source + "\nfn more() { no such thing }", ..text }))
    }
}

#[test]
fn slopes_that_no_compiler_takes_give_way_to_direct_differences() {
    let objective = NoSlopes(WgslObjective::from_expression("exp(x0) * x1", 2).unwrap());
    let mut evaluator = gpu().evaluator(&objective).unwrap();
    assert_eq!(evaluator.resolve(&Difference::default()).unwrap().method, Method::Direct);
    let found = evaluator.gradient_at(&[1.0, 2.0], &Difference::default()).unwrap();
    assert!((found.value[0] - 2.0 * 1f64.exp()).abs() < 1e-4, "{}", found.value);
    let error = evaluator.resolve(&Difference::default().with_method(Method::Incremental)).unwrap_err();
    assert!(error.to_string().contains("was refused"), "{error}");
}

/// More weights than workgroups of 64 go into one dimension of a dispatch, a few of them with a kink within the step.
#[test]
fn layers_of_more_than_65535_workgroups() {
    let mut random = SplitMix64::new(9);
    let (inputs, units) = (2100, 2000);
    let architecture = Architecture::new(inputs, Loss::SoftmaxCrossEntropy)
        .dense(units, Activation::Relu)
        .dense(3, Activation::Identity);
    assert!(inputs * units > 65_535 * 64);
    let samples = Samples::new(normal_matrix(1, inputs, &mut random), Targets::Classes(vec![1])).unwrap();
    let network = Network::new(architecture, samples).unwrap();
    let x = normal_matrix(1, network.dimension(), &mut random) * 0.01;
    let how = Difference::default().with_method(Method::Incremental).with_step(Step::fixed(0.25).unwrap());
    let how = how.with_bars(Bars::Off);
    let [found, exact] = [gpu(), Engine::cpu(Precision::F64)]
        .map(|engine| engine.evaluator(&network).unwrap().gradient(x.view(), &how).unwrap().value);
    let largest = exact.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
    // The weights that come last: without those that have a kink, nothing is left of half of them.
    let last = 65_535 * 64..(inputs + 1) * units;
    let is_kinked = |i: &usize| exact[[0, *i]].abs() > 1e-3 * largest;
    assert!(last.clone().filter(is_kinked).count() > 1000);
    let off = (0..exact.len()).map(|i| (found[[0, i]] - exact[[0, i]]).abs());
    let off = off.fold(0.0, f64::max) / largest;
    assert!(off < 1e-4, "{off:e}");
}

/// A kink within the default step: what is in doubt is evaluated. Here all sums of the first layer are 0.
#[test]
fn kinks_at_the_default_step_are_noticed_when_left_out() {
    let architecture = Architecture::new(3, Loss::SoftmaxCrossEntropy)
        .dense(4, Activation::Relu)
        .dense(2, Activation::Identity);
    let samples = Samples::new(Array2::zeros((2, 3)), Targets::Classes(vec![1, 0])).unwrap();
    let network = Network::new(architecture, samples).unwrap();
    let mut x = normal_matrix(1, network.dimension(), &mut SplitMix64::new(2));
    x.slice_mut(ndarray::s![0, 12..16]).fill(0.0);
    let engine = gpu();
    let biases = |wrong| {
        let right = "in_doubt = in_doubt || abs(";
        let broken = Broken { whole: &network, right, wrong, busy: None };
        let gradient = engine.evaluator(&broken).unwrap().gradient(x.view(), &Difference::default()).unwrap();
        gradient.value.slice_move(ndarray::s![0, 12..16]).mapv(f64::abs).sum()
    };
    assert!(biases("in_doubt = in_doubt || abs(") > 1e-2);
    assert_eq!(biases("in_doubt = in_doubt && abs("), 0.0);
}
