//! Fields, contours and paths.

use std::path::PathBuf;
use std::process::ExitCode;

use plusminus::plot::{Curves, Landscape, Line, Panel, Picture, Scaling, paths, region_around};
use plusminus::{Engine, Objective, Trace, TracePoint, Workload};

use super::LookArgs;
use crate::args::{DescentArgs, DeviceArgs, DifferenceArgs, ObjectiveArgs, Point, Region, StartArgs};
use crate::failure::Failure;
use crate::interrupt;
use crate::terminal::Terminal;

/// Which plane.
#[derive(clap::Args)]
#[command(next_help_heading = "Plane")]
struct PlaneArgs {
    /// From where to where, along both axes, such as -2:2,-1:3
    #[arg(long, value_name = "L:H,L:H", allow_hyphen_values = true)]
    region: Region,

    /// The two coordinates of the plane
    #[arg(long, value_name = "I,J", default_value = "0,1", value_parser = axes)]
    axes: (usize, usize),

    /// Where the other coordinates stay, such as 0,0,1,5 [default: there are no others]
    #[arg(long, value_name = "X0,X1,…", allow_hyphen_values = true)]
    through: Option<Point>,
}

fn axes(text: &str) -> Result<(usize, usize), String> {
    let both = text.split_once(',').and_then(|(a, b)| Some((a.trim().parse().ok()?, b.trim().parse().ok()?)));
    both.ok_or_else(|| format!("`{text}` are no two coordinates; write such as 0,1"))
}

fn usage(message: String) -> Failure {
    Failure::Work(plusminus::Error::Usage { message })
}

impl PlaneArgs {
    fn landscape(&self) -> Result<Landscape, Failure> {
        let region = self.region.sides();
        let &[x, y] = region else {
            return Err(usage(format!(
                "--region has {} sides: a plane has two, such as -2:2,-1:3",
                region.len()
            )));
        };
        let through = self.through.as_ref().map_or(vec![0.0; 2], |point| point.0.clone());
        let landscape = Landscape { axes: self.axes, region: [x, y], through };
        landscape.check()?;
        Ok(landscape)
    }
}

/// An objective in a plane, and how it is seen.
#[derive(clap::Args)]
struct SceneArgs {
    #[command(flatten)]
    objective: ObjectiveArgs,

    #[command(flatten)]
    plane: PlaneArgs,

    #[command(flatten)]
    difference: DifferenceArgs,

    #[command(flatten)]
    device: DeviceArgs,

    #[command(flatten)]
    look: LookArgs,
}

#[derive(clap::Args)]
pub struct FieldArgs {
    #[command(flatten)]
    scene: SceneArgs,

    /// Arrows along a side
    #[arg(long, value_name = "N", default_value_t = 17, help_heading = "Plane")]
    arrows: usize,

    /// Arrows point uphill, as the gradient does, and not downhill
    #[arg(long, help_heading = "Plane")]
    uphill: bool,
}

#[derive(clap::Args)]
pub struct ContourArgs {
    #[command(flatten)]
    scene: SceneArgs,

    #[command(flatten)]
    lines: LineArgs,

    /// So many arrows along a side, too, which point downhill
    #[arg(long, value_name = "N", help_heading = "Plane")]
    arrows: Option<usize>,
}

/// How contours are drawn.
#[derive(clap::Args)]
#[command(next_help_heading = "Plane")]
struct LineArgs {
    /// Contours, about
    #[arg(long, value_name = "N", default_value_t = 20)]
    levels: usize,

    /// Points of a side at which the objective is evaluated for them
    #[arg(long, value_name = "N", default_value_t = 161)]
    grid: usize,
}

#[derive(clap::Args)]
pub struct PathArgs {
    #[command(flatten)]
    objective: ObjectiveArgs,

    #[command(flatten)]
    start: StartArgs,

    #[command(flatten)]
    descent: DescentArgs,

    /// From where to where along both axes [default: around the ways]; --region spreads starts
    #[arg(long, value_name = "L:H,L:H", allow_hyphen_values = true, help_heading = "Picture")]
    view: Option<Region>,

