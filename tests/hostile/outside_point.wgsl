fn objective() -> real {
    var sum: real = 0.0;
    for (var i = 0u; i <= dimension(); i++) { sum += x(i) * x(i); }
    return sum;
}
