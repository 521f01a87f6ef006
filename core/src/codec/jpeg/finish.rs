//! The gain map behind a written photo.

use super::encoding::Encoding;
use super::mpf;
use crate::error::{Error, ErrorKind, Result};

/// The whole file: the written photo with the gain map behind it, if the input had one that stays, and true numbers in
/// the index. `photo` is a JPEG with the kept segments in place.
///
/// # Errors
/// [`ErrorKind::Encode`] beyond 4 GiB, which the index cannot express.
pub(super) fn finish(mut photo: Vec<u8>, encoding: &Encoding) -> Result<Vec<u8>> {
    let Some(gain_map) = &encoding.gain_map else {
        return Ok(photo);
    };
    let header = mpf::position(&photo).ok_or_else(|| {
        Error::new(
            ErrorKind::Encode,
            "the written JPEG lost the index of its gain map",
        )
    })?;
    let number = |value: usize| {
        u32::try_from(value).map_err(|_| {
            Error::new(
                ErrorKind::Encode,
                format!("{value} bytes do not fit a multi-picture file"),
            )
        })
    };
    let (length, offset) = (number(photo.len())?, number(photo.len() - header)?);
    let index = mpf::write(length, number(gain_map.len())?, offset);
    let start = header - mpf::PREFIX.len();
    photo[start..start + index.len()].copy_from_slice(&index);
    photo.extend_from_slice(gain_map);
    Ok(photo)
}
