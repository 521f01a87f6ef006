//! Writing HEIC.

use image::codecs::jpeg::JpegDecoder;
use image::{DynamicImage, ImageDecoder};
use img_parts::jpeg::Jpeg;
use img_parts::{Bytes, ImageEXIF, ImageICC};

use crate::error::{Error, Result};
use crate::library::{Library, Written};

/// Quality, 0 to 100: as good as the JPEG that it is made of.
const QUALITY: i32 = 92;

/// What an XMP packet in a JPEG begins with.
const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";

/// Finds out whether HEIC can be written here, before anything else is done.
///
/// # Errors
/// [`Error::NoEncoder`], [`Error::NoLibrary`].
pub(crate) fn check() -> Result<()> {
    if Library::get()?.has_encoder() {
        Ok(())
    } else {
        Err(Error::NoEncoder)
    }
}

/// Makes a HEIC of a protected JPEG, with its EXIF, XMP and colour profile.
pub(crate) fn encode(jpeg: &[u8]) -> Result<Vec<u8>> {
    let failed = |e: &dyn std::fmt::Display| Error::Encode(format!("as HEIC: {e}"));
    let decoder = JpegDecoder::new(std::io::Cursor::new(jpeg)).map_err(|e| failed(&e))?;
    let (width, height) = decoder.dimensions();
    let photo = DynamicImage::from_decoder(decoder).map_err(|e| failed(&e))?;
    let parts = Jpeg::from_bytes(Bytes::copy_from_slice(jpeg)).map_err(|e| failed(&e))?;
    let xmp = parts
        .segments()
        .iter()
        .find_map(|segment| segment.contents().strip_prefix(XMP));
    Library::get()?.encode(&Written {
        samples: &photo.into_rgb8(),
        size: (width, height),
        quality: QUALITY,
        profile: parts.icc_profile().as_deref(),
        exif: parts.exif().as_deref(),
        xmp,
    })
}
