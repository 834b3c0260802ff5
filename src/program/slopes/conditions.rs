//! Where a slope is in doubt: conditions on values, errors and slopes that raise a flag of an axis.

use super::arith::*;
use crate::numeric::Real;
use crate::program::lanes::LANES;

/// Operands of a condition, at most.
pub(in crate::program) const MOST_OPERANDS: usize = 6;

/// Declares conditions, as `rules!` does rules.
macro_rules! conditions {
    ($(
        $(#[$doc:meta])*
        $name:ident $function:ident($($argument:ident)+) {
            $(let $local:ident = $value:expr;)*
            return $result:expr
        }
    )*) => {
        /// A condition: numbers in, a bool out.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(in crate::program) enum Condition { $($(#[$doc])* $name),* }

        $(
            #[inline(always)]
            fn $function<T: Real>($($argument: N<T>),+) -> bool {
                $(let $local = $value;)*
                $result
            }
        )*

        impl Condition {
            /// How many numbers go in.
            pub(in crate::program) fn operands(self) -> usize {
                match self { $(Condition::$name => [$(stringify!($argument)),+].len()),* }
            }

            #[cfg(test)]
            pub(super) const ALL: &[Condition] = &[$(Condition::$name),*];

            /// Its name on devices.
            #[cfg_attr(not(feature = "gpu"), allow(dead_code, reason = "only devices run text"))]
            pub(in crate::program) fn name(self) -> &'static str {
                match self { $(Condition::$name => stringify!($function)),* }
            }
        }

        /// The conditions as WGSL.
        #[cfg_attr(not(feature = "gpu"), allow(dead_code, reason = "only devices run text"))]
        pub(in crate::program) const TEXT: &str = concat!($(
            "fn ", stringify!($function), "(", $(stringify!($argument), ": real, ",)+ ") -> bool {\n",
            $("    let ", stringify!($local), " = ", stringify!($value), ";\n",)*
            "    return ", stringify!($result), ";\n}\n",
        )*);

        /// The lanes in which a condition holds.
        #[cfg_attr(debug_assertions, inline(never))]
        #[cfg_attr(not(debug_assertions), inline(always))]
        pub(in crate::program) fn holds<T: Real>(condition: Condition, from: &[&[T; LANES]; MOST_OPERANDS]) -> u64 {
            let mut mask = 0;
            match condition {
                $(Condition::$name => {
                    conditions!(@rows from, 0, $($argument)+);
                    for lane in 0..LANES {
                        mask |= u64::from($function($(N($argument[lane])),+)) << lane;
                    }
                })*
            }
            #[cfg(test)]
            if BROKEN.get() == Some(condition) {
                return 0;
            }
            mask
        }
    };
    (@rows $from:ident, $at:expr, $argument:ident $($rest:ident)*) => {
        let $argument = $from[$at];
        conditions!(@rows $from, $at + 1, $($rest)*);
    };
    (@rows $from:ident, $at:expr,) => {};
}

#[cfg(test)]
thread_local! {
    static BROKEN: std::cell::Cell<Option<Condition>> = const { std::cell::Cell::new(None) };
}

/// Breaks a condition on this thread: it never holds.
#[cfg(test)]
pub(super) fn broken(condition: Option<Condition>) {
    BROKEN.set(condition);
}

conditions! {
    /// A comparison of two numbers that may come out the other way, and they move apart.
    Close close(a ea da b eb db) { return (abs(a - b) <= ea + eb) && (da != db) }
    /// The same of numbers that do not move: the rounded program may have gone another way than the exact one.
    Doubtful doubtful(a ea b eb) { return (ea + eb > real(0.0)) && (abs(a - b) <= ea + eb) }
    /// A number that moves, at a whole one.
    AtStep at_step(z e d) {
        let r = z - floor(z);
        return (min(r, real(1.0) - r) <= e) && (d != real(0.0))
    }
    /// At a whole one other than 0.
    AtCut at_cut(z e d) {
        let r = z - floor(z);
        return (min(r, real(1.0) - r) <= e) && (abs(z) + e > real(0.5)) && (d != real(0.0))
    }
    /// At a half.
    AtHalf at_half(z e d) {
        let r = z - floor(z);
        return (abs(r - real(0.5)) <= e) && (d != real(0.0))
    }
    /// At 0.
    AtZero at_zero(z e d) { return (abs(z) <= e) && (d != real(0.0)) }
    /// A number that does not move and may be on either side of a whole one.
    DoubtfulCut doubtful_cut(z e) {
        let r = z - floor(z);
        return (e > real(0.0)) && (min(r, real(1.0) - r) <= e) && (abs(z) + e > real(0.5))
    }
}
