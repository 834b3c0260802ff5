//! Parses and checks an objective's text; every complaint comes with its line, column and a caret.

use naga::front::wgsl;
use naga::valid::{Capabilities, ModuleInfo, ValidationFlags, Validator};
use naga::{AddressSpace, Expression, Function, Handle, Literal, Module, Scalar, Span, TypeInner};

use super::builtins;
use super::code::Code;
use super::compile::{self, Refusal, Sizes};
use super::dialect::{self, Numbers, Translation};
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

impl Text<'_> {
    /// Whether it says f32 anywhere.
    pub(crate) fn says_single(&self) -> bool {
        dialect::says_single(self.text)
    }
}

/// A text that passed, compiled for the CPU.
pub(super) struct Checked {
    pub(super) code: Code,
    pub(super) form: Form,
}

/// The functions of the engine that an objective may call: on the CPU each is an instruction.
fn prelude(precision: Precision) -> String {
    let functions = builtins::definitions(|builtin| builtin.arguments.join(" + "));
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

/// A text in one precision, understood.
struct Parsed {
    translation: Translation,
    module: Module,
    info: ModuleInfo,
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

/// The text as devices get it in one precision: as it stands, if it is not understood.
#[cfg(feature = "gpu")]
pub(crate) fn text_in(text: &str, precision: Precision) -> String {
    let parsed = with_large_stack(|| parse(Text { path: "", text }, precision));
    parsed.and_then(Result::ok).map_or_else(|| text.into(), |parsed| parsed.translation.text)
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

/// Reads a text: numbers without a type are reals, or where a text calculates in f32 on purpose, what WGSL makes of them.
fn parse(text: Text<'_>, precision: Precision) -> Result<Parsed, String> {
    let as_reals = parse_as(text, precision, Numbers::Reals);
    if as_reals.is_ok() || precision == Precision::F32 || !text.says_single() {
        return as_reals;
    }
    let Ok(as_written) = parse_as(text, precision, Numbers::AsWritten) else { return as_reals };
    match rounded_number(text, &as_written) {
        Some(report) => Err(report),
        None => Ok(as_written),
    }
}

fn parse_as(text: Text<'_>, precision: Precision, numbers: Numbers) -> Result<Parsed, String> {
    let translation = dialect::translate(text.text, precision, numbers);
    let here = Here { text, translation: &translation };
    let whole = format!("{}{}", translation.text, prelude(precision));
    let module = wgsl::parse_str(&whole).map_err(|error| {
        let places: Option<Vec<(Span, String)>> = error
            .labels()
            .filter(|(span, _)| span.is_defined())
            .map(|(span, label)| Some((translation.place(span)?, label.replace("see msg", ""))))
            .collect();
        match places {
            Some(places) => {
                let notes = error.notes().map(|note| format!("note: {note}")).collect();
                text.full_report(error.message().into(), places, notes)
            }
            None => {
                let end = text.text.len() as u32;
                let message = "the text ends within a comment, a function or a list that is not closed";
                text.report(Span::new(end.saturating_sub(1), end), message.into())
            }
        }
    })?;
    own_declarations(&module, here).map_err(|refusal| here.report(refusal.span, refusal.message))?;
    let mut validator = Validator::new(ValidationFlags::all(), Capabilities::FLOAT64);
    let info = validator.validate(&module).map_err(|error| {
        let places =
            error.spans().filter_map(|(span, label)| Some((translation.place(*span)?, label.clone())));
        let places = places.collect();
        let mut notes = Vec::new();
        let mut source: &dyn std::error::Error = error.as_inner();
        let message = source.to_string();
        while let Some(next) = source.source() {
            notes.push(next.to_string());
            source = next;
        }
        hinted(text.full_report(message, places, notes))
    })?;
    Ok(Parsed { translation, module, info })
}

/// In a text that calculates in f32, a number that f32 does not have and that does not say that it is one.
fn rounded_number(text: Text<'_>, parsed: &Parsed) -> Option<String> {
    let end = parsed.translation.text.len();
    for (handle, function) in parsed.module.functions.iter() {
        let start = parsed.module.functions.get_span(handle).to_range().map_or(0, |range| range.start);
        for (expression, literal) in function.expressions.iter().filter(|_| start < end) {
            let Expression::Literal(Literal::F32(single)) = *literal else { continue };
            let Some(place) = parsed.translation.place(function.expressions.get_span(expression)) else {
                continue;
            };
            let written = &text.text[place.to_range()?];
            let value = written.parse::<f64>();
            if dialect::is_plain_float(written) && value.is_ok_and(|value| value != f64::from(single)) {
                let message = format!(
                    "`{written}` is rounded to f32 here; write real({written}), or {written}f if that is meant"
                );
                return Some(text.report(place, message));
            }
        }
    }
    None
}

/// Adds a line on what is most often behind a report of the validator, which speaks of types by their insides.
fn hinted(report: String) -> String {
    let mixes = report.contains("width: 8") && report.contains("width: 4");
    let hint = if mixes && report.contains("Float") {
        "f32 and real do not mix in f64: write real(…) around what is f32"
    } else if report.contains("Argument") && report.contains("doesn't match") {
        "x(i) and data(i) take u32, so write u32(i) for an i32; functions such as exp take one real, no vector"
    } else {
        return report;
    };
    format!("{}\n  = {hint}\n", report.trim_end())
}

/// A text, and what became of it.
#[derive(Clone, Copy)]
struct Here<'a> {
    text: Text<'a>,
    translation: &'a Translation,
}

impl Here<'_> {
    /// A report on a place of the translation.
    fn report(&self, span: Span, message: String) -> String {
        self.text.report(self.translation.place(span).unwrap_or(Span::UNDEFINED), message)
    }

    fn end(&self) -> usize {
        self.translation.text.len()
    }
}

/// Refuses what an objective may not declare.
fn own_declarations(module: &Module, here: Here<'_>) -> Result<(), Refusal> {
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
