//! Random expressions of the objective language, and a small evaluator of them that knows how far rounding may take a value.

use std::fmt;

use proptest::prelude::*;

/// Coordinates of the points at which expressions are evaluated.
pub const N: usize = 3;

/// An expression. Where it could leave the domain of a function, the strategy builds it so that it does not.
#[derive(Clone, Debug)]
pub enum Expr {
    /// So many sixteenths: a number of f32, too, and short in decimals.
    Number(u8),
    Coordinate(usize),
    /// Each element of a reduction's vector; x1 outside.
    Element,
    Negated(Box<Expr>),
    Infix(char, Box<Expr>, Box<Expr>),
    Power(Box<Expr>, u8),
    Call(&'static str, Box<Expr>),
    Pair(&'static str, Box<Expr>, Box<Expr>),
    /// `sum(x[1:] * …)` and the like: the factor makes a vector of it.
    Reduced(&'static str, &'static Slice, Box<Expr>),
}

/// A vector, and its elements at a point.
#[derive(Debug)]
pub struct Slice(pub &'static str, fn(&[f64]) -> Vec<f64>);

const SLICES: &[Slice] = &[
    Slice("x", <[f64]>::to_vec),
    Slice("x[1:]", |x| x[1..].to_vec()),
    Slice("x[::2]", |x| vec![x[0], x[2]]),
    Slice("x[-2:-1]", |x| vec![x[1]]),
    Slice("i", |_| vec![0.0, 1.0, 2.0]),
    Slice("i[1:]", |_| vec![1.0, 2.0]),
];

/// All of x.
pub const X: &Slice = &SLICES[0];

/// Random expressions of some depth.
pub fn expressions() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![
        (0..64u8).prop_map(Expr::Number),
        (0..N).prop_map(Expr::Coordinate),
        Just(Expr::Element),
    ];
    leaf.prop_recursive(5, 24, 2, |inner| {
        let one = || inner.clone().prop_map(Box::new);
        // 1 + e², which is never 0 nor negative.
        let positive = || {
            one().prop_map(|e| {
                Box::new(Expr::Infix('+', Box::new(Expr::Number(16)), Box::new(Expr::Power(e, 2))))
            })
        };
        prop_oneof![
            2 => (prop::sample::select(vec!['+', '-', '*']), one(), one())
                .prop_map(|(sign, a, b)| Expr::Infix(sign, a, b)),
            1 => (one(), positive()).prop_map(|(a, b)| Expr::Infix('/', a, b)),
            1 => one().prop_map(Expr::Negated),
            1 => (one(), 2..5u8).prop_map(|(a, k)| Expr::Power(a, k)),
            1 => (prop::sample::select(vec!["sin", "cos", "tanh", "atan", "sigmoid", "exp", "abs", "relu", "softplus"]), one())
                .prop_map(|(name, a)| Expr::Call(name, a)),
            1 => (prop::sample::select(vec!["log", "sqrt"]), positive()).prop_map(|(name, a)| Expr::Call(name, a)),
            1 => (prop::sample::select(vec!["min", "max", "hypot"]), one(), one())
                .prop_map(|(name, a, b)| Expr::Pair(name, a, b)),
            2 => (
                prop::sample::select(vec!["sum", "mean", "prod", "norm", "min", "max", "dot"]),
                prop::sample::select(SLICES.iter().collect::<Vec<_>>()),
                one(),
            )
                .prop_map(|(name, slice, a)| Expr::Reduced(name, slice, a)),
        ]
    })
}

impl Expr {
    /// How tightly it binds as it is written.
    fn precedence(&self) -> u8 {
        match self {
            Expr::Infix('+' | '-', ..) => 1,
            Expr::Infix(..) => 2,
            Expr::Negated(_) => 3,
            Expr::Power(..) => 4,
            _ => 5,
        }
    }

    /// Writes it with brackets only where it binds less tightly than `least`.
    fn write(&self, f: &mut dyn fmt::Write, least: u8, vector: &str) -> fmt::Result {
        if self.precedence() < least {
            f.write_str("(")?;
            self.write(f, 0, vector)?;
            return f.write_str(")");
        }
        match self {
            Expr::Number(sixteenths) => write!(f, "{}", f64::from(*sixteenths) / 16.0),
            Expr::Coordinate(i) => write!(f, "x{i}"),
            Expr::Element => f.write_str(vector),
            Expr::Negated(a) => {
                f.write_str("-")?;
                a.write(f, 3, vector)
            }
            Expr::Infix(sign, a, b) => {
                // From the left: a - b - c is (a - b) - c.
                a.write(f, self.precedence(), vector)?;
                write!(f, " {sign} ")?;
                b.write(f, self.precedence() + 1, vector)
            }
            Expr::Power(a, k) => {
                a.write(f, 5, vector)?;
                write!(f, "^{k}")
            }
            Expr::Call(name, a) => {
                write!(f, "{name}(")?;
                a.write(f, 0, vector)?;
                f.write_str(")")
            }
            Expr::Pair(name, a, b) => {
                write!(f, "{name}(")?;
                a.write(f, 0, vector)?;
                f.write_str(", ")?;
                b.write(f, 0, vector)?;
                f.write_str(")")
            }
            Expr::Reduced(name, Slice(slice, _), a) => {
                let first = if *name == "dot" { format!("{slice}, ") } else { String::new() };
                write!(f, "{name}({first}{slice} * ")?;
                a.write(f, 3, slice)?;
                f.write_str(")")
            }
        }
    }

    /// The value at `x`, and how far it may be off when each operation is off by some `epsilon` of its result.
    pub fn evaluate(&self, x: &[f64], epsilon: f64) -> Rounded {
        self.at(x, x[1], epsilon)
    }

    fn at(&self, x: &[f64], element: f64, epsilon: f64) -> Rounded {
        let of = |e: &Expr| e.at(x, element, epsilon);
        match self {
            Expr::Number(sixteenths) => Rounded::exact(f64::from(*sixteenths) / 16.0),
            Expr::Coordinate(i) => Rounded::exact(x[*i]),
            Expr::Element => Rounded::exact(element),
            Expr::Negated(a) => {
                let a = of(a);
                Rounded { value: -a.value, ..a }
            }
            Expr::Infix(sign, a, b) => of(a).infix(*sign, of(b), epsilon),
            Expr::Power(a, k) => of(a).power(i32::from(*k), epsilon),
            Expr::Call(name, a) => of(a).call(name, epsilon),
            Expr::Pair(name, a, b) => of(a).pair(name, of(b), epsilon),
            Expr::Reduced(name, Slice(_, elements), a) => {
                let times = |a: Rounded, b| a.infix('*', b, epsilon);
                let elements = elements(x).into_iter();
                let each: Vec<Rounded> = elements
                    .map(|element| {
                        let product = times(Rounded::exact(element), a.at(x, element, epsilon));
                        match *name {
                            "norm" => times(product, product),
                            "dot" => times(Rounded::exact(element), product),
                            _ => product,
                        }
                    })
                    .collect();
                let sum = Rounded::sum(&each, epsilon);
                match *name {
                    "sum" | "dot" => sum,
                    "mean" => sum.infix('/', Rounded::exact(each.len() as f64), epsilon),
                    "norm" => sum.call("sqrt", epsilon),
                    "prod" => each.into_iter().reduce(times).unwrap(),
                    name => each.into_iter().reduce(|a, b| a.pair(name, b, epsilon)).unwrap(),
                }
            }
        }
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, 0, "x1")
    }
}

/// A value, and how far a computed one may be from it.
#[derive(Clone, Copy, Debug)]
pub struct Rounded {
    pub value: f64,
    pub error: f64,
}

/// What a function of the language may be off, in units of epsilon of its result; and a quotient, by the rules of WGSL.
const FUNCTION: f64 = 4.0;
const QUOTIENT: f64 = 2.5;
/// Nothing is promised of an expression with larger numbers on the way.
const LARGEST: f64 = 1e4;

impl Rounded {
    fn exact(value: f64) -> Self {
        Rounded { value, error: 0.0 }
    }

