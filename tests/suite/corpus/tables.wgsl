// Interpolation in tables, splines and polynomials.

const SIZE = 8u;
const TABLE = array<real, 8>(0.5, 1.25, 2.75, 2.0, 3.5, 4.25, 3.0, 2.25);

// Places between 1 and 6 for coordinates between -1.5 and 2.
fn place(c: real) -> real {
    return 1.3 * c + 3.07;
}

fn cell(t: real) -> u32 {
    return u32(clamp(floor(t), 0.0, real(SIZE - 2u)));
}

fn lookup_linear(t: real) -> real {
    let i = cell(t);
    return mix(TABLE[i], TABLE[i + 1u], t - real(i));
}

fn linear() -> real {
    return lookup_linear(place(x(0))) * lookup_linear(place(x(1))) + sqrt(lookup_linear(place(x(2))));
}

// Seven rows of seven heights.
const HEIGHTS = array<real, 49>(
    1.0, 1.5, 2.0, 1.2, 0.8, 1.1, 1.9,
    1.4, 1.6, 2.3, 1.7, 1.3, 0.9, 1.5,
    2.1, 2.6, 3.2, 2.4, 1.8, 1.0, 1.2,
    1.8, 2.2, 2.9, 3.3, 2.7, 1.6, 1.4,
    1.3, 1.1, 1.9, 2.5, 3.1, 2.0, 1.7,
    0.7, 0.9, 1.4, 1.8, 2.2, 2.8, 2.1,
    1.2, 0.6, 1.0, 1.5, 1.6, 2.3, 2.9,
);

fn height(row: i32, column: i32) -> real {
    let r = clamp(row, 0, 6);
    let c = clamp(column, 0, 6);
    return HEIGHTS[r * 7 + c];
}

fn terrain(p: vec2<real>) -> real {
    let base = floor(p);
    let f = fract(p);
    let r = i32(base.y);
    let c = i32(base.x);
    let low = mix(height(r, c), height(r, c + 1), f.x);
    let high = mix(height(r + 1, c), height(r + 1, c + 1), f.x);
    return mix(low, high, f.y);
}

fn bilinear() -> real {
    let p = vec2<real>(place(x(0)), place(x(1)));
    return terrain(p) + 0.5 * terrain(vec2<real>(place(x(2)), p.x));
}

fn catmull_rom(t: real) -> real {
    let i = i32(floor(t));
    let f = t - floor(t);
    var p: array<real, 4>;
    for (var j = 0; j < 4; j++) {
        p[j] = TABLE[clamp(i + j - 1, 0, 7)];
    }
    let a = -p[0] + 3.0 * p[1] - 3.0 * p[2] + p[3];
    let b = 2.0 * p[0] - 5.0 * p[1] + 4.0 * p[2] - p[3];
    let c = p[2] - p[0];
    return 0.5 * (((a * f + b) * f + c) * f + 2.0 * p[1]);
}

fn smooth_path() -> real {
    return length(vec3<real>(catmull_rom(place(x(0))), catmull_rom(place(x(1))), catmull_rom(place(x(2)))));
}

struct Knot {
    at: real,
    value: real,
    slope: real,
}

const KNOTS = array<Knot, 5>(
    Knot(-2.0, 1.0, 0.5),
    Knot(-0.75, 2.5, 1.0),
    Knot(0.25, 2.0, -0.5),
    Knot(1.0, 1.25, 0.75),
    Knot(2.5, 3.0, 0.25),
);

fn hermite(t: real) -> real {
    var i = 0u;
    while i < 3u && t >= KNOTS[i + 1u].at {
        i++;
    }
    let a = KNOTS[i];
    let b = KNOTS[i + 1u];
    let w = b.at - a.at;
    let s = (t - a.at) / w;
    let s2 = s * s;
    let s3 = s2 * s;
    return (2.0 * s3 - 3.0 * s2 + 1.0) * a.value
        + (s3 - 2.0 * s2 + s) * w * a.slope
        + (3.0 * s2 - 2.0 * s3) * b.value
        + (s3 - s2) * w * b.slope;
}

fn hermite_sum() -> real {
    return hermite(x(0)) + hermite(x(1)) * hermite(x(2));
}

fn lagrange(t: real) -> real {
    var nodes = array<real, 5>(-1.5, -0.6, 0.1, 1.0, 1.9);
    var values = array<real, 5>(1.0, 2.0, 1.6, 2.4, x(1) + 2.5);
    var sum = 0.0;
    for (var i = 0u; i < 5u; i++) {
        var w = values[i];
        for (var j = 0u; j < 5u; j++) {
            if j == i {
                continue;
            }
            w *= (t - nodes[j]) / (nodes[i] - nodes[j]);
        }
        sum += w;
    }
    return sum;
}

