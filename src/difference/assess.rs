//! Differences of one function of one number at a sequence of steps, and what derivative they come to.
//!
//! Steps are in units of 2^scale, the size of the coordinate; so is all else here.

use super::Scheme;
use super::around::STAYS;
use super::assessed::{Assessed, Geometry, Sampled, StepSize};
use super::fits::{Fits, Row, View};
use super::limit::{self, Limit, Numbers, Wish};
use super::noise::{self, SUSPICIOUS, Seen};
use super::rounds::{FIRST, length};
use super::tables::{FitTables, Held};

/// Steps with values on both sides that it takes to judge how quotients converge.
const FEWEST: usize = 4;

/// Such noise, if it is this part of all that f changes by, leaves nothing to be told.
const DROWNED: f64 = 0.1;

/// Noise of less than this power of half an ulp, in parts of the change of f, is believed to be rounding: in f64 it may be
/// amplified 60,000 times, in f32 150 times.
const TAME: f64 = 0.7;

/// Where f has no value, what it tends to must be known to this part of its size and of what it changes by: at square roots
/// polynomials that go on from the steps of a round are off by more (0.02), of smooth functions and kinks by less than 1e-3.
const CONVERGED: f64 = 0.01;

/// And the slope over a unit of the coordinate to this part, for smaller steps not to be allowed to spoil it.
const SETTLED: f64 = 0.02;

/// Steps whose differences are looked at together.
const TOGETHER: usize = 5;

/// How far, in parts, points may lie from where steps lead for that to be made good by a factor, whatever f does.
const OFF: f64 = 1e-4;

/// And if they lie further: which part of the noise the error of that may come to.
const MADE_GOOD: f64 = 0.25;

/// Memory that is used again.
#[derive(Debug, Default)]
pub(crate) struct Workspace {
    exponents: Vec<i32>,
    steps: Vec<f64>,
    /// Sides, or what is odd and what is even, one a step; of a plane also what is odd along the diagonals.
    numbers: [Vec<f64>; 3],
    floor: Vec<f64>,
    /// How far points lie from where steps lead, in parts of the step.
    off: Vec<f64>,
    noise: Vec<f64>,
    local: Vec<f64>,
    sums: [Vec<Row>; 3],
    drowned: Vec<bool>,
    noises: noise::Memory,
    limits: limit::Memory,
    held: Held,
}

/// A sequence to be judged.
#[derive(Clone, Copy)]
pub(crate) struct Sequence<'a> {
    pub(crate) geometry: Geometry,
    /// Of a kink along a diagonal of a plane, what part the derivative jumps by.
    pub(crate) share: f64,
    /// Whether f has no value in the middle: differences along the line are to some number.
    pub(crate) is_around: bool,
    /// The scheme, where f is finite on both sides.
    pub(crate) wanted: Scheme,
    /// Largest step first.
    pub(crate) steps: &'a [StepSize],
    /// Those of the first step come first; of each step, every `terms`-th is meant.
    pub(crate) differences: &'a [Sampled],
    pub(crate) terms: usize,
    /// f in the middle.
    pub(crate) value: f64,
    /// The least noise in f, in parts of its size.
    pub(crate) epsilon: f64,
    /// A rounding of the coordinate.
    pub(crate) rounding: f64,
    pub(crate) tables: &'a FitTables,
}

