//! Sparse Jacobians: groups of columns are those of scipy, entries the analytic ones within their bars, on every engine; and patterns
//! that lack entries are noticed.

use crate::common::{direct, engines};
use ndarray::Array2;
use plusminus::{
    Closure, Difference, Engine, Error, Method, Number, Precision, Separable, ShaderOptions, SparseJacobian,
    Sparsity, Step, VectorClosure, WgslObjective,
};

/// The number of columns, the columns of each row, and the group of each column.
type Grouped = (usize, &'static [&'static [usize]], &'static [usize]);

/// Patterns, and the groups that `scipy.optimize._numdiff.group_columns` of scipy 1.17.1 puts their columns into, in order.
const PATTERNS: &[Grouped] = &[
    (
        10,
        &[&[0, 1, 4, 7, 9], &[], &[0, 8], &[1, 4, 9], &[7], &[1, 9], &[0, 5, 7], &[4, 6, 7, 8]],
        &[0, 1, 0, 0, 2, 1, 0, 3, 1, 4],
    ),
    (
        9,
        &[&[1, 3, 4, 6, 8], &[1, 5, 8], &[0, 3, 6], &[2, 3, 5, 6, 7], &[1, 2, 3, 5, 7]],
        &[0, 0, 1, 2, 1, 3, 4, 5, 5],
    ),
    (
        12,
        &[
            &[0, 9],
            &[5, 7],
            &[0, 11],
            &[],
            &[5, 9, 10],
            &[3, 6],
            &[0, 5, 8, 10],
            &[2, 3],
            &[5, 10],
            &[],
            &[2, 10],
            &[2, 3, 9],
        ],
        &[0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 3, 1],
    ),
    (7, &[&[0, 1, 2, 3, 4, 5, 6], &[1], &[2], &[3], &[4], &[5], &[6]], &[0, 1, 2, 3, 4, 5, 6]),
];

#[test]
fn groups_of_columns_are_those_of_scipy() {
    for (columns, rows, groups) in PATTERNS {
        let of = |row: &&[usize]| row.to_vec();
        let pattern = Sparsity::new(*columns, rows.iter().map(of)).unwrap();
        assert_eq!(pattern.groups(), *groups);
        assert_eq!(pattern.transposed().transposed(), pattern);
    }
    // More than the bits of a word.
    let wide = Sparsity::new(150, std::iter::once(0..150usize)).unwrap();
    assert_eq!(wide.groups(), (0..150).collect::<Vec<_>>());
    // In any order, and twice.
    let once = Sparsity::new(4, [vec![3, 0, 3], vec![2]]).unwrap();
    assert_eq!((once.of(0), once.of(1), once.entries()), (&[0, 3][..], &[2][..], 3));
    let error = Sparsity::new(3, [vec![0], vec![1, 3]]).unwrap_err().to_string();
    assert!(error.contains("row 1") && error.contains("column 3"), "{error}");
}

const N: usize = 90;

/// Component i: sin(x[i])·x[i+1] + x[i-1]², of a ring.
fn value(i: usize, x: &[f64]) -> f64 {
    x[i].sin() * x[(i + 1) % N] + x[(i + N - 1) % N].powi(2)
}

fn analytic(x: &[f64]) -> Array2<f64> {
    let mut jacobian = Array2::zeros((N, N));
    for i in 0..N {
        jacobian[[i, i]] += x[i].cos() * x[(i + 1) % N];
        jacobian[[i, (i + 1) % N]] += x[i].sin();
        jacobian[[i, (i + N - 1) % N]] += 2.0 * x[(i + N - 1) % N];
    }
    jacobian
}

fn ring() -> Sparsity {
    Sparsity::new(N, (0..N).map(|i| [(i + N - 1) % N, i, (i + 1) % N])).unwrap()
}

