//! Toolchains of other languages. Each test that needs one skips without it, but where
//! `CONFOUNDER_TOOLCHAINS` (`kotlin swift`) names it.
#![allow(dead_code)] // Each test binary uses its own part.
#![allow(clippy::unwrap_used)]

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::common::{root, run, skip};

/// The scripts beside the workspace that bring toolchains; not part of the project.
fn script(name: &str) -> Option<PathBuf> {
    let script = root().join("../shared/tools").join(name);
    script.exists().then_some(script)
}

/// A Kotlin compiler, a JVM, and the jars that go with them.
pub(crate) struct Kotlin {
    pub(crate) compiler: PathBuf,
    /// Coroutines, JUnit 4, kotlin-test.
    pub(crate) jars: String,
    /// Android's framework.
    pub(crate) android: PathBuf,
}

impl Kotlin {
    /// By `CONFOUNDER_KOTLINC` (default: `kotlinc`), `CONFOUNDER_KOTLIN_JARS`, and `CONFOUNDER_ANDROID_JAR`; else by the
    /// script, where that has been installed.
    pub(crate) fn find() -> Option<Self> {
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let android = set("CONFOUNDER_ANDROID_JAR").map(PathBuf::from);
        let android = android.or_else(platform).filter(|jar| jar.exists());
        let tools = match (set("CONFOUNDER_KOTLIN_JARS"), script("kotlin-jvm.sh")) {
            (Some(jars), _) => Some((
                set("CONFOUNDER_KOTLINC")
                    .unwrap_or_else(|| "kotlinc".into())
                    .into(),
                jars,
            )),
            (None, Some(script)) => installed(&script),
            (None, None) => None,
        };
        match (tools, android) {
            (Some((compiler, jars)), Some(android)) => Some(Self {
                compiler,
                jars,
                android,
            }),
            (None, _) => {
                skip(
                    "kotlin",
                    "no Kotlin compiler: set CONFOUNDER_KOTLIN_JARS (coroutines, JUnit 4, kotlin-test)",
                );
                None
            }
            (_, None) => {
                skip(
                    "kotlin",
                    "no android.jar: set CONFOUNDER_ANDROID_JAR or ANDROID_HOME",
                );
                None
            }
        }
    }

    /// Compiles Kotlin to a jar or folder, with more jars on the class path; not again where nothing has changed.
    pub(crate) fn compile(&self, sources: &[PathBuf], jars: &[&Path], flags: &[&str], out: &Path) {
        let mut hasher = DefaultHasher::new();
        flags.hash(&mut hasher);
        for path in sources
            .iter()
            .map(PathBuf::as_path)
            .chain(jars.iter().copied().filter(|p| p.is_file()))
        {
            path.hash(&mut hasher);
            std::fs::read(path).unwrap().hash(&mut hasher);
        }
        let (stamp, state) = (out.with_extension("stamp"), hasher.finish().to_string());
        if out.exists() && std::fs::read_to_string(&stamp).is_ok_and(|old| old == state) {
            return;
        }
        let mut command = Command::new(&self.compiler);
        command
            .env("JAVA_OPTS", "-Xmx2g")
            .arg("-cp")
            .arg(self.class_path(jars));
        run(command
            .args(["-jvm-target", "17", "-nowarn"])
            .args(flags)
            .args(sources)
            .arg("-d")
            .arg(out));
        std::fs::write(stamp, state).unwrap();
    }

    /// Those jars and the tools'.
    pub(crate) fn class_path(&self, jars: &[&Path]) -> String {
        let own = jars.iter().map(|jar| jar.to_str().unwrap().to_owned());
        own.chain([self.jars.clone()]).collect::<Vec<_>>().join(":")
    }
}

/// The compiler and the jars of the script; none where it has not been installed.
fn installed(script: &Path) -> Option<(PathBuf, String)> {
    let output = Command::new(script).arg("cp").output().ok()?;
    let jars = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    let (first, _) = jars.split_once(':')?;
    let compiler = Path::new(first)
        .parent()?
        .parent()?
        .join("kotlinc/bin/kotlinc");
    compiler.exists().then_some((compiler, jars))
}

/// The newest platform of an Android SDK, or the same framework from Maven's local repository.
fn platform() -> Option<PathBuf> {
    if let Ok(sdk) = std::env::var("ANDROID_HOME") {
        let platforms = Path::new(&sdk).join("platforms").read_dir().ok()?;
        return platforms
            .map(|entry| entry.unwrap().path().join("android.jar"))
            .max();
    }
    let maven = Path::new(&std::env::var("HOME").ok()?)
        .join(".m2/repository/org/robolectric/android-all/14-robolectric-10818077");
    Some(maven.join("android-all-14-robolectric-10818077.jar"))
}

/// Swift 6 with Swift Testing.
pub(crate) enum Swift {
    Installed,
    /// By the script, which shows it only the folders it is told of.
    Script(PathBuf),
}

impl Swift {
    /// The one in the search path, else the script's, where that has been installed.
    pub(crate) fn find() -> Option<Self> {
        if Command::new("swift")
            .arg("--version")
            .output()
            .is_ok_and(|o| o.status.success())
        {
            return Some(Self::Installed);
        }
        if let Some(script) = script("swift-chroot.sh") {
            let folder = std::env::var("CONFOUNDER_TOOLS").map(PathBuf::from);
            let home =
                || Path::new(&std::env::var("HOME").unwrap()).join(".cache/confounder-tools");
            if folder.unwrap_or_else(|_| home()).join("swift/.ok").exists() {
                return Some(Self::Script(script));
            }
        }
        skip("swift", "no Swift 6");
        None
    }

    /// A command that runs in `folder`, to be given a program of the toolchain and its arguments.
    pub(crate) fn command(
        &self,
        folder: &Path,
        more: &[&Path],
        variables: &[(&str, &str)],
    ) -> Command {
        let mut command;
        match self {
            Self::Installed => {
                command = Command::new("env");
                command.args(
                    variables
                        .iter()
                        .map(|(name, value)| format!("{name}={value}")),
                );
            }
            Self::Script(script) => {
                command = Command::new(script);
                command.arg("run");
                for folder in more {
                    command.arg("-b").arg(folder);
                }
                for (name, value) in variables {
                    command.arg("-e").arg(format!("{name}={value}"));
                }
            }
        }
        command.current_dir(folder);
        command
    }
}
