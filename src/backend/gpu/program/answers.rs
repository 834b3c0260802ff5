//! What a program is asked for: values and gradients of many points, and steps of a descent.

use ndarray::Array2;
use rayon::prelude::*;

use super::{Program, Request, SUBMISSION, Update};
use crate::backend::{Advanced, Answers, Looping, Stretch, WholeGradients};
use crate::difference::{Scheme, Step};
use crate::error::{Error, Result};
use crate::numeric::Real;
use crate::objective::Selection;

/// Steps of a submission at most: each of their launches has a row of settings.
const MOST_STEPS: u64 = 1 << 12;

/// Coordinates that one thread checks, at least.
const AT_LEAST: usize = 1 << 14;

impl<T: Real> Program<'_, T> {
    /// Takes only these terms from now on.
    pub(in crate::backend::gpu) fn select(&mut self, selection: Selection<'_>) {
        let terms = self.objective.terms();
        self.order = (0..selection.len(terms)).map(|s| selection.index(s) as u32).collect();
        if let Ok(brought) = self.brought()
            && !brought.takes_batches()
        {
            let data = brought.data_for(selection, T::PRECISION);
            self.gpu.write(&self.data, 0, bytemuck::cast_slice(data.words()));
        }
    }
}

impl<T: Real> Program<'_, T> {
    /// Values and gradients at points, `[point][coordinate]`, of which nothing is in doubt; else `None`.
    pub(in crate::backend::gpu) fn undoubted(
        &mut self,
        points: &[T],
        how: (Scheme, Step),
    ) -> Result<Option<(Vec<T>, Vec<T>)>> {
        self.in_memory(|program| program.attempt_undoubted(points, how))
    }

    fn attempt_undoubted(&mut self, points: &[T], how: (Scheme, Step)) -> Result<Option<(Vec<T>, Vec<T>)>> {
        let n = self.objective.dimension();
        let order = std::mem::take(&mut self.order);
        let (mut values, mut gradients) = (Vec::new(), Vec::new());
        let mut done = Ok(true);
        for piece in points.chunks(self.piece_of(order.len(), 0)? * n) {
            let reply = self.run(&Request {
                points: piece,
                how,
                count: piece.len() / n,
                order: &order,
                batch: order.len(),
                steps: 1,
                update: None,
                gradient: true,
                settles: false,
            });
            match reply {
                Ok(reply) if !reply.doubted.contains(&true) => {
                    values.extend(reply.trace);
                    gradients.extend(reply.main);
                }
                Ok(_) => done = Ok(false),
                Err(error) => done = Err(error),
            }
            if !matches!(done, Ok(true)) {
                break;
            }
        }
        self.order = order;
        Ok(done?.then_some((values, gradients)))
    }
}

impl<T: Real> WholeGradients<T> for Program<'_, T> {
    fn gives_values(&self) -> bool {
        self.objective.incremental().is_some_and(|offered| offered.gives_values())
    }

    fn answers(&mut self, points: &[&[T]], how: Option<(Scheme, Step)>) -> Result<Answers<T>> {
        self.in_memory(|program| program.attempt_answers(points, how))
    }

    fn looping(&mut self, batches: bool) -> Option<&mut dyn Looping> {
        // Where data depend on the selected terms, each step would need others.
        let takes_batches = self.brought().ok()?.takes_batches();
        if !batches || takes_batches { Some(self) } else { None }
    }
}

impl<T: Real> Looping for Program<'_, T> {
    fn advance(&mut self, stretch: &Stretch<'_>) -> Result<Advanced> {
        self.in_memory(|program| program.attempt_advance(stretch))
    }
}