fn black_box() -> VectorClosure<impl Fn(&[f64], &mut [f64]) + Send + Sync> {
    VectorClosure::new(N, N, |x, out| (0..N).for_each(|i| out[i] = value(i, x))).unwrap()
}

const TEXT: &str = "fn residual(k: u32) -> real {
    let n = dimension();
    let before = x((k + n - 1u) % n);
    return sin(x(k)) * x((k + 1u) % n) + before * before;
}";

fn text() -> WgslObjective {
    let options = ShaderOptions { terms: Some(N), ..Default::default() };
    WgslObjective::residuals("ring.wgsl", TEXT, N, options).unwrap()
}

fn point() -> Vec<f64> {
    (0..N).map(|i| f64::from(((i * 37 % 101) as f64 * 0.031 - 1.5) as f32)).collect()
}

fn agree(what: &str, found: &SparseJacobian, want: &Array2<f64>, most: f64) {
    assert_eq!(found.value.shape(), want.dim());
    let size = want.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
    for (row, of_row) in want.rows().into_iter().enumerate() {
        for (column, &want) in of_row.iter().enumerate() {
            let Some(got) = found.value.get(row, column) else {
                assert_eq!(want, 0.0, "{what}: {row}, {column} is not there");
                continue;
            };
            let off = (got - want).abs();
            assert!(off <= most * size, "{what}: {row}, {column}: {got} for {want}");
            if let Some(error) = &found.error {
                let bar = error.get(row, column).unwrap();
                // The witness is rounded, too.
                assert!(off <= bar + 1e-15 * size, "{what}: {row}, {column}: {got} ± {bar:e} for {want}");
            }
        }
    }
}

#[test]
fn entries_are_the_analytic_ones_on_every_engine() {
    let (x, ring) = (point(), ring());
    let want = analytic(&x);
    for engine in engines() {
        let what = format!("{} in {}", engine.device(), engine.precision());
        let is_single = engine.precision() == Precision::F32;
        let text = text();
        let mut evaluator = engine.evaluator(&text).unwrap();
        // Known from the text.
        assert_eq!(evaluator.sparsity().unwrap().as_ref(), Some(&ring), "{what}");
        let how = Difference::default();
        let found = evaluator.sparse_jacobian(&x, None, &how).unwrap();
        // A ring of 90 takes three groups.
        assert_eq!((found.directions, found.value.nnz()), (3, 3 * N), "{what}");
        agree(&what, &found, &want, if is_single { 1e-6 } else { 1e-14 });
        // One that is given is tried.
        assert_eq!(evaluator.sparse_jacobian(&x, Some(&ring), &how).unwrap().directions, 4);
        // Differences of evaluations at chosen steps.
        let found = evaluator.sparse_jacobian(&x, None, &how.with_method(Method::Direct)).unwrap();
        assert_eq!(found.directions, 3, "{what}");
        agree(&what, &found, &want, if is_single { 1e-3 } else { 1e-9 });
    }
}

#[test]
fn black_boxes_with_a_pattern() {
    let (x, ring, f) = (point(), ring(), black_box());
    let mut evaluator = Engine::cpu(Precision::F64).evaluator(&f).unwrap();
    assert_eq!(evaluator.sparsity().unwrap(), None);
    let found = evaluator.sparse_jacobian(&x, Some(&ring), &Difference::default()).unwrap();
    agree("black box", &found, &analytic(&x), 1e-9);
    let dense = evaluator
        .jacobian(Array2::from_shape_vec((1, N), x.to_vec()).unwrap().view(), &Difference::default());
    let (few, many) = (found.evaluations, dense.unwrap().evaluations);
    assert!(few * 10 < many, "{few} evaluations, {many} for all axes");
    // Without one, all entries: the same numbers.
    let all = evaluator.sparse_jacobian(&x, None, &Difference::default()).unwrap();
    assert_eq!((all.directions, all.value.nnz()), (N, N * N));
}

