fn objective() -> real { return x(0); } }
fn pm_term() {
