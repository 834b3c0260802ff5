// Waves, light and heat.

const PI: real = 3.14159265358979323846;

// The intensity of a round aperture around its axis.
fn airy(v: real) -> real {
    let amplitude = 2.0 * j1(v) / v;
    return amplitude * amplitude;
}

fn airy_pattern() -> real {
    let first = 1.2 + 0.5 * x(0) * x(0);
    let second = 0.9 + 0.3 * sin(x(1));
    return airy(first) + 0.5 * airy(second + 0.2 * x(2)) + 0.1;
}

// Two modes of a round drum.
const MODES = array<real, 2>(2.404825557695773, 5.520078110286311);

fn drum() -> real {
    let r = 0.25 + 0.2 * sigmoid(x(0));
    let time = 0.3 * x(2);
    var height = 1.0;
    var amplitude = 1.0;
    for (var m = 0; m < 2; m++) {
        let k = MODES[m];
        height += amplitude * j0(k * r) * cos(k * time + 0.1 * x(1));
        amplitude = 0.4 * x(1);
    }
    return height;
}

// The temperature in a half space after a change at its surface, without and with a film.
fn conduction() -> real {
    let depth = 0.5 + softplus(x(0));
    let diffusion = 0.8 * exp(0.4 * x(1));
    let film = 0.7 + 0.2 * tanh(x(2));
    let root = sqrt(diffusion);
    let z = depth / (2.0 * root);
    let fixed = 20.0 * erf(z) + 5.0;
    let convected = erfc(z) - exp(-z * z) * erfcx(z + film * root);
    return fixed + 10.0 * convected;
}

struct Slit {
    width: real,
    distance: real,
}

fn slits(s: Slit, angle: real) -> real {
    let u = sin(angle);
    let envelope = sinc(s.width * u);
    let fringes = cos(PI * s.distance * u);
    return envelope * envelope * (0.6 + 0.4 * fringes * fringes);
}

fn diffraction() -> real {
    let s = Slit(1.4 + 0.2 * x(1), 2.2 + 0.3 * x(2));
    return slits(s, 0.3 * x(0)) + 0.5 * slits(s, 0.35);
}

// A field between two cylinders in a screening medium.
fn screened() -> real {
    let k = 0.8 + 0.3 * sigmoid(x(2));
    let a = 0.6 + 0.1 * sin(x(0));
    let r = a + 0.5 + 0.2 * tanh(x(1));
    let outward = k0(k * r) / k0(k * a);
    let inward = i0(k * r) / i0(k * a);
    let field = k * k1(k * r) / k0(k * a) + k * i1(k * r) / i0(k * a);
    return outward + inward + 0.5 * field;
}

// The response of a Kaiser window of eleven weights at one frequency.
fn kaiser() -> real {
    let beta = 2.0 + 1.5 * sigmoid(x(0));
    let frequency = 0.05 + 0.02 * x(1);
    var sum = 0.0;
    for (var n = -5; n <= 5; n++) {
        let u = real(n) / (5.5 + 0.3 * x(2));
        let w = i0(beta * sqrt(1.0 - u * u)) / i0(beta);
        sum += w * cos(2.0 * PI * frequency * real(n));
    }
    return sum;
}

// Fields of a coaxial guide, which vanish on the inner conductor.
fn coaxial() -> real {
    let k = 1.1 + 0.2 * tanh(x(0));
    let a = 0.9 + 0.2 * sigmoid(x(1));
    let r = 2.1 + 0.3 * sin(x(2));
    let electric = j0(k * r) * y0(k * a) - j0(k * a) * y0(k * r);
    let magnetic = j1(k * r) * y0(k * a) - j0(k * a) * y1(k * r);
    return 2.0 - 1.5 * electric + k * magnetic;
}

// The refractive index of a glass, at a wavelength in micrometres.
fn sellmeier(wavelength: real) -> real {
    let b = vec3<real>(1.03961212, 0.231792344, 1.01046945);
    let c = vec3<real>(0.00600069867, 0.0200179144, 103.560653);
    let square = wavelength * wavelength;
    return sqrt(1.0 + dot(b, square / (square - c)));
}

fn fabry_perot() -> real {
    let wavelength = 0.6 + 0.02 * x(0);
    let n = sellmeier(wavelength);
    let reflectivity = 0.3 + 0.2 * sigmoid(x(1));
    let thickness = 1.1 + 0.04 * x(2);
    let phase = 2.0 * PI * n * thickness / wavelength;
    let finesse = 4.0 * reflectivity / ((1.0 - reflectivity) * (1.0 - reflectivity));
    let s = sin(phase);
    return 1.0 / (1.0 + finesse * s * s);
}

fn fresnel(n1: real, n2: real, angle: real) -> vec2<real> {
    let ci = cos(angle);
    let st = n1 / n2 * sin(angle);
    let ct = sqrt(1.0 - st * st);
    let s = (n1 * ci - n2 * ct) / (n1 * ci + n2 * ct);
    let p = (n1 * ct - n2 * ci) / (n1 * ct + n2 * ci);
    return vec2<real>(s * s, p * p);
}

// Reflection at glass, by the formulas and by vectors.
fn reflection() -> real {
    let n = sellmeier(0.55 + 0.05 * tanh(x(0)));
    let angle = 0.4 + 0.4 * sigmoid(x(1));
    let both = fresnel(1.0, n, angle);
    let ray = vec3<real>(sin(angle), 0.0, -cos(angle));
    let normal = normalize(vec3<real>(0.1 * x(2), 0.05, 1.0));
    let mirrored = reflect(ray, normal);
    let bent = refract(ray, normal, 1.0 / n);
    return 10.0 * dot(both, vec2<real>(0.5)) + mirrored.z + 0.5 * bent.x + 0.1 * x(2);
}

fn complex_divide(a: vec2<real>, b: vec2<real>) -> vec2<real> {
    return vec2<real>(dot(a, b), a.y * b.x - a.x * b.y) / dot(b, b);
}

// A Gaussian beam after free space, a thin lens and free space again, with the light of a hot body.
fn beam() -> real {
    let wavelength = 0.8;
    let waist = 1.0 + 0.2 * x(0);
    let rayleigh = PI * waist * waist / wavelength;
    let focal = 3.0 + 0.5 * sin(x(1));
    let before = mat2x2<real>(1.0, 0.0, 1.5, 1.0);
    let lens = mat2x2<real>(1.0, -1.0 / focal, 0.0, 1.0);
    let after = mat2x2<real>(1.0, 0.0, 2.0 + 0.3 * x(2), 1.0);
    let m = after * lens * before;
    let q = vec2<real>(0.0, rayleigh);
    let top = m[0][0] * q + vec2<real>(m[1][0], 0.0);
    let bottom = m[0][1] * q + vec2<real>(m[1][1], 0.0);
    let inverse = complex_divide(bottom, top);
    let width = sqrt(-wavelength / (PI * inverse.y));
    let u = 2.5 + 0.5 * x(1);
    let planck = u * u * u / expm1(u);
    return 2.0 * width + planck;
}

fn residual(k: u32) -> real {
    switch k {
        case 0u: { return airy_pattern(); }
        case 1u: { return drum(); }
        case 2u: { return conduction(); }
        case 3u: { return diffraction(); }
        case 4u: { return screened(); }
        case 5u: { return kaiser(); }
        case 6u: { return coaxial(); }
        case 7u: { return fabry_perot(); }
        case 8u: { return reflection(); }
        default: { return beam(); }
    }
}
