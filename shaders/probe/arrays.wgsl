// Private arrays at indices of run time, in loops whose bounds are of run time, too: what objectives do, and some compilers
// unroll wrongly. Each invocation sorts eight numbers and answers them. Put behind common.wgsl.

@compute @workgroup_size(64)
fn arrays(@builtin(global_invocation_id) id: vec3<u32>) {
    var numbers: array<u32, 8>;
    let count = inputs[0];
    var state = id.x + inputs[1];
    for (var i = 0u; i < count; i++) {
        state = state * 1664525u + 1013904223u;
        numbers[i] = state >> 16u;
    }
    for (var i = 1u; i < count; i++) {
        let one = numbers[i];
        var at = i;
        while (at > 0u && numbers[max(at, 1u) - 1u] > one) {
            numbers[at] = numbers[at - 1u];
            at -= 1u;
        }
        numbers[at] = one;
    }
    for (var i = 0u; i < count; i++) { answers[8u * id.x + i] = numbers[i]; }
}
