//! Puts the sizes of a matrix product into `shaders/product.wgsl`.

use super::ProgramLimits;
use crate::numeric::Precision;

const PRODUCT: &str = include_str!("../../shaders/product.wgsl");

/// `pm_sum_of_group`.
pub(crate) const GROUP_SUM: &str = include_str!("../../shaders/group_sum.wgsl");

/// Loop turns of an invocation for each step of 16 in depth, counted as if nothing were unrolled.
pub(super) const TURNS: u64 = 21;

/// What a workgroup takes, each invocation four columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tile {
    /// Invocations side by side, and above each other.
    wide: u32,
    high: u32,
    /// Fours of rows of an invocation.
    sets: u32,
}

impl Tile {
    /// 32 x 32: many workgroups even for small products.
    pub(crate) const SMALL: Tile = Tile { wide: 8, high: 8, sets: 1 };

    /// 128 x 64: each number that is read from memory is used four and two times as often. In f32 within the least that every
    /// device has: 256 invocations, 16 KiB of workgroup memory.
    pub(crate) const LARGE: Tile = Tile { wide: 16, high: 16, sets: 2 };

    /// For so many rows and columns on a device: in f32 the large one if it leaves no invocation idle, and computes no more than a
    /// quarter for nothing.
    pub(crate) fn of(rows: usize, columns: usize, limits: &ProgramLimits) -> Self {
        if limits.precision == Precision::F64 {
            return Tile::SMALL;
        }
        let sizes = |tile: Tile| {
            let groups = tile.groups(rows, columns, 1);
            let area =
                groups.map(u64::from).iter().product::<u64>() * u64::from(tile.rows() * tile.columns());
            (tile.invocations(groups), area)
        };
        let ((invocations, area), (_, least)) = (sizes(Tile::LARGE), sizes(Tile::SMALL));
        if invocations >= limits.busy && 4 * area <= 5 * least { Tile::LARGE } else { Tile::SMALL }
    }

    fn rows(self) -> u32 {
        4 * self.sets * self.high
    }

    fn columns(self) -> u32 {
        4 * self.wide
    }

    /// Workgroups for so many rows and columns.
    pub(crate) fn groups(self, rows: usize, columns: usize, points: usize) -> [u32; 3] {
        [(columns as u32).div_ceil(self.columns()), (rows as u32).div_ceil(self.rows()), points as u32]
    }

    /// Invocations of so many workgroups.
    pub(crate) fn invocations(self, groups: [u32; 3]) -> u64 {
        u64::from(self.wide * self.high) * groups.map(u64::from).iter().product::<u64>()
    }

    /// How many fours of A and of B an invocation reads for a step of 16 in depth.
    fn reads(self) -> [u32; 2] {
        let invocations = self.wide * self.high;
        [4 * self.rows() / invocations, 4 * self.columns() / invocations]
    }

    /// A line for each of them: of what side, which, and the element that it begins with.
    fn each_read(self, line: impl Fn(char, u32, String) -> String) -> String {
        let [of_a, of_b] = self.reads();
        let all = (0..of_a).map(|i| ('a', i)).chain((0..of_b).map(|i| ('b', i)));
        let of_one = |(side, i)| line(side, i, format!("lane + {}u", i * self.wide * self.high));
        all.map(of_one).collect::<Vec<String>>().join("\n")
    }

    /// A line for each row of sums. They are no array, which compilers may keep in memory.
    fn each_sum(self, line: impl Fn(u32) -> String) -> String {
        (0..4 * self.sets).map(line).collect::<Vec<String>>().join("\n")
    }

    /// What a step in depth adds.
    fn sums(self, name: &str) -> String {
        let set = |set: u32| {
            let rows = ["x", "y", "z", "w"].into_iter().zip(4 * set..);
            let sums = rows.map(|(row, i)| format!("                sum_{i} += a_{set}.{row} * b;"));
            let read = format!("                let a_{set} = {name}_tile_a[at + {set}u];");
            [read].into_iter().chain(sums).collect::<Vec<String>>().join("\n")
        };
        (0..self.sets).map(set).collect::<Vec<String>>().join("\n")
    }
}

/// A product's kernel.
pub(crate) struct Product<'a> {
    pub(crate) name: &'a str,
    /// What the names of the functions `…_a`, `…_b`, `…_between` and `…_store` begin with.
    pub(crate) given: &'a str,
    pub(crate) tile: Tile,
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
        let number = |number: u32| format!("{number}u");
        let name = self.name;
        let ahead = self.tile.each_read(|side, i, _| format!("    var next_{side}_{i} = vec4<real>();"));
        let read = self.tile.each_read(|side, i, e| {
            format!(
                "            next_{side}_{i} = {name}_four_of_{side}(point, {e}, depth, end, part, group.xy);"
            )
        });
        let keep = self.tile.each_read(|side, i, e| {
            let at = match side {
                'a' => format!("{name}_place_a({e})"),
                _ => e,
            };
            format!("            {name}_tile_{side}[{at}] = next_{side}_{i};")
        });
        let none = self.tile.each_sum(|i| format!("    var sum_{i} = vec4<real>();"));
        let between = self.tile.each_sum(|i| {
            format!("                sum_{i} *= {name}_four_between(point, row + {i}u, column);")
        });
        let store = self
            .tile
            .each_sum(|i| format!("    {name}_store_four(point, share, row + {i}u, column, sum_{i});"));
        PRODUCT
            .replace("NONE", &none)
            .replace("BETWEEN", &between)
            .replace("STORE", &store)
            .replace("AHEAD", &ahead)
            .replace("READ", &read)
            .replace("KEEP", &keep)
            .replace("SUMS", &self.tile.sums(self.name))
            .replace("NAME", self.name)
            .replace("GIVEN", self.given)
            .replace("A_BY_COLUMNS", if self.a_by_columns { "true" } else { "false" })
            .replace("TILE_ROWS", &number(self.tile.rows()))
            .replace("TILE_COLUMNS", &number(self.tile.columns()))
            .replace("SETS", &number(self.tile.sets))
            .replace("WIDE", &number(self.tile.wide))
            .replace("HIGH", &number(self.tile.high))
            .replace("ROWS", self.rows)
            .replace("COLUMNS", self.columns)
            .replace("DEPTH", self.depth)
            .replace("PASSES", self.passes)
            .replace("SHARES", self.shares)
    }
}
