fn objective() -> real {
    var a = x(0);
    while (a > -1e30) { a = a * 0.5 + 1.0; }
    return a;
}
