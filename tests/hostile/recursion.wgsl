fn f(n: u32) -> real { if (n == 0u) { return 0.0; } return x(0) + f(n - 1u); }
fn objective() -> real { return f(3u); }
