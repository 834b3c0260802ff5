// Procedural noise from integer hashes: value, gradient, simplex and cellular noise, and what is built from them.

const TAU: real = 6.283185307179586;
const TO_UNIT = 1.0 / 16777216.0;

fn scramble(seed: u32) -> u32 {
    var h = seed;
    h ^= h >> 15u;
    h *= 0x2c1b3c6du;
    h ^= h >> 12u;
    h *= 0x297a2d39u;
    h ^= h >> 15u;
    return h;
}

fn cell2(c: vec2<i32>) -> u32 {
    return scramble(u32(c.x) + 0x9e3779b9u * scramble(u32(c.y) ^ 0x51ed270bu));
}

fn cell3(c: vec3<i32>) -> u32 {
    return scramble(cell2(c.xy) + 0x85ebca6bu * u32(c.z));
}

fn unit(h: u32) -> real {
    return real(h >> 8u) * TO_UNIT;
}

fn fade2(t: vec2<real>) -> vec2<real> {
    return t * t * t * (t * (t * 6.0 - 15.0) + 10.0);
}

fn fade3(t: vec3<real>) -> vec3<real> {
    return t * t * t * (t * (t * 6.0 - vec3<real>(15.0)) + vec3<real>(10.0));
}

fn value3(p: vec3<real>) -> real {
    let base = floor(p);
    let c = vec3<i32>(base);
    let w = fade3(p - base);
    var layer: array<real, 2>;
    for (var z = 0; z < 2; z++) {
        let near = mix(unit(cell3(c + vec3<i32>(0, 0, z))), unit(cell3(c + vec3<i32>(1, 0, z))), w.x);
        let far = mix(unit(cell3(c + vec3<i32>(0, 1, z))), unit(cell3(c + vec3<i32>(1, 1, z))), w.x);
        layer[z] = mix(near, far, w.y);
    }
    return mix(layer[0], layer[1], w.z);
}

fn value2(p: vec2<real>) -> real {
    let base = floor(p);
    let f = p - base;
    let c = vec2<i32>(base);
    let w = fade2(f);
    let a = unit(cell2(c));
    let b = unit(cell2(c + vec2<i32>(1, 0)));
    let d = unit(cell2(c + vec2<i32>(0, 1)));
    let e = unit(cell2(c + vec2<i32>(1, 1)));
    return mix(mix(a, b, w.x), mix(d, e, w.x), w.y);
}

fn slope(h: u32, d: vec2<real>) -> real {
    switch h & 7u {
        case 0u: { return d.x; }
        case 1u: { return -d.x; }
        case 2u: { return d.y; }
        case 3u: { return -d.y; }
        case 4u, 5u: {
            let s = select(-1.0, 1.0, (h & 1u) == 1u);
            return s * (d.x + d.y) * 0.7071067811865476;
        }
        case 6u: { return (d.x - d.y) * 0.7071067811865476; }
        default: { return (d.y - d.x) * 0.7071067811865476; }
    }
}

fn gradient2(p: vec2<real>) -> real {
    let c = vec2<i32>(floor(p));
    let f = fract(p);
    let w = fade2(f);
    var sum = real();
    for (var k = 0u; k < 4u; k++) {
        let o = vec2<i32>(vec2<u32>(k & 1u, k >> 1u));
        let e = vec2<real>(o);
        let blend = mix(1.0 - w, w, e);
        sum += blend.x * blend.y * slope(cell2(c + o), f - e);
    }
    return sum;
}

fn fbm(start: vec2<real>, octaves: i32) -> real {
    let turn = mat2x2<real>(0.8, 0.6, -0.6, 0.8);
    var p = start;
    var sum: real = 0.0;
    var amplitude: real = 0.5;
    for (var i = 0; i < octaves; i++) {
        sum += amplitude * value2(p);
        p = turn * p * 2.03 + vec2<real>(3.7, 1.9);
        amplitude *= 0.5;
    }
    return sum;
}

fn corner(h: u32, d: vec2<real>) -> real {
    let t = max(0.5 - dot(d, d), 0.0);
    let angle = TAU * unit(h);
    return t * t * t * t * dot(vec2<real>(cos(angle), sin(angle)), d);
}

fn simplex2(p: vec2<real>) -> real {
    let skew = 0.3660254037844386;
    let unskew = 0.21132486540518713;
    let s = floor(p + (p.x + p.y) * skew);
    let d0 = p - (s - (s.x + s.y) * unskew);
    var step_to = vec2<i32>(0, 1);
    if d0.x > d0.y {
        step_to = vec2<i32>(1, 0);
    }
    let d1 = d0 - vec2<real>(step_to) + unskew;
    let d2 = d0 - 1.0 + 2.0 * unskew;
    let c = vec2<i32>(s);
    return 70.0 * (corner(cell2(c), d0) + corner(cell2(c + step_to), d1) + corner(cell2(c + vec2<i32>(1)), d2));
}

