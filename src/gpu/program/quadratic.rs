//! The program of a quadratic: one matrix-vector product a gradient.

use super::buffers::PmStep;
use super::product::Product;
use super::{Dispatch, Kind, Parts, Request, Script};
use crate::error::{Error, Result};
use crate::gpu::context::Gpu;
use crate::objective::{Objective, Quadratic, Selection};

const GRADIENT: &str = include_str!("../../../shaders/quadratic/gradient.wgsl");

/// From so many points on, the product of two matrices is faster than products with vectors.
const MANY: usize = 8;

/// Which kernel is which among the pipelines.
const ROW_TIMES_X: usize = 0;
const DIAGONAL_TIMES_X: usize = 1;
const POINTS_TIMES_MATRIX: usize = 2;
const VALUES: usize = 3;
const DESCEND: usize = 4;

pub(super) struct QuadraticProgram {
    dimension: usize,
    dense: bool,
}

/// S and t of the selected blocks of rows, as bits.
pub(super) fn data(quadratic: &Quadratic, selection: Selection<'_>) -> Vec<u32> {
    let form = quadratic.symmetric::<f32>(selection);
    form.matrix.into_iter().chain(form.linear).map(f32::to_bits).collect()
}

pub(super) fn parts(gpu: &Gpu, quadratic: &Quadratic) -> Result<Parts> {
    quadratic.check_f32()?;
    let (dimension, dense) = (quadratic.dimension(), quadratic.is_dense());
    let limits = gpu.limits();
    let turns = dimension as u64 / 16 * super::product::TURNS;
    if dense && turns > limits.iterations {
        return Err(Error::Limit {
            what: "the number of loop iterations of one shader invocation".into(),
            value: turns,
            limit: limits.iterations,
            device: limits.device,
            advice: "use the device `cpu`".into(),
        });
    }
    let product = Product {
        name: "points_times_matrix",
        rows: "pm_step.points",
        columns: "DIMENSION",
        depth: "DIMENSION",
        passes: "1u",
        a_by_columns: false,
    };
    let own = format!(
        "const DIMENSION = {dimension}u;\nconst DENSE = {};\nvar<workgroup> pm_tile_a: array<real, 512>;\n\
         var<workgroup> pm_tile_b: array<real, 512>;\n{GRADIENT}\n{}\n{}",
        dense,
        super::buffers::descend_module(),
        product.render(),
    );
    let names =
        ["row_times_x", "diagonal_times_x", "points_times_matrix", "values", "propose", "settle", "commit"];
    Ok(Parts {
        source: super::buffers::module(&own),
        entry_points: names.map(String::from).to_vec(),
        data: data(quadratic, Selection::All),
        table: Vec::new(),
        kind: Kind::Quadratic(QuadraticProgram { dimension, dense }),
    })
}

impl QuadraticProgram {
    pub(super) fn operations(&self) -> u64 {
        let n = self.dimension as u64;
        if self.dense { n * n } else { n }
    }

    pub(super) fn script(&self, request: &Request<'_>) -> Script {
        let points = request.count;
        let mut script = Script::default();
        let all = points * self.dimension;
        for step in 0..request.steps {
            script.steps.push(PmStep::new(request, step));
            let mut run =
                |kernel, groups| script.dispatches.push(Dispatch { kernel, step, layer: 0, groups });
            match (self.dense, points >= MANY) {
                (false, _) => run(DIAGONAL_TIMES_X, super::buffers::linear(all)),
                (true, false) => run(ROW_TIMES_X, [self.dimension as u32, 1, points as u32]),
                (true, true) => run(POINTS_TIMES_MATRIX, Product::groups(points, self.dimension, 1)),
            }
            // In a descent also for the host's sake, which halts where a value overflows.
            if request.rate.is_some() || request.traced.get(step).copied().unwrap_or(false) {
                run(VALUES, [points as u32, 1, 1]);
            }
            if request.rate.is_some() {
                run(DESCEND, super::buffers::linear(all));
                run(DESCEND + 1, [(points as u32).div_ceil(64), 1, 1]);
                run(DESCEND + 2, super::buffers::linear(all));
            }
        }
        script
    }
}
