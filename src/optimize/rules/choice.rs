//! Rules by their names and settings, as configurations and command lines have them.

use serde::{Deserialize, Serialize};

use super::{
    AdaGrad, Adam, AdamW, Clip, Clipped, GradientDescent, Lion, Momentum, Nesterov, Rate, RmsProp, Schedule,
    WeightDecay,
};
use crate::error::{Error, Result};
use crate::numeric::named;
use crate::optimize::Update;

named! {
    "update rule";
    /// Which update rule.
    #[derive(Default)]
    pub enum RuleKind {
        /// [`GradientDescent`]
        #[default]
        GradientDescent,
        /// [`Momentum`]
        Momentum,
        /// [`Nesterov`]
        Nesterov,
        /// [`AdaGrad`]
        Adagrad,
        /// [`RmsProp`]
        Rmsprop,
        /// [`Adam`]
        Adam,
        /// [`AdamW`]
        Adamw,
        /// [`Lion`]
        Lion,
    }
}

/// An update rule by its name, with its settings; those that are left out are the rule's own.
///
/// ```
/// use plusminus::{RuleChoice, RuleKind, Update};
/// let choice = RuleChoice { rule: RuleKind::Adam, schedule: Some("cosine:0.1".into()), ..RuleChoice::default() };
/// let rule = choice.build(0.01, 1000)?;
/// assert!(rule.name().starts_with("Adam, learning rate 0.01"));
/// let wrong = RuleChoice { beta: Some(0.9), ..choice };
/// assert!(wrong.build(0.01, 1000).is_err());
/// # Ok::<(), plusminus::Error>(())
/// ```
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleChoice {
    /// The rule.
    #[serde(default, rename = "name")]
    pub rule: RuleKind,
    /// β of momentum and Nesterov's, ρ of RMSProp.
    pub beta: Option<f64>,
    /// β₁ and β₂ of Adam, AdamW and Lion.
    pub betas: Option<[f64; 2]>,
    /// ε of AdaGrad, RMSProp, Adam and AdamW.
    pub epsilon: Option<f64>,
    /// λ of weight decay: of AdamW and Lion their own, of others by way of the gradient.
    pub decay: Option<f64>,
    /// Gradients are clipped to this norm.
    pub clip_norm: Option<f64>,
    /// Components of gradients are clipped to this.
    pub clip_value: Option<f64>,
    /// How the learning rate changes: see [`Schedule::parse`].
    pub schedule: Option<String>,
    /// Steps in which the learning rate rises before the schedule begins.
    pub warm_up: Option<usize>,
}

impl RuleChoice {
    /// The rule with this learning rate, for a descent of so many steps.
    ///
    /// # Errors
    /// [`Error::Usage`] for a setting that the rule has not, or that is out of range.
    pub fn build(&self, rate: f64, steps: usize) -> Result<Box<dyn Update>> {
        use RuleKind as Kind;
        let kind = self.rule;
        let belongs = |name: &str, is_set: bool, kinds: &[Kind]| {
            if !is_set || kinds.contains(&kind) {
                return Ok(());
            }
            let kinds: Vec<String> = kinds.iter().map(ToString::to_string).collect();
            Err(Error::usage(format!("`{name}` is a setting of {}, and not of {kind}", kinds.join(", "))))
        };
        belongs("beta", self.beta.is_some(), &[Kind::Momentum, Kind::Nesterov, Kind::Rmsprop])?;
        belongs("betas", self.betas.is_some(), &[Kind::Adam, Kind::Adamw, Kind::Lion])?;
        let with_epsilon = [Kind::Adagrad, Kind::Rmsprop, Kind::Adam, Kind::Adamw];
        belongs("epsilon", self.epsilon.is_some(), &with_epsilon)?;
        if self.clip_norm.is_some() && self.clip_value.is_some() {
            return Err(Error::usage(
                "gradients are clipped by their norm or by their components: give one limit",
            ));
        }
        let rate = Rate::new(rate).with(self.schedule(steps)?);
        let rule = self.plain(rate);
        let clip = self.clip_norm.map(Clip::Norm).or(self.clip_value.map(Clip::Value));
        let has_own_decay = matches!(kind, Kind::Adamw | Kind::Lion);
        // Gradients are clipped before weights decay.
        let rule = match self.decay.filter(|_| !has_own_decay) {
            Some(decay) => Box::new(WeightDecay::new(rule, decay)),
            None => rule,
        };
        let rule: Box<dyn Update> = match clip {
            Some(clip) => Box::new(Clipped::new(rule, clip)),
            None => rule,
        };
        rule.fault().map_or(Ok(rule), |fault| Err(Error::usage(fault)))
    }

    fn schedule(&self, steps: usize) -> Result<Schedule> {
        if let Some(warm_up) = self.warm_up.filter(|&warm_up| self.schedule.is_some() && warm_up >= steps) {
            return Err(Error::usage(format!(
                "a warm-up of {warm_up} steps leaves none of {steps} for the schedule: make it shorter"
            )));
        }
        let own = |warm_up: usize| match &self.schedule {
            Some(text) => Schedule::parse(text, steps.saturating_sub(warm_up)),
            None => Ok(Schedule::Constant),
        };
        match self.warm_up {
            Some(warm_up) => Ok(Schedule::WarmUp { steps: warm_up, then: Box::new(own(warm_up)?) }),
            None => own(0),
        }
    }

    fn plain(&self, rate: Rate) -> Box<dyn Update> {
        /// A setting that is given, put into a rule.
        fn set<R, S>(rule: R, setting: Option<S>, put: impl FnOnce(R, S) -> R) -> R {
            match setting {
                Some(setting) => put(rule, setting),
                None => rule,
            }
        }
        let RuleChoice { beta, betas, epsilon, decay, .. } = *self;
        match self.rule {
            RuleKind::GradientDescent => Box::new(GradientDescent::new(rate)),
            RuleKind::Momentum => Box::new(set(Momentum::new(rate), beta, Momentum::beta)),
            RuleKind::Nesterov => Box::new(set(Nesterov::new(rate), beta, Nesterov::beta)),
            RuleKind::Adagrad => Box::new(set(AdaGrad::new(rate), epsilon, AdaGrad::epsilon)),
            RuleKind::Rmsprop => {
                let rule = set(RmsProp::new(rate), beta, RmsProp::rho);
                Box::new(set(rule, epsilon, RmsProp::epsilon))
            }
            RuleKind::Adam => {
                let rule = set(Adam::new(rate), betas, |rule, [first, second]| rule.betas(first, second));
                Box::new(set(rule, epsilon, Adam::epsilon))
            }
            RuleKind::Adamw => {
                let rule = set(AdamW::new(rate), betas, |rule, [first, second]| rule.betas(first, second));
                Box::new(set(set(rule, epsilon, AdamW::epsilon), decay, AdamW::decay))
            }
            RuleKind::Lion => {
                let rule = set(Lion::new(rate), betas, |rule, [first, second]| rule.betas(first, second));
                Box::new(set(rule, decay, Lion::decay))
            }
        }
    }
}
