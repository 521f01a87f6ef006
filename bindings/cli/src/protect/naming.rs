//! Where each protected photo is written.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

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

    fn of(&self, input: &Input) -> Result<Destination, Failure> {
        Ok(match (self, input) {
            (Self::Stdout, _) | (Self::Beside, Input::Stdin) => Destination::Stdout,
            (Self::File(path), _) => Destination::File(path.clone()),
            (Self::Beside, Input::File { path, .. }) => Destination::File(marked(path)),
            (Self::Folder(folder), Input::File { relative, .. }) => {
                Destination::File(folder.join(relative))
            }
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
/// destination is protected once.
pub(super) fn jobs(inputs: Vec<Input>, target: &Target) -> Result<Vec<Job>, Failure> {
    let mut taken: HashMap<PathBuf, Input> = HashMap::new();
    let mut jobs = Vec::with_capacity(inputs.len());
    for input in inputs {
        let destination = target.of(&input)?;
        if let Destination::File(path) = &destination {
            match taken.get(path) {
                Some(other) if is_same(other, &input) => continue,
                Some(_) => {
                    let message = format!("two photos would be written to {}", path.display());
                    return Err(Failure::usage(message));
                }
                None => taken.insert(path.clone(), input.clone()),
            };
        }
        jobs.push(Job { input, destination });
    }
    Ok(jobs)
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
        jobs(inputs, target)
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
                &folder
            )
            .is_err()
        );
        assert!(jobs(vec![Input::Stdin], &folder).is_err());
        assert!(Target::new(Some(Path::new("-")), true).is_err());
        assert!(Target::new(Some(Path::new("Cargo.toml")), true).is_err());
    }
}
