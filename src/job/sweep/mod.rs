//! Descents by many settings at once: update rules × learning rates × steps h × starts. The table as text is in `table`, as a picture
//! in `heat`.

mod heat;
mod table;

use std::ops::Range;

use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

pub use self::heat::{HeatCell, heat};
use super::how::How;
use crate::difference::{Difference, Step};
use crate::error::{Error, Result};
use crate::evaluator::Evaluator;
use crate::optimize::{
    Descent, DescentState, Keeper, Minibatches, Moment, Outcome, RuleChoice, Stopping, Update,
};

/// What a sweep goes through.
#[derive(Clone, Debug)]
pub struct Sweep {
    /// The update rules.
    pub rules: Vec<RuleChoice>,
    /// The learning rates.
    pub rates: Vec<f64>,
    /// The steps h of the difference quotients; none is the one that suits.
    pub steps_h: Vec<Option<Step>>,
    /// Steps of each descent.
    pub steps: usize,
    /// When a point is done before.
    pub stopping: Stopping,
    /// Lower and upper bounds of the coordinates.
    pub bounds: Option<(Vec<f64>, Vec<f64>)>,
    /// Terms of a minibatch, and the seed of the shuffles; none are all terms.
    pub batch: Option<(usize, u64)>,
    /// Only these settings, counted by steps h, then rules, then rates; their rows come in this order, and without ranks. None are all.
    pub part: Option<Range<usize>>,
}

/// How descents by one setting ended: a row of the table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SweepRow {
    /// From 1 on, by the median.
    pub rank: usize,
    /// The update rule.
    pub rule: String,
    /// The learning rate.
    pub rate: f64,
    /// The step h, as it is asked for.
    pub step: String,
    /// Descents: starts, or seeds of a network.
    pub descents: usize,
    /// Of what they came to (f at the end, or the training loss): the least; none if none is finite.
    pub least: Option<f64>,
    /// The median, where what is not finite counts as the greatest.
    pub median: Option<f64>,
    /// The greatest.
    pub greatest: Option<f64>,
    /// The median of the steps that were made.
    pub steps: usize,
    /// How many failed: diverged, or had no gradient. A setting of which most failed stands behind the others.
    pub failed: usize,
    /// How most of them ended.
    pub outcome: String,
    /// Of descents: where the one ended that came lowest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub point: Vec<f64>,
    /// Of trainings: the mean accuracy (of values R²) on the held-out samples.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_out: Option<f64>,
}

/// All settings of a sweep, the best first. Its `Display` is a table.
#[derive(Clone, Debug, Serialize)]
pub struct SweepSummary {
    /// The job's name.
    pub name: String,
    /// The objective, or the network.
    pub objective: String,
    /// Device, precision, differences.
    #[serde(flatten)]
    pub how: How,
    /// What is ranked by: `f` or `training loss`.
    pub ranked_by: String,
    /// The settings.
    pub rows: Vec<SweepRow>,
    /// Values of the objective in the quotients of all gradients.
    pub evaluations: u64,
    /// Wall-clock seconds.
    pub seconds: f64,
    /// The files that were written, if it was a job.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
}

/// What is known of a sweep on its way.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct SweepRecord {
    /// Groups of descents that are done.
    groups: usize,
    /// Their rows, not ranked yet.
    rows: Vec<SweepRow>,
    evaluations: u64,
}

impl SweepRecord {
    /// What a part has found.
    pub(super) fn of(rows: Vec<SweepRow>, evaluations: u64) -> Self {
        // More than there are: no group is left.
        SweepRecord { groups: usize::MAX, rows, evaluations }
    }

    /// With what the next part has found.
    pub(super) fn join(mut self, next: SweepRecord) -> Self {
        self.rows.extend(next.rows);
        SweepRecord::of(self.rows, self.evaluations + next.evaluations)
    }

    /// How many settings are in it.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }
}

/// Keeps nothing.
impl SweepSummary {
    /// Ranks the rows, the best first: what mostly failed last, then by the median, the least value, the steps.
    pub fn rank(&mut self) {
        rank(&mut self.rows);
    }
}

/// A step h, and rules with their rates.
type Group<'a> = (Option<Step>, Vec<(&'a RuleChoice, f64)>);

struct Nobody;

impl Keeper for Nobody {
    fn wants(&mut self, _: usize, _: Moment) -> bool {
        false
    }

    fn keep(&mut self, _: DescentState, _: Moment) -> Result<()> {
        Ok(())
    }
}

