//! Prints the table of errors of the prelude's functions that `shaders/README.md` shows: on a device, and beside it on the CPU
//! engine.
//!
//! ```sh
//! cargo run --release --example ulp -- lavapipe          # any device of the command line's --device, or cpu
//! cargo run --release --example ulp -- lavapipe 20000    # so many arguments a row
//! cargo run --release --example ulp -- cpu 20000 erf     # functions whose names begin so
//! cargo run --release --example ulp -- every             # the CPU engine in f32 at every argument there is: an hour; or `every sin`
//! ```

mod every;
#[path = "../../src/numeric/random.rs"]
#[allow(dead_code, reason = "the library uses the rest")]
mod random;
mod special;
mod table;

use plusminus::{DeviceChoice, Engine, Precision};
use table::{Worst, short};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let first = arguments.next();
    if first.as_deref() == Some("every") {
        return every::print(&arguments.next().unwrap_or_default());
    }
    let choice: DeviceChoice = first.as_deref().unwrap_or("auto").parse()?;
    let count: usize = arguments.next().map_or(Ok(4000), |count| count.parse())?;
    let name = arguments.next().unwrap_or_default();
    let single = Engine::open(&choice, Some(Precision::F32))?;
    let double = Engine::open(&choice, Some(Precision::F64))?;
    println!("On {}, {count} arguments a row:\n", single.device());
    let cpu = [Precision::F32, Precision::F64].map(Engine::cpu);
    println!("| function | range in f32 | ulp | at | range in f64 | ulp | at | CPU f32 | CPU f64 |");
    println!("|---|---|---|---|---|---|---|---|---|");
    let place = |worst: &Worst| worst.at.iter().map(|&x| short(x)).collect::<Vec<_>>().join(", ");
    for function in table::all().into_iter().filter(|function| function.name.starts_with(&name)) {
        let (f32, f64) = (function.worst(&single, count)?, function.worst(&double, count)?);
        println!(
            "| `{}` | {} | {:.2} | {} | {} | {:.2} | {} | {:.2} | {:.2} |",
            function.name,
            function.range(Precision::F32),
            f32.error,
            place(&f32),
            function.range(Precision::F64),
            f64.error,
            place(&f64),
            function.worst(&cpu[0], count)?.error,
            function.worst(&cpu[1], count)?.error
        );
    }
    Ok(())
}
