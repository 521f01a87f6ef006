//! The command line of the trainer.

mod cli;

use std::process::ExitCode;

use clap::Parser;
use confounder_trainer::{error::Error, interrupt};

fn main() -> ExitCode {
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("warn")).init();
    let args = cli::Args::parse();
    match interrupt::install().and_then(|()| cli::execute(args)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            cli::print_error(&error);
            ExitCode::from(if matches!(error, Error::Interrupted) {
                130
            } else {
                1
            })
        }
    }
}
