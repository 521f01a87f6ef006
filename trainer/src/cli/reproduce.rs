use confounder_trainer::{
    error::Result,
    reproduce::{self, Bench, RunInfo, Scale},
    runtime,
};

use super::{args::Reproduce, print};

pub(crate) fn execute(args: &Reproduce) -> Result<()> {
    let scale = Scale::load(&args.scale, &args.overrides)?;
    let bench = Bench::open(scale, &args.data, &args.cells)?;
    let workers = args.workers.unwrap_or_else(cores);
    for &experiment in &args.experiments {
        if !args.report_only {
            reproduce::run_experiment(&bench, experiment, args.shard, workers)?;
        }
        if args.shard.is_some() {
            continue;
        }
        let report = reproduce::assemble(&bench, experiment, info(args, experiment.name()))?;
        print::result(summary(&report));
        reproduce::write(&bench, &args.out, report)?;
    }
    Ok(())
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn this_machine() -> String {
    let (cores, device) = (cores(), runtime::device());
    let (system, processor) = (std::env::consts::OS, std::env::consts::ARCH);
    format!("{cores} cores, {device}, {system} {processor}")
}

fn info(args: &Reproduce, name: &str) -> RunInfo {
    let changed: String = args
        .overrides
        .iter()
        .map(|item| format!(" --set '{item}'"))
        .collect();
    RunInfo {
        command: format!(
            "confounder-trainer reproduce {name} --scale {}{changed} --data DATA --cells CELLS",
            args.scale
        ),
        machine: args.machine.clone().unwrap_or_else(this_machine),
    }
}

fn summary(report: &reproduce::Report) -> String {
    let mut text = format!("{}\n", report.title);
    for cell in &report.cells {
        let figures = cell.text().unwrap_or_else(|| "not run yet".into());
        text += &format!("{:22} {:14} {figures}\n", cell.row, cell.column);
    }
    for cost in &report.costs {
        let (system, milliseconds) = (&cost.system, cost.milliseconds_per_image);
        let before = cost.preparation_seconds;
        text +=
            &format!("{system:22} {milliseconds:.3} ms an image, {before:.0} s before the first\n");
    }
    for claim in &report.claims {
        text += &format!("{}: {} ({})\n", claim.outcome(), claim.text, claim.figures);
    }
    text
}
