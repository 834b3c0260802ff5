//! Where a step leads: the trait that every update rule implements.

/// An update rule: how a point moves, given its gradient.
///
/// A rule of one's own implements [`update`](Self::update); the loop ([`Descent`](crate::Descent)) does all else.
///
/// ```
/// use plusminus::{Closure, Descent, Engine, Precision, Update};
///
/// /// Gradient descent with momentum (Polyak, 1964): v ← βv - rate·g, x ← x + v.
/// struct Momentum { rate: f64, beta: f64 }
///
/// impl Update for Momentum {
///     fn name(&self) -> String { "momentum".into() }
///     fn state(&self) -> usize { 1 }
///     fn update(&self, x: &mut [f64], gradient: &[f64], state: &mut [f64], _step: usize) {
///         for ((x, g), v) in x.iter_mut().zip(gradient).zip(state) {
///             *v = self.beta * *v - self.rate * g;
///             *x += *v;
///         }
///     }
/// }
///
/// let f = Closure::new(1, |x| (x[0] - 3.0).powi(2))?;
/// let mut evaluator = Engine::cpu(Precision::F64).evaluator(&f)?;
/// let rule = Momentum { rate: 0.05, beta: 0.5 };
/// let done = Descent::new(rule).steps(200).run(&mut evaluator, ndarray::array![[0.0]].view())?;
/// assert!((done.points[[0, 0]] - 3.0).abs() < 1e-6);
/// # Ok::<(), plusminus::Error>(())
/// ```
pub trait Update: Send + Sync {
    /// What reports call it.
    fn name(&self) -> String;

    /// What is wrong with its settings, if anything: a sentence that names the setting, its value and its limits.
    fn fault(&self) -> Option<String> {
        None
    }

    /// Numbers that the rule keeps for each coordinate from one step to the next; they are 0 before the first step.
    fn state(&self) -> usize {
        0
    }

    /// Whether a later step may move a point that this one leaves where it is with all that is kept for it, such as with a learning
    /// rate that changes. Otherwise such a point has stopped.
    fn changes(&self) -> bool {
        false
    }

    /// Moves the point `x` by one step. `state` has [`state`](Self::state) numbers for each coordinate, those of a
    /// coordinate one after the other; `step` counts from 0. In f32 the point is rounded afterwards.
    fn update(&self, x: &mut [f64], gradient: &[f64], state: &mut [f64], step: usize);

    /// The same in the arithmetic of f32, where that differs from rounding afterwards.
    fn update_f32(&self, x: &mut [f32], gradient: &[f32], state: &mut [f64], step: usize) {
        if !self.is_elementwise() {
            let mut wide: Vec<f64> = x.iter().map(|&x| f64::from(x)).collect();
            let gradient: Vec<f64> = gradient.iter().map(|&g| f64::from(g)).collect();
            self.update(&mut wide, &gradient, state, step);
            x.iter_mut().zip(wide).for_each(|(x, wide)| *x = wide as f32);
            return;
        }
        // Piece by piece, in the fastest cache.
        let (mut wide, mut along) = ([0.0; PIECE], [0.0; PIECE]);
        let mut rest = state;
        for (x, gradient) in x.chunks_mut(PIECE).zip(gradient.chunks(PIECE)) {
            let (own, others) = std::mem::take(&mut rest).split_at_mut(x.len() * self.state());
            rest = others;
            let (wide, along) = (&mut wide[..x.len()], &mut along[..x.len()]);
            wide.iter_mut().zip(&*x).for_each(|(wide, &x)| *wide = f64::from(x));
            along.iter_mut().zip(gradient).for_each(|(along, &g)| *along = f64::from(g));
            self.update(wide, along, own, step);
            x.iter_mut().zip(wide).for_each(|(x, wide)| *x = *wide as f32);
        }
    }

    /// Whether each coordinate moves by itself, by its own component of the gradient and its own state: then those of many points
    /// may be handed over at once, and descents are faster. Not so where a rule looks at norms.
    fn is_elementwise(&self) -> bool {
        false
    }

    /// The learning rate, of plain gradient descent at one rate and of nothing else.
    fn plain_rate(&self) -> Option<f64> {
        None
    }

    /// The rule for a device, if it has one: of [elementwise](Self::is_elementwise) rules alone.
    fn on_device(&self) -> Option<DeviceUpdate> {
        None
    }

    /// The numbers of a step that the rule for a device reads.
    fn device_numbers(&self, _step: usize) -> Vec<f64> {
        Vec::new()
    }
}

impl<R: Update + ?Sized> Update for Box<R> {
    fn name(&self) -> String {
        (**self).name()
    }

    fn fault(&self) -> Option<String> {
        (**self).fault()
    }

    fn state(&self) -> usize {
        (**self).state()
    }

    fn changes(&self) -> bool {
        (**self).changes()
    }

    fn update(&self, x: &mut [f64], gradient: &[f64], state: &mut [f64], step: usize) {
        (**self).update(x, gradient, state, step);
    }

    fn update_f32(&self, x: &mut [f32], gradient: &[f32], state: &mut [f64], step: usize) {
        (**self).update_f32(x, gradient, state, step);
    }

    fn is_elementwise(&self) -> bool {
        (**self).is_elementwise()
    }

    fn plain_rate(&self) -> Option<f64> {
        (**self).plain_rate()
    }

    fn on_device(&self) -> Option<DeviceUpdate> {
        (**self).on_device()
    }

    fn device_numbers(&self, step: usize) -> Vec<f64> {
        (**self).device_numbers(step)
    }
}

/// Coordinates that are made wider at a time.
const PIECE: usize = 256;

/// An update rule for a device: what it does to a coordinate.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct DeviceUpdate {
    /// WGSL statements that change `x`, and what is kept for the coordinate, `s0` and `s1`, by `gradient` and the
    /// [numbers](Update::device_numbers) of the step, `k0`, `k1`, … to `k11`; all of them are of the type `real`, and
    /// `pm_per(a, b)` is a / b, or 0 where a is.
    pub wgsl: String,
    /// How many numbers are kept, 0 to 2.
    pub state: usize,
}

impl DeviceUpdate {
    /// These statements, with so many numbers kept.
    pub fn new(wgsl: impl Into<String>, state: usize) -> Self {
        DeviceUpdate { wgsl: wgsl.into(), state }
    }
}
