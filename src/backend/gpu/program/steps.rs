//! The settings of each launch of each step.

use super::Request;
use crate::backend::RULE_NUMBERS;
use crate::difference::{Scheme, Step};
use crate::numeric::Real;
use crate::objective::{ProgramPlan, SETTINGS, settings};

/// `PmStep` in `shaders/program.wgsl`.
#[derive(Clone, Copy, Debug)]
pub(super) struct PmStep<T> {
    mean: T,
    h: T,
    side: T,
    rule: [T; RULE_NUMBERS],
    batch: u32,
    order: u32,
    first: u32,
    count: u32,
    step: u32,
    relative: u32,
    gap: u32,
    settles: u32,
    points: u32,
    from_term: u32,
    to_term: u32,
    kept: u32,
    bounded: u32,
}

impl<T: Real> PmStep<T> {
    /// In the shader's order; what follows is 0.
    pub(super) fn row(&self) -> [u32; SETTINGS] {
        let PmStep {
            mean,
            h,
            side,
            rule,
            batch,
            order,
            first,
            count,
            step,
            relative,
            gap,
            settles,
            points,
            from_term,
            to_term,
            kept,
            bounded,
        } = *self;
        let words = [
            batch, order, first, count, step, relative, gap, settles, points, from_term, to_term, kept,
            bounded,
        ];
        let numbers = [&[mean, h, side], &rule[..]].concat();
        settings(&numbers, &words)
    }
}

/// The settings of the launches of step `step`.
pub(super) fn of_step<'r, T: Real>(
    request: &'r Request<'_, T>,
    plan: &'r ProgramPlan,
    step: usize,
    divisor: f64,
) -> impl Iterator<Item = PmStep<T>> + use<'r, T> {
    let batch = request.batch;
    let (scheme, h) = request.how;
    let of_step = PmStep {
        mean: T::of(1.0 / divisor),
        h: T::of(h.at(0.0)),
        side: T::of(if scheme == Scheme::Backward { -1.0 } else { 1.0 }),
        rule: request
            .update
            .map_or([T::ZERO; RULE_NUMBERS], |update| update.rule.numbers[update.first + step].map(T::of)),
        batch: batch as u32,
        order: if request.order.len() > batch { (step * batch) as u32 } else { 0 },
        first: 0,
        count: batch as u32,
        step: step as u32,
        relative: u32::from(matches!(h, Step::Relative { .. })),
        gap: if scheme == Scheme::Central { 2 } else { 1 },
        settles: u32::from(request.settles),
        points: request.count as u32,
        from_term: 0,
        to_term: 0,
        kept: request.update.map_or(0, |update| update.rule.state as u32),
        bounded: request.update.map_or(0, |update| u32::from(!update.limits.is_empty())),
    };
    plan.launches.iter().map(move |launch| {
        let mut step = of_step;
        (step.first, step.count) = (launch.terms.start, launch.terms.len() as u32);
        (step.from_term, step.to_term) = (launch.part.start, launch.part.end);
        step
    })
}
