//! What lanes read: coordinates, data, and what goes along with them.

use super::Run;
use crate::numeric::Real;
use crate::program::code::{Along, Source, Trap};
use crate::program::lanes::LANES;
use crate::program::seeds::{Input, Seeds};

impl<T: Real> Run<'_, T> {
    /// What goes along with the element at an index, in a lane; what is out of range has been dealt with.
    #[inline(always)]
    pub(super) fn along(&self, along: Along, index: u32, lane: usize) -> T {
        let i = index as usize;
        let pick = |numbers: &[T]| numbers.get(i).copied().unwrap_or(T::ZERO);
        let pick_lane = |numbers: &[T]| numbers.get(i * LANES + lane).copied().unwrap_or(T::ZERO);
        let axis = |axes: &[u32], slot: u32| {
            if axes[slot as usize * LANES + lane] == index { T::ONE } else { T::ZERO }
        };
        // Of second slopes, the last slot is the line.
        let is_line = |slot: u32| slot as usize == self.code.carried.slopes.len();
        match (along, self.seeds) {
            (Along::DataError, _) => pick(self.data_errors),
            (Along::Step(slot), _) => {
                self.steps.get(slot as usize * LANES + lane).copied().unwrap_or(T::ZERO)
            }
            (Along::Slope(slot), Seeds::Planes(_, line)) if is_line(slot) => axis(line, 0),
            (Along::Slope(slot), Seeds::Across(_, line, _)) if is_line(slot) => pick(line),
            (Along::Slope(slot), Seeds::AcrossEach(_, line, _)) if is_line(slot) => pick_lane(line),
            (
                Along::Slope(slot),
                Seeds::Axes(axes)
                | Seeds::Planes(axes, _)
                | Seeds::Across(axes, ..)
                | Seeds::AcrossEach(axes, ..),
            ) => axis(axes, slot),
            (Along::Slope(_), Seeds::Direction(direction, _)) => pick(direction),
            (Along::Slope(_), Seeds::Directions(directions, _)) => pick_lane(directions),
            (Along::SlopeError(slot), Seeds::Across(.., errors)) if is_line(slot) => pick(errors),
            (Along::SlopeError(slot), Seeds::AcrossEach(.., errors)) if is_line(slot) => pick_lane(errors),
            (Along::SlopeError(_), Seeds::Direction(_, errors)) => pick(errors),
            (Along::SlopeError(_), Seeds::Directions(_, errors)) => pick_lane(errors),
            _ => T::ZERO,
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
        for lane in 0..LANES {
            let i = indices[lane] as usize;
            if i < length {
                to[lane] = match (source, self.input) {
                    (Source::Point, Input::Each(x)) => x[i * LANES + lane],
                    (Source::Point, Input::Same(x)) => x[i],
                    (Source::Data, _) => self.data[i],
                };
            } else if mask >> lane & 1 == 1 {
                return Err(self.out_of_range(source, indices[lane], lane));
            }
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
