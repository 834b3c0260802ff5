fn objective() -> real { return x(0); }
fn term(s: u32) -> real { return x(s); }
