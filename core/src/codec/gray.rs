//! Gray photos: they stay gray, or are refused, or become colour photos where the caller asks for it.

use super::photo::Decoded;
use crate::error::{Error, ErrorKind, Result};
use crate::generator::Generator;
use crate::options::ProtectOptions;
use crate::pixels::PixelLayout;
use crate::sample::Stored;

/// Whether a gray photo is to be written in colour: where it could not be protected otherwise and that was asked for.
pub(super) fn tint(generator: &Generator, options: &ProtectOptions) -> bool {
    generator.chroma() && options.tint_gray
}

/// What is said of a gray photo that is written in colour.
pub(super) fn tint_note() -> String {
    "gray photo: written in colour, since the residual is one of colour".to_owned()
}

/// Refuses a gray photo that the generator has nothing for.
///
/// # Errors
/// [`ErrorKind::UnsupportedFormat`] where the residual is chroma only and no tint was asked for.
pub(super) fn check(gray: bool, generator: &Generator, options: &ProtectOptions) -> Result<()> {
    if gray && generator.chroma() && !options.tint_gray {
        return Err(Error::new(
            ErrorKind::UnsupportedFormat,
            "the photo is gray and this generator changes colour only, so it would have to become a colour photo with a \
             faint tint; allow that (ProtectOptions::tint_gray) or use a generator that changes luma",
        ));
    }
    Ok(())
}

impl Decoded {
    /// Gray samples three times over, with alpha after them where there is any; colour stays as it is.
    pub(super) fn into_colour(self) -> Self {
        use PixelLayout::{Gray8, Gray16, GrayAlpha8, GrayAlpha16, Rgb8, Rgb16, Rgba8, Rgba16};
        let (pixels, layout) = match self.layout {
            Gray8 => (repeat::<u8, 1, 3>(&self.pixels), Rgb8),
            GrayAlpha8 => (repeat::<u8, 2, 4>(&self.pixels), Rgba8),
            Gray16 => (repeat::<[u8; 2], 1, 3>(&self.pixels), Rgb16),
            GrayAlpha16 => (repeat::<[u8; 2], 2, 4>(&self.pixels), Rgba16),
            _ => return self,
        };
        Self { pixels, layout }
    }

    /// For a format that has no gray of its own (WebP): gray where red, green and blue are the same in every pixel.
    pub(super) fn into_gray_if_it_is(self) -> Self {
        let (pixels, layout) = match self.layout {
            PixelLayout::Rgb8 => (merge::<3, 1>(&self.pixels), PixelLayout::Gray8),
            PixelLayout::Rgba8 => (merge::<4, 2>(&self.pixels), PixelLayout::GrayAlpha8),
            _ => return self,
        };
        pixels.map_or(self, |pixels| Self { pixels, layout })
    }
}

fn repeat<S: Stored, const FROM: usize, const TO: usize>(stored: &[u8]) -> Vec<u8> {
    let mut repeated = vec![0; stored.len() / FROM * TO];
    let to = S::of_mut(&mut repeated).as_chunks_mut::<TO>().0;
    for (to, from) in to.iter_mut().zip(S::of(stored).as_chunks::<FROM>().0) {
        *to = std::array::from_fn(|i| from[i.saturating_sub(2).min(FROM - 1)]);
    }
    repeated
}

/// The gray of a photo whose pixels are all gray, and its alpha.
fn merge<const FROM: usize, const TO: usize>(stored: &[u8]) -> Option<Vec<u8>> {
    let pixels = stored.as_chunks::<FROM>().0;
    if pixels.iter().any(|p| p[0] != p[1] || p[1] != p[2]) {
        return None;
    }
    Some(
        pixels
            .iter()
            .flat_map(|p| -> [u8; TO] { std::array::from_fn(|i| p[2 + i]) })
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn colour(layout: PixelLayout, pixels: &[u8]) -> Vec<u8> {
        let pixels = pixels.to_vec();
        Decoded { pixels, layout }.into_colour().pixels
    }

    #[test]
    fn gray_is_repeated_and_alpha_is_not() {
        assert_eq!(colour(PixelLayout::Gray8, &[5, 9]), [5, 5, 5, 9, 9, 9]);
        assert_eq!(
            colour(PixelLayout::GrayAlpha8, &[5, 1, 9, 2]),
            [5, 5, 5, 1, 9, 9, 9, 2]
        );
        assert_eq!(colour(PixelLayout::Gray16, &[5, 9]), [5, 9, 5, 9, 5, 9]);
        assert_eq!(
            colour(PixelLayout::GrayAlpha16, &[5, 9, 1, 2]),
            [5, 9, 5, 9, 5, 9, 1, 2]
        );
        assert_eq!(colour(PixelLayout::Rgb8, &[5, 9, 1]), [5, 9, 1]);
    }

    #[test]
    fn gray_in_a_colour_format_is_found_and_comes_back() {
        for (layout, pixels) in [
            (PixelLayout::Rgb8, &[5, 5, 5, 9, 9, 9][..]),
            (PixelLayout::Rgba8, &[5, 5, 5, 1, 9, 9, 9, 2]),
        ] {
            let decoded = || Decoded {
                pixels: pixels.to_vec(),
                layout,
            };
            let gray = decoded().into_gray_if_it_is();
            assert!(gray.layout.is_gray());
            assert_eq!(gray.into_colour().pixels, pixels);
        }
        let colour = Decoded {
            pixels: vec![5, 5, 6],
            layout: PixelLayout::Rgb8,
        };
        assert_eq!(colour.into_gray_if_it_is().layout, PixelLayout::Rgb8);
    }
}
