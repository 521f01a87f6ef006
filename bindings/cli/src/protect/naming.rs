//! Where each protected photo is written.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::extensions::is_heif;
use super::inputs::Input;
use super::job::{Destination, Job};
use super::marked::marked;
use crate::exit::Failure;

/// What `-o` means for the photos given.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// Beside each input.
    Beside,
    Stdout,
    File(PathBuf),
    Folder(PathBuf),
}

impl Target {
    /// `several`: more than one photo may come.
    pub(super) fn new(output: Option<&Path>, several: bool) -> Result<Self, Failure> {
        let Some(output) = output else {
            return Ok(Self::Beside);
        };
        if is_stdout(output) {
            let refused =
                || Failure::usage("several photos cannot go to standard output; give -o FOLDER");
            return if several {
                Err(refused())
            } else {
                Ok(Self::Stdout)
            };
        }
        let ends_in_slash = output
            .as_os_str()
            .to_string_lossy()
            .ends_with(std::path::is_separator);
        if output.is_dir() || ends_in_slash || (several && !output.exists()) {
            return Ok(Self::Folder(output.to_owned()));
        }
        if several {
            return Err(Failure::usage(format!(
                "several photos cannot be written to one file, {}",
                output.display()
            )));
        }
        Ok(Self::File(output.to_owned()))
    }

    /// `heif`: the extension of what HEIC and AVIF become.
    fn of(&self, input: &Input, heif: &str) -> Result<Destination, Failure> {
        let named = |path: PathBuf| match is_heif(&path) {
            true => Destination::File(path.with_extension(heif)),
            false => Destination::File(path),
        };
        Ok(match (self, input) {
            (Self::Stdout, _) | (Self::Beside, Input::Stdin) => Destination::Stdout,
            (Self::File(path), _) => Destination::File(path.clone()),
            (Self::Beside, Input::File { path, .. }) => named(marked(path)),
            (Self::Folder(folder), Input::File { relative, .. }) => named(folder.join(relative)),
            (Self::Folder(folder), Input::Stdin) => {
                let message = format!(
                    "standard input has no name to use in {}; give -o FILE",
                    folder.display()
                );
                return Err(Failure::usage(message));
            }
        })
    }
}

/// Standard output by its sign or by its name: whatever that stands for (a pipe, a file, a terminal) is written to.
fn is_stdout(output: &Path) -> bool {
    ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"]
        .iter()
        .any(|name| output == Path::new(name))
}

/// Pairs inputs with destinations and refuses to write two photos to one path. A photo that was given twice for one
/// destination is protected once. `heif`: the extension of what HEIC and AVIF become; where another photo has that name,
/// theirs stands before it (`a.heic` and `a.jpg` become `a.heic.jpg` and `a.jpg`).
pub(super) fn jobs(inputs: Vec<Input>, target: &Target, heif: &str) -> Result<Vec<Job>, Failure> {
    let mut taken: HashMap<PathBuf, Input> = HashMap::new();
    let mut jobs = Vec::with_capacity(inputs.len());
    let changes_name = |input: &Input| matches!(input, Input::File { path, .. } if is_heif(path));
    let mut inputs: Vec<(usize, Input)> = inputs.into_iter().enumerate().collect();
    // Those that keep their names come first.
    inputs.sort_by_key(|(_, input)| changes_name(input));
    for (place, input) in inputs {
        let mut destination = target.of(&input, heif)?;
        if let Destination::File(path) = &mut destination {
            let is_other = |other: &Input| !is_same(other, &input);
            if changes_name(&input) && taken.get(path).is_some_and(is_other) {
                keep_extension(path, &input);
            }
            match taken.get(path) {
                Some(other) if is_same(other, &input) => continue,
                Some(_) => {
                    let message = format!("two photos would be written to {}", path.display());
                    return Err(Failure::usage(message));
                }
                None => taken.insert(path.clone(), input.clone()),
            };
        }
        jobs.push((place, Job { input, destination }));
    }
    jobs.sort_by_key(|(place, _)| *place);
    Ok(jobs.into_iter().map(|(_, job)| job).collect())
}

/// Puts the input's extension before that of the output.
fn keep_extension(path: &mut PathBuf, input: &Input) {
    let (Input::File { path: input, .. }, Some(new)) = (input, path.extension()) else {
        return;
    };
    let new = new.to_owned();
    if let Some(old) = input.extension() {
        let mut both = old.to_owned();
        both.push(".");
        both.push(new);
        path.set_extension(both);
    }
}

/// Whether two inputs are one file, perhaps by two names.
fn is_same(first: &Input, second: &Input) -> bool {
    match (first, second) {
        (Input::File { path: first, .. }, Input::File { path: second, .. }) => {
            let real = |path: &Path| path.canonicalize().ok();
            first == second || (real(first).is_some() && real(first) == real(second))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, relative: &str) -> Input {
        Input::File {
            path: path.into(),
            relative: relative.into(),
        }
    }

    fn destinations(inputs: Vec<Input>, target: &Target) -> Vec<Destination> {
        jobs(inputs, target, "jpg")
            .expect("fine")
            .into_iter()
            .map(|job| job.destination)
            .collect()
    }

    #[test]
    fn beside_the_input_by_default() {
        let target = Target::new(None, true).expect("fine");
        let names = destinations(
            vec![
                file("a/x.y.JPG", "x.y.JPG"),
                file("noextension", "noextension"),
            ],
            &target,
        );
        let expected = ["a/x.y.protected.JPG", "noextension.protected"];
        assert_eq!(names, expected.map(|path| Destination::File(path.into())));
    }

    #[test]
    fn folders_keep_their_structure() {
        let target = Target::new(Some(Path::new("no-such-folder")), true).expect("fine");
        let names = destinations(vec![file("in/a/x.jpg", "a/x.jpg")], &target);
        assert_eq!(names, [Destination::File("no-such-folder/a/x.jpg".into())]);
    }

    #[test]
    fn what_becomes_a_jpeg_is_named_so_and_takes_no_name_of_another() {
        let inputs = || {
            ["a.HEIC", "a.jpg", "b.avif"]
                .map(|name| file(name, name))
                .to_vec()
        };
        let folder = Target::Folder("out".into());
        let expected = ["out/a.HEIC.jpg", "out/a.jpg", "out/b.jpg"];
        let expected = expected.map(|path| Destination::File(path.into()));
        assert_eq!(destinations(inputs(), &folder), expected);
        let expected = ["a.protected.HEIC.jpg", "a.protected.jpg", "b.protected.jpg"];
        let expected = expected.map(|path| Destination::File(path.into()));
        assert_eq!(destinations(inputs(), &Target::Beside), expected);
    }

    #[test]
    fn a_photo_given_twice_is_protected_once() {
        let twice = || vec![file("a/x.jpg", "x.jpg"), file("a/x.jpg", "x.jpg")];
        for target in [Target::Beside, Target::Folder("out".into())] {
            assert_eq!(destinations(twice(), &target).len(), 1, "{target:?}");
        }
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let folder = Target::Folder("out".into());
        assert!(
            jobs(
                vec![file("a/x.jpg", "x.jpg"), file("b/x.jpg", "x.jpg")],
                &folder,
                "jpg"
            )
            .is_err()
        );
        assert!(jobs(vec![Input::Stdin], &folder, "jpg").is_err());
        assert!(Target::new(Some(Path::new("-")), true).is_err());
        assert!(Target::new(Some(Path::new("Cargo.toml")), true).is_err());
    }
}
