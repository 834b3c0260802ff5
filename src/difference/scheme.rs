//! Which difference quotient: forward, backward or central.

use crate::numeric::{Real, named};

named! {
    "scheme";
    /// A first-order difference quotient along one axis.
    #[derive(Default)]
    pub enum Scheme {
        /// (f(x+h) - f(x)) / h: truncation error f''·h/2.
        Forward,
        /// (f(x) - f(x-h)) / h: truncation error -f''·h/2.
        Backward,
        /// (f(x+h) - f(x-h)) / 2h: truncation error f'''·h²/6.
        #[default]
        Central,
    }
}

impl Scheme {
    /// How many perturbed evaluations a component takes: 2 for central, else 1 (beside f(x), which all
    /// components of a point share).
    pub fn sides(self) -> usize {
        match self {
            Scheme::Forward | Scheme::Backward => 1,
            Scheme::Central => 2,
        }
    }

    /// The order of the quotient itself: its truncation error goes like h (one-sided) or h² (central).
    pub fn order(self) -> usize {
        self.sides()
    }

    /// Whether x + h, and whether x - h, is evaluated.
    pub(crate) fn moves(self) -> [bool; 2] {
        [self != Scheme::Backward, self != Scheme::Forward]
    }

    /// Evaluations of the objective for the gradients of `points` points of dimension `axes`:
    /// 2n a point for central, n + 1 for forward and backward.
    pub fn evaluations(self, points: usize, axes: usize) -> u64 {
        let a_point = match self {
            Scheme::Forward | Scheme::Backward => axes as u64 + 1,
            Scheme::Central => 2 * axes as u64,
        };
        points as u64 * a_point
    }

    /// The quotient for the step `h` of a function whose increments from x are given.
    #[inline(always)]
    pub fn quotient<T: Real>(self, h: T, increment: impl Fn(T) -> T) -> T {
        match self {
            Scheme::Forward => increment(h) / h,
            Scheme::Backward => increment(-h) / -h,
            Scheme::Central => (increment(h) - increment(-h)) / (h + h),
        }
    }
}
