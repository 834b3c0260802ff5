//! The test problems of Moré, Garbow and Hillstrom, "Testing Unconstrained Optimization Software", ACM TOMS
//! 7(1), 1981: the objectives in WGSL, and twins of them in Rust, written from the formulas on their own and
//! differentiated by dual numbers.

mod dual;
mod twins;

use dual::{Number, gradient};
use twins::*;

pub struct Problem {
    pub name: &'static str,
    pub source: &'static str,
    /// What `data(i)` reads.
    pub data: &'static [f64],
    /// How many terms `term(s)` has; none for an `objective()`.
    pub terms: Option<usize>,
    pub start: Vec<f64>,
    /// The objective at the start, to twelve digits.
    pub at_start: f64,
    /// A local minimiser and the objective there.
    pub minimum: Option<(Vec<f64>, f64)>,
    pub value: fn(&[f64]) -> f64,
    pub gradient: fn(&[f64]) -> Vec<f64>,
    /// The sum of the absolute values of the terms.
    pub magnitude: fn(&[f64]) -> f64,
}

impl Problem {
    fn reading(self, data: &'static [f64]) -> Self {
        Problem { data, ..self }
    }

    fn minimum(self, x: Vec<f64>, value: f64) -> Self {
        Problem { minimum: Some((x, value)), ..self }
    }
}

fn terms<N: Number>(residuals: Vec<N>) -> impl Iterator<Item = N> {
    residuals.into_iter().map(|r| r * r)
}

macro_rules! problem {
    ($twin:ident, $terms:expr, $start:expr, $at_start:expr) => {
        Problem {
            name: stringify!($twin),
            source: include_str!(concat!("../../../../examples/problems/", stringify!($twin), ".wgsl")),
            data: &[],
            terms: $terms,
            start: $start,
            at_start: $at_start,
            minimum: None,
            value: |x| terms($twin(x)).sum(),
            gradient: |x| gradient(x, $twin),
            magnitude: |x| terms($twin(x)).map(f64::abs).sum(),
        }
    };
}

/// v(1), ..., v(n).
fn grid(n: u32, v: fn(f64) -> f64) -> Vec<f64> {
    (1..=n).map(|j| v(f64::from(j))).collect()
}

