//! What is differenced, and where.

use plusminus::{Result, ShaderOptions, WgslObjective};

use crate::truth::{Literals, Truth};
use crate::{expression_cases, hard, models, problems, random_expressions};

/// An objective, what it really is, and points.
pub struct Subject {
    /// A name, or the text of an expression.
    pub text: String,
    pub objective: WgslObjective,
    pub truth: Truth,
    /// What it is with literals and data as engines in f32 and f64 read them.
    pub read: [Truth; 2],
    pub points: Vec<Vec<f64>>,
}

/// Subjects of one kind.
pub struct Set {
    pub name: &'static str,
    pub subjects: Vec<Subject>,
}

/// Numbers of f32, so that every precision works on the same.
pub fn singles(x: &[f64]) -> Vec<f64> {
    x.iter().map(|&x| f64::from(x as f32)).collect()
}

/// The point itself and others around it.
fn around(x: &[f64], spread: f64, count: usize) -> Vec<Vec<f64>> {
    let moved = |point: usize, axis: usize| {
        let turn = if point == 0 { 0.0 } else { (1.7 * point as f64 + 2.3 * axis as f64).sin() };
        x[axis] + spread * turn * x[axis].abs().max(0.1)
    };
    (0..count)
        .map(|point| singles(&(0..x.len()).map(|axis| moved(point, axis)).collect::<Vec<_>>()))
        .collect()
}

fn subject(
    text: &str,
    objective: WgslObjective,
    n: usize,
    terms: Option<usize>,
    data: &[f64],
    points: Vec<Vec<f64>>,
) -> Subject {
    let reading = |literals| Truth::reading(literals, objective.text(), n, terms, data);
    let (truth, read) = (reading(Literals::Written), [Literals::Single, Literals::Double].map(reading));
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    Subject { text, objective, truth, read, points }
}

pub fn expression(text: &str, points: Vec<Vec<f64>>) -> Result<Subject> {
    let n = points[0].len();
    let objective = WgslObjective::from_expression(text, n)?;
    Ok(subject(text, objective, n, None, &[], points))
}

fn text(
    name: &str,
    text: &str,
    data: &[f64],
    terms: Option<usize>,
    points: Vec<Vec<f64>>,
) -> Result<Subject> {
    let n = points[0].len();
    let options = ShaderOptions { data: data.to_vec(), terms, ..Default::default() };
    let objective = WgslObjective::new(name, text, n, options)?;
    Ok(subject(name, objective, n, terms, data, points))
}

fn standard(points: impl Fn(&problems::Problem) -> Option<Vec<Vec<f64>>>) -> Result<Vec<Subject>> {
    let all = problems::all();
    let known = all.iter().filter_map(|problem| Some((problem, points(problem)?)));
    known
        .map(|(problem, points)| text(problem.name, problem.source, problem.data, problem.terms, points))
        .collect()
}

fn published(spread: f64, count: usize) -> Result<Vec<Subject>> {
    // e^100 on the way, beyond f32; and a function without a gradient to be relative to.
    let cases = expression_cases::cases();
    let plain = cases.iter().filter(|case| !matches!(case.name, "cross_in_tray" | "zero"));
    plain
        .map(|case| {
            let subject = expression(case.text, around(&case.x, spread, count))?;
            Ok(Subject { text: case.name.into(), ..subject })
        })
        .collect()
}

fn drawn(seed: u64, count: usize, sizes: (f64, f64)) -> Vec<Subject> {
    let all = random_expressions::draw(seed, count, sizes).into_iter();
    all.map(|one| subject(&one.text, one.objective, one.x.len(), None, &[], vec![one.x])).collect()
}

/// All sets, of which one has `near` expressions at random and another half as many.
pub fn all(near: usize) -> Result<Vec<Set>> {
    let of_models = models::all()
        .into_iter()
        .map(|model| text(model.name, &model.text, &model.data, model.terms, model.points))
        .collect::<Result<_>>()?;
    Ok(vec![
        Set {
            name: "standard problems",
            subjects: standard(|problem| Some(around(&problem.start, 0.03, 3)))?,
        },
        Set { name: "published functions", subjects: published(0.1, 5)? },
        Set { name: "models", subjects: of_models },
        Set { name: "hard cases", subjects: hard::subjects()? },
        Set {
            name: "minima of the problems",
            subjects: standard(|problem| Some(vec![singles(&problem.minimum.as_ref()?.0)]))?,
        },
        Set { name: "at random, near", subjects: drawn(1, near, random_expressions::NEAR) },
        Set { name: "at random, wide", subjects: drawn(2, near / 2, random_expressions::WIDE) },
    ])
}

/// Those whose second derivatives are wanted, too.
pub fn with_hessians() -> Result<Vec<Set>> {
    Ok(vec![
        Set {
            name: "standard problems",
            subjects: standard(|problem| Some(around(&problem.start, 0.03, 3)))?,
        },
        Set { name: "published functions", subjects: published(0.05, 3)? },
    ])
}