impl<T: Real> Program<'_, T> {
    fn attempt_answers(&mut self, points: &[&[T]], how: Option<(Scheme, Step)>) -> Result<Answers<T>> {
        // Steps at fault are their points' own failure and never reach the device.
        let checked = |each: &mut Vec<T>, (point, x): (usize, &&[T])| {
            how.and_then(|(_, step)| step.increments(x, each).err()).map(|error| (point, error))
        };
        let at_least = AT_LEAST / self.objective.dimension().max(1) + 1;
        let failures: Vec<(usize, Error)> = points
            .par_iter()
            .with_min_len(at_least)
            .enumerate()
            .map_init(Vec::new, checked)
            .flatten_iter()
            .collect();
        let mut values = vec![T::of(f64::NAN); points.len()];
        let mut failed = failures.iter().map(|&(point, _)| point).peekable();
        let good: Vec<usize> = (0..points.len()).filter(|point| failed.next_if_eq(point).is_none()).collect();
        let width = if how.is_some() { self.objective.dimension() } else { 0 };
        let mut quotients = Vec::new();
        let order = std::mem::take(&mut self.order);
        let central = (Scheme::Central, Step::default_for_increments(Scheme::Central, T::PRECISION));
        let piece = self.piece_of(order.len(), 0)?;
        let mut done = Ok(());
        for piece in good.chunks(piece) {
            let mut flat = Vec::with_capacity(piece.len() * self.objective.dimension());
            piece.iter().for_each(|&i| flat.extend_from_slice(points[i]));
            let reply = self.run(&Request {
                points: &flat,
                how: how.unwrap_or(central),
                count: piece.len(),
                order: &order,
                batch: order.len(),
                steps: 1,
                update: None,
                gradient: how.is_some(),
                settles: false,
            });
            match reply {
                Ok(reply) => {
                    for (&i, value) in piece.iter().zip(reply.trace) {
                        values[i] = value;
                    }
                    if piece.len() == points.len() {
                        quotients = reply.main;
                        break;
                    }
                    quotients.resize(points.len() * width, T::ZERO);
                    for (k, &i) in piece.iter().enumerate() {
                        quotients[i * width..][..width].copy_from_slice(&reply.main[k * width..][..width]);
                    }
                }
                Err(error) => {
                    done = Err(error);
                    break;
                }
            }
        }
        self.order = order;
        quotients.resize(points.len() * width, T::ZERO);
        done.map(|()| Answers { values, failures, quotients })
    }

    fn attempt_advance(&mut self, stretch: &Stretch<'_>) -> Result<Advanced> {
        let (count, n) = stretch.points.dim();
        let Some(rule) = &stretch.device else {
            return Err(self.gpu.failure("the update rule is not one for devices"));
        };
        let kept = rule.state;
        // Infinity is not looked at on devices.
        let finite = |&x: &f64| T::of(x.clamp(-T::LARGEST, T::LARGEST));
        let limits: Vec<T> = stretch
            .limits
            .map_or(Vec::new(), |(lower, upper)| lower.iter().chain(upper).map(finite).collect());
        let mut advanced = Advanced {
            lowest: None,
            points: Array2::zeros((count, n)),
            before: Array2::zeros((count, n)),
            state: stretch.state.to_owned(),
            made: vec![0; count],
            values: Array2::from_elem((stretch.steps, count), f64::NAN),
        };
        let (selected, constant) = (self.order.clone(), self.objective.constant());
        let batch = stretch.batches.first().map_or(selected.len(), Vec::len);
        let (at_a_time, operations) = (self.piece_of(batch, kept)?, self.brought()?.operations(batch));
        for first in (0..count).step_by(at_a_time) {
            let piece = at_a_time.min(count - first);
            let rows = stretch.points.rows().into_iter().skip(first).take(piece);
            let mut here: Vec<T> = rows.flatten().map(|&x| T::of(x)).collect();
            let mut before = here.clone();
            // [k][point][coordinate]
            let of = |k: usize, i: usize| stretch.state[[first + i / n, i % n * kept + k]];
            let all = (0..kept).flat_map(|k| (0..piece * n).map(move |i| (k, i)));
            let mut state: Vec<T> = all.map(|(k, i)| T::of(of(k, i))).collect();
            let mut running = vec![true; piece];
            let of_a_step = operations.saturating_mul(piece as u64).max(1);
            let mut from = 0;
            while from < stretch.steps {
                let at_once = (self.pace.most(SUBMISSION) / of_a_step).clamp(1, MOST_STEPS) as usize;
                let steps = at_once.min(stretch.steps - from);
                let order = match stretch.batches.get(from..from + steps) {
                    Some(batches) => batches.concat(),
                    None => selected.clone(),
                };
                let reply = self.run(&Request {
                    points: &here,
                    how: stretch.how,
                    count: piece,
                    order: &order,
                    batch,
                    steps,
                    update: Some(Update { rule, first: from, state: &state, limits: &limits }),
                    gradient: true,
                    settles: stretch.settles,
                })?;
                for k in 0..piece {
                    let own = k * n..(k + 1) * n;
                    // A point that halted stays where it is, whatever the steps after that did.
                    if !running[k] {
                        continue;
                    }
                    if reply.made[k] > 0 {
                        before[own.clone()].copy_from_slice(&reply.before[own.clone()]);
                    }
                    for kept in 0..kept {
                        let own = kept * piece * n + own.start..kept * piece * n + own.end;
                        state[own.clone()].copy_from_slice(&reply.state[own]);
                    }
                    here[own.clone()].copy_from_slice(&reply.main[own]);
                    advanced.made[first + k] += reply.made[k];
                    running[k] = reply.made[k] == steps;
                    for step in 0..steps {
                        let value = reply.trace[step * piece + k].to_f64() + constant;
                        advanced.values[[from + step, first + k]] = T::of(value).to_f64();
                    }
                }
                from += steps;
                if !running.contains(&true) {
                    break;
                }
            }
            for (k, (here, before)) in here.chunks_exact(n).zip(before.chunks_exact(n)).enumerate() {
                let widen = |(to, from): (&mut f64, &T)| *to = from.to_f64();
                advanced.points.row_mut(first + k).iter_mut().zip(here).for_each(widen);
                advanced.before.row_mut(first + k).iter_mut().zip(before).for_each(widen);
            }
            for (at, &number) in state.iter().enumerate() {
                let (k, i) = (at / (piece * n), at % (piece * n));
                // Where no step was made, it is what it was, and not what it was rounded to.
                if advanced.made[first + i / n] == 0 {
                    continue;
                }
                advanced.state[[first + i / n, i % n * kept + k]] = number.to_f64();
            }
        }
        Ok(advanced)
    }
}
