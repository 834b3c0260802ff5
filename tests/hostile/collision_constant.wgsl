const PM_DIMENSION = 1000000u;
fn objective() -> real { return x(0); }
