//! Slopes against the same instructions on the host, numbers and bounds alike; kernels and rules, broken, are noticed.

use std::sync::{Arc, Mutex};

use super::super::slopes::{Beyond, PmSlopes, Shared, SlopeKernels};
use super::super::terms::TermKernels;
use super::{gpu, has_f64, largest};
use crate::backend::plan::Limits;
use crate::backend::sums::Tree;
use crate::backend::{Bounded, Carried, Carry, CarryAlong};
use crate::numeric::{Precision, Real};
use crate::objective::{Input, Objective, Seeds, ShaderOptions, SlopeRows, WgslObjective};
use crate::program::{Carrying, Flag, How, LANES, Model, Program, Role, Text, Traps, data_errors, in_lanes};

const TERMS: usize = 300;
const DATA: [f64; 3] = [0.3, -0.7, 0.55];
/// At the second the branch is in doubt.
const POINTS: [f32; 6] = [0.6, -0.25, 1.5, -1.0, 0.45, 0.5];

/// Which slopes.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Which {
    First,
    /// Second ones in planes, and along axes and a vector.
    Planes,
    Across,
}
use Which::{Across, First, Planes};

const AXES: [u32; 3] = [0, 1, 2];
const PLANES: [[u32; 2]; 6] = [[0, 0], [0, 1], [0, 2], [1, 1], [1, 2], [2, 2]];
/// A vector a point, and how far off its components are.
const VECTORS: [f32; 6] = [0.5, -1.25, 0.75, 1.0, 0.25, -0.5];
const VECTOR_ERRORS: [f32; 6] = [1e-7, 0.0, 3e-7, 0.0, 2e-7, 1e-6];

fn numbers<T: Real>(numbers: &[f32]) -> Vec<T> {
    numbers.iter().map(|&x| T::of(f64::from(x))).collect()
}

/// No quotients: how well the host and devices divide, rules know by themselves.
const TEXT: &str = "
    fn piece(a: real) -> real {
        if (a < 0.0) { return -a; }
        return a * a;
    }
    fn term(s: u32) -> real {
        let k = data(s % 3u);
        var t: array<real, 3>;
        for (var i = 0u; i < 3u; i++) { t[(i + s) % 3u] = x(i) * k; }
        var sum = exp(t[0]) * piece(t[1]) - sin(t[2]) + max(t[0], 2.0 * t[1]);
        if (x(2) < 0.5) { sum += t[0] * t[1]; }
        return sum;
    }";

/// What a device makes of it, a text changed; at most so many invocations of a submission.
fn on_device<T: Real>(
    which: Which,
    broken: Option<(&'static str, &'static str)>,
    most: Option<u64>,
) -> Carried {
    runs::<T>(which, broken, most, &[0]).remove(0)
}

/// The same of several samples with random rounding; 0 is none.
fn runs<T: Real>(
    which: Which,
    broken: Option<(&'static str, &'static str)>,
    most: Option<u64>,
    samples: &[u32],
) -> Vec<Carried> {
    let gpu = gpu();
    let options = ShaderOptions { data: DATA.to_vec(), terms: Some(TERMS), ..Default::default() };
    let objective = WgslObjective::new("test.wgsl", TEXT, 3, options).unwrap();
    let terms = TermKernels::new(Arc::clone(&gpu), &objective, T::PRECISION, |text| text).unwrap();
    let is_found = Arc::new(Mutex::new(broken.is_none()));
    let found = Arc::clone(&is_found);
    let change = move |text: String| match broken {
        Some((right, wrong)) if text.contains(right) => {
            *found.lock().unwrap() = true;
            text.replacen(right, wrong, 1)
        }
        _ => text,
    };
    let mut kernels = SlopeKernels::new(Arc::clone(&gpu), &objective, T::PRECISION, change).unwrap().unwrap();
    let limits = Limits { real: size_of::<T>() as u64, ..gpu.limits() };
    let submission = most.map_or(limits.submission, |most| most * TERMS as u64);
    let shared = Shared {
        words: &terms.words,
        data: &terms.data,
        data_len: terms.data_len,
        terms: TERMS,
        iterations: 4,
        // Chunks of many terms.
        limits: Limits { submission, busy: 8, ..limits },
    };
    let (points, vectors, errors) = (numbers(&POINTS), numbers(&VECTORS), numbers(&VECTOR_ERRORS));
    let along = match which {
        First => CarryAlong::Axes(&AXES),
        Planes => CarryAlong::Planes(&PLANES),
        Across => CarryAlong::Across(&AXES, &vectors, &errors),
    };
    for beyond in [Beyond::Second, Beyond::Samples] {
        assert!(kernels.has(beyond, &objective).unwrap());
    }
    let run = |&sample: &u32| {
        let bars = sample == 0;
        let carry = Carry { points: &points, n: 3, along, by_term: false, steps: None, bars, sample, all: 0 };
        kernels.run::<T>(&objective, &shared, &carry).unwrap()
    };
    let carried = samples.iter().map(run).collect();
    assert!(*is_found.lock().unwrap(), "the text to break is gone: {broken:?}");
    assert_eq!(objective.dimension(), 3);
    carried
}

