use std::{num::NonZeroUsize, path::PathBuf};

use confounder_trainer::{
    data::{Dataset, sheets},
    engine::{Trial, trial},
    error::{Error, Result},
    nets::Classifier,
    progress::Mode,
    recipe::{self, GroupsRecipe, Recipe, Row},
    runtime::{self, Choice, Device},
    stages::{self, Run, TrainedGenerator},
    step::BatchShape,
    train::Trained,
};
use serde_json::json;

use super::{
    args::{self, Args, Command, Data, Job},
    print,
};

pub(crate) fn execute(args: Args) -> Result<()> {
    if args.device != Choice::Only(Device::Cpu) {
        let device = runtime::choose(args.device)?;
        log::info!("computing on {device}");
    }
    match args.command {
        Command::Run(job) => run(&job),
        Command::Pretrain(job) => {
            let trained = stages::pretrain(&open(&job)?)?;
            print::result(format!(
                "surrogate: {:.2} % of test images (peak {:.2} %)",
                trained.last(),
                trained.peak()
            ));
            Ok(())
        }
        Command::Train(job) => {
            let (run, _, generator) = trained(&job)?;
            stages::picture(&run, &generator)?;
            print::result(format!(
                "generator: {} epochs; see {}",
                generator.epochs.len(),
                run.folder.display()
            ));
            Ok(())
        }
        Command::Export(job) => {
            let (run, surrogate, generator) = trained(&job)?;
            let recognition = stages::recognised(&run, &surrogate)?;
            let path = stages::export(&run, &generator, &json!({ "recognition": recognition }))?;
            print::result(path.display());
            Ok(())
        }
        Command::Groups(job) => {
            let recipe = GroupsRecipe::load(&job.recipe, &job.overrides)?;
            print::result(stages::groups(&recipe, &job.data, &job.out)?.display());
            Ok(())
        }
        Command::Protect(job) => protect(&job),
        Command::Evaluate(job) => {
            let (run, _, generator) = trained(&job)?;
            let rows = stages::evaluate(&run, &generator, &cells(&job), workers(&job))?;
            print::result(stages::table(&rows));
            Ok(())
        }
        Command::Reproduce(args) => super::reproduce::execute(&args),
        Command::Data(Data::Prepare { from, to }) => {
            let done = sheets::prepare(&from, &to, Mode::Auto)?;
            print::result(format!(
                "{} ({} written, {} kept)",
                done.folder.display(),
                done.written,
                done.kept
            ));
            Ok(())
        }
        Command::Recipe { name } => {
            let text = recipe::bundled(&name)
                .ok_or_else(|| Error::Recipe(format!("there is no bundled recipe {name}")))?;
            print::result(text);
            Ok(())
        }
        Command::Runtime(trial) => {
            print::result(runtime::describe()?);
            tries(&trial)
        }
    }
}

fn tries(args: &args::Trial) -> Result<()> {
    let [width, images, side, steps] =
        [args.width, args.batch, args.side, args.steps].map(NonZeroUsize::get);
    for &net in &args.nets {
        if let Some(why) = net.refusal(width) {
            return Err(Error::Recipe(why));
        }
        let classifier = Classifier {
            net,
            width,
            classes: 10,
            stem_stride: 1,
        };
        let batch = BatchShape {
            images,
            height: side,
            width: side,
        };
        let trial = trial(&classifier, batch, steps)?;
        print::result(format!(
            "{:12} width {}, batch {}: {}first loss {:.5}",
            net.name(),
            width,
            images,
            nodes(&trial),
            trial.loss
        ));
        let steps = trial.steps?;
        print::result(format!(
            "{:10.0} images/s, {:.2} s per 50,000; last loss {:.5}",
            steps.images_per_second,
            50_000.0 / steps.images_per_second,
            steps.loss
        ));
    }
    Ok(())
}

/// How many nodes ran on what, and which operators the device left to others.
fn nodes(trial: &Trial) -> String {
    let mut text = String::new();
    for (provider, operators) in &trial.nodes {
        text += &format!("{} nodes on {provider}", operators.values().sum::<usize>());
        if provider != runtime::device().provider_name() {
            let names: Vec<&str> = operators.keys().map(String::as_str).collect();
            text += &format!(" ({})", names.join(", "));
        }
        text += "; ";
    }
    text
}

fn run(job: &Job) -> Result<()> {
    let run = open(job)?;
    let report = stages::run_all(&run, &cells(job), workers(job))?;
    print::result(stages::table(&report.victims));
    print::result(run.path("report.json").display());
    Ok(())
}

fn open(job: &Job) -> Result<Run> {
    let mut overrides = job.overrides.clone();
    overrides.extend(job.seed.map(|seed| format!("seed={seed}")));
    Run::open(Recipe::load(&job.recipe, &overrides)?, &job.data, &job.out)
}

fn trained(job: &Job) -> Result<(Run, Trained, TrainedGenerator)> {
    let run = open(job)?;
    let (surrogate, generator) = stages::generator(&run)?;
    Ok((run, surrogate, generator))
}

fn protect(job: &Job) -> Result<()> {
    let (run, _, generator) = trained(job)?;
    for row in [Row::InDistribution, Row::OutOfDistribution] {
        let images = stages::prepare(&run, &generator, row)?;
        if images.data.is_empty() {
            continue;
        }
        let path = save(&run, row, &images.data)?;
        let psnr = images
            .psnr_db
            .map_or("unchanged".into(), |x| format!("{x:.2} dB"));
        print::result(format!(
            "{}: {} images, PSNR {psnr}",
            path.display(),
            images.data.len()
        ));
    }
    stages::picture(&run, &generator)
}

fn save(run: &Run, row: Row, data: &Dataset) -> Result<PathBuf> {
    let folder = run.path("protected").join(row.key());
    if (data.height, data.width) == (32, 32) && data.classes.len() <= 10 {
        let path = folder.with_extension("bin");
        confounder_trainer::data::write_records(&path, data)?;
        return Ok(path);
    }
    confounder_trainer::data::write_tree(&folder, data)?;
    Ok(folder)
}

fn cells(job: &Job) -> PathBuf {
    job.cells.clone().unwrap_or_else(|| job.out.join("victims"))
}

fn workers(job: &Job) -> usize {
    job.workers
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
}
