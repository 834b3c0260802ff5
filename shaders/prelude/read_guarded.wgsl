// How a user's objective reads: out of range it reads 0, and says so. Its loops count their turns (src/program/turns.rs)
// and end when there are too many; that is said, too.

const PM_TRAP_TURNS = 0u;
const PM_TRAP_POINT = 1u;
const PM_TRAP_DATA = 2u;

var<private> pm_turns: u32;
var<private> pm_beyond_point: bool;
var<private> pm_beyond_data: bool;

fn x(i: u32) -> real {
    if (i >= pm_work.dimension) {
        pm_beyond_point = true;
        return 0.0;
    }
    return select(pm_points[pm_point_offset + i], pm_moved_value, i == pm_moved_index);
}

fn data(i: u32) -> real {
    if (i >= pm_work.data) {
        pm_beyond_data = true;
        return 0.0;
    }
    return pm_data[i];
}

// After each term: notes what went wrong, at this flag.
fn pm_check(flag: u32) {
    if (pm_turns > PM_TURNS) { atomicMax(&pm_flags[flag], ~PM_TRAP_TURNS); }
    if (pm_beyond_point) { atomicMax(&pm_flags[flag], ~PM_TRAP_POINT); }
    if (pm_beyond_data) { atomicMax(&pm_flags[flag], ~PM_TRAP_DATA); }
}
