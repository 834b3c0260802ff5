fn objective() -> real {
    let m = mat2x2(x(0), x(1), 1.0, 2.0);
    let k = x(1);
    return k / determinant(m) + k;
}
