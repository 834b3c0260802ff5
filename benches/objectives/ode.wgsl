// Predators and prey (Lotka and Volterra): 16 steps of the classical method of Runge and Kutta; the end, squared.
// Coordinates: both numbers at the start, growth, and how much is eaten.
fn slope(p: vec2<real>) -> vec2<real> {
    return vec2(p.x * (x(2) - x(3) * p.y), p.y * (x(3) * p.x - 1.0));
}

fn objective() -> real {
    var p = vec2(x(0), x(1));
    for (var k = 0; k < 16; k++) {
        let a = slope(p);
        let b = slope(p + 0.05 * a);
        let c = slope(p + 0.05 * b);
        let d = slope(p + 0.1 * c);
        p += (a + 2.0 * b + 2.0 * c + d) * (0.1 / 6.0);
    }
    return dot(p, p);
}