impl Sequence<'_> {
    fn difference(&self, k: usize) -> &Sampled {
        &self.differences[k * self.terms]
    }

    /// The derivative; differences that are not finite do not count.
    pub(crate) fn assess(&self, workspace: &mut Workspace) -> Assessed {
        let there = |scheme: Scheme| {
            let is_there = |&k: &usize| self.number(k, scheme).is_finite();
            (0..self.steps.len()).filter(is_there).count()
        };
        let candidates: &[Scheme] = match (self.geometry, self.wanted) {
            (Geometry::Line, _) if self.is_around => &[Scheme::Central],
            (Geometry::Line, Scheme::Central) => &[Scheme::Central, Scheme::Forward, Scheme::Backward],
            (Geometry::Plane, _) => &[Scheme::Central, Scheme::Forward],
            (Geometry::Line, Scheme::Forward) => &[Scheme::Forward],
            (Geometry::Line, Scheme::Backward) => &[Scheme::Backward],
        };
        // The first with enough numbers, or the one with the most.
        let enough = candidates.iter().find(|&&scheme| there(scheme) >= FEWEST);
        let most = || candidates.iter().rev().max_by_key(|&&scheme| there(scheme));
        match enough.or_else(most) {
            Some(&scheme) if there(scheme) > 0 => {
                let mut found = self.assess_by(scheme, workspace);
                if found.jump.is_some() {
                    // Each side by itself goes on smoothly from where it ends.
                    let first = self.first_within_jump();
                    let side = Sequence {
                        is_around: true,
                        steps: &self.steps[first..],
                        differences: &self.differences[first * self.terms..],
                        ..*self
                    };
                    found.slopes = [Scheme::Backward, Scheme::Forward].map(|scheme| {
                        let Assessed { value, error, .. } = side.assess_by(scheme, workspace);
                        error.is_finite().then_some(value)
                    });
                }
                found
            }
            _ => Assessed {
                value: f64::NAN,
                error: f64::INFINITY,
                exponent: 0,
                scheme: None,
                kink: None,
                jump: None,
                slopes: [None; 2],
                wish: Wish::Smaller,
                is_unresolved: false,
                middle: 0.0,
                middle_error: 0.0,
                is_settled: false,
                times: 1.0,
            },
        }
    }

    /// The first step from which on f does little but jump: at larger ones there may be other jumps.
    fn first_within_jump(&self) -> usize {
        let odd = |k: usize| self.number(k, Scheme::Central);
        let last = (0..self.steps.len()).rev().find(|&k| odd(k).is_finite()).map_or(f64::NAN, odd);
        let stays = |&k: &usize| !odd(k).is_finite() || (odd(k) - last).abs() < STAYS * last.abs();
        self.steps.len() - (0..self.steps.len()).rev().take_while(stays).count()
    }

    /// What has to be finite for a scheme.
    fn number(&self, k: usize, scheme: Scheme) -> f64 {
        let [first, second] = self.difference(k).sides;
        match (self.geometry, scheme) {
            (Geometry::Line, Scheme::Central) => first - second,
            (Geometry::Line, Scheme::Backward) | (Geometry::Plane, Scheme::Forward) => second,
            _ => first,
        }
    }

    fn assess_by(&self, scheme: Scheme, workspace: &mut Workspace) -> Assessed {
        let is_central_line = (self.geometry, scheme) == (Geometry::Line, Scheme::Central);
        let view = match (self.geometry, scheme) {
            (Geometry::Line, Scheme::Central) => View::Odd,
            (Geometry::Line, _) => View::Side,
            (Geometry::Plane, Scheme::Central) => View::Mixed,
            (Geometry::Plane, _) => View::MixedSide,
        };
        // Fits for points that lie just so have to be made; those for the steps themselves are there.
        self.gather(scheme, view, true, workspace);
        let is_exact = workspace.is_made_good();
        if !is_exact {
            self.gather(scheme, view, false, workspace);
        }
        let Workspace {
            exponents,
            steps,
            numbers,
            floor,
            noise,
            local,
            sums,
            drowned,
            noises,
            limits,
            held,
            ..
        } = workspace;
        let mut fits = |view: View| {
            if is_exact {
                held.find(self.tables, view, exponents, steps)
            } else {
                held.put(Fits::new(view, steps))
            }
        };
        let (main, even) = (fits(view), is_central_line.then(|| fits(View::Even)));
        let diagonal = (view == View::Mixed).then(|| fits(View::Diagonal));
        let (main, even) = (held.at(main), even.map(|even| held.at(even)));
        let diagonal = diagonal.map(|diagonal| held.at(diagonal));
        let ([main_numbers, even_numbers, other_numbers], [main_sums, even_sums, other_sums]) =
            (numbers, sums);
        let main_fits = main;
        let main = Seen::new(main_fits, main_numbers, main_sums);
        let even_seen = even.map(|fits| Seen::new(fits, even_numbers, even_sums));
        let near = exponents.iter().take_while(|&&exponent| exponent > FIRST).count();
        let both = even_seen.map(|even| [main, even]);
        let seen = both.as_ref().map_or(std::slice::from_ref(&main), |both| both.as_slice());
        let changes = |k: usize| self.difference(k).sides.into_iter().map(f64::abs);
        let spread = (near..steps.len()).flat_map(changes).fold(0.0, f64::max);
        let resolved = noise::profile(seen, floor, (near, spread), noises, noise, local);
        let (mut middle, mut middle_error) = (0.0, 0.0);
        let (mut has_limit, mut runs_away) = (true, false);
        let extent = spread.max(self.differences.last().map_or(0.0, |finest| finest.size));
        if self.is_around
            && let Some(seen) = even_seen
        {
            (middle, middle_error) = seen.tends_to(noise);
            runs_away = seen.runs_away();
            has_limit = middle_error <= CONVERGED * extent && !runs_away;
        }
        let detached = (self.is_around && view == View::Side).then(|| main.tends_to(noise).0);
        let main = Seen::less(detached, main_fits, main_numbers, main_sums);
        let (mut even_seen, mut both) = (None, None);
        let bends = match (even, diagonal) {
            (Some(fits), _) => {
                let seen = Seen::less(self.is_around.then_some(middle), fits, even_numbers, even_sums);
                std::slice::from_ref(even_seen.insert(seen))
            }
            (None, Some(fits)) => {
                let seen =
                    [Seen::new(fits, even_numbers, even_sums), Seen::new(fits, other_numbers, other_sums)];
                both.insert(seen).as_slice()
            }
            (None, None) => &[],
        };
        let is_suspicious = |k: usize| noise[k] > SUSPICIOUS * floor[k];
        let last = steps.len() - 1;
        drowned.clear();
        let signal = |k: usize| {
            let mut sizes = [0.0; 2 * TOGETHER];
            let mut there = 0;
            for size in
                ((k + 1).saturating_sub(TOGETHER)..=k).flat_map(changes).filter(|size| size.is_finite())
            {
                sizes[there] = size;
                there += 1;
            }
            sizes[..there].sort_unstable_by(f64::total_cmp);
            if there == 0 { 0.0 } else { sizes[there / 2] }
        };
        drowned.extend((0..steps.len()).map(|k| {
            k < resolved
                || is_suspicious(k) && noise[k] > DROWNED * signal(k.max((near + TOGETHER - 1).min(last)))
        }));
        let is_open = is_suspicious(last);
        let numbers = Numbers {
            main,
            even: even.and(bends.first().copied()),
            bends,
            share: if view == View::Mixed { self.share } else { 1.0 },
            steps,
            noise,
            local,
            floor,
            drowned,
            tame: self.epsilon.powf(TAME) * spread,
            rounding: self.rounding,
            size: 1.0,
        };
        let Limit { value, error, finest, kink, jump, wish } = numbers.limit(limits);
        let error = if has_limit { error } else { f64::INFINITY };
        Assessed {
            value,
            error,
            exponent: exponents[finest],
            scheme: Some(scheme),
            kink,
            jump,
            slopes: [None; 2],
            wish,
            is_unresolved: is_open || kink.is_some(),
            middle,
            middle_error,
            is_settled: error <= SETTLED * extent || runs_away,
            times: if floor[last] > 0.0 { noise[last] / floor[last] } else { 1.0 },
        }
    }

    /// How far the points of a scheme reach, in parts of the step: up and down.
    fn reach(&self, step: &StepSize, scheme: Scheme) -> [f64; 2] {
        match (self.geometry, scheme) {
            // Of planes, numbers are divided by how far their points lie already.
            (Geometry::Plane, _) => [1.0; 2],
            (Geometry::Line, Scheme::Central) => step.reach,
            (Geometry::Line, Scheme::Backward) => [step.reach[1]; 2],
            (Geometry::Line, Scheme::Forward) => [step.reach[0]; 2],
        }
    }

    /// Gathers steps, numbers and their least noise: as if points were where steps lead, or where they are.
    fn gather(&self, scheme: Scheme, view: View, as_if: bool, workspace: &mut Workspace) {
        let Workspace { exponents, steps, numbers, floor, off, .. } = workspace;
        exponents.clear();
        steps.clear();
        floor.clear();
        off.clear();
        numbers.iter_mut().for_each(Vec::clear);
        // Half of the sum or difference of two.
        let share = if view == View::Odd { std::f64::consts::FRAC_1_SQRT_2 } else { 1.0 };
        for (k, step) in self.steps.iter().enumerate() {
            let &Sampled { sides: [first, second], diagonals, size } = self.difference(k);
            let reach = self.reach(step, scheme);
            let mean = (reach[0] + reach[1]) / 2.0;
            let unit = if as_if { 1.0 } else { mean };
            // How far they lie from there is made good by factors.
            let (up, down) = (first * unit / reach[0], second * unit / reach[1]);
            let own = match view {
                View::Odd | View::Even => [(up - down) / 2.0, (up + down) / 2.0, 0.0],
                View::Side if scheme == Scheme::Forward => [up, 0.0, 0.0],
                // As if it led up.
                View::Side => [-down, 0.0, 0.0],
                View::Mixed | View::Diagonal => [first, diagonals[0], diagonals[1]],
                View::MixedSide => [second, 0.0, 0.0],
            };
            exponents.push(step.exponent);
            steps.push(length(step.exponent) * unit);
            numbers.iter_mut().zip(own).for_each(|(numbers, number)| numbers.push(number));
            floor.push(share * self.epsilon * size.max(self.value.abs()));
            off.push((reach[0] - 1.0).abs().max((reach[1] - 1.0).abs()));
        }
    }
}

impl Workspace {
    /// Whether factors make good that points do not lie where steps lead: those of what is not linear are left.
    fn is_made_good(&self) -> bool {
        let [main, even, _] = &self.numbers;
        let slope = main.last().zip(self.steps.last()).map_or(0.0, |(number, h)| number / h);
        let is_good = |k: usize| {
            let bent = (main[k] - slope * self.steps[k]).abs().max(even[k].abs());
            // What is not there is NaN, and does not count.
            let is_bad = self.off[k] > OFF && self.off[k] * bent > MADE_GOOD * self.floor[k];
            !is_bad
        };
        (0..self.steps.len()).all(is_good)
    }
}
