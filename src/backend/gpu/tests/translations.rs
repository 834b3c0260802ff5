//! Every module as drivers of Vulkan, Metal and DirectX 12 get it: translated, validated, and without what their compilers are
//! known to refuse or to fold.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use naga::Module;
use naga::back::{hlsl, msl, spv};
use naga::valid::{Capabilities, ModuleInfo, ValidationFlags, Validator};

use super::super::device::Gpu;
use super::super::program::Program;
use super::super::shader::{self, SlopeSizes};
use super::super::terms::TermKernels;
use super::super::{probe, receipt};
use super::{Example, Guarded, gpu};
use crate::numeric::{Precision, Real};
use crate::objective::{
    Activation, Architecture, Loss, Matrix, Network, Objective, Quadratic, Samples, ShaderOptions,
    SlopeShape, Targets, Wgsl, WgslObjective,
};
use crate::program::{component_stores, for_devices, text_in};

/// A text with all that an objective may contain: vectors, matrices, arrays, loops, branches, functions.
const USER: &str = "
    struct Pair { a: real, b: vec2<real> }
    fn piece(a: real) -> real {
        if (a < 0.0) { return -a; }
        return a * a;
    }
    var<private> seen: real = 0.5;
    fn term(s: u32) -> real {
        let k = data(s % 3u);
        var t: array<real, 3>;
        for (var i = 0u; i < 3u; i++) { t[(i + s) % 3u] = x(i) * k; }
        let m = mat2x2<real>(t[0], t[1], t[2], 1.0);
        let p = Pair(exp(t[0]), m * vec2<real>(x(0), x(1)));
        var sum = p.a * piece(t[1]) - sin(t[2]) + max(t[0], 2.0 * t[1]) + dot(p.b, p.b) + pow(abs(t[0]), 1.5);
        var turns = 0u;
        loop {
            sum = 0.5 * sum + cos(sum);
            turns++;
            if (sum < 1.0 || turns > s) { break; }
        }
        switch (s % 3u) {
            case 0u: { sum += t[0] % 3.0 + (p.b % vec2<real>(0.7, 0.3)).y; }
            default: { sum -= clamp(t[1], -1.0, 1.0); }
        }
        let v = vec3<real>(t[0], t[1], 1.0);
        seen += determinant(m) + determinant(mat3x3<real>(v, v.zxy, v.yzz));
        sum += seen * reflect(v, v.yxz).x + refract(p.b, p.b, 0.5).y + faceForward(v, v, v.zyx).z;
        return select(sum, 2.0 * sum, x(2) < 0.5);
    }";

fn user() -> WgslObjective {
    let options = ShaderOptions { data: vec![0.3, -0.7, 0.55], terms: Some(30), ..Default::default() };
    WgslObjective::new("user.wgsl", USER, 3, options).unwrap()
}

