fn objective() -> real {
    var sum: real = 0.0;
    for (var i = 0; i < 2; i++) { sum += x(i); }
    return sum;
}
