//! What was measured, and what follows from it.

use serde::{Deserialize, Serialize};

use crate::numeric::Precision;
use crate::program::Model;

/// What the probe measured on an adapter.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ProbeReport {
    /// Loops, roundings, NaN and infinity.
    #[serde(flatten)]
    pub arithmetic: Arithmetic,
    /// Functions of f32.
    pub functions: FunctionErrors,
    /// Arrays, products, buffers.
    pub structures: Structures,
    /// f64, if there is any.
    pub double: Option<DoubleErrors>,
    /// What takes how long.
    pub times: Times,
}

/// Loops, roundings, NaN and infinity in f32.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Arithmetic {
    /// After how many turns loops stopped without a word; `None`: not within the 131,072 that were tried.
    pub loop_limit: Option<u64>,
    /// Whether `(x + h) - x` is the true, rounded step (else the compiler rearranged it to `h`).
    pub true_step_survives: bool,
    /// Whether `x != x` is true for NaN.
    pub nan_by_unequal: bool,
    /// Whether `!(x == x)` is true for NaN.
    pub nan_by_not_equal: bool,
    /// Whether the engine's tests, on bits that went through a seal, tell NaN, infinity and finite numbers apart, its NaN and
    /// infinity are such, and its choice by bits keeps NaN. Everything relies on it.
    pub nan_by_bits: bool,
    /// Whether infinity - infinity is NaN.
    pub infinities_cancel_to_nan: bool,
    /// Whether 1 / 0 is infinity.
    pub infinity_by_division: bool,
    /// Whether `max(NaN, 1)` is NaN (else it swallowed it).
    pub max_keeps_nan: bool,
    /// Whether `select` keeps NaN.
    pub select_keeps_nan: bool,
    /// Whether a sealed sum tells what it lost to rounding (else the compiler rearranged it). Without it no slopes are carried on
    /// the device.
    pub sealed_sums_survive: bool,
    /// The same of a sum without seals, on which nothing relies.
    pub plain_sums_survive: bool,
    /// Whether 256 sealed differences of numbers near 10^6 add up to what they do on the host, bit for bit. Everything relies on
    /// it.
    pub sealed_differences_survive: bool,
    /// The same without seals, on which nothing relies.
    pub plain_differences_survive: bool,
    /// Whether a multiplication and a subtraction are made one.
    pub contracts: bool,
    /// Whether numbers below 1.2e-38 count (else they are 0).
    pub keeps_subnormals: bool,
}

/// The worst errors over 4,096 arguments, in units in the last place of f32; infinite: not a number.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FunctionErrors {
    /// WGSL's own quotient, which may be off by 2.5.
    pub quotient: f64,
    /// WGSL's own root, which may be off by 5.
    pub root: f64,
    /// The prelude's quotient, which may be off by 0.53.
    pub prelude_quotient: f64,
    /// The prelude's root, which may be off by 0.53.
    pub prelude_root: f64,
    /// The prelude's exponential.
    pub exp: f64,
    /// The prelude's logarithm.
    pub log: f64,
    /// The prelude's sine.
    pub sin: f64,
}

/// The worst errors of f64 over 1,024 arguments, in units in the last place.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DoubleErrors {
    /// Of a quotient: 2.5 at most, or f64 is refused.
    pub quotient: f64,
    /// Of a root: 3 at most.
    pub root: f64,
}

/// Arrays, products, buffers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Structures {
    /// Whether private arrays at indices of run time in nested loops are right. Everything relies on it.
    pub arrays: bool,
    /// Whether stores into components of vectors chosen at run time are; texts that have such are refused else.
    pub components: bool,
    /// Whether a product of 33 x 50 and 50 x 35 in tiles is. Without it no program of a network or dense quadratic runs.
    pub products: bool,
    /// Whether results that are read through the same buffer are those of the call at hand. Everything relies on it.
    pub readback: bool,
    /// Bytes of the largest storage binding of which the last word can be written and read, up to 2 GiB. Larger ones are not made.
    pub binding: u64,
}

