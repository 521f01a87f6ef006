//! Loads the library once per process and says what was loaded.
use std::fmt;
use std::sync::{Mutex, OnceLock, PoisonError};

use ort::environment::Environment;

use super::{Device, RuntimeLibrary, device, locate_or_fetch, providers, uploader};
use crate::error::{Error, Result};
use crate::progress::Mode;

/// The library in use and ONNX Runtime's process-wide environment.
struct Loaded {
    library: RuntimeLibrary,
    environment: Environment,
}

static LOADED: OnceLock<Loaded> = OnceLock::new();
static LOADING: Mutex<()> = Mutex::new(());

/// Finds (or fetches) and loads the library; from the second call on it only returns what is loaded.
///
/// # Errors
/// Those of [`locate_or_fetch`], and [`Error::Runtime`] where the file is no ONNX Runtime library, is too old, or
/// would send usage data (see [`super`]).
pub fn init() -> Result<RuntimeLibrary> {
    Ok(loaded()?.library.clone())
}

/// ONNX Runtime's environment, which every session needs. Loads the library on first use.
///
/// # Errors
/// Those of [`init`].
pub fn environment() -> Result<&'static Environment> {
    Ok(&loaded()?.environment)
}

fn loaded() -> Result<&'static Loaded> {
    if let Some(loaded) = LOADED.get() {
        return Ok(loaded);
    }
    let _guard = LOADING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(loaded) = LOADED.get() {
        return Ok(loaded);
    }
    let device = device();
    let value = load(locate_or_fetch(device, Mode::Auto)?)?;
    check(device, &value.library)?;
    Ok(LOADED.get_or_init(|| value))
}

fn load(mut library: RuntimeLibrary) -> Result<Loaded> {
    let failed = |e: &dyn fmt::Display| {
        Error::Runtime(format!(
            "{} ({}) could not be loaded: {e}",
            library.path.display(),
            library.origin
        ))
    };
    uploader::refuse_active(&library.path)?;
    let environment = ort::init_from(&library.path)
        .map_err(|e| failed(&e))?
        .with_name("confounder")
        .with_telemetry(false)
        .build()
        .map_err(|e| failed(&e))?;
    // Its warnings concern graph optimisation details that no user of the trainer can act on.
    environment.set_log_level(ort::logging::LogLevel::Error);
    library.version = library
        .version
        .or_else(|| version_in(ort::info(), "git-branch=rel-"))
        .or_else(|| version_in(&library.path.to_string_lossy(), "libonnxruntime.so."));
    log::info!(
        "ONNX Runtime {} from {}",
        library.version.as_deref().unwrap_or("(unknown version)"),
        library.path.display()
    );
    Ok(Loaded {
        library,
        environment,
    })
}

/// Refuses a library that cannot run on the device.
fn check(device: Device, library: &RuntimeLibrary) -> Result<()> {
    let available = providers::available();
    if available.contains(&device.provider_name()) {
        return Ok(());
    }
    Err(Error::Runtime(format!(
        "{} cannot run on {device}: it was built with {} only; set {} to another one, or unset it to use the pinned one",
        library.path.display(),
        available.join(", "),
        super::DYLIB_VARIABLE
    )))
}

/// Reads the `1.28.0` after `mark`, in a build description (`git-branch=rel-1.28.0, ...`) or a file name.
fn version_in(text: &str, mark: &str) -> Option<String> {
    let rest = text.rsplit_once(mark)?.1;
    let end = rest.find(|c: char| c != '.' && !c.is_ascii_digit());
    Some(rest[..end.unwrap_or(rest.len())].to_owned()).filter(|version| !version.is_empty())
}

/// What `confounder-trainer runtime` prints.
#[derive(Debug, Clone)]
pub struct Description {
    /// The library in use.
    pub library: RuntimeLibrary,
    /// Its own account of how it was built.
    pub build: String,
    /// The execution providers built into it, by ONNX Runtime's names.
    pub providers: Vec<&'static str>,
}

impl fmt::Display for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = self.library.version.as_deref().unwrap_or("unknown");
        writeln!(f, "library    {}", self.library.path.display())?;
        writeln!(f, "version    {version}")?;
        writeln!(f, "origin     {}", self.library.origin)?;
        writeln!(f, "build      {}", self.build)?;
        write!(f, "providers  {}", self.providers.join(", "))
    }
}

/// Loads the library and says which one it is and what it can run on.
///
/// # Errors
/// Those of [`init`].
pub fn describe() -> Result<Description> {
    Ok(Description {
        library: init()?,
        build: ort::info().to_owned(),
        providers: providers::available(),
    })
}

#[cfg(test)]
mod tests {
    use super::version_in;

    #[test]
    fn the_version_is_read_from_the_build_description_or_the_file_name() {
        let mark = "git-branch=rel-";
        let build =
            "ORT Build Info: git-branch=rel-1.24.1, git-commit-id=470ae16, build type=Release";
        assert_eq!(version_in(build, mark).as_deref(), Some("1.24.1"));
        assert_eq!(version_in("ORT Build Info: git-branch=HEAD", mark), None);
        let path = "/opt/libonnxruntime.so.1.26.0";
        let version = version_in(path, "libonnxruntime.so.");
        assert_eq!(version.as_deref(), Some("1.26.0"));
        assert_eq!(
            version_in("/opt/libonnxruntime.so", "libonnxruntime.so."),
            None
        );
    }
}