/// The same instructions with the same model, run on the host.
fn on_host<T: Real>(which: Which, sample: u32) -> Carried {
    let mut carried = Carried { values: Vec::new(), slopes: Vec::new(), trapped: None };
    let slots = if which == First { 3 } else { 1 };
    let model = Model::device(T::PRECISION);
    let how = How {
        slots,
        second: which != First,
        finite: false,
        bars: true,
        random: sample > 0,
        inexact_direction: which == Across,
        first: None,
        model,
    };
    let text = Text::new("test.wgsl", TEXT);
    let data: Vec<T> = DATA.iter().map(|&value| T::of(value)).collect();
    let program = Program::<T>::new(text, Role::Scalar, 3, data).unwrap();
    let carrying = program.carrying(&how, false, &Arc::new(data_errors(&DATA))).unwrap();
    for (point, x) in POINTS.chunks_exact(3).enumerate() {
        let own = 3 * point..3 * point + 3;
        let (x, v, errors): (Vec<T>, _, _) =
            (numbers(x), numbers(&VECTORS[own.clone()]), numbers(&VECTOR_ERRORS[own]));
        let lanes = |axis: u32| [axis; LANES];
        let found: Vec<Vec<Bounded>> = match which {
            First => vec![sums((&carrying, sample), &x, Seeds::Axes(AXES.map(lanes).as_flattened()), 3)],
            Planes => PLANES
                .iter()
                .map(|plane| {
                    sums((&carrying, sample), &x, Seeds::Planes(&lanes(plane[0]), &lanes(plane[1])), 1)
                })
                .collect(),
            Across => AXES
                .iter()
                .map(|&axis| sums((&carrying, sample), &x, Seeds::Across(&lanes(axis), &v, &errors), 1))
                .collect(),
        };
        carried.values.push(found[0][0]);
        carried.slopes.extend(found.iter().flat_map(|found| &found[1..]));
    }
    carried
}

/// Of all terms at a point: the value, then the slopes.
fn sums<T: Real>(
    (carrying, sample): (&Carrying<T>, u32),
    x: &[T],
    seeds: Seeds<'_, T>,
    slots: usize,
) -> Vec<Bounded> {
    let mut sums = Tree::default();
    let mut flags = vec![0; 1 + slots];
    for first in (0..TERMS as u32).step_by(LANES) {
        let terms: Vec<u32> = (first..(first + LANES as u32).min(TERMS as u32)).collect();
        let (lanes, active) = in_lanes(&terms);
        let job = (Input::Same(x), lanes, active);
        carrying
            .sample(sample, job, (seeds, &[]), &Traps::default(), |found| {
                for lane in 0..terms.len() {
                    let of = |value: T, bound: T| Bounded {
                        value: value.to_f64(),
                        bound: bound.to_f64(),
                        flags: 0,
                    };
                    let slope = |slot: usize| of(found.slopes(slot)[lane], found.bounds(slot)[lane]);
                    let value = of(found.values()[lane], found.errors()[lane]);
                    sums.push([value].into_iter().chain((0..slots).map(slope)).collect());
                }
                for slot in 0..slots {
                    for (flag, bit) in [(Flag::Branch, 1), (Flag::Jump, 2), (Flag::Corner, 4)] {
                        flags[1 + slot] |= if found.raised(flag, slot) != 0 { bit } else { 0 };
                    }
                }
            })
            .unwrap();
    }
    sums.finish().into_iter().zip(flags).map(|(sum, flags)| Bounded { flags, ..sum }).collect()
}

