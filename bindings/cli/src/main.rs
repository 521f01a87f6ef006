//! Protects photos from being learned, on the command line.

mod bench;
mod compare;
mod completions;
mod doctor;
mod engine;
mod exit;
mod fit;
mod flags;
mod inspect;
mod key;
mod manual;
mod mark;
mod output;
mod protect;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

/// Protects photos from being learned.
///
/// Adds a faint residual to a photo, so that a classifier trained on such photos learns the residual and not what the
/// photo shows. Everything happens on this machine; nothing is sent anywhere. This is not encryption: anyone can still
/// see the photo.
#[derive(Debug, Parser)]
#[command(name = "confounder", version, max_term_width = 100, after_long_help = exit::help(""))]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Protect(protect::Arguments),
    Fit(fit::Arguments),
    Compare(compare::Arguments),
    Inspect(inspect::Arguments),
    Key(key::Arguments),
    Mark(mark::Arguments),
    Doctor(doctor::Arguments),
    Bench(bench::Arguments),
    Completions(completions::Arguments),
    Man(manual::Arguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    env_logger::init();
    let outcome = match &arguments.command {
        Command::Protect(arguments) => protect::run(arguments),
        Command::Fit(arguments) => fit::run(arguments),
        Command::Compare(arguments) => compare::run(arguments),
        Command::Inspect(arguments) => inspect::run(arguments),
        Command::Key(arguments) => key::run(arguments),
        Command::Mark(arguments) => mark::run(arguments),
        Command::Doctor(arguments) => doctor::run(arguments),
        Command::Bench(arguments) => bench::run(arguments),
        Command::Completions(arguments) => completions::run(arguments, Arguments::command()),
        Command::Man(arguments) => manual::run(arguments, Arguments::command()),
    };
    match outcome {
        Ok(status) => status.into(),
        Err(failure) => {
            output::complain(&failure.message);
            failure.status.into()
        }
    }
}