/// Seconds, and operations and bytes a second: the best of a few.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Times {
    /// A submission that does nothing, until its result is read.
    pub submission: f64,
    /// Each of 12 launches of which each needs the one before.
    pub launch: f64,
    /// Multiplications and additions of f32 in a second.
    pub rate: f64,
    /// The same of f64, if there is any.
    pub rate_f64: Option<f64>,
    /// Bytes a second to the device.
    pub upload: f64,
    /// Bytes a second from the device.
    pub readback: f64,
}

impl FunctionErrors {
    /// Name, worst error, and what error bars allow for, in units in the last place.
    pub fn with_limits(&self) -> [(&'static str, f64, f64); 7] {
        let model = Model::device(Precision::F32);
        let [exp, log, sin] = model.exp_log_sin();
        [
            ("/", self.quotient, 2.5),
            ("sqrt", self.root, 5.0),
            ("the prelude's /", self.prelude_quotient, 0.5 * model.division),
            ("the prelude's sqrt", self.prelude_root, 0.5 * model.root),
            ("exp", self.exp, exp),
            ("log", self.log, log),
            ("sin", self.sin, sin),
        ]
    }

    fn beyond(&self) -> Option<String> {
        let beyond: Vec<String> = self
            .with_limits()
            .iter()
            .filter(|(_, error, most)| error > most)
            .map(|(name, error, most)| format!("{name} is off by {error:.2} ulp, more than {most:.2}"))
            .collect();
        if beyond.is_empty() { None } else { Some(beyond.join(", ")) }
    }
}

impl DoubleErrors {
    fn beyond(&self) -> Option<String> {
        let model = Model::device(Precision::F64);
        let all = [("/", self.quotient, 0.5 * model.division), ("sqrt", self.root, 0.5 * model.root)];
        let worst = all.iter().find(|(_, error, most)| error > most);
        worst.map(|(name, error, most)| format!("its {name} is off by {error:.2} ulp, more than {most:.2}"))
    }
}

impl ProbeReport {
    /// Why nothing should run on the adapter; empty as a rule.
    pub(crate) fn refusals(&self) -> Vec<String> {
        let Arithmetic { nan_by_bits, sealed_differences_survive, .. } = self.arithmetic;
        let Structures { arrays, readback, binding, .. } = self.structures;
        let all = [
            (nan_by_bits, "NaN and infinity cannot be told from numbers by their bits"),
            (sealed_differences_survive, "differences of f, added up, are not what they are on the host"),
            (arrays, "arrays in nested loops come out wrong"),
            (readback, "results of one call are read as those of another"),
            (binding > 0, "no buffer keeps what is written into it"),
        ];
        all.iter().filter(|(is_well, _)| !is_well).map(|(_, why)| (*why).to_string()).collect()
    }

    /// Why error bars of increments cannot be made on the device.
    pub(crate) fn no_slopes(&self) -> Option<String> {
        if !self.arithmetic.sealed_sums_survive {
            return Some("its compiler rearranges sealed sums".into());
        }
        self.functions.beyond()
    }

    /// Why programs of networks and quadratics cannot run on the device.
    pub(crate) fn no_programs(&self) -> Option<&'static str> {
        if self.structures.products { None } else { Some("matrix products in tiles come out wrong") }
    }

    /// Why there is no f64 on the device, though the driver offers it.
    pub(crate) fn no_double(&self) -> Option<String> {
        self.double.as_ref().and_then(DoubleErrors::beyond)
    }

    /// What the engine does otherwise on this adapter than on one where every check is passed.
    pub fn consequences(&self) -> Vec<String> {
        let mut all = Vec::new();
        if let Some(turns) = self.arithmetic.loop_limit {
            all.push(format!("no invocation makes more than {} turns of loops", turns / 2));
        }
        all.extend(
            self.no_slopes().map(|why| {
                format!("no increments of expressions and WGSL here, differences are direct: {why}")
            }),
        );
        all.extend(
            self.no_programs().map(|why| format!("networks and quadratics are differenced directly: {why}")),
        );
        all.extend(self.no_double().map(|why| format!("no f64: {why}")));
        if !self.structures.components {
            all.push("texts that store into components of vectors chosen at run time are refused".into());
        }
        all
    }
}
