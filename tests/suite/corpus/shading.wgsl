// How surfaces answer to light: diffuse and specular models, Fresnel terms, tone mapping and falloff.

const PI: real = 3.141592653589793;
const EPSILON = 0.0001;

alias Vec = vec3<real>;

struct Surface {
    n: Vec,
    v: Vec,
    l: Vec,
    h: Vec,
    n_dot_l: real,
    n_dot_v: real,
    n_dot_h: real,
    v_dot_h: real,
}

struct Material {
    albedo: Vec,
    roughness: real,
    metallic: real,
}

fn surface() -> Surface {
    var s: Surface;
    s.n = normalize(vec3<real>(0.2 * x(2), 0.1 * x(0), 1.0));
    s.v = normalize(vec3<real>(x(0), x(1), 2.5));
    s.l = normalize(vec3<real>(0.6 - x(1), 0.8, 1.5 + 0.3 * x(2)));
    s.h = normalize(s.v + s.l);
    s.n_dot_l = max(dot(s.n, s.l), 0.0);
    s.n_dot_v = max(dot(s.n, s.v), EPSILON);
    s.n_dot_h = saturate(dot(s.n, s.h));
    s.v_dot_h = saturate(dot(s.v, s.h));
    return s;
}

fn square(a: real) -> real {
    return a * a;
}

fn luma(c: Vec) -> real {
    return dot(c, vec3<real>(0.2126, 0.7152, 0.0722));
}

fn fresnel_schlick(cosine: real, f0: Vec) -> Vec {
    return f0 + (1.0 - f0) * pow(1.0 - cosine, 5.0);
}

fn distribution_ggx(n_dot_h: real, alpha: real) -> real {
    let a2 = alpha * alpha;
    let d = n_dot_h * n_dot_h * (a2 - 1.0) + 1.0;
    return a2 / (PI * d * d);
}

fn smith_g1(c: real, alpha: real) -> real {
    return 2.0 * c / (c + sqrt(alpha * alpha + (1.0 - alpha * alpha) * c * c));
}

fn cook_torrance(s: Surface, m: Material) -> Vec {
    let alpha = square(m.roughness);
    let f = fresnel_schlick(s.v_dot_h, mix(vec3<real>(0.04), m.albedo, m.metallic));
    let d = distribution_ggx(s.n_dot_h, alpha);
    let g = smith_g1(s.n_dot_v, alpha) * smith_g1(s.n_dot_l, alpha);
    let specular = d * g * f / (4.0 * s.n_dot_v * s.n_dot_l);
    let diffuse = (Vec(1.0) - f) * (1.0 - m.metallic) * m.albedo / PI;
    return (diffuse + specular) * s.n_dot_l;
}

fn dielectric(cosine: real, eta: real) -> real {
    let g = sqrt(eta * eta - 1.0 + cosine * cosine);
    let a = (g - cosine) / (g + cosine);
    let b = (cosine * (g + cosine) - 1.0) / (cosine * (g - cosine) + 1.0);
    return 0.5 * a * a * (1.0 + b * b);
}

fn beckmann(n_dot_h: real, m: real) -> real {
    let c2 = n_dot_h * n_dot_h;
    let tan2 = (1.0 - c2) / c2;
    return exp(-tan2 / (m * m)) / (PI * m * m * c2 * c2);
}

fn filmic(c: Vec) -> Vec {
    let numerator = c * (2.4 * c + 0.05);
    let denominator = c * (2.2 * c + 0.6) + 0.2;
    return clamp(numerator / denominator, Vec(0.0), Vec(1.0));
}

// Lambert, a hemisphere of sky, and a lamp that falls off with the square
fn f0(s: Surface) -> real {
    let offset = vec3<real>(1.2, 0.4, 3.0) - vec3<real>(x(0), x(1), 0.0);
    let intensity = 10.0 / (1.0 + dot(offset, offset));
    let sky = mix(vec3<real>(0.3, 0.25, 0.2), vec3<real>(0.5, 0.7, 1.0), 0.5 * s.n.y + 0.5);
    let lamp = vec3<real>(1.0, 0.9, 0.7) * intensity * max(dot(s.n, normalize(offset)), 0.0) / PI;
    return luma(sky + lamp);
}

