override scale: real = 2.0;
fn objective() -> real { return scale * x(0); }
