//! Reading a file.

use std::ffi::c_int;
use std::marker::PhantomData;
use std::ptr::{null, null_mut};

use confounder::Limits;

use super::functions::{Functions, Pointer, Status};
use super::{INTERLEAVED, INTERLEAVED_RGB, Library, Owned, RGB, length, status, text};
use crate::error::{Error, Result};

const PROFILE_NCLX: u32 = u32::from_be_bytes(*b"nclx");

impl Library {
    /// Reads a file up to its pixels.
    pub(crate) fn open<'a>(&'static self, input: &'a [u8], limits: &Limits) -> Result<Photo<'a>> {
        let context = self.context()?;
        let widest = limits.max_width.max(limits.max_height);
        let functions = &self.0;
        // SAFETY: the context lives, and `input` outlives it: `Photo` borrows it.
        unsafe {
            let widest = c_int::try_from(widest).unwrap_or(c_int::MAX);
            (functions.context_set_maximum_image_size_limit)(context.pointer, widest);
            let (start, length) = (input.as_ptr().cast(), input.len());
            let read = functions.context_read_from_memory_without_copy;
            status(read(context.pointer, start, length, null()))?;
        }
        let handle = self.given(functions.image_handle_release, |handle| {
            // SAFETY: the context lives and was read.
            unsafe { (functions.context_get_primary_image_handle)(context.pointer, handle) }
        })?;
        Ok(Photo {
            functions,
            handle,
            context,
            input: PhantomData,
        })
    }
}

/// A block of metadata.
pub(crate) struct Block {
    kind: String,
    content_type: String,
    pub(crate) bytes: Vec<u8>,
}

impl Block {
    pub(crate) fn is_exif(&self) -> bool {
        self.kind == "Exif"
    }

    pub(crate) fn is_xmp(&self) -> bool {
        self.content_type == "application/rdf+xml"
    }

    pub(crate) fn name(&self) -> &str {
        match self.content_type.as_str() {
            _ if self.is_exif() => "EXIF",
            _ if self.is_xmp() => "XMP",
            "" => &self.kind,
            content_type => content_type,
        }
    }
}

/// The main picture of a file.
pub(crate) struct Photo<'a> {
    functions: &'static Functions,
    // Given back before the context is.
    handle: Owned,
    context: Owned,
    input: PhantomData<&'a [u8]>,
}

