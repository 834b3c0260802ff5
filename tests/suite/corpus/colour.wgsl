// Colour spaces and grading: sRGB, HSV, YCbCr, XYZ, Lab, Oklab, palettes, blends.

const LUMA = vec3<real>(0.2126, 0.7152, 0.0722);

const RGB_TO_XYZ = mat3x3<real>(
    vec3<real>(0.4124564, 0.2126729, 0.0193339),
    vec3<real>(0.3575761, 0.7151522, 0.1191920),
    vec3<real>(0.1804375, 0.0721750, 0.9503041),
);

fn sigmoid(v: vec3<real>) -> vec3<real> {
    return 1.0 / (1.0 + exp(-v));
}

fn colour() -> vec3<real> {
    return sigmoid(vec3<real>(x(0), x(1), x(2)));
}

fn srgb_to_linear(c: vec3<real>) -> vec3<real> {
    let low = c / 12.92;
    let high = pow((c + vec3<real>(0.055)) / vec3<real>(1.055), vec3<real>(2.4));
    return select(high, low, c <= vec3<real>(0.04045));
}

fn linear_to_srgb(c: vec3<real>) -> vec3<real> {
    let cutoff = c < vec3<real>(0.0031308);
    let higher = 1.055 * pow(c, vec3<real>(1.0 / 2.4)) - 0.055;
    return select(higher, c * 12.92, cutoff);
}

fn rgb_to_hsv(c: vec3<real>) -> vec3<real> {
    let largest = max(c.r, max(c.g, c.b));
    let smallest = min(c.r, min(c.g, c.b));
    let delta = largest - smallest;
    var hue = 0.0;
    if delta > 0.0 {
        if largest == c.r {
            hue = (c.g - c.b) / delta;
            if hue < 0.0 { hue += 6.0; }
        } else if largest == c.g {
            hue = 2.0 + (c.b - c.r) / delta;
        } else {
            hue = 4.0 + (c.r - c.g) / delta;
        }
    }
    return vec3<real>(hue / 6.0, delta / largest, largest);
}

fn hsv_channel(n: real, hsv: vec3<real>) -> real {
    let k = (n + hsv.x * 6.0) % 6.0;
    return hsv.z - hsv.z * hsv.y * max(0.0, min(min(k, 4.0 - k), 1.0));
}

fn hsv_to_rgb(hsv: vec3<real>) -> vec3<real> {
    return vec3<real>(hsv_channel(5.0, hsv), hsv_channel(3.0, hsv), hsv_channel(1.0, hsv));
}

fn lab_curve(t: real) -> real {
    const DELTA = 6.0 / 29.0;
    if t > DELTA * DELTA * DELTA {
        return pow(t, 1.0 / 3.0);
    }
    return t / (3.0 * DELTA * DELTA) + 4.0 / 29.0;
}

fn rgb_to_lab(rgb: vec3<real>) -> vec3<real> {
    let xyz = RGB_TO_XYZ * rgb / vec3<real>(0.95047, 1.0, 1.08883);
    let f = vec3<real>(lab_curve(xyz.x), lab_curve(xyz.y), lab_curve(xyz.z));
    return vec3<real>(116.0 * f.y - 16.0, 500.0 * (f.x - f.y), 200.0 * (f.y - f.z));
}

fn rgb_to_oklab(c: vec3<real>) -> vec3<real> {
    let l = 0.4122214708 * c.r + 0.5363325363 * c.g + 0.0514459929 * c.b;
    let m = 0.2119034982 * c.r + 0.6806995451 * c.g + 0.1073969566 * c.b;
    let s = 0.0883024619 * c.r + 0.2817188376 * c.g + 0.6299787005 * c.b;
    let root = pow(vec3<real>(l, m, s), vec3<real>(1.0 / 3.0));
    return root * mat3x3<real>(
        0.2104542553, 0.7936177850, -0.0040720468,
        1.9779984951, -2.4285922050, 0.4505937099,
        0.0259040371, 0.7827717662, -0.8086757660,
    );
}

