//! Adaptive steps: rounds of displacements for all derivatives of a batch, until none asks for more.

use rayon::prelude::*;

use super::Pipeline;
use crate::difference::adaptive::{Asked, Round, Sought};
use crate::difference::assess::Workspace;
use crate::difference::assessed::Assessed;
use crate::difference::displacement::{Displacements, What};
use crate::difference::lists::Lists;
use crate::difference::{Notice, Scheme};
use crate::error::{Error, Result};
use crate::numeric::Real;

/// Numbers of terms that are looked at by themselves, at most: 32 MB.
const MOST_TERMS: usize = 1 << 22;

/// Rounds after the first, whatever is wished for.
const MOST_ROUNDS: usize = 10;

impl<T: Real> Pipeline<'_, T> {
    /// Fills in the results of `sought` through points (`[point][coordinate]`, all finite): the values at the points,
    /// `[term][point]`, and how many evaluations it took. NaN for values that are not finite.
    pub(crate) fn seek(
        &mut self,
        points: &[T],
        sought: &mut [Sought<'_>],
        wanted: Scheme,
        by_term: bool,
    ) -> Result<(Vec<f64>, u64)> {
        let capacity = self.backend.capacity()?;
        let at_once = (capacity.at_once / if by_term { capacity.terms } else { 1 }).max(1);
        let (mut values, mut evaluations) = (Vec::new(), 0);
        // Not too many at a time.
        for sought in sought.chunks_mut(at_once) {
            let (found, made) = self.seek_at_once(points, sought, wanted, by_term)?;
            (values, evaluations) = (found, evaluations + made);
        }
        Ok((values, evaluations))
    }

    fn seek_at_once(
        &mut self,
        points: &[T],
        sought: &mut [Sought<'_>],
        wanted: Scheme,
        by_term: bool,
    ) -> Result<(Vec<f64>, u64)> {
        let n = self.objective.dimension();
        let count = points.len() / n;
        let bounds = self.bounds.clone();
        let (mut values, mut evaluations) = (Vec::new(), 0);
        for round in 0..=MOST_ROUNDS {
            let mut lists = Lists::new(n, points, bounds.as_deref());
            lists.count_ladders(wanted.moves());
            if round == 0 {
                lists.values();
            }
            let mut asked: Vec<Asked> = Vec::new();
            for (index, sought) in sought.iter_mut().enumerate() {
                sought.ask(index, &mut lists, wanted, &mut asked);
            }
            if asked.is_empty() && round > 0 {
                break;
            }
            let found = if lists.is_empty() {
                Ok(Vec::new())
            } else if round == 0 && self.looks_at_terms(count + 2 * sought.len(), by_term)? {
                self.first_round(&lists.displacements(), sought, &asked)
            } else {
                self.evaluate_list(&lists.displacements(), by_term)
            };
            // The steps of a line stand together, in the order of the lines.
            let mut rest = asked.as_slice();
            let ranges: Vec<&[Asked]> = (0..sought.len())
                .map(|index| {
                    let own = rest.iter().take_while(|asked| asked.line == index).count();
                    let (own, others) = rest.split_at(own);
                    rest = others;
                    own
                })
                .collect();
            let found = match found {
                Ok(found) => found,
                // Far away it may read out of range or run away; what is known from near by stands.
                Err(Error::Evaluation { .. }) if round > 0 => {
                    let asked = sought.iter_mut().zip(ranges).filter(|(_, asked)| !asked.is_empty());
                    let refused =
                        |(sought, asked): (&mut Sought<'_>, _)| sought.without_larger(asked, T::PRECISION);
                    if asked.map(refused).fold(false, |any, was_larger| any | was_larger) {
                        continue;
                    }
                    break;
                }
                Err(error) => return Err(error),
            };
            let total = lists.len();
            evaluations += lists.evaluations();
            let terms = if by_term { self.backend.capacity()?.terms } else { 1 };
            if round == 0 {
                values = (0..terms).flat_map(|term| found[term * total..][..count].to_vec()).collect();
            }
            let is_first = round == 0;
            let round = Round {
                found: &found,
                values: &values,
                displacements: total,
                points: count,
                terms,
                wanted,
                epsilon: 0.5 * T::PRECISION.epsilon(),
                tables: &self.tables,
            };
            sought
                .par_iter_mut()
                .zip(ranges)
                .filter(|(_, asked)| !asked.is_empty())
                .for_each_init(Workspace::default, |workspace, (sought, asked)| {
                    sought.take(&round, asked, T::PRECISION, workspace)
                });
            if is_first && wanted == Scheme::Central && !by_term {
                let has_value = |sought: &Sought<'_>| values[sought.line.point].is_finite();
                let lines =
                    sought.iter_mut().filter(|sought| sought.line.across.is_none() && !has_value(sought));
                lines.for_each(Sought::go_around);
            }
        }
        sought.iter_mut().for_each(Sought::scale);
        Ok((values, evaluations))
    }
}

impl<T: Real> Pipeline<'_, T> {
    /// Whether it is worth while, and possible, to look at each term at so many displacements.
    fn looks_at_terms(&mut self, displacements: usize, by_term: bool) -> Result<bool> {
        let terms = self.backend.capacity()?.terms;
        Ok(!by_term && terms > 1 && displacements.saturating_mul(terms) <= MOST_TERMS)
    }

    /// The first round. At the points and the largest steps each term is looked at by itself: what those that do not move are
    /// rounded by does not count.
    fn first_round(
        &mut self,
        what: &Displacements<'_, T>,
        sought: &mut [Sought<'_>],
        asked: &[Asked],
    ) -> Result<Vec<f64>> {
        let terms = self.backend.capacity()?.terms;
        let divisor = self.objective.reduction().divisor(terms);
        let mut is_first = vec![false; what.len()];
        is_first[..what.bases].fill(true);
        asked.iter().flat_map(Asked::of_largest).for_each(|made| is_first[made] = true);
        let pick = |first: bool| (0..what.len()).filter(|&i| is_first[i] == first).collect::<Vec<usize>>();
        let (first, rest) = (pick(true), pick(false));
        let mut evaluate = |picked: &[usize], by_term: bool| {
            let list = what.picked(picked);
            let ladders = what.ladders().map(|ladders| ladders.picked(|index| is_first[index] == by_term));
            let own = match &ladders {
                Some(ladders) => What::Laddered(&list, ladders, 0),
                None => What::Listed(&list),
            };
            self.evaluate_list(&Displacements { what: own, ..*what }, by_term)
        };
        let each = evaluate(&first, true)?;
        let mut found = vec![f64::NAN; what.len()];
        if !rest.is_empty() {
            let sums = evaluate(&rest, false)?;
            rest.iter().zip(sums).for_each(|(&index, sum)| found[index] = sum);
        }
        let width = first.len();
        let term = |term: usize, at: usize| each[term * width + at];
        for (at, &index) in first.iter().enumerate() {
            found[index] = (0..terms).map(|k| term(k, at)).sum::<f64>() / divisor;
        }
        let place = |index: usize| first.partition_point(|&first| first < index);
        for asked in asked {
            let made: Vec<usize> = asked.of_largest().map(place).collect();
            let sought = &mut sought[asked.line];
            let point = sought.line.point;
            // In planes, terms may move at other corners.
            if made.is_empty() || sought.line.across.is_some() {
                continue;
            }
            let size = |k: usize| {
                // What is not finite moves, too.
                let moves = made.iter().any(|&at| term(k, at) != 0.0);
                if moves { term(k, point).abs() } else { 0.0 }
            };
            sought.set_moving((0..terms).map(size).sum::<f64>() / divisor);
        }
        Ok(found)
    }
}

/// What is worth saying of a result.
pub(crate) fn notice(sought: &Sought<'_>, result: &Assessed, wanted: Scheme) -> Option<Notice> {
    let used = result.scheme?;
    if let Some((kink, _)) = result.kink {
        return Some(Notice::Kink { left: result.value - kink, right: result.value + kink });
    }
    if let Some(height) = result.jump {
        let [left, right] = result.slopes;
        return Some(Notice::Jump { height, left, right });
    }
    if result.error.is_infinite() {
        return Some(Notice::NoLimit);
    }
    if let Some((limit, _)) = sought.limit_around() {
        return Some(Notice::Missing { limit });
    }
    if used == wanted {
        return None;
    }
    let missing = usize::from(used == Scheme::Forward);
    Some(if sought.barred[missing] { Notice::Bound { used } } else { Notice::NotFinite { used } })
}
