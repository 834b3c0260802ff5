//! Prints how accurate chosen steps are (`step = auto`), and their error bars, on standard test functions with analytic
//! gradients: the tables of `examples/accuracy/README.md`.
//!
//! ```sh
//! cargo run --release --example accuracy -- lavapipe     # any device of the command line's --device, or cpu
//! ```

#[path = "../../tests/suite/common/accuracy.rs"]
mod accuracy;
#[path = "../../tests/suite/common/expression_cases.rs"]
#[allow(dead_code, reason = "tests use the rest")]
mod expression_cases;
mod hard;
#[path = "../../tests/suite/common/problems/mod.rs"]
#[allow(dead_code, reason = "tests use the rest")]
mod problems;
mod table;

use plusminus::{DeviceChoice, Engine, Precision};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let choice: DeviceChoice = std::env::args().nth(1).as_deref().unwrap_or("cpu").parse()?;
    let engines =
        [Engine::open(&choice, Some(Precision::F32))?, Engine::open(&choice, Some(Precision::F64))?];
    println!("On {}.\n", engines[0].device());
    table::print(&engines)?;
    table::print_beyond(&engines)?;
    println!();
    hard::print(&engines)
}
