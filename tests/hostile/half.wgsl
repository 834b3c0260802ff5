enable f16;
fn objective() -> real { return real(f16(x(0))); }