/// Steps of the caller's own are taken along each coordinate as by themselves: what comes out is the same in every bit.
#[test]
fn steps_of_the_callers_own() {
    let x: Vec<f64> = point().iter().enumerate().map(|(i, x)| x * [1.0, 100.0, 0.01][i % 3]).collect();
    let points = Array2::from_shape_vec((1, N), x.to_vec()).unwrap();
    let (closure, text) = (black_box(), text());
    for (what, objective) in [("black box", &closure as &dyn plusminus::Objective), ("text", &text)] {
        let mut evaluator = Engine::cpu(Precision::F64).evaluator(objective).unwrap();
        for step in [Step::fixed(1e-3).unwrap(), Step::relative(-12).unwrap()] {
            for how in [direct(Difference::default().scheme, step), Difference::default().with_step(step)] {
                let found = evaluator.sparse_jacobian(&x, Some(&ring()), &how).unwrap();
                let dense = evaluator.jacobian(points.view(), &how).unwrap();
                for (&got, (row, column)) in found.value.iter() {
                    let want = dense.value[[0, row, column]];
                    // The step is divided by in two parts.
                    assert!((got - want).abs() <= 1e-15 * want.abs(), "{what} {step}: {got} {want}");
                }
                // Nothing to try a pattern by.
                assert_eq!(found.directions, 3);
            }
        }
        // One that vanishes in a single coordinate.
        let mut far = x.clone();
        far[17] = 1e9;
        let mut evaluator = Engine::cpu(Precision::F64).evaluator(objective).unwrap();
        let how = direct(Difference::default().scheme, Step::fixed(1e-8).unwrap());
        match evaluator.sparse_jacobian(&far, Some(&ring()), &how) {
            Err(Error::VanishedStep { point: 0, axis: 17, .. }) => {}
            other => panic!("{what}: {other:?}"),
        }
    }
}

/// Coordinates of very different sizes in one group.
#[test]
fn steps_follow_the_size_of_each_coordinate() {
    let n = 6;
    let sizes = [1e-9, 1e6, 1.0, 1e-12, 1e3, 1e9];
    let f = VectorClosure::new(n, n, move |x, out| {
        for i in 0..n {
            out[i] = (x[i] / sizes[i]).exp();
        }
    })
    .unwrap();
    let x: Vec<f64> = sizes.iter().enumerate().map(|(i, size)| size * (0.3 + 0.1 * i as f64)).collect();
    let diagonal = Sparsity::new(n, (0..n).map(|i| [i])).unwrap();
    let mut evaluator = Engine::cpu(Precision::F64).evaluator(&f).unwrap();
    evaluator.scale(Some(&sizes)).unwrap();
    let found = evaluator.sparse_jacobian(&x, Some(&diagonal), &Difference::default()).unwrap();
    assert_eq!(found.directions, 2);
    for i in 0..n {
        let want = (x[i] / sizes[i]).exp() / sizes[i];
        let (got, bar) = (found.value.get(i, i).unwrap(), found.error.as_ref().unwrap().get(i, i).unwrap());
        assert!((got - want).abs() <= *bar && *bar < 1e-9 * want, "{i}: {got} ± {bar:e} for {want}");
        let step = found.step.get(i, i).unwrap();
        assert!((1e-6..1.0).contains(&(step / sizes[i])), "{i}: {step:e}");
    }
}

