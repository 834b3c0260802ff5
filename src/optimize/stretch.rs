//! Steps that a device makes by itself.

use std::ops::Range;

use ndarray::Axis;

use super::Minibatches;
use super::descent::{Descent, Observer, StepReport};
use super::limits::Limits;
use super::update::{DeviceUpdate, Update};
use super::walk::Walk;
use crate::backend::{DeviceRule, Mover, RULE_NUMBERS, RULE_STATE, Stretch};
use crate::difference::{Scheme, Step};
use crate::error::Result;
use crate::evaluator::Evaluator;

/// Steps between two points of which the values are seen, if none are reported.
const SEEN: usize = 100;

impl Descent<'_> {
    /// Many steps of the `active` points, made by the device without us; the steps made so far.
    pub(super) fn stretch(
        &self,
        evaluator: &mut Evaluator<'_>,
        walk: &mut Walk,
        batches: Option<&mut Minibatches>,
        active: &[usize],
        Range { start: first, end }: Range<usize>,
        observe: &mut Observer<'_>,
    ) -> Result<usize> {
        let mut steps = end - first;
        if self.points_every > 0 {
            steps = steps.min(self.points_every - first % self.points_every);
        }
        if self.stopping.is_set() {
            steps = steps.min(self.stopping.every - first % self.stopping.every);
        }
        let is_whole = batches.is_none();
        // Where the device does not say which point was the lowest, values are wanted where the points are here: at steps that do not hang on
        // how fast it is, nor on where a descent was resumed.
        let sees = if self.report_every > 0 { self.report_every } else { SEEN };
        let is_silent = is_whole && !walk.is_told_lowest;
        let sees_first = is_silent && first.is_multiple_of(sees);
        if is_silent {
            steps = steps.min(sees - first % sees);
        }
        let batches: Vec<Vec<u32>> = match batches {
            Some(batches) => (0..steps).map(|_| batches.next_batch().to_vec()).collect(),
            None => Vec::new(),
        };
        let here = walk.points.select(Axis(0), active);
        let told: Vec<bool> = (first..first + steps).map(|step| self.is_reported(step)).collect();
        let mut reported = told.clone();
        reported[0] |= sees_first;
        let state = walk.state.select(Axis(0), active);
        let one = &active[..if self.rules.len() == 1 { 1 } else { active.len() }];
        let host = Rules(one.iter().map(|&i| self.rule_of(i)).collect());
        let mut stretch = Stretch {
            points: here.view(),
            state: state.view(),
            first,
            host: &host,
            limits: self.limits.as_ref().map(Limits::ends),
            device: self.device_rule(first..first + steps),
            how: (Scheme::default(), Step::Auto),
            batches: &batches,
            steps,
            settles: is_whole && !self.rules.iter().any(|rule| rule.changes()),
            reported: &reported,
        };
        let Some((done, evaluations)) = evaluator.advance(&self.difference, &mut stretch)? else {
            return Ok(first);
        };
        walk.evaluations += evaluations;
        if sees_first && !done.values.is_empty() {
            for (k, &i) in active.iter().enumerate() {
                walk.best.see(i, done.values[[0, k]], first, here.row(k));
            }
        }
        if let Some(lowest) = done.lowest.as_ref().filter(|_| is_whole) {
            walk.is_told_lowest = true;
            for (k, &i) in active.iter().enumerate() {
                walk.best.see(i, lowest.values[k], first + lowest.steps[k], lowest.points.row(k));
            }
        }
        let mut end = first;
        for (k, &i) in active.iter().enumerate() {
            walk.points.row_mut(i).assign(&done.points.row(k));
            walk.state.row_mut(i).assign(&done.state.row(k));
            if done.made[k] > 0 {
                walk.last_good.row_mut(i).assign(&done.before.row(k));
            }
        }
        // Where the device halted, something is to be said about the step: it is made again, from here, for all that are at it.
        let mut led = vec![None; steps];
        for step in 0..steps {
            let halted = active.iter().enumerate().filter(|(k, _)| done.made[*k] <= step).map(|(_, &i)| i);
            let left: Vec<usize> = halted.filter(|&i| walk.outcomes[i].is_none()).collect();
            if !left.is_empty() {
                led[step] =
                    self.step(evaluator, walk, &left, batches.get(step).map(Vec::as_slice), first + step)?;
                end = end.max(first + step + 1);
            }
        }
        for step in 0..steps {
            let values = told[step].then(|| {
                let mut all = led[step].take().unwrap_or_else(|| vec![f64::NAN; walk.outcomes.len()]);
                // Those that halted before have been led.
                for (k, &i) in active.iter().enumerate().filter(|(k, _)| step < done.made[*k]) {
                    all[i] = done.values[[step, k]];
                }
                all
            });
            let step = first + step + 1;
            observe(&StepReport { step: self.made + step, points: self.points_due(step, walk), values })?;
            // Where a loop led from here would have ended.
            if step == end && walk.outcomes.iter().all(Option::is_some) {
                return Ok(step);
            }
        }
        Ok(first + steps)
    }
}

impl Descent<'_> {
    /// The rule of all points for a device, with the numbers of some steps, if there is one that devices can take.
    pub(super) fn device_rule(&self, steps: Range<usize>) -> Option<DeviceRule> {
        let [rule] = &self.rules[..] else { return None };
        let DeviceUpdate { wgsl, state } = rule.on_device()?;
        if state > RULE_STATE || state != rule.state() || rule.device_numbers(0).len() > RULE_NUMBERS {
            return None;
        }
        let numbers = |step: usize| {
            let mut all = rule.device_numbers(step);
            all.resize(RULE_NUMBERS, 0.0);
            <[f64; RULE_NUMBERS]>::try_from(all).ok()
        };
        Some(DeviceRule { wgsl, state, numbers: steps.map(numbers).collect::<Option<_>>()? })
    }
}

/// The rule of all points, or that of each.
struct Rules<'a>(Vec<&'a dyn Update>);

impl Rules<'_> {
    fn of(&self, point: usize) -> &dyn Update {
        self.0[if self.is_common() { 0 } else { point }]
    }
}

impl Mover for Rules<'_> {
    fn state(&self) -> usize {
        self.of(0).state()
    }

    fn is_common(&self) -> bool {
        self.0.len() == 1
    }

    fn f64(&self, point: usize, x: &mut [f64], gradient: &[f64], state: &mut [f64], step: usize) {
        self.of(point).update(x, gradient, state, step);
    }

    fn f32(&self, point: usize, x: &mut [f32], gradient: &[f32], state: &mut [f64], step: usize) {
        self.of(point).update_f32(x, gradient, state, step);
    }
}
