fn objective() -> real {
    let a = x(0);
    return a * y(1);
}
