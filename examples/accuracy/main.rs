//! Prints how accurate chosen steps are (`step = auto`), and their error bars, on standard test functions with analytic
//! gradients: the tables of `examples/accuracy/README.md`.
//!
//! ```sh
//! cargo run --release --example accuracy -- lavapipe     # any device of the command line's --device, or cpu
//! cargo run --release --example accuracy -- cpu 5000     # expressions at random instead, so many
//! cargo run --release --example accuracy -- check 3000   # checks of right and wrong gradients of so many instead
//! ```

#[path = "../../tests/suite/common/accuracy.rs"]
mod accuracy;
mod checks;
#[path = "../../tests/suite/common/expression_cases.rs"]
#[allow(dead_code, reason = "tests use the rest")]
mod expression_cases;
mod hard;
#[path = "../../tests/suite/common/models.rs"]
#[allow(dead_code, reason = "tests use the rest")]
mod models;
#[path = "../../tests/suite/common/problems/mod.rs"]
#[allow(dead_code, reason = "tests use the rest")]
mod problems;
mod random;
#[path = "../../tests/suite/common/random_expressions.rs"]
#[allow(dead_code, reason = "tests use the rest")]
mod random_expressions;
mod table;
#[path = "../../tests/suite/common/truth/mod.rs"]
#[allow(dead_code, reason = "tests use the rest")]
mod truth;

use plusminus::{DeviceChoice, Engine, Precision};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let count = std::env::args().nth(2).map(|count| count.parse()).transpose()?;
    if let (Some("check"), Some(count)) = (std::env::args().nth(1).as_deref(), count) {
        return checks::print(count);
    }
    let choice: DeviceChoice = std::env::args().nth(1).as_deref().unwrap_or("cpu").parse()?;
    let engines =
        [Engine::open(&choice, Some(Precision::F32))?, Engine::open(&choice, Some(Precision::F64))?];
    println!("On {}.\n", engines[0].device());
    if let Some(count) = count {
        return random::print(&engines, count);
    }
    table::print(&engines)?;
    table::print_beyond(&engines)?;
    println!();
    hard::print(&engines)
}
