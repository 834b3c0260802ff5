//! Puts the sizes of a matrix product into `shaders/product.wgsl`.

const PRODUCT: &str = include_str!("../../shaders/product.wgsl");

/// `pm_sum_of_group`.
pub(super) const GROUP_SUM: &str = include_str!("../../shaders/group_sum.wgsl");

/// Rows and columns of a tile.
pub(super) const TILE: u32 = 32;

/// Loop turns of an invocation for each step of 16 in depth, counted as if nothing were unrolled.
pub(super) const TURNS: u64 = 25;

/// A product's kernel, for which functions `NAME_a`, `NAME_b`, `NAME_between` and `NAME_store` are there.
pub(crate) struct Product<'a> {
    pub(crate) name: &'a str,
    /// Expressions.
    pub(crate) rows: &'a str,
    pub(crate) columns: &'a str,
    pub(crate) depth: &'a str,
    pub(crate) passes: &'a str,
    /// Into how many shares the depth is cut, one a workgroup.
    pub(crate) shares: &'a str,
    /// Whether the neighbours of an element of A in memory are those of its column.
    pub(crate) a_by_columns: bool,
}

impl Product<'_> {
    pub(crate) fn render(&self) -> String {
        PRODUCT
            .replace("NAME", self.name)
            .replace("A_BY_COLUMNS", if self.a_by_columns { "true" } else { "false" })
            .replace("ROWS", self.rows)
            .replace("COLUMNS", self.columns)
            .replace("DEPTH", self.depth)
            .replace("PASSES", self.passes)
            .replace("SHARES", self.shares)
    }

    /// Workgroups for so many rows and columns.
    pub(crate) fn groups(rows: usize, columns: usize, points: usize) -> [u32; 3] {
        [(columns as u32).div_ceil(TILE), (rows as u32).div_ceil(TILE), points as u32]
    }
}
