//! Pictures of the crate `image`, taken as they are.

use image::{ImageBuffer, Luma, LumaA, Rgb, Rgba};

use crate::error::{Error, Result};
use crate::pixels::{PixelLayout, PixelsMut};

/// Makes pixels of a picture, and of what holds its samples.
macro_rules! picture {
    ($pixel:ty, $layout:ident) => {
        impl<'a> TryFrom<&'a mut ImageBuffer<$pixel, Vec<u8>>> for PixelsMut<'a> {
            type Error = Error;

            /// Fails with [`ErrorKind::InvalidPixels`](crate::ErrorKind::InvalidPixels) where a side is 0.
            fn try_from(picture: &'a mut ImageBuffer<$pixel, Vec<u8>>) -> Result<Self> {
                let (width, height) = picture.dimensions();
                PixelsMut::packed(picture, width, height, PixelLayout::$layout)
            }
        }
    };
}

picture!(Rgb<u8>, Rgb8);
picture!(Rgba<u8>, Rgba8);
picture!(Luma<u8>, Gray8);
picture!(LumaA<u8>, GrayAlpha8);
