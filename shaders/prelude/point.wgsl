// What an objective sees: the coordinates of its point by x(i), its arrays by data(i) and index(i). The perturbed
// vector is never stored: x(i) puts the perturbed coordinate in place as it reads.

struct PmWork {
    // Displacements of this piece.
    pairs: u32,
    // Of a regular grid: pair p is axis first_axis + p % axes of source p / axes.
    axes: u32,
    first_axis: u32,
    // How many sources, from the first on, are bases, and where their flags begin.
    bases: u32,
    base_flags: u32,
    // Selected terms, and how they are cut.
    terms: u32,
    terms_per_chunk: u32,
    chunks: u32,
    // 2: some lower evaluation is at a moved coordinate, too.
    sides: u32,
    // The place of the flag for traps among pm_flags, behind all others.
    traps: u32,
    // 0, which compilers do not know.
    zero: u32,
    // Of the objective: coordinates, terms that there is room for, and data. Not constants, so that other sizes need no compiling.
    dimension: u32,
    room: u32,
    data: u32,
    // Words of a displacement of a list, or of a ladder.
    words: u32,
    // Of a grid: 0: moved coordinates stand in pm_moved. Else they are made here, up or, if it says so, down: 1: steps are 2^exponent
    // times the power of two that is not above max(1, |x|); 2: the step stands in pm_moved.
    steps: u32,
    exponent: i32,
    down: u32,
    // Of a list: invocations for a chunk of terms, and of those how many are one ladder's.
    slots: u32,
    width: u32,
}

@group(0) @binding(0) var<uniform> pm_work: PmWork;
@group(0) @binding(1) var<storage, read> pm_points: array<real>;
// For each displacement, where to evaluate: the coordinate above, and below if any is moved there. Of ladders the mantissas of steps.
@group(0) @binding(2) var<storage, read> pm_moved: array<real>;
// The selected terms, with room for all; then the objective's indices.
@group(0) @binding(3) var<storage, read> pm_words: array<u32>;
@group(0) @binding(4) var<storage, read> pm_data: array<real>;
// Of a list, for each displacement: source; axis and in two bits what is subtracted; and the base, if it may be another than the
// source. Of ladders, for each: source; axis; the exponents of the largest step and of its unit, both plus 2^15; a bit for each
// displacement that is made; where those stand among all.
@group(0) @binding(5) var<storage, read> pm_list: array<u32>;
// Whether a term was not finite: of a grid for each source the lowest axis, of a list a bit for each displacement and base; at
// pm_work.traps, the lowest PM_TRAP that was met. All but bits with its bits turned, so that 0 is nothing and the largest counts.
@group(0) @binding(6) var<storage, read_write> pm_flags: array<atomic<u32>>;
// The terms at the bases, [base][term].
@group(0) @binding(7) var<storage, read_write> pm_base: array<real>;
// Partial sums, [chunk][displacement].
@group(0) @binding(8) var<storage, read_write> pm_partials: array<real>;

fn pm_zero() -> u32 { return pm_work.zero; }

var<private> pm_point_offset: u32;
var<private> pm_moved_index: u32;
var<private> pm_moved_value: real;

// A whole power; its name as objectives call it.
fn powi(x: real, n: i32) -> real { return pm_powi(x, n); }

fn dimension() -> u32 { return pm_work.dimension; }

fn data_len() -> u32 { return pm_work.data; }

fn index(i: u32) -> u32 { return pm_words[pm_work.room + i]; }
