//! Particles, potentials, orbits and integrators: two-step forms, relative coordinates and fixed points.

const PI: f64 = std::f64::consts::PI;

const PARTICLES: [[f64; 3]; 4] = [[0.1, 0.2, -0.3], [-0.8, 0.5, 0.9], [1.2, -0.4, 0.3], [0.4, 1.1, 0.6]];

fn norm(v: [f64; 3]) -> f64 {
    (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]).sqrt()
}

fn minus(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

fn fluid(x: [f64; 3]) -> f64 {
    let h: f64 = 2.9;
    let (mut density, mut force) = (0.0, [0.0; 3]);
    for particle in PARTICLES {
        let r = minus(x, particle);
        let q = norm(r) / h;
        if q < 1.0 {
            density += 315.0 / (64.0 * PI * h.powi(3)) * (1.0 - q * q).powi(3);
            let pull = 45.0 / (PI * h.powi(4)) * (1.0 - q).powi(2) / (q * h);
            force = std::array::from_fn(|i| force[i] + pull * r[i]);
        }
    }
    10.0 * density + norm(force)
}

fn spline(x: [f64; 3]) -> f64 {
    let h: f64 = 1.7;
    let mut sum = 0.0;
    for (n, particle) in PARTICLES.into_iter().enumerate() {
        let q = norm(minus(x, particle)) / h;
        // the spline as a difference of two cubes, each cut off at zero
        let w = 0.25 * (2.0 - q).max(0.0).powi(3) - (1.0 - q).max(0.0).powi(3);
        sum += (n + 1) as f64 * w;
    }
    5.0 * sum / (PI * h.powi(3))
}

fn lennard_jones(x: [f64; 3]) -> f64 {
    let mut energy = 3.0;
    for atom in [[-0.5, 0.3, 0.2], [0.9, -0.2, 0.1], [0.2, 1.4, -0.3]] {
        let r = norm(minus([x[0], x[1], x[2] + 2.0], atom)) / 1.2;
        energy += 3.2 * (r.powi(-12) - r.powi(-6));
    }
    energy
}

fn morse(x: [f64; 3]) -> f64 {
    let r = norm(minus(x, [0.2, 0.1, -0.9])) + 0.5;
    let e = (-1.2 * (r - 1.1)).exp();
    2.0 - 4.0 * e + 2.0 * e * e + 1.0 / (r * (0.4 * r).exp())
}

fn kepler(x: [f64; 3]) -> f64 {
    let (e, mean) = (0.35 + 0.05 * x[0], 1.0 + 0.5 * x[1] + 0.2 * x[2]);
    let mut anomaly = mean;
    for _ in 0..100 {
        anomaly = mean + e * anomaly.sin();
    }
    let (sin, cos) = anomaly.sin_cos();
    1.0 - e * cos + ((1.0 - e * e).sqrt() * sin).atan2(cos - e)
}

fn pendulum(x: [f64; 3]) -> f64 {
    let (mut a, mut b, dt) = (x[0], x[1], 0.1);
    let pull = |a: f64, b: f64| -(1.5 + 0.4 * x[2]) * a.sin() - 0.1 * b;
    for _ in 0..12 {
        let (mut da, mut db) = (0.0, 0.0);
        let (mut va, mut vb) = (b, pull(a, b));
        for (weight, ahead) in [(1.0, 0.5), (2.0, 0.5), (2.0, 1.0), (1.0, 0.0)] {
            da += weight * va;
            db += weight * vb;
            let (pa, pb) = (a + ahead * dt * va, b + ahead * dt * vb);
            (va, vb) = (pb, pull(pa, pb));
        }
        a += dt * da / 6.0;
        b += dt * db / 6.0;
    }
    3.0 + a + 0.5 * b
}

fn two_bodies(x: [f64; 3]) -> f64 {
    // the centre of mass moves evenly, and the difference like one body around the sum of the masses
    let (first, second) = ([-0.4, 0.1], [1.4 + 0.2 * x[0], 0.3 * x[2]]);
    let (slow, fast) = ([0.1, -0.2 + 0.05 * x[1]], [-0.1, 0.8]);
    let (dt, steps) = (0.08, 20);
    let mut r = [second[0] - first[0], second[1] - first[1]];
    let mut v = [fast[0] - slow[0], fast[1] - slow[1]];
    let pull = |r: [f64; 2]| -1.3 / (r[0] * r[0] + r[1] * r[1]).powf(1.5);
    for _ in 0..steps {
        let before = pull(r);
        let next: [f64; 2] = std::array::from_fn(|i| r[i] + dt * v[i] + 0.5 * dt * dt * before * r[i]);
        let after = pull(next);
        v = std::array::from_fn(|i| v[i] + 0.5 * dt * (before * r[i] + after * next[i]));
        r = next;
    }
    let drift = |i: usize| (slow[i] + 0.3 * fast[i]) / 1.3;
    let height = (first[1] + 0.3 * second[1]) / 1.3 + dt * steps as f64 * drift(1) + r[1] / 1.3;
    let speed = (drift(0) - 0.3 / 1.3 * v[0]).hypot(drift(1) - 0.3 / 1.3 * v[1]);
    r[0].hypot(r[1]) + speed + 0.1 * (r[0] + height)
}

fn chain(x: [f64; 3]) -> f64 {
    let dt2 = 0.15 * 0.15;
    let force = |u: [f64; 6], i: usize| {
        let (right, left) = (u[i + 1] - u[i], u[i] - u[i - 1]);
        (right - left) * (1.0 + 0.3 * (right * right + right * left + left * left))
    };
    let mut now = [0.0, 0.5 * x[0], 0.4 * x[1], 0.3 * x[2], 0.2, 0.0];
    // from rest, the position before the first equals the one after it
    let mut before = now;
    for i in 1..5 {
        before[i] += 0.5 * dt2 * force(now, i);
    }
    for _ in 0..14 {
        let mut next = now;
        for i in 1..5 {
            next[i] = 2.0 * now[i] - before[i] + dt2 * force(now, i);
        }
        (before, now) = (now, next);
    }
    2.0 + now[1] + 2.0 * now[2] + 3.0 * now[3] + 4.0 * now[4]
}

fn projectile(x: [f64; 3]) -> f64 {
    // seen from the wind
    let (mut u, mut w) = (7.5 + 2.0 * x[0], 11.0 + x[1]);
    let (drag, dt) = (0.03 + 0.005 * x[2], 0.05);
    let mut sum = 2.0 + 24.0 * dt * 1.5;
    for _ in 0..24 {
        let keep = 1.0 - dt * drag * (u * u + w * w).sqrt();
        (u, w) = (keep * u, keep * w - dt * 9.81);
        sum += dt * (u + 2.0 * w);
    }
    sum
}

pub const FUNCTIONS: &[super::Function] = &[
    ("fluid of particles", fluid),
    ("cubic spline kernel", spline),
    ("Lennard-Jones", lennard_jones),
    ("Morse and a charge", morse),
    ("Kepler", kepler),
    ("pendulum", pendulum),
    ("two bodies", two_bodies),
    ("chain of springs", chain),
    ("gas and black body", |x| {
        let (t, v, f) = (1.2 + 0.1 * x[0], 1.6 + 0.3 * x[1], 2.0 + 0.2 * x[2]);
        let ratio = f.powi(3) * (1.0 / t).exp_m1() / (f / t).exp_m1();
        8.0 * t / (3.0 * v - 1.0) - 3.0 / (v * v) + ratio
    }),
    ("projectile", projectile),
];
