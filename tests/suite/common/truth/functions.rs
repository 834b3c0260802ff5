//! Functions of jets: each by its value and its first two derivatives, written from their definitions.
//!
//! Where a function has a kink or jumps, and its argument moves, the derivatives are NaN.

use std::cmp::Ordering;

use super::jet::Jet;
use super::number::Number;

fn number(value: f64) -> Number {
    Number::of(value)
}

fn square(a: &Number) -> Number {
    a * a
}

/// (1 - x)(1 + x)
fn below_one(x: &Number) -> Number {
    &(&number(1.0) - x) * &(&number(1.0) + x)
}

fn over_one(a: &Number) -> Number {
    &number(1.0) / a
}

/// A slope 1/r and what follows for a derivative of it that is `times`·x·slope³.
fn root_slopes(x: &Number, slope: Number, times: f64) -> (Number, Number) {
    let cube = &square(&slope) * &slope;
    let bend = &(&number(times) * x) * &cube;
    (slope, bend)
}

/// 1/(1 + e^-x)
fn logistic(x: &Number) -> Number {
    over_one(&(&number(1.0) + &(-x).exp()))
}

/// The function of one real that an objective calls by this name.
pub fn one(name: &str, a: &Jet) -> Option<Jet> {
    let x = &a.value;
    Some(match name {
        "sin" => a.chain(x.sin(), || (x.cos(), -&x.sin())),
        "cos" => a.chain(x.cos(), || (-&x.sin(), -&x.cos())),
        "tan" => {
            let tan = x.tan();
            a.chain(tan.clone(), || {
                let slope = over_one(&square(&x.cos()));
                let bend = &(&number(2.0) * &tan) * &slope;
                (slope, bend)
            })
        }
        "asin" => a.chain(x.asin(), || root_slopes(x, over_one(&below_one(x).sqrt()), 1.0)),
        "acos" => a.chain(x.acos(), || root_slopes(x, -&over_one(&below_one(x).sqrt()), 1.0)),
        "atan" => a.chain(x.atan(), || {
            let slope = over_one(&(&number(1.0) + &square(x)));
            let bend = &(&number(-2.0) * x) * &square(&slope);
            (slope, bend)
        }),
        "sinh" => a.chain(x.sinh(), || (x.cosh(), x.sinh())),
        "cosh" => a.chain(x.cosh(), || (x.sinh(), x.cosh())),
        "tanh" => {
            let tanh = x.tanh();
            a.chain(tanh.clone(), || {
                let slope = over_one(&square(&x.cosh()));
                let bend = &(&number(-2.0) * &tanh) * &slope;
                (slope, bend)
            })
        }
        "asinh" => {
            let root = || (&number(1.0) + &square(x)).sqrt();
            a.chain(x.asinh(), || root_slopes(x, over_one(&root()), -1.0))
        }
        "acosh" => a.chain(x.acosh(), || root_slopes(x, over_one(&(-&below_one(x)).sqrt()), -1.0)),
        "atanh" => a.chain(x.atanh(), || {
            let slope = over_one(&below_one(x));
            let bend = &(&number(2.0) * x) * &square(&slope);
            (slope, bend)
        }),
        "exp" => a.chain(x.exp(), || (x.exp(), x.exp())),
        "exp2" => one("exp", &(a * &Jet::constant(number(2.0).ln())))?,
        "expm1" => a.chain(x.expm1(), || (x.exp(), x.exp())),
        "log" => log(a),
        "log2" => &log(a) * &Jet::constant(over_one(&number(2.0).ln())),
        "log1p" => a.chain(x.log1p(), || {
            let slope = over_one(&(&number(1.0) + x));
            let bend = -&square(&slope);
            (slope, bend)
        }),
        "sigmoid" => a.chain(logistic(x), || {
            let (up, down) = (logistic(x), logistic(&-x));
            let slope = &up * &down;
            let bend = &slope * &(&down - &up);
            (slope, bend)
        }),
        "softplus" => {
            let tail = (-&absolute(x)).exp().log1p();
            let value = if x.sign() == Ordering::Greater { x + &tail } else { tail };
            a.chain(value, || {
                let (up, down) = (logistic(x), logistic(&-x));
                let bend = &up * &down;
                (up, bend)
            })
        }
        "relu" => most(a, &Jet::of(0.0)),
        "degrees" => a * &Jet::constant(&number(180.0) / &Number::pi()),
        "radians" => a * &Jet::constant(&Number::pi() / &number(180.0)),
        "saturate" => least(&most(a, &Jet::of(0.0)), &Jet::of(1.0)),
        _ => {
            let [value, slope, second] = x.special(name)?;
            a.chain(value, || (slope, second))
        }
    })
}

pub fn log(a: &Jet) -> Jet {
    a.chain(a.value.ln(), || {
        let slope = over_one(&a.value);
        let bend = -&square(&slope);
        (slope, bend)
    })
}

fn absolute(x: &Number) -> Number {
    if x.sign() == Ordering::Less { -x } else { x.clone() }
}

pub fn sqrt(a: &Jet) -> Jet {
    let root = a.value.sqrt();
    a.chain(root.clone(), || {
        let slope = &number(0.5) / &root;
        let bend = &(&number(-0.5) * &slope) / &a.value;
        (slope, bend)
    })
}

pub fn abs(a: &Jet) -> Jet {
    match a.value.sign() {
        Ordering::Less => -a,
        Ordering::Equal if a.moves() => a.broken(),
        // The slope is 0 from both sides; how it bends is not known.
        Ordering::Equal => a.chain(a.value.clone(), || (number(0.0), Number::nan())),
        Ordering::Greater => a.clone(),
    }
}

