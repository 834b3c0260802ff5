//! A backend from scratch: the one trait is all that a new one has to implement.

use std::sync::Arc;

use ndarray::array;

use super::{Core, Evaluator, Pipeline};
use crate::backend::plan::{Limits, Piece, Plan};
use crate::backend::{Backend, Capacity, Sums, WholeGradients};
use crate::difference::displacement::{Displacement, Displacements, Lower};
use crate::difference::{Difference, Scheme, Step};
use crate::error::Result;
use crate::objective::{Closure, Objective};

/// Knows x₀³·x₁.
struct Mock;

fn value(x: &[f64]) -> f64 {
    x[0].powi(3) * x[1]
}

impl Backend<f64> for Mock {
    fn select(&mut self, _: Option<&[u32]>) -> Result<()> {
        Ok(())
    }

    fn capacity(&mut self) -> Result<Capacity> {
        Ok(Capacity {
            terms: 1,
            iterations: 1,
            granularity: 1,
            limits: Limits {
                device: "the mock".into(),
                iterations: 1 << 20,
                // So few that batches are cut.
                submission: 8,
                invocations: 1 << 20,
                binding: 1 << 20,
                partials: 1 << 20,
                coordinates: u64::MAX,
                grain: None,
                busy: 1,
                real: 8,
            },
            batch: 1 << 10,
            at_once: 4,
            moves: false,
        })
    }

    fn evaluate(&mut self, _: &Plan, _: &Piece, what: &Displacements<'_, f64>) -> Result<Sums<f64>> {
        let difference = |displacement: Displacement<f64>| {
            let Displacement { source: at, axis, upper, lower } = displacement;
            let moved = |to: f64| {
                let mut x = what.source(at).to_vec();
                if let Some(coordinate) = x.get_mut(axis as usize) {
                    *coordinate = to;
                }
                value(&x)
            };
            moved(upper)
                - match lower {
                    Lower::Nothing => 0.0,
                    Lower::Base(base) => value(what.source(base)),
                    Lower::Moved(to) => moved(to),
                }
        };
        Ok(Sums { sums: (0..what.len()).map(|i| difference(what.at(i))).collect(), trapped: None })
    }

    fn increments(&mut self) -> Result<Option<&mut dyn WholeGradients<f64>>> {
        Ok(None)
    }
}

fn evaluator() -> Evaluator<'static> {
    // The pipeline asks the objective only for its name and size, and for values in messages.
    let objective: Arc<dyn Objective> = Arc::new(Closure::new(2, value).unwrap());
    let pipeline = Pipeline::new(Arc::clone(&objective), Box::new(Mock), "mock".into());
    Evaluator { objective, core: Core::F64(pipeline), together: None }
}

#[test]
fn a_backend_needs_one_trait() {
    let mut evaluator = evaluator();
    let points = array![[2.0, 3.0], [-1.0, 0.5], [0.0, 1.0], [1.5, 2.0], [3.0, -1.0]];
    let mut exact = points.clone();
    for mut row in exact.rows_mut() {
        let (x, y): (f64, f64) = (row[0], row[1]);
        (row[0], row[1]) = (3.0 * x * x * y, x.powi(3));
    }
    for (difference, within) in [
        (Difference::default(), 1e-9),
        (Difference::default().with_step(Step::fixed(2f64.powi(-17)).unwrap()), 1e-8),
        (
            Difference::default()
                .with_scheme(Scheme::Forward)
                .with_step(Step::fixed(2f64.powi(-26)).unwrap()),
            1e-5,
        ),
        (Difference::default().with_order(4), 1e-9),
    ] {
        let found = evaluator.gradient(points.view(), &difference).unwrap();
        let error = (&found.value - &exact).iter().fold(0f64, |largest, error| largest.max(error.abs()));
        assert!(error <= within, "{difference:?}: {error}");
    }
    let hessian = evaluator.hessian(points.view(), &Difference::default()).unwrap().value;
    assert!((hessian[[0, 0, 0]] - 36.0).abs() < 1e-6 && (hessian[[0, 0, 1]] - 12.0).abs() < 1e-6);
    let jacobian = evaluator.jacobian(points.view(), &Difference::default()).unwrap().value;
    assert!((jacobian[[3, 0, 0]] - 13.5).abs() < 1e-9);
    let direction = array![[1.0, 1.0], [1.0, 0.0], [0.0, 1.0], [1.0, -1.0], [0.5, 0.5]];
    let along = evaluator.directional(points.view(), direction.view(), &Difference::default()).unwrap();
    assert!((along.value[0] - 44.0).abs() < 1e-8);
    let check = evaluator.check(points.view(), exact.view()).unwrap();
    assert!(check.is_right());
}
