// Small linear algebra: rotations, factorizations, solvers, Fourier transforms.

alias Mat = array<array<real, 4>, 4>;

const COUNT: u32 = 8u;

fn quat_mul(a: vec4<real>, b: vec4<real>) -> vec4<real> {
    return vec4<real>(
        a.w * b.xyz + b.w * a.xyz + cross(a.xyz, b.xyz),
        a.w * b.w - dot(a.xyz, b.xyz),
    );
}

fn quat_conjugate(q: vec4<real>) -> vec4<real> {
    return vec4<real>(-q.xyz, q.w);
}

fn quat_from_axis(axis: vec3<real>, angle: real) -> vec4<real> {
    return vec4<real>(normalize(axis) * sin(0.5 * angle), cos(0.5 * angle));
}

fn quat_rotate(q: vec4<real>, v: vec3<real>) -> vec3<real> {
    let t = 2.0 * cross(q.xyz, v);
    return v + q.w * t + cross(q.xyz, t);
}

fn slerp(a: vec4<real>, target_q: vec4<real>, t: real) -> vec4<real> {
    var b = target_q;
    var c = dot(a, b);
    if c < 0.0 {
        b = -b;
        c = -c;
    }
    if c > 0.9995 {
        return normalize(mix(a, b, t));
    }
    let angle = acos(c);
    return (sin((1.0 - t) * angle) * a + sin(t * angle) * b) / sin(angle);
}

fn rodrigues(axis: vec3<real>, angle: real) -> mat3x3<real> {
    let u = normalize(axis);
    let k = mat3x3<real>(
        vec3<real>(0.0, u.z, -u.y),
        vec3<real>(-u.z, 0.0, u.x),
        vec3<real>(u.y, -u.x, 0.0),
    );
    let identity = mat3x3<real>(1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0);
    return identity + k * sin(angle) + k * k * (1.0 - cos(angle));
}

fn inverse(m: mat3x3<real>) -> mat3x3<real> {
    let c0 = cross(m[1], m[2]);
    let c1 = cross(m[2], m[0]);
    let c2 = cross(m[0], m[1]);
    return transpose(mat3x3<real>(c0, c1, c2)) * (1.0 / dot(m[0], c0));
}

fn cholesky(a: array<real, 9>) -> array<real, 9> {
    var l = array<real, 9>();
    for (var i = 0u; i < 3u; i++) {
        for (var j = 0u; j <= i; j++) {
            var s = a[3u * i + j];
            for (var k = 0u; k < j; k++) {
                s -= l[3u * i + k] * l[3u * j + k];
            }
            if i == j {
                l[3u * i + i] = sqrt(s);
            } else {
                l[3u * i + j] = s / l[3u * j + j];
            }
        }
    }
    return l;
}

fn solve(matrix: Mat, right: vec4<real>) -> vec4<real> {
    var a = matrix;
    var b = right;
    for (var k = 0; k < 4; k++) {
        var pivot = k;
        for (var i = k + 1; i < 4; i++) {
            if abs(a[i][k]) > abs(a[pivot][k]) {
                pivot = i;
            }
        }
        if pivot != k {
            let row = a[k];
            a[k] = a[pivot];
            a[pivot] = row;
            let value = b[k];
            b[k] = b[pivot];
            b[pivot] = value;
        }
        for (var i = k + 1; i < 4; i++) {
            let factor = a[i][k] / a[k][k];
            for (var j = k; j < 4; j++) {
                a[i][j] -= factor * a[k][j];
            }
            b[i] -= factor * b[k];
        }
    }
    var result: vec4<real>;
    for (var i = 3; i >= 0; i--) {
        var s = b[i];
        for (var j = i + 1; j < 4; j++) {
            s -= a[i][j] * result[j];
        }
        result[i] = s / a[i][i];
    }
    return result;
}

fn complex_mul(a: vec2<real>, b: vec2<real>) -> vec2<real> {
    return vec2<real>(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x);
}

fn fft(data: ptr<function, array<vec2<real>, 8>>) {
    for (var i = 0u; i < COUNT; i++) {
        let j = reverseBits(i) >> 29u;
        if j > i {
            let swap = (*data)[i];
            (*data)[i] = (*data)[j];
            (*data)[j] = swap;
        }
    }
    for (var size = 2u; size <= COUNT; size <<= 1u) {
        let half = size / 2u;
        let angle = -6.283185307179586 / real(size);
        for (var start = 0u; start < COUNT; start += size) {
            for (var k = 0u; k < half; k++) {
                let turn = vec2<real>(cos(angle * real(k)), sin(angle * real(k)));
                let even = (*data)[start + k];
                let odd = complex_mul(turn, (*data)[start + k + half]);
                (*data)[start + k] = even + odd;
                (*data)[start + k + half] = even - odd;
            }
        }
    }
}

