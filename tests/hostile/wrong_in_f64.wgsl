fn objective() -> real {
    return frexp(x(0)).fract;
}
