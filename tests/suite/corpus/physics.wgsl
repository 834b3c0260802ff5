// Particles, potentials, orbits and integrators.

const PI = 3.14159265358979323846;
const LINKS = 6u;

struct Body {
    position: vec2<real>,
    velocity: vec2<real>,
    mass: real,
}

struct Chain {
    u: array<real, 6>,
    v: array<real, 6>,
}

fn poly6(r2: real, h: real) -> real {
    let h2 = h * h;
    if r2 >= h2 {
        return 0.0;
    }
    let d = h2 - r2;
    return 315.0 / (64.0 * PI * pow(h, 9.0)) * d * d * d;
}

fn spiky_gradient(r: vec3<real>, h: real) -> vec3<real> {
    let d = length(r);
    if d <= 0.0 || d >= h {
        return vec3<real>(0.0);
    }
    return -45.0 / (PI * pow(h, 6.0)) * (h - d) * (h - d) * (r / d);
}

fn cubic_spline(r: real, h: real) -> real {
    let q = r / h;
    var w: real = 0.0;
    if q < 1.0 {
        w = 1.0 - 1.5 * q * q + 0.75 * q * q * q;
    } else if q < 2.0 {
        w = 0.25 * (2.0 - q) * (2.0 - q) * (2.0 - q);
    }
    return w / (PI * h * h * h);
}

fn particle(i: u32) -> vec3<real> {
    switch i {
        case 0u: { return vec3<real>(0.1, 0.2, -0.3); }
        case 1u: { return vec3<real>(-0.8, 0.5, 0.9); }
        case 2u: { return vec3<real>(1.2, -0.4, 0.3); }
        default: { return vec3<real>(0.4, 1.1, 0.6); }
    }
}

fn pendulum(s: vec2<real>, stiffness: real) -> vec2<real> {
    return vec2<real>(s.y, -stiffness * sin(s.x) - 0.1 * s.y);
}

fn rk4(s: vec2<real>, dt: real, stiffness: real) -> vec2<real> {
    let k1 = pendulum(s, stiffness);
    let k2 = pendulum(s + 0.5 * dt * k1, stiffness);
    let k3 = pendulum(s + 0.5 * dt * k2, stiffness);
    let k4 = pendulum(s + dt * k3, stiffness);
    return s + dt / 6.0 * (k1 + 2.0 * (k2 + k3) + k4);
}

fn kick(bodies: ptr<function, array<Body, 2>>, dt: real) {
    for (var i = 0; i < 2; i++) {
        var pull = vec2<real>();
        for (var j = 0; j < 2; j++) {
            if i == j { continue; }
            let r = (*bodies)[j].position - (*bodies)[i].position;
            let d = length(r);
            pull += (*bodies)[j].mass * r / (d * d * d);
        }
        (*bodies)[i].velocity += dt * pull;
    }
}

fn drift(bodies: ptr<function, array<Body, 2>>, dt: real) {
    for (var i = 0; i < 2; i++) {
        (*bodies)[i].position += dt * (*bodies)[i].velocity;
    }
}

fn spring(stretch: real) -> real {
    return stretch + 0.3 * stretch * stretch * stretch;
}

fn push(chain: ptr<function, Chain>, dt: real) {
    for (var i = 1u; i < LINKS - 1u; i++) {
        let u = (*chain).u;
        (*chain).v[i] += dt * (spring(u[i + 1u] - u[i]) - spring(u[i] - u[i - 1u]));
    }
}

fn planck(frequency: real, temperature: real) -> real {
    return pow(frequency, 3.0) / (exp(frequency / temperature) - 1.0);
}

// density and pressure of a fluid of particles, with two kernels
fn f0() -> real {
    let p = vec3<real>(x(0), x(1), x(2));
    let h = 2.9;
    var density = 0.0;
    var force = vec3<real>(0.0);
    for (var i = 0u; i < 4u; i++) {
        let r = p - particle(i);
        density += poly6(dot(r, r), h);
        force += spiky_gradient(r, h);
    }
    return 10.0 * density + length(force);
}

// a cubic spline kernel over the same particles
fn f1() -> real {
    let p = vec3<real>(x(0), x(1), x(2));
    var sum = 0.0;
    for (var i = 0u; i < 4u; i = i + 1u) {
        sum = sum + real(i + 1u) * cubic_spline(distance(p, particle(i)), 1.7);
    }
    return 5.0 * sum;
}

