//! What slope, curvature and error bars tell of a point.

use super::SMALL;
use super::slope::Slope;
use crate::numeric::Precision;
use crate::optimize::Evidence;

/// Where a point is.
pub(in crate::optimize) enum Verdict {
    /// Its gradient is 0 as far as can be told.
    AtRest(Evidence),
    /// The bar is so wide that the gradient might be 0, and might be anything.
    Unknown {
        /// The largest bar, if there is one.
        bar: Option<f64>,
    },
    /// Gradient and curvature lead nowhere.
    Plateau { curvature: f64 },
    /// It is on its way.
    OnItsWay,
}

impl Verdict {
    /// Of f with that value and a first gradient of that size.
    ///
    /// With slope g and curvature c > 0 along the slope the minimum is about g/c away, and g²/2c below. A point may be at rest where the way is no
    /// more than half of the digits of [`Slope::scale`]: of what f has fallen then nothing is left but its rounding, for both go by the square.
    /// The Hessian has to agree ([`holds`](super::holds)): a steep direction hides a gentle one.
    pub(in crate::optimize) fn new(slope: &Slope, value: f64, first: f64, precision: Precision) -> Self {
        let half = precision.epsilon().sqrt();
        let &Slope { norm, scale, .. } = slope;
        // Where the curvature is not known to differ from 0, there is none to reckon with.
        let known = slope.curvature.filter(|[curvature, error]| curvature.abs() > 2.0 * error);
        let convex = known.map(|[curvature, _]| curvature).filter(|&curvature| curvature > 0.0);
        // What underflows.
        let tiny = match precision {
            Precision::F64 => f64::MIN_POSITIVE,
            Precision::F32 => f64::from(f32::MIN_POSITIVE),
        } * f64::from(1 << 20);
        if let Some(bars) = &slope.bars {
            let is_within = slope.gradient.iter().zip(bars).all(|(g, bar)| g.abs() <= *bar || bar.is_nan());
            let bar = bars
                .iter()
                .fold(0.0, |most: f64, &bar| if bar.is_nan() { f64::INFINITY } else { most.max(bar) });
            let tells = bar <= SMALL * first
                || bar <= tiny
                || known.is_some_and(|[curvature, _]| bar / curvature.abs() <= SMALL * scale);
            match is_within {
                true if tells && norm == 0.0 => return Verdict::AtRest(Evidence::Zero),
                true if tells => return Verdict::AtRest(Evidence::WithinBar { bar }),
                true => return Verdict::Unknown { bar: Some(bar).filter(|bar| bar.is_finite()) },
                false => {}
            }
        } else if norm == 0.0 {
            return Verdict::AtRest(Evidence::Zero);
        }
        if let Some(curvature) = convex {
            let (distance, fall) = (norm / curvature, norm * norm / (2.0 * curvature));
            if distance <= half * scale {
                return Verdict::AtRest(Evidence::Near { distance });
            }
            if fall <= precision.epsilon() * value.abs() && distance <= SMALL * scale {
                return Verdict::AtRest(Evidence::Rounded { fall });
            }
        }
        let [curvature, error] = slope.curvature.unwrap_or([f64::NAN, f64::NAN]);
        // Over as far as it is from its start, f stays what it is to all of its digits.
        // A large f is no reason to call a slope small.
        let nothing = precision.epsilon() * value.abs().min(1.0);
        if norm * scale <= nothing && (curvature.abs() + error) * scale * scale <= nothing {
            return Verdict::Plateau { curvature };
        }
        Verdict::OnItsWay
    }
}
