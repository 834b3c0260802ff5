fn objective() -> real {
    let k = x(1);
    return k / quantizeToF16(k) + k;
}
