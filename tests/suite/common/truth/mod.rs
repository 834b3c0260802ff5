//! What the derivatives of an objective in WGSL really are: a witness that shares nothing with the library but the parser.
//!
//! A text is interpreted in some 75 digits on numbers that carry their derivatives. Nothing is rounded on the way that could
//! be seen in f64; control flow follows the exact values. Literals and data are the decimals that were written, a point is
//! the f64 handed in. What naga folds into one literal while it reads (`1.0 / 3.0` in a `const`) is folded in f64.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a witness that fails is a failed test"
)]

mod functions;
mod integers;
mod jet;
mod machine;
mod math;
mod number;
#[path = "../../../../examples/ulp/special.rs"]
pub mod special;
mod value;

use std::cell::RefCell;
use std::collections::HashMap;

use naga::{Function, Handle, Module};

use jet::Jet;
use machine::{Machine, World};
use number::Number;
pub use value::Literals;
use value::Value;

/// A number as two of f64: the nearest, and the nearest of what is left.
pub type Pair = (f64, f64);

/// How far this is from a pair.
pub fn distance(got: f64, (high, low): Pair) -> f64 {
    ((got - high) - low).abs()
}

/// Functions of the engine and the types of their arguments; each gives a real.
const ENGINE: [(&str, &str); 45] = [
    ("acos", "a: real"),
    ("acosh", "a: real"),
    ("asin", "a: real"),
    ("asinh", "a: real"),
    ("atan", "a: real"),
    ("atanh", "a: real"),
    ("atan2", "y: real, x: real"),
    ("cos", "a: real"),
    ("cosh", "a: real"),
    ("degrees", "a: real"),
    ("exp", "a: real"),
    ("exp2", "a: real"),
    ("expm1", "a: real"),
    ("log", "a: real"),
    ("log1p", "a: real"),
    ("log2", "a: real"),
    ("pow", "x: real, y: real"),
    ("powi", "x: real, n: i32"),
    ("radians", "a: real"),
    ("relu", "a: real"),
    ("saturate", "a: real"),
    ("sigmoid", "a: real"),
    ("sin", "a: real"),
    ("sinh", "a: real"),
    ("smoothstep", "low: real, high: real, x: real"),
    ("softplus", "a: real"),
    ("tan", "a: real"),
    ("tanh", "a: real"),
    ("cbrt", "a: real"),
    ("digamma", "a: real"),
    ("erf", "a: real"),
    ("erfc", "a: real"),
    ("erfcx", "a: real"),
    ("i0", "a: real"),
    ("i1", "a: real"),
    ("j0", "a: real"),
    ("j1", "a: real"),
    ("k0", "a: real"),
    ("k1", "a: real"),
    ("lgamma", "a: real"),
    ("log_ndtr", "a: real"),
    ("logit", "a: real"),
    ("sinc", "a: real"),
    ("y0", "a: real"),
    ("y1", "a: real"),
];

/// The same for what an objective reads.
const REST: &str = "
fn x(i: u32) -> real { return 0.0; }
fn data(i: u32) -> real { return 0.0; }
fn dimension() -> u32 { return 0u; }
fn data_len() -> u32 { return 0u; }
";

fn is_engine(name: &str) -> bool {
    ENGINE.iter().any(|(known, _)| *known == name)
}

/// What stands behind a text before it is parsed.
fn prelude() -> String {
    let stub =
        |(name, arguments): &(&str, &str)| format!("fn {name}({arguments}) -> real {{ return 0.0; }}\n");
    format!("\nalias real = f64;\n{}{REST}", ENGINE.iter().map(stub).collect::<String>())
}

/// The value and the gradient at a point.
#[derive(Clone, Debug)]
pub struct Exact {
    pub value: f64,
    pub gradient: Vec<f64>,
    /// The gradient with twice as many digits.
    pub pairs: Vec<Pair>,
}

impl Exact {
    fn of(jet: &Jet, n: usize) -> Option<Exact> {
        let value = Some(jet.value.to_f64()).filter(|value| value.is_finite())?;
        // What depends on nothing has no parts at all.
        let pairs: Vec<Pair> =
            (0..n).map(|i| pair(jet.first.get(i).and_then(Option::as_ref))).collect::<Option<_>>()?;
        Some(Exact { value, gradient: pairs.iter().map(|pair| pair.0).collect(), pairs })
    }
}

/// A derivative that is finite, in f64, too.
fn pair(part: Option<&Number>) -> Option<Pair> {
    let Some(part) = part else { return Some((0.0, 0.0)) };
    Some(part.to_pair()).filter(|pair| part.is_finite() && pair.0.is_finite())
}

