//! A line search for the strong conditions of Wolfe, one value and slope at a time, so that many points can be searched from at once.
//!
//! Brackets and sections (Fletcher, 1987; Nocedal and Wright, 2006, algorithms 3.5 and 3.6) with cubic interpolation. Where values
//! differ by no more than they are rounded, the slopes decide (Hager and Zhang, 2005).

/// How much of the decrease that the slope promises there must be.
const DECREASE: f64 = 1e-4;

/// What part of the slope may be left.
const CURVATURE: f64 = 0.9;

/// Evaluations of a search, at most.
const MOST: usize = 30;

/// f along a line: how far, the value and the slope there.
#[derive(Clone, Copy, Debug)]
struct Seen {
    at: f64,
    value: f64,
    slope: f64,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Next {
    /// Evaluate there.
    Try(f64),
    /// The last one that was tried is good.
    Accept,
    /// The best one that was tried lies here: not as good as the conditions ask for, but lower.
    Return(f64),
    /// Nothing lower was found.
    Fail,
}

/// A search along a direction of descent.
#[derive(Clone, Debug)]
pub(super) struct Search {
    start: Seen,
    /// Beyond this, bounds are crossed.
    most: f64,
    /// By how much values may be off.
    noise: f64,
    before: Seen,
    /// Once there are any: the lower end of a bracket, and the other.
    bracket: Option<(Seen, Seen)>,
    /// How wide the bracket was before the last trial.
    width: f64,
    trial: f64,
    made: usize,
}

impl Search {
    /// From a value and a slope, which is negative, beginning with this step.
    pub(super) fn new(value: f64, slope: f64, first: f64, most: f64, epsilon: f64) -> Self {
        let start = Seen { at: 0.0, value, slope };
        let noise = 4.0 * epsilon * value.abs();
        Search {
            start,
            most,
            noise,
            before: start,
            bracket: None,
            width: f64::INFINITY,
            trial: first.min(most),
            made: 0,
        }
    }

    /// Where to evaluate.
    pub(super) fn trial(&self) -> f64 {
        self.trial
    }

    /// Whether a value is low enough; NaN is not.
    fn is_low(&self, seen: &Seen) -> bool {
        seen.value <= self.start.value + DECREASE * seen.at * self.start.slope + self.noise
    }

    /// Takes in what was found at the trial, not finite where f has no value.
    pub(super) fn take(&mut self, value: f64, slope: f64) -> Next {
        let is_there = value.is_finite() && slope.is_finite();
        let value = if is_there { value } else { f64::INFINITY };
        let seen = Seen { at: self.trial, value, slope: if is_there { slope } else { f64::NAN } };
        self.made += 1;
        if self.is_low(&seen) {
            let is_flat = seen.slope.abs() <= -CURVATURE * self.start.slope;
            let is_at_the_end = seen.at >= self.most && seen.slope < 0.0;
            if is_flat || is_at_the_end {
                return Next::Accept;
            }
        }
        let before = std::mem::replace(&mut self.before, seen);
        self.bracket = match self.bracket {
            None if !self.is_low(&seen) || self.made > 1 && seen.value > before.value + self.noise => {
                Some((before, seen))
            }
            None if seen.slope >= 0.0 => Some((seen, before)),
            None => None,
            Some((low, high)) if !self.is_low(&seen) || seen.value > low.value + self.noise => {
                debug_assert!(high.at != low.at);
                Some((low, seen))
            }
            Some((low, high)) => {
                let is_behind = seen.slope * (high.at - low.at) >= 0.0;
                Some((seen, if is_behind { low } else { high }))
            }
        };
        if self.made >= MOST {
            return self.give_up();
        }
        self.trial = match self.bracket {
            // On, as far as the change of the slope suggests.
            None => {
                let on = minimum_of_cubic(&before, &seen).filter(|&at| at > seen.at);
                let step = seen.at - before.at;
                on.unwrap_or(f64::INFINITY).clamp(seen.at + step, seen.at + 9.0 * step).min(self.most)
            }
            Some((low, high)) => {
                let width = high.at - low.at;
                // A bracket that has not become half as wide is halved.
                let is_slow = width.abs() > 0.5 * std::mem::replace(&mut self.width, width.abs());
                let inner = minimum_of_cubic(&low, &high)
                    .filter(|at| !is_slow && ((at - low.at) / width - 0.5).abs() <= 0.4)
                    // Where f has no value, it is further off.
                    .unwrap_or(low.at + width * if high.value.is_finite() { 0.5 } else { 0.1 });
                let is_spent = (inner - low.at).abs() <= f64::EPSILON * inner.abs().max(f64::MIN_POSITIVE);
                if is_spent || inner == high.at {
                    return self.give_up();
                }
                inner
            }
        };
        Next::Try(self.trial)
    }

