//! What each operation makes of slopes over a step that is the caller's own.
//!
//! No bounds go along. Operations that are straight (sums, products with a number at rest, moves) are those of the limit.

use super::carry::Carrier;
use super::functions::{self, Operand, Slope};
use super::kinds::Kind;
use super::layout::CHAIN;
use super::operations::ALL;
use super::{Condition, Rule, special};
use crate::program::builtins::{Binary, Unary};
use crate::program::code::{Along, Flag, Op, Row};
use crate::program::lanes::Convert;

/// The rule of a function of one number; after its operands come the argument's slope and the step.
fn of(op: Unary) -> Option<(Rule, &'static [Operand])> {
    use Operand::{G, V, Z};
    Some(match op {
        Unary::Exp | Unary::Expm1 => (Rule::FiniteExp, &[G]),
        Unary::Exp2 => (Rule::FiniteExp2, &[V]),
        Unary::Log => (Rule::FiniteLog, &[Z]),
        Unary::Log2 => (Rule::FiniteLog2, &[Z]),
        Unary::Log1p => (Rule::FiniteLog1p, &[Z]),
        Unary::Sqrt => (Rule::FiniteSqrt, &[Z, V]),
        Unary::InverseSqrt => (Rule::FiniteInverseSqrt, &[Z, V]),
        Unary::Sin | Unary::Cos => (Rule::FiniteWave, &[V, G]),
        Unary::Sinh => (Rule::FiniteSinh, &[Z, V, G]),
        Unary::Cosh => (Rule::FiniteCosh, &[Z, V, G]),
        Unary::Tan => (Rule::FiniteTan, &[V, G]),
        Unary::Asin => (Rule::FiniteAsin, &[Z, V]),
        Unary::Acos => (Rule::FiniteAcos, &[Z, V]),
        Unary::Atan => (Rule::FiniteAtan, &[Z, V]),
        Unary::Tanh => (Rule::FiniteTanh, &[Z, V]),
        Unary::Asinh => (Rule::FiniteAsinh, &[Z, V]),
        Unary::Acosh => (Rule::FiniteAcosh, &[Z, V]),
        Unary::Atanh => (Rule::FiniteAtanh, &[Z]),
        Unary::Sigmoid => (Rule::FiniteSigmoid, &[Z, V]),
        Unary::Softplus => (Rule::FiniteSoftplus, &[Z]),
        Unary::Smooth => (Rule::FiniteSmooth, &[Z]),
        Unary::Abs => (Rule::FiniteAbs, &[Z, G]),
        Unary::Relu => (Rule::FiniteRelu, &[Z]),
        Unary::Saturate => (Rule::FiniteSaturate, &[Z, V]),
        Unary::Fract => (Rule::FiniteFract, &[Z]),
        _ => return None,
    })
}

