//! Android's bitmaps, changed where they lie.

use jni::Env;
use jni::objects::JObject;
use jni::sys::{JNIEnv, jobject};

use confounder::PixelLayout;

use super::graphics::{Graphics, Info};
use crate::error::{ConfounderError, Result};
use crate::raw::call::RawCall;
use crate::raw::memory::{Memory, Rows};
use crate::raw::pixels::{self, RawPixels};
use crate::report::Report;

/// `ANDROID_BITMAP_FORMAT_RGBA_8888`
const RGBA_8888: i32 = 1;

/// `ANDROID_BITMAP_FLAGS_ALPHA_MASK` and what it says of colour that is not multiplied by alpha (from Android 11 on; 0
/// before that, which means multiplied).
const ALPHA: u32 = 3;
const MULTIPLIED: u32 = 0;

/// A bitmap whose pixels are locked, until it is dropped.
struct Locked {
    graphics: &'static Graphics,
    env: *mut JNIEnv,
    bitmap: jobject,
    memory: Memory,
    info: Info,
}

pub(super) fn protect(
    env: &Env<'_>,
    call: &RawCall,
    bitmap: &JObject<'_>,
    orientation: i32,
) -> Result<Report> {
    let orientation = pixels::orientation(u32::try_from(orientation).unwrap_or(0))?;
    let locked = Locked::new(env.get_raw(), bitmap.as_raw())?;
    let pixels = RawPixels {
        rows: Rows {
            memory: locked.memory,
            row_stride: locked.info.stride as usize,
            pixel_stride: 4,
        },
        width: locked.info.width,
        height: locked.info.height,
        layout: PixelLayout::Rgba8,
        orientation,
    };
    // SAFETY: the pixels are locked until the end of this function; that nobody else draws on the bitmap meanwhile is
    // what the method's documentation asks for.
    let report = unsafe { call.pixels(pixels) };
    locked.keep_colour_below_alpha();
    report
}

impl Locked {
    fn new(env: *mut JNIEnv, bitmap: jobject) -> Result<Self> {
        let graphics = Graphics::get()?;
        if bitmap.is_null() {
            return refused("the bitmap is null");
        }
        // SAFETY: `env` and `bitmap` come from the JVM for this very call.
        let info = unsafe { graphics.info(env, bitmap) }?;
        if info.format != RGBA_8888 {
            return refused("the bitmap is not ARGB_8888; copy it to that configuration first");
        }
        // SAFETY: as above; `drop` unlocks.
        let address = unsafe { graphics.lock(env, bitmap) }?;
        if address.is_null() {
            return refused("the bitmap has no pixels in memory");
        }
        let length = (info.stride as usize).saturating_mul(info.height as usize);
        Ok(Self {
            graphics,
            env,
            bitmap,
            memory: Memory { address, length },
            info,
        })
    }

    /// Android keeps colour multiplied by alpha, so it must not exceed it.
    fn keep_colour_below_alpha(&self) {
        let (stride, row) = (self.info.stride as usize, 4 * self.info.width as usize);
        if self.info.flags & ALPHA != MULTIPLIED || stride == 0 || row > stride {
            return;
        }
        // SAFETY: the pixels are locked, `length` bytes of them.
        let bytes = unsafe { self.memory.slice_mut(self.memory.length) };
        for row in bytes
            .chunks_exact_mut(stride)
            .map(|whole| &mut whole[..row])
        {
            for [r, g, b, a] in row.as_chunks_mut::<4>().0 {
                (*r, *g, *b) = ((*r).min(*a), (*g).min(*a), (*b).min(*a));
            }
        }
    }
}

impl Drop for Locked {
    fn drop(&mut self) {
        // SAFETY: `new` has locked them, in this very call.
        unsafe { self.graphics.unlock(self.env, self.bitmap) };
    }
}

fn refused<T>(reason: &str) -> Result<T> {
    Err(ConfounderError::UnsupportedFormat {
        reason: reason.into(),
    })
}