#[test]
fn patterns_that_lack_entries_are_noticed() {
    let (x, f, text) = (point(), black_box(), text());
    let usage = |objective: &dyn plusminus::Objective, pattern: &Sparsity| {
        let mut evaluator = Engine::cpu(Precision::F64).evaluator(objective).unwrap();
        match evaluator.sparse_jacobian(&x, Some(pattern), &Difference::default()) {
            Err(Error::Usage { message }) => message,
            other => panic!("{other:?}"),
        }
    };
    // One entry of 270.
    let without = |at: (usize, usize)| {
        let rows =
            (0..N).map(|i| [(i + N - 1) % N, i, (i + 1) % N].into_iter().filter(move |&j| (i, j) != at));
        Sparsity::new(N, rows).unwrap()
    };
    for objective in [&f as &dyn plusminus::Objective, &text] {
        for at in [(0, N - 1), (41, 42), (N - 1, N - 1)] {
            let message = usage(objective, &without(at));
            assert!(message.contains(&format!("lacks entries of row {}:", at.0)), "{message}");
        }
    }
    let message = usage(&f, &Sparsity::new(N, (0..3usize).map(|i| [i])).unwrap());
    assert!(message.contains("3 x 90") && message.contains("90 x 90"), "{message}");
    let large = VectorClosure::new(3000, 3000, |x, out| out.copy_from_slice(x)).unwrap();
    let mut evaluator = Engine::cpu(Precision::F64).evaluator(&large).unwrap();
    match evaluator.sparse_jacobian(&[0.5; 3000], None, &Difference::default()) {
        Err(Error::Unsupported { message }) => {
            assert!(message.contains("give a sparsity pattern"), "{message}")
        }
        other => panic!("{other:?}"),
    }
    match evaluator.sparse_jacobian(&[0.5; 3], None, &Difference::default()) {
        Err(Error::Usage { message }) => assert!(message.contains("3 coordinates"), "{message}"),
        other => panic!("{other:?}"),
    }
}

#[derive(Clone)]
struct Chain;

impl Separable for Chain {
    fn terms(&self) -> usize {
        49
    }
    fn reads(&self, s: usize) -> Vec<usize> {
        vec![s + 1, s]
    }
    #[inline(always)]
    fn term<Num: Number>(&self, s: usize, x: &[Num]) -> Num {
        x[s] * x[s + 1]
    }
}

#[test]
fn terms_of_a_separable_closure_know_what_they_read() {
    let f = Closure::separable(50, Chain).unwrap();
    for precision in [Precision::F32, Precision::F64] {
        let mut evaluator = Engine::cpu(precision).evaluator(&f).unwrap();
        let x: Vec<f64> = (0..50).map(|i| f64::from(i) * 0.25).collect();
        let found = evaluator.sparse_jacobian(&x, None, &Difference::default()).unwrap();
        assert_eq!((found.directions, found.value.nnz()), (2, 98));
        for (&got, (row, column)) in found.value.iter() {
            assert_eq!(got, x[if row == column { row + 1 } else { row }]);
        }
        // Of selected terms, in their order.
        evaluator.select(Some(&[7, 3])).unwrap();
        assert_eq!(evaluator.sparsity().unwrap().unwrap(), Sparsity::new(50, [[7, 8], [3, 4]]).unwrap());
        let found = evaluator.sparse_jacobian(&x, None, &Difference::default()).unwrap();
        assert_eq!((found.value.get(1, 4), found.value.get(0, 3)), (Some(&x[3]), None));
    }
}

/// What is noticed says which entry it is about.
#[test]
fn remarks_name_entries() {
    let f = VectorClosure::new(4, 4, |x, out| (0..4).for_each(|i| out[i] = (x[i] - 1.0).abs())).unwrap();
    let diagonal = Sparsity::new(4, (0..4usize).map(|i| [i])).unwrap();
    let mut evaluator = Engine::cpu(Precision::F64).evaluator(&f).unwrap();
    let how = Difference::default().with_step(Step::Auto);
    let found = evaluator.sparse_jacobian(&[0.5, 2.0, 1.0, 3.0], Some(&diagonal), &how);
    // Where there is a kink, nothing is known along any direction, so that the pattern is not called wrong.
    let found = found.unwrap();
    let kink = found.remarks.iter().find(|remark| remark.term == Some(2)).unwrap();
    assert_eq!((kink.point, kink.axis), (0, Some(2)), "{kink}");
    assert_eq!(found.value.get(3, 3).map(|slope| (slope - 1.0).abs() < 1e-9), Some(true));
}

