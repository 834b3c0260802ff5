alias f32 = i32;
fn objective() -> real { return x(0); }