/// How far apart the two are: numbers beside their bounds, bounds relative to each other; infinite if flags differ.
fn distance<T: Real>(which: Which, device: &Carried) -> f64 {
    let host = on_host::<T>(which, 0);
    assert_eq!(device.slopes.len(), host.slopes.len());
    let pairs = device.values.iter().zip(&host.values).chain(device.slopes.iter().zip(&host.slopes));
    largest(pairs.map(|(a, b)| {
        if a.flags != b.flags {
            return f64::INFINITY;
        }
        let off = (a.value - b.value).abs() / (a.bound + b.bound);
        // By as much as functions of devices differ from the host's; in f64 sums, which are not the same, are rounded, too.
        let wide = (a.bound / b.bound - 1.0).abs();
        off.max(wide * if T::PRECISION == Precision::F64 { 0.5 } else { 20.0 })
    }))
}

fn worst<T: Real>(which: Which, broken: Option<(&'static str, &'static str)>) -> f64 {
    distance::<T>(which, &on_device::<T>(which, broken, None))
}

#[test]
fn numbers_and_bounds_are_those_of_the_same_instructions_on_the_host() {
    for (which, most) in
        [First, Planes, Across].into_iter().flat_map(|which| [(which, None), (which, Some(2))])
    {
        let single = on_device::<f32>(which, None, most);
        assert!(distance::<f32>(which, &single) < 1.0, "{single:?}\n{:?}", on_host::<f32>(which, 0));
        if has_f64() {
            let double = on_device::<f64>(which, None, most);
            assert!(distance::<f64>(which, &double) < 1.0, "{double:?}\n{:?}", on_host::<f64>(which, 0));
        }
        // At the second point what moves the comparison is in doubt: the third axis, and all planes and vectors with it.
        let flags: Vec<u8> = single.slopes.iter().map(|slope| slope.flags).collect();
        let doubtful = |at: usize| match which {
            First => at == 5,
            Planes => at >= 6 && PLANES[at - 6].contains(&2),
            Across => at >= 3,
        };
        let wanted = |at| if doubtful(at) { SlopeRows::<f32>::BRANCH } else { 0 };
        assert_eq!(flags, (0..flags.len()).map(wanted).collect::<Vec<u8>>());
    }
}

#[test]
fn every_broken_kernel_and_rule_is_noticed() {
    for (right, wrong) in [
        ("a * db + da * b", "a * db - da * b"),
        ("k * u() * abs(g * d)", "k * abs(g * d)"),
        ("return real(PM_UNIT);", "return real(1.5 * PM_UNIT);"),
        ("(da != db)", "(da == db)"),
        ("return da - db", "return da + db"),
        ("pm_axis[slot] == i", "pm_axis[slot] != i"),
        ("pm_points[pm_point_offset + i]", "pm_points[i]"),
        ("sum.bound + bound", "sum.bound"),
        ("let high = pm_sealed(sum.high + more, zero);", "let high = pm_sealed(more, zero);"),
        ("t < min(first + pm_work.terms_per_chunk, pm_work.terms)", "t + 1u < pm_work.terms"),
        ("v * real(1u + zero)", "v * real(2u + zero)"),
    ] {
        let in_double = right.contains("real(1u");
        if in_double && !has_f64() {
            continue;
        }
        let broken = Some((right, wrong));
        let error = if in_double { worst::<f64>(First, broken) } else { worst::<f32>(First, broken) };
        assert!(error.is_nan() || error > 1.0, "{wrong}: the distance is only {error:e}");
    }
    for (which, right, wrong) in [
        (Planes, "return (a * sb + sa * b) + (da * cb + ca * db);", "return (a * sb + sa * b) + da * cb;"),
        (Planes, "first + real(3.0) * u() * size", "real(3.0) * u() * size"),
        (Planes, "l * u() * abs(r * d * c)", "l * abs(r * d * c)"),
        (Planes, "pm_axes[first_axis + slot]", "pm_axes[first_axis]"),
        (Planes, "pair % pm_work.groups) * PM_LINES", "pair % pm_work.groups) * PM_SLOTS"),
        (Across, "PM_ALONG_VECTORS && slot == PM_VECTOR", "PM_ALONG_VECTORS"),
        (Across, "if (slot != PM_VECTOR) { return 0.0; }", ""),
        (Across, "pm_vectors[pm_work.errors + pm_point_offset", "pm_vectors[pm_work.errors"),
    ] {
        let error = worst::<f32>(which, Some((right, wrong)));
        assert!(error.is_nan() || error > 1.0, "{wrong}: the distance is only {error:e}");
    }
}

