//! Functions in the styles in which people write WGSL, sheet by sheet: values and Jacobians on all engines against the same
//! functions in Rust.

#[cfg(feature = "gpu")]
use crate::common::gpu_in;
use ndarray::{Array2, arr2};
use plusminus::{Difference, Engine, Precision, ShaderOptions, WgslObjective};

/// A function in Rust, and its name.
type Function = (&'static str, fn([f64; 3]) -> f64);

/// Declares sheets: a text of several functions, `residual(k)` being the k-th, and the same in Rust.
macro_rules! sheets {
    ($($name:ident)*) => {
        $(mod $name;)*

        const SHEETS: &[(&str, &str, &[Function])] = &[
            $((stringify!($name), include_str!(concat!("corpus/", stringify!($name), ".wgsl")), $name::FUNCTIONS)),*
        ];
    };
}

sheets! { colour control distance integrals learning linalg noise optics physics shading statistics tables }

fn points() -> Array2<f64> {
    arr2(&[[0.37, -0.61, 1.29], [-1.13, 0.47, -0.33], [1.71, 1.33, 0.58]]).mapv(|x| f64::from(x as f32))
}

/// The derivative along an axis, by Richardson's extrapolation of central differences in f64; good to some 1e-9.
fn slope(f: fn([f64; 3]) -> f64, x: [f64; 3], axis: usize) -> f64 {
    let quotient = |h: f64| {
        let moved = |h: f64| {
            let mut x = x;
            x[axis] += h;
            f(x)
        };
        (moved(h) - moved(-h)) / (2.0 * h)
    };
    let h = 1e-3;
    (4.0 * quotient(0.5 * h) - quotient(h)) / 3.0
}

fn check(engine: &Engine) {
    for (sheet, text, functions) in SHEETS {
        check_sheet(engine, sheet, text, functions);
    }
}

/// Each function by itself: lavapipe compiles a sheet with slopes for minutes.
#[cfg(feature = "gpu")]
fn check_one_by_one(engine: &Engine) {
    for (sheet, text, functions) in SHEETS {
        for (k, function) in functions.iter().enumerate() {
            let begin = std::time::Instant::now();
            check_sheet(engine, sheet, &alone(text, k), &[*function]);
            eprintln!("{sheet}, {}: {:.1} s", function.0, begin.elapsed().as_secs_f64());
        }
    }
}

/// A sheet whose only residual is its k-th.
#[cfg(feature = "gpu")]
fn alone(text: &str, k: usize) -> String {
    let signature = "fn residual(k: u32) -> real {";
    let (functions, residual) = text.rsplit_once(signature).unwrap();
    let (before, cases) = residual.split_once("switch k {").unwrap();
    let call = cases.split("return ").nth(k + 1).and_then(|case| case.split(';').next()).unwrap();
    format!("{functions}{signature}{before} return {call}; }}")
}

fn check_sheet(engine: &Engine, sheet: &str, text: &str, functions: &[Function]) {
    let points = points();
    let (of_values, of_slopes) = match engine.precision() {
        Precision::F32 => (2e-5, 1e-4),
        Precision::F64 => (1e-11, 1e-7),
    };
    let options = ShaderOptions { terms: Some(functions.len()), ..Default::default() };
    let objective = WgslObjective::residuals(sheet, text, 3, options).unwrap();
    let mut evaluator = engine.evaluator(&objective).unwrap();
    let values = evaluator.terms(points.view()).unwrap();
    let found = evaluator.jacobian(points.view(), &Difference::default()).unwrap();
    let bars = found.error.unwrap();
    for (p, x) in points.rows().into_iter().enumerate() {
        let x = [x[0], x[1], x[2]];
        for (k, (name, f)) in functions.iter().enumerate() {
            let (got, want) = (values[[p, k]], f(x));
            let most = of_values * want.abs().max(0.1);
            assert!((got - want).abs() <= most, "{sheet}, {name} at {x:?} on {engine:?}: {got} for {want}");
            for axis in 0..3 {
                let (got, bar) = (found.value[[p, k, axis]], bars[[p, k, axis]]);
                let want = slope(*f, x, axis);
                let scale = want.abs().max(f(x).abs()).max(0.1);
                let error = (got - want).abs();
                assert!(
                    error <= bar + 1e-7 * scale && bar <= 100.0 * of_slopes * scale,
                    "{sheet}, {name} at {x:?} along {axis} on {engine:?}: {got} ± {bar:e} for {want}"
                );
            }
        }
    }
}

#[test]
fn on_the_cpu_engine_in_f64() {
    check(&Engine::cpu(Precision::F64));
}

#[test]
fn on_the_cpu_engine_in_f32() {
    check(&Engine::cpu(Precision::F32));
}

#[cfg(feature = "gpu")]
#[test]
#[ignore = "takes many minutes on lavapipe, which compiles some functions for minutes"]
fn on_the_device_in_f64() {
    check_one_by_one(&gpu_in(Precision::F64));
}

#[cfg(feature = "gpu")]
#[test]
#[ignore = "takes many minutes on lavapipe, which compiles some functions for minutes"]
fn on_the_device_in_f32() {
    check_one_by_one(&gpu_in(Precision::F32));
}

/// Of a device values alone, and of some sheets: slopes, and the others, take long to compile there.
#[cfg(feature = "gpu")]
#[test]
fn values_on_the_device() {
    for (name, precision) in [("colour", Precision::F32), ("statistics", Precision::F64)] {
        let (engine, points) = (gpu_in(precision), points());
        let Some((sheet, text, functions)) = SHEETS.iter().find(|sheet| sheet.0 == name) else {
            panic!("no sheet {name}")
        };
        let options = ShaderOptions { terms: Some(functions.len()), ..Default::default() };
        let objective = WgslObjective::residuals(sheet, text, 3, options).unwrap();
        let values = engine.evaluator(&objective).unwrap().terms(points.view()).unwrap();
        for (p, x) in points.rows().into_iter().enumerate() {
            for (k, (name, f)) in functions.iter().enumerate() {
                let (got, want) = (values[[p, k]], f([x[0], x[1], x[2]]));
                let most = if precision == Precision::F32 { 2e-5 } else { 1e-11 } * want.abs().max(0.1);
                assert!(
                    (got - want).abs() <= most,
                    "{sheet}, {name} at {x} in {precision}: {got} for {want}"
                );
            }
        }
    }
}
