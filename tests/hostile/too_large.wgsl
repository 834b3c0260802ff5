fn objective() -> real {
    var a: array<real, 1000000>;
    a[u32(x(0))] = 1.0;
    return a[3];
}
