fn objective() -> real {
    let a = 2.0;
    return x(0) * a;
}
