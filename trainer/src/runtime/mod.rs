//! Finds ONNX Runtime's shared library, fetches it where it is missing, and loads it once per process.
//!
//! Order: the file that `ORT_DYLIB_PATH` names; the user's cache folder; else the pinned `onnxruntime` Python wheel (for
//! a GPU `onnxruntime-webgpu` or `onnxruntime-gpu`), downloaded by `pip` under the user's own `pip` settings, checked
//! against a pinned SHA-256 and unpacked into the cache.
//!
//! Nothing may reach the network while photos are handled. From 1.29.0 on, ONNX Runtime's official libraries for Linux
//! and macOS upload usage data (model names and hashes among it) unless `ORT_DISABLE_TELEMETRY=1` was set before the
//! process started. So 1.28.0 is pinned, and a newer library named by the user is refused while that variable is unset.
mod cache;
mod device;
mod fetch;
mod load;
mod providers;
mod uploader;
mod wheel;

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

pub(crate) use device::Precision;
pub use device::{Choice, Device, choose, device};
pub use load::{Description, describe, environment, init};
pub use wheel::VERSION;

use crate::error::{Error, Result};
use crate::progress::Mode;

/// The environment variable that names a shared library to use instead of the cached one.
pub const DYLIB_VARIABLE: &str = "ORT_DYLIB_PATH";

/// Where the library in use came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The user named it in `ORT_DYLIB_PATH`.
    Environment,
    /// It lay in the cache folder from an earlier run.
    Cache,
    /// It was downloaded and checked just now.
    Fetched,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Environment => "ORT_DYLIB_PATH",
            Self::Cache => "cache",
            Self::Fetched => "fetched now",
        })
    }
}

/// ONNX Runtime's shared library on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuntimeLibrary {
    /// The `.so`, `.dylib` or `.dll` file.
    pub path: PathBuf,
    /// Its version, such as `1.28.0`; `None` for a user's own file until it is loaded.
    pub version: Option<String>,
    /// How it was found.
    pub origin: Origin,
}

/// Finds the library that can run on `device`, or fetches it into the cache.
///
/// # Errors
/// [`Error::Runtime`], saying what to install or set, where `ORT_DYLIB_PATH` names no file, the machine has no pinned
/// wheel, Python or `pip` is missing or offline, or the download's SHA-256 differs from the pinned one.
pub fn locate_or_fetch(device: Device, mode: Mode) -> Result<RuntimeLibrary> {
    Search::of_this_machine(device).locate_or_fetch(mode)
}

/// Where to look; the tests put their own values here.
struct Search {
    named: Option<OsString>,
    cache: Option<PathBuf>,
    device: Device,
    wheel: Option<&'static wheel::Wheel>,
    pythons: Vec<OsString>,
}

impl Search {
    fn of_this_machine(device: Device) -> Self {
        Self {
            named: std::env::var_os(DYLIB_VARIABLE).filter(|path| !path.is_empty()),
            cache: cache::root(),
            device,
            wheel: wheel::Wheel::of_this_machine(device),
            pythons: fetch::PYTHONS.iter().map(OsString::from).collect(),
        }
    }

    fn locate_or_fetch(&self, mode: Mode) -> Result<RuntimeLibrary> {
        if let Some(named) = &self.named {
            return named_by_user(PathBuf::from(named));
        }
        let wheel = self.wheel.ok_or_else(|| no_wheel(self.device))?;
        let folder = cache::folder(self.cache.as_deref().ok_or_else(no_cache)?, wheel);
        if let Some(path) = cache::lookup(&folder, wheel) {
            return Ok(pinned(wheel, path, Origin::Cache));
        }
        let path = fetch::fetch(wheel, &folder, &self.pythons, mode)?;
        Ok(pinned(wheel, path, Origin::Fetched))
    }
}

fn pinned(wheel: &wheel::Wheel, path: PathBuf, origin: Origin) -> RuntimeLibrary {
    RuntimeLibrary {
        path,
        version: Some(wheel.version.to_owned()),
        origin,
    }
}

fn named_by_user(path: PathBuf) -> Result<RuntimeLibrary> {
    if !path.is_file() {
        return Err(Error::Runtime(format!(
            "{DYLIB_VARIABLE} names {}, which is not a file; correct it, or unset it to use the cached library",
            path.display()
        )));
    }
    Ok(RuntimeLibrary {
        path: std::path::absolute(&path).map_err(Error::io(&path))?,
        version: None,
        origin: Origin::Environment,
    })
}

fn no_wheel(device: Device) -> Error {
    Error::Runtime(format!(
        "no library for {device} is pinned for {} on {}; set {DYLIB_VARIABLE} to an ONNX Runtime {VERSION} library built for it",
        std::env::consts::OS,
        std::env::consts::ARCH
    ))
}

fn no_cache() -> Error {
    Error::Runtime(format!(
        "no cache folder: neither a home folder nor XDG_CACHE_HOME is known; set one of them, or {DYLIB_VARIABLE}"
    ))
}

#[cfg(test)]
mod tests;
