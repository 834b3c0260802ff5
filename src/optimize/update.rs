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
        let mut wide: Vec<f64> = x.iter().map(|&x| f64::from(x)).collect();
        let gradient: Vec<f64> = gradient.iter().map(|&g| f64::from(g)).collect();
        self.update(&mut wide, &gradient, state, step);
        x.iter_mut().zip(wide).for_each(|(x, wide)| *x = wide as f32);
    }

    /// The rule for a device, if it has one that keeps no state.
    fn on_device(&self) -> Option<DeviceUpdate> {
        None
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

    fn on_device(&self) -> Option<DeviceUpdate> {
        (**self).on_device()
    }
}

/// An update rule for a device.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct DeviceUpdate {
    /// Where a coordinate goes, in WGSL: an expression in `x`, `rate` and `gradient`.
    pub wgsl: &'static str,
    /// The learning rate.
    pub rate: f64,
}