fn palette(t: real, a: vec3<real>, b: vec3<real>, c: vec3<real>, d: vec3<real>) -> vec3<real> {
    return a + b * cos(6.283185307179586 * (c * t + d));
}

fn soft_light(base: real, blend: real) -> real {
    if blend <= 0.5 {
        return base - (1.0 - 2.0 * blend) * base * (1.0 - base);
    }
    var d = sqrt(base);
    if base <= 0.25 {
        d = ((16.0 * base - 12.0) * base + 4.0) * base;
    }
    return base + (2.0 * blend - 1.0) * (d - base);
}

// the luminance of an sRGB colour, one of its channels nearly black
fn f0() -> real {
    let c = colour() * vec3<real>(1.0, 0.04, 0.9);
    return dot(srgb_to_linear(c), LUMA * vec3<real>(1.0, 2.0, 1.0));
}

// linear light back to sRGB
fn f1() -> real {
    let c = linear_to_srgb(colour() * vec3<real>(0.7, 0.003, 0.5));
    return c.x + 2.0 * c.y + 0.5 * c.z;
}

// hue, saturation and value
fn f2() -> real {
    let hsv = rgb_to_hsv(colour());
    return hsv.x + 0.5 * hsv.y + 0.3 * hsv.z;
}

// from hue, saturation and value
fn f3() -> real {
    let hsv = vec3<real>(0.47 + 0.13 * x(0), 0.6 + 0.2 * x(1), 0.5 + 0.2 * x(2));
    let c = hsv_to_rgb(hsv);
    return 1.0 + dot(c, vec3<real>(1.0, 0.5, -0.3));
}

// luma and the length of the chroma of video
fn f4() -> real {
    let ycbcr = mat3x3<real>(
        0.299, -0.168736, 0.5,
        0.587, -0.331264, -0.418688,
        0.114, 0.5, -0.081312,
    ) * colour();
    return ycbcr.x + length(ycbcr.yz);
}

// how far two colours are apart in Lab
fn f5() -> real {
    let a = rgb_to_lab(colour());
    let b = rgb_to_lab(vec3<real>(0.9, 0.02, 0.1));
    return distance(a, b);
}

// lightness, chroma and hue of Oklab
fn f6() -> real {
    let lab = rgb_to_oklab(srgb_to_linear(colour()));
    let chroma = length(lab.gb);
    return lab.r + chroma * (1.0 + 0.2 * cos(atan2(lab.b, lab.g) - 0.7));
}

// a palette of cosines
fn f7() -> real {
    let t = 0.3 * x(0) + 0.2 * x(1);
    let c = palette(t, vec3<real>(0.5), vec3<real>(0.5, 0.4, 0.3), vec3<real>(1.0, 0.7, 0.4), vec3<real>(0.0, 0.15, 0.2));
    return 0.2 + dot(c * c, sigmoid(vec3<real>(x(2), 0.3, -x(2))));
}

// exposure, contrast, saturation, a turn of the hue, gamma
fn f8() -> real {
    var c = colour() * exp2(0.3);
    c = (c - 0.5) * 1.1 + 0.55;
    c = mix(vec3<real>(dot(c, LUMA)), c, 1.3);
    let axis = normalize(vec3<real>(1.0));
    let angle = 0.4;
    c = c * cos(angle) + cross(axis, c) * sin(angle) + axis * dot(axis, c) * (1.0 - cos(angle));
    let graded = pow(max(c, vec3<real>(0.001)), vec3<real>(0.9, 1.0, 1.2) / 2.2);
    return graded.x + graded.y * graded.z;
}

// layers: soft light, screen and overlay
fn f9() -> real {
    let top = colour();
    let base = vec3<real>(0.2, 0.6, 0.45) * top.bgr + 0.05;
    var sum = 0.0;
    for (var i = 0u; i < 3u; i++) {
        sum += soft_light(base[i], top[i]);
    }
    let screen = 1.0 - (1.0 - base) * (1.0 - top);
    let overlay = select(2.0 * base * top, 1.0 - 2.0 * (1.0 - base) * (1.0 - top), base > vec3<real>(0.5));
    return sum + 0.5 * screen.g + dot(overlay, LUMA);
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
