//! Every operation is made off by what its rule may round off, and by nothing else.

use super::FormulaSlopes;
use crate::numeric::Real;
use crate::objective::pack::{Formula, Number};
use crate::objective::separable::Whole;
use crate::objective::slopes::{Input, Seeds, SlopeRequest, SlopeRows, Slopes};

/// A single operation.
struct One(usize);

const OPERATIONS: usize = 14;
const CONSTANT: usize = 12;

impl Formula for One {
    #[inline(always)]
    fn value<N: Number>(&self, x: &[N]) -> N {
        let (a, b) = (x[0], x[1]);
        match self.0 {
            0 => a + b,
            1 => a - b,
            2 => a * b,
            3 => a / b,
            4 => a.sqrt(),
            5 => a.exp(),
            6 => a.ln(),
            7 => a.tanh(),
            8 => a.sin(),
            9 => a.cos(),
            10 => a.powi(3),
            11 => a.powf(b),
            CONSTANT => N::of(0.1),
            _ => a.abs(),
        }
    }
}

/// Values, errors, slopes and bounds of both coordinates; of second slopes one, if there are two operands the mixed one.
fn run<T: Real>(operation: usize, x: [f64; 2], second: bool, bars: bool, sample: u32) -> [Vec<f64>; 4]
where
    FormulaSlopes<Whole<One>, 4>: Slopes<T>,
{
    let slopes = FormulaSlopes::<_, 4> { formula: Whole(One(operation)), pattern: None, operations: 1 };
    let (lanes, x) = (slopes.lanes(), x.map(T::of));
    let axes: Vec<u32> = (0..2 * lanes).map(|i| (i / lanes) as u32).collect();
    let line = vec![u32::from(matches!(operation, 0..4 | 11)); lanes];
    let (seeds, slots) = if second { (Seeds::Planes(&axes, &line), 1) } else { (Seeds::Axes(&axes), 2) };
    let mut rows = SlopeRows::default();
    let request =
        SlopeRequest { x: Input::Same(&x), terms: &[0], seeds, first: None, slots, steps: &[], bars, sample };
    slopes.run(&request, &mut rows);
    let of = |numbers: &[T], count: usize| (0..count).map(|i| numbers[i * lanes].to_f64()).collect();
    [of(&rows.values, 1), of(&rows.errors, 1), of(&rows.slopes, slots), of(&rows.bounds, slots)]
}

fn every_operation<T: Real>()
where
    FormulaSlopes<Whole<One>, 4>: Slopes<T>,
{
    for (operation, second) in (0..OPERATIONS).flat_map(|operation| [(operation, false), (operation, true)]) {
        let (mut up, mut moved, mut count) = (0, 0, 0);
        for i in 0..40 {
            let x = [0.7 + 0.013 * f64::from(i), 1.9 - 0.017 * f64::from(i)];
            let [value, error, slopes, bounds] = run::<T>(operation, x, second, true, 0);
            for sample in 1..=4 {
                let [off_value, none, off_slopes, _] = run::<T>(operation, x, second, false, sample);
                assert_eq!(none, [0.0]);
                let pairs = value.iter().zip(&error).zip(&off_value);
                let all = pairs.chain(slopes.iter().zip(&bounds).zip(&off_slopes));
                for ((&exact, &bound), &off) in all {
                    // Half a place, rounded itself.
                    let by = (off - exact).abs();
                    let place = exact.abs() * T::PRECISION.epsilon();
                    assert!(by <= 4.0 * bound + place, "{operation}: {by:e}, bound {bound:e}");
                    assert!(by >= bound - place, "{operation}: {by:e}, bound {bound:e}");
                    // One constant is off in one way a sample.
                    if bound > 0.25 * place && operation != CONSTANT {
                        (up, moved) = (up + i32::from(off > exact), moved + i32::from(by > 0.0));
                        count += 1;
                    }
                }
            }
        }
        // But for those of half a place that are rounded back; up as often as down.
        assert!(4 * moved >= 3 * count, "{operation}: {moved} of {count}");
        let more = f64::from(2 * up - moved);
        assert!(more.abs() <= 4.0 * f64::from(moved).sqrt(), "{operation}: {up} of {moved}");
    }
}

#[test]
fn every_operation_is_off_by_what_it_rounds() {
    every_operation::<f32>();
    every_operation::<f64>();
}

/// The same operation on the same numbers errs alike, and samples differ.
#[test]
fn rounding_is_a_function_of_the_operation() {
    let mut all = Vec::new();
    for sample in 1..=4 {
        let one = run::<f64>(8, [0.7, 0.0], false, false, sample);
        assert_eq!(one, run::<f64>(8, [0.7, 5.0], false, false, sample));
        all.push(one[2][0]);
    }
    assert!(all.iter().any(|&other| other != all[0]));
    // A constant is off by its own error, which is a whole place in f64.
    for sample in 1..=4 {
        let [value, ..] = run::<f64>(CONSTANT, [0.7, 0.3], false, false, sample);
        assert!(value[0] != 0.1);
    }
    // a + b is b + a.
    let [one, other] = [[0.7, 0.3], [0.3, 0.7]].map(|x| run::<f64>(0, x, false, false, 1));
    assert_eq!(one[0], other[0]);
}
