//! Instructions as statements. A function that returns early becomes one of its own, which works on the same rows; rows
//! that only one function uses are its variables.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::rows::{Place, Rows};
use super::{MOST_ELEMENTS, TooLarge, operations};
use crate::numeric::Precision;
use crate::program::code::{ALL_SLOTS, Along, Code, FLAGS, Flag, Op, Row, Source};

/// The program's own function.
const PROGRAM: usize = 0;

/// Variables, with their type, and the function that uses them; `None`: several do.
type Variables = BTreeMap<String, (&'static str, Option<usize>)>;

/// The functions of a program.
pub(super) fn program(code: &Code, precision: Precision) -> Result<String, TooLarge> {
    let rows = Rows::new(code, precision);
    if rows.elements() > MOST_ELEMENTS {
        return Err(TooLarge::Elements(rows.elements()));
    }
    let mut writer = Writer {
        code,
        rows,
        open: vec![(PROGRAM, String::new())],
        done: Vec::new(),
        count: 1,
        variables: Variables::new(),
    };
    code.ops.iter().for_each(|&op| writer.instruction(op));
    writer.results();
    Ok(writer.finish())
}

struct Writer<'a> {
    code: &'a Code,
    rows: Rows<'a>,
    /// Functions at work, the innermost last.
    open: Vec<(usize, String)>,
    done: Vec<(usize, String)>,
    /// Functions so far.
    count: usize,
    variables: Variables,
}

