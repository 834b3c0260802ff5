// The first and the last word of the largest binding; and words that tell one call from the next. Put behind common.wgsl.

@compute @workgroup_size(1)
fn ends() {
    answers[arrayLength(&answers) - 1u] = inputs[0] + 1u;
    answers[0] = inputs[0];
}

@compute @workgroup_size(64)
fn pattern(@builtin(global_invocation_id) id: vec3<u32>) { answers[id.x] = (inputs[0] + id.x) * 2654435769u; }
