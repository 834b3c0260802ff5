//! The program of a quadratic for a device: one matrix-vector product a gradient.

use super::Quadratic;
use crate::error::{Error, Result};
use crate::numeric::{Precision, Real};
use crate::objective::product::{self, GROUP_SUM, Product, Tile};
use crate::objective::{
    Cells, DeviceProgram, Launch, Objective, ProgramLimits, ProgramPlan, ProgramRequest, ProgramText,
    SETTINGS, Selection,
};

const GRADIENT: &str = include_str!("../../../shaders/quadratic/gradient.wgsl");

/// From so many points on, the product of two matrices is faster than products with vectors.
const MANY: usize = 8;

/// The kernels, as the plan counts them.
const KERNELS: [&str; 6] = [
    "row_times_x",
    "diagonal_times_x",
    "points_times_matrix",
    "values",
    "more_points_times_matrix",
    "values_of_many",
];
const ROW_TIMES_X: usize = 0;
const DIAGONAL_TIMES_X: usize = 1;
const POINTS_TIMES_MATRIX: usize = 2;
const VALUES: usize = 3;
const MORE_TIMES_MATRIX: usize = 4;
const VALUES_OF_MANY: usize = 5;

/// Coordinates up to which one invocation adds up a value of its own, where there are enough points for that; and up to which it does
/// so in any case, since a workgroup has no more to do.
const MANY_COORDINATES: usize = 256;
const FEW_COORDINATES: usize = 32;

impl Quadratic {
    /// S and t of the selected blocks of rows.
    fn device_data(&self, selection: Selection<'_>, precision: Precision) -> Cells {
        match precision {
            Precision::F32 => self.cells::<f32>(selection),
            Precision::F64 => self.cells::<f64>(selection),
        }
    }

    fn cells<T: Real>(&self, selection: Selection<'_>) -> Cells {
        let form = self.symmetric::<T>(selection);
        let mut cells = Cells::new(T::PRECISION);
        cells.numbers(form.matrix.into_iter().chain(form.linear).map(T::to_f64));
        cells
    }
}

impl DeviceProgram for Quadratic {
    fn text(&self, limits: &ProgramLimits) -> Result<ProgramText> {
        if limits.precision == Precision::F32 {
            self.check_f32()?;
        }
        let turns = self.dimension() as u64 / 16 * product::TURNS;
        if self.is_dense() && turns > limits.iterations {
            return Err(Error::Limit {
                what: "the number of loop iterations of one shader invocation".into(),
                value: turns,
                limit: limits.iterations,
                device: limits.device.clone(),
                advice: "use the device `cpu`".into(),
            });
        }
        let product = |kernel: usize, tile| Product {
            name: KERNELS[kernel],
            given: KERNELS[POINTS_TIMES_MATRIX],
            tile,
            rows: "pm_step.points",
            columns: "DIMENSION",
            depth: "DIMENSION",
            passes: "1u",
            shares: "1u",
            a_by_columns: false,
        };
        let source = format!(
            "const DENSE = {};\n{GROUP_SUM}\n{GRADIENT}\n{}\n{}",
            self.is_dense(),
            product(POINTS_TIMES_MATRIX, Tile::SMALL).render(),
            product(MORE_TIMES_MATRIX, Tile::LARGE).render(),
        );
        let kernels = KERNELS.map(String::from).to_vec();
        let data = self.device_data(Selection::All, limits.precision);
        Ok(ProgramText::new(source, kernels, data, Cells::new(limits.precision)).own())
    }

    fn fills_workgroup_memory(&self) -> bool {
        true
    }

    fn takes_batches(&self) -> bool {
        false
    }

    fn data_for(&self, selection: Selection<'_>, precision: Precision) -> Cells {
        self.device_data(selection, precision)
    }

    fn state(&self, points: usize) -> usize {
        points * self.dimension()
    }

    fn operations(&self, _terms: usize) -> u64 {
        let n = self.dimension() as u64;
        if self.is_dense() { n * n } else { n }
    }

    fn plan(&self, request: &ProgramRequest<'_>) -> Result<ProgramPlan> {
        let (points, n) = (request.count, self.dimension());
        let launch = |kernel, groups| Launch {
            kernel,
            terms: 0..request.terms as u32,
            part: 0..0,
            settings: 0,
            groups,
        };
        let gradient = match (self.is_dense(), points >= MANY) {
            (false, _) => launch(DIAGONAL_TIMES_X, Launch::linear(points * n)),
            (true, false) => launch(ROW_TIMES_X, [n as u32, 1, points as u32]),
            (true, true) => {
                let tile = Tile::of(points, n, request.limits);
                let kernel = if tile == Tile::LARGE { MORE_TIMES_MATRIX } else { POINTS_TIMES_MATRIX };
                launch(kernel, tile.groups(points, n, 1))
            }
        };
        let alone = points as u64 >= request.limits.busy && n <= MANY_COORDINATES || n <= FEW_COORDINATES;
        let values = if alone {
            launch(VALUES_OF_MANY, Launch::linear(points))
        } else {
            launch(VALUES, [points as u32, 1, 1])
        };
        let launches = vec![gradient, values];
        Ok(ProgramPlan { settings: vec![[0; SETTINGS]], launches })
    }
}
