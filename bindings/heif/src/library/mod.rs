//! Calls of the system's libheif. `unsafe` is in this folder only.
//!
//! Each wrapper owns what libheif gave it and gives it back when it is dropped; nothing of libheif leaves this folder.

#![expect(
    unsafe_code,
    reason = "libheif is a C library that is found at run time"
)]

mod functions;
mod read;
mod write;

use std::ffi::{CStr, c_char, c_int};
use std::ptr::null_mut;
use std::sync::OnceLock;

use crate::error::{Error, Result};
use functions::{Functions, Pointer, Status};

pub(crate) use read::{Block, Photo};
pub(crate) use write::Written;

/// The oldest version that is used, as libheif counts: 1.15.0.
const OLDEST: u32 = 0x010F_0000;

/// Names of the library on Linux, macOS and Windows, and where macOS does not look by itself.
const NAMES: [&str; 8] = [
    "libheif.so.1",
    "libheif.1.dylib",
    "/opt/homebrew/lib/libheif.1.dylib",
    "/usr/local/lib/libheif.1.dylib",
    "/opt/local/lib/libheif.1.dylib",
    "heif.dll",
    "libheif.dll",
    "libheif-1.dll",
];

/// A path that is tried instead of [`NAMES`].
const PATH: &str = "CONFOUNDER_LIBHEIF";

// Numbers of `heif.h`.
const RGB: c_int = 1;
const INTERLEAVED_RGB: c_int = 10;
const INTERLEAVED: c_int = 10;
const HEVC: c_int = 1;
const UNSUPPORTED_FEATURE: c_int = 4;
const PLUGIN_LOADING: c_int = 11;
const UNSUPPORTED_CODEC: c_int = 3000;
const UNSUPPORTED_FILE: c_int = 3;

/// Something of libheif's, and the function that gives it back.
struct Owned {
    pointer: Pointer,
    release: unsafe extern "C" fn(Pointer),
}

impl Drop for Owned {
    fn drop(&mut self) {
        // SAFETY: the pointer came from libheif with this function to end its life, once.
        unsafe { (self.release)(self.pointer) }
    }
}

/// The system's libheif, loaded once and never unloaded.
pub(crate) struct Library(Functions);

impl Library {
    pub(crate) fn get() -> Result<&'static Self> {
        static LOADED: OnceLock<std::result::Result<Library, String>> = OnceLock::new();
        let loaded = LOADED.get_or_init(Self::load).as_ref();
        loaded.map_err(|why| Error::NoLibrary { why: why.clone() })
    }

    fn load() -> std::result::Result<Self, String> {
        let given = std::env::var_os(PATH);
        let names: Vec<_> = match &given {
            Some(path) => vec![path.as_os_str()],
            None => NAMES.iter().map(std::ffi::OsStr::new).collect(),
        };
        // SAFETY: libheif's initialisers only register its own plug-ins.
        let found = names
            .iter()
            .find_map(|name| unsafe { libloading::Library::new(name) }.ok());
        // It is never unloaded: its functions are called until the process ends.
        let library = Box::leak(Box::new(found.ok_or("it was not found")?));
        // SAFETY: as `heif.h` declares it.
        let version =
            unsafe { library.get::<unsafe extern "C" fn() -> u32>(b"heif_get_version_number\0") };
        // SAFETY: it takes nothing and returns a number.
        let version = unsafe { version.map_err(|e| e.to_string())?() };
        if version < OLDEST {
            return Err(format!(
                "the one here is {}.{}",
                version >> 24,
                version >> 16 & 0xFF
            ));
        }
        let functions =
            Functions::load(library).map_err(|e| format!("the one here cannot be used: {e}"))?;
        // SAFETY: no parameters are the defaults; it is called once, before everything else.
        status(unsafe { (functions.init)(null_mut()) }).map_err(|e| e.to_string())?;
        Ok(Self(functions))
    }

    fn context(&self) -> Result<Owned> {
        // SAFETY: takes nothing; null where there is no memory.
        self.owned(unsafe { (self.0.context_alloc)() }, self.0.context_free)
    }

    fn owned(&self, pointer: Pointer, release: unsafe extern "C" fn(Pointer)) -> Result<Owned> {
        if pointer.is_null() {
            return Err(Error::Damaged("libheif gave nothing".into()));
        }
        Ok(Owned { pointer, release })
    }

    /// What a function gave by its last argument.
    fn given(
        &self,
        release: unsafe extern "C" fn(Pointer),
        call: impl FnOnce(*mut Pointer) -> Status,
    ) -> Result<Owned> {
        let mut pointer = null_mut();
        status(call(&mut pointer))?;
        self.owned(pointer, release)
    }
}

fn length(bytes: usize) -> Result<c_int> {
    c_int::try_from(bytes).map_err(|_| Error::Unsupported("it is too large for libheif".into()))
}

/// # Safety
/// `text` is null or ends in a zero.
unsafe fn text(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: as above.
    unsafe { CStr::from_ptr(text) }
        .to_string_lossy()
        .into_owned()
}

fn status(status: Status) -> Result<()> {
    if status.code == 0 {
        return Ok(());
    }
    // SAFETY: libheif's messages are static texts, or live until the next call.
    let message = unsafe { text(status.message) };
    Err(match (status.code, status.subcode) {
        (PLUGIN_LOADING, _) | (UNSUPPORTED_FEATURE | UNSUPPORTED_FILE, UNSUPPORTED_CODEC) => {
            Error::NoDecoder(message)
        }
        (UNSUPPORTED_FEATURE | UNSUPPORTED_FILE, _) => Error::Unsupported(message),
        _ => Error::Damaged(message),
    })
}