/// All modules by what they are, and whether they are in f64.
fn modules() -> BTreeMap<String, (Module, bool)> {
    let gpu = gpu();
    let mut all = BTreeMap::new();
    let mut add = |name: &str, module: Module, is_f64: bool| {
        all.insert(name.to_string(), (module, is_f64));
    };
    let parsed = |text: &str| {
        naga::front::wgsl::parse_str(text).unwrap_or_else(|error| panic!("{}", error.emit_to_string(text)))
    };
    for (name, text) in probe::texts() {
        let is_f64 = text.contains("f64(");
        add(&format!("probe, {name}"), parsed(&text), is_f64);
    }
    add("receipt", parsed(receipt::SIGN), false);
    for precision in [Precision::F32, Precision::F64] {
        let is_f64 = precision == Precision::F64;
        add(&format!("reduce, {precision}"), parsed(&shader::reduce_module(precision)), is_f64);
        let increments = Increments(Example::standard());
        let objectives: [(&str, &dyn Objective); 4] = [
            ("terms", &Example::standard()),
            ("guarded terms", &Guarded(Example::standard())),
            ("increments", &increments),
            ("terms of a text", &user()),
        ];
        for (name, objective) in objectives {
            let texts = Mutex::new(Vec::new());
            let keep = |text: String| {
                texts.lock().unwrap().push(text.clone());
                text
            };
            TermKernels::new(Arc::clone(&gpu), objective, precision, keep).unwrap();
            let text = texts.into_inner().unwrap().remove(0);
            let Wgsl { source, guarded, .. } = objective.wgsl().unwrap();
            let source = if guarded { text_in(&source, precision) } else { source };
            let module = for_devices(&text, source.len(), guarded.then_some(30_000)).unwrap();
            add(&format!("{name}, {precision}"), module, is_f64);
        }
        for (slots, second) in [(1, false), (3, false), (1, true)] {
            for (finite, bars, random) in [(false, true, false), (true, false, false), (false, false, true)] {
                for along_vectors in [false, true] {
                    let shape = SlopeShape { precision, slots, second, finite, bars, random, along_vectors };
                    let objective = user();
                    let offered = objective.incremental().unwrap().slope_text(&shape).unwrap();
                    // Not everything goes together.
                    let Some(offered) = offered else { continue };
                    let sizes = SlopeSizes { shape, dimension: 3, data: 3, turns: 30_000 };
                    let text = shader::slopes_module(&offered.source, &sizes);
                    add(&format!("slopes {shape:?}"), parsed(&text), is_f64);
                }
            }
        }
    }
    let ones = || ndarray::Array1::from_elem(70, 1.0);
    let dense = Matrix::Dense(ndarray::Array2::eye(70));
    let programs: Vec<(&str, Arc<dyn Objective>)> = vec![
        ("dense quadratic", Arc::new(Quadratic::new(dense, ones(), 0.0).unwrap())),
        ("diagonal quadratic", Arc::new(Quadratic::new(Matrix::Diagonal(ones()), ones(), 0.0).unwrap())),
        ("softmax network", Arc::new(network(Activation::Relu, Loss::SoftmaxCrossEntropy))),
        ("softplus network", Arc::new(network(Activation::Softplus, Loss::MeanSquaredError))),
        ("sigmoid network", Arc::new(network(Activation::Sigmoid, Loss::SoftmaxCrossEntropy))),
        ("tanh network", Arc::new(network(Activation::Tanh, Loss::MeanSquaredError))),
    ];
    for (name, objective) in programs {
        let single = program_text::<f32>(&gpu, &objective);
        let double = program_text::<f64>(&gpu, &objective);
        for (text, precision, is_f64) in [(single, "f32", false), (double, "f64", true)] {
            add(&format!("{name}, {precision}"), parsed(&text), is_f64);
            add(
                &format!("descent of a {name}, {precision}"),
                parsed(&shader::descend_module(
                    &text,
                    "s0 = k1 * s0 + gradient; x = x - k0 * pm_per(s0, sqrt(s1));",
                )),
                is_f64,
            );
        }
    }
    all
}

/// The module of an objective's program in a precision.
fn program_text<T: Real>(gpu: &Arc<Gpu>, objective: &Arc<dyn Objective>) -> String {
    let texts = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&texts);
    let keep = move |text: String| {
        kept.lock().unwrap().push(text.clone());
        text
    };
    Program::<T>::new(Arc::clone(gpu), Arc::clone(objective), keep).unwrap().unwrap();
    texts.lock().unwrap().remove(0)
}

fn network(activation: Activation, loss: Loss) -> Network {
    let architecture =
        Architecture::new(4, loss).dense(5, activation).dense(4, activation).dense(3, Activation::Identity);
    let inputs = ndarray::Array2::from_elem((6, 4), 0.5);
    let targets = match loss {
        Loss::SoftmaxCrossEntropy => Targets::Classes((0..6).map(|s| s % 3).collect()),
        _ => Targets::Values(ndarray::Array2::from_elem((6, 3), 0.25)),
    };
    Network::new(architecture, Samples::new(inputs, targets).unwrap()).unwrap()
}

/// An objective with increments of its own.
struct Increments(Example);

impl Objective for Increments {
    fn dimension(&self) -> usize {
        3
    }
    fn value(&self, _: &[f64]) -> f64 {
        f64::NAN
    }
    fn wgsl(&self) -> crate::Result<Wgsl> {
        let own = "fn increment(s: u32, axis: u32, delta: real) -> real { return delta * (x(axis) + 0.5 * delta); }";
        let wgsl = self.0.wgsl()?;
        Ok(Wgsl { source: format!("{}\n{own}", wgsl.source), increments: true, ..wgsl })
    }
}

