// What this adapter's arithmetic and loops really do: facts that no limit tells. src/backend/gpu/probe.rs reads the answers
// and explains them.

@group(0) @binding(0) var<storage, read> inputs: array<f32>;
@group(0) @binding(1) var<storage, read_write> answers: array<u32>;

// Twin of pm_sealed in shaders/prelude/math_f32.wgsl.
fn sealed(v: f32, zero: u32) -> f32 { return bitcast<f32>(bitcast<u32>(v) ^ zero); }

@compute @workgroup_size(1)
fn probe() {
    // inputs: 1.0, 2^-25, NaN, infinity, the number of loop turns to try, 0.0.
    let x = inputs[0];
    let h = inputs[1];
    let nan = inputs[2];
    let infinity = inputs[3];

    // Some drivers stop loops after a number of turns and go on with what they have. The state depends on every
    // turn, so that the loop cannot be folded into a formula.
    var state = 1u;
    var turns = 0u;
    for (var i = 0u; i < u32(inputs[4]); i++) {
        state = state * 1664525u + 1013904223u;
        turns += 1u + (state & 0u);
    }
    answers[0] = turns;
    answers[1] = state;
    // In f32 1 + 2^-25 == 1, so the true step is 0; a compiler that rearranges answers 2^-25.
    answers[2] = select(0u, 1u, (x + h) - x == 0.0);
    answers[3] = select(0u, 1u, nan != nan);
    answers[4] = select(0u, 1u, !(nan == nan));
    answers[5] = select(0u, 1u, (bitcast<u32>(nan) & 0x7fffffffu) > 0x7f800000u);
    let difference = infinity - infinity;
    answers[6] = select(0u, 1u, (bitcast<u32>(difference) & 0x7fffffffu) > 0x7f800000u);
    answers[7] = bitcast<u32>(max(nan, x));
    // What 1 + 2^-25 loses, by Knuth's sum, sealed as in pm_add of shaders/slopes.wgsl: a compiler that sees through the seals
    // answers 0.
    let zero = bitcast<u32>(inputs[5]);
    let other = zero << 1u;
    let high = sealed(x + h, zero);
    let part = sealed(high - x, other);
    let rest = sealed(high - part, zero);
    answers[8] = bitcast<u32>(sealed(x - rest, zero) + sealed(h - part, other));
}
