// What every check of the probe has: a zero that no compiler knows, words to read, words to answer (src/backend/gpu/probe/).

@group(0) @binding(0) var<uniform> pm_settings: vec4<u32>;
@group(0) @binding(1) var<storage, read> inputs: array<u32>;
@group(0) @binding(2) var<storage, read_write> answers: array<u32>;

fn pm_zero() -> u32 { return pm_settings.x; }

fn input(i: u32) -> f32 { return bitcast<f32>(inputs[i]); }
