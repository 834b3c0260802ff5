//! Texts that are functions of a few sums: the programs of the terms and of the function, made when slopes are first asked for.

use std::sync::{Arc, OnceLock};

use super::WgslObjective;
use super::apart::{ENOUGH, POINTS, irregular, pays};
use super::slopes::Carried;
use crate::numeric::Real;
use crate::objective::sums::{Along, AtInputs, Outer, Product};
use crate::objective::{OfSums, Selection, SlopeRows, Slopes};
use crate::program::{
    Carrying, Flag, How, Input, LANES, Model, Program, Role, Seeds, Text, TextOfSums, Traps, data_errors,
    take_sums,
};

/// How many times as far apart as is known of both may be, since the whole adds up in its own way.
const APART: f64 = 16.0;

/// Coordinates that a term reads, at most, in the mean: with more, the whole takes no longer.
const MOST_READ: usize = 32;

/// A text as a function of sums, and its programs in both precisions.
#[derive(Default)]
pub(super) struct Sums {
    text: OnceLock<Option<TextOfSums>>,
    single: OnceLock<Option<Made<f32>>>,
    double: OnceLock<Option<Made<f64>>>,
}

/// The programs in one precision.
pub(super) struct Made<T: Real> {
    terms: Arc<Program<T>>,
    outer: Arc<Function<T>>,
}

/// The function of sums.
struct Function<T> {
    carrying: Carrying<T>,
    /// With random rounding.
    sampled: Carrying<T>,
    /// Of the numbers of data that the objective itself has.
    data_errors: Vec<T>,
    inputs: usize,
}

/// Precisions that programs are made in.
pub(super) trait InPrecision: Real {
    fn made(sums: &Sums) -> &OnceLock<Option<Made<Self>>>;
}

impl InPrecision for f32 {
    fn made(sums: &Sums) -> &OnceLock<Option<Made<f32>>> {
        &sums.single
    }
}

impl InPrecision for f64 {
    fn made(sums: &Sums) -> &OnceLock<Option<Made<f64>>> {
        &sums.double
    }
}

impl WgslObjective {
    /// The function as one of sums, if it is such and each term reads few coordinates.
    pub(super) fn of_sums<T: InPrecision>(&self, whole: &Program<T>) -> Option<OfSums<T>> {
        let text =
            self.sums.text.get_or_init(|| take_sums(&self.text, self.dimension, self.data.len())).as_ref()?;
        let made = T::made(&self.sums).get_or_init(|| self.made(text, whole)).as_ref()?;
        let errors = Arc::new(data_errors(&self.data));
        let all = text.ends.last().copied().unwrap_or(0);
        let begins = std::iter::once(0).chain(text.ends.iter().copied());
        let terms = begins.zip(&text.ends).map(|(begin, &end)| {
            let own: Vec<u32> = (begin as u32..end as u32).collect();
            let selection = (Selection::Only(&own), all);
            let carried = Carried::new(&self.path, &made.terms, false, Arc::clone(&errors), selection)?;
            Some((Arc::new(carried) as Arc<dyn Slopes<T>>, own.len()))
        });
        let sums = terms.collect::<Option<Vec<_>>>()?;
        let outer = Arc::clone(&made.outer) as Arc<dyn Outer>;
        Some(OfSums { sums, products: text.products.clone(), beside: text.beside.clone(), outer })
    }

    fn made<T: Real>(&self, text: &TextOfSums, whole: &Program<T>) -> Option<Made<T>> {
        let inputs = text.products.len() + text.beside.len();
        let of = |text: &str, dimension: usize, data: &[f64]| {
            let source = Text {
                path: &self.path,
                text,
                f32_as_real: self.f32_as_real,
                of_expression: self.of_expression,
            };
            let data = data.iter().map(|&value| T::of(value)).collect();
            let made = Program::new(source, Role::Scalar, dimension, data);
            made.inspect_err(|report| tracing::debug!("`{}` is no function of sums: {report}", self.path))
                .ok()
        };
        let terms = Arc::new(of(&text.terms, self.dimension, &self.data)?);
        let count = *text.ends.last()?;
        let read: usize = terms.reads(count).map(|reads| (0..count).map(|s| reads.of(s).len()).sum())?;
        let x: Vec<T> = irregular(self.dimension, POINTS[0]).into_iter().map(T::of).collect();
        let last = count as u32 - 1;
        let of_a_term = terms.turns(&x, &[0, last / 2, last], &Traps::default());
        if read > MOST_READ * count || !pays(whole.turns(&x, &[0], &Traps::default()), of_a_term, count) {
            return None;
        }
        let data = [&self.data[..], &vec![0.0; inputs]].concat();
        let outer = Function::new(&of(&text.outer, inputs, &data)?, &self.data, inputs)?;
        let made = Made { terms, outer: Arc::new(outer) };
        let agrees = self.agrees(text, &made, whole);
        if !agrees {
            tracing::debug!("`{}` and its function of sums differ", self.path);
        }
        agrees.then_some(made)
    }

