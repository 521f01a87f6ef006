//! A photo as it is compared.

use image::{ImageBuffer, Rgb, RgbImage};

/// Red, green and blue of 8 or 16 bits, row by row.
pub(super) struct Photo<P> {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) samples: Vec<P>,
}

impl From<RgbImage> for Photo<u8> {
    fn from(photo: RgbImage) -> Self {
        let (width, height) = photo.dimensions();
        Self {
            width,
            height,
            samples: photo.into_raw(),
        }
    }
}

impl From<ImageBuffer<Rgb<u16>, Vec<u16>>> for Photo<u16> {
    fn from(photo: ImageBuffer<Rgb<u16>, Vec<u16>>) -> Self {
        let (width, height) = photo.dimensions();
        Self {
            width,
            height,
            samples: photo.into_raw(),
        }
    }
}
