//! An objective on one device: its kernels and data, made when first needed.

use std::sync::Arc;

use super::device::Gpu;
use super::program::Program;
use super::slopes::{Beyond, Shared, SlopeKernels};
use super::terms::TermKernels;
use crate::backend::plan::{Limits, Piece, Plan};
use crate::backend::{
    Advanced, Backend, Capacity, Carried, CarriedSlopes, Carry, Gradients, Looping, Stretch, Sums, Twins,
    WholeGradients,
};
use crate::difference::displacement::Displacements;
use crate::error::{Error, Result};
use crate::numeric::{Precision, Real};
use crate::objective::{Objective, Selection};

/// The largest angle of `shaders/prelude/math_f32.wgsl`, and what it is once larger ones are met.
const NEAR_ANGLES: &str = "const PM_ANGLE_MOST_BITS = 0x46480000u;";
const ALL_ANGLES: &str = "const PM_ANGLE_MOST_BITS = 0x7f7fffffu;";

/// An objective on one device.
pub(crate) struct OnGpu<'a, T> {
    pub(super) gpu: Arc<Gpu>,
    pub(super) objective: Arc<dyn Objective + 'a>,
    pub(super) selection: Option<Vec<u32>>,
    /// For differences of evaluated terms, and increments written in WGSL.
    terms: Option<Box<TermKernels>>,
    /// For slopes; `Some(None)`: there are none.
    pub(super) slopes: Option<Option<Box<SlopeKernels>>>,
    /// For increments of whole gradients.
    program: Option<Box<Program<'a, T>>>,
    /// For descents by slopes; none: what they would take is not there.
    pub(super) loops: Vec<(Gradients, Option<Box<Program<'a, T>>>)>,
    /// Why there is no program, though there might be one.
    refused: Option<Error>,
    /// Whether sines, cosines and tangents take angles of any size (f32).
    pub(super) all_angles: bool,
}

impl<'a, T: Real> OnGpu<'a, T> {
    pub(crate) fn new(gpu: Arc<Gpu>, objective: Arc<dyn Objective + 'a>) -> Result<Self> {
        let program = Program::new(Arc::clone(&gpu), Arc::clone(&objective), |text| text);
        let (program, refused) = match program {
            Ok(program) => (program.map(Box::new), None),
            // Data that do not fit f32, or no device, are no better without it.
            Err(error @ (Error::Usage { .. } | Error::OutOfMemory { .. })) => return Err(error),
            // Direct differences may do, whatever it is: a limit, a compiler that refuses the text, a check that failed.
            Err(error) => {
                // A limit is told by who asks for increments; the rest is nothing that anybody expects.
                if !matches!(error, Error::Limit { .. }) {
                    tracing::warn!("`{}` is differenced directly: {error}", objective.name());
                }
                (None, Some(error))
            }
        };
        let mut on_gpu = OnGpu {
            gpu,
            objective,
            selection: None,
            terms: None,
            slopes: None,
            program,
            loops: Vec::new(),
            refused,
            all_angles: false,
        };
        if on_gpu.program.is_none() {
            on_gpu.kernels()?;
        }
        Ok(on_gpu)
    }

    /// The kernels, made on the first call.
    pub(super) fn kernels(&mut self) -> Result<&mut TermKernels> {
        let kernels = match self.terms.take() {
            Some(kernels) => kernels,
            None => {
                let gpu = Arc::clone(&self.gpu);
                let change = angles(self.all_angles);
                let kernels = TermKernels::new(gpu, &*self.objective, T::PRECISION, change)?;
                let selection = self.selection.as_deref().map_or(Selection::All, Selection::Only);
                kernels.select(selection, self.objective.terms());
                Box::new(kernels)
            }
        };
        Ok(self.terms.insert(kernels))
    }

    /// After a result that is not finite: whether kernels that take angles of any size may do better. They take compilers long,
    /// so that there are none before.
    fn takes_all_angles(&mut self) -> Result<bool> {
        let is_new = T::PRECISION == Precision::F32 && !self.all_angles;
        if !is_new {
            return Ok(false);
        }
        let source = self.objective.wgsl()?.source;
        self.all_angles = ["sin", "cos", "tan"].iter().any(|name| source.contains(name));
        if self.all_angles {
            tracing::debug!("compiling again, for angles of any size");
            (self.terms, self.slopes) = (None, None);
            self.loops.clear();
        }
        Ok(self.all_angles)
    }

    /// Whether slopes carry something, too.
    fn has(&mut self, beyond: Beyond) -> Result<bool> {
        match &mut self.slopes {
            Some(Some(slopes)) => slopes.has(beyond, &*self.objective),
            _ => Ok(false),
        }
    }
}