    /// Whether both have the same values, within what is known of them.
    fn agrees<T: Real>(&self, text: &TextOfSums, made: &Made<T>, whole: &Program<T>) -> bool {
        let epsilon = T::PRECISION.epsilon();
        let mut alike = 0;
        for range in POINTS {
            let x: Vec<T> = irregular(self.dimension, range).into_iter().map(T::of).collect();
            let traps = Traps::default();
            let value = whole.of_terms(&x, &[0], &traps)[0].to_f64();
            let (mut sums, mut begin) = (Vec::new(), 0);
            for &end in &text.ends {
                let terms: Vec<u32> = (begin as u32..end as u32).collect();
                let (mut sum, mut size) = (0.0, 0.0);
                for lanes in terms.chunks(LANES) {
                    for term in &made.terms.of_terms(&x, lanes, &traps)[..lanes.len()] {
                        sum += term.to_f64();
                        size += term.to_f64().abs();
                    }
                }
                // One rounding of the running sum for each turn.
                sums.push((sum, 2.0 * epsilon * terms.len() as f64 * (size + 1.0)));
                begin = end;
            }
            let (mut inputs, mut errors) = (Vec::new(), Vec::new());
            let mut sums = sums.into_iter();
            for &is_product in &text.products {
                let (mut input, mut error) = sums.next().unwrap_or((f64::NAN, f64::NAN));
                if is_product {
                    let negative = sums.next().map_or(f64::NAN, |(sum, _)| sum);
                    (input, error) = Product::new((input, error), negative).value();
                }
                inputs.push(input);
                errors.push(error);
            }
            for &axis in &text.beside {
                inputs.push(x.get(axis as usize).map_or(f64::NAN, |x| x.to_f64()));
                errors.push(0.0);
            }
            let Some(found) = made.outer.at(&inputs, &errors, &Along::default(), 0) else { continue };
            if traps.take().is_some() || !value.is_finite() || !found.value.is_finite() {
                continue;
            }
            if (value - found.value).abs() > APART * (found.error + epsilon * value.abs()) {
                return false;
            }
            alike += 1;
            if alike == ENOUGH {
                return true;
            }
        }
        // Where neither has a value nothing is known.
        false
    }
}

impl<T: Real> Function<T> {
    fn new(program: &Program<T>, data: &[f64], inputs: usize) -> Option<Self> {
        let mut errors: Vec<T> = data_errors(data);
        errors.resize(data.len(), T::ZERO);
        let data_errors = errors.clone();
        // So many that are not 0: what is known of the sums is told at each call.
        errors.resize(data.len() + inputs, T::ONE);
        let how = |random: bool| How {
            slots: 1,
            second: false,
            finite: false,
            bars: true,
            random,
            inexact_direction: true,
            first: None,
            model: Model::cpu(T::PRECISION),
        };
        let errors = Arc::new(errors);
        let carrying = program.carrying(&how(false), false, &errors)?;
        let sampled = program.carrying(&how(true), false, &errors)?;
        Some(Function { carrying, sampled, data_errors, inputs })
    }
}

/// A bound in a precision, not below the number given.
fn above<T: Real>(bound: f64) -> T {
    T::of(if bound > 0.0 { (bound * (1.0 + 1e-6)).max(T::LEAST) } else { bound })
}

/// Whether a number is so small that it is rounded by more than its last place.
fn is_tiny<T: Real>(number: f64) -> bool {
    number != 0.0 && number.abs() < T::LEAST / T::PRECISION.epsilon()
}

impl<T: Real> Outer for Function<T> {
    fn at(&self, inputs: &[f64], errors: &[f64], along: &Along, sample: u32) -> Option<AtInputs> {
        let count = along.values.len() / self.inputs;
        let x: Vec<T> = inputs.iter().map(|&x| T::of(x)).collect();
        // With how far they are rounded.
        let off = |(&x, &error): (&f64, &f64)| above::<T>(error + (x - T::of(x).to_f64()).abs());
        let data_errors: Vec<T> =
            self.data_errors.iter().copied().chain(inputs.iter().zip(errors).map(off)).collect();
        // Samples do not know of what is too small.
        let has_tiny = inputs.iter().any(|&x| is_tiny::<T>(x));
        let carrying = if sample > 0 { &self.sampled } else { &self.carrying };
        let traps = Traps::default();
        let mut all = AtInputs::default();
        let mut seeds = [vec![T::ZERO; self.inputs * LANES], vec![T::ZERO; self.inputs * LANES]];
        for first in (0..count.max(1)).step_by(LANES) {
            let own = first..(first + LANES).min(count);
            let mut tiny = [has_tiny; LANES];
            for (lane, tiny) in tiny.iter_mut().enumerate() {
                for input in 0..self.inputs {
                    let at = (first + lane) * self.inputs + input;
                    let value = along.values.get(at).copied().unwrap_or(0.0);
                    let bound = along.bounds.get(at).copied().unwrap_or(0.0);
                    *tiny |= is_tiny::<T>(value);
                    seeds[0][input * LANES + lane] = T::of(value);
                    seeds[1][input * LANES + lane] = above(bound + (value - T::of(value).to_f64()).abs());
                }
            }
            let lanes = (Input::Same(&x[..]), [0; LANES], u64::MAX);
            let along = Seeds::Directions(&seeds[0], &seeds[1]);
            carrying.with_errors(sample, &data_errors, lanes, along, &traps, |found| {
                (all.value, all.error) = (found.values()[0].to_f64(), found.errors()[0].to_f64());
                for lane in 0..own.len() {
                    all.slopes.push(found.slopes(0)[lane].to_f64());
                    all.bounds.push(found.bounds(0)[lane].to_f64());
                    let raised = |flag: Flag, bit: u8| u8::from(found.raised(flag, 0) >> lane & 1 == 1) * bit;
                    all.flags.push(
                        raised(Flag::Branch, SlopeRows::<T>::BRANCH)
                            | raised(Flag::Jump, SlopeRows::<T>::JUMP)
                            | raised(Flag::Corner, SlopeRows::<T>::CORNER)
                            | (u8::from(tiny[lane]) * SlopeRows::<T>::CORNER),
                    );
                }
            })?;
        }
        Some(all)
    }
}