const SAMPLES: u32 = 24;

/// By how much samples are off, in root mean squares, slope by slope; the first is none.
fn spreads(runs: &[Carried]) -> Vec<f64> {
    let (plain, samples) = runs.split_first().unwrap();
    let off = |slope: usize| {
        let squares = samples.iter().map(|run| (run.slopes[slope].value - plain.slopes[slope].value).powi(2));
        (squares.sum::<f64>() / samples.len() as f64).sqrt()
    };
    (0..plain.slopes.len()).map(off).collect()
}

/// How far the spreads on a device are from those of the same instructions on the host, whose signs are others: the mean of
/// their logarithms.
fn spread_apart<T: Real>(which: Which, broken: Option<(&'static str, &'static str)>) -> f64 {
    let samples: Vec<u32> = (0..=SAMPLES).collect();
    let device = spreads(&runs::<T>(which, broken, None, &samples));
    let host: Vec<Carried> = samples.iter().map(|&sample| on_host::<T>(which, sample)).collect();
    // What depends on no rounding has no spread; beyond the branch at the second point samples may differ.
    let pairs: Vec<(f64, f64)> =
        device.iter().copied().zip(spreads(&host)).filter(|pair| pair.0 > 0.0 || pair.1 > 0.0).collect();
    assert!(pairs.len() >= 3);
    pairs.iter().map(|(a, b)| (a / b).ln()).sum::<f64>() / pairs.len() as f64
}

#[test]
fn samples_with_random_rounding_spread_as_on_the_host() {
    for which in [First, Planes, Across] {
        let single = spread_apart::<f32>(which, None);
        let double = if has_f64() { spread_apart::<f64>(which, None) } else { 0.0 };
        assert!(single.abs() < 0.2 && double.abs() < 0.2, "{which:?}: {single}, {double}");
    }
    for (right, wrong) in [
        ("real(1u + ((bits >> 29u) & 3u))", "real(1.0)"),
        ("return select(v - size, v + size, bits < 0x80000000u);", "return v + size;"),
    ] {
        let apart = spread_apart::<f32>(First, Some((right, wrong)));
        assert!(apart.is_nan() || apart.abs() > 0.2, "{wrong}: {apart}");
    }
    // Samples that are all the same one.
    let differ = |broken| {
        let samples = runs::<f32>(First, broken, None, &[1, 2]);
        samples[0].slopes.iter().zip(&samples[1].slopes).any(|(a, b)| a.value != b.value)
    };
    assert!(differ(None) && !differ(Some(("return pm_work.sample;", "return 1u;"))));
}

#[test]
fn the_same_input_gives_the_same_bits() {
    for which in [First, Planes] {
        let [one, other] = [(); 2].map(|()| on_device::<f32>(which, None, None));
        assert_eq!((one.values, one.slopes), (other.values, other.slopes));
    }
}

/// The struct stands in WGSL and in Rust.
#[test]
fn sizes_are_laid_out_alike() {
    let text = include_str!("../../../../shaders/slopes.wgsl");
    let body = text.split("struct PmSlopes {").nth(1).unwrap().split('}').next().unwrap();
    let fields: Vec<&str> = body
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("//"))
        .map(|line| line.split(": u32,").next().unwrap())
        .collect();
    assert_eq!(fields, PmSlopes::FIELDS);
}