impl Writer<'_> {
    fn line(&mut self, line: &str) {
        if let Some((_, body)) = self.open.last_mut() {
            body.push_str("    ");
            body.push_str(line);
            body.push('\n');
        }
    }

    /// Notes that the function at work uses a place.
    fn uses(&mut self, place: Place, kind: &'static str) -> Place {
        let here = self.open.last().map(|(id, _)| *id);
        if let Place::Variable(name) = &place
            && name != "pm_term"
        {
            let known = self.variables.entry(name.clone()).or_insert((kind, here));
            if known.1 != here {
                known.1 = None;
            }
        }
        place
    }

    fn number(&mut self, row: Row) -> Place {
        let place = self.rows.number(row);
        self.uses(place, "real")
    }

    fn int(&mut self, row: Row) -> Place {
        let place = self.rows.int(row);
        self.uses(place, "u32")
    }

    fn number_text(&mut self, row: Row) -> String {
        self.number(row).text().into()
    }

    fn int_text(&mut self, row: Row) -> String {
        self.int(row).text().into()
    }

    /// An assignment. Of constants alone the first goes through a variable: naga would compute them itself, refuses what
    /// overflows, and knows few operations of f64.
    fn assign<const N: usize>(
        &mut self,
        to: &str,
        from: [Place; N],
        write: impl FnOnce([&str; N]) -> String,
    ) {
        let is_known = from.iter().all(|place| matches!(place, Place::Constant(_)));
        let mut operands = from.each_ref().map(Place::text);
        if !is_known || N == 0 {
            let value = write(operands);
            self.line(&format!("{to} = {value};"));
            return;
        }
        let first = operands[0];
        operands[0] = "c";
        let value = write(operands);
        self.line(&format!("{{ var c = {first}; {to} = {value}; }}"));
    }

    fn instruction(&mut self, op: Op) {
        match op {
            Op::Unary(op, to, a) => {
                let (to, a) = (self.number_text(to), self.number(a));
                self.assign(&to, [a], |[a]| operations::unary(op, a));
            }
            Op::Binary(op, to, from) => {
                let (to, from) = (self.number_text(to), from.map(|row| self.number(row)));
                self.assign(&to, from, |from| operations::binary(op, from));
            }
            Op::Ternary(op, to, from) => {
                let (to, from) = (self.number_text(to), from.map(|row| self.number(row)));
                self.assign(&to, from, |from| operations::ternary(op, from));
            }
            Op::PowI(to, base, power) => {
                let (to, base, power) = (self.number_text(to), self.number_text(base), self.int_text(power));
                self.line(&format!("{to} = pm_powi({base}, bitcast<i32>({power}));"));
            }
            Op::IntUnary(op, to, a) => {
                let (to, a) = (self.int_text(to), self.int(a));
                self.assign(&to, [a], |[a]| operations::int_unary(op, a));
            }
            Op::IntBinary(op, to, from) => {
                let (to, from) = (self.int_text(to), from.map(|row| self.int(row)));
                self.assign(&to, from, |from| operations::int_binary(op, from));
            }
            Op::Compare(op, to, from) => {
                let (to, from) = (self.int_text(to), from.map(|row| self.number(row)));
                self.assign(&to, from, |from| operations::compare(op, from));
            }
            Op::Convert(op, to, a) if op.gives_number() => {
                let (to, a) = (self.number_text(to), self.int(a));
                self.assign(&to, [a], |[a]| operations::convert(op, a));
            }
            Op::Convert(op, to, a) => {
                let (to, a) = (self.int_text(to), self.number(a));
                self.assign(&to, [a], |[a]| operations::convert(op, a));
            }
            Op::Select(to, condition, from) => {
                let (to, condition) = (self.number_text(to), self.int_text(condition));
                let [a, b] = from.map(|row| self.number_text(row));
                self.line(&format!("{to} = pm_pick({b}, {a}, {condition} != 0u);"));
            }
            Op::SelectInt(to, condition, from) => {
                let (to, condition) = (self.int_text(to), self.int_text(condition));
                let [a, b] = from.map(|row| self.int_text(row));
                self.line(&format!("{to} = select({b}, {a}, {condition} != 0u);"));
            }
            Op::Copy(to, from) | Op::Store(to, from) => {
                let (to, from) = (self.number_text(to), self.number_text(from));
                self.line(&format!("{to} = {from};"));
            }
            Op::CopyInt(to, from) | Op::StoreInt(to, from) => {
                let (to, from) = (self.int_text(to), self.int_text(from));
                self.line(&format!("{to} = {from};"));
            }
            Op::Gather(to, span, offset) => {
                let (to, offset) = (self.number_text(to), self.int_text(offset));
                self.line(&format!("{to} = {};", self.rows.number_at(span, &offset)));
            }
            Op::GatherInt(to, span, offset) => {
                let (to, offset) = (self.int_text(to), self.int_text(offset));
                self.line(&format!("{to} = {};", self.rows.int_at(span, &offset)));
            }
            Op::Scatter(span, offset, from) => {
                let (offset, from) = (self.int_text(offset), self.number_text(from));
                self.line(&format!("{} = {from};", self.rows.number_at(span, &offset)));
            }
            Op::ScatterInt(span, offset, from) => {
                let (offset, from) = (self.int_text(offset), self.int_text(from));
                self.line(&format!("{} = {from};", self.rows.int_at(span, &offset)));
            }
            Op::Read(source, to, index) => {
                let (to, index) = (self.number_text(to), self.int_text(index));
                self.line(&format!("{to} = {}({index});", reads(source)));
            }
            Op::ReadAt(source, to, index) => {
                let to = self.number_text(to);
                self.line(&format!("{to} = {}({index}u);", reads(source)));
            }
            Op::ReadAlong(along, to, index) => {
                let (to, index) = (self.number_text(to), self.int_text(index));
                self.line(&format!("{to} = {};", reads_along(along, &index)));
            }
            Op::ReadAlongAt(along, to, index) => {
                let to = self.number_text(to);
                self.line(&format!("{to} = {};", reads_along(along, &format!("{index}u"))));
            }
            Op::Rule(rule, to, at) => {
                let (to, from) = (self.number_text(to), self.operands(at, rule.operands()));
                self.line(&format!("{to} = {}({from});", rule.name()));
            }
            Op::Perturb(to, from, place) => {
                let (to, [number, by]) = (self.number_text(to), from.map(|row| self.number_text(row)));
                self.line(&format!("{to} = pm_perturbed({number}, {by}, {place}u);"));
            }
            Op::Raise(condition, flag, slot, at) => {
                let (from, bits) = (self.operands(at, condition.operands()), self.bits(flag, slot));
                self.line(&format!("if ({}({from})) {{ pm_raised |= {bits}u; }}", condition.name()));
            }
            op => self.flow(op),
        }
    }

    /// Control flow, which is structured.
    fn flow(&mut self, op: Op) {
        match op {
            Op::If(condition, _) => {
                let condition = self.int_text(condition);
                self.line(&format!("if ({condition} != 0u) {{"));
            }
            Op::Else(_) => self.line("} else {"),
            Op::EndIf | Op::EndSwitch => {
                self.line(if matches!(op, Op::EndIf) { "}" } else { "} }" });
            }
            // Twin of src/program/turns.rs.
            Op::Loop(_) => self.line("loop { pm_turns += 1u; if (pm_turns > PM_TURNS) { break; }"),
            Op::Continuing => self.line("continuing {"),
            Op::BreakIf(condition) => {
                let condition = self.int_text(condition);
                self.line(&format!("break if {condition} != 0u;"));
            }
            Op::EndLoop(_) => self.line("} }"),
            Op::Break => self.line("break;"),
            Op::Continue(_) => self.line("continue;"),
            // Its cases are branches; what breaks leaves it, what continues goes on to the loop around it.
            Op::Switch => self.line("switch 0u { default: {"),
            Op::Function => {
                self.open.push((self.count, String::new()));
                self.count += 1;
            }
            Op::Return => self.line("return;"),
            Op::EndFunction => {
                if let Some((id, body)) = self.open.pop() {
                    self.line(&format!("pm_function{id}();"));
                    self.done.push((id, body));
                }
            }
            // All others are computed.
            _ => {}
        }
    }

    fn operands(&mut self, at: u32, count: usize) -> String {
        let code = self.code;
        let rows = &code.operands[at as usize..][..count];
        let texts: Vec<String> = rows.iter().map(|&row| self.number_text(row)).collect();
        texts.join(", ")
    }

    /// The bits of a flag in a slot, or in all: doubts about the line of second slopes are doubts about all.
    fn bits(&self, flag: Flag, slot: u32) -> u32 {
        let bit = |slot: u32| 1u32 << (slot * FLAGS as u32 + flag as u32);
        let slots = self.code.carried.slopes.len() as u32;
        if slot == ALL_SLOTS || slot == slots { (0..slots).map(bit).sum() } else { bit(slot) }
    }

    fn results(&mut self) {
        let code = self.code;
        let slots = |name: &'static str, rows: &[Row]| -> Vec<(String, Row)> {
            rows.iter().enumerate().map(|(slot, &row)| (format!("{name}[{slot}]"), row)).collect()
        };
        let mut all =
            vec![("pm_value".to_string(), code.result), ("pm_error".to_string(), code.carried.error)];
        let (slopes, bounds) = code.carried.wanted();
        all.extend(slots("pm_slope", slopes));
        all.extend(slots("pm_bound", bounds));
        for (name, row) in all {
            let from = self.number_text(row);
            self.line(&format!("{name} = {from};"));
        }
    }

    fn finish(mut self) -> String {
        self.done.extend(self.open.pop());
        let mut text = self.rows.arrays() + "var<private> pm_term: u32;\n";
        let declared = |user: Option<usize>| {
            let own = self.variables.iter().filter(move |(_, (_, by))| *by == user);
            own.map(|(name, (kind, _))| (name.as_str(), *kind))
        };
        for (name, kind) in declared(None) {
            let _ = writeln!(text, "var<private> {name}: {kind};");
        }
        for (id, body) in &self.done {
            let head = if *id == PROGRAM { "pm_carry(s: u32)".into() } else { format!("pm_function{id}()") };
            let _ = writeln!(text, "fn {head} {{");
            if *id == PROGRAM {
                text.push_str("    pm_term = s;\n");
            }
            for (name, kind) in declared(Some(*id)) {
                let _ = writeln!(text, "    var {name}: {kind};");
            }
            text.push_str(body);
            text.push_str("}\n");
        }
        text
    }
}

fn reads(source: Source) -> &'static str {
    match source {
        Source::Point => "pm_x",
        Source::Data => "pm_datum",
    }
}

fn reads_along(along: Along, index: &str) -> String {
    match along {
        Along::DataError => format!("pm_data_error({index})"),
        Along::Slope(slot) => format!("pm_seed({slot}, {index})"),
        Along::Step(slot) => format!("pm_step({slot})"),
        Along::SlopeError(slot) => format!("pm_seed_error({slot}, {index})"),
    }
}