    fn give_up(&self) -> Next {
        match self.bracket {
            Some((low, _)) if low.at > 0.0 && low.value < self.start.value => Next::Return(low.at),
            None if self.before.at > 0.0 && self.before.value < self.start.value => {
                Next::Return(self.before.at)
            }
            _ => Next::Fail,
        }
    }
}

/// Where the cubic through two values with their slopes has its minimum.
fn minimum_of_cubic(a: &Seen, b: &Seen) -> Option<f64> {
    let width = b.at - a.at;
    let d = a.slope + b.slope - 3.0 * (b.value - a.value) / width;
    let square = d * d - a.slope * b.slope;
    let root = width.signum() * square.max(0.0).sqrt();
    let at = b.at - width * (b.slope + root - d) / (b.slope - a.slope + 2.0 * root);
    (square >= 0.0 && at.is_finite()).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Searches along f from 0, and says where it ends and after how many evaluations.
    fn along(f: impl Fn(f64) -> (f64, f64), first: f64, most: f64) -> (f64, usize) {
        let (value, slope) = f(0.0);
        let mut search = Search::new(value, slope, first, most, f64::EPSILON);
        for made in 1.. {
            let at = search.trial();
            let (value, slope) = f(at);
            match search.take(value, slope) {
                Next::Try(_) => {}
                Next::Accept => return (at, made),
                Next::Return(at) => return (at, made),
                Next::Fail => return (0.0, made),
            }
        }
        (0.0, 0)
    }

    #[test]
    fn conditions_hold_where_it_ends() {
        // Of Moré and Thuente (1994), 1 and 2, and a parabola; from steps far too small and far too large.
        let first = |a: f64| (-a / (a * a + 2.0), (a * a - 2.0) / (a * a + 2.0).powi(2));
        let second = |a: f64| {
            let b = a + 0.004;
            (b.powi(5) - 2.0 * b.powi(4), 5.0 * b.powi(4) - 8.0 * b.powi(3))
        };
        let parabola = |a: f64| ((a - 3.0).powi(2), 2.0 * (a - 3.0));
        let functions: [&dyn Fn(f64) -> (f64, f64); 3] = [&first, &second, &parabola];
        for f in functions {
            for begin in [1e-3, 0.1, 1.0, 10.0, 1000.0] {
                let (end, made) = along(f, begin, f64::INFINITY);
                let ((value, slope), (start, steepest)) = (f(end), f(0.0));
                assert!(end > 0.0 && value <= start + DECREASE * end * steepest, "{begin}: {end}");
                assert!(slope.abs() <= -CURVATURE * steepest, "{begin}: {end}, slope {slope}");
                // The second asks for 4.6e-7 of a slope, where the curvature is 20.
                assert!(made <= 25, "{begin}: {made} evaluations");
            }
        }
    }

    #[test]
    fn bounds_cliffs_and_climbs() {
        // Up to a bound, which is taken though f falls there.
        let slope = |a: f64| (-a, -1.0);
        assert_eq!(along(slope, 1.0, 2.5).0, 2.5);
        // There is no value beyond 1.
        let cliff = |a: f64| if a < 1.0 { (-a, -1.0 + a) } else { (f64::NAN, f64::NAN) };
        let (end, _) = along(cliff, 100.0, f64::INFINITY);
        assert!(end > 0.05 && end < 1.0, "{end}");
        // The slope lied: f climbs.
        let climb = |a: f64| (a, if a == 0.0 { -1.0 } else { 1.0 });
        assert_eq!(along(climb, 1.0, f64::INFINITY).0, 0.0);
    }
}
