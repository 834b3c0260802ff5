//! Every function of the crate `argmin_testfunctions`, written as an expression, with its own value and derivative.

use argmin_testfunctions as functions;

/// A function, and a point where it is smooth.
pub struct Case {
    pub name: &'static str,
    /// As an expression.
    pub text: &'static str,
    pub value: fn(&[f64]) -> f64,
    pub gradient: fn(&[f64]) -> Vec<f64>,
    pub hessian: fn(&[f64]) -> Vec<Vec<f64>>,
    pub x: Vec<f64>,
}

const PICHENY: &str = "(log10((1 + (4*x0-2 + 4*x1-2 + 1)^2 * (19 - 14*(4*x0-2) + 3*(4*x0-2)^2 - 14*(4*x1-2)
    + 6*(4*x0-2)*(4*x1-2) + 3*(4*x1-2)^2)) * (30 + (2*(4*x0-2) - 3*(4*x1-2))^2 * (18 - 32*(4*x0-2) + 12*(4*x0-2)^2
    + 48*(4*x1-2) - 36*(4*x0-2)*(4*x1-2) + 27*(4*x1-2)^2))) - 8.693) / 2.427";

const GOLDSTEIN: &str = "(1 + (x0+x1+1)^2 * (19 - 14*x0 + 3*x0^2 - 14*x1 + 6*x0*x1 + 3*x1^2))
    * (30 + (2*x0-3*x1)^2 * (18 - 32*x0 + 12*x0^2 + 48*x1 - 36*x0*x1 + 27*x1^2))";

const LEVY: &str =
    "sin(pi*(1+(x[0]-1)/4))^2 + sum(((x[1:-1]-1)/4)^2 * (1 + 10*sin(pi*(1+(x[1:-1]-1)/4) + 1)^2))
    + ((x[-1]-1)/4)^2 * (1 + sin(2*pi*(1+(x[-1]-1)/4))^2)";

