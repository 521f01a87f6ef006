//! The trainer's commands.

mod args;
mod commands;
mod print;
mod reproduce;

pub(crate) use args::Args;
pub(crate) use commands::execute;
pub(crate) use print::error as print_error;
