//! Gradients that are right, and gradients with one component that is wrong by a hundredth: what does `check` say?

use ndarray::Array2;
use plusminus::{Closure, Engine, Objective, Precision, Verdict};

use crate::random_expressions::{self, Drawn};
use crate::truth::{Literals, Truth};

/// Seed of the expressions.
const SEED: u64 = 14;

/// How wrong a component is.
const WRONG: f64 = 1.01;

/// Below this, an exact derivative is what its own digits leave of 0.
const NOTHING: f64 = 1e-50;

/// A value of f that is relatively as wrong as this part of its derivative excuses it.
const F_AS_WRONG: f64 = 0.1;

/// How many mistakes are printed.
const SHOWN: usize = 20;

#[derive(Default)]
struct Tally {
    right: [usize; 3],
    wrong: [usize; 3],
    failed: usize,
    /// Mistakes where f itself is as wrong.
    beside_f: usize,
    mistakes: Vec<String>,
}

fn index(verdict: Verdict) -> usize {
    match verdict {
        Verdict::Agrees => 0,
        Verdict::Inconclusive => 1,
        Verdict::Disagrees => 2,
    }
}

/// So many expressions: by increments in f32 and f64, and from values alone.
pub fn print(count: usize) -> Result<(), Box<dyn std::error::Error>> {
    let drawn = random_expressions::draw(SEED, count, random_expressions::NEAR);
    println!(
        "| | right: agrees | inconclusive | disagrees | wrong by a hundredth: agrees | inconclusive | disagrees | f as wrong | points that failed |\n\
         |---|---|---|---|---|---|---|---|---|"
    );
    let mut mistakes = Vec::new();
    for (what, precision, values_only) in [
        ("increments, f32", Precision::F32, false),
        ("increments, f64", Precision::F64, false),
        ("values alone, f64", Precision::F64, true),
    ] {
        let mut tally = Tally::default();
        for one in &drawn {
            take(one, precision, values_only, &mut tally)?;
        }
        let cells: Vec<String> = tally.right.iter().chain(&tally.wrong).map(ToString::to_string).collect();
        println!("| {what} | {} | {} | {} |", cells.join(" | "), tally.beside_f, tally.failed);
        mistakes.push((what, tally.mistakes));
    }
    for (what, mistakes) in mistakes.iter().filter(|(_, mistakes)| !mistakes.is_empty()) {
        println!("\nMistakes, {what}:\n");
        mistakes.iter().take(SHOWN).for_each(|mistake| println!("- {mistake}"));
    }
    Ok(())
}

fn take(
    one: &Drawn,
    precision: Precision,
    values_only: bool,
    tally: &mut Tally,
) -> Result<(), Box<dyn std::error::Error>> {
    let literals = if precision == Precision::F32 { Literals::Single } else { Literals::Double };
    let n = one.x.len();
    let truth = Truth::reading(literals, one.objective.text(), n, None, &[]);
    let Some(exact) = truth.gradient(&one.x) else { return Ok(()) };
    let engine = Engine::cpu(precision);
    let points = Array2::from_shape_vec((1, n), one.x.clone())?;
    let black_box;
    let objective: &dyn Objective = if values_only {
        let text = one.text.clone();
        let inner = plusminus::WgslObjective::from_expression(&text, n)?;
        black_box = Closure::new(n, move |x| {
            let value = Engine::cpu(Precision::F64).evaluator(&inner).and_then(|mut f| f.value(x));
            value.unwrap_or(f64::NAN)
        })?;
        &black_box
    } else {
        &one.objective
    };
    let mut evaluator = engine.evaluator(objective)?;
    let mut verdicts = |claimed: &[f64]| {
        let claimed = Array2::from_shape_vec((1, n), claimed.to_vec()).ok()?;
        let check = evaluator.check(points.view(), claimed.view()).ok()?;
        check.points.into_iter().next()
    };
    let mut claims = vec![(None, exact.gradient.clone())];
    claims.extend((0..n).filter(|&axis| exact.gradient[axis].abs() > NOTHING).map(|axis| {
        let mut claimed = exact.gradient.clone();
        claimed[axis] *= WRONG;
        (Some(axis), claimed)
    }));
    for (wrong, claimed) in claims {
        let Some(point) = verdicts(&claimed) else {
            tally.failed += 1;
            continue;
        };
        for (axis, found) in point.axes.iter().enumerate() {
            let is_wrong = wrong == Some(axis);
            if wrong.is_some() && !is_wrong {
                continue;
            }
            let off = (found.numerical / exact.gradient[axis] - 1.0).abs();
            let f_off = (point.value / exact.value - 1.0).abs();
            let mistaken = if is_wrong { Verdict::Agrees } else { Verdict::Disagrees };
            if found.verdict == mistaken && f_off >= F_AS_WRONG * off && f_off > 0.0 {
                tally.beside_f += 1;
                continue;
            }
            let counts = if is_wrong { &mut tally.wrong } else { &mut tally.right };
            counts[index(found.verdict)] += 1;
            if found.verdict == mistaken {
                tally.mistakes.push(format!(
                    "`{}` at {:?}, x{axis}: {:e} {}, for {:e} ± {:.1e}",
                    one.text, one.x, found.claimed, found.verdict, found.numerical, found.error
                ));
            }
        }
    }
    Ok(())
}
