//! From pest's pairs to the tree: operators find their operands by precedence.

use std::ops::Range;

use pest::iterators::{Pair, Pairs};

use super::error::{ExpressionError, Result};
use super::grammar::Rule;
use super::parse;
use super::tree::{Id, Shape, Tree};

/// A part of the expression, and its bytes in the text.
#[derive(Clone, Debug)]
pub(super) struct Operand {
    pub(super) id: Id,
    pub(super) place: Range<usize>,
}

/// An operator that waits for what stands to its right.
enum Waiting {
    /// A minus sign with no left operand, at this byte.
    Minus(usize),
    Infix(char),
}

impl Waiting {
    /// What binds tighter has the larger number.
    fn precedence(&self) -> u8 {
        match self {
            Waiting::Infix('+' | '-') => 1,
            Waiting::Infix('*' | '/') => 2,
            // Below a power, so that -x^2 is -(x^2); its operand is looked for behind it, so 2^-x is a power of -x.
            Waiting::Minus(_) => 3,
            Waiting::Infix(_) => 4,
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
    waiting: Vec<Waiting>,
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

/// A call whose arguments are being read.
struct Call<'t> {
    name: &'t str,
    place: Range<usize>,
    arguments: Vec<Operand>,
    unread: Pairs<'t, Rule>,
}

/// The tree so far.
pub(super) struct Builder<'t> {
    pub(super) text: &'t str,
    pub(super) dimension: u32,
    pub(super) tree: Tree,
}

/// The tree of an expression in a point's coordinates, and the node that is its value, one number.
pub(super) fn build(text: &str, dimension: usize) -> Result<(Tree, Id)> {
    let (builder, result) = build_any(text, dimension)?;
    if let Shape::Vector(length) = builder.tree.shape(result.id) {
        let message = format!("the value is {}; reduce it, e.g. sum(...)", describe(length));
        return Err(builder.error(result.place, message));
    }
    Ok((builder.tree, result.id))
}

/// The same of an expression whose value may be a vector.
pub(super) fn build_any(text: &str, dimension: usize) -> Result<(Builder<'_>, Operand)> {
    let too_many = ExpressionError::TooManyCoordinates { dimension, most: u32::MAX as usize };
    let dimension = u32::try_from(dimension).map_err(|_| too_many)?;
    let mut builder = Builder { text, dimension, tree: Tree::default() };
    let mut result = None;
    for pair in parse::parse(text)?.filter(|pair| pair.as_rule() == Rule::expression) {
        result = Some(builder.expression(pair)?);
    }
    // The grammar has one expression in every text that it accepts.
    let result = result.ok_or_else(|| ExpressionError::at(text, 0..0, "the expression is empty"))?;
    Ok((builder, result))
}

/// `a vector of 3 numbers`.
pub(super) fn describe(length: u32) -> String {
    format!("a vector of {}", super::error::count(length as usize, "number"))
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
    fn expression(&mut self, whole: Pair<'t, Rule>) -> Result<Operand> {
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
                // A plus sign changes nothing.
                level.waiting.extend((sign == "-").then_some(Waiting::Minus(place.start)));
                return Ok(Read::Operator);
            }
            (Rule::infix, sign) => {
                let operator =
                    Waiting::Infix(if sign == "**" { '^' } else { sign.chars().next().unwrap_or('+') });
                // Of equals the left one goes first, but among powers the right one.
                let least = operator.precedence() + u8::from(matches!(operator, Waiting::Infix('^')));
                self.apply_waiting(level, least)?;
                level.waiting.push(operator);
                return Ok(Read::Operator);
            }
            (Rule::number, digits) => self.number(digits, place.clone())?,
            (Rule::group, _) => match part.into_inner().next() {
                Some(inner) => return Ok(Read::Bracket(Level::new(Opened::Group(place), inner))),
                None => return Err(self.error(place, "nothing is in these brackets")),
            },
            _ => {
                let mut inner = part.into_inner();
                let (name, name_place) =
                    inner.next().map_or(("", 0..0), |name| (name.as_str(), range(&name)));
                match inner.next() {
                    None => self.value(name, place.clone())?,
                    Some(arguments) if arguments.as_rule() == Rule::arguments => {
                        // First the name: what is wrong with the arguments of no function does not matter.
                        self.check_function(name, name_place)?;
                        calls.push(Call {
                            name,
                            place,
                            arguments: Vec::new(),
                            unread: arguments.into_inner(),
                        });
                        return self.next_argument(calls);
                    }
                    Some(index) => self.indexed(name, name_place, index, place.clone())?,
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
                let id = self.call(name, &arguments, place.clone())?;
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
                Waiting::Minus(at) => Operand { id: self.negate(right.id), place: at..right.place.end },
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