impl<T: Real> CarriedSlopes<T> for OnGpu<'_, T> {
    fn is_ready(&mut self, bars: bool) -> bool {
        // What is wrong with the terms' own kernels is told when they are used.
        let Ok(data_len) = self.kernels().map(|kernels| kernels.data_len) else { return true };
        // Without bars, those of each term by itself are needed only where something is in doubt.
        if !bars && matches!(self.looping(Gradients::Slopes), Ok(Some(_))) {
            return true;
        }
        let Some(Some(slopes)) = &mut self.slopes else { return false };
        match slopes.compile_first(&*self.objective, bars, data_len) {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!("`{}` is differenced directly: {error}", self.objective.name());
                self.slopes = Some(None);
                self.refused = Some(error);
                false
            }
        }
    }

    fn has_second(&mut self) -> Result<bool> {
        self.has(Beyond::Second)
    }

    fn has_finite(&mut self) -> Result<bool> {
        self.has(Beyond::Finite)
    }

    fn has_samples(&mut self) -> Result<bool> {
        self.has(Beyond::Samples)
    }

    fn answers(&mut self, what: &Carry<'_, T>) -> Result<Carried> {
        if let Some(carried) = self.whole_gradients(what)? {
            return Ok(carried);
        }
        let Capacity { terms, iterations, limits, .. } = self.capacity()?;
        let (Some(Some(slopes)), Some(kernels)) = (&mut self.slopes, &self.terms) else {
            return Err(Error::unsupported(format!("`{}` carries no slopes", self.objective.name())));
        };
        let shared = Shared {
            words: &kernels.words,
            data: &kernels.data,
            data_len: kernels.data_len,
            terms,
            iterations,
            limits: Limits { submission: self.gpu.limits().submission, ..limits },
        };
        let carried = slopes.run(&*self.objective, &shared, what);
        if matches!(carried, Err(Error::Shader { .. })) {
            // The next call is differenced directly.
            self.slopes = Some(None);
        }
        if let Err(error) = &carried
            && self.gpu.shrinks(error)
        {
            return self.answers(what);
        }
        let carried = carried?;
        let mut all = carried.values.iter().chain(&carried.slopes);
        if all.any(|number| !number.value.is_finite()) && self.takes_all_angles()? {
            self.slopes()?;
            return self.answers(what);
        }
        Ok(carried)
    }
}

/// What a module's text becomes.
pub(super) fn angles(all: bool) -> impl Fn(String) -> String + Send + 'static {
    move |text| if all { text.replace(NEAR_ANGLES, ALL_ANGLES) } else { text }
}

impl<T: Real> Backend<T> for OnGpu<'_, T> {
    fn select(&mut self, selection: Option<&[u32]>) -> Result<()> {
        self.selection = selection.map(<[u32]>::to_vec);
        let selection = selection.map_or(Selection::All, Selection::Only);
        let loops = self.loops.iter_mut().filter_map(|(_, program)| program.as_mut());
        self.program.iter_mut().chain(loops).for_each(|program| program.select(selection));
        if let Some(terms) = &self.terms {
            terms.select(selection, self.objective.terms());
        }
        Ok(())
    }

    fn capacity(&mut self) -> Result<Capacity> {
        let TermKernels { iterations, pace, .. } = *self.kernels()?;
        let (all, limits) = (self.objective.terms(), self.gpu.limits());
        Ok(Capacity {
            terms: self.selection.as_ref().map_or(all, Vec::len),
            iterations,
            granularity: 1,
            limits: Limits {
                real: size_of::<T>() as u64,
                submission: pace.most(limits.submission),
                ..limits
            },
            // Several batches are under way at the same time, each of a few milliseconds.
            batch: 1 << 20,
            at_once: 1 << 17,
            moves: true,
        })
    }

    fn evaluate(&mut self, plan: &Plan, piece: &Piece, what: &Displacements<'_, T>) -> Result<Sums<T>> {
        let sums = self.kernels()?.run(plan, piece, what)?;
        let is_finite = |number: &T| number.to_f64().is_finite();
        if !sums.sums.iter().all(is_finite) && self.takes_all_angles()? {
            return self.kernels()?.run(plan, piece, what);
        }
        Ok(sums)
    }

    fn increments(&mut self) -> Result<Option<&mut dyn WholeGradients<T>>> {
        Ok(self.program.as_mut().map(|program| &mut **program as &mut dyn WholeGradients<T>))
    }

    fn slopes(&mut self) -> Result<Option<&mut dyn CarriedSlopes<T>>> {
        if self.slopes.is_none() {
            let (gpu, change) = (Arc::clone(&self.gpu), angles(self.all_angles));
            let kernels = SlopeKernels::new(gpu, &*self.objective, T::PRECISION, change)?;
            self.slopes = Some(kernels.map(Box::new));
        }
        let is_there = matches!(self.slopes, Some(Some(_)));
        Ok(is_there.then_some(self as &mut dyn CarriedSlopes<T>))
    }

    fn is_device(&self) -> bool {
        true
    }

    fn shrinks(&self, error: &Error) -> bool {
        self.gpu.shrinks(error)
    }

    fn runs_loops(&mut self, by: Gradients, _batches: bool, _points: Option<usize>) -> Result<bool> {
        Ok(self.looping(by)?.is_some())
    }

    fn advance(&mut self, by: Gradients, stretch: &Stretch<'_>) -> Result<Option<Advanced>> {
        match self.looping(by)? {
            Some(program) => program.advance(stretch).map(Some),
            None => Ok(None),
        }
    }

    /// Hosts find steps for many batches at the same time: each has buffers of its own, and all share the kernels.
    fn twins(&mut self) -> Result<Option<Twins<'_, T>>> {
        let kernels = self.kernels()?.twin();
        let (gpu, objective) = (Arc::clone(&self.gpu), Arc::clone(&self.objective));
        let (selection, all_angles) = (self.selection.clone(), self.all_angles);
        Ok(Some(Box::new(move || {
            Box::new(OnGpu {
                gpu: Arc::clone(&gpu),
                objective: Arc::clone(&objective),
                selection: selection.clone(),
                terms: Some(Box::new(kernels.twin())),
                slopes: None,
                program: None,
                loops: Vec::new(),
                refused: None,
                all_angles,
            })
        })))
    }

    fn has_increments_by_term(&self) -> bool {
        self.program.is_none() && self.terms.as_ref().is_some_and(|terms| terms.has_increments())
    }

    fn refused(&self) -> Option<&Error> {
        self.refused.as_ref()
    }

    fn suppose_most_turns(&mut self) -> bool {
        self.terms.as_mut().is_some_and(|terms| terms.suppose_most_turns())
    }
}
