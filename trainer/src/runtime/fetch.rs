//! Downloads the pinned wheel with the user's own `pip` and unpacks the library into the cache.
use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::DYLIB_VARIABLE;
use super::wheel::{Wheel, file_name};
use crate::error::{Error, Result};
use crate::progress::Mode;

/// The Python commands to try, in this order.
pub(super) const PYTHONS: [&str; 2] = ["python3", "python"];

/// Fetches the library into `folder` and returns its path.
///
/// Two processes may do this at once: each works in a folder of its own, and the last step is a rename.
pub(super) fn fetch(
    wheel: &Wheel,
    folder: &Path,
    pythons: &[OsString],
    mode: Mode,
) -> Result<PathBuf> {
    fs::create_dir_all(folder).map_err(Error::io(folder))?;
    let work = tempfile::Builder::new()
        .prefix(".fetch-")
        .tempdir_in(folder)
        .map_err(Error::io(folder))?;
    if mode != Mode::Silent {
        let _ = writeln!(
            io::stderr(),
            "{} {} is not on this machine yet; fetching it once into {}",
            wheel.package,
            wheel.version,
            folder.display()
        );
    }
    download(wheel, work.path(), pythons, mode)?;
    let file = the_wheel_in(work.path())?;
    wheel.check(&file)?;
    place(wheel, &file, folder)
}

/// Runs `pip download` with the first Python command that exists.
fn download(wheel: &Wheel, to: &Path, pythons: &[OsString], mode: Mode) -> Result<()> {
    let mut failures = Vec::new();
    for python in pythons {
        let name = python.to_string_lossy();
        match pip(python, wheel, to, mode).status() {
            Ok(status) if status.success() => return Ok(()),
            Ok(status) => failures.push(format!("`{name} -m pip download` ended with {status}")),
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                failures.push(format!("`{name}` is not installed"));
            }
            Err(e) => failures.push(format!("`{name}` could not be started: {e}")),
        }
    }
    Err(instructions(&failures.join("; "), wheel))
}

/// What went wrong, and the two ways out of it.
fn instructions(what: &str, wheel: &Wheel) -> Error {
    Error::Runtime(format!(
        "the shared library is missing and could not be fetched: {what}. \
         Either connect this machine and run again, with Python 3 and pip installed; \
         or run `pip install {}=={}` (where this machine is offline: on another one, and copy the file) \
         and set {DYLIB_VARIABLE} to the file {} in Python's site-packages folder",
        wheel.package, wheel.version, wheel.member
    ))
}

/// `pip` prints its messages and its bar to standard output; ours is for results, so they go to standard error.
fn pip(python: &OsString, wheel: &Wheel, to: &Path, mode: Mode) -> Command {
    let mut command = Command::new(python);
    command.args(["-m", "pip", "download", "--no-deps", "--no-input"]);
    command.args(["--disable-pip-version-check", "--only-binary=:all:"]);
    command.args(["--implementation", "cp", "--python-version", "3.12"]);
    command.args(["--abi", "cp312"]);
    for platform in wheel.platforms {
        command.args(["--platform", platform]);
    }
    command
        .arg("-d")
        .arg(to)
        .arg(format!("{}=={}", wheel.package, wheel.version))
        .stdin(Stdio::null());
    match mode {
        Mode::Silent => command
            .arg("--quiet")
            .stdout(Stdio::null())
            .stderr(Stdio::null()),
        Mode::Auto | Mode::Plain => command.stdout(Stdio::from(io::stderr())),
    };
    command
}

fn the_wheel_in(folder: &Path) -> Result<PathBuf> {
    let entries = fs::read_dir(folder).map_err(Error::io(folder))?;
    entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .find(|path| path.extension().is_some_and(|extension| extension == "whl"))
        .ok_or_else(|| Error::Runtime(format!("pip left no wheel in {}", folder.display())))
}

/// Unpacks the libraries next to their final places, then renames them; the one that loads the others comes last.
fn place(wheel: &Wheel, file: &Path, folder: &Path) -> Result<PathBuf> {
    for member in wheel.companions.iter().chain([&wheel.member]) {
        let mut temporary = tempfile::NamedTempFile::new_in(folder).map_err(Error::io(folder))?;
        wheel.unpack(file, member, &mut temporary)?;
        let path = folder.join(file_name(member));
        match temporary.persist(&path) {
            Ok(_) => {}
            // Windows refuses to replace a library that another process has just placed and loaded: then that one serves.
            Err(_) if path.is_file() => {}
            Err(e) => return Err(Error::io(&path)(e.error)),
        }
    }
    Ok(folder.join(wheel.library()))
}
