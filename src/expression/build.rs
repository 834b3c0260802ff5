//! From pest's pairs to the tree: operators find their operands by precedence.

use std::collections::HashMap;
use std::ops::Range;

use pest::iterators::{Pair, Pairs};

use super::Given;
use super::error::{ExpressionError, Result};
use super::grammar::Rule;
use super::tree::{Id, Node, Shape, Tree};

/// A part of the expression, and its bytes in the text.
#[derive(Clone, Debug)]
pub(super) struct Operand {
    pub(super) id: Id,
    pub(super) place: Range<usize>,
}

/// An operator that waits for what stands to its right.
enum Waiting<'t> {
    /// A minus sign with no left operand, at this byte.
    Minus(usize),
    /// The word `not`.
    Not(usize),
    Infix(&'t str),
}

impl Waiting<'_> {
    /// What binds tighter has the larger number.
    fn precedence(&self) -> u8 {
        match self {
            Waiting::Infix("or") => 1,
            Waiting::Infix("and") => 2,
            Waiting::Not(_) => 3,
            Waiting::Infix("<" | "<=" | ">" | ">=" | "==" | "!=") => 4,
            Waiting::Infix("+" | "-") => 5,
            Waiting::Infix("*" | "/" | "@") => 6,
            // Below a power, so that -x^2 is -(x^2); its operand is looked for behind it, so 2^-x is a power of -x.
            Waiting::Minus(_) => 7,
            Waiting::Infix(_) => 8,
        }
    }
}

/// What a closing bracket, or the end of the text, completes.
enum Opened {
    Whole,
    Group(Range<usize>),
    /// One of the arguments of the latest call.
    Argument(Range<usize>),
}

/// An expression between brackets, as far as it has been read.
struct Level<'t> {
    opened: Opened,
    parts: Pairs<'t, Rule>,
    operands: Vec<Operand>,
    waiting: Vec<Waiting<'t>>,
}

impl<'t> Level<'t> {
    fn new(opened: Opened, expression: Pair<'t, Rule>) -> Self {
        Level { opened, parts: expression.into_inner(), operands: Vec::new(), waiting: Vec::new() }
    }
}

/// What a part of an expression turned out to be.
enum Read<'t> {
    /// Kept with its level.
    Operator,
    Operand(Operand),
    Bracket(Level<'t>),
}

/// A call whose arguments are being read, or a list whose elements are.
struct Call<'t> {
    /// `None` of a list.
    name: Option<&'t str>,
    place: Range<usize>,
    arguments: Vec<Operand>,
    unread: Pairs<'t, Rule>,
}

/// The tree so far.
pub(super) struct Builder<'t> {
    pub(super) text: &'t str,
    pub(super) dimension: u32,
    pub(super) given: Given<'t>,
    pub(super) tree: Tree,
    /// The names that statements have given.
    pub(super) defined: HashMap<&'t str, Id>,
}

/// `a vector of 3 numbers`.
pub(super) fn describe(shape: Shape) -> String {
    match shape {
        Shape::Number => "one number".into(),
        Shape::Vector(length) => format!("a vector of {}", super::error::count(length as usize, "number")),
        Shape::Matrix(rows, columns) => format!("a matrix of {rows} x {columns} numbers"),
    }
}

/// Where a pair stands, without the blanks that pest counts to it.
pub(super) fn range(pair: &Pair<'_, Rule>) -> Range<usize> {
    let start = pair.as_span().start();
    start..start + pair.as_str().trim_end().len()
}

impl<'t> Builder<'t> {
    pub(super) fn error(&self, place: Range<usize>, message: impl Into<String>) -> ExpressionError {
        ExpressionError::at(self.text, place, message)
    }

    /// The whole expression. The levels of brackets are a list and not calls of this function, so that only the parser
    /// itself, which watches its stack, needs more of it for more of them.
    pub(super) fn expression(&mut self, whole: Pair<'t, Rule>) -> Result<Operand> {
        let place = range(&whole);
        let mut calls = Vec::new();
        let mut levels = vec![Level::new(Opened::Whole, whole)];
        while let Some(mut level) = levels.pop() {
            let read = match level.parts.next() {
                Some(part) => {
                    let read = self.part(part, &mut level, &mut calls)?;
                    levels.push(level);
                    read
                }
                None => {
                    self.apply_waiting(&mut level, 0)?;
                    match (level.operands.pop(), level.opened) {
                        (Some(result), Opened::Whole) => return Ok(result),
                        (Some(result), Opened::Group(place)) => {
                            Read::Operand(Operand { id: result.id, place })
                        }
                        (Some(result), Opened::Argument(place)) => {
                            if let Some(call) = calls.last_mut() {
                                call.arguments.push(Operand { id: result.id, place });
                            }
                            self.next_argument(&mut calls)?
                        }
                        (None, _) => break,
                    }
                }
            };
            match (read, levels.last_mut()) {
                (Read::Operand(operand), Some(level)) => level.operands.push(operand),
                (Read::Bracket(level), _) => levels.push(level),
                _ => {}
            }
        }
        // The grammar lets nothing through that has an operator without its operands.
        Err(self.error(place, "something is missing here"))
    }