    /// The two coordinates of the plane; the others stay where the first point ended
    #[arg(long, value_name = "I,J", default_value = "0,1", value_parser = axes, help_heading = "Picture")]
    axes: (usize, usize),

    #[command(flatten)]
    lines: LineArgs,

    /// f and the norm of its gradient over the steps, as a second picture
    #[arg(long, value_name = "FILE", help_heading = "Picture")]
    curves: Option<PathBuf>,

    #[command(flatten)]
    difference: DifferenceArgs,

    #[command(flatten)]
    device: DeviceArgs,

    #[command(flatten)]
    look: LookArgs,
}

/// What is said where something is missing.
fn left_out(missing: usize, all: usize, what: &str) -> String {
    if missing == 0 { String::new() } else { format!("{missing} of {all} points have no {what}") }
}

fn open(
    device: &DeviceArgs,
    objective: &dyn Objective,
    points: usize,
    difference: &DifferenceArgs,
) -> Result<Engine, Failure> {
    let work = Workload::gradients(points).with_difference(&difference.difference());
    device.engine(objective, &work)
}

pub fn field(args: &FieldArgs, terminal: &mut Terminal) -> Result<ExitCode, Failure> {
    args.scene.look.check()?;
    let landscape = args.scene.plane.landscape()?;
    let objective = args.scene.objective.objective(landscape.through.len(), args.scene.device.precision)?;
    let engine = open(
        &args.scene.device,
        &*objective,
        args.arrows.saturating_mul(args.arrows),
        &args.scene.difference,
    )?;
    let mut evaluator = engine.evaluator(&*objective)?;
    let difference = evaluator.resolve(&args.scene.difference.difference())?;
    let (arrows, missing) = landscape.arrows(&mut evaluator, &difference, args.arrows, !args.uphill)?;
    let what = if args.uphill { "∇f" } else { "−∇f" };
    let lengths = if arrows.are_alike { "alike, colours by |∇f|" } else { "in proportion to |∇f|" };
    let mut subtitle =
        format!("{what} by {} {} differences; lengths {lengths}", difference.method, difference.scheme);
    if missing > 0 {
        subtitle += &format!("; {}", left_out(missing, args.arrows * args.arrows, "gradient"));
    }
    let mut plane = landscape.plane(args.scene.look.title(objective.name()), subtitle);
    plane.arrows = Some(arrows);
    args.scene.look.save(&Picture::Plane(plane), terminal)?;
    Ok(ExitCode::SUCCESS)
}

pub fn contour(args: &ContourArgs, terminal: &mut Terminal) -> Result<ExitCode, Failure> {
    args.scene.look.check()?;
    let landscape = args.scene.plane.landscape()?;
    let objective = args.scene.objective.objective(landscape.through.len(), args.scene.device.precision)?;
    let side = args.lines.grid;
    let engine =
        open(&args.scene.device, &*objective, side.saturating_mul(side) / 4, &args.scene.difference)?;
    let mut evaluator = engine.evaluator(&*objective)?;
    let (grid, missing) = landscape.grid(&mut evaluator, side, args.lines.levels)?;
    let subtitle = left_out(missing, side * side, "finite value");
    let mut plane = landscape.plane(args.scene.look.title(objective.name()), subtitle);
    plane.grid = Some(grid);
    if let Some(arrows) = args.arrows {
        let difference = evaluator.resolve(&args.scene.difference.difference())?;
        plane.arrows = Some(landscape.arrows(&mut evaluator, &difference, arrows, true)?.0);
    }
    args.scene.look.save(&Picture::Plane(plane), terminal)?;
    Ok(ExitCode::SUCCESS)
}

/// Ways that are drawn.
const WAYS: usize = 12;

