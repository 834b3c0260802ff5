fn objective() -> real {
    var n = 2;
    n = n * dimension();
    return x(0) * real(n);
}
