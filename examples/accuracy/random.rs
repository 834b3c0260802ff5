//! Expressions at random, at points of all sizes: do error bars hold?

use plusminus::{Difference, Engine, Method, Precision};

use crate::random_expressions::{self, Drawn};
use crate::truth::{Literals, Truth, distance};

/// Sizes of coordinates.
const SIZES: (f64, f64) = (1e-9, 1e9);

/// Seed of the expressions.
const SEED: u64 = 13;

/// Components off by so many bars are counted.
const TIMES: [f64; 3] = [10.0, 3.0, 1.0];

/// A value of f that is relatively as wrong as this part of its derivative excuses it.
const F_AS_WRONG: f64 = 0.1;

/// Roundings of f that are seen for sure.
const SEEN: f64 = 12.0;

/// How many of the worst are printed.
const SHOWN: usize = 40;

/// A component that is off by more than its bar.
struct Miss {
    bars: f64,
    text: String,
}

#[derive(Default)]
struct Tally {
    components: usize,
    beyond: [usize; 3],
    /// Off by over 10 bars, where f itself is as wrong.
    beside_f: usize,
    /// Off by over a bar, by what is smaller than the roundings of f.
    hidden: usize,
    unknown: usize,
    kinks: usize,
    failed: usize,
    errors: Vec<f64>,
    widths: Vec<f64>,
    evaluations: u64,
    misses: Vec<Miss>,
}

/// So many expressions with each engine, by direct differences.
pub fn print(engines: &[Engine], count: usize) -> Result<(), Box<dyn std::error::Error>> {
    let drawn = random_expressions::draw(SEED, count, SIZES);
    println!(
        "| precision | components | off by over 10 bars | over 3 | over 1 | f as wrong | hidden | unknown | a kink | points that failed | relative error, median \
         | bar/error, median | relative bar, median | evaluations a component |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|---|"
    );
    let mut all = Vec::new();
    for engine in engines {
        let mut tally = Tally::default();
        for one in &drawn {
            take(engine, one, &mut tally)?;
        }
        row(engine.precision(), &mut tally);
        all.push(tally);
    }
    for (engine, tally) in engines.iter().zip(&mut all) {
        println!("\nMost bars off, {}:\n", engine.precision());
        tally.misses.sort_by(|a, b| b.bars.total_cmp(&a.bars));
        tally.misses.iter().take(SHOWN).for_each(|miss| println!("- {:.3e} bars: {}", miss.bars, miss.text));
    }
    Ok(())
}

fn take(engine: &Engine, one: &Drawn, tally: &mut Tally) -> plusminus::Result<()> {
    let literals = match engine.precision() {
        Precision::F32 => Literals::Single,
        Precision::F64 => Literals::Double,
    };
    let truth = Truth::reading(literals, one.objective.text(), one.x.len(), None, &[]);
    let Some(exact) = truth.gradient(&one.x) else { return Ok(()) };
    let direct = Difference::default().with_method(Method::Direct);
    let Ok(got) = engine.evaluator(&one.objective)?.gradient_at(&one.x, &direct) else {
        tally.failed += 1;
        return Ok(());
    };
    tally.evaluations += got.evaluations;
    for (axis, &want) in exact.pairs.iter().enumerate() {
        let value = got.value[axis];
        let bar = got.error.as_ref().map_or(f64::NAN, |bars| bars[axis]);
        let off = distance(value, want);
        let said: Vec<String> = got
            .remarks
            .iter()
            .filter(|remark| remark.axis == Some(axis))
            .map(|remark| remark.notice.to_string())
            .collect();
        tally.components += 1;
        tally.kinks += usize::from(said.iter().any(|said| said.contains("kink")));
        let describe = || {
            format!(
                "`{}` at {:?}, x{axis}: {value:e} ± {bar:.1e}, not {:e} {}",
                one.text,
                one.x,
                want.0,
                said.join("; ")
            )
        };
        if !bar.is_finite() {
            tally.unknown += 1;
            continue;
        }
        if want.0 != 0.0 {
            tally.errors.push(off / want.0.abs());
            tally.widths.push(bar / want.0.abs());
        }
        // The analytic derivative in two numbers of f64 is exact enough; a bar of 0 is right only of what is exact.
        let bars = if off == 0.0 {
            0.0
        } else if value.is_finite() {
            off / bar
        } else {
            f64::INFINITY
        };
        // Where f as it is computed is, for its size, as far from what is written, so may be its derivative.
        let f_off = (got.values.as_ref().map_or(f64::NAN, |values| values[0]) - exact.value).abs()
            / exact.value.abs();
        if bars > 1.0 && f_off >= F_AS_WRONG * off / want.0.abs().max(value.abs()) {
            tally.beside_f += 1;
            continue;
        }
        if bars > 1.0 && is_hidden(&truth, &one.x, axis, (want.0, value), engine.precision()) {
            tally.hidden += 1;
            continue;
        }
        for (beyond, times) in tally.beyond.iter_mut().zip(TIMES) {
            *beyond += usize::from(bars > times);
        }
        if bars > 1.0 {
            tally.misses.push(Miss { bars, text: describe() });
        }
    }
    Ok(())
}

/// Whether nobody could tell the derivative from what was found by values of f that are rounded: at every step up to which f
/// goes like its derivative says, both differ by less than `SEEN` roundings.
fn is_hidden(truth: &Truth, x: &[f64], axis: usize, (want, found): (f64, f64), precision: Precision) -> bool {
    let along: Vec<f64> = (0..x.len()).map(|i| f64::from(u8::from(i == axis))).collect();
    let apart = (found - want).abs();
    let size = x[axis].abs().max(f64::MIN_POSITIVE);
    let straight = (-80..=2).map(|e| size * 2f64.powi(e)).take_while(|&h| {
        [h, -h].iter().all(|&h| {
            truth.quotient(x, &along, h).is_some_and(|quotient| distance(want, quotient) <= 0.5 * apart)
        })
    });
    let Some(h) = straight.last() else { return true };
    let value = truth.gradient(x).map_or(0.0, |exact| exact.value.abs());
    0.5 * apart * h <= SEEN * 0.5 * precision.epsilon() * value
}

fn row(precision: Precision, tally: &mut Tally) {
    let share = |count: usize| format!("{count} ({:.2e})", count as f64 / tally.components as f64);
    let [ten, three, one] = tally.beyond;
    let ratios: Vec<f64> =
        tally.widths.iter().zip(&tally.errors).filter(|(_, e)| **e > 0.0).map(|(w, e)| w / e).collect();
    println!(
        "| {precision} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {:.1e} | {:.1} | {:.1e} | {:.1} |",
        tally.components,
        share(ten),
        share(three),
        share(one),
        tally.beside_f,
        tally.hidden,
        share(tally.unknown),
        tally.kinks,
        tally.failed,
        crate::accuracy::median(tally.errors.clone()),
        crate::accuracy::median(ratios),
        crate::accuracy::median(tally.widths.clone()),
        tally.evaluations as f64 / tally.components as f64
    );
}
