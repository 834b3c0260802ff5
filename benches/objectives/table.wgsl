// Bilinear interpolation in a table of 16 by 16 numbers.
fn objective() -> real {
    let i = u32(clamp(floor(x(0)), 0.0, 14.0));
    let j = u32(clamp(floor(x(1)), 0.0, 14.0));
    let u = x(0) - real(i);
    let v = x(1) - real(j);
    let low = mix(data(16u * i + j), data(16u * i + j + 1u), v);
    let high = mix(data(16u * i + j + 16u), data(16u * i + j + 17u), v);
    return mix(low, high, u);
}
