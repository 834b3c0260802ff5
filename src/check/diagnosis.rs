//! In one line: what is wrong with a gradient, a Jacobian or a Hessian, and where.

use super::{AxisCheck, EntryCheck, Verdict};

/// Components of a list that are named one by one.
const NAMED: usize = 4;

/// Two numbers that are compared for a pattern are the same within this part of them, or within three error bars.
const ALIKE: f64 = 1e-3;

/// A component of a gradient, or an entry of a matrix.
pub(super) struct Compared {
    /// `x[0]`, `H[0, 1]`
    name: String,
    /// Along which coordinate.
    axis: usize,
    claimed: f64,
    numerical: f64,
    error: f64,
    verdict: Verdict,
    kink: Option<[f64; 2]>,
}

impl From<&AxisCheck> for Compared {
    fn from(it: &AxisCheck) -> Self {
        let &AxisCheck { axis, claimed, numerical, error, verdict, kink, .. } = it;
        Compared { name: format!("x[{axis}]"), axis, claimed, numerical, error, verdict, kink }
    }
}

impl From<&EntryCheck> for Compared {
    fn from(it: &EntryCheck) -> Self {
        let &EntryCheck { column: axis, claimed, numerical, error, verdict, kink, .. } = it;
        Compared { name: it.name(), axis, claimed, numerical, error, verdict, kink }
    }
}

/// What is wrong with the components at a point.
pub(super) fn diagnose(x: &[f64], axes: &[Compared]) -> String {
    let of = |verdict| axes.iter().filter(move |axis| axis.verdict == verdict);
    let wrong: Vec<&Compared> = of(Verdict::Disagrees).collect();
    if wrong.is_empty() {
        let untold: Vec<&Compared> = of(Verdict::Inconclusive).collect();
        return match untold.first() {
            None if axes.len() == 1 => "right: the component agrees".into(),
            None => format!("right: all {} components agree", axes.len()),
            Some(first) => format!(
                "nothing disagrees, but {} inconclusive: {}",
                which(&untold, axes.len()),
                if first.error.is_finite() {
                    format!("{} is {:.6e} ± {:.1e}", first.name, first.numerical, first.error)
                } else {
                    format!("there seems to be no derivative along x[{}]", first.axis)
                }
            ),
        };
    }
    let found = at_kinks(x, &wrong)
        .or_else(|| absent(&wrong, axes.len()))
        .or_else(|| factor(&wrong, axes.len()))
        .or_else(|| exchanged(&wrong, axes))
        .or_else(|| offset(&wrong, axes.len()));
    let found = found.unwrap_or_else(|| match wrong.as_slice() {
        [one] => format!("only {}", one_wrong(one)),
        _ => {
            let off = |axis: &Compared| (axis.claimed - axis.numerical).abs();
            let worst = wrong.iter().max_by(|a, b| off(a).total_cmp(&off(b))).unwrap_or(&wrong[0]);
            format!("{} are wrong, most of all {}", which(&wrong, axes.len()), one_wrong(worst))
        }
    });
    format!("wrong: {found}")
}

fn one_wrong(axis: &Compared) -> String {
    let Compared { name, claimed, numerical, error, .. } = axis;
    let [said, is] = told_apart(axis);
    format!(
        "{name} is wrong: {said} is claimed, it is {is} ± {error:.1e}, a difference of {:.6e}",
        claimed - numerical
    )
}

/// Claimed and numerical component, with as many digits as it takes to tell them apart.
fn told_apart(axis: &Compared) -> [String; 2] {
    const FEWEST: usize = 6;
    const MOST: usize = 16;
    let both = |digits: usize| [axis.claimed, axis.numerical].map(|number| format!("{number:.digits$e}"));
    // One digit more than the first that differs.
    let differ = (FEWEST..MOST).find(|&digits| {
        let [a, b] = both(digits);
        a != b
    });
    match differ {
        Some(FEWEST) => both(FEWEST),
        Some(digits) => both(digits + 1),
        None => both(MOST),
    }
}

/// `x[0], x[3]`, or how many.
fn which(some: &[&Compared], all: usize) -> String {
    if some.len() == all && all > 1 {
        return format!("all {all} components");
    }
    let names: Vec<String> = some.iter().take(NAMED).map(|axis| axis.name.clone()).collect();
    if some.len() > NAMED {
        return format!("{} of {all} components ({}, …)", some.len(), names.join(", "));
    }
    names.join(", ")
}

/// Whether `claimed` is `times` a numerical component.
fn is_times(claimed: f64, times: f64, of: &Compared) -> bool {
    let off = (claimed - times * of.numerical).abs();
    off <= (3.0 * of.error * times.abs()).max(ALIKE * (times * of.numerical).abs())
}

