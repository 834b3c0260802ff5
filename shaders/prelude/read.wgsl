// How an objective of the engine's own reads: what it asks for is there.

fn x(i: u32) -> real {
    return select(pm_points[pm_point_offset + i], pm_moved_value, i == pm_moved_index);
}

fn data(i: u32) -> real { return pm_data[i]; }

fn pm_check(flag: u32) {}
