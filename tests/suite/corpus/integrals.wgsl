// Quadrature, series and continued fractions in loops.

const TAU = 6.283185307179586;

fn integrand_a(t: real) -> real {
    return exp((0.9 + 0.3 * x(0)) * t) + x(1) * t * t * t + 2.0;
}

// Simpson's rule with 12 intervals.
fn simpson() -> real {
    let n = 12;
    let b = 1.0 + 0.5 * sigmoid(x(2));
    let h = b / real(n);
    var sum = integrand_a(0.0) + integrand_a(b);
    for (var i = 1; i < n; i++) {
        let weight = select(2.0, 4.0, i % 2 == 1);
        sum += weight * integrand_a(real(i) * h);
    }
    return sum * h / 3.0;
}

const GAUSS = array<vec2<real>, 5>(
    vec2<real>(0.0, 0.5688888888888889),
    vec2<real>(0.5384693101056831, 0.47862867049936647),
    vec2<real>(-0.5384693101056831, 0.47862867049936647),
    vec2<real>(0.906179845938664, 0.23692688505618908),
    vec2<real>(-0.906179845938664, 0.23692688505618908),
);

// A damped oscillation from 0 to b in eight panels of five nodes.
fn gauss_legendre() -> real {
    let b = 1.5 + 0.5 * tanh(x(2));
    let panels = 8u;
    let half = 0.5 * b / real(panels);
    var total = 0.0;
    for (var p = 0u; p < panels; p++) {
        let middle = real(2u * p + 1u) * half;
        for (var g = 0u; g < 5u; g++) {
            let t = middle + half * GAUSS[g].x;
            total += half * GAUSS[g].y * exp(-0.5 * x(1) * t) * cos(x(0) * t);
        }
    }
    return total;
}

// The trapezoid rule over a period, where it converges fast.
fn periodic() -> real {
    let a = 2.5 + 0.5 * sin(x(0));
    let n = 60u;
    var sum = 0.0;
    var i = 0u;
    loop {
        if i >= n { break; }
        let angle = TAU * real(i) / real(n);
        let d = a + cos(x(1)) * cos(angle) + 0.4 * x(2) * sin(angle);
        sum += 1.0 / d;
        continuing { i++; }
    }
    return sum * TAU / real(n);
}

fn speed(t: real, a: real, b: real) -> real {
    return length(vec2<real>(a, 2.0 * b * t));
}

// The length of (a t, b t^2) for t from 0 to the end.
fn arc_length() -> real {
    let a = 1.0 + exp(0.5 * x(0));
    let b = 1.0 + 0.3 * x(1);
    let end = 1.0 + 0.4 * sigmoid(x(2));
    var length = 0.0;
    for (var p = 0; p < 10; p++) {
        for (var g = 0; g < 5; g++) {
            let t = end * (real(p) + 0.5 + 0.5 * GAUSS[g].x) / 10.0;
            length += GAUSS[g].y * speed(t, a, b);
        }
    }
    return length * end / 20.0;
}

// The complete elliptic integrals of both kinds by the arithmetic-geometric mean.
fn elliptic(m: real) -> vec2<real> {
    var a = 1.0;
    var g = sqrt(1.0 - m);
    var weight = 0.5;
    var sum = weight * m;
    for (var i = 0; i < 5; i++) {
        let next = 0.5 * (a + g);
        let c = 0.5 * (a - g);
        g = sqrt(a * g);
        a = next;
        weight *= 2.0;
        sum += weight * c * c;
    }
    let first = 0.25 * TAU / a;
    return vec2<real>(first, first * (1.0 - sum));
}

fn pendulum_and_ellipse() -> real {
    let swing = 0.8 + 0.4 * x(0);
    let s = sin(0.5 * swing);
    let period = 4.0 * sqrt((1.5 + 0.4 * x(1)) / 9.81) * elliptic(s * s).x;
    let major = 2.0 + 0.2 * x(2);
    let perimeter = 4.0 * major * elliptic(1.0 - 1.0 / (major * major)).y;
    return period + 0.3 * perimeter;
}

