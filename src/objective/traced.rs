//! A [`Formula`] written down. Numbers cannot be looked at by a formula, so that it does the same to all points: run once on numbers that
//! only note what is done to them, it becomes a text, one line an operation. Slopes of texts know which of them depend on which coordinate;
//! numbers with slopes (`slope_number`) go through all of it for a few axes at a time.

use std::cell::RefCell;
use std::fmt::{Display, Write};
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

use super::pack::{Formula, Number};

/// Operations of a formula that is written down, at most: making slopes of a text takes time for each (measured: 17 ms for 700, 60 ms for
/// 1,400, 370 ms for 7,000, where one gradient at one point takes 0.1, 0.3 and 4 ms).
pub(super) const MOST: u32 = 1 << 11;

/// What has been noted on this thread: lines, and their number; no text where there is none.
struct Tape {
    text: Option<String>,
    lines: u32,
}

thread_local! {
    static TAPE: RefCell<Tape> = const { RefCell::new(Tape { text: None, lines: 0 }) };
}

/// The number of the line that a number is from.
#[derive(Clone, Copy, Debug)]
struct Noted(u32);

impl Noted {
    fn new(value: impl Display) -> Self {
        TAPE.with_borrow_mut(|tape| {
            let line = tape.lines;
            tape.lines = line.saturating_add(1);
            if line >= MOST {
                tape.text = None;
            }
            if let Some(text) = &mut tape.text {
                // Writing to a String cannot fail.
                let _ = writeln!(text, "    let t{line} = {value};");
            }
            Noted(line)
        })
    }
}

impl Display for Noted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "t{}", self.0)
    }
}

/// `fn objective() -> real` of a formula of so many coordinates; `None` if it has too many operations, or numbers that no text has.
pub(super) fn text(dimension: usize, formula: &impl Formula) -> Option<String> {
    if dimension >= MOST as usize {
        return None;
    }
    TAPE.set(Tape { text: Some("fn objective() -> real {\n".into()), lines: 0 });
    let x: Vec<Noted> = (0..dimension).map(|i| Noted::new(format_args!("x({i}u)"))).collect();
    let result = formula.value(&x);
    let Tape { text, .. } = TAPE.replace(Tape { text: None, lines: 0 });
    Some(format!("{}    return {result};\n}}\n", text?))
}

macro_rules! infix {
    ($($name:ident::$method:ident $sign:literal)*) => {$(
        impl $name for Noted {
            type Output = Noted;

            fn $method(self, other: Noted) -> Noted {
                Noted::new(format_args!(concat!("{} ", $sign, " {}"), self, other))
            }
        }
    )*};
}

infix!(Add::add "+" Sub::sub "-" Mul::mul "*" Div::div "/");

impl Neg for Noted {
    type Output = Noted;

    fn neg(self) -> Noted {
        Noted::new(format_args!("-{self}"))
    }
}

impl AddAssign for Noted {
    fn add_assign(&mut self, other: Noted) {
        *self = *self + other;
    }
}

macro_rules! functions {
    ($($name:ident $text:literal)*) => {
        impl Number for Noted {
            fn of(value: f64) -> Self {
                if !value.is_finite() {
                    // A text has no such number.
                    TAPE.with_borrow_mut(|tape| tape.text = None);
                }
                Noted::new(format_args!("real({value:?})"))
            }

            // The slopes of formulas are those of a product and a sum, too.
            fn mul_add(self, a: Self, b: Self) -> Self {
                self * a + b
            }

            fn powi(self, n: i32) -> Self {
                Noted::new(format_args!("powi({self}, {n})"))
            }

            fn powf(self, y: Self) -> Self {
                Noted::new(format_args!("pow({self}, {y})"))
            }

            $(
                fn $name(self) -> Self {
                    Noted::new(format_args!(concat!($text, "({})"), self))
                }
            )*
        }
    };
}

functions!(sqrt "sqrt" abs "abs" exp "exp" ln "log" tanh "tanh" sin "sin" cos "cos");

#[cfg(test)]
mod tests {
    use super::*;

    struct All;

    impl Formula for All {
        fn value<N: Number>(&self, x: &[N]) -> N {
            let mut sum = N::of(0.1) * x[0].sqrt() - (-x[1]).powi(-2) / x[0].abs();
            sum += x[0].mul_add(x[1].exp(), x[0].ln().tanh());
            sum + x[1].sin().cos().powf(x[0])
        }
    }

    #[test]
    fn a_formula_is_written_down() {
        let text = text(2, &All).unwrap();
        let lines = "fn objective() -> real {|x(0u)|x(1u)|real(0.1)|sqrt(t0)|t2 * t3|-t1|powi(t5, -2)|abs(t0)|t6 / t7|t4 - t8|\
                     exp(t1)|log(t0)|tanh(t11)|t0 * t10|t13 + t12|t9 + t14|sin(t1)|cos(t16)|pow(t17, t0)|t15 + t18|";
        let mut want = String::new();
        for (line, value) in lines.trim_end_matches('|').split('|').enumerate() {
            want +=
                &if line == 0 { format!("{value}\n") } else { format!("    let t{} = {value};\n", line - 1) };
        }
        assert_eq!(text, want + "    return t19;\n}\n");
    }

    struct Endless(f64, usize);

    impl Formula for Endless {
        fn value<N: Number>(&self, x: &[N]) -> N {
            (0..self.1).fold(N::of(self.0), |sum, _| sum + x[0])
        }
    }

    #[test]
    fn what_no_text_has_is_not_written() {
        assert!(text(1, &Endless(1.0, 100)).is_some());
        assert!(text(1, &Endless(1.0, MOST as usize)).is_none());
        assert!(text(MOST as usize, &Endless(1.0, 1)).is_none());
        assert!(text(1, &Endless(f64::INFINITY, 1)).is_none());
        // Nothing is left from one to the next.
        assert!(text(1, &Endless(1.0, 0)).is_some_and(|text| text.contains("let t1 = real(1.0);")));
    }
}
