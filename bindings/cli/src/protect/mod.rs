//! `confounder protect`

mod arguments;
mod crew;
mod extensions;
mod failed;
mod inputs;
mod job;
mod marked;
mod naming;
mod progress;
mod record;
mod summary;
mod write;

use std::io::IsTerminal;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use confounder::{
    CancelToken, ErrorKind, Generator, PersonalKey, ProtectOptions, Protector, ProtectorOptions,
};
use rayon::ThreadPool;

use crate::exit::{Failure, Outcome, Status};
use crate::output;
use inputs::{Input, Unreadable};
use job::{How, Job};
use naming::Target;
use record::Voice;
use summary::Summary;

pub(crate) use arguments::Arguments;
pub(crate) use extensions::is_picture;
pub(crate) use failed::Failed;
pub(crate) use progress::Progress;
pub(crate) use write::{Writing, write};

/// All that a run needs.
struct Run<'a> {
    arguments: &'a Arguments,
    jobs: Vec<Job>,
    unreadable: Vec<Unreadable>,
    options: ProtectOptions,
    protector: Protector,
    pool: ThreadPool,
    voice: Voice,
}

pub(crate) fn run(arguments: &Arguments) -> Outcome {
    let options = arguments.options()?;
    let (jobs, unreadable) = jobs(arguments)?;
    check_streams(arguments, &jobs)?;
    if jobs.is_empty() && unreadable.is_empty() {
        return Err(Failure::usage(format!(
            "no photo found (looked for {})",
            extensions::listed()
        )));
    }
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(arguments.threads.map_or(0, usize::from))
        .build()
        .map_err(|e| Failure::usage(format!("cannot start threads: {e}")))?;
    let protector = protector(arguments)?;
    cancel_on_interrupt(options.cancel.clone())?;
    let run = Run {
        arguments,
        jobs,
        unreadable,
        options,
        protector,
        pool,
        voice: Voice {
            json: arguments.json,
            quiet: arguments.quiet,
            dry_run: arguments.dry_run,
        },
    };
    if arguments.dry_run {
        run.dry()
    } else {
        run.real()
    }
}

impl Run<'_> {
    fn real(&self) -> Outcome {
        let (started, quiet) = (Instant::now(), self.arguments.quiet);
        let how = How {
            force: self.arguments.force,
            touch: self.arguments.touch,
            heif: self.arguments.format.into(),
        };
        let progress = Progress::new(self.jobs.len(), quiet);
        let summary = Mutex::new(self.summary_of_unreadable());
        self.for_every_photo(|job| {
            let done = job.run(&self.protector, &self.options, how);
            let said = progress.finish(|| self.voice.finished(job, &done));
            let mut summary = lock(&summary);
            summary.add(&done);
            summary.note_said(said);
        });
        progress.close();
        let summary = summary.into_inner().unwrap_or_else(PoisonError::into_inner);
        let total = self.jobs.len() + self.unreadable.len();
        if total > 1 && !quiet {
            output::note(&summary.table(total, started.elapsed()));
        } else if total > 1 && summary.failures() > 0 {
            output::complain(&format!("{} of {total} photos failed", summary.failures()));
        }
        if self.options.cancel.is_cancelled() {
            return Err(Failure::new(
                Status::Interrupted,
                "interrupted; photos that were finished are complete",
            ));
        }
        Ok(summary.status())
    }

    fn dry(&self) -> Outcome {
        let summary = Mutex::new(self.summary_of_unreadable());
        let progress = Progress::new(self.jobs.len(), self.arguments.quiet);
        self.for_every_photo(|job| {
            let photo = job.dry_run(&self.protector, &self.options, self.arguments.force);
            let said = progress.finish(|| self.voice.foreseen(job, &photo));
            let mut summary = lock(&summary);
            summary.note_said(said);
            if let Err(failed) = &photo {
                summary.add_failed(failed);
            }
        });
        progress.close();
        if self.options.cancel.is_cancelled() {
            return Err(Failure::new(Status::Interrupted, "interrupted"));
        }
        let summary = lock(&summary);
        let total = self.jobs.len() + self.unreadable.len();
        if total > 1 && !self.arguments.quiet {
            let would = total - summary.failures();
            output::note(&format!("{would} of {total} photos would be protected"));
        }
        Ok(summary.status())
    }

    fn for_every_photo(&self, work: impl Fn(&Job) + Sync) {
        let threads = self.pool.current_num_threads();
        let at_once = self.arguments.jobs.map_or(threads, usize::from);
        crew::run(&self.jobs, at_once, &self.pool, &self.options.cancel, work);
    }

    /// Says which folders could not be searched, and counts them.
    fn summary_of_unreadable(&self) -> Summary {
        let mut summary = Summary::default();
        for unreadable in &self.unreadable {
            summary.note_said(self.voice.unreadable(unreadable));
            summary.add_failed(&Failed::io(&unreadable.message));
        }
        summary
    }
}

