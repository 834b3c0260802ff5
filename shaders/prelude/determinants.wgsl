// Determinants; src/program/compile/geometry.rs has the same.

fn pm_determinant_m2(m: mat2x2<real>) -> real { return m[0].x * m[1].y - m[1].x * m[0].y; }

fn pm_determinant_m3(m: mat3x3<real>) -> real { return dot(m[0], cross(m[1], m[2])); }

// Of the rows (a.x, b.x) and (a.y, b.y).
fn pm_minor(a: vec2<real>, b: vec2<real>) -> real { return a.x * b.y - b.x * a.y; }

// Minors of the upper two rows times those of the lower two.
fn pm_determinant_m4(m: mat4x4<real>) -> real {
    let first = pm_minor(m[0].xy, m[1].xy) * pm_minor(m[2].zw, m[3].zw) - pm_minor(m[0].xy, m[2].xy) * pm_minor(m[1].zw, m[3].zw);
    let second = first + pm_minor(m[0].xy, m[3].xy) * pm_minor(m[1].zw, m[2].zw);
    let third = second + pm_minor(m[1].xy, m[2].xy) * pm_minor(m[0].zw, m[3].zw);
    let fourth = third - pm_minor(m[1].xy, m[3].xy) * pm_minor(m[0].zw, m[2].zw);
    return fourth + pm_minor(m[2].xy, m[3].xy) * pm_minor(m[0].zw, m[1].zw);
}
