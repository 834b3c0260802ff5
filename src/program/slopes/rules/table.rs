//! Tables of rules: for each a function of Rust, a row of an enum, and the text of the same function in WGSL.

/// The type of what a rule gives.
macro_rules! given {
    (real) => { N<T> };
    (bool) => { bool };
}

/// Declares rules. An operand is a number; what comes out is a number (`real`) or a `bool`. Those of a table `in` the enum of
/// all tables are named there, too.
macro_rules! table {
    (
        $(#[$doc:meta])*
        $table:ident $(in $whole:ident)? -> $out:ident;
        $(
            $name:ident $function:ident($($argument:ident)+) {
                $(let $local:ident = $value:expr;)*
                return $result:expr
            }
        )*
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(clippy::enum_variant_names, reason = "rows of all tables have one name space")]
        pub(in crate::program) enum $table { $($name),* }

        $(
            #[inline(always)]
            #[allow(
                clippy::too_many_arguments,
                clippy::approx_constant,
                clippy::excessive_precision,
                reason = "an operand has up to four numbers; constants are those of WGSL, too"
            )]
            #[allow(dead_code, reason = "some are called by their row alone")]
            pub(crate) fn $function<T: Real>($($argument: N<T>),+) -> $crate::program::slopes::rules::table::given!($out) {
                $(let $local = $value;)*
                $result
            }
        )*

        table!(@names [$($whole)?] $table $($name)*);

        impl $table {
            #[cfg(test)]
            pub(in crate::program::slopes) const ALL: &[Self] = &[$(Self::$name),*];

            /// How many numbers go in.
            pub(in crate::program) fn operands(self) -> usize {
                match self { $(Self::$name => [$(stringify!($argument)),+].len()),* }
            }

            /// Its name on devices.
            #[cfg_attr(not(feature = "gpu"), allow(dead_code, reason = "only devices run text"))]
            pub(in crate::program) fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($function)),* }
            }

            /// The rule as WGSL.
            #[cfg_attr(not(feature = "gpu"), allow(dead_code, reason = "only devices run text"))]
            pub(in crate::program) fn text(self) -> &'static str {
                match self {
                    $(Self::$name => concat!(
                        "fn ", stringify!($function), "(", $(stringify!($argument), ": real, ",)+ ") -> ",
                        stringify!($out), " {\n",
                        $("    let ", stringify!($local), " = ", stringify!($value), ";\n",)*
                        "    return ", stringify!($result), ";\n}\n",
                    )),*
                }
            }

            /// Hands over what comes of each lane of the rows.
            #[cfg_attr(debug_assertions, inline(never))]
            #[cfg_attr(not(debug_assertions), inline(always))]
            pub(super) fn each<'r, T: Real>(
                self,
                from: impl Fn(usize) -> &'r [T; $crate::program::lanes::LANES],
                mut put: impl FnMut(usize, $crate::program::slopes::rules::table::given!($out)),
            ) {
                match self {
                    $(Self::$name => {
                        table!(@rows from, 0, $($argument)+);
                        for lane in 0..$crate::program::lanes::LANES {
                            put(lane, $function($(N($argument[lane])),+));
                        }
                    })*
                }
            }
        }
    };
    // Rows by their names alone, in the enum of all tables.
    (@names [] $table:ident $($name:ident)*) => {};
    (@names [$whole:ident] $table:ident $($name:ident)*) => {
        #[allow(non_upper_case_globals, reason = "they stand for variants")]
        impl $crate::program::slopes::rules::$whole {
            $(pub(in crate::program) const $name: Self = Self::$table($table::$name);)*
        }
    };
    (@rows $from:ident, $at:expr, $argument:ident $($rest:ident)*) => {
        let $argument = $from($at);
        table!(@rows $from, $at + 1, $($rest)*);
    };
    (@rows $from:ident, $at:expr,) => {};
}

pub(super) use {given, table};