/// All that is wrong is wrong at kinks.
fn at_kinks(x: &[f64], wrong: &[&Compared]) -> Option<String> {
    if !wrong.iter().all(|axis| axis.kink.is_some()) {
        return None;
    }
    let first = wrong[0];
    let [left, right] = first.kink?;
    Some(format!(
        "at a kink: the slope along x[{0}] = {1} is {left:.6e} from the left and {right:.6e} from the right, so anything \
         between would do, but {2:.6e} is claimed{3}",
        first.axis,
        x[first.axis],
        first.claimed,
        if wrong.len() > 1 { format!(" (and {} more)", wrong.len() - 1) } else { String::new() }
    ))
}

/// Components that are claimed to be 0.
fn absent(wrong: &[&Compared], all: usize) -> Option<String> {
    let is_absent = wrong.iter().all(|axis| axis.claimed == 0.0);
    is_absent.then(|| {
        format!(
            "0 is claimed for {}, where it is not: {} is {:.6e} ± {:.1e}",
            which(wrong, all),
            wrong[0].name,
            wrong[0].numerical,
            wrong[0].error
        )
    })
}

/// The same factor everywhere.
fn factor(wrong: &[&Compared], all: usize) -> Option<String> {
    // The best known component tells it.
    let best = wrong.iter().max_by(|a, b| {
        (a.numerical.abs() / (a.error + f64::MIN_POSITIVE))
            .total_cmp(&(b.numerical.abs() / (b.error + f64::MIN_POSITIVE)))
    })?;
    let times = best.claimed / best.numerical;
    let telling = best.error <= 1e-2 * best.numerical.abs() && times.is_finite();
    // A factor of 1 but for some digits is none.
    let telling = telling && (times - 1.0).abs() > ALIKE;
    if !telling || !wrong.iter().all(|axis| is_times(axis.claimed, times, axis)) {
        return None;
    }
    let near = |value: f64| (times / value - 1.0).abs() < ALIKE;
    let simple = near(-1.0)
        || [2.0, 3.0, 4.0, all as f64]
            .iter()
            .filter(|&&k| k > 1.0)
            .any(|&k| [k, 1.0 / k, -k, -1.0 / k].into_iter().any(near));
    // One component is any number of times another; only a simple factor is a pattern.
    if wrong.len() == 1 && !simple {
        return None;
    }
    let only = if wrong.len() == 1 && all > 1 { "only x" } else { "" };
    let place = match (only.is_empty(), wrong.len()) {
        (false, _) => format!("only {} is wrong, ", wrong[0].name),
        (true, 1) => String::new(),
        _ => format!("{} are wrong, ", which(wrong, all)),
    };
    Some(if near(-1.0) {
        format!(
            "{place}the sign is turned: {} is {:.6e}, not {:.6e}",
            best.name, best.numerical, best.claimed
        )
    } else {
        let of_n = if all > 1 && (near(all as f64) || near(1.0 / all as f64)) {
            format!("; there are {all} components")
        } else {
            String::new()
        };
        format!(
            "{place}by the factor {times:.6}{}: {} is {:.6e}, not {:.6e}{of_n}",
            if times < 0.0 { " (and the sign)" } else { "" },
            best.name,
            best.numerical,
            best.claimed
        )
    })
}

/// Components that are those of other axes.
fn exchanged(wrong: &[&Compared], axes: &[Compared]) -> Option<String> {
    // Each other axis is looked at, so not for gradients of a million components.
    const MOST: usize = 1000;
    if axes.len() > MOST {
        return None;
    }
    let of: Option<Vec<(&str, &str)>> = wrong
        .iter()
        .map(|axis| {
            let others = axes.iter().filter(|other| other.name != axis.name && other.numerical != 0.0);
            let mut alike = others.filter(|other| is_times(axis.claimed, 1.0, other));
            alike.next().map(|other| (axis.name.as_str(), other.name.as_str()))
        })
        .collect();
    let of = of?;
    let list: Vec<String> =
        of.iter().take(NAMED).map(|(axis, other)| format!("{axis} has that of {other}")).collect();
    let more = if of.len() > NAMED { ", …" } else { "" };
    Some(match wrong.len() {
        1 => format!(
            "only {} is wrong: it has that of {}, {:.6e}, and is {:.6e}",
            of[0].0, of[0].1, wrong[0].claimed, wrong[0].numerical
        ),
        _ => format!(
            "components stand in the wrong place (a transposed or shifted index): {}{more}",
            list.join(", ")
        ),
    })
}

/// The same difference everywhere.
fn offset(wrong: &[&Compared], all: usize) -> Option<String> {
    let off = |axis: &Compared| axis.claimed - axis.numerical;
    let first = off(wrong[0]);
    let alike = |axis: &&Compared| (off(axis) - first).abs() <= (3.0 * axis.error).max(ALIKE * first.abs());
    (wrong.len() > 1 && wrong.iter().all(alike)).then(|| {
        format!(
            "{} are {:.6e} too {}: a term that goes like a sum of coordinates is missing or too many",
            which(wrong, all),
            first.abs(),
            if first > 0.0 { "large" } else { "small" }
        )
    })
}
