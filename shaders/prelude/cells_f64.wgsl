// What the data and the table of a program hold, each in a cell of its own, and what is done with exponents, in f64. There is no
// bitcast of f64: a whole number below 2^32 is kept as the f64 of its value.

alias pm_cell = f64;
fn pm_number(cell: pm_cell) -> real { return cell; }
fn pm_word(cell: pm_cell) -> u32 { return u32(cell); }

// h·2^floor(log2 max(1, |x|))
fn pm_grown(h: real, x: real) -> real {
    let split = pm_split(max(abs(x), 1.0));
    return pm_scaled(h, i32(split.y) - select(0, 1, split.x < 1.0));
}

// The least power of two that is not below x, which is at least 1; x itself from 2^1000 on, at whose scale nothing is fitted.
fn pm_power_of_two_above(x: real) -> real {
    let split = pm_split(x);
    let power = pm_scaled(real(1u), i32(split.y) + select(0, 1, split.x > 1.0));
    return select(x, power, x < 0x1p1000);
}

// 1 over a power of two that is not below 1, by its exponent; 0 from 2^1000 on.
fn pm_inverse_of_power(scale: real) -> real {
    let exponent = i32(pm_split(min(scale, 0x1p1000)).y);
    return select(real(0u), pm_scaled(real(1u), -exponent), scale < 0x1p1000);
}