/// An objective, and what it reads.
pub struct Truth {
    world: World,
    entry: Handle<Function>,
    /// How many terms there are; none: an `objective()`.
    terms: Option<usize>,
    squares: bool,
}

impl Truth {
    /// Of a text with `objective`, or `term` or `residual` (whose squares are summed) and their number.
    pub fn new(text: &str, dimension: usize, terms: Option<usize>, data: &[f64]) -> Truth {
        Truth::reading(Literals::Written, text, dimension, terms, data)
    }

    /// The same with other readings of literals and data: the function that an engine is given.
    pub fn reading(
        literals: Literals,
        text: &str,
        dimension: usize,
        terms: Option<usize>,
        data: &[f64],
    ) -> Truth {
        let module = naga::front::wgsl::parse_str(&format!("{text}{}", prelude()))
            .unwrap_or_else(|error| panic!("{}", error.emit_to_string(text)));
        let find = |name: &str| find(&module, name);
        let (entry, squares) = find("objective")
            .or_else(|| find("term"))
            .map(|entry| (entry, false))
            .or_else(|| find("residual").map(|entry| (entry, true)))
            .expect("an objective, a term or a residual");
        let takes_index = !module.functions[entry].arguments.is_empty();
        let data = data.iter().map(|&value| Jet::constant(literals.number(value)).into()).collect();
        let world = World { module, data, literals, dimension, constants: RefCell::new(HashMap::new()) };
        Truth { world, entry, terms: takes_index.then(|| terms.expect("a number of terms")), squares }
    }

    /// The values of all terms at a point, squared if they are to be.
    fn jets(&self, x: &[f64], with_second: bool, squares: bool) -> Vec<Jet> {
        let n = x.len();
        let coordinate = |i: usize| Jet::coordinate(x[i], i, n, with_second).into();
        self.jets_at(&(0..n).map(coordinate).collect::<Vec<_>>(), squares)
    }

    fn jets_at(&self, point: &[Value], squares: bool) -> Vec<Jet> {
        let mut machine = Machine::new(&self.world, point);
        let mut call = |arguments: Vec<Value>| {
            let value = machine.call(self.entry, arguments);
            if squares { value.jet() * value.jet() } else { value.jet().clone() }
        };
        match self.terms {
            None => vec![call(Vec::new())],
            Some(terms) => (0..terms as u32).map(|term| call(vec![Value::U32(term)])).collect(),
        }
    }

    fn sum(&self, x: &[f64], with_second: bool) -> Jet {
        let jets = self.jets(x, with_second, self.squares);
        jets.into_iter().reduce(|a, b| &a + &b).expect("at least one term")
    }

    /// None where the value or a derivative is not finite, or there is none.
    pub fn gradient(&self, x: &[f64]) -> Option<Exact> {
        Exact::of(&self.sum(x, false), x.len())
    }

    /// (f(x + h·s) - f(x))/h. None where it is not finite.
    pub fn quotient(&self, x: &[f64], s: &[f64], h: f64) -> Option<Pair> {
        let value = |h: f64| {
            let coordinate = |(&x, &s): (&f64, &f64)| {
                let there = &Number::of(x) + &(&Number::of(h) * &Number::of(s));
                Jet::constant(there).into()
            };
            let point: Vec<Value> = x.iter().zip(s).map(coordinate).collect();
            let jets = self.jets_at(&point, self.squares);
            jets.into_iter().reduce(|a, b| &a + &b).expect("at least one term").value
        };
        pair(Some(&(&(&value(h) - &value(0.0)) / &Number::of(h))))
    }

    /// The gradient of each term or residual, not squared.
    pub fn jacobian(&self, x: &[f64]) -> Option<Vec<Exact>> {
        self.jets(x, false, false).iter().map(|jet| Exact::of(jet, x.len())).collect()
    }

    /// Second derivatives, by rows.
    pub fn hessian(&self, x: &[f64]) -> Option<Vec<Vec<Pair>>> {
        let (jet, n) = (self.sum(x, true), x.len());
        Exact::of(&jet, n)?;
        let at =
            |i: usize, j: usize| pair(jet.second.as_ref().and_then(|parts| parts[jet::place(i, j)].as_ref()));
        (0..n).map(|i| (0..n).map(|j| at(i, j)).collect()).collect()
    }
}

fn find(module: &Module, name: &str) -> Option<Handle<Function>> {
    let mut all = module.functions.iter();
    all.find(|(_, function)| function.name.as_deref() == Some(name)).map(|(handle, _)| handle)
}
