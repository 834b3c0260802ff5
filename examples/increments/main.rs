//! Prints how far derivatives are from exact ones, and whether their error bars hold, on many objectives: standard
//! problems, published functions, models, expressions at random, and cases that are hard.
//!
//! The exact derivatives are those of `tests/suite/common/truth`, in some 75 digits.
//!
//! ```sh
//! cargo run --release --example increments                # on the CPU
//! cargo run --release --example increments -- lavapipe    # any device of the command line's --device
//! cargo run --release --example increments -- cpu 200     # fewer expressions at random: 200 near, 100 wide
//! cargo run --release --example increments -- lavapipe compiling    # how long compiling takes instead
//! ```

mod compiling;
#[path = "../../tests/suite/common/expression_cases.rs"]
#[allow(dead_code, reason = "tests use the rest")]
mod expression_cases;
mod hard;
#[path = "../../tests/suite/common/models.rs"]
mod models;
#[path = "../../tests/suite/common/problems/mod.rs"]
#[allow(dead_code, reason = "tests use the rest")]
mod problems;
#[path = "../../tests/suite/common/random_expressions.rs"]
#[allow(dead_code, reason = "tests use the rest")]
mod random_expressions;
mod sets;
mod table;
mod tally;
#[path = "../../tests/suite/common/truth/mod.rs"]
#[allow(dead_code, reason = "tests use the rest")]
mod truth;

use plusminus::{DeviceChoice, Engine, Precision};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let choice: DeviceChoice = arguments.next().as_deref().unwrap_or("cpu").parse()?;
    let what = arguments.next();
    let engines =
        [Engine::open(&choice, Some(Precision::F32))?, Engine::open(&choice, Some(Precision::F64))?];
    println!("On {}.\n", engines[0].device());
    if what.as_deref() == Some("compiling") {
        return Ok(compiling::print(&engines)?);
    }
    let near: usize = what.map_or(Ok(2000), |count| count.parse())?;
    let gradients = table::gradients(&engines, &sets::all(near)?)?;
    let hessians = table::hessians(&engines, &sets::with_hessians()?)?;
    println!("\n## Hard cases\n");
    hard::print(&engines)?;
    println!("\n## Gradients outside their bars\n");
    table::print_misses(&gradients);
    println!("\n## Hessians outside their bars\n");
    table::print_misses(&hessians);
    Ok(())
}
