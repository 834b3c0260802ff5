//! What the program says of itself: version, completions, man page.

use std::io::Write;
use std::process::ExitCode;
use std::sync::LazyLock;

use clap::Command;
use clap_complete::Shell;
use plusminus::Error;

use crate::failure::Failure;
use crate::terminal::Terminal;

/// Of release builds from a clone: `build.rs` asks git.
const COMMIT: Option<&str> = option_env!("PLUSMINUS_COMMIT");

const FEATURES: &[&str] = &[
    "cli",
    #[cfg(feature = "gpu")]
    "gpu",
    #[cfg(feature = "mpi")]
    "mpi",
];

/// `0.2.0 (commit b591f8a, features cli gpu)`
pub fn version() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        let commit = COMMIT.map_or_else(String::new, |commit| format!("commit {commit}, "));
        format!("{} ({commit}features {})", env!("CARGO_PKG_VERSION"), FEATURES.join(" "))
    });
    &TEXT
}

/// `plusminus completions`
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plusminus completions bash > ~/.local/share/bash-completion/completions/plusminus
  plusminus completions fish > ~/.config/fish/completions/plusminus.fish")]
pub struct CompletionArgs {
    /// The shell
    shell: Shell,
}

pub fn completions(
    args: &CompletionArgs,
    program: &mut Command,
    terminal: &mut Terminal,
) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, program, "plusminus", &mut script);
    terminal.write_all(&script)?;
    Ok(ExitCode::SUCCESS)
}

/// `plusminus man`
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plusminus man > plusminus.1
  plusminus man gradient > plusminus-gradient.1")]
pub struct ManArgs {
    /// A command, such as gradient; without it, the page of plusminus itself
    command: Option<String>,
}

pub fn man(args: &ManArgs, mut program: Command, terminal: &mut Terminal) -> Result<ExitCode, Failure> {
    program.build();
    let page = match &args.command {
        None => program,
        Some(name) => program.find_subcommand(name).cloned().ok_or_else(|| unknown(name, &program))?,
    };
    clap_mangen::Man::new(page).render(terminal)?;
    Ok(ExitCode::SUCCESS)
}

fn unknown(name: &str, program: &Command) -> Error {
    let names: Vec<&str> = program.get_subcommands().map(Command::get_name).collect();
    let similar = names.iter().max_by(|a, b| strsim::jaro(name, a).total_cmp(&strsim::jaro(name, b)));
    let meant = similar.map_or_else(String::new, |similar| format!("did you mean `{similar}`? "));
    Error::Usage { message: format!("there is no command `{name}`; {meant}There are {}", names.join(", ")) }
}
