var<private> calls: u32;
fn objective() -> real {
    calls++;
    return x(0) * real(calls);
}
