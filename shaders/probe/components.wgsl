// Stores into components of vectors and columns of matrices that are chosen at run time: some compilers refuse them. Nothing of
// the engine's own does that, but texts of users may. Put behind common.wgsl.

@compute @workgroup_size(64)
fn components(@builtin(global_invocation_id) id: vec3<u32>) {
    var v = vec4<f32>();
    var m = mat2x2<f32>();
    for (var k = 0u; k < inputs[0]; k++) {
        v[(k + id.x) % 4u] += f32(k + 1u);
        m[k % 2u][(k + id.x) % 2u] += f32(id.x + k);
    }
    answers[2u * id.x] = bitcast<u32>(v.x + 10.0 * v.y + 100.0 * v.z + 1000.0 * v.w);
    answers[2u * id.x + 1u] = bitcast<u32>(m[0].x + 100.0 * m[0].y + 10000.0 * m[1].x + 1000000.0 * m[1].y);
}
