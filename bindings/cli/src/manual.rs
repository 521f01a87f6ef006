//! `confounder man`

use std::io;
use std::path::PathBuf;

use clap::{Args, Command};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use crate::exit::{self, Failure, Outcome, Status};
use crate::output;

/// Writes the manual pages
///
/// All pages go to standard output one after the other, or each into a file of its own below the folder that -o names.
#[derive(Debug, Args)]
#[command(after_long_help = exit::help("\
Examples:
  confounder man | man -l -                     shows all pages
  confounder man -o ~/.local/share/man/man1     writes confounder.1, confounder-protect.1, ..."))]
pub(crate) struct Arguments {
    /// Folder for the pages; it is made where it is missing, pages in it are replaced
    #[arg(short, long, value_name = "FOLDER")]
    output: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments, command: Command) -> Outcome {
    let pages = pages(command).map_err(|e| Failure::file("cannot write a manual page", &e))?;
    let Some(folder) = &arguments.output else {
        let all: Vec<u8> = pages.into_iter().flat_map(|(_, page)| page).collect();
        output::bytes(&all)?;
        return Ok(Status::Done);
    };
    let failed = |path: &PathBuf, e: io::Error| Failure::file(&path.display().to_string(), &e);
    std::fs::create_dir_all(folder).map_err(|e| failed(folder, e))?;
    for (name, page) in pages {
        let path = folder.join(name);
        std::fs::write(&path, page).map_err(|e| failed(&path, e))?;
    }
    Ok(Status::Done)
}

/// The name and the roff text of every page: the command's own first, then one for each subcommand.
fn pages(command: Command) -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut command = command.disable_help_subcommand(true);
    command.build();
    let mut pages = vec![page(&command)?];
    for subcommand in command.get_subcommands() {
        pages.push(page(subcommand)?);
    }
    Ok(pages)
}

fn page(command: &Command) -> io::Result<(String, Vec<u8>)> {
    let manual = Man::new(command.clone());
    let mut page = Vec::new();
    manual.render_title(&mut page)?;
    manual.render_name_section(&mut page)?;
    manual.render_synopsis_section(&mut page)?;
    manual.render_description_section(&mut page)?;
    manual.render_options_section(&mut page)?;
    if command.has_subcommands() {
        manual.render_subcommands_section(&mut page)?;
    }
    if let Some(help) = command.get_after_long_help() {
        extra(&help.to_string()).to_writer(&mut page)?;
    }
    Ok((manual.get_filename(), page))
}

/// Paragraphs `Heading:` with lines below, as sections whose lines are kept as they are.
fn extra(text: &str) -> Roff {
    let mut roff = Roff::new();
    for paragraph in text.split("\n\n") {
        let (heading, lines) = paragraph.split_once('\n').unwrap_or((paragraph, ""));
        roff.control(
            "SH",
            [heading.trim_end_matches(':').to_uppercase().as_str()],
        );
        roff.control("nf", []);
        for line in lines.lines() {
            roff.text([roman(line.strip_prefix("  ").unwrap_or(line))]);
        }
        roff.control("fi", []);
    }
    roff
}
