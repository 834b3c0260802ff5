fn objective() -> real {
    return determinant(mat2x2<real>(x(0), x(1), 1.0, 2.0));
}
