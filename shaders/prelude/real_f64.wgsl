// The working precision of this module.
alias real = f64;

// A text's own numbers and constants in f64 go through these, so that nothing that prepares it for a device calculates with them,
// which it may do in f32 only (src/program/dialect).
fn pm_real(a: real) -> real { return a; }
fn pm_vec2(a: vec2<real>) -> vec2<real> { return a; }
fn pm_vec3(a: vec3<real>) -> vec3<real> { return a; }
fn pm_vec4(a: vec4<real>) -> vec4<real> { return a; }
