fn objective() -> real {
    let k = x(1);
    return k / ldexp(k, 2) + k;
}