fn lock(summary: &Mutex<Summary>) -> std::sync::MutexGuard<'_, Summary> {
    summary.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One job per photo, with distinct outputs, and what could not be searched.
fn jobs(arguments: &Arguments) -> Result<(Vec<Job>, Vec<Unreadable>), Failure> {
    let output = arguments.output.as_deref();
    let found = inputs::collect(&arguments.inputs, arguments.recursive, output)?;
    let several = found.inputs.len() > 1 || arguments.inputs.iter().any(|input| input.is_dir());
    let target = Target::new(output, several)?;
    Ok((
        naming::jobs(found.inputs, &target, arguments.format.extension())?,
        found.unreadable,
    ))
}

fn check_streams(arguments: &Arguments, jobs: &[Job]) -> Result<(), Failure> {
    let to_stdout = jobs.iter().any(Job::writes_stdout) && !arguments.dry_run;
    if to_stdout && arguments.json {
        return Err(Failure::usage(
            "--json and a photo on standard output exclude each other; give -o FILE",
        ));
    }
    if to_stdout && std::io::stdout().is_terminal() {
        return Err(Failure::usage(
            "standard output is a terminal; give -o FILE or redirect it",
        ));
    }
    if jobs.iter().filter(|job| job.input == Input::Stdin).count() > 1 {
        return Err(Failure::usage("standard input (-) can be given only once"));
    }
    Ok(())
}

fn protector(arguments: &Arguments) -> Result<Protector, Failure> {
    let failed = |e: confounder::Error| match e.kind() {
        ErrorKind::InvalidOptions => Failure::usage(output::explain(&e)),
        _ => Failure::new(Status::Generator, output::explain(&e)),
    };
    let options = arguments.engine.apply(ProtectorOptions::new());
    match (&arguments.generator, &arguments.key) {
        (Some(path), _) => Protector::open(read_generator(path)?, options).map_err(failed),
        (None, Some(path)) => {
            let bytes =
                std::fs::read(path).map_err(|e| Failure::file(&path.display().to_string(), &e))?;
            let key = PersonalKey::new(&bytes).map_err(failed)?;
            let generator = Generator::personal(&key).map_err(failed)?;
            Protector::open(generator, options).map_err(failed)
        }
        (None, None) => Protector::bundled(options).map_err(failed),
    }
}

/// The name that stands for the small bundled generator where a file is asked for.
const COMPACT: &str = "compact";

/// Reads a generator file, or takes the bundled one that has this name.
pub(crate) fn read_generator(path: &Path) -> Result<Generator, Failure> {
    if path == Path::new(COMPACT) {
        return Generator::compact().map_err(|e| Failure::new(Status::Generator, e.to_string()));
    }
    let failed = |e: &dyn std::fmt::Display| {
        Failure::new(Status::Generator, format!("{}: {e}", path.display()))
    };
    let bytes = std::fs::read(path).map_err(|e| failed(&e))?;
    Generator::from_bytes(bytes).map_err(|e| failed(&output::explain(&e)))
}

/// Ctrl-C cancels.
pub(crate) fn cancel_on_interrupt(cancel: CancelToken) -> Result<(), Failure> {
    ctrlc::set_handler(move || cancel.cancel())
        .map_err(|e| Failure::usage(format!("cannot watch for Ctrl-C: {e}")))
}
