fn objective() -> real {
    return real(pack2x16float(vec2(x(0), 1.0)));
}
