//! A text as programs of the CPU engine: in f64, and in f32 when that is first needed.

use std::sync::{Arc, OnceLock};

use super::{WgslObjective, for_single_alone, refused};
use crate::error::{Error, Result};
use crate::numeric::Precision;
use crate::program::{Form, LANES, Program, Role, Text, Traps};

/// A text in both precisions.
pub(super) struct Programs {
    /// Or why there is none: a text may be written for f32 alone.
    pub(super) double: std::result::Result<Arc<Program<f64>>, String>,
    /// Made when first needed.
    pub(super) single: OnceLock<Result<Arc<Program<f32>>>>,
}

impl Programs {
    /// Checks a text, first in the precision that is asked for.
    pub(super) fn new(
        source: Text<'_>,
        role: Role,
        dimension: usize,
        data: &[f64],
        precision: Option<Precision>,
    ) -> Result<(Self, Form)> {
        let single = OnceLock::new();
        if precision == Some(Precision::F32) {
            let found = single_of(source, role, dimension, data)?.map_err(refused)?;
            single.get_or_init(|| Ok(found));
        }
        let double = Program::new(source, role, dimension, data.to_vec()).map(Arc::new);
        let form = match (&double, single.get()) {
            (Ok(double), _) => double.form(),
            (Err(_), Some(Ok(single))) => single.form(),
            (Err(report), _) if precision == Some(Precision::F64) => {
                let in_f32 = single_of(source, role, dimension, data).is_ok_and(|found| found.is_ok());
                return Err(refused(if in_f32 { for_single_alone(source, report) } else { report.clone() }));
            }
            // It may be one for f32 alone.
            (Err(report), _) => match single_of(source, role, dimension, data)? {
                Ok(found) => {
                    let form = found.form();
                    single.get_or_init(|| Ok(found));
                    form
                }
                Err(in_f32) if source.says_single() => return Err(refused(in_f32)),
                Err(_) => return Err(refused(report.clone())),
            },
        };
        Ok((Programs { double, single }, form))
    }

    /// The most turns that loops make in some terms.
    pub(super) fn turns(&self, x: &[f64], terms: &[u32]) -> u64 {
        // What goes wrong here need not go wrong elsewhere.
        let traps = Traps::default();
        match (&self.double, self.single.get()) {
            (Ok(double), _) => double.turns(x, terms, &traps),
            (Err(_), Some(Ok(single))) => {
                let x: Vec<f32> = x.iter().map(|&x| x as f32).collect();
                single.turns(&x, terms, &traps)
            }
            (Err(_), _) => 0,
        }
    }

    /// Terms in f64, or in f32 of a text that is for f32 alone.
    pub(super) fn of_terms(&self, x: &[f64], terms: &[u32], traps: &Traps) -> [f64; LANES] {
        match (&self.double, self.single.get()) {
            (Ok(double), _) => double.of_terms(x, terms, traps),
            (Err(_), Some(Ok(single))) => {
                let x: Vec<f32> = x.iter().map(|&x| x as f32).collect();
                single.of_terms(&x, terms, traps).map(f64::from)
            }
            (Err(_), _) => [f64::NAN; LANES],
        }
    }
}

impl WgslObjective {
    pub(super) fn source(&self) -> Text<'_> {
        Text {
            path: &self.path,
            text: self.apart.as_deref().unwrap_or(&self.text),
            f32_as_real: self.f32_as_real,
            of_expression: self.of_expression,
        }
    }

    pub(super) fn single(&self) -> Result<&Arc<Program<f32>>> {
        let made = self.programs.single.get_or_init(|| {
            let text = self.source();
            single_of(text, self.role, self.dimension, &self.data)?
                .map_err(|report| refused(format!("{report}(in precision f32; in f64 it passes)")))
        });
        match made {
            Ok(program) => Ok(program),
            Err(Error::Source { report }) => Err(Error::Source { report: report.clone() }),
            Err(error) => Err(Error::usage(error.to_string())),
        }
    }

    /// The most turns that loops make in some terms at the origin: an estimate of what an evaluation takes.
    pub(super) fn turns(&self) -> u64 {
        let last = self.terms as u32 - 1;
        self.programs.turns(&vec![0.0; self.dimension], &[0, last / 2, last])
    }

    /// About how many operations an evaluation takes.
    pub(super) fn operations(&self) -> u64 {
        match (&self.programs.double, self.programs.single.get()) {
            (Ok(double), _) => double.operations(),
            (Err(_), Some(Ok(single))) => single.operations(),
            (Err(_), _) => 0,
        }
    }
}

/// The text in f32, or a report on it.
pub(super) fn single_of(
    text: Text<'_>,
    role: Role,
    dimension: usize,
    data: &[f64],
) -> Result<std::result::Result<Arc<Program<f32>>, String>> {
    let single: Vec<f32> = data.iter().map(|&value| value as f32).collect();
    if let Some(at) = single.iter().position(|value| !value.is_finite()) {
        return Err(Error::usage(format!(
            "number {at} of the data of `{}` is {:e}, too large for f32; use precision f64",
            text.path, data[at]
        )));
    }
    Ok(Program::new(text, role, dimension, single).map(Arc::new))
}
