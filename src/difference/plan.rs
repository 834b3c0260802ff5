//! Which steps come next.

use super::adaptive::{Asked, Sought};
use super::assessed::{Assessed, Geometry};
use super::rounds;
use crate::numeric::Precision;

impl Sought<'_> {
    /// The steps of the next round; none if all is well, or nothing more can be done.
    pub(super) fn plan(&mut self, before: &[Assessed], was_larger: bool, precision: Precision) {
        self.next = None;
        if self.geometry() == Geometry::Plane && self.results.iter().all(|r| r.scheme.is_none()) {
            self.next_side();
            return;
        }
        let gained =
            |(before, now): (&Assessed, &Assessed)| now.error < 0.5 * before.error || !now.error.is_finite();
        if !before.is_empty() && !before.iter().zip(&self.results).any(gained) {
            self.given_up[usize::from(was_larger)] = true;
        }
        let geometry = self.geometry();
        let wanting = || self.results.iter().filter(|result| !result.is_good(geometry, precision));
        let Some(first) = wanting().map(Assessed::wants_larger).reduce(|a, b| a && b) else { return };
        // Only the smallest steps can tell.
        if wanting().any(|result| result.is_unresolved) {
            self.given_up[0] = false;
        }
        // Where nothing is known near by, nothing is further away.
        let may_grow = wanting().all(|result| result.error.is_finite() && result.kink.is_none());
        let least = self.line.least(precision);
        self.next = [first, !first]
            .into_iter()
            .filter(|&larger| !self.given_up[usize::from(larger)] && (may_grow || !larger))
            .find_map(|larger| rounds::next_round(&self.steps, larger, least));
    }

    /// Second differences over both sides have no value: over one, if any is left to try.
    fn next_side(&mut self) {
        let next = match self.one_sided {
            None => Some([1.0, 1.0]),
            Some([1.0, 1.0]) => Some([-1.0, -1.0]),
            Some([-1.0, -1.0]) => Some([1.0, -1.0]),
            Some([1.0, _]) => Some([-1.0, 1.0]),
            Some(_) => None,
        };
        if next.is_some() {
            self.one_sided = next;
            self.steps.clear();
            self.differences.clear();
            self.next = Some(rounds::first_round());
        }
    }

    /// Larger steps cannot be evaluated: where they were asked for, smaller ones are next, and where those were, they are again.
    /// Whether any were asked for.
    pub(crate) fn without_larger(&mut self, asked: &[Asked], precision: Precision) -> bool {
        let (Some(new), Some(old)) = (asked.first(), self.steps.first()) else { return false };
        let was_larger = new.is_larger_than(old);
        self.given_up[1] |= was_larger;
        let is_left = !was_larger || !self.given_up[0];
        let least = self.line.least(precision);
        self.next = if is_left { rounds::next_round(&self.steps, false, least) } else { None };
        was_larger
    }
}
