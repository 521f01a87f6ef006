//! The Python package, in a fresh environment, tested there by pytest: its module as it was built along with this test, or, where
//! `CONFOUNDER_MATURIN` names a maturin, a wheel that this builds (with its own selection of features, which takes minutes).
//!
//! Needs Python 3.11 and pip; skipped without, but where `CONFOUNDER_TOOLCHAINS` names `python`.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::print_stderr)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What the tests of the package need.
const PACKAGES: [&str; 3] = ["numpy", "pillow", "pytest"];

#[test]
fn the_package_passes_its_tests() {
    let Some(environment) = Environment::fresh() else {
        return;
    };
    let package = root().join("bindings/python");
    match std::env::var_os("CONFOUNDER_MATURIN") {
        Some(maturin) => install_wheel(&environment, Command::new(maturin), &package),
        None => install_built(&environment, &package),
    }
    let mut pytest = environment.command("python");
    pytest
        .current_dir(&package)
        .args(["-m", "pytest", "-rs", "-p", "no:cacheprovider"]);
    let said = must(pytest.env("PYTHONDONTWRITEBYTECODE", "1"));
    eprintln!("{}", String::from_utf8_lossy(&said.stdout));
}

/// Builds a wheel and installs it.
fn install_wheel(environment: &Environment, mut maturin: Command, package: &Path) {
    let wheels = scratch().join("wheels");
    let _ = std::fs::remove_dir_all(&wheels);
    maturin
        .current_dir(package)
        .env("CARGO_TARGET_DIR", scratch().parent().unwrap())
        .args(["build", "--profile", "dev", "--locked", "--out"])
        .arg(&wheels);
    must(&mut maturin);
    let wheel = only_file(&wheels);
    let name = wheel.file_name().unwrap().to_str().unwrap();
    assert!(name.contains("-cp311-abi3-"), "{name}");
    must(
        environment
            .command("pip")
            .args(["install", "--quiet", "--no-deps", "--no-index"])
            .arg(&wheel),
    );
}

/// Puts what a wheel would hold where pip would put it.
fn install_built(environment: &Environment, package: &Path) {
    let mut ask = environment.command("python");
    let said = must(ask.args([
        "-c",
        "import sysconfig; print(sysconfig.get_path('platlib'))",
    ]));
    let to = PathBuf::from(String::from_utf8(said.stdout).unwrap().trim()).join("confounder");
    std::fs::create_dir_all(&to).unwrap();
    for file in package.join("python/confounder").read_dir().unwrap() {
        let file = file.unwrap();
        if file.file_type().unwrap().is_file() {
            std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
        }
    }
    let name = format!("libconfounder_python{}", std::env::consts::DLL_SUFFIX);
    let built = std::env::current_exe().unwrap().with_file_name(name);
    std::fs::copy(&built, to.join("_native.abi3.so"))
        .unwrap_or_else(|e| panic!("{}: {e}", built.display()));
}

/// A virtual environment.
struct Environment(PathBuf);

impl Environment {
    /// An empty one with the packages that the tests need.
    fn fresh() -> Option<Self> {
        let python = std::env::var("CONFOUNDER_PYTHON").unwrap_or_else(|_| "python3".into());
        let new_enough = "import sys, venv; sys.exit(sys.version_info < (3, 11))";
        if !succeeds(Command::new(&python).args(["-c", new_enough])) {
            return skip("no Python 3.11 with venv");
        }
        let folder = scratch().join("python");
        must(
            Command::new(&python)
                .args(["-m", "venv", "--clear"])
                .arg(&folder),
        );
        let environment = Self(folder);
        let extras = std::env::var("CONFOUNDER_PYTHON_EXTRAS").unwrap_or_default();
        let mut install = environment.command("pip");
        install.args(["install", "--quiet", "--only-binary", ":all:"]);
        install.args(PACKAGES).args(extras.split_whitespace());
        if !succeeds(&mut install) {
            return skip("pip cannot install NumPy, Pillow and pytest");
        }
        Some(environment)
    }

    /// One of its programs, with it first in the search path.
    fn command(&self, program: &str) -> Command {
        let own = self.0.join("bin");
        let mut command = Command::new(own.join(program));
        let path = std::env::var_os("PATH").unwrap_or_default();
        let paths = std::iter::once(own).chain(std::env::split_paths(&path));
        command
            .env("PATH", std::env::join_paths(paths).unwrap())
            .env("VIRTUAL_ENV", &self.0);
        command
    }
}

/// Says what is missing; fails where it is required.
fn skip<T>(what: &str) -> Option<T> {
    let needed = std::env::var("CONFOUNDER_TOOLCHAINS").unwrap_or_default();
    let needed = needed.split_whitespace().any(|needed| needed == "python");
    assert!(!needed, "{what}, which CONFOUNDER_TOOLCHAINS asks for");
    eprintln!("skipped: {what}");
    None
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn scratch() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

fn only_file(folder: &Path) -> PathBuf {
    let mut files = folder.read_dir().unwrap();
    let file = files.next().unwrap().unwrap().path();
    assert!(files.next().is_none(), "more than one in {folder:?}");
    file
}

fn succeeds(command: &mut Command) -> bool {
    let output = command.output();
    if let Ok(output) = &output
        && !output.status.success()
    {
        eprintln!("{}", String::from_utf8_lossy(&output.stderr));
    }
    output.is_ok_and(|output| output.status.success())
}

fn must(command: &mut Command) -> Output {
    let output = command
        .output()
        .unwrap_or_else(|e| panic!("{command:?}: {e}"));
    assert!(
        output.status.success(),
        "{command:?} failed:\n{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}
