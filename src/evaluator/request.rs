//! Which derivatives are wanted: lines through points, and where their results go.

use ndarray::{ArrayView2, Axis, Ix2, RemoveAxis};

/// Which line through a point: an axis, or the point's vector.
#[derive(Clone, Copy)]
pub(super) enum Through {
    Axis(usize),
    Vector,
}

/// Where a result goes, to one place or two: from the point, the line, the axis across and the term.
pub(super) type Places<'q, D> = &'q (dyn Fn(usize, Through, Option<usize>, usize) -> [Option<D>; 2] + Sync);

/// Derivatives that are wanted at each point.
pub(super) struct Request<'q, D> {
    pub(super) points: ArrayView2<'q, f64>,
    /// One a point, if any line is along it.
    pub(super) vectors: Option<ArrayView2<'q, f64>>,
    /// The lines through each point, and the axes across.
    pub(super) lines: Vec<(Through, Option<usize>)>,
    pub(super) by_term: bool,
    /// Of vectors that move no two coordinates which one term reads: `[point][term]`, the one that it reads, or `NONE`. So it is known
    /// how far the rounded coordinate moves.
    pub(super) moved: Option<Vec<&'q [u32]>>,
    /// Whether results lie one after the other: by point, term and line.
    pub(super) in_order: bool,
    /// Of the results.
    pub(super) shape: D,
    pub(super) places: Places<'q, D>,
}

impl<'q> Request<'q, Ix2> {
    /// Gradients, `[batch, n]`.
    pub(super) fn gradient(points: ArrayView2<'q, f64>) -> Self {
        let (batch, n) = points.dim();
        Request {
            points,
            vectors: None,
            lines: (0..n).map(|axis| (Through::Axis(axis), None)).collect(),
            by_term: false,
            moved: None,
            in_order: true,
            shape: Ix2(batch, n),
            places: &|point, along, _, _| match along {
                Through::Axis(axis) => [Some(Ix2(point, axis)), None],
                Through::Vector => [None, None],
            },
        }
    }
}

impl<D: RemoveAxis> Request<'_, D> {
    /// The same of some of the points, along some lines.
    pub(super) fn of<R>(
        &self,
        points: &[usize],
        lines: Vec<(Through, Option<usize>)>,
        run: impl FnOnce(&Request<'_, D>) -> R,
    ) -> R {
        let vectors = self.vectors.as_ref().map(|vectors| vectors.select(Axis(0), points));
        let coordinates = self.points.select(Axis(0), points);
        let mut shape = self.shape.clone();
        shape[0] = points.len();
        let places = |local: usize, through: Through, across: Option<usize>, term: usize| {
            let mut places = (self.places)(points[local], through, across, term);
            places.iter_mut().flatten().for_each(|place| place[0] = local);
            places
        };
        run(&Request {
            points: coordinates.view(),
            vectors: vectors.as_ref().map(|vectors| vectors.view()),
            lines,
            by_term: self.by_term,
            moved: self.moved.as_ref().map(|moved| points.iter().map(|&point| moved[point]).collect()),
            in_order: false,
            shape,
            places: &places,
        })
    }
}
