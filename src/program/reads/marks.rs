//! Rows and control flow that depend on coordinates.

use crate::program::code::{Code, Op, Row, Source, Span};

/// What depends on coordinates.
pub(super) struct Marks {
    pub(super) numbers: Vec<bool>,
    pub(super) ints: Vec<bool>,
    /// Of instructions: branches and jumps that do.
    pub(super) control: Vec<bool>,
    /// Of instructions: whether they are in a loop whose number of turns does, the loop's own included.
    pub(super) in_loop: Vec<bool>,
    changed: bool,
}

/// A structure that instructions are in.
struct Frame {
    kind: Kind,
    /// The instruction that it begins with.
    begin: usize,
    /// Whether what runs in it, from here on, depends on coordinates.
    marked: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    If,
    Loop,
    Switch,
    Function,
}

impl Marks {
    /// Marks only grow, so that they settle.
    pub(super) fn of(code: &Code) -> Self {
        let count = code.ops.len();
        let mut marks = Marks {
            numbers: vec![false; code.rows.max(1)],
            ints: vec![false; code.int_rows.max(1)],
            control: vec![false; count],
            in_loop: vec![false; count],
            changed: true,
        };
        while std::mem::take(&mut marks.changed) {
            marks.pass(&code.ops);
        }
        marks
    }

    fn pass(&mut self, ops: &[Op]) {
        let mut frames: Vec<Frame> = Vec::new();
        for (at, &op) in ops.iter().enumerate() {
            match op {
                Op::If(condition, _) => {
                    let marked = self.ints[condition as usize];
                    if marked {
                        set(&mut self.control[at], &mut self.changed);
                    }
                    frames.push(Frame { kind: Kind::If, begin: at, marked });
                }
                Op::Else(_) | Op::EndIf => {
                    let begin = frames.last().map_or(at, |frame| frame.begin);
                    if self.control[begin] {
                        set(&mut self.control[at], &mut self.changed);
                    }
                    if matches!(op, Op::EndIf) {
                        frames.pop();
                    }
                }
                Op::Loop(_) => frames.push(Frame { kind: Kind::Loop, begin: at, marked: self.in_loop[at] }),
                Op::EndLoop(_) => {
                    if let Some(frame) = frames.pop()
                        && frame.marked
                    {
                        for inside in frame.begin..=at {
                            set(&mut self.in_loop[inside], &mut self.changed);
                        }
                    }
                }
                Op::Switch => frames.push(Frame { kind: Kind::Switch, begin: at, marked: false }),
                Op::Function => frames.push(Frame { kind: Kind::Function, begin: at, marked: false }),
                Op::EndSwitch | Op::EndFunction => {
                    frames.pop();
                }
                Op::BreakIf(condition) if self.ints[condition as usize] => {
                    self.jump(at, &mut frames, |frame| frame.kind == Kind::Loop, true);
                }
                Op::BreakIf(_) => {
                    self.jump(at, &mut frames, |frame| frame.kind == Kind::Loop, false);
                }
                Op::Break => {
                    self.jump(
                        at,
                        &mut frames,
                        |frame| matches!(frame.kind, Kind::Loop | Kind::Switch),
                        false,
                    );
                }
                Op::Continue(up) => {
                    let mut left = up + 1;
                    let is_it = |frame: &Frame| {
                        left -= u32::from(matches!(frame.kind, Kind::Loop | Kind::Switch));
                        left == 0
                    };
                    self.jump(at, &mut frames, is_it, false);
                }
                Op::Return => self.jump(at, &mut frames, |frame| frame.kind == Kind::Function, false),
                Op::Continuing => {}
                _ => {
                    let under = frames.iter().any(|frame| frame.marked);
                    self.instruction(op, under);
                }
            }
        }
    }

    /// A jump out of structures, up to the first for which `is_it`: if one of those within depends on coordinates, or the jump's own
    /// condition, then so does what follows in all that it leaves.
    fn jump(
        &mut self,
        at: usize,
        frames: &mut [Frame],
        mut is_it: impl FnMut(&Frame) -> bool,
        condition: bool,
    ) {
        let target = frames.iter().rposition(&mut is_it).unwrap_or(0);
        let marked = condition || frames.iter().skip(target + 1).any(|frame| frame.marked);
        if !marked {
            return;
        }
        set(&mut self.control[at], &mut self.changed);
        for frame in &mut frames[target..] {
            frame.marked |= frame.kind != Kind::If;
        }
    }

    fn instruction(&mut self, op: Op, under: bool) {
        let of_span = |marks: &[bool], span: Span| (0..span.count).any(|offset| marks[span.at(offset)]);
        let number = |row: Row| self.numbers[row as usize];
        let int = |row: Row| self.ints[row as usize];
        // Whether it is of numbers, the first row, how many at which distances, and whether they depend on coordinates.
        let one = |row: Row| Span { first: row, count: 1, stride: 1 };
        let (numbers, to, marked) = match op {
            Op::Unary(_, to, a) => (true, one(to), number(a)),
            Op::Binary(_, to, from) => (true, one(to), from.into_iter().any(number)),
            Op::Ternary(_, to, from) => (true, one(to), from.into_iter().any(number)),
            Op::PowI(to, base, power) => (true, one(to), number(base) || int(power)),
            Op::IntUnary(_, to, a) => (false, one(to), int(a)),
            Op::IntBinary(_, to, from) => (false, one(to), from.into_iter().any(int)),
            Op::Compare(_, to, from) => (false, one(to), from.into_iter().any(number)),
            Op::Convert(convert, to, from) if convert.gives_number() => (true, one(to), int(from)),
            Op::Convert(_, to, from) => (false, one(to), number(from)),
            Op::Select(to, condition, from) => {
                (true, one(to), int(condition) || from.into_iter().any(number))
            }
            Op::SelectInt(to, condition, from) => {
                (false, one(to), int(condition) || from.into_iter().any(int))
            }
            Op::Copy(to, from) | Op::Store(to, from) => (true, one(to), under || number(from)),
            Op::CopyInt(to, from) | Op::StoreInt(to, from) => (false, one(to), under || int(from)),
            Op::Gather(to, span, offsets) => (true, one(to), int(offsets) || of_span(&self.numbers, span)),
            Op::GatherInt(to, span, offsets) => (false, one(to), int(offsets) || of_span(&self.ints, span)),
            Op::Scatter(span, offsets, from) => (true, span, under || int(offsets) || number(from)),
            Op::ScatterInt(span, offsets, from) => (false, span, under || int(offsets) || int(from)),
            Op::Read(source, to, index) => (true, one(to), source == Source::Point || int(index)),
            Op::ReadAt(source, to, _) => (true, one(to), source == Source::Point),
            // Of programs with slopes, which are not looked at.
            Op::ReadAlong(_, to, _)
            | Op::ReadAlongAt(_, to, _)
            | Op::Rule(_, to, _)
            | Op::Perturb(to, ..) => (true, one(to), true),
            _ => return,
        };
        if marked {
            let marks = if numbers { &mut self.numbers } else { &mut self.ints };
            for offset in 0..to.count {
                set(&mut marks[to.at(offset)], &mut self.changed);
            }
        }
    }
}

fn set(mark: &mut bool, changed: &mut bool) {
    *changed |= !*mark;
    *mark = true;
}
