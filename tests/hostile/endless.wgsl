fn objective() -> real {
    loop { }
    return x(0);
}