impl Photo<'_> {
    fn number(&self, ask: unsafe extern "C" fn(Pointer) -> c_int) -> u32 {
        // SAFETY: the handle lives; every such function takes it and returns a number.
        u32::try_from(unsafe { ask(self.handle.pointer) }).unwrap_or_default()
    }

    /// Width and height in pixels, upright.
    pub(crate) fn size(&self) -> Result<(u32, u32)> {
        let f = self.functions;
        match (
            self.number(f.image_handle_get_width),
            self.number(f.image_handle_get_height),
        ) {
            (0, _) | (_, 0) => Err(Error::Damaged("it has no pixels".into())),
            size => Ok(size),
        }
    }

    pub(crate) fn has_alpha(&self) -> bool {
        self.number(self.functions.image_handle_has_alpha_channel) != 0
    }

    /// Bits a sample.
    pub(crate) fn bits(&self) -> u32 {
        self.number(self.functions.image_handle_get_luma_bits_per_pixel)
    }

    /// How many more pictures the file has, thumbnails and the like not counted.
    pub(crate) fn others(&self) -> u32 {
        // SAFETY: the context lives and was read.
        let all = unsafe {
            (self.functions.context_get_number_of_top_level_images)(self.context.pointer)
        };
        u32::try_from(all).unwrap_or_default().saturating_sub(1)
    }

    /// EXIF, XMP and the like, within the limit on metadata.
    pub(crate) fn metadata(&self, limits: &Limits) -> Result<Vec<Block>> {
        let (f, handle) = (self.functions, self.handle.pointer);
        // SAFETY: the handle lives; without a filter all are counted.
        let count = unsafe { (f.image_handle_get_number_of_metadata_blocks)(handle, null()) };
        let mut ids = vec![0; usize::try_from(count).unwrap_or_default().min(64)];
        // SAFETY: `ids` has the length that is told.
        let found = unsafe {
            (f.image_handle_get_list_of_metadata_block_IDs)(
                handle,
                null(),
                ids.as_mut_ptr(),
                length(ids.len())?,
            )
        };
        ids.truncate(usize::try_from(found).unwrap_or_default());
        let mut left = limits.max_metadata_bytes;
        let block = |id: u32| {
            // SAFETY: the handle lives and the id came from it; the texts are copied before the next call.
            let (kind, content_type, size) = unsafe {
                let kind = text((f.image_handle_get_metadata_type)(handle, id));
                let content_type = text((f.image_handle_get_metadata_content_type)(handle, id));
                (
                    kind,
                    content_type,
                    (f.image_handle_get_metadata_size)(handle, id),
                )
            };
            let bytes = fill(size, &mut left, |start| {
                // SAFETY: `start` has room for the size that libheif told.
                unsafe { (f.image_handle_get_metadata)(handle, id, start) }
            })?;
            Ok(Block {
                kind,
                content_type,
                bytes,
            })
        };
        ids.into_iter().map(block).collect()
    }

    /// The ICC profile.
    pub(crate) fn profile(&self, limits: &Limits) -> Result<Option<Vec<u8>>> {
        let (f, handle) = (self.functions, self.handle.pointer);
        // SAFETY: the handle lives.
        let size = unsafe { (f.image_handle_get_raw_color_profile_size)(handle) };
        if size == 0 {
            return Ok(None);
        }
        let mut left = limits.max_metadata_bytes;
        // SAFETY: `start` has room for the size that libheif told.
        fill(size, &mut left, |start| unsafe {
            (f.image_handle_get_raw_color_profile)(handle, start)
        })
        .map(Some)
    }

    /// Primaries and transfer of ITU-T H.273, where the file tells its colour so.
    pub(crate) fn code_points(&self) -> Option<(u32, u32)> {
        let (f, handle) = (self.functions, self.handle.pointer);
        let mut points = null_mut();
        // SAFETY: the handle lives; what comes back is freed once, after it was read.
        unsafe {
            if (f.image_handle_get_color_profile_type)(handle) != PROFILE_NCLX
                || (f.image_handle_get_nclx_color_profile)(handle, &mut points).code != 0
                || points.is_null()
            {
                return None;
            }
            let found = ((*points).primaries, (*points).transfer);
            (f.nclx_color_profile_free)(points);
            Some((u32::try_from(found.0).ok()?, u32::try_from(found.1).ok()?))
        }
    }

    /// The pixels: RGB rows of 8 bits a sample without padding, of the size that was checked against the limits.
    pub(crate) fn decode(self, (width, height): (u32, u32)) -> Result<Vec<u8>> {
        let f = self.functions;
        // SAFETY: takes nothing; the options live until they are freed below.
        let options = unsafe { (f.decoding_options_alloc)() };
        if options.is_null() {
            return Err(Error::Damaged("libheif has no memory".into()));
        }
        let mut pointer = null_mut();
        // SAFETY: options and handle live.
        let decoded = unsafe {
            (*options).convert_hdr_to_8bit = 1;
            let decoded = (f.decode_image)(
                self.handle.pointer,
                &mut pointer,
                RGB,
                INTERLEAVED_RGB,
                options,
            );
            (f.decoding_options_free)(options);
            decoded
        };
        status(decoded)?;
        if pointer.is_null() {
            return Err(Error::Damaged("it has no pixels".into()));
        }
        let image = Owned {
            pointer,
            release: f.image_release,
        };
        let mut stride = 0;
        // SAFETY: the image lives.
        let (plane, size, chroma) = unsafe {
            let size =
                [f.image_get_width, f.image_get_height].map(|ask| ask(image.pointer, INTERLEAVED));
            let plane = (f.image_get_plane_readonly)(image.pointer, INTERLEAVED, &mut stride);
            (plane, size, (f.image_get_chroma_format)(image.pointer))
        };
        let (row, stride) = (
            3 * width as usize,
            usize::try_from(stride).unwrap_or_default(),
        );
        let right =
            size.map(i64::from) == [width, height].map(i64::from) && chroma == INTERLEAVED_RGB;
        if plane.is_null() || !right || stride < row {
            return Err(Error::Damaged(
                "its pixels are of another size than it says".into(),
            ));
        }
        let mut samples = Vec::new();
        samples
            .try_reserve_exact(row * height as usize)
            .map_err(|e| Error::Damaged(e.to_string()))?;
        for y in 0..height as usize {
            // SAFETY: the plane has `height` rows, `stride` bytes apart and at least `row` long; the image lives.
            samples.extend_from_slice(unsafe {
                std::slice::from_raw_parts(plane.add(y * stride), row)
            });
        }
        Ok(samples)
    }
}

/// The bytes that `copy` writes, where they are not more than are left of the limit.
fn fill(size: usize, left: &mut u64, copy: impl FnOnce(Pointer) -> Status) -> Result<Vec<u8>> {
    let Some(rest) = left.checked_sub(size as u64) else {
        return Err(Error::Unsupported(
            "it has more metadata than the limits allow".into(),
        ));
    };
    *left = rest;
    let mut bytes = vec![0; size];
    status(copy(bytes.as_mut_ptr().cast()))?;
    Ok(bytes)
}
