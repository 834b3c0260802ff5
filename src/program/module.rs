//! Parses and checks an objective's text; every complaint comes with its line, column and a caret.

use std::fmt;

use naga::front::wgsl;
use naga::valid::{Capabilities, ValidationFlags, Validator};
use naga::{AddressSpace, Function, Handle, Module, Scalar, Span, TypeInner, WithSpan};

use super::builtins;
use super::code::Code;
use super::compile::{self, Refusal, Sizes};
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
}

/// A text that passed, compiled for the CPU.
pub(super) struct Checked {
    pub(super) code: Code,
    pub(super) form: Form,
}

#[derive(Debug)]
struct Complaint(String);

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Complaint {}

/// The functions of the engine that an objective may call: on the CPU each is an instruction.
fn prelude(precision: Precision) -> String {
    let functions = builtins::definitions(|builtin| builtin.arguments.join(" + "));
    format!(
        "\nalias real = {precision};\n{functions}
fn powi(x: real, n: i32) -> real {{ return x; }}
fn x(i: u32) -> real {{ return 0.0; }}
fn data(i: u32) -> real {{ return 0.0; }}
fn dimension() -> u32 {{ return 0u; }}
fn data_len() -> u32 {{ return 0u; }}
"
    )
}

/// Checks a text in one precision, or says what is wrong with it.
pub(super) fn check(
    text: Text<'_>,
    role: Role,
    precision: Precision,
    sizes: Sizes,
) -> Result<Checked, String> {
    with_large_stack(|| check_here(text, role, precision, sizes))
        .unwrap_or_else(|| Err(format!("{}: the WGSL parser gave up on this text", text.path)))
}

fn check_here(text: Text<'_>, role: Role, precision: Precision, sizes: Sizes) -> Result<Checked, String> {
    text.scan()?;
    let whole = format!("{}{}", text.text, prelude(precision));
    let end = text.text.len() as u32;
    let module = wgsl::parse_str(&whole).map_err(|error| {
        let inside =
            error.labels().all(|(span, _)| span.to_range().is_none_or(|range| range.end <= end as usize));
        if inside {
            error.emit_to_string_with_path(text.text, text.path)
        } else {
            let last = Span::new(end.saturating_sub(1), end);
            text.report(
                last,
                "the text ends within a comment, a function or a list that is not closed".into(),
            )
        }
    })?;
    own_declarations(&module, text).map_err(|refusal| text.report(refusal.span, refusal.message))?;

    let flags = ValidationFlags::all();
    let info = Validator::new(flags, Capabilities::FLOAT64).validate(&module).map_err(|error| {
        let inside =
            error.spans().all(|(span, _)| span.to_range().is_none_or(|range| range.end <= end as usize));
        let report = error.emit_to_string_with_path(if inside { text.text } else { &whole }, text.path);
        hinted(report)
    })?;
    let (entry, form) = entry(&module, role, precision, text, end)?;
    let code = compile::compile(&module, &info, entry, end, precision, sizes)
        .map_err(|refusal| text.report(refusal.span, refusal.message))?;
    Ok(Checked { code, form })
}

/// Adds a line on what is most often behind a report of the validator, which speaks of types by their insides.
fn hinted(report: String) -> String {
    let mixes = report.contains("width: 8") && report.contains("width: 4");
    let hint = if mixes && report.contains("Float") {
        "a number without a type of its own (`let a = 2.0;`, `select(0.0, 1.0, c)`) is f32: write real(2.0)"
    } else if report.contains("Argument") && report.contains("doesn't match") {
        "x(i) and data(i) take u32, so write u32(i) for an i32; functions such as exp take one real, no vector"
    } else {
        return report;
    };
    format!("{}\n  = {hint}\n", report.trim_end())
}

impl Text<'_> {
    /// A report in the manner of naga's own.
    pub(super) fn report(&self, span: Span, message: String) -> String {
        let within = span.to_range().is_some_and(|range| range.end <= self.text.len());
        let error = WithSpan::new(Complaint(message));
        let error = if within { error.with_span(span, "") } else { error };
        if within {
            error.emit_to_string_with_path(self.text, self.path)
        } else {
            format!("{}: {error}", self.path)
        }
    }
}

/// Refuses what an objective may not declare.
fn own_declarations(module: &Module, text: Text<'_>) -> Result<(), Refusal> {
    let refuse = |span: Span, message: String| Err(Refusal { span, message });
    if let Some(entry) = module.entry_points.first() {
        // naga keeps no place of it.
        let declared = format!("fn {}", entry.name);
        let span =
            text.text.find(&declared).map_or(Span::UNDEFINED, |at| Span::from(at..at + declared.len()));
        return refuse(
            span,
            format!(
                "`{}` is an entry point: an objective has none of its own; define `fn objective() -> real` or \
                 `fn term(s: u32) -> real`",
                entry.name
            ),
        );
    }
    if let Some((handle, variable)) = module.global_variables.iter().next() {
        let name = variable.name.as_deref().unwrap_or("?");
        let span = module.global_variables.get_span(handle);
        return refuse(
            span,
            match variable.space {
                AddressSpace::Private => format!(
                    "`{name}` would keep its value from one evaluation to the next; use a local variable or a const"
                ),
                _ => format!(
                    "`{name}` is a binding or shared memory of its own: an objective reads by x(i) and data(i)"
                ),
            },
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
    text: Text<'_>,
    end: u32,
) -> Result<(Handle<Function>, Form), String> {
    let find = |name: &str| {
        module.functions.iter().find(|(handle, function)| {
            let start = module.functions.get_span(*handle).to_range().map_or(0, |range| range.start);
            function.name.as_deref() == Some(name) && start < end as usize
        })
    };
    if let (Role::Scalar, Some(_), Some((handle, _))) = (role, find("objective"), find("term")) {
        return Err(text.report(
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
        return Err(format!("{}: {missing}", text.path));
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
        return Err(text.report(span, format!("it must be declared as `{signature}`")));
    }
    Ok((handle, form))
}