/// Where no closed form is known, the minimiser was refined by Newton's method on the twin; it and the values
/// agree with the published digits. Skipped by rustfmt, which would write one number a line.
#[rustfmt::skip]
pub fn all() -> Vec<Problem> {
    vec![
        problem!(rosenbrock, Some(2), vec![-1.2, 1.0], 24.2).minimum(vec![1.0, 1.0], 0.0),
        problem!(freudenstein_roth, Some(2), vec![0.5, -2.0], 400.5).minimum(vec![5.0, 4.0], 0.0),
        problem!(powell_badly_scaled, Some(2), vec![0.0, 1.0], 1.13526171735)
            .minimum(vec![1.0981593296997674e-5, 9.10614673986694], 0.0),
        problem!(brown_badly_scaled, Some(3), vec![1.0, 1.0], 9.99998000003e11).minimum(vec![1e6, 2e-6], 0.0),
        problem!(beale, Some(3), vec![1.0, 1.0], 14.203125).minimum(vec![3.0, 0.5], 0.0),
        problem!(jennrich_sampson, Some(10), vec![0.3, 0.4], 4171.30616196)
            .minimum(vec![0.2578252136703641; 2], 124.362182356),
        problem!(helical_valley, Some(3), vec![-1.0, 0.0, 0.0], 2500.0).minimum(vec![1.0, 0.0, 0.0], 0.0),
        problem!(bard, Some(15), vec![1.0; 3], 41.6816958617).reading(&BARD)
            .minimum(vec![0.08241055974978895, 1.1330360920297216, 2.343695178642537], 8.21487730658e-3),
        problem!(gaussian, Some(15), vec![0.4, 1.0, 0.0], 3.88810699117e-6)
            .minimum(vec![0.39895613783869094, 1.0000190844896193, 0.0], 1.12793276962e-8),
        problem!(meyer, Some(16), vec![0.02, 4000.0, 250.0], 1.69360780944e9)
            .minimum(vec![5.609636471025715e-3, 6181.34634628672, 345.22363462414825], 87.9458551705),
        problem!(gulf, Some(99), vec![5.0, 2.5, 0.15], 12.1107058256).minimum(vec![50.0, 25.0, 1.5], 0.0),
        problem!(box_3d, Some(10), vec![0.0, 10.0, 20.0], 1031.15381061).minimum(vec![1.0, 10.0, 1.0], 0.0),
        problem!(powell_singular, Some(4), vec![3.0, -1.0, 0.0, 1.0], 215.0).minimum(vec![0.0; 4], 0.0),
        problem!(wood, Some(6), vec![-3.0, -1.0, -3.0, -1.0], 19192.0).minimum(vec![1.0; 4], 0.0),
        problem!(kowalik_osborne, Some(11), vec![0.25, 0.39, 0.415, 0.39], 5.31317227211e-3)
            .minimum(vec![0.19280693457903791, 0.19128232873436657, 0.12305650692632086,
                0.13606233068379464], 3.07505603849e-4),
        problem!(brown_dennis, Some(20), vec![25.0, 5.0, -5.0, -1.0], 7926693.337)
            .minimum(vec![-11.594439904762163, 13.203630051207202, -0.40343948817685965,
                0.2367787744557363], 85822.2016264),
        problem!(osborne_1, Some(33), vec![0.5, 1.5, -1.0, 0.01, 0.02], 0.879026293545)
            .minimum(vec![0.37541005210691314, 1.9358469127078122, -1.4646871366088383,
                0.012867534640048054, 0.022122699661691038], 5.46489469748e-5),
        problem!(biggs_exp6, Some(13), vec![1.0, 2.0, 1.0, 1.0, 1.0, 1.0], 0.779070075656)
            .minimum(vec![1.0, 10.0, 1.0, 5.0, 4.0, 3.0], 0.0),
        problem!(osborne_2, Some(65), vec![1.3, 0.65, 0.65, 0.7, 0.6, 3.0, 5.0, 7.0, 2.0, 4.5, 5.5],
            2.09341951421).reading(&OSBORNE_2)
            .minimum(vec![1.3099771546273007, 0.43155379460298904, 0.6336616989607241, 0.5994305347859162,
                0.7541832263280115, 0.9042885798596334, 1.365811835237028, 4.823698817227156,
                2.3986848661317546, 4.568874597667672, 5.6753414705806415], 0.0401377362935),
        problem!(watson, Some(31), vec![0.0; 6], 30.0)
            .minimum(vec![-0.01572508640145848, 1.0124348693691096, -0.2329916259567358, 1.2604300877996037,
                -1.5137289227222757, 0.9929964324311331], 2.28767005355e-3),
        problem!(extended_rosenbrock, Some(10), [-1.2, 1.0].repeat(5), 121.0).minimum(vec![1.0; 10], 0.0),
        problem!(extended_powell, Some(12), [3.0, -1.0, 0.0, 1.0].repeat(3), 645.0)
            .minimum(vec![0.0; 12], 0.0),
        problem!(penalty_1, Some(11), grid(10, |j| j), 148032.56535)
            .minimum(vec![0.15812230111311634; 10], 7.08765146709e-5),
        problem!(penalty_2, Some(20), vec![0.5; 10], 162.652776566)
            .minimum(vec![0.19998360519782363, 0.010350648471292306, 0.019604934480438412,
                0.03208906722068565, 0.0499326773996413, 0.07651399515399364, 0.11862407286950423,
                0.19214487233557676, 0.3473205869418436, 0.3691643741593509], 2.93660537457e-4),
        problem!(variably_dimensioned, None, grid(10, |j| 1.0 - j / 10.0), 2198551.1625)
            .minimum(vec![1.0; 10], 0.0),
        problem!(trigonometric, None, vec![0.1; 10], 7.07575946622e-3)
            .minimum(vec![0.05515090398069142, 0.0568406167947387, 0.0587640017626951, 0.06099060865676101,
                0.06362621369585442, 0.06684317945275878, 0.20816151856988047, 0.16436309588564907,
                0.0850068956885075, 0.09143145071470786], 2.79505612188e-5),
        problem!(brown_almost_linear, None, vec![0.5; 10], 273.248047829).minimum(vec![1.0; 10], 0.0),
        problem!(discrete_boundary, Some(10), grid(10, |j| j / 11.0 * (j / 11.0 - 1.0)), 7.88519101265e-4)
            .minimum(vec![-0.04316498251876488, -0.08157715653538691, -0.11448571438052932,
                -0.14097357686259673, -0.15990869618198317, -0.16987720231277495, -0.16908998378120838,
                -0.15524953522183185, -0.12535589167893502, -0.0754165336858921], 0.0),
        problem!(discrete_integral, Some(10), grid(10, |j| j / 11.0 * (j / 11.0 - 1.0)), 0.0634168415795)
            .minimum(vec![-0.04316498251876487, -0.08157715653538689, -0.11448571438052926,
                -0.14097357686259668, -0.15990869618198314, -0.1698772023127749, -0.16908998378120835,
                -0.1552495352218318, -0.12535589167893496, -0.07541653368589202], 0.0),
        problem!(broyden_tridiagonal, Some(10), vec![-1.0; 10], 21.0)
            .minimum(vec![-0.5707221320112248, -0.6818069499842752, -0.7022100760176601,
                -0.7055106298950804, -0.7049061557287436, -0.7014966070298511, -0.6918893223547983,
                -0.6657965144058537, -0.5960351090263657, -0.4164122575286934], 0.0),
        problem!(broyden_banded, Some(10), vec![-1.0; 10], 360.0)
            .minimum(vec![-0.4283028635872503, -0.47659642435629024, -0.5196524636468617,
                -0.5580993248321809, -0.5925061568294573, -0.624503682199468, -0.6232394714405911,
                -0.6213938417965735, -0.6204535966590874, -0.5864692707204351], 0.0),
        problem!(linear_full_rank, Some(20), vec![1.0; 10], 50.0).minimum(vec![-1.0; 10], 10.0),
        problem!(linear_rank_1, Some(20), vec![1.0; 10], 8658670.0)
            .minimum(grid(10, |j| 3.0 / 41.0 / (10.0 * j)), 380.0 / 82.0),
        problem!(linear_rank_1_zeros, Some(20), vec![1.0; 10], 4067996.0)
            .minimum(grid(10, |j| 3.0 / 37.0 / (8.0 * j)), 454.0 / 74.0),
        problem!(chebyquad, Some(8), grid(8, |j| j / 9.0), 0.0386176982859)
            .minimum(vec![0.04315276015101666, 0.19309084038418617, 0.26632870689027294, 0.5, 0.5,
                0.7336712931097271, 0.8069091596158139, 0.9568472398489833], 3.51687372568e-3),
    ]
}