// Lennard-Jones: an atom above three
fn f2() -> real {
    let p = vec3<real>(x(0), x(1), x(2) + 2.0);
    let atoms = array<vec3<real>, 3>(vec3<real>(-0.5, 0.3, 0.2), vec3<real>(0.9, -0.2, 0.1), vec3<real>(0.2, 1.4, -0.3));
    var energy = 0.0;
    for (var i = 0; i < 3; i++) {
        let r = p - atoms[i];
        let s = 1.44 / dot(r, r);
        let s3 = s * s * s;
        energy += 4.0 * 0.8 * (s3 * s3 - s3);
    }
    return energy + 3.0;
}

// Morse, and a screened charge
fn f3() -> real {
    let r = length(vec3<real>(x(0), x(1), x(2)) - vec3<real>(0.2, 0.1, -0.9)) + 0.5;
    let well = 1.0 - exp(-1.2 * (r - 1.1));
    return 2.0 * well * well + exp(-0.4 * r) / r;
}

// Kepler's equation by Newton, then the distance and the anomaly
fn f4() -> real {
    let e = 0.35 + 0.05 * x(0);
    let mean = 1.0 + 0.5 * x(1) + 0.2 * x(2);
    var anomaly = mean + e * sin(mean);
    for (var i = 0; i < 6; i++) {
        anomaly -= (anomaly - e * sin(anomaly) - mean) / (1.0 - e * cos(anomaly));
    }
    let truth = 2.0 * atan(sqrt((1.0 + e) / (1.0 - e)) * tan(0.5 * anomaly));
    return (1.0 - e * cos(anomaly)) + truth;
}

// a damped pendulum by Runge and Kutta
fn f5() -> real {
    var state = vec2<real>(x(0), x(1));
    let stiffness = 1.5 + 0.4 * x(2);
    var t = 0;
    while t < 12 {
        state = rk4(state, 0.1, stiffness);
        t++;
    }
    return 3.0 + state.x + 0.5 * state.y;
}

// two bodies by leapfrog
fn f6() -> real {
    var bodies: array<Body, 2>;
    bodies[0] = Body(vec2<real>(-0.4, 0.1), vec2<real>(0.1, -0.2 + 0.05 * x(1)), 1.0);
    bodies[1] = Body(vec2<real>(1.4 + 0.2 * x(0), 0.3 * x(2)), vec2<real>(-0.1, 0.8), 0.3);
    let dt = 0.08;
    for (var n = 0; n < 20; n++) {
        kick(&bodies, 0.5 * dt);
        drift(&bodies, dt);
        kick(&bodies, 0.5 * dt);
    }
    let r = bodies[1].position - bodies[0].position;
    return length(r) + length(bodies[0].velocity) + 0.1 * (r.x + bodies[1].position.y);
}

// a chain of stiffening springs by velocity Verlet
fn f7() -> real {
    var chain: Chain;
    chain.u = array<real, 6>(0.0, 0.5 * x(0), 0.4 * x(1), 0.3 * x(2), 0.2, 0.0);
    let dt = 0.15;
    for (var n = 0; n < 14; n++) {
        push(&chain, 0.5 * dt);
        for (var i = 1u; i < LINKS - 1u; i++) {
            chain.u[i] += dt * chain.v[i];
        }
        push(&chain, 0.5 * dt);
    }
    var sum = 2.0;
    for (var i = 1u; i < LINKS - 1u; i++) {
        sum += real(i) * chain.u[i];
    }
    return sum;
}

// a van der Waals gas, and the colours of a black body
fn f8() -> real {
    let t = 1.2 + 0.1 * x(0);
    let v = 1.6 + 0.3 * x(1);
    let pressure = 8.0 * t / (3.0 * v - 1.0) - 3.0 / (v * v);
    return pressure + planck(2.0 + 0.2 * x(2), t) / planck(1.0, t);
}

// a projectile with drag and wind, by Euler
fn f9() -> real {
    var position = vec2<real>(0.0, 1.0);
    var velocity = vec2<real>(9.0 + 2.0 * x(0), 11.0 + x(1));
    let drag = 0.03 + 0.005 * x(2);
    const DT = 0.05;
    const GRAVITY = vec2<real>(0.0, -9.81);
    for (var i = 0; i < 24; i++) {
        let airspeed = velocity - vec2<real>(1.5, 0.0);
        velocity += DT * (GRAVITY - drag * length(airspeed) * airspeed);
        position += DT * velocity;
    }
    return position.x + 2.0 * position.y;
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