pub fn cases() -> Vec<Case> {
    macro_rules! two {
        ($f:ident, $d:ident, $h:ident, $text:expr, $x:expr) => {
            Case {
                name: stringify!($f),
                text: $text,
                value: |x| functions::$f(&[x[0], x[1]]),
                gradient: |x| functions::$d(&[x[0], x[1]]).to_vec(),
                hessian: |x| functions::$h(&[x[0], x[1]]).map(Vec::from).to_vec(),
                x: $x.to_vec(),
            }
        };
    }
    macro_rules! any {
        ($f:ident, $d:ident, $h:ident, $text:expr, $x:expr) => {
            Case {
                name: stringify!($f),
                text: $text,
                value: |x| functions::$f(x),
                gradient: |x| functions::$d(x),
                hessian: |x| functions::$h(x),
                x: $x.to_vec(),
            }
        };
    }
    vec![
        any!(
            ackley,
            ackley_derivative,
            ackley_hessian,
            "-20*exp(-0.2*sqrt(mean(x^2))) - exp(mean(cos(tau*x))) + 20 + e",
            [0.5, 1.5, -0.8]
        ),
        two!(
            beale,
            beale_derivative,
            beale_hessian,
            "(1.5 - x0 + x0*x1)^2 + (2.25 - x0 + x0*x1^2)^2 + (2.625 - x0 + x0*x1^3)^2",
            [1.3, 0.4]
        ),
        two!(booth, booth_derivative, booth_hessian, "(x0 + 2*x1 - 7)^2 + (2*x0 + x1 - 5)^2", [2.0, -1.0]),
        two!(
            bukin_n6,
            bukin_n6_derivative,
            bukin_n6_hessian,
            "100*sqrt(abs(x1 - 0.01*x0^2)) + 0.01*abs(x0 + 10)",
            [-8.0, 2.0]
        ),
        two!(
            cross_in_tray,
            cross_in_tray_derivative,
            cross_in_tray_hessian,
            "-0.0001*(abs(sin(x0)*sin(x1)*exp(abs(100 - sqrt(x0^2+x1^2)/pi))) + 1)^0.1",
            [1.0, -0.7]
        ),
        two!(
            easom,
            easom_derivative,
            easom_hessian,
            "-cos(x0)*cos(x1)*exp(-(x0-pi)^2 - (x1-pi)^2)",
            [2.8, 3.6]
        ),
        two!(
            eggholder,
            eggholder_derivative,
            eggholder_hessian,
            "-(x1+47)*sin(sqrt(abs(x1 + x0/2 + 47))) - x0*sin(sqrt(abs(x0 - (x1+47))))",
            [30.0, 60.0]
        ),
        two!(goldsteinprice, goldsteinprice_derivative, goldsteinprice_hessian, GOLDSTEIN, [0.4, -0.6]),
        two!(
            himmelblau,
            himmelblau_derivative,
            himmelblau_hessian,
            "(x0^2 + x1 - 11)^2 + (x0 + x1^2 - 7)^2",
            [1.0, 2.0]
        ),
        two!(
            holder_table,
            holder_table_derivative,
            holder_table_hessian,
            "-abs(sin(x0)*cos(x1)*exp(abs(1 - sqrt(x0^2 + x1^2)/pi)))",
            [1.4, 0.7]
        ),
        any!(levy, levy_derivative, levy_hessian, LEVY, [1.4, 0.2, -2.5, 3.0]),
        two!(
            levy_n13,
            levy_n13_derivative,
            levy_n13_hessian,
            "sin(3*pi*x0)^2 + (x0-1)^2*(1 + sin(3*pi*x1)^2) + (x1-1)^2*(1 + sin(2*pi*x1)^2)",
            [1.3, 0.45]
        ),
        two!(matyas, matyas_derivative, matyas_hessian, "0.26*(x0^2 + x1^2) - 0.48*x0*x1", [1.5, -0.5]),
        two!(
            mccormick,
            mccormick_derivative,
            mccormick_hessian,
            "sin(x0 + x1) + (x0 - x1)^2 - 1.5*x0 + 2.5*x1 + 1",
            [0.5, -0.5]
        ),
        two!(picheny, picheny_derivative, picheny_hessian, PICHENY, [0.7, 0.3]),
        any!(
            rastrigin,
            rastrigin_derivative,
            rastrigin_hessian,
            "10*n + sum(x^2 - 10*cos(tau*x))",
            [0.3, -1.2]
        ),
        any!(
            rosenbrock,
            rosenbrock_derivative,
            rosenbrock_hessian,
            "sum(100*(x[1:] - x[:-1]^2)^2 + (1 - x[:-1])^2)",
            [-1.2, 1.0, 0.7, 1.5, -0.3, 1.1, 0.4, 0.2, 1.0, -1.0]
        ),
        two!(
            schaffer_n2,
            schaffer_n2_derivative,
            schaffer_n2_hessian,
            "0.5 + (sin(x0^2 - x1^2)^2 - 0.5) / (1 + 0.001*(x0^2 + x1^2))^2",
            [1.4, -0.6]
        ),
        two!(
            schaffer_n4,
            schaffer_n4_derivative,
            schaffer_n4_hessian,
            "0.5 + (cos(sin(abs(x0^2 - x1^2)))^2 - 0.5) / (1 + 0.001*(x0^2 + x1^2))^2",
            [1.4, -0.6]
        ),
        any!(sphere, sphere_derivative, sphere_hessian, "sum(x^2)", [1.0, -2.0, 3.5]),
        any!(
            styblinski_tang,
            styblinski_tang_derivative,
            styblinski_tang_hessian,
            "0.5*sum(x^4 - 16*x^2 + 5*x)",
            [1.0, -2.5, 0.3]
        ),
        two!(
            threehumpcamel,
            threehumpcamel_derivative,
            threehumpcamel_hessian,
            "2*x0^2 - 1.05*x0^4 + x0^6/6 + x0*x1 + x1^2",
            [0.6, -0.9]
        ),
        any!(zero, zero_derivative, zero_hessian, "0*x0", [1.0, 2.0]),
    ]
}
