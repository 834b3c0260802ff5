// f64: quotients and roots of 1,024 arguments, which error bars count on. Put behind common.wgsl.

fn double(i: u32) -> f64 {
    // A sum of two parts is exact.
    return f64(input(2u * i)) + f64(input(2u * i + 1u));
}

// A double as three floats, high to low, each exact.
fn answer(at: u32, v: f64) {
    let high = f32(v);
    let middle = f32(v - f64(high));
    answers[at] = bitcast<u32>(high);
    answers[at + 1u] = bitcast<u32>(middle);
    answers[at + 2u] = bitcast<u32>(f32((v - f64(high)) - f64(middle)));
}

@compute @workgroup_size(64)
fn double_functions(@builtin(global_invocation_id) id: vec3<u32>) {
    let n = double(2u * id.x);
    let d = double(2u * id.x + 1u);
    answer(6u * id.x, n / d);
    answer(6u * id.x + 3u, sqrt(d));
}