fn lagrange_pair() -> real {
    return lagrange(0.9 * x(0)) + 0.5 * lagrange(x(2));
}

// A Bezier curve of degree four by repeated mixing.
fn de_casteljau(t: real) -> vec3<real> {
    var p = array<vec3<real>, 5>(
        vec3<real>(0.0, 1.0, 2.0),
        vec3<real>(1.0, x(1), 0.5),
        vec3<real>(2.5, 2.0, -1.0),
        vec3<real>(3.0, -0.5, x(2)),
        vec3<real>(4.5, 1.5, 1.0),
    );
    for (var level = 4u; level > 0u; level--) {
        for (var i = 0u; i < level; i++) {
            p[i] = mix(p[i], p[i + 1u], t);
        }
    }
    return p[0];
}

fn bezier() -> real {
    let p = de_casteljau(sigmoid(x(0)));
    return dot(p, p) + p.y;
}

// A uniform cubic B-spline, by the matrix of its segments.
fn b_spline(t: real) -> real {
    let i = cell(t);
    let f = t - real(i);
    let basis = mat4x4<real>(
        1.0, 4.0, 1.0, 0.0,
        -3.0, 0.0, 3.0, 0.0,
        3.0, -6.0, 3.0, 0.0,
        -1.0, 3.0, -3.0, 1.0,
    );
    let weights = basis * vec4<real>(1.0, f, f * f, f * f * f) / 6.0;
    let control = vec4<real>(TABLE[i - 1u], TABLE[i], TABLE[i + 1u], TABLE[i + 2u]);
    return dot(weights, control);
}

fn b_spline_ratio() -> real {
    return 2.0 * b_spline(place(x(0))) / b_spline(place(x(1))) + b_spline(place(x(2)));
}

var<private> chebyshev: array<real, 7> = array<real, 7>(1.5, 0.75, -0.5, 0.25, 0.3, -0.2, 0.1);

fn clenshaw(t: real) -> real {
    var next = 0.0;
    var after = 0.0;
    for (var n = 6; n > 0; n--) {
        let current = chebyshev[n] + 2.0 * t * next - after;
        after = next;
        next = current;
    }
    return chebyshev[0] + t * next - after;
}

fn chebyshev_sums() -> real {
    chebyshev[3] = 0.2 * x(2);
    return 2.0 * clenshaw(0.55 * x(0)) + clenshaw(sin(x(1)) * 0.9);
}

// A polynomial and its derivative in one pass.
fn horner(coefficients: array<real, 6>, t: real) -> vec2<real> {
    var p = coefficients[5];
    var d = 0.0;
    for (var i = 4; i >= 0; i--) {
        d = fma(d, t, p);
        p = fma(p, t, coefficients[i]);
    }
    return vec2<real>(p, d);
}

fn polynomials() -> real {
    let c = array<real, 6>(3.0, -0.5, 0.8, 0.4 * x(1), 0.3, 0.05);
    let at_first = horner(c, x(0));
    let at_third = horner(c, 0.5 * x(2));
    return at_first.x + 0.25 * at_first.y * at_third.x + at_third.y;
}

// A monotone spline of rational quadratic pieces, as in normalising flows.
fn rational_spline(t: real) -> real {
    var ats = array<real, 4>(-2.0, -0.5, 0.9, 2.1);
    var values = array<real, 4>(0.5, 1.5, 2.25, 5.0);
    var slopes = array<real, 4>(0.4, 1.0, 0.7, 3.0);
    slopes[1] = 0.6 + sigmoid(x(2));
    var bin: u32;
    if t < ats[1] {
        bin = 0u;
    } else if t < ats[2] {
        bin = 1u;
    } else {
        bin = 2u;
    }
    let width = ats[bin + 1u] - ats[bin];
    let rise = values[bin + 1u] - values[bin];
    let s = rise / width;
    let u = (t - ats[bin]) / width;
    let v = u * (1.0 - u);
    let top = rise * (s * u * u + slopes[bin] * v);
    let bottom = s + (slopes[bin + 1u] + slopes[bin] - 2.0 * s) * v;
    return values[bin] + top / bottom;
}

fn flow() -> real {
    return rational_spline(x(0)) + rational_spline(0.8 * x(1)) * 0.5;
}

fn residual(k: u32) -> real {
    switch k {
        case 0u: { return linear(); }
        case 1u: { return bilinear(); }
        case 2u: { return smooth_path(); }
        case 3u: { return hermite_sum(); }
        case 4u: { return lagrange_pair(); }
        case 5u: { return bezier(); }
        case 6u: { return b_spline_ratio(); }
        case 7u: { return chebyshev_sums(); }
        case 8u: { return polynomials(); }
        default: { return flow(); }
    }
}
