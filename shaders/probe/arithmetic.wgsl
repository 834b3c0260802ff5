// What this adapter's arithmetic and loops really do: facts that no limit tells. Put behind common.wgsl and the prelude of f32.
// src/backend/gpu/probe/arithmetic.rs reads the answers and explains them.

const PAIRS = 256u;

@compute @workgroup_size(1)
fn probe() {
    // inputs: 1.0, 2^-25, NaN, infinity, the number of loop turns to try, a subnormal number, 1 + 2^-12, 0.0.
    let x = input(0u);
    let h = input(1u);
    let nan = input(2u);
    let infinity = input(3u);

    // Some drivers stop loops after a number of turns and go on with what they have. The state depends on every
    // turn, so that the loop cannot be folded into a formula.
    var state = 1u;
    var turns = 0u;
    for (var i = 0u; i < inputs[4]; i++) {
        state = state * 1664525u + 1013904223u;
        turns += 1u + (state & 0u);
    }
    answers[0] = turns;
    answers[1] = state;
    // In f32 1 + 2^-25 == 1, so the true step is 0; a compiler that rearranges answers 2^-25.
    answers[2] = select(0u, 1u, (x + h) - x == 0.0);
    answers[3] = select(0u, 1u, nan != nan);
    answers[4] = select(0u, 1u, !(nan == nan));
    // NaN and infinity that are computed, looked for in their bits, before and after they were stored.
    let none = infinity - infinity;
    answers[5] = select(0u, 1u, pm_is_nan(nan) && !pm_is_nan(infinity) && !pm_is_finite(nan) && !pm_is_finite(infinity) && pm_is_finite(x));
    answers[6] = select(0u, 1u, (bitcast<u32>(none) & 0x7fffffffu) > 0x7f800000u);
    answers[7] = bitcast<u32>(max(nan, x));
    answers[8] = bitcast<u32>(pm_nan(x));
    answers[9] = bitcast<u32>(pm_infinity(x));
    answers[10] = bitcast<u32>(pm_pick(x, nan, h > 0.0));
    answers[11] = bitcast<u32>(select(x, nan, h > 0.0));
    answers[12] = bitcast<u32>(1.0 / input(7u));
    // What 1 + 2^-25 loses, by Knuth's sum, sealed as in pm_add of shaders/slopes.wgsl: a compiler that sees through the seals
    // answers 0.
    let zero = pm_zero();
    let other = zero << 1u;
    let high = pm_sealed(x + h, zero);
    let part = pm_sealed(high - x, other);
    let rest = pm_sealed(high - part, zero);
    answers[13] = bitcast<u32>(pm_sealed(x - rest, zero) + pm_sealed(h - part, other));
    // The same without seals.
    let plain = x + h;
    answers[14] = bitcast<u32>((x - (plain - (plain - x))) + (h - (plain - x)));
    // (1 + 2^-12)² less its rounded value: 2^-24 where a multiplication and a subtraction are made one.
    let near = input(6u);
    answers[15] = select(0u, 1u, near * near - (1.0 + 0x1p-11) != 0.0);
    // A subnormal number times 1, read back by its bits.
    answers[16] = bitcast<u32>(input(5u) * x);
}

// Differences near 1e6, added up as in shaders/differences.wgsl, and without seals. By itself, since where loops stop they may
// stop for the whole invocation.
@compute @workgroup_size(1)
fn differences() {
    var sealed_sum = 0.0;
    var sum = 0.0;
    for (var i = 0u; i < PAIRS; i++) {
        let upper = input(2u * i);
        let lower = input(2u * i + 1u);
        sealed_sum += pm_sealed(upper - lower, pm_zero());
        sum += upper - lower;
    }
    answers[0] = bitcast<u32>(sealed_sum);
    answers[1] = bitcast<u32>(sum);
}
