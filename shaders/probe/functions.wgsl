// The functions that error bars count on, of 4,096 arguments: WGSL's own quotient and root, and some of the prelude's.
// Put behind common.wgsl and the prelude of f32.

const FUNCTIONS = 7u;

@compute @workgroup_size(64)
fn functions(@builtin(global_invocation_id) id: vec3<u32>) {
    let n = input(2u * id.x);
    let d = input(2u * id.x + 1u);
    let to = FUNCTIONS * id.x;
    answers[to] = bitcast<u32>(n / d);
    answers[to + 1u] = bitcast<u32>(sqrt(d));
    answers[to + 2u] = bitcast<u32>(pm_over(n, d));
    answers[to + 3u] = bitcast<u32>(pm_root(d));
    answers[to + 4u] = bitcast<u32>(pm_exp(n));
    answers[to + 5u] = bitcast<u32>(pm_log(d));
    answers[to + 6u] = bitcast<u32>(pm_sin(n));
}