    /// A value that was off by `error` before it was rounded, off by some `units` of its own.
    fn new(value: f64, error: f64, units: f64, epsilon: f64) -> Self {
        let rounding = units * epsilon * (value.abs() + error) + f64::from(f32::MIN_POSITIVE);
        // The functions of the language are as accurate as that up to some size of their arguments.
        Rounded { value, error: if value.abs() <= LARGEST { error + rounding } else { f64::INFINITY } }
    }

    /// In any order.
    fn sum(terms: &[Rounded], epsilon: f64) -> Self {
        let of = |part: fn(&Rounded) -> f64| terms.iter().map(part).sum::<f64>();
        let (size, error) = (of(|term| term.value.abs() + term.error), of(|term| term.error));
        Rounded::new(of(|term| term.value), error + terms.len() as f64 * epsilon * size, 0.0, epsilon)
    }

    fn infix(self, sign: char, b: Self, epsilon: f64) -> Self {
        let (value, error) = match sign {
            '+' => (self.value + b.value, self.error + b.error),
            '-' => (self.value - b.value, self.error + b.error),
            '*' => (
                self.value * b.value,
                self.value.abs() * b.error + b.value.abs() * self.error + self.error * b.error,
            ),
            _ => {
                let value = self.value / b.value;
                (value, (self.error + value.abs() * b.error) / (b.value.abs() - b.error).max(0.0))
            }
        };
        Rounded::new(value, error, if sign == '/' { QUOTIENT } else { 1.0 }, epsilon)
    }

    fn power(self, k: i32, epsilon: f64) -> Self {
        let size = self.value.abs();
        let error = (size + self.error).powi(k) - size.powi(k);
        Rounded::new(self.value.powi(k), error, FUNCTION, epsilon)
    }

    fn call(self, name: &str, epsilon: f64) -> Self {
        let (a, e) = (self.value, self.error);
        let (value, error) = match name {
            "sin" => (a.sin(), e),
            "cos" => (a.cos(), e),
            "tanh" => (a.tanh(), e),
            "atan" => (a.atan(), e),
            "sigmoid" => (1.0 / (1.0 + (-a).exp()), e / 4.0),
            "exp" => (a.exp(), a.exp() * e.exp_m1()),
            // Of arguments from 1 on.
            "log" => (a.ln(), e / (a - e).max(0.0)),
            "sqrt" => (a.sqrt(), if e == 0.0 { 0.0 } else { e / (a - e).max(0.0).sqrt() }),
            "relu" => return Rounded { value: a.max(0.0), error: e },
            "softplus" => (a.max(0.0) + (-a.abs()).exp().ln_1p(), e),
            _ => return Rounded { value: a.abs(), error: e },
        };
        Rounded::new(value, error, FUNCTION, epsilon)
    }

    fn pair(self, name: &str, b: Self, epsilon: f64) -> Self {
        let error = self.error + b.error;
        match name {
            "min" => Rounded { value: self.value.min(b.value), error },
            "max" => Rounded { value: self.value.max(b.value), error },
            _ => Rounded::new(self.value.hypot(b.value), error, FUNCTION, epsilon),
        }
    }
}
