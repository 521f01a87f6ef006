//! `confounder completions`

use clap::{Args, Command};
use clap_complete::Shell;

use crate::exit::{self, Outcome, Status};
use crate::output;

/// Writes a script with which a shell completes this command
///
/// The script goes to standard output; where it belongs depends on the shell.
#[derive(Debug, Args)]
#[command(after_long_help = exit::help("\
Examples:
  confounder completions bash > ~/.local/share/bash-completion/completions/confounder
  confounder completions zsh > ~/.zfunc/_confounder
  confounder completions fish > ~/.config/fish/completions/confounder.fish"))]
pub(crate) struct Arguments {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(crate) fn run(arguments: &Arguments, mut command: Command) -> Outcome {
    let mut script = Vec::new();
    let name = command.get_name().to_owned();
    clap_complete::generate(arguments.shell, &mut command, name, &mut script);
    output::bytes(&script)?;
    Ok(Status::Done)
}