fn feature(c: vec2<i32>) -> vec2<real> {
    let h = cell2(c);
    return vec2<real>(unit(h), unit(scramble(h + 1u)));
}

fn worley(p: vec2<real>, sharpness: real) -> real {
    let home = vec2<i32>(floor(p));
    var sum = real(0.0);
    for (var j: i32 = -1; j <= 1; j = j + 1) {
        for (var i: i32 = -1; i <= 1; i = i + 1) {
            let c = home + vec2<i32>(i, j);
            sum += exp(-sharpness * distance(p, vec2<real>(c) + feature(c)));
        }
    }
    return -log(sum) / sharpness;
}

fn ridged(start: vec2<real>) -> real {
    var p = start;
    var gain = 0.5;
    var previous = 1.0;
    var total = 0.0;
    for (var octave = 0u; octave < 3u; octave++) {
        var n = 1.0 - abs(gradient2(p));
        n *= n;
        total += n * gain * previous;
        previous = n;
        p *= 2.17;
        gain *= 0.5;
    }
    return total;
}

fn voronoi(p: vec2<real>) -> real {
    let home = floor(p);
    let f = fract(p);
    var result = 0.0;
    var i = -1;
    loop {
        for (var j = -1; j <= 1; j++) {
            let o = feature(vec2<i32>(home) + vec2<i32>(i, j));
            let r = vec2<real>(real(i), real(j)) - f + o;
            result += 1.0 / pow(dot(r, r), 4.0);
        }
        continuing {
            i++;
            break if i > 1;
        }
    }
    return pow(1.0 / result, 1.0 / 8.0);
}

// value noise on a lattice of cubes
fn f0() -> real {
    return value3(vec3<real>(x(0), x(1), x(2)) * 1.9);
}

// gradient noise on a slanted plane
fn f1() -> real {
    return 1.0 + gradient2(vec2<real>(x(0) * 1.7 + x(2), x(1) * 2.3 - 0.4 * x(2)));
}

// four octaves of value noise
fn f2() -> real {
    return fbm(vec2<real>(x(0) + 0.3 * x(2), x(1) + 0.9), 4);
}

// simplex noise
fn f3() -> real {
    return 1.5 + simplex2(vec2<real>(x(0), x(1)) * 1.3 + x(2) * vec2<real>(0.21, -0.48));
}

// cellular noise, with a smooth minimum of the distances
fn f4() -> real {
    return worley(vec2<real>(x(0) + x(2) * x(2) + 0.2, x(1) * 1.4), 9.0) + 1.0;
}

// ridged multifractal
fn f5() -> real {
    return ridged(vec2<real>(x(0) * 0.9 + 0.3, x(1) - 0.25 * x(2)));
}

// a domain warped by another noise
fn f6() -> real {
    let p = vec2<real>(x(0), x(1) + 0.5 * x(2));
    var q: vec2<real>;
    for (var i = 0u; i < 2u; i++) {
        q[i] = fbm(p + vec2<real>(5.2, 1.3) * real(i), 2);
    }
    return fbm(p + 1.1 * q, 3);
}

// marble: turbulence inside a sine
fn f7() -> real {
    var turbulence = 0.0;
    var frequency = 1.0;
    while frequency < 5.0 {
        turbulence += abs(gradient2(vec2<real>(x(0), x(1)) * frequency + 0.15)) / frequency;
        frequency *= 2.0;
    }
    return 1.5 + sin(1.4 * x(2) + 2.0 * turbulence);
}

// plasma: four waves
fn f8() -> real {
    let p = vec2<real>(x(0), x(1)) * 3.0;
    let t = x(2);
    var v = sin(p.x + t) + sin((p.y + t) * 0.5);
    v += sin(0.5 * (p.x + p.y + t));
    let c = p + 0.5 * vec2<real>(sin(t / 3.0), cos(t / 2.0));
    v += sin(sqrt(dot(c, c) + 1.0) + t);
    return 0.5 + 0.5 * cos(v * 0.5 * 3.141592653589793) + 0.1 * v * v;
}

// smooth voronoi
fn f9() -> real {
    return voronoi(vec2<real>(2.1 * x(0), 1.8 * x(1) + x(2) + 0.3));
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
