//! Constants of a module: which of them are made of reals, and of what shape. naga tells it, of twins that have no type of their own:
//! its constants of type f64 cannot be calculated with, those without a type can, in f64.

use std::collections::HashMap;
use std::ops::Range;

use naga::front::wgsl;
use naga::valid::{Capabilities, ValidationFlags, Validator};
use naga::{ArraySize, Handle, Module, ScalarKind, Type, TypeInner, VectorSize};

use super::Source;
use super::tokens::Kind;
use super::writer::Translation;

/// Constants up to which each is tried by itself, if not all of them can be taken together.
const MOST_TRIED: usize = 200;

/// `const NAME: TYPE = VALUE;`, by the indices of its tokens.
#[derive(Clone, Debug)]
pub(super) struct Constant {
    pub(super) name: usize,
    /// None without one.
    pub(super) ty: Option<Range<usize>>,
    pub(super) value: Range<usize>,
}

/// What a constant of reals is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    /// Its type.
    pub(super) ty: String,
    /// What makes a value that is not known before of it, or of its elements.
    pub(super) through: Option<&'static str>,
    /// Whether it has elements that are reals.
    pub(super) has_elements: bool,
}

/// The constants of reals by their names.
pub(super) type Shapes<'a> = HashMap<&'a str, Shape>;

/// The twin's name.
pub(super) fn twin(name: &str) -> String {
    format!("pm_c_{name}")
}

impl Source<'_> {
    /// The constant that begins with token `at`, if it is one.
    pub(super) fn constant(&self, at: usize) -> Option<Constant> {
        let text = |at: usize| self.tokens.get(at).map(|token| token.text);
        let name = at + 1;
        if text(at) != Some("const") || self.tokens.get(name)?.kind != Kind::Word {
            return None;
        }
        let end = self.find(name, ";")?;
        let equals = self.find(name, "=").filter(|&equals| equals < end)?;
        let ty = (text(name + 1) == Some(":")).then_some(name + 2..equals);
        Some(Constant { name, ty, value: equals + 1..end })
    }

    /// The next such sign outside of brackets.
    pub(super) fn find(&self, from: usize, sign: &str) -> Option<usize> {
        let mut depth = 0usize;
        for (at, token) in self.tokens.iter().enumerate().skip(from) {
            match token.text {
                text if text == sign && depth == 0 => return Some(at),
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => depth = depth.checked_sub(1)?,
                _ => {}
            }
        }
        None
    }

    /// Which of the constants are made of reals.
    pub(super) fn shapes(&self, constants: &[Constant]) -> Shapes<'_> {
        let says_single = |constant: &&Constant| self.says_single(constant.name..constant.value.end);
        let reals: Vec<&Constant> = constants.iter().filter(|constant| !says_single(constant)).collect();
        if let Some(shapes) = self.shapes_of(&reals) {
            return shapes;
        }
        let mut good: Vec<&Constant> = Vec::new();
        for constant in reals.into_iter().take(MOST_TRIED) {
            good.push(constant);
            if self.shapes_of(&good).is_none() {
                good.pop();
            }
        }
        self.shapes_of(&good).unwrap_or_default()
    }

    /// Whether a constant is declared as one of whole numbers, whatever its value.
    fn says_whole(&self, constant: &Constant) -> bool {
        constant.ty.clone().is_some_and(|mut ty| {
            ty.any(|at| {
                let text = self.text_at(at);
                matches!(text, "i32" | "u32" | "bool")
                    || text.starts_with("vec") && text.ends_with(['i', 'u'])
            })
        })
    }

    fn shapes_of(&self, constants: &[&Constant]) -> Option<Shapes<'_>> {
        let name = |constant: &Constant| self.tokens[constant.name].text;
        let known = constants.iter().map(|constant| (name(constant), None)).collect();
        let (mut twins, mut probe) = (Translation::default(), String::new());
        for (i, constant) in constants.iter().enumerate() {
            let name = twin(name(constant));
            twins.replace(&format!("const {name} = "), 0..0);
            self.write_value(&mut twins, constant, &known);
            twins.replace(";\n", 0..0);
            probe.push_str(&format!("let pm_{i} = {name};\n"));
        }
        let module = wgsl::parse_str(&format!("{}fn pm_probe() {{\n{probe}}}", twins.text)).ok()?;
        let info = Validator::new(ValidationFlags::all(), Capabilities::all()).validate(&module).ok()?;
        let (handle, function) = module.functions.iter().next()?;
        let mut shapes = Shapes::new();
        for (&expression, named) in &function.named_expressions {
            let index: usize = named.strip_prefix("pm_")?.parse().ok()?;
            let inner = info[handle][expression].ty.inner_with(&module.types);
            let constant = constants.get(index)?;
            if let Some(shape) = shape(&module, inner).filter(|_| !self.says_whole(constant)) {
                shapes.insert(name(constant), shape);
            }
        }
        Some(shapes)
    }
}

/// The shape of what naga made f32.
fn shape(module: &Module, inner: &TypeInner) -> Option<Shape> {
    let (through, element) = match inner {
        TypeInner::Scalar(_) => (Some("pm_real"), None),
        TypeInner::Vector { size: VectorSize::Bi, .. } => (Some("pm_vec2"), None),
        TypeInner::Vector { size: VectorSize::Tri, .. } => (Some("pm_vec3"), None),
        TypeInner::Vector { size: VectorSize::Quad, .. } => (Some("pm_vec4"), None),
        TypeInner::Array { base, .. } => (None, Some(&module.types[*base].inner)),
        _ => (None, None),
    };
    let has_elements = matches!(element, Some(TypeInner::Scalar(_)));
    Some(Shape { ty: double(module, inner)?, through, has_elements })
}

/// The type with f64 for f32; none for what has no reals.
fn double(module: &Module, inner: &TypeInner) -> Option<String> {
    let element = |ty: Handle<Type>| double(module, &module.types[ty].inner);
    match inner {
        TypeInner::Scalar(scalar) if scalar.kind == ScalarKind::Float => Some("f64".into()),
        TypeInner::Vector { size, scalar } if scalar.kind == ScalarKind::Float => {
            Some(format!("vec{}<f64>", *size as u32))
        }
        TypeInner::Matrix { columns, rows, .. } => {
            Some(format!("mat{}x{}<f64>", *columns as u32, *rows as u32))
        }
        TypeInner::Array { base, size: ArraySize::Constant(size), .. } => {
            Some(format!("array<{}, {size}>", element(*base)?))
        }
        _ => None,
    }
}
