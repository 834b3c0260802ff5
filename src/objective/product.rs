//! Puts the sizes of a matrix product into `shaders/product.wgsl`.

const PRODUCT: &str = include_str!("../../shaders/product.wgsl");

/// Rows and columns of a tile.
pub(super) const TILE: u32 = 32;

/// Loop turns of an invocation for each step of 16 in depth, counted as if nothing were unrolled.
pub(super) const TURNS: u64 = 25;

/// A product's kernel, for which functions `NAME_a`, `NAME_b`, `NAME_between` and `NAME_store` are there.
pub(super) struct Product<'a> {
    pub(super) name: &'a str,
    /// Expressions.
    pub(super) rows: &'a str,
    pub(super) columns: &'a str,
    pub(super) depth: &'a str,
    pub(super) passes: &'a str,
    /// Whether the neighbours of an element of A in memory are those of its column.
    pub(super) a_by_columns: bool,
}

impl Product<'_> {
    pub(super) fn render(&self) -> String {
        PRODUCT
            .replace("NAME", self.name)
            .replace("A_BY_COLUMNS", if self.a_by_columns { "true" } else { "false" })
            .replace("ROWS", self.rows)
            .replace("COLUMNS", self.columns)
            .replace("DEPTH", self.depth)
            .replace("PASSES", self.passes)
    }

    /// Workgroups for so many rows and columns.
    pub(super) fn groups(rows: usize, columns: usize, points: usize) -> [u32; 3] {
        [(columns as u32).div_ceil(TILE), (rows as u32).div_ceil(TILE), points as u32]
    }
}
