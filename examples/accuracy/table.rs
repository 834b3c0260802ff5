//! Functions of ordinary scale, at several points each.

use plusminus::{Engine, Objective};

use crate::accuracy::{self, Found, median};

/// Gradients, function by function.
pub fn print(engines: &[Engine]) -> Result<(), Box<dyn std::error::Error>> {
    let mut all: Vec<Found> = engines.iter().map(|_| Found::default()).collect();
    print!("| function | n ");
    for engine in engines {
        print!("| {}: largest error | within bars | evaluations ", engine.precision());
    }
    println!("|\n|---|---|---|---|---|---|---|---|");
    for case in &accuracy::cases()? {
        print!("| {} | {} ", case.name, case.objective.dimension());
        for (engine, all) in engines.iter().zip(&mut all) {
            let found = accuracy::gradients(case, engine)?;
            let a_component = found.evaluations as f64 / found.components as f64;
            print!(
                "| {:.1e} | {} of {} | {a_component:.0} ",
                found.largest(),
                found.covered,
                found.components
            );
            all.add(found);
        }
        println!("|");
    }
    summary("gradients", engines, &all);
    Ok(())
}

/// Directional derivatives, Hessians, products, a Jacobian.
pub fn print_beyond(engines: &[Engine]) -> Result<(), Box<dyn std::error::Error>> {
    let all = engines.iter().map(accuracy::beyond).collect::<Result<Vec<_>, _>>()?;
    for i in 0..all[0].len() {
        let found: Vec<Found> = all.iter().map(|of_engine| of_engine[i].1.clone()).collect();
        summary(all[0][i].0, engines, &found);
    }
    Ok(())
}

fn summary(what: &str, engines: &[Engine], all: &[Found]) {
    println!(
        "\n| {what} | median error | largest | within their error bars | bars / error, median | evaluations a component |"
    );
    println!("|---|---|---|---|---|---|");
    for (engine, all) in engines.iter().zip(all) {
        println!(
            "| {} | {:.1e} | {:.1e} | {} of {} ({:.1} %) | {:.0} | {:.0} |",
            engine.precision(),
            median(all.errors.clone()),
            all.largest(),
            all.covered,
            all.components,
            100.0 * all.coverage(),
            median(all.widths.clone()),
            all.evaluations as f64 / all.components as f64
        );
    }
}
