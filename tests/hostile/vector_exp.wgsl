fn objective() -> real {
    let v = exp(vec2<real>(x(0), x(1)));
    return v.x + v.y;
}
