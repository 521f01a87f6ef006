//! `confounder bench`

mod measure;
mod plot;

use std::path::PathBuf;

use clap::Args;
use confounder::Generator;
use serde::Serialize;

use crate::engine::SoftwareGpu;
use crate::exit::{self, Failure, Outcome, Status};
use crate::output;
use measure::EngineTimes;

/// Measures every engine that works here
///
/// For each engine: cold start (opening it until it is ready), the first photo, and the steady state over many photos of
/// the same size in memory (working grid, generator, blend; no decoding), with what goes to the GPU and back. Energy is
/// not measured but reckoned: multiply-adds and bytes times what they took in a 45 nm chip (Horowitz, ISSCC 2014),
/// good for comparing engines on one machine.
#[derive(Debug, Args)]
#[command(after_long_help = exit::help("\
Examples:
  confounder bench
  confounder bench --photo 1920x1080 --runs 100 --json
  confounder bench --svg engines.svg"))]
pub(crate) struct Arguments {
    /// The generator to run (an ONNX file of contract v1) [default: the bundled one]
    #[arg(long, value_name = "FILE")]
    generator: Option<PathBuf>,

    /// Size of the photo in pixels
    #[arg(long, default_value = "4000x3000", value_name = "WIDTHxHEIGHT", value_parser = size)]
    photo: (u32, u32),

    /// Photos of which median and 95th percentile are taken
    #[arg(long, default_value_t = 30, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    runs: u32,

    #[command(flatten)]
    software: SoftwareGpu,

    /// Write one JSON object to standard output
    #[arg(long)]
    json: bool,

    /// Also draw a picture of the times
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

/// What `--json` writes.
#[derive(Debug, Serialize)]
struct Measured<'a> {
    version: &'static str,
    generator: &'a str,
    generator_sha256: String,
    photo: (u32, u32),
    runs: u32,
    /// Multiply-adds of the generator for this photo, in millions.
    mmac: f64,
    engines: Vec<EngineTimes>,
}

pub(crate) fn run(arguments: &Arguments) -> Outcome {
    let explain = |e: confounder::Error| Failure::new(Status::Generator, output::explain(&e));
    let generator = match &arguments.generator {
        Some(path) => crate::protect::read_generator(path)?,
        None => Generator::bundled().map_err(explain)?,
    };
    let grid = measure::grid(&generator, arguments.photo).map_err(explain)?;
    let multiply_adds =
        confounder::research::multiply_adds(&generator, grid.0, grid.1).map_err(explain)?;
    let engines = measure::all(
        &generator,
        arguments.software,
        arguments.photo,
        arguments.runs,
        multiply_adds,
    );
    let ok = engines.iter().all(|engine| engine.error.is_none());
    let measured = Measured {
        version: env!("CARGO_PKG_VERSION"),
        generator: generator.name(),
        generator_sha256: generator.sha256(),
        photo: arguments.photo,
        runs: arguments.runs,
        mmac: multiply_adds as f64 / 1e6,
        engines,
    };
    if let Some(path) = &arguments.svg {
        let picture = plot::svg(&measured.engines, arguments.photo)
            .map_err(|e| Failure::new(Status::SomeFailed, format!("cannot draw: {e}")))?;
        std::fs::write(path, picture)
            .map_err(|e| Failure::file(&path.display().to_string(), &e))?;
    }
    if arguments.json {
        output::json(&measured)?;
    } else {
        output::line(&text(&measured))?;
    }
    Ok(if ok { Status::Done } else { Status::SomeFailed })
}

fn text(measured: &Measured<'_>) -> String {
    let (width, height) = measured.photo;
    let mut lines = vec![format!(
        "{} on {width} x {height} px: {:.1} million multiply-adds, {} photos each",
        measured.generator, measured.mmac, measured.runs
    )];
    lines.extend(measured.engines.iter().map(EngineTimes::text));
    lines.join("\n")
}

fn size(text: &str) -> Result<(u32, u32), String> {
    let sides = text.split_once('x').and_then(|(width, height)| {
        let side = |text: &str| {
            text.parse()
                .ok()
                .filter(|&side| (1..=65_535).contains(&side))
        };
        Some((side(width)?, side(height)?))
    });
    match sides {
        Some((width, height)) if u64::from(width) * u64::from(height) <= 100_000_000 => {
            Ok((width, height))
        }
        Some(_) => Err("more than 100 megapixels".into()),
        None => Err("give width and height as in 4000x3000, each 1 to 65535".into()),
    }
}
