fn objective() -> real {
    let n: u32 = dimension();
    return x(0) * n;
}
