/* fn exp is a comment */
fn exp(a: real) -> real { return 1.0 + a; }
fn objective() -> real { return exp(x(0)); }