// Continued fractions from the end: of the hyperbolic tangent and of the arc tangent.
fn continued_fractions() -> real {
    let z = 0.5 + x(0) * x(0);
    var f = 31.0;
    for (var n = 29; n >= 1; n -= 2) {
        f = real(n) + z * z / f;
    }
    let u = 0.6 * x(1) + 0.2 * x(2);
    var q = 61.0;
    for (var n = 30; n >= 1; n--) {
        q = real(2 * n - 1) + real(n * n) * u * u / q;
    }
    return 2.0 * z / f + u / q;
}

// The sum of z^n / n!^2, until the terms no longer count; and a hyperbolic sine.
fn taylor() -> real {
    let z = exp(0.7 * x(0)) + 0.2 * x(2);
    var term = 1.0;
    var sum = 0.0;
    for (var n = 1u; n < 40u; n++) {
        sum += term;
        term *= z / real(n * n);
        if term < 1e-18 {
            break;
        }
    }
    var odd = x(1);
    var s = odd;
    for (var n = 3; n <= 25; n += 2) {
        odd = odd * x(1) * x(1) / real(n * (n - 1));
        s += odd;
    }
    return sum + 0.5 * s;
}

// The sum of r^n sin(n a) / n, the sines by rotation.
fn fourier() -> real {
    let r = 0.35 + 0.1 * tanh(x(1));
    let turn = mat2x2<real>(cos(x(0)), sin(x(0)), -sin(x(0)), cos(x(0)));
    var phase = vec2<real>(1.0, 0.0);
    var power = 1.0;
    var sum = vec2<real>(0.0);
    for (var n = 1; n <= 45; n++) {
        phase = turn * phase;
        power *= r;
        sum += power / real(n) * phase;
    }
    return sum.y + x(2) * sum.x + 3.0;
}

fn integrand_b(t: real) -> real {
    return exp(0.6 * x(0) * t) + (1.0 + x(2)) * cos(x(1) * t);
}

fn romberg() -> real {
    var table: array<array<real, 7>, 7>;
    var h = 1.0;
    var count = 1u;
    table[0][0] = 0.5 * (integrand_b(0.0) + integrand_b(1.0));
    for (var i = 1u; i < 7u; i++) {
        h *= 0.5;
        var sum = 0.0;
        for (var j = 0u; j < count; j++) {
            sum += integrand_b(h * real(2u * j + 1u));
        }
        count *= 2u;
        table[i][0] = 0.5 * table[i - 1u][0] + h * sum;
        var power = 4.0;
        for (var m = 1u; m <= i; m++) {
            table[i][m] = (power * table[i][m - 1u] - table[i - 1u][m - 1u]) / (power - 1.0);
            power *= 4.0;
        }
    }
    return table[6][6];
}

// The midpoint rule over the unit square.
fn midpoint() -> real {
    let n = 8u;
    var sum = 0.0;
    for (var i = 0u; i < n; i++) {
        let s = (real(i) + 0.5) / real(n);
        for (var j = 0u; j < n; j++) {
            let t = (real(j) + 0.5) / real(n);
            sum += exp(0.8 * x(0) * s + x(1) * t) + x(2) * s * t * t;
        }
    }
    return sum / real(n * n);
}

fn residual(k: u32) -> real {
    switch k {
        case 0u: { return simpson(); }
        case 1u: { return gauss_legendre(); }
        case 2u: { return periodic(); }
        case 3u: { return arc_length(); }
        case 4u: { return pendulum_and_ellipse(); }
        case 5u: { return continued_fractions(); }
        case 6u: { return taylor(); }
        case 7u: { return fourier(); }
        case 8u: { return romberg(); }
        default: { return midpoint(); }
    }
}