/// A function that is constant but for jumps.
pub fn stepped(a: &Jet, value: Number, at_jump: bool) -> Jet {
    if at_jump && a.depends() { broken(a, &value) } else { Jet::constant(value) }
}

pub fn sign(a: &Jet) -> Jet {
    let sign = match a.value.sign() {
        Ordering::Less => -1.0,
        Ordering::Equal => 0.0,
        Ordering::Greater => 1.0,
    };
    stepped(a, number(sign), sign == 0.0)
}

pub fn floor(a: &Jet) -> Jet {
    stepped(a, a.value.floor(), a.value.is_whole())
}

pub fn ceil(a: &Jet) -> Jet {
    -&floor(&-a)
}

pub fn round(a: &Jet) -> Jet {
    let is_half = (&a.value * &number(2.0)).is_whole() && !a.value.is_whole();
    stepped(a, a.value.round(), is_half)
}

pub fn trunc(a: &Jet) -> Jet {
    match a.value.sign() {
        Ordering::Less => ceil(a),
        Ordering::Equal => Jet::of(0.0),
        Ordering::Greater => floor(a),
    }
}

/// Of two that are equal, what both say of derivatives; else the chosen one. NaN with NaN.
fn extreme(a: &Jet, b: &Jet, wanted: Ordering) -> Jet {
    match a.value.compare(&b.value) {
        None => Jet::constant(Number::nan()),
        Some(Ordering::Equal) if a.same_parts(b) => a.clone(),
        Some(Ordering::Equal) => broken(&(a + b), &a.value),
        Some(order) if order == wanted => a.clone(),
        Some(_) => b.clone(),
    }
}

pub fn least(a: &Jet, b: &Jet) -> Jet {
    extreme(a, b, Ordering::Less)
}

pub fn most(a: &Jet, b: &Jet) -> Jet {
    extreme(a, b, Ordering::Greater)
}

/// This value, with derivatives that are not known along whatever the jet depends on; a sum of two that cancel has parts, too.
fn broken(on: &Jet, value: &Number) -> Jet {
    Jet { value: value.clone(), ..on.broken() }
}

pub fn step(edge: &Jet, x: &Jet) -> Jet {
    let over = x - edge;
    match x.value.compare(&edge.value) {
        None | Some(Ordering::Less) => Jet::of(0.0),
        Some(Ordering::Equal) => stepped(&over, number(1.0), true),
        Some(Ordering::Greater) => Jet::of(1.0),
    }
}

/// The remainder of a division that is rounded towards 0.
pub fn remainder(a: &Jet, b: &Jet) -> Jet {
    let whole = trunc(&a.over(b));
    a - &(&whole * b)
}

pub fn smoothstep(low: &Jet, high: &Jet, x: &Jet) -> Jet {
    let t = (x - low).over(&(high - low));
    let (zero, one) = (number(0.0), number(1.0));
    let edge = |at: &Number| t.value.compare(at);
    match (edge(&zero), edge(&one)) {
        (Some(Ordering::Less), _) => Jet::of(0.0),
        (_, Some(Ordering::Greater)) => Jet::of(1.0),
        // The slope is 0 from both sides; it bends only on the inside.
        (Some(Ordering::Equal), _) | (_, Some(Ordering::Equal)) => {
            t.chain(t.value.clone(), || (zero, Number::nan()))
        }
        _ => &(&t * &t) * &(&Jet::of(3.0) - &(&Jet::of(2.0) * &t)),
    }
}

pub fn mix(a: &Jet, b: &Jet, c: &Jet) -> Jet {
    &(a * &(&Jet::of(1.0) - c)) + &(b * c)
}

pub fn powi(a: &Jet, n: i32) -> Jet {
    let n = i64::from(n);
    a.chain(a.value.powi(n), || {
        // Of 0^0 and below only what is multiplied by 0.
        let power = |n: i64, times: f64| {
            if times == 0.0 { number(0.0) } else { &number(times) * &a.value.powi(n) }
        };
        (power(n - 1, n as f64), power(n - 2, (n * (n - 1)) as f64))
    })
}

pub fn pow(a: &Jet, b: &Jet) -> Jet {
    let value = a.value.pow(&b.value);
    if b.depends() {
        return Jet { value, ..one("exp", &(b * &log(a))).expect("a known name") };
    }
    a.chain(value, || {
        let less = &b.value - &number(1.0);
        let twice = &b.value * &less;
        let power = |exponent: &Number, times: &Number| {
            if times.is_zero() { number(0.0) } else { times * &a.value.pow(exponent) }
        };
        (power(&less, &b.value), power(&(&less - &number(1.0)), &twice))
    })
}

/// The angle of the point (x, y), from -π to π.
pub fn atan2(y: &Jet, x: &Jet) -> Jet {
    let atan = |a: &Jet| one("atan", a).expect("a known name");
    let turned = |angle: Jet, times: f64| &angle + &Jet::constant(&Number::pi() * &number(times));
    match (absolute(&x.value).compare(&absolute(&y.value)), x.value.sign(), y.value.sign()) {
        (None, ..) => Jet::constant(Number::nan()),
        (_, Ordering::Equal, Ordering::Equal) => broken(&(x + y), &number(0.0)),
        // Here the angle jumps.
        (_, Ordering::Less, Ordering::Equal) => stepped(y, Number::pi(), y.depends()),
        (Some(Ordering::Less), _, Ordering::Less) => turned(-&atan(&x.over(y)), -0.5),
        (Some(Ordering::Less), ..) => turned(-&atan(&x.over(y)), 0.5),
        (_, Ordering::Less, Ordering::Less) => turned(atan(&y.over(x)), -1.0),
        (_, Ordering::Less, _) => turned(atan(&y.over(x)), 1.0),
        _ => atan(&y.over(x)),
    }
}
