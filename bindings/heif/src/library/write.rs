//! Writing a HEIC.

use std::ffi::{c_int, c_void};
use std::ptr::null;

use super::functions::{Status, Writer};
use super::{HEVC, INTERLEAVED, INTERLEAVED_RGB, Library, Owned, RGB, length, status};
use crate::error::{Error, Result};

/// A photo to write: RGB rows without padding, and its metadata.
pub(crate) struct Written<'a> {
    pub(crate) samples: &'a [u8],
    pub(crate) size: (u32, u32),
    pub(crate) quality: c_int,
    pub(crate) profile: Option<&'a [u8]>,
    pub(crate) exif: Option<&'a [u8]>,
    pub(crate) xmp: Option<&'a [u8]>,
}

impl Library {
    pub(crate) fn has_encoder(&self) -> bool {
        // SAFETY: takes a number.
        unsafe { (self.0.have_encoder_for_format)(HEVC) != 0 }
    }

    /// Writes a HEIC.
    pub(crate) fn encode(&self, photo: &Written<'_>) -> Result<Vec<u8>> {
        self.try_encode(photo)
            .map_err(|e| Error::Encode(format!("as HEIC: {e}")))
    }

    fn try_encode(&self, photo: &Written<'_>) -> Result<Vec<u8>> {
        let (f, (context, image)) = (&self.0, (self.context()?, self.image(photo)?));
        let encoder = self.given(f.encoder_release, |encoder| {
            // SAFETY: the context lives.
            unsafe { (f.context_get_encoder_for_format)(context.pointer, HEVC, encoder) }
        })?;
        // SAFETY: the encoder lives; the texts end in zeros.
        unsafe {
            status((f.encoder_set_lossy_quality)(
                encoder.pointer,
                photo.quality,
            ))?;
            // Where the encoder has no such parameter, chroma is as fine as it makes it.
            let (name, value) = (c"chroma".as_ptr(), c"444".as_ptr());
            let _ = (f.encoder_set_parameter_string)(encoder.pointer, name, value);
        }
        let handle = self.given(f.image_handle_release, |handle| {
            // SAFETY: all three live; no options are the defaults.
            unsafe {
                (f.context_encode_image)(
                    context.pointer,
                    image.pointer,
                    encoder.pointer,
                    null(),
                    handle,
                )
            }
        })?;
        for (block, add) in [
            (photo.exif, f.context_add_exif_metadata),
            (photo.xmp, f.context_add_XMP_metadata),
        ] {
            if let Some(block) = block {
                // SAFETY: both live; the block has the length that is told, and is copied.
                status(unsafe {
                    add(
                        context.pointer,
                        handle.pointer,
                        block.as_ptr().cast(),
                        length(block.len())?,
                    )
                })?;
            }
        }
        let mut bytes: Vec<u8> = Vec::new();
        let mut writer = Writer {
            version: 1,
            write: append,
        };
        // SAFETY: the context lives; `append` is called before this returns, with the pointer to `bytes`.
        status(unsafe {
            (f.context_write)(context.pointer, &mut writer, (&raw mut bytes).cast())
        })?;
        Ok(bytes)
    }

    fn image(&self, photo: &Written<'_>) -> Result<Owned> {
        let (f, (width, height)) = (&self.0, photo.size);
        let row = 3 * width as usize;
        let (width, lines) = (length(width as usize)?, length(height as usize)?);
        let image = self.given(f.image_release, |image| {
            // SAFETY: takes numbers.
            unsafe { (f.image_create)(width, lines, RGB, INTERLEAVED_RGB, image) }
        })?;
        // SAFETY: the image lives; the plane has `lines` rows of `stride` bytes, at least `row` each.
        unsafe {
            status((f.image_add_plane)(
                image.pointer,
                INTERLEAVED,
                width,
                lines,
                8,
            ))?;
            let mut stride = 0;
            let plane = (f.image_get_plane)(image.pointer, INTERLEAVED, &mut stride);
            let stride = usize::try_from(stride).unwrap_or_default();
            if plane.is_null() || stride < row || photo.samples.len() != row * height as usize {
                return Err(Error::Encode("libheif gave no room for the pixels".into()));
            }
            for (y, samples) in photo.samples.chunks_exact(row).enumerate() {
                plane
                    .add(y * stride)
                    .copy_from_nonoverlapping(samples.as_ptr(), row);
            }
            if let Some(profile) = photo.profile {
                let (start, kind) = (profile.as_ptr().cast(), c"prof".as_ptr());
                status((f.image_set_raw_color_profile)(
                    image.pointer,
                    kind,
                    start,
                    profile.len(),
                ))?;
            }
        }
        Ok(image)
    }
}

/// `heif_writer`'s function: `user_data` is the `Vec` that [`Library::encode`] hands over.
extern "C" fn append(
    _: *mut c_void,
    data: *const c_void,
    size: usize,
    user_data: *mut c_void,
) -> Status {
    // SAFETY: libheif hands over `size` bytes, and the pointer that it was given, to a `Vec` that nobody else uses.
    unsafe {
        let bytes = &mut *user_data.cast::<Vec<u8>>();
        bytes.extend_from_slice(std::slice::from_raw_parts(data.cast(), size));
    }
    Status {
        code: 0,
        subcode: 0,
        message: c"Success".as_ptr(),
    }
}
