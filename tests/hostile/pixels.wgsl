fn objective() -> real {
    let k = x(1);
    return k * fwidth(k);
}
