//! `bitcast` of numbers of f32 in objectives.

use crate::common::engines;
use ndarray::arr2;
use plusminus::{Difference, Engine, Precision, ShaderOptions, WgslObjective};

fn of(text: &str, dimension: usize) -> WgslObjective {
    WgslObjective::new("test.wgsl", text, dimension, ShaderOptions::default()).unwrap()
}

/// The bits of an f32 are those of Rust's, in either precision; those of an f64 are refused with a reason.
#[test]
fn bits_of_single_numbers() {
    let noise = |seed: f32| {
        let mut h = seed.to_bits() ^ 0x9e37_79b9;
        h = (h ^ (h >> 16)).wrapping_mul(0x85eb_ca6b);
        f64::from(f32::from_bits((h & 0x007f_ffff) | 0x3f80_0000)) - 1.0
    };
    let text = "fn hash(seed: f32) -> real {
            var h = bitcast<u32>(seed) ^ 0x9e3779b9u;
            h = (h ^ (h >> 16u)) * 0x85ebca6bu;
            return real(bitcast<f32>((h & 0x007fffffu) | 0x3f800000u)) - 1.0;
        }
        fn objective() -> real { return hash(f32(floor(x(0)))) * x(1) + x(2); }";
    let objective = of(text, 3);
    let x = arr2(&[[1.5, 2.0, 0.25], [-3.25, 0.5, 1.0]]);
    for engine in engines() {
        let mut evaluator = engine.evaluator(&objective).unwrap();
        let found = evaluator.gradient(x.view(), &Difference::default()).unwrap();
        let values = found.values.unwrap();
        for (i, x) in x.rows().into_iter().enumerate() {
            let hash = noise(x[0].floor() as f32);
            assert!((values[i] - (hash * x[1] + x[2])).abs() <= 1e-6, "{engine:?}");
            assert_eq!(found.value[[i, 0]], 0.0);
            assert!((found.value[[i, 1]] - hash).abs() <= 1e-6, "{engine:?}");
        }
    }
    let moving = "fn objective() -> real { return real(bitcast<u32>(x(0)) & 255u); }";
    let objective = of(moving, 1);
    let error = Engine::cpu(Precision::F64).evaluator(&objective).err().unwrap().to_string();
    assert!(error.contains("`bitcast` takes the bits of an f32"), "{error}");
    let found = Engine::cpu(Precision::F32)
        .evaluator(&objective)
        .unwrap()
        .gradient(arr2(&[[0.3]]).view(), &Difference::default())
        .unwrap();
    // No slope is claimed of bits that change with every step.
    assert!(found.error.is_none_or(|bars| bars[[0, 0]].is_nan() || bars[[0, 0]] >= 1.0), "{:?}", found.value);
}
