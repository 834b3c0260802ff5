// What takes time: a chain of dependent launches, and multiplications with additions. Put behind common.wgsl; REAL is the type.

@compute @workgroup_size(1)
fn next() { answers[0] = answers[0] * 3u + 1u; }

@compute @workgroup_size(64)
fn multiply_add(@builtin(global_invocation_id) id: vec3<u32>) {
    let a = REAL(input(0u));
    let b = REAL(input(1u));
    // Four chains, since one would wait for itself.
    var u = REAL(id.x & 255u);
    var v = u + REAL(1.0);
    var w = u + REAL(2.0);
    var z = u + REAL(3.0);
    for (var i = 0u; i < inputs[2]; i++) {
        u = u * a + b;
        v = v * a + b;
        w = w * a + b;
        z = z * a + b;
    }
    answers[id.x] = bitcast<u32>(f32(u + v + w + z));
}
