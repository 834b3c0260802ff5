//! Evaluations away from a point: what every derivative but the plain quotient of two values is made of.

/// No axis, or no base.
pub(crate) const NONE: u32 = u32::MAX;

/// One evaluation: a source vector with at most one coordinate replaced, less the same terms at a base.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Displacement<T> {
    /// Index of the source vector.
    pub(crate) source: u32,
    /// Index of the vector whose terms are subtracted, among the first [`Displaced::bases`]; [`NONE`]: nothing is.
    pub(crate) base: u32,
    /// The coordinate that is replaced; [`NONE`]: the source itself.
    pub(crate) axis: u32,
    /// What it is replaced by.
    pub(crate) value: T,
}

/// Many evaluations of the selected terms.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Displaced<'a, T> {
    /// Coordinates of a vector.
    pub(crate) dimension: usize,
    /// `[source][coordinate]`
    pub(crate) sources: &'a [T],
    /// How many of the sources, from the first on, are bases.
    pub(crate) bases: usize,
    /// What is evaluated.
    pub(crate) evaluations: &'a [Displacement<T>],
    /// Whether each term is wanted by itself, `[term][evaluation]`; else their sum.
    pub(crate) by_term: bool,
}
