// Functions of vectors and matrices that are made of products and sums; src/program/compile/geometry.rs has the same. In the place
// of WGSL's own, of which devices have none in f64 that can be relied on. Of VECTOR there is one for each size.

fn pm_reflect_VECTOR(e: vecN, n: vecN) -> vecN { return e - (2.0 * dot(n, e)) * n; }

fn pm_faceForward_VECTOR(e: vecN, i: vecN, n: vecN) -> vecN { return select(-e, e, dot(n, i) < 0.0); }

fn pm_refract_VECTOR(e: vecN, n: vecN, eta: real) -> vecN {
    let along = dot(n, e);
    let k = 1.0 - eta * eta * (1.0 - along * along);
    let bent = eta * e - (eta * along + sqrt(select(k, 0.0, k < 0.0))) * n;
    return select(bent, vecN(), k < 0.0);
}
