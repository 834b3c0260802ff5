fn objective() -> real {
    return x(0);
