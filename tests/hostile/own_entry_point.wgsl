fn objective() -> real { return x(0); }
@compute @workgroup_size(64)
fn main() { let a = objective(); }
