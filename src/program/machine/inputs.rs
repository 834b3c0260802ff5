//! What lanes read: coordinates, data, and what goes along with them.

use super::Run;
use crate::numeric::Real;
use crate::program::code::{Along, Source, Trap};
use crate::program::lanes::LANES;
use crate::program::seeds::{Input, Seeds};

impl<T: Real> Run<'_, T> {
    /// What goes along with the elements at indices, one a lane; what is out of range has been dealt with.
    ///
    /// What is asked for is looked at once and not for every lane, so that lanes are compared together.
    #[inline(always)]
    pub(super) fn along(&self, along: Along, index: impl Fn(usize) -> u32 + Copy, to: &mut [T; LANES]) {
        let pick = |numbers: &[T], to: &mut [T; LANES]| {
            each_lane(to, |lane| numbers.get(index(lane) as usize).copied().unwrap_or(T::ZERO));
        };
        let pick_lane = |numbers: &[T], to: &mut [T; LANES]| {
            each_lane(to, |lane| {
                numbers.get(index(lane) as usize * LANES + lane).copied().unwrap_or(T::ZERO)
            });
        };
        let axis = |axes: &[u32], slot: u32, to: &mut [T; LANES]| {
            let own = &axes[slot as usize * LANES..][..LANES];
            each_lane(to, |lane| if own[lane] == index(lane) { T::ONE } else { T::ZERO });
        };
        // Of second slopes, the last slot is the line.
        let is_line = |slot: u32| slot as usize == self.code.carried.slopes.len();
        match (along, self.seeds) {
            (Along::DataError, _) => pick(self.data_errors, to),
            (Along::Step(slot), _) => match self.steps.get(slot as usize * LANES..) {
                Some(steps) if steps.len() >= LANES => to.copy_from_slice(&steps[..LANES]),
                _ => *to = [T::ZERO; LANES],
            },
            (Along::Slope(slot), Seeds::Planes(_, line)) if is_line(slot) => axis(line, 0, to),
            (Along::Slope(slot), Seeds::Across(_, line, _)) if is_line(slot) => pick(line, to),
            (Along::Slope(slot), Seeds::AcrossEach(_, line, _)) if is_line(slot) => pick_lane(line, to),
            (
                Along::Slope(slot),
                Seeds::Axes(axes)
                | Seeds::Planes(axes, _)
                | Seeds::Across(axes, ..)
                | Seeds::AcrossEach(axes, ..),
            ) => axis(axes, slot, to),
            (Along::Slope(_), Seeds::Direction(direction, _)) => pick(direction, to),
            (Along::Slope(_), Seeds::Directions(directions, _)) => pick_lane(directions, to),
            (Along::SlopeError(slot), Seeds::Across(.., errors)) if is_line(slot) => pick(errors, to),
            (Along::SlopeError(slot), Seeds::AcrossEach(.., errors)) if is_line(slot) => {
                pick_lane(errors, to)
            }
            (Along::SlopeError(_), Seeds::Direction(_, errors)) => pick(errors, to),
            (Along::SlopeError(_), Seeds::Directions(_, errors)) => pick_lane(errors, to),
            _ => *to = [T::ZERO; LANES],
        }
    }

    #[inline(always)]
    pub(super) fn read_at(
        &self,
        source: Source,
        index: u32,
        mask: u64,
        to: &mut [T; LANES],
    ) -> Result<(), Trap> {
        let i = index as usize;
        if let (Source::Point, Some(trace)) = (source, self.trace) {
            trace.note(|_| index, mask, self.dimension);
            return Ok(());
        }
        match (source, self.input) {
            (Source::Point, Input::Each(x)) if i < self.dimension => {
                to.copy_from_slice(&x[i * LANES..][..LANES]);
            }
            (Source::Point, Input::Same(x)) if i < self.dimension => *to = [x[i]; LANES],
            (Source::Data, _) if i < self.data.len() => *to = [self.data[i]; LANES],
            _ if mask == 0 => {}
            _ => return Err(self.out_of_range(source, index, mask.trailing_zeros() as usize)),
        }
        Ok(())
    }

    #[inline(always)]
    pub(super) fn read(
        &self,
        source: Source,
        indices: &[u32; LANES],
        mask: u64,
        to: &mut [T; LANES],
    ) -> Result<(), Trap> {
        if let (Source::Point, Some(trace)) = (source, self.trace) {
            trace.note(|lane| indices[lane], mask, self.dimension);
            return Ok(());
        }
        let first = indices[0];
        let length = match source {
            Source::Point => self.dimension,
            Source::Data => self.data.len(),
        };
        if (first as usize) < length && indices.iter().fold(0, |any, &i| any | (i ^ first)) == 0 {
            return self.read_at(source, first, mask, to);
        }
        let largest = indices.iter().fold(0, |largest, &i| largest.max(i));
        if largest as usize >= length {
            let is_beyond = |&lane: &usize| mask >> lane & 1 == 1 && indices[lane] as usize >= length;
            if let Some(lane) = (0..LANES).find(is_beyond) {
                return Err(self.out_of_range(source, indices[lane], lane));
            }
        }
        // Lanes that do not count may be beyond.
        let at = |numbers: &[T], i: usize| numbers.get(i).copied().unwrap_or(T::ZERO);
        match (source, self.input) {
            (Source::Point, Input::Each(x)) => {
                each_lane(to, |lane| at(x, indices[lane] as usize * LANES + lane));
            }
            (Source::Point, Input::Same(x)) => each_lane(to, |lane| at(x, indices[lane] as usize)),
            (Source::Data, _) => each_lane(to, |lane| at(self.data, indices[lane] as usize)),
        }
        Ok(())
    }

    #[cold]
    fn out_of_range(&self, source: Source, index: u32, lane: usize) -> Trap {
        let length = match source {
            Source::Point => self.dimension,
            Source::Data => self.data.len(),
        };
        Trap::OutOfRange { source, index, length: length as u32, lane }
    }
}

#[inline(always)]
fn each_lane<T>(to: &mut [T; LANES], number: impl Fn(usize) -> T) {
    for (lane, to) in to.iter_mut().enumerate() {
        *to = number(lane);
    }
}
