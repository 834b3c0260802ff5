// The energy of 20 atoms, three coordinates each.
fn objective() -> real {
    var energy = 0.0;
    for (var i = 1u; i < 20u; i++) {
        for (var j = 0u; j < i; j++) {
            let a = x(3u * i) - x(3u * j);
            let b = x(3u * i + 1u) - x(3u * j + 1u);
            let c = x(3u * i + 2u) - x(3u * j + 2u);
            let inverse = 1.0 / (a * a + b * b + c * c);
            let sixth = inverse * inverse * inverse;
            energy += 4.0 * (sixth * sixth - sixth);
        }
    }
    return energy;
}
