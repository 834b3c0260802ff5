// Signed distances of solids, and what joins, carves, twists and repeats them.

struct Box {
    centre: vec3<real>,
    half: vec3<real>,
    rounding: real,
}

struct Segment {
    a: vec3<real>,
    b: vec3<real>,
}

const SQUARE = 0.7071067811865476;
const STUDS = array<vec4<real>, 3>(
    vec4<real>(0.6, 0.1, -0.4, 0.35),
    vec4<real>(-0.5, 0.4, 0.3, 0.25),
    vec4<real>(0.1, -0.7, 0.5, 0.3),
);

fn here() -> vec3<real> {
    return vec3<real>(x(0), x(1), x(2));
}

fn rotate(p: ptr<function, vec2<real>>, angle: real) {
    let q = *p;
    *p = cos(angle) * q + sin(angle) * vec2<real>(q.y, -q.x);
}

fn sphere(p: vec3<real>, r: real) -> real {
    return length(p) - r;
}

fn boxed(p: vec3<real>, b: Box) -> real {
    let q = abs(p - b.centre) - b.half + b.rounding;
    return length(max(q, vec3<real>(0.0))) + min(max(q.x, max(q.y, q.z)), 0.0) - b.rounding;
}

fn torus(p: vec3<real>, t: vec2<real>) -> real {
    let q = vec2<real>(length(p.xz) - t.x, p.y);
    return length(q) - t.y;
}

fn along(p: vec3<real>, s: Segment) -> real {
    let ba = s.b - s.a;
    return saturate(dot(p - s.a, ba) / dot(ba, ba));
}

fn capsule(p: vec3<real>, s: Segment, r: real) -> real {
    return distance(p, mix(s.a, s.b, along(p, s))) - r;
}

fn cylinder(p: vec3<real>, radius: real, half_height: real) -> real {
    let d = abs(vec2<real>(length(p.xz), p.y)) - vec2<real>(radius, half_height);
    return min(max(d.x, d.y), 0.0) + length(max(d, vec2<real>(0.0, 0.0)));
}

fn ellipsoid(p: vec3<real>, r: vec3<real>) -> real {
    let k0 = length(p / r);
    let k1 = length(p / (r * r));
    return k0 * (k0 - 1.0) / k1;
}

fn join(a: real, b: real, k: real) -> real {
    let h = clamp(0.5 + 0.5 * (b - a) / k, 0.0, 1.0);
    return mix(b, a, h) - k * h * (1.0 - h);
}

fn carve(a: real, b: real, k: real) -> real {
    return -join(-a, b, k);
}

fn octahedron(point: vec3<real>, s: real) -> real {
    let p = abs(point);
    if p.x + p.y + p.z < s {
        return (p.x + p.y + p.z - s) / sqrt(3.0);
    }
    var sorted = array<real, 3>(p.x, p.y, p.z);
    for (var i = 0; i < 2; i++) {
        for (var j = 0; j < 2 - i; j++) {
            if sorted[j] < sorted[j + 1] {
                let swap = sorted[j];
                sorted[j] = sorted[j + 1];
                sorted[j + 1] = swap;
            }
        }
    }
    var shift = real(0.0);
    var sum = real(0.0);
    for (var n = 0u; n < 3u; n++) {
        sum += sorted[n];
        let candidate = (sum - s) / real(n + 1u);
        if sorted[n] <= candidate {
            break;
        }
        shift = candidate;
    }
    return distance(p, max(p - shift, vec3<real>(0.0)));
}

// a sphere that melts into a box
fn f0() -> real {
    let p = here();
    let ball = sphere(p - vec3<real>(0.2, -0.3, 0.4), 0.45);
    let block = boxed(p, Box(vec3<real>(-0.1, 0.2, 0.0), vec3<real>(0.3, 0.2, 0.25), 0.0));
    return join(ball, block, 0.9);
}

// a round box, turned about two axes
fn f1() -> real {
    var p = here();
    var xy = p.xy;
    rotate(&xy, 0.5);
    var yz = vec2<real>(xy.y, p.z);
    rotate(&yz, -0.8);
    p = vec3<real>(xy.x, yz);
    return boxed(p, Box(vec3<real>(), vec3<real>(0.25, 0.3, 0.2), 0.1));
}

// a torus, tilted by a matrix
fn f2() -> real {
    let tilt = mat3x3<real>(
        1.0, 0.0, 0.0,
        0.0, SQUARE, SQUARE,
        0.0, -SQUARE, SQUARE,
    );
    return torus(tilt * here(), vec2<real>(0.6, 0.15));
}

// a capsule between two points
fn f3() -> real {
    var s: Segment;
    s.a = vec3<real>(-0.9, -0.7, -0.2);
    s.b = vec3<real>(0.8, 0.2, 0.6);
    return capsule(here(), s, 0.12);
}

// a capped cylinder, off the axis
fn f4() -> real {
    let p = here() + vec3<real>(0.1, 0.0, -0.2);
    return cylinder(p.yxz, 0.3, 0.2) + 0.2 * cylinder(p, 0.6, 0.9);
}

// a cone with a flat base, rounded where they meet
fn f5() -> real {
    let p = here();
    let slope = normalize(vec2<real>(0.8, 0.35));
    let side = dot(slope, vec2<real>(length(p.xz), p.y - 1.0));
    let base = -0.4 - p.y;
    return max(side, 0.0) + log(exp(3.0 * side) + exp(3.0 * base)) / 3.0 + 1.0;
}

// an ellipsoid, bounded by two norms
fn f6() -> real {
    return ellipsoid(here() - 0.1, vec3<real>(0.3, 0.45, 0.6));
}

// a bar, twisted about its axis
fn f7() -> real {
    let p = here();
    let c = cos(1.3 * p.y);
    let s = sin(1.3 * p.y);
    let m = mat2x2<real>(c, -s, s, c);
    let q = vec3<real>(m * p.xz, p.y).xzy;
    return boxed(q, Box(vec3<real>(0.0), vec3<real>(0.2, 0.3, 0.1), 0.05)) * 0.7;
}

// repeated spheres, less a sheet of studs
fn f8() -> real {
    let p = here();
    let period = vec3<real>(1.1, 0.9, 1.4);
    let q = p - period * round(p / period);
    var d = sphere(q, 0.1) + 0.5;
    for (var i = 0u; i < 3u; i++) {
        let stud = STUDS[i];
        d = carve(d, sphere(p - stud.xyz, stud.w), 1.4);
    }
    return d;
}

// an octahedron: the nearest point of its faces
fn f9() -> real {
    return octahedron(here() * vec3<real>(1.0, 0.9, 1.1), 0.4);
}

fn residual(k: u32) -> real {
    switch k {
        case 0u: { return f0(); }
        case 1u: { return f1(); }
        case 2u: { return f2(); }
        case 3u: { return f3(); }
        case 4u: { return f4(); }
        case 5u: { return f5(); }
        case 6u: { return f6(); }
        case 7u: { return f7(); }
        case 8u: { return f8(); }
        default: { return f9(); }
    }
}
