//! A photo file on the working grid, and no more of it.

use super::colour::{ToSrgb, cmyk_to_srgb};
use super::format::{self, Format, Work};
use super::formats::FileFormat;
use super::jpeg::{Photo, PreviewSamples};
use super::photo::{Decoded, Source, check_length};
use crate::cancel::CancelToken;
use crate::error::Result;
use crate::options::{Limits, ProtectOptions};
use crate::orientation::Orientation;
use crate::pixels::{PixelLayout, Pixels};
use crate::protector::Protector;
use crate::working::WorkingColour;

impl Protector {
    /// The photo upright on the working grid in sRGB: three planes R', G', B' in 0..1, as when the photo is protected.
    ///
    /// # Errors
    /// `UnsupportedFormat`, `Decode`, `LimitExceeded`, `Cancelled`.
    pub(crate) fn working_image_of(
        &self,
        input: &[u8],
        limits: &Limits,
        cancel: &CancelToken,
    ) -> Result<Vec<f32>> {
        let options = ProtectOptions::new()
            .limits(limits.clone())
            .cancel(cancel.clone());
        check_length(input, limits)?;
        let format = FileFormat::detect(input)?;
        format.run(Looking {
            protector: self,
            input,
            options: &options,
            has_coefficients: format == FileFormat::Jpeg,
        })
    }
}

/// Reads a file of any format as far as the working grid needs.
struct Looking<'a> {
    protector: &'a Protector,
    input: &'a [u8],
    options: &'a ProtectOptions,
    /// It may be read at an eighth of its size.
    has_coefficients: bool,
}

impl Work for Looking<'_> {
    type Output = Result<Vec<f32>>;

    fn run<F: Format>(self) -> Self::Output {
        let (source, _) = format::read::<F>(self.input, self.options, None)?;
        if self.has_coefficients
            && let Some(image) = self.of_coefficients(&source)?
        {
            return Ok(image);
        }
        let Decoded { pixels, layout } =
            format::decode::<F>(self.input, source.size(), self.options)?;
        let colour = ToSrgb::new(&source.space).unwrap_or_default();
        let size = (source.width as usize, source.height as usize);
        self.image((&pixels, size, layout), &source, colour.as_ref())
    }
}

impl Looking<'_> {
    /// From the means of a JPEG's blocks; `None` where those are too few.
    fn of_coefficients(&self, source: &Source) -> Result<Option<Vec<f32>>> {
        let Some(photo) = Photo::read(self.input, &self.options.cancel)? else {
            return Ok(None);
        };
        let preview = photo.preview();
        let orientation = orientation(source);
        let size = (source.width as usize, source.height as usize);
        let needed = self.protector.stored_grid(size, orientation)?;
        let eighth = (preview.width, preview.height);
        match &preview.samples {
            PreviewSamples::Cmyk { samples, inverted } => {
                let rgb = cmyk_to_srgb(source.space.profile(), samples, *inverted);
                self.image((&rgb, eighth, PixelLayout::Rgb8), source, None)
            }
            PreviewSamples::Rgb(_) if eighth.0 < needed.0 || eighth.1 < needed.1 => {
                return Ok(None);
            }
            PreviewSamples::Rgb(samples) => {
                let colour = ToSrgb::new(&source.space).unwrap_or_default();
                self.image(
                    (samples, eighth, PixelLayout::Rgb8),
                    source,
                    colour.as_ref(),
                )
            }
        }
        .map(Some)
    }

    fn image(
        &self,
        (samples, (width, height), layout): (&[u8], (usize, usize), PixelLayout),
        source: &Source,
        colour: Option<&ToSrgb>,
    ) -> Result<Vec<f32>> {
        let stride = width * layout.bytes_per_pixel();
        let pixels = Pixels::new(samples, width as u32, height as u32, stride, layout)?;
        let working = colour.map(|colour| colour as &dyn WorkingColour);
        let cancel = &self.options.cancel;
        let (image, _) =
            self.protector
                .working_image(&pixels, orientation(source), working, cancel)?;
        Ok(image)
    }
}

fn orientation(source: &Source) -> Orientation {
    Orientation::from_exif(source.orientation.into()).unwrap_or_default()
}