/// What one descent of a sweep came to.
pub(super) struct End {
    pub(super) value: Option<f64>,
    pub(super) steps: usize,
    pub(super) outcome: Outcome,
    pub(super) held_out: Option<f64>,
}

/// Descents of one sweep: more are a mistake of a factor somewhere, and take hours.
const MOST: usize = 10_000_000;

impl Sweep {
    /// # Errors
    /// [`Error::Usage`] if a list is empty, or a rule refuses its rate.
    pub fn check(&self, starts: usize) -> Result<()> {
        for (length, name) in
            [(self.rules.len(), "rule"), (self.rates.len(), "learning rate"), (self.steps_h.len(), "step")]
        {
            if length == 0 {
                return Err(Error::usage(format!("a sweep needs at least one {name}")));
            }
        }
        let all = [self.rules.len(), self.rates.len(), self.steps_h.len(), starts];
        let all = all.iter().try_fold(1usize, |product, &count| product.checked_mul(count));
        if all.is_none_or(|all| all > MOST) {
            return Err(Error::usage(format!(
                "{} rules × {} learning rates × {} steps × {starts} starts: {MOST} descents are the limit",
                self.rules.len(),
                self.rates.len(),
                self.steps_h.len()
            )));
        }
        self.settings().try_for_each(|(rule, rate)| rule.build(rate, self.steps).map(drop))
    }

    /// How many descents go one after the other, of which progress tells.
    pub fn descents_after_one_another(&self, evaluator: &mut Evaluator<'_>) -> usize {
        self.groups(evaluator.is_device()).len()
    }

    /// How many settings there are, whatever part of them is run.
    pub fn count(&self) -> usize {
        self.steps_h.len() * self.rules.len() * self.rates.len()
    }

    /// The settings that are run, those together that descend together: of one step and one rule, and on devices one by one.
    fn groups(&self, one_by_one: bool) -> Vec<Group<'_>> {
        let part = self.part.clone().unwrap_or(0..self.count());
        let together = if one_by_one { 1 } else { self.rates.len() };
        let (mut groups, mut index) = (Vec::new(), 0);
        for &step in &self.steps_h {
            for rule in &self.rules {
                let indices = index..index + self.rates.len();
                index = indices.end;
                let own: Vec<(&RuleChoice, f64)> = indices
                    .zip(&self.rates)
                    .filter(|(index, _)| part.contains(index))
                    .map(|(_, &rate)| (rule, rate))
                    .collect();
                groups.extend(own.chunks(together).map(|group| (step, group.to_vec())));
            }
        }
        groups
    }

    fn settings(&self) -> impl Iterator<Item = (&RuleChoice, f64)> {
        self.rules.iter().flat_map(|rule| self.rates.iter().map(move |&rate| (rule, rate)))
    }

    /// Descends from each start by each setting: on the CPU all learning rates at once, on a device each setting from all starts
    /// at once. `progress` hears how many of the steps are made; when `stop` says so, points stay where they are. The rows are ranked; the number is that of evaluations.
    ///
    /// # Errors
    /// As [`check`](Self::check) and [`Descent::run`].
    pub fn run(
        &self,
        evaluator: &mut Evaluator<'_>,
        difference: &Difference,
        starts: ArrayView2<'_, f64>,
        progress: &mut dyn FnMut(usize),
        stop: &dyn Fn() -> bool,
    ) -> Result<(Vec<SweepRow>, u64)> {
        self.run_kept(evaluator, difference, starts, progress, stop, None, &|_, _| Box::new(Nobody))
    }

    /// The same from where it was, with someone for each group of descents who keeps its states; who that is, `keeper` says, given what is
    /// done and the steps that took.
    #[allow(clippy::too_many_arguments, reason = "each is another's business")]
    pub(super) fn run_kept<'k>(
        &self,
        evaluator: &mut Evaluator<'_>,
        difference: &Difference,
        starts: ArrayView2<'_, f64>,
        progress: &mut dyn FnMut(usize),
        stop: &dyn Fn() -> bool,
        saved: Option<(SweepRecord, Option<DescentState>)>,
        keeper: &dyn Fn(SweepRecord, usize) -> Box<dyn Keeper + 'k>,
    ) -> Result<(Vec<SweepRow>, u64)> {
        let count = starts.nrows();
        self.check(count)?;
        let (mut record, mut state) = saved.unwrap_or_default();
        let mut made = 0;
        let mut left = record.groups;
        // Points that descend together take rules of one kind.
        for (step, group) in self.groups(evaluator.is_device()) {
            let difference = evaluator.resolve(&difference.with_step(step))?;
            if left > 0 {
                left -= 1;
                made += self.steps;
                continue;
            }
            let points = Array2::from_shape_fn((group.len() * count, starts.ncols()), |(row, i)| {
                starts[[row % count, i]]
            });
            let mut rules: Vec<Box<dyn Update>> = Vec::new();
            for (rule, rate) in &group {
                let times = if group.len() == 1 { 1 } else { count };
                for _ in 0..times {
                    rules.push(rule.build(*rate, self.steps)?);
                }
            }
            let mut descent =
                Descent::with_rules(rules).steps(self.steps).difference(difference).stopping(self.stopping);
            if let Some((lower, upper)) = &self.bounds {
                descent = descent.bounds(lower, upper);
            }
            if let Some((batch, seed)) = self.batch {
                descent = descent.minibatches(Minibatches::new(evaluator.objective().terms(), batch, seed)?);
            }
            if let Some(state) = state.take() {
                descent = descent.resume(state);
            }
            let before = made;
            let done = descent
                .keeper(keeper(record.clone(), made))
                .report_every(self.steps.div_ceil(20).max(1))
                .stop_when(stop)
                .observe(|report| {
                    progress(before + report.step);
                    Ok(())
                })
                .run(evaluator, points.view())?;
            made += self.steps;
            record.groups += 1;
            record.evaluations += done.evaluations;
            for (k, (rule, rate)) in group.iter().enumerate() {
                let own = k * count..(k + 1) * count;
                let lowest = |i: usize| done.values[i].unwrap_or(f64::INFINITY);
                let best = own.clone().min_by(|&a, &b| lowest(a).total_cmp(&lowest(b))).unwrap_or(own.start);
                let ends = own.map(|i| End {
                    value: done.values[i],
                    steps: done.outcomes[i].steps(),
                    outcome: done.outcomes[i].clone(),
                    held_out: None,
                });
                let row = SweepRow::of(rule, *rate, step, ends.collect());
                record.rows.push(SweepRow { point: done.points.row(best).to_vec(), ..row });
            }
        }
        // Ranks are those among all.
        if self.part.is_none() {
            rank(&mut record.rows);
        }
        Ok((record.rows, record.evaluations))
    }
}

