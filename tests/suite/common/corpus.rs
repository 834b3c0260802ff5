//! Functions in the styles in which people write WGSL, and the same in Rust.

use super::wgsl_cases::Case;

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

fn unit(a: [f64; 3]) -> [f64; 3] {
    let length = dot(a, a).sqrt();
    a.map(|a| a / length)
}

fn smooth(low: f64, high: f64, x: f64) -> f64 {
    let t = ((x - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

#[rustfmt::skip]
pub const CORPUS: &[Case] = &[
    ("numbers taken apart and put together",
        "fn objective() -> real {
             let m = modf(3.7 * x(0) + 0.3);
             let f = frexp(5.0 + x(1));
             let small = frexp(0.01 * x(2));
             return m.fract * 2.0 + m.whole * x(1) + f.fract * real(f.exp) + ldexp(x(2), 3) - ldexp(x(0), -2)
                 + ldexp(small.fract, small.exp);
         }", None, |x| {
            let m = 3.7 * x[0] + 0.3;
            let e = (5.0 + x[1]).log2().floor() + 1.0;
            (m - m.trunc()) * 2.0 + m.trunc() * x[1] + (5.0 + x[1]) / e.exp2() * e + 8.0 * x[2] - 0.25 * x[0] + 0.01 * x[2]
        }),
    ("vectors taken apart and put together",
        "fn expit(a: real) -> real { return 2.0 * a; }
         fn objective() -> real {
             let v = vec3(3.7 * x(0) + 0.3, x(1), 5.0 + x(2));
             let m = modf(v);
             let f = frexp(v.zx);
             let l = ldexp(vec4(x(0), x(1), x(2), 1.0), vec4<i32>(1, -2, 3, 0));
             return dot(m.fract, vec3(1.0, 2.0, 3.0)) + m.whole.x * x(1) + f.fract.x * real(f.exp.x) + l.x + l.y * l.z
                 + expit(x(0)) + modf(x(1) * 1.5).fract;
         }", None, |x| {
            let f = |a: f64| a - a.trunc();
            let e = (5.0 + x[2]).log2().floor() + 1.0;
            let m = 3.7 * x[0] + 0.3;
            f(m) + 2.0 * f(x[1]) + 3.0 * f(5.0 + x[2]) + m.trunc() * x[1] + (5.0 + x[2]) / e.exp2() * e + 2.0 * x[0]
                + 0.25 * x[1] * 8.0 * x[2] + 2.0 * x[0] + f(1.5 * x[1])
        }),
    ("other names",
        "fn objective() -> real { return expit(x(0)) + gammaln(1.5 + x(1) * x(1)) * x(2) - lgamma(1.5 + x(1) * x(1)) * x(2); }",
        None, |x| 1.0 / (1.0 + (-x[0]).exp())),
    ("several numbers in one",
        "fn objective() -> real {
             let a = unpack4x8unorm(pack4x8unorm(vec4(0.2, 0.4, 0.6, 1.5)));
             let b = unpack4x8snorm(pack4x8snorm(vec4(-0.2, 0.4, -1.0, 0.8)));
             let c = unpack2x16unorm(pack2x16unorm(vec2(0.3, 0.7)));
             let d = unpack2x16snorm(pack2x16snorm(vec2(-0.3, 0.7)));
             return dot(a, b) * x(0) + c.x * x(1) + c.y + d.x * x(2) + d.y + real(pack4x8unorm(vec4(1.0, 0.0, 0.0, 0.0)));
         }", None, |x| {
            let unorm = |v: f64, n: f64| (0.5 + n * v.clamp(0.0, 1.0)).floor() / n;
            let snorm = |v: f64, n: f64| (0.5 + n * v.clamp(-1.0, 1.0)).floor() / n;
            let pairs = [(0.2, -0.2), (0.4, 0.4), (0.6, -1.0), (1.5, 0.8)];
            let d: f64 = pairs.iter().map(|&(a, b)| unorm(a, 255.0) * snorm(b, 127.0)).sum();
            let (c, e) = ((unorm(0.3, 65535.0), unorm(0.7, 65535.0)), (snorm(-0.3, 32767.0), snorm(0.7, 32767.0)));
            d * x[0] + c.0 * x[1] + c.1 + e.0 * x[2] + e.1 + 255.0
        }),
    ("reflections",
        "fn objective() -> real {
             let e = vec3(x(0), x(1), x(2));
             let n = normalize(vec3(0.3, -0.5, 0.8));
             let r = reflect(e, n);
             let s = reflect(e.xy, vec2(0.6, 0.8));
             return r.x + 2.0 * r.y + 3.0 * r.z + s.x * s.y;
         }", None, |x| {
            let n = unit([0.3, -0.5, 0.8]);
            let d = 2.0 * dot(n, x);
            let e = 2.0 * (0.6 * x[0] + 0.8 * x[1]);
            dot([1.0, 2.0, 3.0], [0, 1, 2].map(|i| x[i] - d * n[i])) + (x[0] - e * 0.6) * (x[1] - e * 0.8)
        }),
    ("refraction",
        "fn objective() -> real {
             let e = normalize(vec3(x(0), x(1), -1.0));
             let n = vec3(0.0, 0.0, 1.0);
             let r = refract(e, n, 0.75);
             let inside = refract(e, n, 1.0 + 0.0 * x(2));
             return r.x - r.y * 2.0 + r.z + inside.z;
         }", None, |x| {
            let e = unit([x[0], x[1], -1.0]);
            let bent = |eta: f64| {
                let k = 1.0 - eta * eta * (1.0 - e[2] * e[2]);
                [eta * e[0], eta * e[1], eta * e[2] - (eta * e[2] + k.sqrt())]
            };
            dot([1.0, -2.0, 1.0], bent(0.75)) + bent(1.0)[2]
        }),
    ("total reflection is no refraction",
        "fn objective() -> real {
             let r = refract(vec2(0.8, -0.6), vec2(0.0, 1.0), 1.5);
             return x(0) + r.x + r.y;
         }", None, |x| x[0]),
    ("faces forward",
        "fn objective() -> real {
             let n = vec3(x(0), 0.5, x(2));
             let f = faceForward(n, vec3(0.1, 0.7, -0.2), vec3(0.0, -1.0, 0.0));
             let g = faceForward(n, vec3(0.1, 0.7, -0.2), vec3(0.0, 1.0, 0.0));
             return f.x * 2.0 + f.z * f.y + g.x * x(1);
         }", None, |x| x[0] * 2.0 + x[2] * 0.5 - x[0] * x[1]),
    ("determinants",
        "fn objective() -> real {
             let a = mat2x2(x(0), x(1), 0.5, x(2));
             let b = mat3x3(x(0), 1.0, 2.0, 0.5, x(1), -1.0, 1.5, 0.25, x(2));
             let c = mat4x4(vec4(x(0), 1.0, 0.0, 2.0), vec4(0.5, x(1), 1.0, 0.0), vec4(0.0, -1.0, x(2), 0.5), vec4(1.0, 0.0, 0.5, 2.0));
             return determinant(a) + determinant(b) - 0.5 * determinant(c);
         }", None, |x| {
            let a = x[0] * x[2] - 0.5 * x[1];
            let b = dot([x[0], 1.0, 2.0], cross([0.5, x[1], -1.0], [1.5, 0.25, x[2]]));
            // Along the last column of the columns above: by Gauss, of the rows.
            let mut m = [[x[0], 1.0, 0.0, 2.0], [0.5, x[1], 1.0, 0.0], [0.0, -1.0, x[2], 0.5], [1.0, 0.0, 0.5, 2.0]];
            let mut c = 1.0;
            for k in 0..4 {
                let pivot = (k..4).max_by(|&i, &j| m[i][k].abs().total_cmp(&m[j][k].abs())).unwrap();
                if pivot != k {
                    m.swap(pivot, k);
                    c = -c;
                }
                c *= m[k][k];
                for i in k + 1..4 {
                    let factor = m[i][k] / m[k][k];
                    for j in k..4 {
                        m[i][j] -= factor * m[k][j];
                    }
                }
            }
            a + b - 0.5 * c
        }),
    ("variables of the module begin anew",
        "var<private> seed: u32 = 12345u;
         var<private> calls: u32;
         var<private> weights: array<real, 3> = array<real, 3>(0.5, 0.25 * 3.0, 1.5);
         var<private> total = 0.0;
         fn next() -> real {
             seed = seed * 1664525u + 1013904223u;
             calls++;
             return real(seed >> 8u) / 16777216.0;
         }
         fn add(v: real) { total += v; weights[1] *= 2.0; }
         fn objective() -> real {
             for (var i = 0u; i < 3u; i++) { add(next() * weights[i] * x(i)); }
             return total + real(calls) * x(0) + total * next();
         }", None, |x| {
            let mut seed = 12345u32;
            let mut next = || {
                seed = seed.wrapping_mul(1664525).wrapping_add(1013904223);
                f64::from(seed >> 8) / 16777216.0
            };
            let mut w = [0.5, 0.75, 1.5];
            let mut total = 0.0;
            for i in 0..3 {
                total += next() * w[i] * x[i];
                w[1] *= 2.0;
            }
            total + 3.0 * x[0] + total * next()
        }),
    ("a function's store is seen after it, a value from before is not changed",
        "var<private> state: real = 1.0;
         fn bump(by: real) -> real { state += by; return state; }
         fn objective() -> real { return state + bump(x(0)) * state + state * x(1) - bump(x(2)); }", None,
        |x| 1.0 + (1.0 + x[0]) * (1.0 + x[0]) + (1.0 + x[0]) * x[1] - (1.0 + x[0] + x[2])),
    ("own functions with names of WGSL's and the engine's",
        "fn round(v: real) -> real { return v * v + 0.5; }
         fn relu(v: real) -> real { return select(0.1 * v, v, v > 0.0); }
         fn mix(a: real, b: real) -> real { return a * 0.25 + b; }
         fn objective() -> real { let clamp = x(2); return round(x(0)) + relu(x(1)) + mix(x(0), clamp) + exp(clamp); }", None,
        |x| x[0] * x[0] + 0.5 + (if x[1] > 0.0 { x[1] } else { 0.1 * x[1] }) + 0.25 * x[0] + x[2] + x[2].exp()),
    ("remainders of vectors and numbers",
        "fn objective() -> real {
             let v = vec3(x(0), x(1), x(2)) % vec3(0.3, 0.25, 0.4);
             return v.x + 2.0 * v.y + 3.0 * v.z + (10.0 * x(0)) % 0.7;
         }", None, |x| x[0] % 0.3 + 2.0 * (x[1] % 0.25) + 3.0 * (x[2] % 0.4) + (10.0 * x[0]) % 0.7),
    ("value noise in octaves",
        "fn hash(p: u32) -> real {
             var h = p * 747796405u + 2891336453u;
             h = ((h >> ((h >> 28u) + 4u)) ^ h) * 277803737u;
             return real((h >> 22u) ^ h) / 4294967295.0;
         }
         fn noise(p: real) -> real {
             let cell = floor(p);
             let f = p - cell;
             let u = f * f * f * (f * (f * 6.0 - 15.0) + 10.0);
             let i = u32(i32(cell) + 100);
             return mix(hash(i), hash(i + 1u), u);
         }
         fn objective() -> real {
             var sum = 0.0;
             var amplitude = 0.5;
             var p = x(0) * 1.5 + x(1);
             for (var o = 0; o < 3; o++) { sum += amplitude * noise(p); p = p * 2.0 + 0.37; amplitude *= .5; }
             return sum * x(2);
         }", None, |x| {
            let hash = |p: u32| {
                let mut h = p.wrapping_mul(747796405).wrapping_add(2891336453);
                h = ((h >> ((h >> 28) + 4)) ^ h).wrapping_mul(277803737);
                f64::from((h >> 22) ^ h) / 4294967295.0
            };
            let noise = |p: f64| {
                let f = p - p.floor();
                let u = f * f * f * (f * (f * 6.0 - 15.0) + 10.0);
                let i = (p.floor() as i32 + 100) as u32;
                hash(i) * (1.0 - u) + hash(i + 1) * u
            };
            let (mut sum, mut amplitude, mut p) = (0.0, 0.5, x[0] * 1.5 + x[1]);
            for _ in 0..3 {
                sum += amplitude * noise(p);
                p = p * 2.0 + 0.37;
                amplitude *= 0.5;
            }
            sum * x[2]
        }),
    ("a distance field with a smooth union",
        "fn box(p: vec3<real>, b: vec3<real>) -> real {
             let q = abs(p) - b;
             return length(max(q, vec3<real>())) + min(max(q.x, max(q.y, q.z)), 0.0);
         }
         fn smin(a: real, b: real, k: real) -> real {
             let h = saturate(.5 + .5 * (b - a) / k);
             return mix(b, a, h) - k * h * (1. - h);
         }
         fn objective() -> real {
             let p = vec3(x(0), x(1), x(2)) + vec3(2.5, 0.1, 0.2);
             return smin(length(p) - 1.0, box(p - vec3(1.2, .0, .0), vec3(.5, 2.5, 2.5)), .3);
         }", None, |x| {
            let p = [x[0] + 2.5, x[1] + 0.1, x[2] + 0.2];
            let q = [(p[0] - 1.2).abs() - 0.5, p[1].abs() - 2.5, p[2].abs() - 2.5];
            let out = q.map(|q| q.max(0.0));
            let b = dot(out, out).sqrt() + q[0].max(q[1]).max(q[2]).min(0.0);
            let a = dot(p, p).sqrt() - 1.0;
            let h = (0.5 + 0.5 * (b - a) / 0.3).clamp(0.0, 1.0);
            b * (1.0 - h) + a * h - 0.3 * h * (1.0 - h)
        }),
    ("a microfacet BRDF",
        "const PI = 3.141592653589793;
         fn ggx(n_h: real, rough: real) -> real {
             let a = rough * rough;
             let d = n_h * n_h * (a * a - 1.0) + 1.0;
             return a * a / (PI * d * d);
         }
         fn objective() -> real {
             let n = vec3(0.0, 0.0, 1.0);
             let v = normalize(vec3(0.3, 0.2 * x(0), 0.9));
             let l = normalize(vec3(-0.4, 0.5, 0.8 + 0.1 * x(1)));
             let h = normalize(v + l);
             let rough = 0.5 + 0.1 * x(2);
             let f = 0.04 + 0.96 * pow(1.0 - max(dot(v, h), 0.0), 5.0);
             return ggx(max(dot(n, h), 0.0), rough) * f / (4.0 * dot(n, v) * dot(n, l));
         }", None, |x| {
            let v = unit([0.3, 0.2 * x[0], 0.9]);
            let l = unit([-0.4, 0.5, 0.8 + 0.1 * x[1]]);
            let h = unit([0, 1, 2].map(|i| v[i] + l[i]));
            let rough: f64 = 0.5 + 0.1 * x[2];
            let a = rough * rough;
            let d = h[2] * h[2] * (a * a - 1.0) + 1.0;
            let f = 0.04 + 0.96 * (1.0 - dot(v, h)).powi(5);
            a * a / (std::f64::consts::PI * d * d) * f / (4.0 * v[2] * l[2])
        }),
    ("sRGB and luminance",
        "fn linear(c: vec3<real>) -> vec3<real> {
             return select(pow((c + 0.055) / 1.055, vec3(2.4)), c / 12.92, c <= vec3(0.04045));
         }
         fn objective() -> real {
             let c = saturate(vec3(x(0), x(1), x(2)) * 0.2 + 0.5);
             return dot(linear(c), vec3(0.2126, 0.7152, 0.0722));
         }", None, |x| {
            let linear = |c: f64| if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) };
            dot(x.map(|x| linear((x * 0.2 + 0.5).clamp(0.0, 1.0))), [0.2126, 0.7152, 0.0722])
        }),
    ("a cubic spline kernel over neighbours",
        "fn kernel(r: real, h: real) -> real {
             let q = r / h;
             if q >= 2.0 { return 0.0; }
             if q >= 1.0 { let t = 2.0 - q; return 0.25 * t * t * t; }
             return 1.0 - 1.5 * q * q * (1.0 - 0.5 * q);
         }
         fn objective() -> real {
             var density = 0.0;
             for (var i = 0u; i < 5u; i++) {
                 let there = vec3(real(i) * 0.7 - 1.4, 0.3, -0.2 * real(i));
                 density += 2.0 * kernel(distance(vec3(x(0), x(1), x(2)), there), 0.9);
             }
             return density;
         }", None, |x| {
            let kernel = |q: f64| if q >= 2.0 { 0.0 } else if q >= 1.0 { 0.25 * (2.0 - q).powi(3) } else { 1.0 - 1.5 * q * q * (1.0 - 0.5 * q) };
            (0..5).map(f64::from).map(|i| {
                let d = [x[0] - (i * 0.7 - 1.4), x[1] - 0.3, x[2] + 0.2 * i];
                2.0 * kernel(dot(d, d).sqrt() / 0.9)
            }).sum()
        }),
    ("Kepler's equation by Newton",
        "fn objective() -> real {
             let e = 0.3 + 0.1 * x(0);
             let m = 1.0 + x(1);
             var a = m;
             for (var i = 0; i < 8; i++) { a -= (a - e * sin(a) - m) / (1.0 - e * cos(a)); }
             return a + x(2) * cos(a);
         }", None, |x| {
            let (e, m) = (0.3 + 0.1 * x[0], 1.0 + x[1]);
            let mut a = m;
            for _ in 0..8 {
                a -= (a - e * a.sin() - m) / (1.0 - e * a.cos());
            }
            a + x[2] * a.cos()
        }),
    ("a pendulum by Runge and Kutta",
        "struct State { angle: real, speed: real }
         fn slope(s: State, damping: real) -> State { return State(s.speed, -9.81 * sin(s.angle) - damping * s.speed); }
         fn moved(s: State, d: State, h: real) -> State { return State(s.angle + h * d.angle, s.speed + h * d.speed); }
         fn objective() -> real {
             var s = State(x(0), x(1));
             let damping = 0.2 + 0.1 * x(2);
             let h = 0.05;
             for (var i = 0u; i < 10u; i++) {
                 let a = slope(s, damping);
                 let b = slope(moved(s, a, 0.5 * h), damping);
                 let c = slope(moved(s, b, 0.5 * h), damping);
                 let d = slope(moved(s, c, h), damping);
                 s.angle += h / 6.0 * (a.angle + 2.0 * b.angle + 2.0 * c.angle + d.angle);
                 s.speed += h / 6.0 * (a.speed + 2.0 * b.speed + 2.0 * c.speed + d.speed);
             }
             return s.angle * s.angle + 0.1 * s.speed;
         }", None, |x| {
            let damping = 0.2 + 0.1 * x[2];
            let slope = |s: [f64; 2]| [s[1], -9.81 * s[0].sin() - damping * s[1]];
            let moved = |s: [f64; 2], d: [f64; 2], h: f64| [s[0] + h * d[0], s[1] + h * d[1]];
            let (mut s, h) = ([x[0], x[1]], 0.05);
            for _ in 0..10 {
                let a = slope(s);
                let b = slope(moved(s, a, 0.5 * h));
                let c = slope(moved(s, b, 0.5 * h));
                let d = slope(moved(s, c, h));
                for i in 0..2 {
                    s[i] += h / 6.0 * (a[i] + 2.0 * b[i] + 2.0 * c[i] + d[i]);
                }
            }
            s[0] * s[0] + 0.1 * s[1]
        }),
    ("a quaternion turns a vector",
        "fn turn(q: vec4<real>, v: vec3<real>) -> vec3<real> { return v + 2.0 * cross(q.xyz, cross(q.xyz, v) + q.w * v); }
         fn objective() -> real {
             let q = normalize(vec4(0.2 * x(0), 0.3, x(1), 1.0));
             let v = turn(q, vec3(1.0, x(2), -0.5));
             return v.x + 2.0 * v.y - v.z;
         }", None, |x| {
            let q = [0.2 * x[0], 0.3, x[1], 1.0];
            let length = q.iter().map(|q| q * q).sum::<f64>().sqrt();
            let (u, w) = ([q[0], q[1], q[2]].map(|q| q / length), q[3] / length);
            let v = [1.0, x[2], -0.5];
            let inner = cross(u, v);
            let outer = cross(u, [0, 1, 2].map(|i| inner[i] + w * v[i]));
            dot([1.0, 2.0, -1.0], [0, 1, 2].map(|i| v[i] + 2.0 * outer[i]))
        }),
    ("attention over three keys",
        "fn objective() -> real {
             var scores: array<real, 3>;
             var most = -1e30;
             for (var i = 0u; i < 3u; i++) { scores[i] = x(i) * x(0) / sqrt(3.0); most = max(most, scores[i]); }
             var sum = 0.0;
             var out = 0.0;
             for (var i = 0u; i < 3u; i++) { let w = exp(scores[i] - most); sum += w; out += w * data(i); }
             return out / sum;
         }", None, |x| {
            let w = x.map(|k| (k * x[0] / 3f64.sqrt()).exp());
            (2.0 * w[0] + 3.0 * w[1] + 5.0 * w[2]) / w.iter().sum::<f64>()
        }),
    ("a Cholesky factor and a solve",
        "fn objective() -> real {
             let a = array<real, 6>(4.0 + x(0) * x(0), 1.0, 5.0, 0.5 * x(1), -1.0, 6.0);
             let l00 = sqrt(a[0]);
             let l10 = a[1] / l00;
             let l11 = sqrt(a[2] - l10 * l10);
             let l20 = a[3] / l00;
             let l21 = (a[4] - l20 * l10) / l11;
             let l22 = sqrt(a[5] - l20 * l20 - l21 * l21);
             let y0 = x(2) / l00;
             let y1 = (1.0 - l10 * y0) / l11;
             let y2 = (2.0 - l20 * y0 - l21 * y1) / l22;
             return y0 * y0 + y1 * y1 + y2 * y2 + log(l00 * l11 * l22);
         }", None, |x| {
            let a = [4.0 + x[0] * x[0], 1.0, 5.0, 0.5 * x[1], -1.0, 6.0];
            let l00 = a[0].sqrt();
            let l10 = a[1] / l00;
            let l11 = (a[2] - l10 * l10).sqrt();
            let l20 = a[3] / l00;
            let l21 = (a[4] - l20 * l10) / l11;
            let l22 = (a[5] - l20 * l20 - l21 * l21).sqrt();
            let y0 = x[2] / l00;
            let y1 = (1.0 - l10 * y0) / l11;
            let y2 = (2.0 - l20 * y0 - l21 * y1) / l22;
            y0 * y0 + y1 * y1 + y2 * y2 + (l00 * l11 * l22).ln()
        }),
    ("a bilinear table",
        "const TABLE = array<real, 9>(0.1, 0.7, -0.3, 0.4, 1.5, 0.2, -0.6, 0.9, 0.8);
         fn objective() -> real {
             let u = clamp(x(0) + 1.0, 0.0, 1.999);
             let v = clamp(x(1) + 1.0, 0.0, 1.999);
             let i = u32(floor(u));
             let j = u32(floor(v));
             let s = fract(u);
             let t = fract(v);
             let low = mix(TABLE[3u * j + i], TABLE[3u * j + i + 1u], s);
             let high = mix(TABLE[3u * j + i + 3u], TABLE[3u * j + i + 4u], s);
             return mix(low, high, t) * x(2);
         }", None, |x| {
            let table = [0.1, 0.7, -0.3, 0.4, 1.5, 0.2, -0.6, 0.9, 0.8];
            let [u, v] = [x[0], x[1]].map(|x| (x + 1.0).clamp(0.0, 1.999));
            let (i, j, s, t) = (u as usize, v as usize, u.fract(), v.fract());
            let mix = |a: f64, b: f64, t: f64| a * (1.0 - t) + b * t;
            let low = mix(table[3 * j + i], table[3 * j + i + 1], s);
            mix(low, mix(table[3 * j + i + 3], table[3 * j + i + 4], s), t) * x[2]
        }),
    ("smooth steps of vectors",
        "fn objective() -> real {
             let s = smoothstep(vec3(-1.0), vec3(1.0, 0.5, 2.0), vec3(x(0), x(1), x(2)));
             return s.x + s.y * 2.0 + s.z * s.x;
         }", None, |x| {
            let s = [smooth(-1.0, 1.0, x[0]), smooth(-1.0, 0.5, x[1]), smooth(-1.0, 2.0, x[2])];
            s[0] + s[1] * 2.0 + s[2] * s[0]
        }),
];