fn validated(name: &str, module: &Module) -> ModuleInfo {
    let mut validator = Validator::new(ValidationFlags::all(), Capabilities::all());
    validator.validate(module).unwrap_or_else(|error| panic!("{name}: {error:?}"))
}

/// What the reference compiler's validator says of SPIR-V.
fn spirv_val(words: &[u32]) -> Result<(), String> {
    let missing = "spirv-val is missing; `apt-get install spirv-tools` gives it";
    let mut command = Command::new("spirv-val");
    let mut child = command
        .args(["--target-env", "vulkan1.1", "-"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{missing} ({error})"))?;
    child.stdin.take().unwrap().write_all(bytemuck::cast_slice(words)).map_err(|error| error.to_string())?;
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    let said = [output.stdout, output.stderr].concat();
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&said).into_owned()) }
}

#[test]
fn every_module_is_translated_and_valid() {
    let modules = modules();
    assert!(modules.len() > 40, "{}", modules.len());
    for (name, (module, is_f64)) in &modules {
        let info = validated(name, module);
        // The probe's own tries whether they work.
        let is_known = name == "probe, Components";
        assert_eq!(!component_stores(module, &info).is_empty(), is_known, "{name}");

        let options = spv::Options { lang_version: (1, 3), ..Default::default() };
        let words = spv::write_vec(module, &info, &options, None).unwrap_or_else(|e| panic!("{name}: {e:?}"));
        spirv_val(&words).unwrap_or_else(|said| panic!("{name}: {said}"));

        // FXC's model, and that of DXC.
        for shader_model in [hlsl::ShaderModel::V5_1, hlsl::ShaderModel::V6_0] {
            let options = hlsl::Options { shader_model, ..Default::default() };
            let (whole, mut text) = (hlsl::PipelineOptions { entry_point: None }, String::new());
            let written = hlsl::Writer::new(&mut text, &options, &whole).write(module, &info, None);
            written.unwrap_or_else(|error| panic!("{name}, HLSL: {error:?}"));
            assert!(text.contains("numthreads"), "{name}");
        }
        // Metal has no f64.
        if !is_f64 {
            let options = msl::Options { lang_version: (2, 4), ..Default::default() };
            let (text, _) = msl::write_string(module, &info, &options, &Default::default())
                .unwrap_or_else(|error| panic!("{name}, MSL: {error:?}"));
            assert!(text.contains("kernel void"), "{name}");
        }
    }
}

#[test]
fn what_is_forbidden_is_noticed() {
    let text = "@group(0) @binding(0) var<storage, read_write> a: array<vec4<f32>>;
        @compute @workgroup_size(1) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
            var v = a[0];
            for (var k = 0u; k < id.x; k++) { v[k & 3u] = 1.0; }
            a[0] = v;
        }";
    let module = naga::front::wgsl::parse_str(text).unwrap();
    assert_eq!(component_stores(&module, &validated("test", &module)), ["main"]);
    assert!(spirv_val(&[0x0723_0203, 0, 0, 0]).is_err());
    assert_eq!(
        unsealed("let a = select(pm_nan(x), value, size <= 1.0);\nlet b = a;"),
        ["let a = select(pm_nan(x), value, size <= 1.0);"]
    );
}

/// Choices between numbers of which one may be NaN or infinite: compilers that take neither for possible fold them.
fn unsealed(text: &str) -> Vec<&str> {
    let may_be = ["pm_nan(", "pm_infinity(", "pm_is_nan(", "unknown()"];
    let lines =
        text.lines().map(str::trim).filter(|line| !line.starts_with("//") && line.contains("select("));
    lines.filter(|line| may_be.iter().any(|word| line.contains(word))).collect()
}

#[test]
fn numbers_that_may_not_be_finite_are_picked_by_their_bits() {
    let prelude = [super::super::math::math(Precision::F32), super::super::math::math(Precision::F64)];
    let objective = user();
    let shape = SlopeShape {
        precision: Precision::F32,
        slots: 1,
        second: false,
        finite: false,
        bars: true,
        random: false,
        along_vectors: false,
    };
    let slopes = objective.incremental().unwrap().slope_text(&shape).unwrap().unwrap().source;
    // The bits of f64 cannot be had; there `pm_pick` is a choice of numbers.
    for text in prelude.into_iter().chain([slopes.as_str()]) {
        assert_eq!(unsealed(text), Vec::<&str>::new());
    }
    assert!(slopes.contains("pick("));
}
