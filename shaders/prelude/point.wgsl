// What an objective sees: the coordinates of its point by x(i), its arrays by data(i) and index(i). The perturbed
// vector is never stored: x(i) puts the perturbed coordinate in place as it reads.

struct PmWork {
    // Pairs (point, axis) of this piece; pair p is point p / axes, axis first_axis + p % axes.
    pairs: u32,
    axes: u32,
    first_axis: u32,
    // Of displaced evaluations: how many source vectors, from the first on, are bases.
    bases: u32,
    // Selected terms, and how they are cut.
    terms: u32,
    terms_per_chunk: u32,
    chunks: u32,
    // 0: values; 1: one-sided differences; 2: two-sided differences.
    sides: u32,
    // The place of the flag for traps among pm_first_bad, behind all others.
    traps: u32,
}

@group(0) @binding(0) var<uniform> pm_work: PmWork;
@group(0) @binding(1) var<storage, read> pm_points: array<real>;
// For each pair, where to evaluate: (x+h, x-h), or the one perturbed coordinate twice.
@group(0) @binding(2) var<storage, read> pm_moved: array<vec2<real>>;
@group(0) @binding(3) var<storage, read> pm_selection: array<u32>;
@group(0) @binding(4) var<storage, read> pm_data: array<real>;
@group(0) @binding(5) var<storage, read> pm_indices: array<u32>;
// For each point, the lowest axis whose terms were not all finite; at pm_work.traps, the lowest PM_TRAP that was met.
@group(0) @binding(6) var<storage, read_write> pm_first_bad: array<atomic<u32>>;
// The terms at the unperturbed points, [point][term].
@group(0) @binding(7) var<storage, read_write> pm_base: array<real>;
// Partial sums, [chunk][pair].
@group(0) @binding(8) var<storage, read_write> pm_partials: array<real>;

var<private> pm_point_offset: u32;
var<private> pm_moved_index: u32;
var<private> pm_moved_value: real;

fn dimension() -> u32 { return PM_DIMENSION; }

fn data_len() -> u32 { return PM_DATA; }

fn index(i: u32) -> u32 { return pm_indices[i]; }