pub fn path(args: &PathArgs, terminal: &mut Terminal) -> Result<ExitCode, Failure> {
    args.look.check()?;
    if let Some(path) = &args.curves {
        plusminus::plot::check_picture(path)?;
        if *path == args.look.out {
            return Err(usage(format!("--out and --curves are both {}: give two names", path.display())));
        }
    }
    let rules = args.descent.rules()?;
    let name = match rules.as_slice() {
        [rule] => rule.name(),
        _ => args.descent.kind().to_string(),
    };
    let start = args.descent.starts(&args.start)?;
    let n = start.ncols();
    // Before the work: the region is known after it.
    Landscape { axes: args.axes, region: [(0.0, 1.0); 2], through: vec![0.0; n] }.check()?;
    let objective = args.objective.objective(n, args.device.precision)?;
    let engine =
        open(&args.device, &*objective, start.nrows().saturating_mul(args.descent.steps), &args.difference)?;
    let mut evaluator = engine.evaluator(&*objective)?;
    let difference = evaluator.resolve(&args.difference.difference())?;
    let mut trace = Trace::new(start.view(), WAYS);
    let done = args
        .descent
        .descent(rules, args.start.bounds(n))
        .difference(difference)
        .points_every(trace.every(args.descent.steps))
        .stop_when(interrupt::asked())
        .observe(|report| {
            trace.record(report);
            Ok(())
        })
        .run(&mut evaluator, start.view())?;
    trace.end_at(&done.outcomes);
    let region = match &args.view {
        Some(view) => match view.sides() {
            &[x, y] => [x, y],
            sides => {
                return Err(usage(format!(
                    "--view has {} sides: a plane has two, such as -2:2,-1:3",
                    sides.len()
                )));
            }
        },
        None => region_around(&trace, args.axes),
    };
    let landscape = Landscape { axes: args.axes, region, through: done.points.row(0).to_vec() };
    landscape.check()?;
    let side = args.lines.grid;
    let (grid, missing) = landscape.grid(&mut evaluator, side, args.lines.levels)?;
    let mut subtitle = format!("{name}, {} steps", args.descent.steps);
    if missing > 0 {
        subtitle += &format!("; {}", left_out(missing, side * side, "finite value"));
    }
    if start.nrows() > trace.points() {
        subtitle += &format!("; the first {} of {} points", trace.points(), start.nrows());
    }
    let named = |point: usize| match args.descent.rate.as_slice() {
        [_] => format!("point {point}"),
        rates => format!("learning rate {}", rates[point]),
    };
    let mut plane = landscape.plane(args.look.title(objective.name()), subtitle.clone());
    plane.grid = Some(grid);
    plane.paths = paths(&trace, args.axes, named);
    args.look.save(&Picture::Plane(plane), terminal)?;
    if let Some(path) = &args.curves {
        let ways = trace.measure(&mut evaluator, &difference, usize::MAX)?;
        let panels = [
            panel("f", &ways, &named, |point| point.value),
            panel("norm of the gradient", &ways, &named, |point| point.gradient_norm),
        ];
        let title = format!("{}: {subtitle}", objective.name());
        let picture = Picture::Curves(Curves { title, panels: panels.into() });
        picture.save(path, args.look.look())?;
        terminal.note(&format!("wrote {}", path.display()));
    }
    for (point, outcome) in done.outcomes.iter().take(trace.points()).enumerate() {
        terminal.note(&format!("{}: {outcome}", named(point)));
    }
    Ok(ExitCode::SUCCESS)
}

/// One line a point; by logarithms if all values are above 0, and norms always.
fn panel(
    what: &str,
    ways: &[Vec<TracePoint>],
    named: &dyn Fn(usize) -> String,
    of: fn(&TracePoint) -> Option<f64>,
) -> Panel {
    let lines = ways.iter().enumerate().map(|(i, way)| Line {
        name: if ways.len() > 1 { named(i) } else { String::new() },
        is_faint: false,
        points: way.iter().filter_map(|point| Some((point.step as f64, of(point)?))).collect(),
    });
    let lines: Vec<Line> = lines.collect();
    if what == "f" {
        Panel::of("steps", what, lines)
    } else {
        Panel::with("steps", what, Scaling::Log, lines)
    }
}
