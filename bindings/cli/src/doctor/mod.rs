//! `confounder doctor`

mod checks;
mod engines;
mod synthetic;

use std::path::PathBuf;

use clap::Args;
use confounder::Generator;
use serde::Serialize;

use crate::engine::SoftwareGpu;
use crate::exit::{self, Outcome, Status};
use crate::output;
use checks::Check;
use engines::EngineReport;

/// Checks that this installation works
///
/// Runs the generator on every engine that this machine has and compares the results, then protects synthetic photos in
/// memory: every format, the promised bound, the same bytes on one thread and on all. Nothing is left on the disk, and
/// nothing is sent anywhere. Times say how fast this machine is; they decide nothing.
#[derive(Debug, Args)]
#[command(after_long_help = exit::help(""))]
pub(crate) struct Arguments {
    /// The generator to check (an ONNX file of contract v1) [default: the bundled one]
    #[arg(long, value_name = "FILE")]
    generator: Option<PathBuf>,

    #[command(flatten)]
    software: SoftwareGpu,

    /// Write one JSON object to standard output
    #[arg(long)]
    json: bool,
}

/// What `--json` writes.
#[derive(Debug, Serialize)]
struct Diagnosis {
    ok: bool,
    version: &'static str,
    /// `null` where the bundled generator cannot be read.
    generator: Option<GeneratorName>,
    engines: Vec<EngineReport>,
    threads: usize,
    checks: Vec<Check>,
}

#[derive(Debug, Serialize)]
struct GeneratorName {
    name: String,
    version: String,
    sha256: String,
}

pub(crate) fn run(arguments: &Arguments) -> Outcome {
    let diagnosis = diagnose(arguments)?;
    if arguments.json {
        output::json(&diagnosis)?;
    } else {
        output::line(&text(&diagnosis))?;
    }
    Ok(if diagnosis.ok {
        Status::Done
    } else {
        Status::SomeFailed
    })
}

fn diagnose(arguments: &Arguments) -> Result<Diagnosis, exit::Failure> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (mut checks, generator) = match &arguments.generator {
        Some(path) => (Vec::new(), Some(crate::protect::read_generator(path)?)),
        None => {
            let bundled = Generator::bundled();
            let check = Check::of("bundled generator", &bundled, |generator| {
                format!(
                    "its SHA-256 is the right one, {} bytes",
                    generator.bytes().len()
                )
            });
            (vec![check], bundled.ok())
        }
    };
    let mut engines = Vec::new();
    if let Some(generator) = &generator {
        let missing;
        (engines, missing) = engines::try_all(generator, arguments.software);
        checks.extend(missing.map(Check::no_gpu));
        checks.extend(checks::photos(generator, threads));
    }
    checks.push(checks::temporary_folder());
    Ok(Diagnosis {
        ok: engines.iter().all(|engine| engine.ok) && checks.iter().all(|check| check.ok),
        version: env!("CARGO_PKG_VERSION"),
        generator: generator.map(|generator| GeneratorName {
            name: generator.name().to_owned(),
            version: generator.version().to_owned(),
            sha256: generator.sha256(),
        }),
        engines,
        threads,
        checks,
    })
}

fn text(diagnosis: &Diagnosis) -> String {
    let mut lines = vec![format!(
        "confounder {}, {} threads",
        diagnosis.version, diagnosis.threads
    )];
    if let Some(generator) = &diagnosis.generator {
        lines.push(format!(
            "generator {} {}, SHA-256 {}",
            generator.name, generator.version, generator.sha256
        ));
    }
    let word = |ok: bool| if ok { "ok" } else { "FAILED" };
    let engines = diagnosis.engines.iter().map(|engine| {
        let name = format!("engine {}", engine.engine);
        (name, engine.ok, engine.text())
    });
    let checks = diagnosis
        .checks
        .iter()
        .map(|check| (check.check.to_owned(), check.ok, check.detail.clone()));
    for (name, ok, detail) in engines.chain(checks) {
        lines.push(format!("{:<7} {name:<18} {detail}", word(ok)));
    }
    lines.join("\n")
}
