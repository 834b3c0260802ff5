//! Objectives.

use plusminus::ndarray::array;
use plusminus::{DataSet, Difference, Engine, ExpressionOptions, Precision, ShaderOptions, WgslObjective};

/// As far as the program that evaluates it.
fn prepare(objective: &WgslObjective) -> Option<plusminus::Evaluator<'_>> {
    Engine::cpu(Precision::F64).evaluator(objective).ok()
}

/// Expressions of three coordinates, a column of data and a number.
pub fn expression(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut options =
        ExpressionOptions { values: vec![("alpha".into(), 0.5)], ..ExpressionOptions::default() };
    options.data = DataSet::from(vec![1.0, 2.0, 3.0, 4.0]);
    for n in [1, 3] {
        let Ok(objective) = WgslObjective::from_expression_with(text, n, &options) else { continue };
        let Some(mut evaluator) = prepare(&objective) else { continue };
        if n == 3 {
            let _ = evaluator.gradient(array![[0.5, -1.0, 2.0]].view(), &Difference::default());
        }
    }
}

/// Objectives in WGSL. They are compiled, and not run: a loop may take as long as its text says.
pub fn wgsl(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let options = || ShaderOptions { data: vec![1.0, 2.0, 3.0, 4.0], ..ShaderOptions::default() };
    if let Ok(objective) = WgslObjective::new("fuzzed", text, 2, options()) {
        prepare(&objective);
    }
    if let Ok(objective) = WgslObjective::residuals("fuzzed", text, 2, options()) {
        prepare(&objective);
    }
}
