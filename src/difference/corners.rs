//! The displacements of one step of a line or plane, and how far they reach in units of the step.

use super::displacement::{Lower, NONE};
use super::line::{Along, Line};
use super::lists::{Lists, Reached};
use super::rounds;
use crate::numeric::Real;

/// One side of a line's difference, and how far it reaches in units of the step.
pub(super) fn one_side_of_line<T: Real>(
    line: &Line<'_>,
    lists: &mut Lists<'_, T>,
    by: f64,
    exponent: i32,
    lower: Lower<T>,
) -> Reached<(u32, f64)> {
    let point = line.point as u32;
    match line.along {
        Along::Axis(axis) => {
            let to = lists.moved(point, axis, by)?;
            let reach = (to.to_f64() - lists.coordinate(point, axis).to_f64()) / by;
            Ok((lists.push(point, axis as u32, to, lower), reach))
        }
        Along::Vector(_) => {
            let source = lists.source(line, by, exponent)?;
            Ok((lists.push(source, NONE, T::ZERO, lower), 1.0))
        }
    }
}

/// f(++) f(+-) f(-+) f(--).
pub(super) fn both_sides<T: Real>(
    line: &Line<'_>,
    lists: &mut Lists<'_, T>,
    axis: usize,
    exponent: i32,
) -> Reached<([u32; 4], [f64; 2])> {
    let [t, h] = line.scales.map(|scale| rounds::length(exponent) * 2f64.powi(scale));
    let sources = [lists.source(line, t, exponent)?, lists.source(line, -t, exponent)?];
    let along = (lists.gone(line, sources[0], t) / t + lists.gone(line, sources[1], -t) / -t) / 2.0;
    let mut to = [(0, T::ZERO); 4];
    let mut across = 0.0;
    for (i, &source) in sources.iter().enumerate() {
        let (up, down) = (lists.moved(source, axis, h)?, lists.moved(source, axis, -h)?);
        (to[2 * i], to[2 * i + 1]) = ((source, up), (source, down));
        across += (up.to_f64() - down.to_f64()) / h / 4.0;
    }
    let base = Lower::Base(line.point as u32);
    let made = to.map(|(source, value)| lists.push(source, axis as u32, value, base));
    Ok((made, [along * across, 1.0]))
}

/// f(σρ) f(σ0) f(0ρ).
pub(super) fn one_side<T: Real>(
    line: &Line<'_>,
    lists: &mut Lists<'_, T>,
    axis: usize,
    exponent: i32,
    [along, across]: [f64; 2],
) -> Reached<([u32; 4], [f64; 2])> {
    let [t, h] = line.scales.map(|scale| rounds::length(exponent) * 2f64.powi(scale));
    let point = line.point as u32;
    let source = lists.source(line, along * t, exponent)?;
    let both = lists.moved(source, axis, across * h)?;
    let alone = lists.moved(point, axis, across * h)?;
    let reach = lists.gone(line, source, along * t) / (along * t)
        * ((alone.to_f64() - lists.coordinate(point, axis).to_f64()) / (across * h));
    let base = Lower::Base(point);
    let made = [
        lists.push(source, axis as u32, both, base),
        lists.push(source, NONE, T::ZERO, base),
        lists.push(point, axis as u32, alone, base),
        NONE,
    ];
    Ok((made, [1.0, reach * along * across]))
}