/// What is special about one coordinate does not spoil others: each line by lines along axes.
#[test]
fn coordinates_do_not_spoil_each_other() {
    let direct = direct(Difference::default().scheme, None);
    let n = |texts: &[&str], n| WgslObjective::from_expressions(texts, n).unwrap();
    let inf = f64::INFINITY;
    let kink = ["exp(x0)", "x1", "abs(x2)"];
    type Case<'a> = (&'a [&'a str], &'a [f64], Option<[Vec<f64>; 2]>, &'a [f64]);
    let cases: [Case<'_>; 6] = [
        // A bound of one, a kink of another; bounds on both sides.
        (&kink, &[0.0, 1.0, 0.0], Some([vec![0.0, -inf, -inf], vec![inf; 3]]), &[1.0, 1.0, 0.0]),
        (&kink, &[0.0, 1.0, 0.0], Some([vec![0.0, -inf, -inf], vec![inf, 1.0, inf]]), &[1.0, 1.0, 0.0]),
        // Steps that are small for one.
        (&["sqrt(x0)", "x1", "x2"], &[1e-15, 3.0, 4.0], None, &[15_811_388.300_841_896, 1.0, 1.0]),
        (&["log(x0)", "x1^2", "sqrt(x2 - 1)"], &[1e-9, 3.0, 1.0001], None, &[1e9, 6.0, 50.0]),
        // One that is not finite close by, and a kink.
        (
            &["sqrt(x0)", "sqrt(abs(x1))", "abs(x2)"],
            &[1e-15, 3.0, 0.0],
            None,
            &[15_811_388.300_841_896, 0.288_675_134_594_812_9, 0.0],
        ),
        (&["abs(x0 - 1e6)", "x1*x1", "abs(x2 + 3e-5)"], &[1e6, 2.0, -3e-5], None, &[0.0, 4.0, 0.0]),
    ];
    for (texts, x, bounds, want) in cases {
        for how in [Difference::default(), direct] {
            let f = n(texts, x.len());
            let mut evaluator = Engine::cpu(Precision::F64).evaluator(&f).unwrap();
            let limits = bounds.as_ref().map(|[lower, upper]| (&lower[..], &upper[..]));
            evaluator.bound(limits).unwrap();
            let found = evaluator.sparse_jacobian(x, None, &how).unwrap();
            for (i, want) in want.iter().enumerate() {
                let (got, bar) =
                    (found.value.get(i, i).unwrap(), found.error.as_ref().unwrap().get(i, i).unwrap());
                // Of 1.0001 - 1, too, which is no number of f64.
                let off = (got - want).abs();
                assert!(off <= bar + 1e-12 * want.abs(), "{texts:?} {i}: {got} ± {bar:e} for {want}");
                assert!(*bar <= 1e-5 * want.abs().max(1.0) || *want == 0.0, "{texts:?} {i}: {got} ± {bar:e}");
            }
            for remark in &found.remarks {
                if let plusminus::Notice::Kink { left, right } = remark.notice {
                    let size = (left.abs() - 1.0).abs() + (right.abs() - 1.0).abs();
                    assert!(size < 1e-6, "{texts:?}: {remark}");
                    assert_eq!(want[remark.axis.unwrap()], 0.0, "{texts:?}: {remark}");
                }
            }
        }
    }
    // The error is that of the axis.
    let f = n(&["log(x0)", "x1^2"], 2);
    let mut evaluator = Engine::cpu(Precision::F64).evaluator(&f).unwrap();
    let how = Difference::default().with_step(Step::fixed(1e-3).unwrap()).with_method(Method::Direct);
    let error = evaluator.sparse_jacobian(&[1e-9, 3.0], None, &how).unwrap_err().to_string();
    assert!(error.contains("x[0]") && error.contains("smaller step"), "{error}");
}
