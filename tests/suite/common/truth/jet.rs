//! Numbers that carry derivatives: a value, first and perhaps second derivatives along the coordinates.
//!
//! A part that is zero for want of any dependence is left out, and nothing is computed with it.

use std::ops::{Add, Mul, Neg, Sub};

use super::number::Number;

/// A derivative; none: zero.
type Part = Option<Number>;

/// A value and its derivatives.
#[derive(Clone, Debug)]
pub struct Jet {
    pub value: Number,
    /// One a coordinate; empty for what depends on none.
    pub first: Vec<Part>,
    /// By rows, of the lower triangle: (0, 0), (1, 0), (1, 1), (2, 0), … None if no second derivatives are wanted.
    pub second: Option<Vec<Part>>,
}

/// Where the derivative by two coordinates stands.
pub fn place(i: usize, j: usize) -> usize {
    let (i, j) = (i.max(j), i.min(j));
    i * (i + 1) / 2 + j
}

/// The coordinates of all places, in order.
fn places(n: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..n).flat_map(|i| (0..=i).map(move |j| (i, j)))
}

fn sum(a: Part, b: Part) -> Part {
    match (a, b) {
        (Some(a), Some(b)) => Some(&a + &b),
        (a, b) => a.or(b),
    }
}

fn scaled(part: Option<&Number>, by: &Number) -> Part {
    part.map(|part| part * by)
}

fn times(a: Option<&Number>, b: Option<&Number>) -> Part {
    Some(a? * b?)
}

impl Jet {
    pub fn constant(value: Number) -> Jet {
        Jet { value, first: Vec::new(), second: None }
    }

    pub fn of(value: f64) -> Jet {
        Jet::constant(Number::of(value))
    }

    /// The coordinate at `axis` of `n`.
    pub fn coordinate(value: f64, axis: usize, n: usize, with_second: bool) -> Jet {
        let mut first = vec![None; n];
        first[axis] = Some(Number::of(1.0));
        Jet { value: Number::of(value), first, second: with_second.then(|| vec![None; n * (n + 1) / 2]) }
    }

    fn at(&self, i: usize) -> Option<&Number> {
        self.first.get(i)?.as_ref()
    }

    fn across(&self, place: usize) -> Option<&Number> {
        self.second.as_ref()?.get(place)?.as_ref()
    }

    /// Whether it has a derivative, be it 0 by chance.
    pub fn depends(&self) -> bool {
        self.first.iter().any(Option::is_some)
    }

    /// Whether a first derivative is not 0.
    pub fn moves(&self) -> bool {
        self.first.iter().flatten().any(|part| !part.is_zero())
    }

    /// A jet out of a value and rules for its parts, which are called where two jets may have some.
    fn made(
        a: &Jet,
        b: &Jet,
        value: Number,
        first: impl Fn(usize) -> Part,
        second: impl Fn(usize, usize, usize) -> Part,
    ) -> Jet {
        let n = a.first.len().max(b.first.len());
        let with_second = a.second.is_some() || b.second.is_some();
        Jet {
            value,
            first: (0..n).map(first).collect(),
            second: with_second
                .then(|| places(n).enumerate().map(|(place, (i, j))| second(place, i, j)).collect()),
        }
    }

    /// f of this jet, from its value and its first and second derivative, which are computed where they are needed.
    pub fn chain(&self, value: Number, slopes: impl FnOnce() -> (Number, Number)) -> Jet {
        if !self.depends() {
            return Jet::constant(value);
        }
        let (slope, bend) = slopes();
        Jet::made(
            self,
            self,
            value,
            |i| scaled(self.at(i), &slope),
            |place, i, j| {
                let bent = times(self.at(i), self.at(j)).map(|product| &product * &bend);
                sum(bent, scaled(self.across(place), &slope))
            },
        )
    }

    /// The same value with derivatives that are not known.
    pub fn broken(&self) -> Jet {
        self.chain(self.value.clone(), || (Number::nan(), Number::nan()))
    }

    /// Whether two jets agree in everything.
    pub fn same_parts(&self, other: &Jet) -> bool {
        let difference = self - other;
        let is_zero = |parts: &[Part]| parts.iter().flatten().all(Number::is_zero);
        is_zero(&difference.first) && difference.second.as_ref().is_none_or(|parts| is_zero(parts))
    }

    pub fn inverse(&self) -> Jet {
        let one = Number::of(1.0);
        let value = &one / &self.value;
        self.chain(value.clone(), || {
            let square = &value * &value;
            (-&square, &(&square * &value) * &Number::of(2.0))
        })
    }

    pub fn over(&self, other: &Jet) -> Jet {
        // The value itself is rounded once.
        Jet { value: &self.value / &other.value, ..self * &other.inverse() }
    }
}

impl Add for &Jet {
    type Output = Jet;
    fn add(self, other: &Jet) -> Jet {
        let (a, b) = (self, other);
        Jet::made(
            a,
            b,
            &a.value + &b.value,
            |i| sum(a.at(i).cloned(), b.at(i).cloned()),
            |place, _, _| sum(a.across(place).cloned(), b.across(place).cloned()),
        )
    }
}

impl Neg for &Jet {
    type Output = Jet;
    fn neg(self) -> Jet {
        Jet::made(
            self,
            self,
            -&self.value,
            |i| self.at(i).map(|part| -part),
            |place, _, _| self.across(place).map(|part| -part),
        )
    }
}

impl Sub for &Jet {
    type Output = Jet;
    fn sub(self, other: &Jet) -> Jet {
        self + &-other
    }
}

impl Mul for &Jet {
    type Output = Jet;
    fn mul(self, other: &Jet) -> Jet {
        let (a, b) = (self, other);
        Jet::made(
            a,
            b,
            &a.value * &b.value,
            |i| sum(scaled(a.at(i), &b.value), scaled(b.at(i), &a.value)),
            |place, i, j| {
                let straight = sum(scaled(a.across(place), &b.value), scaled(b.across(place), &a.value));
                sum(straight, sum(times(a.at(i), b.at(j)), times(a.at(j), b.at(i))))
            },
        )
    }
}
