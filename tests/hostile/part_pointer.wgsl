fn inc(p: ptr<function, real>) { *p += 1.0; }
fn objective() -> real {
    var a = array<real, 2>(x(0), 2.0);
    inc(&a[0]);
    return a[0] * a[0];
}
