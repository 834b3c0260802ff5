fn sqrt(a: real) -> real { return a * 3.0; }
fn objective() -> real { return sqrt(x(0)) + asin(x(0) * 0.1); }