impl SweepRow {
    pub(super) fn of(rule: &RuleChoice, rate: f64, step: Option<Step>, ends: Vec<End>) -> Self {
        let mut values: Vec<f64> = ends.iter().map(|end| end.value.unwrap_or(f64::INFINITY)).collect();
        values.sort_by(f64::total_cmp);
        let finite = |value: f64| value.is_finite().then_some(value);
        let mut steps: Vec<usize> = ends.iter().map(|end| end.steps).collect();
        steps.sort_unstable();
        let outcomes: Vec<Outcome> = ends.iter().map(|end| end.outcome.clone()).collect();
        let most = Outcome::counts(&outcomes).into_iter().max_by_key(|(_, count)| *count);
        let held_out: Vec<f64> = ends.iter().filter_map(|end| end.held_out).collect();
        let mean = |all: &[f64]| (!all.is_empty()).then(|| all.iter().sum::<f64>() / all.len() as f64);
        SweepRow {
            rank: 0,
            rule: rule.rule.to_string(),
            rate,
            step: step.map_or("default".into(), |step| step.to_string()),
            descents: ends.len(),
            least: finite(values[0]),
            median: finite(0.5 * values[(values.len() - 1) / 2] + 0.5 * values[values.len() / 2]),
            greatest: values.iter().copied().rfind(|value| value.is_finite()),
            steps: steps[(steps.len() - 1) / 2],
            failed: outcomes.iter().filter(|outcome| outcome.is_failure()).count(),
            outcome: most.map_or(String::new(), |(name, _)| name),
            point: Vec::new(),
            held_out: mean(&held_out),
        }
    }
}

/// Best first: those that mostly failed last, then by the median, by the least value, by the steps.
pub(super) fn rank(rows: &mut [SweepRow]) {
    let key = |value: Option<f64>| value.unwrap_or(f64::INFINITY);
    let mostly_failed = |row: &SweepRow| 2 * row.failed > row.descents;
    rows.sort_by(|a, b| {
        let by_failure = mostly_failed(a).cmp(&mostly_failed(b));
        let by_value = key(a.median).total_cmp(&key(b.median)).then(key(a.least).total_cmp(&key(b.least)));
        by_failure.then(by_value).then(a.steps.cmp(&b.steps))
    });
    rows.iter_mut().zip(1..).for_each(|(row, rank)| row.rank = rank);
}
