//! The parser that pest makes of `grammar.pest`.

#[derive(pest_derive::Parser)]
#[grammar = "expression/grammar.pest"]
pub(super) struct Grammar;