    /// The next part of a level: what it is, or the level that it opens.
    fn part(
        &mut self,
        part: Pair<'t, Rule>,
        level: &mut Level<'t>,
        calls: &mut Vec<Call<'t>>,
    ) -> Result<Read<'t>> {
        let place = range(&part);
        let id = match (part.as_rule(), part.as_str()) {
            (Rule::prefix, sign) => {
                level.waiting.extend(match sign {
                    "-" => Some(Waiting::Minus(place.start)),
                    // A plus sign changes nothing.
                    "+" => None,
                    _ => Some(Waiting::Not(place.start)),
                });
                return Ok(Read::Operator);
            }
            (Rule::infix, sign) => {
                let operator = Waiting::Infix(if sign == "**" { "^" } else { sign });
                // Of equals the left one goes first, but among powers the right one.
                let least = operator.precedence() + u8::from(matches!(operator, Waiting::Infix("^")));
                self.apply_waiting(level, least)?;
                level.waiting.push(operator);
                return Ok(Read::Operator);
            }
            (Rule::number, digits) => self.number(digits, place.clone())?,
            (Rule::group, _) => match part.into_inner().next() {
                Some(inner) => return Ok(Read::Bracket(Level::new(Opened::Group(place), inner))),
                None => return Err(self.error(place, "nothing is in these brackets")),
            },
            (Rule::list, _) => {
                calls.push(Call { name: None, place, arguments: Vec::new(), unread: part.into_inner() });
                return self.next_argument(calls);
            }
            (Rule::subscript, _) => {
                let Some(of) = level.operands.pop() else { return Ok(Read::Operator) };
                let place = of.place.start..place.end;
                let id = self.indexed(&of, part, place.clone())?;
                return Ok(Read::Operand(Operand { id, place }));
            }
            _ => {
                let mut inner = part.into_inner();
                let (name, name_place) =
                    inner.next().map_or(("", 0..0), |name| (name.as_str(), range(&name)));
                match inner.next() {
                    None => self.value(name, place.clone())?,
                    Some(arguments) => {
                        // First the name: what is wrong with the arguments of no function does not matter.
                        self.check_function(name, name_place)?;
                        calls.push(Call {
                            name: Some(name),
                            place,
                            arguments: Vec::new(),
                            unread: arguments.into_inner(),
                        });
                        return self.next_argument(calls);
                    }
                }
            }
        };
        Ok(Read::Operand(Operand { id, place }))
    }

    /// Opens the next argument of the latest call, or makes that call if there is none.
    fn next_argument(&mut self, calls: &mut Vec<Call<'t>>) -> Result<Read<'t>> {
        if let Some(argument) = calls.last_mut().and_then(|call| call.unread.next()) {
            return Ok(Read::Bracket(Level::new(Opened::Argument(range(&argument)), argument)));
        }
        match calls.pop() {
            Some(Call { name, place, arguments, .. }) => {
                let id = match name {
                    Some(name) => self.call(name, &arguments, place.clone())?,
                    None => self.list(&arguments)?,
                };
                Ok(Read::Operand(Operand { id, place }))
            }
            None => Ok(Read::Operator),
        }
    }

    /// Applies the last of the waiting operators, while they bind at least so tightly.
    fn apply_waiting(&mut self, level: &mut Level<'_>, least: u8) -> Result<()> {
        while let Some(operator) = level.waiting.pop_if(|operator| operator.precedence() >= least) {
            let Some(right) = level.operands.pop() else { return Ok(()) };
            let applied = match operator {
                Waiting::Minus(at) => {
                    self.need_numbers("`-`", &[&right])?;
                    Operand { id: self.negate(right.id), place: at..right.place.end }
                }
                Waiting::Not(at) => {
                    self.need_truths("`not`", &[&right])?;
                    let shape = self.tree.shape(right.id);
                    Operand { id: self.tree.add(Node::Not(right.id), shape), place: at..right.place.end }
                }
                Waiting::Infix(sign) => {
                    let Some(left) = level.operands.pop() else { return Ok(()) };
                    self.infix(sign, &left, &right)?
                }
            };
            level.operands.push(applied);
        }
        Ok(())
    }
}