// Phong
fn f1(s: Surface) -> real {
    let r = reflect(-s.l, s.n);
    return 0.1 + 0.6 * s.n_dot_l + 0.8 * pow(max(dot(r, s.v), 0.0), 12.0);
}

// Blinn, with its norm
fn f2(s: Surface) -> real {
    let shininess = exp2(4.0 + 0.5 * x(2));
    return (shininess + 8.0) / (8.0 * PI) * pow(s.n_dot_h, shininess) * s.n_dot_l;
}

// microfacets: GGX, Smith and Schlick
fn f3(s: Surface) -> real {
    let m = Material(vec3<real>(0.9, 0.5, 0.2), 0.55 + 0.1 * x(0), 0.3);
    return luma(cook_torrance(s, m));
}

// Fresnel of glass, by Schlick and in full
fn f4(s: Surface) -> real {
    let eta = 1.5 + 0.1 * x(2);
    let f0 = square((eta - 1.0) / (eta + 1.0));
    return 10.0 * dielectric(s.n_dot_v, eta) + fresnel_schlick(s.n_dot_v, Vec(f0)).y;
}

// Oren and Nayar
fn f5(s: Surface) -> real {
    let sigma2 = square(0.5 + 0.1 * x(0));
    let a = 1.0 - 0.5 * sigma2 / (sigma2 + 0.33);
    let b = 0.45 * sigma2 / (sigma2 + 0.09);
    let azimuth = dot(s.l, s.v) - s.n_dot_l * s.n_dot_v;
    let t = select(1.0, max(s.n_dot_l, s.n_dot_v), azimuth > 0.0);
    return s.n_dot_l * (a + b * azimuth / t);
}

// diffuse with a rough rim
fn f6(s: Surface) -> real {
    let roughness = 0.6 + 0.2 * sin(x(1));
    let fd90 = 0.5 + 2.0 * s.v_dot_h * s.v_dot_h * roughness;
    let light = mix(1.0, fd90, pow(1.0 - s.n_dot_l, 5.0));
    let view = mix(1.0, fd90, pow(1.0 - s.n_dot_v, 5.0));
    let sheen = 0.5 * pow(1.0 - s.v_dot_h, 5.0);
    return (light * view / PI + sheen) * s.n_dot_l;
}

// Beckmann's facets with the shadows of V-shaped grooves
fn f7(s: Surface) -> real {
    let k = 2.0 * s.n_dot_h / s.v_dot_h;
    let g = min(1.0, min(k * s.n_dot_v, k * s.n_dot_l));
    return g * beckmann(s.n_dot_h, 0.4 + 0.05 * x(2)) / (PI * s.n_dot_v) + 0.2 * k * s.n_dot_l;
}

// tones: Reinhard of the luminance, then a rational curve
fn f8() -> real {
    let hdr = vec3<real>(0.4 + x(0) * x(0), 0.3 + x(1) * x(1), exp(x(2)) * 0.5);
    let l = luma(hdr);
    let white = 4.0;
    let reinhard = hdr * (1.0 + l / (white * white)) / (1.0 + l);
    return dot(filmic(reinhard), vec3<real>(0.5, 0.3, 0.2)) + 0.25 * luma(reinhard);
}

// a spot lamp behind glass, in fog
fn f9(s: Surface) -> real {
    let to_lamp = vec3<real>(0.5, 0.2, 4.0) - vec3<real>(x(0), x(1), 0.2 * x(2));
    let d = length(to_lamp);
    let window = square(saturate(1.0 - pow(d / 8.0, 4.0))) / (d * d + 0.01);
    let cone = smoothstep(0.5, 1.05, dot(to_lamp / d, normalize(vec3<real>(0.1, -0.1, 1.0))));
    let inside = refract(-s.v, s.n, 1.0 / 1.45);
    let absorbed = exp(-0.3 / -dot(inside, s.n));
    let fog = exp2(-square(0.12 * d));
    return 50.0 * window * cone * absorbed * fog;
}

fn residual(k: u32) -> real {
    let s = surface();
    switch k {
        case 0u: { return f0(s); }
        case 1u: { return f1(s); }
        case 2u: { return f2(s); }
        case 3u: { return f3(s); }
        case 4u: { return f4(s); }
        case 5u: { return f5(s); }
        case 6u: { return f6(s); }
        case 7u: { return f7(s); }
        case 8u: { return f8(); }
        default: { return f9(s); }
    }
}
