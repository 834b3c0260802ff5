//! The tests that use the crate from outside. One program holds them all, so that the library is linked once, not thirty
//! times. `cargo test --test suite check` runs those of one file.
//!
//! Each file says at its top what it tests. `hostile` and `consoles`, beside this folder, hold texts and what they must
//! print.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed unwrap is a failed test")]

mod common;
mod cones;

mod accuracy;
mod apart;
mod batches;
mod bits;
mod blocks;
mod bounds;
mod check;
mod cli;
mod corpus;
mod data;
mod derivatives;
mod descent;
mod device_hessians;
mod device_loops;
mod device_slopes;
mod enclosures;
mod expression;
mod finite;
mod fits;
mod formulas;
mod functions;
mod fuzzed;
mod gains;
mod gpu;
mod hostile;
mod increments;
mod job;
mod kernels;
mod lbfgs;
mod matrices;
mod missing;
mod networks;
mod newcomer;
mod numeric;
mod objectives;
mod of_sums;
mod outcomes;
mod perturbation;
mod pictures;
mod prelude;
mod problems;
mod properties;
mod readme;
mod refusals;
mod rules;
mod separable;
mod slopes;
mod sparse;
mod special;
mod statistical;
mod steps;
mod tables;
mod team;
mod textbook;
mod threads;
mod truth;
mod wgsl;