// a tridiagonal system by elimination and back substitution
fn f0() -> real {
    var c: array<real, 6>;
    var d: array<real, 6>;
    for (var i = 0; i < 6; i++) {
        let lower = select(-1.0 + 0.2 * x(0), 0.0, i == 0);
        let upper = -0.8 + 0.1 * x(1);
        let diagonal = 3.0 + 0.1 * real(i);
        let right = 1.0 + 0.5 * sin(real(i) + x(2));
        let previous = max(i - 1, 0);
        let m = diagonal - lower * c[previous];
        c[i] = upper / m;
        d[i] = (right - lower * d[previous]) / m;
    }
    for (var i = 4; i >= 0; i--) {
        d[i] -= c[i] * d[i + 1];
    }
    return d[0] + 2.0 * d[2] - 0.5 * d[5];
}

// a vector turned by a product of quaternions
fn f1() -> real {
    let a = quat_from_axis(vec3<real>(1.0, 0.3 * x(1), 0.5), 0.8 + 0.3 * x(0));
    let b = quat_from_axis(vec3<real>(-0.2, 1.0, 0.4 * x(2)), 0.7);
    let q = quat_mul(a, quat_conjugate(b));
    let v = quat_rotate(q, vec3<real>(1.0, -0.5, 0.7));
    return 2.0 + dot(v, vec3<real>(1.0, 0.4, -0.3));
}

// between two quaternions
fn f2() -> real {
    let a = normalize(vec4<real>(0.2, 0.3 * x(0), -0.4, 1.0));
    let b = normalize(vec4<real>(-0.6, 0.5, 0.4 * x(1), -0.3));
    let q = slerp(a, b, 0.5 + 0.2 * x(2));
    return 1.0 + dot(q * q, vec4<real>(1.0, 2.0, 3.0, 4.0)) + 0.3 * q.x;
}

// Rodrigues' rotation
fn f3() -> real {
    let r = rodrigues(vec3<real>(0.5, 1.0 + 0.2 * x(0), -0.7), x(1) + 0.5 * x(2));
    let v = r * vec3<real>(0.3, 1.0, 0.8);
    return 2.0 + v.x - 0.5 * v.z + 0.2 * v.y;
}

// an inverse by cofactors
fn f4() -> real {
    let m = mat3x3<real>(2.0, 0.3 * x(0), -0.4, 0.5, 1.7, 0.2 * x(1), 0.3 * x(2), -0.6, 2.4);
    let n = inverse(m);
    let row = vec3<real>(1.0, 2.0, -1.0) * n;
    return row.x + 2.0 * row.y - row.z + 0.1 * determinant(m);
}

// the logarithm of a determinant by Cholesky
fn f5() -> real {
    let a = 0.4 * x(0);
    let b = 0.3 * x(1);
    let c = 0.3 * x(2);
    let l = cholesky(array<real, 9>(3.0, a, b, a, 2.5, c, b, c, 2.0));
    var sum = 0.0;
    for (var i = 0u; i < 9u; i += 4u) {
        sum += log(l[i]);
    }
    return 2.0 * sum + l[3] * l[3];
}

// the largest eigenvalue by power iteration
fn f6() -> real {
    let a = 0.3 * x(0);
    let b = 0.2 * x(1);
    let c = 0.1 * x(2);
    let m = mat3x3<real>(5.0, 0.4 + a, b, 0.4 + a, 0.4, 0.1 + c, b, 0.1 + c, 0.6);
    var v = vec3<real>(1.0, 0.1, 0.0);
    for (var i = 0; i < 10; i++) {
        v = normalize(m * v);
    }
    return dot(v, m * v);
}

// Gram and Schmidt
fn f7() -> real {
    var q = array<vec3<real>, 3>(
        vec3<real>(1.5, x(0), 0.3),
        vec3<real>(0.4, 1.2, 0.5 * x(1)),
        vec3<real>(0.3 * x(2), -0.7, 1.8),
    );
    var r: array<real, 3>;
    for (var j = 0; j < 3; j++) {
        for (var i = 0; i < j; i++) {
            q[j] -= dot(q[i], q[j]) * q[i];
        }
        r[j] = length(q[j]);
        q[j] = q[j] / r[j];
    }
    return r[0] + 2.0 * r[1] + 3.0 * r[2];
}

// four equations with pivots
fn f8() -> real {
    let a = Mat(
        array<real, 4>(0.5, 2.0, 0.3 * x(0), -0.4),
        array<real, 4>(3.0, 0.6, -0.2, 0.2 * x(1)),
        array<real, 4>(0.1, -0.5, 0.4, 2.2),
        array<real, 4>(0.2 * x(2), 0.3, 1.9, 0.7),
    );
    let u = solve(a, vec4<real>(1.0, 2.0, -0.5, 1.5));
    return 3.0 + dot(u, vec4<real>(1.0, -0.7, 0.6, 0.4));
}

// a spectrum by the fast Fourier transform
fn f9() -> real {
    var data: array<vec2<real>, 8>;
    for (var i = 0u; i < COUNT; i++) {
        let t = real(i) / real(COUNT);
        data[i] = vec2<real>(exp(-x(0) * t), 0.5 * x(1) * t + 0.3 * sin(4.0 * t * x(2)));
    }
    fft(&data);
    var sum = 0.0;
    for (var i = 0u; i < COUNT; i++) {
        sum += dot(data[i], data[i]) / real(i + 1u);
    }
    return 0.1 * sum + length(data[3]);
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