impl Carrier<'_> {
    /// The row of a slot's step.
    fn step(&self, slot: u32) -> Row {
        slot
    }

    /// Reads the steps, at the start of the program.
    pub(super) fn steps(&mut self) {
        for slot in 0..self.how.lines() {
            self.emit(Op::ReadAlongAt(Along::Step(slot), self.step(slot), 0));
        }
    }

    /// The slopes of an operation, if it is not one that is the same in the limit.
    pub(super) fn finite(&mut self, op: Op) -> bool {
        match op {
            Op::Unary(unary, to, z) => self.finite_unary(unary, to, z),
            Op::Binary(binary, to, [a, b]) => self.finite_binary(binary, to, a, b),
            Op::PowI(to, a, power) => {
                let n = self.exponent(to, power);
                self.finite_power(to, a, None, n);
                true
            }
            _ => false,
        }
    }

    fn finite_unary(&mut self, unary: Unary, to: Row, z: Row) -> bool {
        if matches!(unary, Unary::Negate | Unary::Single) {
            return false;
        }
        if !self.kind(z).slope || unary == Unary::Held {
            self.fill(to, Kind::default());
            return true;
        }
        if let Unary::Floor | Unary::Ceil | Unary::Trunc | Unary::Round | Unary::Sign = unary {
            self.jumps(to, &[z], |to, from| Op::Unary(unary, to, from[0]));
            return true;
        }
        if special::is_special(unary) {
            self.finite_special(unary, to, z);
            return true;
        }
        let Some((rule, from)) = of(unary) else { return false };
        let (v, value) = (self.value(z), self.value(to));
        let g = match functions::of(unary, &self.how.model) {
            Some(function) if from.contains(&Operand::G) => self.slope_of(&function, to, z),
            _ => value,
        };
        let from: Vec<Row> = from
            .iter()
            .map(|operand| match operand {
                Operand::V => value,
                Operand::G => g,
                _ => v,
            })
            .collect();
        self.each_slot(to, |this, slot| {
            let (d, h) = (this.slope(z, slot), this.step(slot));
            this.put_slope(to, slot, rule, &[&from[..], &[d, h]].concat());
        });
        true
    }

    /// A special function: by its slopes on a short way, by its ends on a long one.
    fn finite_special(&mut self, unary: Unary, to: Row, z: Row) {
        let (v, value) = (self.value(z), self.value(to));
        let rows: Vec<Row> = (0..CHAIN).map(|index| self.layout.chain(to, index)).collect();
        let [size, p, y, end, w, place, mean] = [0, 1, 2, 3, 4, 5, 11].map(|index: usize| rows[index]);
        let slope = functions::of(unary, &self.how.model).map(|function| function.slope);
        let (is_normal, is_cbrt) = (matches!(unary, Unary::Erf | Unary::Erfc), unary == Unary::Cbrt);
        if is_normal {
            self.emit(Op::Unary(Unary::Abs, size, v));
            self.emit(Op::Unary(Unary::Erfc, p, size));
        }
        self.each_slot(to, |this, slot| {
            let (d, h) = (this.slope(z, slot), this.step(slot));
            if unary == Unary::Logit {
                return this.put_slope(to, slot, Rule::FiniteLogit, &[v, d, h]);
            }
            this.rule(Rule::MovedTo, y, &[v, d, h]);
            this.emit(Op::Unary(unary, w, y));
            if is_cbrt {
                return this.put_slope(to, slot, Rule::FiniteCbrt, &[w, value, d]);
            }
            let (Slope::Function(other) | Slope::Negative(other)) = slope.unwrap_or(Slope::Value) else {
                return;
            };
            let sign = if matches!(slope, Some(Slope::Negative(_))) { -1.0 } else { 1.0 };
            let sign = this.constant(sign);
            // Places on the way from 0 to 1.
            let places = [
                0.046_910_077_030_668,
                0.230_765_344_947_158_45,
                0.5,
                0.769_234_655_052_841_6,
                0.953_089_922_969_332,
            ];
            let mut slopes = Vec::new();
            for (i, at) in places.into_iter().enumerate() {
                let (at, there) = (this.constant(at), rows[6 + i]);
                this.rule(Rule::OnTheWay, place, &[v, d, h, at]);
                this.emit(Op::Unary(other, there, place));
                slopes.push(there);
            }
            this.rule(Rule::FivePlaces, mean, &slopes);
            let rule = match unary {
                Unary::Erf | Unary::Erfc => {
                    let q = rows[12];
                    this.emit(Op::Unary(Unary::Abs, end, y));
                    this.emit(Op::Unary(Unary::Erfc, q, end));
                    let from = [mean, p, q, w, value, v, y, d, h, sign];
                    return this.put_slope(to, slot, Rule::FiniteNormal, &from);
                }
                Unary::Erfcx => Rule::FiniteScaled,
                Unary::Lgamma | Unary::Digamma => Rule::FiniteGamma,
                Unary::Y0 | Unary::Y1 | Unary::K0 | Unary::K1 => Rule::FinitePole,
                _ => {
                    return this.put_slope(to, slot, Rule::FiniteEntire, &[mean, w, value, d, h, sign]);
                }
            };
            this.put_slope(to, slot, rule, &[mean, w, value, v, d, h, sign]);
        });
    }

    fn finite_binary(&mut self, binary: Binary, to: Row, a: Row, b: Row) -> bool {
        let (first, second) = (self.kind(a).slope, self.kind(b).slope);
        if !first && !second {
            self.fill(to, Kind::default());
            return true;
        }
        match binary {
            // Straight, or with the factor at rest.
            Binary::Add | Binary::Subtract => return false,
            Binary::Multiply if !(first && second) => return false,
            Binary::Divide if !second => return false,
            Binary::Step => {
                self.jumps(to, &[a, b], |to, from| Op::Binary(Binary::Step, to, [from[0], from[1]]));
                return true;
            }
            Binary::Remainder => {
                self.finite_remainder(to, a, b);
                return true;
            }
            Binary::Pow => {
                let n = self.value(b);
                self.finite_power(to, a, Some(b), n);
                return true;
            }
            _ => {}
        }
        let (va, vb, v) = (self.value(a), self.value(b), self.value(to));
        self.each_slot(to, |this, slot| {
            let (da, db, h) = (this.slope(a, slot), this.slope(b, slot), this.step(slot));
            match binary {
                Binary::Multiply if a == b => this.put_slope(to, slot, Rule::FiniteSquare, &[va, da, h]),
                Binary::Multiply => this.put_slope(to, slot, Rule::FiniteProduct, &[va, da, vb, db, h]),
                Binary::Divide => this.put_slope(to, slot, Rule::FiniteQuotient, &[vb, v, da, db, h]),
                Binary::Max => this.put_slope(to, slot, Rule::FiniteLarger, &[va, da, vb, db, h]),
                Binary::Min => this.put_slope(to, slot, Rule::FiniteSmaller, &[va, da, vb, db, h]),
                _ => this.put_slope(to, slot, Rule::FiniteAngle, &[va, vb, v, da, db, h]),
            }
        });
        true
    }

    /// A function that has steps, at both ends.
    fn jumps(&mut self, to: Row, operands: &[Row], op: impl Fn(Row, &[Row]) -> Op) {
        let v = self.value(to);
        self.each_slot(to, |this, slot| {
            let ends = this.ends(to, operands, slot);
            let (w, h) = (this.layout.chain(to, 2), this.step(slot));
            this.emit(op(w, &ends));
            this.put_slope(to, slot, Rule::FiniteJump, &[w, v, h]);
        });
    }

    /// Where up to two operands go.
    fn ends(&mut self, to: Row, operands: &[Row], slot: u32) -> Vec<Row> {
        let h = self.step(slot);
        let mut ends = Vec::new();
        for (i, &operand) in operands.iter().enumerate() {
            let (v, d, end) =
                (self.value(operand), self.slope(operand, slot), self.layout.chain(to, i as u32));
            self.rule(Rule::MovedTo, end, &[v, d, h]);
            ends.push(end);
        }
        ends
    }

    /// a^b; `n` holds the value of b.
    fn finite_power(&mut self, to: Row, a: Row, b: Option<Row>, n: Row) {
        let (va, v) = (self.value(a), self.value(to));
        let known = match b {
            Some(b) => self.values.get(&b).copied(),
            None => self.known_constant(n),
        };
        self.each_slot(to, |this, slot| {
            let (da, h) = (this.slope(a, slot), this.step(slot));
            let whole = match known {
                Some(2.0) => Some(Rule::FiniteSquare),
                Some(3.0) => Some(Rule::FiniteCube),
                Some(4.0) => Some(Rule::FiniteFourth),
                _ => None,
            };
            match whole {
                Some(rule) => this.put_slope(to, slot, rule, &[va, da, h]),
                None => {
                    let db = match b {
                        Some(b) => this.slope(b, slot),
                        None => this.constant(0.0),
                    };
                    this.put_slope(to, slot, Rule::FinitePower, &[va, da, n, db, v, h]);
                }
            }
        });
        let moves = self.kind(to).slope;
        self.fill(to, Kind { slope: moves, ..ALL });
    }

    fn finite_remainder(&mut self, to: Row, a: Row, b: Row) {
        let (va, vb) = (self.value(a), self.value(b));
        // Behind those of the ends.
        let [ratio, k, ratio_there, l] = [2, 3, 4, 5].map(|index| self.layout.chain(to, index));
        self.emit(Op::Binary(Binary::Divide, ratio, [va, vb]));
        self.emit(Op::Unary(Unary::Trunc, k, ratio));
        self.each_slot(to, |this, slot| {
            let ends = this.ends(to, &[a, b], slot);
            let (da, db, h) = (this.slope(a, slot), this.slope(b, slot), this.step(slot));
            this.emit(Op::Binary(Binary::Divide, ratio_there, [ends[0], ends[1]]));
            this.emit(Op::Unary(Unary::Trunc, l, ratio_there));
            this.put_slope(to, slot, Rule::FiniteRemainder, &[k, l, da, vb, db, h]);
        });
    }

    /// Raises flags where the program would go another way at the end of the step.
    pub(super) fn turns(&mut self, op: Op) {
        let raise = |this: &mut Self, condition: Condition, flag: Flag, operands: &[Row]| {
            for slot in this.moving(operands) {
                let mut from = Vec::new();
                for &row in operands {
                    from.extend([this.value(row), this.slope(row, slot)]);
                }
                from.push(this.step(slot));
                this.raise(condition, flag, slot, &from);
            }
        };
        match op {
            Op::Compare(_, _, [a, b]) => raise(self, Condition::Crosses, Flag::Branch, &[a, b]),
            Op::Convert(Convert::NumberToBool, _, z) => raise(self, Condition::Vanishes, Flag::Branch, &[z]),
            // Wherever it moves.
            Op::Convert(Convert::NumberToBits, _, z) => {
                for slot in self.moving(&[z]) {
                    let from = [self.constant(0.0), self.slope(z, slot), self.step(slot)];
                    self.raise(Condition::Vanishes, Flag::Jump, slot, &from);
                }
            }
            Op::Convert(Convert::NumberToI32 | Convert::NumberToU32, _, z) => {
                raise(self, Condition::CutsOver, Flag::Jump, &[z]);
            }
            _ => {}
        }
    }
}
