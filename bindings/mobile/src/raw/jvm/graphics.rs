//! Android's `libjnigraphics`, looked up when first needed: the JVM of a desktop has none.

use std::ffi::c_void;
use std::sync::OnceLock;

use jni::sys::{JNIEnv, jobject};
use libloading::Library;

use crate::error::{ConfounderError, Result};

/// `AndroidBitmapInfo` of the NDK's `android/bitmap.h`.
#[derive(Debug, Clone, Copy, Default)]
#[repr(C)]
pub(super) struct Info {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) stride: u32,
    pub(super) format: i32,
    pub(super) flags: u32,
}

type GetInfo = unsafe extern "C" fn(*mut JNIEnv, jobject, *mut Info) -> i32;
type Lock = unsafe extern "C" fn(*mut JNIEnv, jobject, *mut *mut c_void) -> i32;
type Unlock = unsafe extern "C" fn(*mut JNIEnv, jobject) -> i32;

/// Its three functions, all since API level 8.
#[derive(Debug)]
pub(super) struct Graphics {
    get_info: GetInfo,
    lock: Lock,
    unlock: Unlock,
}

impl Graphics {
    pub(super) fn get() -> Result<&'static Self> {
        static LOADED: OnceLock<Option<Graphics>> = OnceLock::new();
        let loaded = LOADED.get_or_init(|| Self::load().ok());
        loaded.as_ref().ok_or_else(|| ConfounderError::UnsupportedFormat {
            reason: "bitmaps need Android's libjnigraphics, which is not on this system; use a direct buffer".into(),
        })
    }

    fn load() -> std::result::Result<Self, libloading::Error> {
        // SAFETY: a library of the system without initialisers that ask for anything.
        let library = unsafe { Library::new("libjnigraphics.so") }?;
        // Never unloaded: the functions are kept for good.
        let library: &'static Library = Box::leak(Box::new(library));
        // SAFETY: the types are those of the NDK's header.
        let get_info = *unsafe { library.get::<GetInfo>(b"AndroidBitmap_getInfo\0") }?;
        // SAFETY: as above.
        let lock = *unsafe { library.get::<Lock>(b"AndroidBitmap_lockPixels\0") }?;
        // SAFETY: as above.
        let unlock = *unsafe { library.get::<Unlock>(b"AndroidBitmap_unlockPixels\0") }?;
        Ok(Self {
            get_info,
            lock,
            unlock,
        })
    }

    /// # Safety
    /// `env` is the current thread's and `bitmap` a live local reference to a bitmap.
    pub(super) unsafe fn info(&self, env: *mut JNIEnv, bitmap: jobject) -> Result<Info> {
        let mut info = Info::default();
        // SAFETY: the caller's promise; `info` can be written.
        let code = unsafe { (self.get_info)(env, bitmap, &mut info) };
        check("AndroidBitmap_getInfo", code).map(|()| info)
    }

    /// The address of the first pixel.
    ///
    /// # Safety
    /// As [`info`](Self::info); the pixels must be unlocked again.
    pub(super) unsafe fn lock(&self, env: *mut JNIEnv, bitmap: jobject) -> Result<*mut u8> {
        let mut address = std::ptr::null_mut();
        // SAFETY: the caller's promise; `address` can be written.
        let code = unsafe { (self.lock)(env, bitmap, &mut address) };
        check("AndroidBitmap_lockPixels", code).map(|()| address.cast())
    }

    /// # Safety
    /// As [`info`](Self::info); the pixels were locked and are no longer in use.
    pub(super) unsafe fn unlock(&self, env: *mut JNIEnv, bitmap: jobject) {
        // SAFETY: the caller's promise. It has nothing to say that anyone could act upon.
        unsafe { (self.unlock)(env, bitmap) };
    }
}

fn check(what: &str, code: i32) -> Result<()> {
    if code == 0 {
        return Ok(());
    }
    Err(ConfounderError::InvalidPixels {
        reason: format!(
            "{what} gave {code}; recycled and hardware bitmaps have no pixels to change"
        ),
    })
}
