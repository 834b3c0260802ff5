// What the data and the table of a program hold, each in a cell of its own, and what is done with exponents, in f32.

alias pm_cell = u32;
fn pm_number(cell: pm_cell) -> real { return bitcast<f32>(cell); }
fn pm_word(cell: pm_cell) -> u32 { return cell; }

// h·2^floor(log2 max(1, |x|))
fn pm_grown(h: real, x: real) -> real {
    let exponent = max(bitcast<u32>(abs(x)) >> 23u, 127u) - 127u;
    return h * pm_power_of_two(i32(exponent));
}

// The least power of two that is not below x, which is at least 1.
fn pm_power_of_two_above(x: real) -> real { return bitcast<f32>((bitcast<u32>(x) + 0x007fffffu) & 0xff800000u); }

// 1 over a power of two that is not below 1, by its exponent; 0 for 2^127, at whose scale nothing is fitted.
fn pm_inverse_of_power(scale: real) -> real { return bitcast<f32>(0x7f000000u - bitcast<u32>(scale)); }
