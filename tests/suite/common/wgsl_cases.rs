//! Objectives in WGSL, and the same in Rust.

/// Name, text, number of terms, and the same in Rust; of three coordinates and the data 2, 3, 5.
pub type Case = (&'static str, &'static str, Option<usize>, fn([f64; 3]) -> f64);

/// What an objective may be made of.
pub const CASES: &[Case] = &[
    (
        "composed functions as elements of an array that is read at computed places",
        "fn objective() -> real {
             let a = array<real, 4>(x(0), mix(x(0), x(1), 0.3), clamp(x(1) * x(2), -5.0, 5.0), fma(x(0), x(2), 1.5));
             var sum: real = 0.0;
             for (var i = 0u; i < 4u; i++) { sum += a[i] * real(i + 1u); }
             return sum;
         }",
        None,
        |x| {
            let mixed = x[0] * 0.7 + x[1] * 0.3;
            x[0] + 2.0 * mixed + 3.0 * (x[1] * x[2]) + 4.0 * (x[0] * x[2] + 1.5)
        },
    ),
    (
        "structs, arrays and computed indices",
        "struct Pair { weight: real, at: u32, offsets: array<real, 2> }
         const SHIFTS = array<real, 3>(0.5, -0.25, 0.125);
         fn objective() -> real {
             var pairs: array<Pair, 3>;
             for (var i = 0u; i < 3u; i++) {
                 pairs[i].weight = data(i);
                 pairs[i].at = 2u - i;
                 pairs[i].offsets[i % 2u] = SHIFTS[i];
             }
             var sum: real = 0.0;
             for (var i = 0u; i < 3u; i++) {
                 let pair = pairs[i];
                 let y = x(pair.at) + pair.offsets[0] - 2.0 * pair.offsets[1];
                 sum += pair.weight * y * y;
             }
             return sum;
         }",
        None,
        |x| {
            let y = [x[2] + 0.5, x[1] + 0.5, x[0] + 0.125];
            2.0 * y[0] * y[0] + 3.0 * y[1] * y[1] + 5.0 * y[2] * y[2]
        },
    ),
    (
        "pointers, early returns and helpers that call helpers",
        "fn add(to: ptr<function, real>, what: real) { *to += what; }
         fn piecewise(a: real) -> real {
             if (a < 0.0) { return -3.0 * a; }
             if (a < 1.0) { return a * a; }
             return 2.0 * a - 1.0;
         }
         fn both(a: real, b: real) -> real { return piecewise(a) + 0.5 * piecewise(b); }
         fn objective() -> real {
             var sum: real = 0.0;
             add(&sum, both(x(0), x(1)));
             add(&sum, both(x(1) - 1.0, x(2) * 2.0));
             return sum;
         }",
        None,
        |x| {
            let piecewise = |a: f64| {
                if a < 0.0 {
                    -3.0 * a
                } else if a < 1.0 {
                    a * a
                } else {
                    2.0 * a - 1.0
                }
            };
            piecewise(x[0]) + 0.5 * piecewise(x[1]) + piecewise(x[1] - 1.0) + 0.5 * piecewise(2.0 * x[2])
        },
    ),
    (
        "loops that break and continue, and a switch",
        "fn objective() -> real {
             var sum: real = 0.0;
             var i = 0;
             loop {
                 i++;
                 if (i > 12) { break; }
                 if (i % 3 == 0) { continue; }
                 switch i % 4 {
                     case 0, 1: { sum += x(0) * real(i); }
                     case 2: {
                         if (x(1) > 0.0) { break; }
                         sum += x(1);
                     }
                     default: { sum -= x(2) / real(i); }
                 }
                 continuing { break if sum > 1000.0; }
             }
             while (true) { if (sum < 100.0) { break; } sum *= 0.5; }
             return sum * sum;
         }",
        None,
        |x| {
            let mut sum = 0.0;
            for i in 1..=12 {
                if i % 3 == 0 {
                    continue;
                }
                match i % 4 {
                    0 | 1 => sum += x[0] * f64::from(i),
                    2 if x[1] > 0.0 => {}
                    2 => sum += x[1],
                    _ => sum -= x[2] / f64::from(i),
                }
            }
            while sum >= 100.0 {
                sum *= 0.5;
            }
            sum * sum
        },
    ),
    (
        "lanes that take different numbers of turns",
        "fn objective() -> real {
             var a = abs(x(0)) + 3.0;
             var turns = 0u;
             while (a > 0.1) { a *= 0.7; turns++; }
             var b: real = 0.0;
             for (var i = 0u; i < u32(abs(x(1)) * 4.0); i++) {
                 for (var j = 0u; j <= i; j++) { if (j == 2u) { break; } b += x(2); }
             }
             return a * a + 0.01 * b * b + 0.001 * real(turns) * x(0);
         }",
        None,
        |x| {
            let (mut a, mut turns) = (x[0].abs() + 3.0, 0.0);
            while a > 0.1 {
                a *= 0.7;
                turns += 1.0;
            }
            let mut b = 0.0;
            for i in 0..(x[1].abs() * 4.0) as u32 {
                b += f64::from((i + 1).min(2)) * x[2];
            }
            a * a + 0.01 * b * b + 0.001 * turns * x[0]
        },
    ),
    (
        "vectors and matrices",
        "fn objective() -> real {
             let v = vec3<real>(x(0), x(1), x(2));
             let m = mat2x3<real>(vec3<real>(1.0, 2.0, 3.0), v.zyx);
             let w = m * v.xy;
             let s = w * transpose(m)[2].x + v * m[1].y;
             let c = cross(v, vec3<real>(1.0, -1.0, 0.5));
             return dot(s, w) + length(v) + distance(v, w) + dot(normalize(v + 4.0), c) + select(v, -v, v < vec3<real>(0.0)).y;
         }",
        None,
        |x| {
            let m = [[1.0, 2.0, 3.0], [x[2], x[1], x[0]]];
            let w = [0, 1, 2].map(|r| m[0][r] * x[0] + m[1][r] * x[1]);
            let s = [0, 1, 2].map(|r| w[r] * m[0][2] + x[r] * m[1][1]);
            let dot = |a: [f64; 3], b: [f64; 3]| a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
            let norm = |a: [f64; 3]| dot(a, a).sqrt();
            let b = [1.0, -1.0, 0.5];
            let c =
                [x[1] * b[2] - x[2] * b[1], x[2] * b[0] - x[0] * b[2], x[0] * b[1] - x[1] * b[0]];
            let up = x.map(|x| x + 4.0);
            dot(s, w)
                + norm(x)
                + norm([0, 1, 2].map(|r| x[r] - w[r]))
                + dot(up.map(|u| u / norm(up)), c)
                + x[1].abs()
        },
    ),
    (
        "integers and bits",
        "fn objective() -> real {
             let i = i32(floor(x(0) * 10.0));
             let u = u32(abs(i)) ^ 5u;
             let bits = countOneBits(u) + (u << 2u) + (u >> 1u) % 7u + max(u, 3u) - (u & 6u | 1u);
             let signed = clamp(i / 3 - i % 4, -5, 5) + sign(i) + min(i, -2) * -(i);
             return real(bits) * 0.001 + real(signed) * 0.001 + x(0) * x(0) + x(1) * x(2) + select(0.0, x(1), i < 0 && bits > 3u || false);
         }"
        ,
        None,
        |x| {
            let i = (x[0] * 10.0).floor() as i32;
            let u = i.unsigned_abs() ^ 5;
            let bits = u.count_ones() + (u << 2) + (u >> 1) % 7 + u.max(3) - (u & 6 | 1);
            let signed = (i / 3 - i % 4).clamp(-5, 5) + i.signum() + i.min(-2) * -i;
            let last = if i < 0 && bits > 3 { x[1] } else { 0.0 };
            f64::from(bits) * 0.001 + f64::from(signed) * 0.001 + x[0] * x[0] + x[1] * x[2] + last
        },
    ),
    (
        "functions of WGSL's own and of the engine",
        "fn objective() -> real {
             let a = x(0); let b = x(1); let c = x(2);
             return mix(a, b, 0.25) + fma(a, b, c) + step(0.1, b) * c + clamp(c, -0.5, 0.5) + fract(a) * trunc(4.0 * b)
                 + inverseSqrt(2.0 + a * a) + smoothstep(-2.0, 2.0, c) + saturate(a) + ceil(b) + round(3.0 * c) + sign(a) * b
                 + sigmoid(a) + softplus(b) + relu(c) + powi(a, 3) + pow(2.0 + b, c) + atan2(a, 3.0 + b) + expm1(c) + log1p(a * a)
                 + asinh(b) + degrees(c) * 0.01 + radians(a) + sinh(b) + cosh(c) + tanh(a) + log2(3.0 + b) + exp2(a);
         }",
        None,
        |x| {
            let [a, b, c] = x;
            let smooth = |t: f64| t * t * (3.0 - 2.0 * t);
            a * 0.75 + b * 0.25
                + (a * b + c)
                + f64::from(u8::from(0.1 <= b)) * c
                + c.clamp(-0.5, 0.5)
                + (a - a.floor()) * (4.0 * b).trunc()
                + 1.0 / (2.0 + a * a).sqrt()
                + smooth(((c + 2.0) / 4.0).clamp(0.0, 1.0))
                + a.clamp(0.0, 1.0)
                + b.ceil()
                + (3.0 * c).round_ties_even()
                + a.signum() * b
                + 1.0 / (1.0 + (-a).exp())
                + b.exp().ln_1p()
                + c.max(0.0)
                + a.powi(3)
                + (2.0 + b).powf(c)
                + a.atan2(3.0 + b)
                + c.exp_m1()
                + (a * a).ln_1p()
                + b.asinh()
                + c.to_degrees() * 0.01
                + a.to_radians()
                + b.sinh()
                + c.cosh()
                + a.tanh()
                + (3.0 + b).log2()
                + a.exp2()
        },
    ),
    (
        "a sum of terms over data",
        "fn term(s: u32) -> real {
             let r = x(0) * exp(-x(1) * real(s) / (40.0 * real(data_len()))) - data(s % data_len());
             return r * r / real(dimension()) + select(0.0, x(2), s == 7u);
         }",
        Some(200),
        |x| {
            let data = [2.0, 3.0, 5.0];
            let r = |s: usize| x[0] * (-x[1] * s as f64 / 120.0).exp() - data[s % 3];
            (0..200).map(|s| r(s) * r(s) / 3.0).sum::<f64>() + x[2]
        },
    ),
];
