fn objective() -> real {
    pm_partials[0] = 1.0;
    return x(0);
}
