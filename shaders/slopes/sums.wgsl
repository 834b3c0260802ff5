// What a program with slopes leaves behind, and sums of that: for slopes.wgsl and carried.wgsl.

// The flags are bits that it only ever adds.
var<private> pm_value: real;
var<private> pm_error: real;
var<private> pm_slope: array<real, PM_SLOTS>;
var<private> pm_bound: array<real, PM_SLOTS>;
var<private> pm_raised: u32;
var<private> pm_turns: u32;

// A sum in two parts, of which the first is what the addends come to, rounded, and the second what that lacks (Knuth); with
// a bound of how far off both are. All is sealed, since compilers would find that nothing is lost; and neighbouring seals
// differ, lest they be taken for a common factor.
struct PmSum {
    high: real,
    low: real,
    bound: real,
}

fn pm_add(sum: PmSum, more: real, bound: real) -> PmSum {
    let zero = pm_zero();
    let other = zero << 1u;
    let high = pm_sealed(sum.high + more, zero);
    let part = pm_sealed(high - sum.high, other);
    let rest = pm_sealed(high - part, zero);
    let lost = pm_sealed(sum.high - rest, zero) + pm_sealed(more - part, other);
    let low = sum.low + lost;
    return PmSum(high, low, sum.bound + bound + u() * abs(low));
}
