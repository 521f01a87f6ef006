//! The `tiff` crate's decoder in our terms.

use std::io::Cursor;

use tiff::TiffError;
use tiff::decoder::Decoder;
use tiff::tags::Tag;

use crate::error::{Error, ErrorKind};
use crate::options::Limits;

/// The same limits in the terms of the `tiff` crate.
pub(super) fn decoder_limits(limits: &Limits) -> tiff::decoder::Limits {
    let bytes = |limit: u64| usize::try_from(limit).unwrap_or(usize::MAX);
    let mut decoder = tiff::decoder::Limits::default();
    // Also the longest text. No text that is read is longer than the file, so that its check, which prints, never fails;
    // pixels were checked before.
    decoder.decoding_buffer_size = bytes(limits.max_alloc_bytes.max(limits.max_input_bytes));
    decoder.intermediate_buffer_size = bytes(limits.max_alloc_bytes);
    decoder.ifd_value_size = bytes(limits.max_metadata_bytes);
    decoder
}

/// The first value of a tag of the main directory, as a number.
pub(super) fn number(decoder: &mut Decoder<Cursor<&[u8]>>, tag: u16) -> Option<u16> {
    let value = decoder.find_tag_unsigned_vec(Tag::from_u16_exhaustive(tag));
    value
        .ok()
        .flatten()
        .and_then(|values| values.first().copied())
}

/// Whether the main directory has a tag.
pub(super) fn has(decoder: &mut Decoder<Cursor<&[u8]>>, tag: u16) -> bool {
    decoder
        .image_ifd()
        .directory()
        .contains(Tag::from_u16_exhaustive(tag))
}

/// The refusal of camera raw files.
pub(super) fn raw() -> Error {
    refused(
        "camera raw files are not supported; develop the photo first and protect the TIFF, PNG or JPEG that comes out",
    )
}

/// The refusal of what would have to be flattened or reduced.
pub(super) fn refused(message: &str) -> Error {
    Error::new(ErrorKind::UnsupportedFormat, message)
}

/// An error of the `tiff` crate in our terms.
pub(super) fn failed(error: TiffError) -> Error {
    let (kind, what) = match &error {
        TiffError::LimitsExceeded | TiffError::IntSizeError => (
            ErrorKind::LimitExceeded,
            "reading the TIFF would exceed the limits",
        ),
        TiffError::UnsupportedError(_) => (
            ErrorKind::UnsupportedFormat,
            "this variant of TIFF is not supported; save the photo as an 8- or 16-bit gray or RGB TIFF first (camera \
             raw: develop it)",
        ),
        _ => (ErrorKind::Decode, "the TIFF is damaged or cut short"),
    };
    Error::new(kind, what).with_source(error)
}
