//! Checks an objective's text: what it defines and declares.

use naga::{AddressSpace, Function, Handle, Module, Scalar, Span, TypeInner};

use super::code::Code;
use super::compile::{self, Refusal, Sizes};
use super::dialect;
use super::parse::{Here, Parsed, parse};
use crate::numeric::Precision;
use crate::stack::with_large_stack;

/// What a text defines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `fn objective() -> real`
    Objective,
    /// `fn term(s: u32) -> real`
    Term,
    /// `fn residual(k: u32) -> real`
    Residual,
    /// `fn gradient(i: u32) -> real`
    Gradient,
}

impl Form {
    fn name(self) -> &'static str {
        match self {
            Form::Objective => "objective",
            Form::Term => "term",
            Form::Residual => "residual",
            Form::Gradient => "gradient",
        }
    }

    fn signature(self) -> &'static str {
        match self {
            Form::Objective => "fn objective() -> real",
            Form::Term => "fn term(s: u32) -> real",
            Form::Residual => "fn residual(k: u32) -> real",
            Form::Gradient => "fn gradient(i: u32) -> real",
        }
    }
}

/// What a text is read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// A number: `objective`, `term` or, if there is neither, `residual`.
    Scalar,
    /// Its residuals.
    Residuals,
    /// The gradient that it claims to have.
    Gradient,
}

/// An objective's text and the name of its file, for reports.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text<'a> {
    pub(crate) path: &'a str,
    pub(crate) text: &'a str,
    /// Whether f32 is read as `real`.
    pub(crate) f32_as_real: bool,
    /// Whether the engine wrote it, for an expression.
    pub(crate) of_expression: bool,
}

impl<'a> Text<'a> {
    /// A text that is read as it is written.
    #[cfg(any(test, feature = "gpu"))]
    pub(crate) fn new(path: &'a str, text: &'a str) -> Self {
        Text { path, text, f32_as_real: false, of_expression: false }
    }

    /// Whether it says f32 anywhere, and means it.
    pub(crate) fn says_single(&self) -> bool {
        !self.f32_as_real && dialect::says_single(self.text)
    }

    /// What devices read of it.
    pub(crate) fn prepared(&self) -> String {
        dialect::prepare(self.text, self.f32_as_real).text
    }
}

/// A text that passed, compiled for the CPU.
pub(super) struct Checked {
    pub(super) code: Code,
    pub(super) form: Form,
}

/// Checks a text in one precision, or says what is wrong with it.
pub(super) fn check(
    text: Text<'_>,
    role: Role,
    precision: Precision,
    sizes: Sizes,
) -> Result<Checked, String> {
    with_large_stack(|| check_here(text, role, precision, sizes))
        .unwrap_or_else(|why| Err(format!("{}: the WGSL parser {why}", text.path)))
}

/// The text as devices get it in one precision: as it stands, if it is not understood.
#[cfg(feature = "gpu")]
pub(crate) fn text_in(text: &str, precision: Precision) -> String {
    let parsed = with_large_stack(|| parse(Text::new("", text), precision));
    parsed.ok().and_then(Result::ok).map_or_else(|| text.into(), |parsed| parsed.translation.text)
}

fn check_here(text: Text<'_>, role: Role, precision: Precision, sizes: Sizes) -> Result<Checked, String> {
    text.scan()?;
    let Parsed { translation, module, info } = parse(text, precision)?;
    let end = translation.text.len() as u32;
    let here = Here { text, translation: &translation };
    let (entry, form) = entry(&module, role, precision, here)?;
    let code = compile::compile(&module, &info, entry, end, precision, sizes)
        .map_err(|refusal| here.report(refusal.span, refusal.message))?;
    Ok(Checked { code, form })
}

/// Refuses what an objective may not declare.
pub(super) fn own_declarations(module: &Module, here: Here<'_>) -> Result<(), Refusal> {
    let refuse = |span: Span, message: String| Err(Refusal { span, message });
    if let Some(entry) = module.entry_points.first() {
        // naga keeps no place of it.
        let declared = format!("fn {}", entry.name);
        let at = here.translation.text.find(&declared);
        let span = at.map_or(Span::UNDEFINED, |at| Span::from(at..at + declared.len()));
        return refuse(
            span,
            format!(
                "`{}` is an entry point: an objective has none of its own; define `fn objective() -> real` or \
                 `fn term(s: u32) -> real`",
                entry.name
            ),
        );
    }
    let mut variables = module.global_variables.iter();
    if let Some((handle, variable)) = variables.find(|(_, variable)| variable.space != AddressSpace::Private)
    {
        let name = variable.name.as_deref().unwrap_or("?");
        let span = module.global_variables.get_span(handle);
        return refuse(
            span,
            format!(
                "`{name}` is a binding or shared memory of its own: an objective reads by x(i) and data(i)"
            ),
        );
    }
    if let Some((handle, constant)) = module.overrides.iter().next() {
        let name = constant.name.as_deref().unwrap_or("?");
        return refuse(module.overrides.get_span(handle), format!("`{name}` is an override; use a const"));
    }
    Ok(())
}

/// Finds the function that a role asks for and checks its type.
fn entry(
    module: &Module,
    role: Role,
    precision: Precision,
    here: Here<'_>,
) -> Result<(Handle<Function>, Form), String> {
    let find = |name: &str| {
        module.functions.iter().find(|(handle, function)| {
            let start = module.functions.get_span(*handle).to_range().map_or(0, |range| range.start);
            function.name.as_deref() == Some(name) && start < here.end()
        })
    };
    if let (Role::Scalar, Some(_), Some((handle, _))) = (role, find("objective"), find("term")) {
        return Err(here.report(
            module.functions.get_span(handle),
            "there are both `objective` and `term`; define one of them".into(),
        ));
    }
    let forms: &[Form] = match role {
        Role::Scalar => &[Form::Objective, Form::Term, Form::Residual],
        Role::Residuals => &[Form::Residual],
        Role::Gradient => &[Form::Gradient],
    };
    let found =
        forms.iter().find_map(|&form| find(form.name()).map(|(handle, function)| (handle, function, form)));
    let Some((handle, function, form)) = found else {
        let missing = match role {
            Role::Scalar => "there is neither `fn objective() -> real` nor `fn term(s: u32) -> real` nor \
                 `fn residual(k: u32) -> real`; define one of them"
                .into(),
            _ => format!("there is no `{}`; define it", forms[0].signature()),
        };
        return Err(format!("{}: {missing}", here.text.path));
    };
    let width = if precision == Precision::F32 { 4 } else { 8 };
    let scalar = |ty: Handle<naga::Type>| match module.types[ty].inner {
        TypeInner::Scalar(scalar) => Some(scalar),
        _ => None,
    };
    let returns_real =
        function.result.as_ref().and_then(|result| scalar(result.ty)) == Some(Scalar::float(width));
    let arguments: Vec<_> = function.arguments.iter().map(|argument| scalar(argument.ty)).collect();
    let (wanted, signature): (&[_], _) = match form {
        Form::Objective => (&[], form.signature()),
        _ => (&[Some(Scalar::U32)], form.signature()),
    };
    let fits = arguments == wanted;
    if !(fits && returns_real) {
        let span = module.functions.get_span(handle);
        return Err(here.report(span, format!("it must be declared as `{signature}`")));
    }
    Ok((handle, form))
}
