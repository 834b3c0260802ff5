//! What naga reads behind each text.

use super::builtins;
use crate::numeric::Precision;

/// The functions of the engine that a text may call: on the CPU each is an instruction.
pub(super) fn prelude(text: &str, precision: Precision) -> String {
    let functions = builtins::definitions(text, |_, arguments| arguments.join(" + "));
    let vectors = (2..=4).map(|n| format!("fn pm_vec{n}(a: vec{n}<real>) -> vec{n}<real> {{ return a; }}\n"));
    let known = vectors.collect::<String>();
    format!(
        "\nalias real = {precision};\n{functions}{known}
fn pm_real(a: real) -> real {{ return a; }}
fn powi(x: real, n: i32) -> real {{ return x; }}
fn x(i: u32) -> real {{ return 0.0; }}
fn data(i: u32) -> real {{ return 0.0; }}
fn dimension() -> u32 {{ return 0u; }}
fn data_len() -> u32 {{ return 0u; }}
"
    )
}
