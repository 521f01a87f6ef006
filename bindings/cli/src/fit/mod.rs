//! `confounder fit`

mod arguments;
mod folder;
mod sheet;

use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use confounder::{
    CancelToken, ErrorKind, FitOptions, FitPhoto, Fitted, Generator, Protector, ProtectorOptions,
};
use serde_json::json;

use crate::exit::{Failure, Outcome, Status};
use crate::output;
use crate::protect::{Progress, cancel_on_interrupt, read_generator};
use folder::Found;

pub(crate) use arguments::Arguments;

pub(crate) fn run(arguments: &Arguments) -> Outcome {
    let sheet = arguments.sheet();
    for path in [Some(&arguments.output), sheet.as_ref()]
        .into_iter()
        .flatten()
    {
        if path.exists() && !arguments.force {
            let path = path.display();
            return Err(Failure::usage(format!(
                "{path} exists; add --force to replace it"
            )));
        }
    }
    let found = folder::search(&arguments.folder)?;
    let labelled = arguments.is_labelled(&found)?;
    let protector = protector(arguments)?;
    let cancel = CancelToken::new();
    cancel_on_interrupt(cancel.clone())?;
    let progress = Arc::new(Progress::new(found.photos.len(), arguments.quiet));
    let options = arguments.options(cancel, told(&progress));
    let photos: Vec<FitPhoto<'_>> = found
        .photos
        .iter()
        .map(|photo| match &photo.label {
            Some(label) if labelled => FitPhoto::file(&photo.path).label(label),
            _ => FitPhoto::file(&photo.path),
        })
        .collect();
    let fitted = protector.fit(&photos, &options);
    progress.close();
    let fitted = fitted.map_err(|e| failure(&e))?;
    for skipped in &fitted.skipped {
        let path = found.photos[skipped.photo].path.display();
        output::complain(&format!(
            "{path}: skipped: {}",
            output::explain(&skipped.error)
        ));
    }
    save(&arguments.output, fitted.generator.bytes())?;
    if let Some(sheet) = &sheet {
        save(sheet, sheet::page(&fitted, &found, arguments).as_bytes())?;
    }
    tell(arguments, &fitted, sheet.as_deref())?;
    Ok(if fitted.skipped.is_empty() {
        Status::Done
    } else {
        Status::SomeFailed
    })
}

/// Counts photos on the bar.
fn told(progress: &Arc<Progress>) -> impl Fn(usize) -> ControlFlow<()> + Send + Sync + 'static {
    let progress = Arc::clone(progress);
    move |_| {
        progress.finish(|| ());
        ControlFlow::Continue(())
    }
}

fn protector(arguments: &Arguments) -> Result<Protector, Failure> {
    let threads = arguments.threads.map(usize::from);
    let options = ProtectorOptions::new();
    let options = threads.map_or(options.clone(), |threads| options.threads(threads));
    let generator = match &arguments.generator {
        Some(path) => read_generator(path)?,
        None => Generator::bundled().map_err(|e| failure(&e))?,
    };
    Protector::open(generator, options).map_err(|e| failure(&e))
}

fn failure(error: &confounder::Error) -> Failure {
    let status = match error.kind() {
        ErrorKind::InvalidOptions => Status::Usage,
        ErrorKind::GeneratorInvalid | ErrorKind::GeneratorTooNew => Status::Generator,
        ErrorKind::Cancelled => Status::Interrupted,
        _ => Status::SomeFailed,
    };
    Failure::new(status, output::explain(error))
}

/// Writes a file, whole or not at all.
fn save(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let written =
        tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new("."))).and_then(|mut file| {
            file.write_all(bytes)?;
            file.as_file().sync_all()?;
            Ok(file.persist(path)?)
        });
    match written {
        Ok(_) => Ok(()),
        Err(error) => Err(Failure::file(&path.display().to_string(), &error)),
    }
}

/// What was made, for people or programs.
fn tell(arguments: &Arguments, fitted: &Fitted, sheet: Option<&Path>) -> Result<(), Failure> {
    if arguments.json {
        let groups: Vec<_> = fitted
            .groups
            .iter()
            .map(|group| {
                json!({
                    "group": group.number, "label": group.label, "photos": group.photos,
                    "row": group.row, "sure": group.sure,
                })
            })
            .collect();
        return output::json(&json!({
            "output": arguments.output, "sheet": sheet, "sha256": fitted.generator.sha256(),
            "photos": fitted.photos.iter().flatten().count(), "skipped": fitted.skipped.len(),
            "groups": groups,
        }));
    }
    if arguments.quiet {
        return Ok(());
    }
    for group in &fitted.groups {
        let label = group.label.as_deref().unwrap_or("");
        let text = format!(
            "group {:<3} {:>5} photos  pattern {:<3} sure {:>3.0} %  {label}",
            group.number,
            group.photos,
            group.row + 1,
            100.0 * group.sure
        );
        output::line(text.trim_end())?;
    }
    output::line(&format!("{}", arguments.output.display()))?;
    sheet.map_or(Ok(()), |sheet| {
        output::line(&format!("{}", sheet.display()))
    })
}

/// A photo, and the sub-folder of the folder it lies in.
pub(super) struct Photo {
    path: PathBuf,
    label: Option<String>,
}

impl Arguments {
    fn options(
        &self,
        cancel: CancelToken,
        told: impl Fn(usize) -> ControlFlow<()> + Send + Sync + 'static,
    ) -> FitOptions {
        let options = FitOptions::new()
            .anchored(!self.no_anchors)
            .split(self.split.iter().copied())
            .merge(self.merge.iter().map(|merge| merge.0.clone()))
            .cancel(cancel)
            .on_photo(told);
        match self.kinds {
            Some(kinds) => options.kinds(kinds),
            None => options,
        }
    }

    /// Whether sub-folders say what photos show.
    fn is_labelled(&self, found: &Found) -> Result<bool, Failure> {
        if self.labels && !found.is_labelled() {
            return Err(Failure::usage(
                "--labels takes photos that all lie in sub-folders, at least two of them",
            ));
        }
        Ok(found.is_labelled() && !self.no_labels && self.kinds.is_none())
    }
}
