//! Gradients by slopes as a program for a device, so that descents of a user's function loop there.

use super::math::special;
use super::shader::SLOPE_SUMS;
use super::slopes::plain;
use crate::backend::Gradients;
use crate::error::{Error, Result};
use crate::numeric::Precision;
use crate::objective::product::GROUP_SUM;
use crate::objective::{
    Cells, DeviceProgram, Launch, Objective, ProgramLimits, ProgramPlan, ProgramRequest, ProgramText,
    SETTINGS, SlopeShape, SlopeText,
};

const CARRIED: &str = include_str!("../../../shaders/carried.wgsl");

const KERNELS: [&str; 2] = ["carry_alone", "carry_together"];
const ALONE: usize = 0;
const TOGETHER: usize = 1;

/// Invocations of a workgroup, which share the terms of a point and group of axes.
const GROUP: usize = 64;

/// Terms up to which an invocation does all of them, however few points there are.
const FEW_TERMS: usize = 4;

/// Bytes of a text for an operation, about, as for the pace of submissions.
const BYTES: u64 = 8;

/// The slopes of one objective.
pub(super) struct CarriedProgram {
    dimension: usize,
    /// Slopes of one run.
    slots: usize,
    is_finite: bool,
    source: String,
    data: Vec<f64>,
    /// Turns that loops make in a term.
    iterations: u64,
}

impl CarriedProgram {
    /// `None` if the objective has no such slopes. A call carries so many slopes; a term's loops make so many turns.
    ///
    /// # Errors
    /// Whatever keeps the text from being written.
    pub(super) fn new(
        objective: &dyn Objective,
        precision: Precision,
        by: Gradients,
        (slots, iterations): (usize, u64),
    ) -> Result<Option<Self>> {
        let is_finite = match by {
            Gradients::Slopes => false,
            Gradients::SlopesOverSteps => true,
            Gradients::Differences => return Ok(None),
        };
        let shape = SlopeShape { finite: is_finite, bars: false, ..plain(precision, slots) };
        let offered = objective.incremental().map_or(Ok(None), |offered| offered.slope_text(&shape))?;
        let Some(SlopeText { source, .. }) = offered else { return Ok(None) };
        let source = source.replace("pm_step(", "pm_carried_step(");
        let data = objective.wgsl()?.data;
        let dimension = objective.dimension();
        Ok(Some(CarriedProgram { dimension, slots, is_finite, source, data, iterations }))
    }

    fn groups(&self) -> usize {
        self.dimension.div_ceil(self.slots)
    }

    /// Terms that one invocation may take, by what loops there may be.
    fn most_terms(&self, limits: &ProgramLimits) -> usize {
        // Of central quotients, both sides.
        let of_a_term = 2 * (self.iterations + self.slots as u64 + 1);
        (limits.iterations / of_a_term).max(1) as usize
    }
}

impl DeviceProgram for CarriedProgram {
    fn text(&self, limits: &ProgramLimits) -> Result<ProgramText> {
        if self.iterations > limits.iterations / 2 {
            return Err(Error::Limit {
                what: "the number of loop iterations of one term".into(),
                value: self.iterations,
                limit: limits.iterations / 2,
                device: limits.device.clone(),
                advice: "use the device `cpu`".into(),
            });
        }
        let precision = limits.precision;
        // A branch or a jump of any slot.
        let doubts = (0..self.slots).fold(0u32, |all, slot| all | 3 << (3 * slot));
        let constants = format!(
            "const PM_SLOTS = {}u;\nconst PM_GROUPS = {}u;\nconst PM_DATA = {}u;\nconst PM_TURNS = {}u;\n\
             const PM_FINITE = {};\nconst PM_DOUBTS = {doubts}u;\nconst PM_MOST_STEP = {:e};",
            self.slots,
            self.groups(),
            self.data.len(),
            limits.iterations,
            self.is_finite,
            precision.increments().1,
        );
        let special = special(&self.source, precision);
        let source = [&special, &constants, GROUP_SUM, SLOPE_SUMS, CARRIED, &self.source].join("\n");
        let mut data = Cells::new(precision);
        data.numbers(self.data.iter().copied());
        Ok(ProgramText::new(source, KERNELS.map(String::from).to_vec(), data, Cells::new(precision)))
    }

    fn state(&self, _points: usize) -> usize {
        1
    }

    fn operations(&self, terms: usize) -> u64 {
        let of_a_run = self.source.len() as u64 / BYTES * self.iterations.max(1);
        of_a_run.saturating_mul((terms * self.groups()) as u64)
    }

    fn plan(&self, request: &ProgramRequest<'_>) -> Result<ProgramPlan> {
        let pairs = request.count * self.groups();
        let alone = request.terms <= FEW_TERMS || pairs as u64 >= request.limits.busy;
        let (kernel, groups, share) = match alone {
            true => (ALONE, Launch::linear(pairs), 1),
            false => (TOGETHER, Launch::linear(pairs * GROUP), GROUP),
        };
        let lot = self.most_terms(request.limits).saturating_mul(share);
        let launches = (0..request.terms).step_by(lot).map(|first| Launch {
            kernel,
            terms: first as u32..(first + lot).min(request.terms) as u32,
            part: 0..0,
            settings: 0,
            groups,
        });
        Ok(ProgramPlan { settings: vec![[0; SETTINGS]], launches: launches.collect() })
    }
}
