fn objective() -> real {
    return real(bitcast<u32>(f32(x(0))));
}
