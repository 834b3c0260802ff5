//! An objective as a shader.

/// An objective as WGSL.
///
/// `source` defines `fn term(s: u32) -> real`, the `s`-th term (counted among all, not within a selection).
/// It reads the coordinate `i` of its point by `x(i)`, and the arrays below by `data(i)` and `index(i)`;
/// `dimension()` and `data_len()` are their numbers; `real` is the working precision, f32 or f64. `exp`, `log`, `sin` and
/// the like are the engine's own and take one `real`. Names that begin with `pm_` belong to the engine.
///
/// A term that comes out infinite or NaN is noticed. One that would in exact arithmetic, but that the driver's compiler
/// makes finite, is not: WGSL lets it assume that neither occurs (lavapipe takes `y/(z-z)` for 0, and `clamp`, `min` and
/// `max` swallow NaN).
#[derive(Clone, Debug, Default)]
pub struct Wgsl {
    /// The WGSL text.
    pub source: String,
    /// Read by `data(i)`, rounded to the working precision.
    pub data: Vec<f64>,
    /// Read by `index(i)`.
    pub indices: Vec<u32>,
    /// At most how many loop iterations one call of `term` makes, nested loops multiplied out. An invocation is
    /// given only so many terms that it stays below the device's limit, above which some drivers stop loops
    /// without a word.
    pub iterations: u64,
    /// Whether `source` also defines `fn increment(s: u32, axis: u32, delta: real) -> real`: the `s`-th term at
    /// x + delta·e minus the same term at x, computed without subtracting the two. `x(i)` is the coordinate at x.
    /// [`iterations`](Self::iterations) holds for it, too.
    pub increments: bool,
    /// Whether `source` is to be mistrusted: `x(i)` and `data(i)` out of range and loops without end become errors, at
    /// the cost of a comparison a read and a turn. Otherwise `x(i)` past the last coordinate reads another point's.
    pub guarded: bool,
    /// What the engine calls for a term, if it is not `term`.
    pub entry: Entry,
}

/// The function of a WGSL text that gives a term.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Entry {
    /// `fn term(s: u32) -> real`
    #[default]
    Term,
    /// `fn objective() -> real`, the only term.
    Objective,
    /// `fn residual(k: u32) -> real`: each residual is a term.
    Residual,
    /// `fn residual(k: u32) -> real`: the square of each is a term.
    SquaredResidual,
    /// `fn gradient(i: u32) -> real`: each component is a term.
    Gradient,
}
