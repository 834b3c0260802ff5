// What all kernels of a program see: the points, the state, and the settings of a step. A program computes whole
// gradients from increments, and makes steps of a descent without the host (src/backend/gpu/program).

struct PmStep {
    // Numbers first, so that in both precisions nothing lies between fields. By what sums are multiplied: 1, or 1 / batch.
    mean: real,
    // The step of the difference.
    h: real,
    // -1 for backward quotients, else 1.
    side: real,
    // What the update rule of a descent reads.
    k0: real,
    k1: real,
    k2: real,
    k3: real,
    k4: real,
    k5: real,
    k6: real,
    k7: real,
    k8: real,
    k9: real,
    k10: real,
    k11: real,
    // Selected terms of this step, and where they begin in pm_order.
    batch: u32,
    order: u32,
    // The terms at hand: so many from the first on, counted within the selection.
    first: u32,
    count: u32,
    // Row of the trace that takes the values.
    step: u32,
    // The step of the difference is 0: h itself; 1: h·2^floor(log2 max(1, |x|)).
    relative: u32,
    // Powers of u from one to the next: 2 for central quotients, else 1.
    gap: u32,
    // Whether a point of a descent halts where it does not move.
    settles: u32,
    points: u32,
    // Terms that are evaluated element by element, from .. to, counted within those at hand.
    from_term: u32,
    to_term: u32,
    // Numbers that the update rule keeps for each coordinate.
    kept: u32,
    // Whether each step ends within bounds.
    bounded: u32,
    // 0, which compilers do not know.
    zero: u32,
}

@group(0) @binding(0) var<uniform> pm_step: PmStep;
// [point][coordinate]
@group(0) @binding(1) var<storage, read_write> pm_points: array<real>;
@group(0) @binding(2) var<storage, read_write> pm_state: array<real>;
// [point][coordinate]
@group(0) @binding(3) var<storage, read_write> pm_gradient: array<real>;
// [point][6]: halted, steps made, not finite and moved in even steps and in odd ones.
@group(0) @binding(4) var<storage, read_write> pm_flags: array<atomic<u32>>;
@group(0) @binding(5) var<storage, read> pm_data: array<pm_cell>;
@group(0) @binding(6) var<storage, read> pm_table: array<pm_cell>;
@group(0) @binding(7) var<storage, read> pm_order: array<u32>;
// [point][coordinate]: where the points may go; then where they were before; [k][point][coordinate]: what the update rule keeps, and
// what it may keep then; [2][coordinate]: lower and upper bounds, if there are any; then the trace, [step][point].
@group(0) @binding(8) var<storage, read_write> pm_next: array<real>;

fn pm_zero() -> u32 { return pm_step.zero; }

const PM_HALTED = 0u;
const PM_MADE = 1u;
const PM_BAD = 2u;
const PM_MOVED = 4u;
const PM_FLAGS = 6u;

fn pm_flag(point: u32, flag: u32) -> u32 { return point * PM_FLAGS + flag; }

// Whether the step is an odd one.
fn pm_parity() -> u32 { return pm_step.step & 1u; }

// Notes a number of the point that is not finite.
fn pm_watch(point: u32, number: real) {
    if (!pm_is_finite(number)) { atomicOr(&pm_flags[pm_flag(point, PM_BAD + pm_parity())], 1u); }
}

fn pm_trace(point: u32, sum: real) {
    let at = (2u + 2u * pm_step.kept) * pm_step.points * DIMENSION + 2u * DIMENSION * pm_step.bounded + pm_step.step * pm_step.points + point;
    var value = sum * pm_step.mean;
    if (pm_step.first > 0u) { value += pm_next[at]; }
    pm_next[at] = value;
    pm_watch(point, value);
}

// The step along a coordinate at x.
fn pm_h(x: real) -> real {
    if (pm_step.relative == 0u) { return pm_step.h; }
    return pm_grown(pm_step.h, x);
}

// The linear index of an invocation: workgroups fold into a second dimension past the limit of the first.
fn pm_linear(group: vec3<u32>, groups: vec3<u32>, local: u32) -> u32 {
    return (group.y * groups.x + group.x) * 64u + local;
}
