//! Numbers without a type of their own, in every place where people write them, and the same in Rust.

use super::wgsl_cases::Case;

pub const LITERALS: &[Case] = &[
    (
        "constants of a function, with their types spelled out",
        "fn objective() -> real {
             const D = array<real, 2>(-1.5, 0.1);
             const E = array<vec2<real>, 2>(vec2(0.1, 0.2), vec2(0.3, 0.4));
             const LESS = 0.1 < 0.2;
             var k = 1u;
             return x(0) * D[k] + x(1) * E[k].x + select(0.0, x(2), LESS);
         }",
        None,
        |x| x[0] * 0.1 + x[1] * 0.3 + x[2],
    ),
    ("let", "fn objective() -> real { let a = 0.1; return a * x(0) + x(1) * x(2); }", None, |x| {
        0.1 * x[0] + x[1] * x[2]
    }),
    (
        "let, taken for a real by name",
        "fn objective() -> real { let a = 0.1; return real(a) * x(0); }",
        None,
        |x| 0.1 * x[0],
    ),
    (
        "var",
        "fn objective() -> real { var t = 0.0; for (var i = 0u; i < 3u; i++) { t += 0.3 * x(i); } return t; }",
        None,
        |x| 0.3 * x[0] + 0.3 * x[1] + 0.3 * x[2],
    ),
    (
        "vectors",
        "fn objective() -> real { let v = vec3(.3, .5, .1); let w = vec3(x(0), 2.0, x(2)); return dot(v, w) + vec2(0.7).y; }",
        None,
        |x| 0.3 * x[0] + 0.5 * 2.0 + 0.1 * x[2] + 0.7,
    ),
    (
        "select",
        "fn objective() -> real { return x(0) * select(0.1, 0.7, x(1) > 0.05) + select(.2, x(2), true); }",
        None,
        |x| x[0] * (if x[1] > 0.05 { 0.7 } else { 0.1 }) + x[2],
    ),
    (
        "constants of constants",
        "const A: real = 0.2; const B: real = 3.0*A; const C = B / 7.0; const D = sqrt(real(2.0)) * C;
         fn objective() -> real { let b = B; return A * x(0) + b * x(1) + C + D * x(2); }",
        None,
        |x| 0.2 * x[0] + 3.0 * 0.2 * x[1] + 3.0 * 0.2 / 7.0 + 2f64.sqrt() * (3.0 * 0.2 / 7.0) * x[2],
    ),
    (
        "constant arrays, whole and by element",
        "const S: array<real, 2> = array(0.1, 0.2); const T = array(.3, .7, 0.9); const V = vec2(0.1, 0.6);
         fn objective() -> real {
             var sum = 0.0;
             for (var i = 0u; i < 3u; i++) { sum += T[i] * x(i); }
             return sum + S[1] * S[0] + sqrt(S[1]) + V.x * V.y + length(V);
         }",
        None,
        |x| {
            0.3 * x[0] + 0.7 * x[1] + 0.9 * x[2] + 0.2 * 0.1 + 0.2f64.sqrt() + 0.1 * 0.6 + 0.1f64.hypot(0.6)
        },
    ),
    (
        "whole numbers from and to reals",
        "const D = 3; const A = 2.5; const N = i32(A); const M: u32 = u32(real(D) + 0.5);
         fn objective() -> real {
             let k = i32(A) + i32(2.5 * A);
             return inverseSqrt(real(D)) * x(0) + real(N) * x(1) + real(k) + real(M) * x(2) + sqrt(real(2.0));
         }",
        None,
        |x| (1.0 / 3f64.sqrt()) * x[0] + 2.0 * x[1] + 8.0 + 3.0 * x[2] + 2f64.sqrt(),
    ),
    (
        "constants in functions, and names that hide them",
        "const K = 0.1;
         fn twice(K: u32) -> real { return 2.0 * real(K); }
         fn objective() -> real {
             const h = 0.3; const n = 2; const q: real = h * K;
             var sum = array<real, n>();
             sum[0] = h * x(0);
             { let K = 5u; sum[1] = q + twice(K); }
             return sum[0] + sum[1] * x(1);
         }",
        None,
        |x| 0.3 * x[0] + (0.3 * 0.1 + 10.0) * x[1],
    ),
    (
        "exponents, hexadecimal numbers, comments",
        "// 0.1
         fn objective() -> real { /* 2.0 /* 3.0 */ real */ return 1e-1 * x(0) + 0x1.8p-1 * x(1) - 1.e+1*x(2) + 1E2; }",
        None,
        |x| 0.1 * x[0] + 0.75 * x[1] - 10.0 * x[2] + 100.0,
    ),
    (
        "a member of the name real",
        "struct Complex { real: real, imag: real }
         fn mul(a: Complex, b: Complex) -> Complex {
             return Complex(a.real * b.real - a.imag * b.imag, a.real * b.imag + a.imag * b.real);
         }
         fn objective() -> real { let z = mul(Complex(x(0), 0.1), Complex(0.2, x(1))); return z.real * z.imag; }",
        None,
        |x| (x[0] * 0.2 - 0.1 * x[1]) * (x[0] * x[1] + 0.1 * 0.2),
    ),
    (
        "matrices and aliases",
        "alias V = vec2<real>;
         const M = mat2x2(0.1, 0.2, 0.3, 0.4);
         fn objective() -> real { let v = M * V(x(0), x(1)); return v.x * 0.9 + (mat2x2<real>(1.1, 0.0, 0.0, 1.3) * v).y; }",
        None,
        |x| {
            let v = [0.1 * x[0] + 0.3 * x[1], 0.2 * x[0] + 0.4 * x[1]];
            v[0] * 0.9 + 1.3 * v[1]
        },
    ),
    (
        "functions of vectors",
        "fn objective() -> real {
             let v = vec3(x(0), x(1), x(2)); let w = exp(0.3 * v.xy); let p = pow(abs(v) + 0.5, vec3(1.7, 2.0, 0.3));
             let s = sin(v) + cos(v.zxy) * tanh(v); let a = atan2(v.xy, vec2(2.0, 3.0));
             let m = mix(v, v.yzx, 0.25) + smoothstep(vec3(-3.0), vec3(3.0), v) + saturate(0.1 * v + 0.5);
             return dot(w, vec2(1.0, 2.0)) + dot(p, s) + a.x * a.y + length(m) + log(vec2(4.0, 2.0) + v.xy * v.xy).y;
         }",
        None,
        |x| {
            let smooth = |t: f64| {
                let t = ((t + 3.0) / 6.0).clamp(0.0, 1.0);
                t * t * (3.0 - 2.0 * t)
            };
            let p = [(0, 1.7), (1, 2.0), (2, 0.3)].map(|(i, y): (usize, f64)| (x[i].abs() + 0.5).powf(y));
            let s = [(0, 2), (1, 0), (2, 1)].map(|(i, j): (usize, usize)| x[i].sin() + x[j].cos() * x[i].tanh());
            let m = [0, 1, 2].map(|i| {
                0.75 * x[i] + 0.25 * x[(i + 1) % 3] + smooth(x[i]) + (0.1 * x[i] + 0.5).clamp(0.0, 1.0)
            });
            (0.3 * x[0]).exp()
                + 2.0 * (0.3 * x[1]).exp()
                + (0..3).map(|i| p[i] * s[i]).sum::<f64>()
                + x[0].atan2(2.0) * x[1].atan2(3.0)
                + m.iter().map(|m| m * m).sum::<f64>().sqrt()
                + (2.0 + x[1] * x[1]).ln()
        },
    ),
];
