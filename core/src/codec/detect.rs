//! Looking for a generator's residual in a photo file.

use super::colour::ToSrgb;
use super::format::{self, Format, Work};
use super::formats::FileFormat;
use super::photo::{Decoded, Source, check_length};
use crate::detect::Detection;
use crate::error::Result;
use crate::options::{Limits, ProtectOptions};
use crate::orientation::Orientation;
use crate::pixels::Pixels;
use crate::protector::Protector;
use crate::working::WorkingColour;

impl Protector {
    /// Looks for this generator's residual in a photo given as the bytes of a JPEG, PNG, WebP, TIFF or JPEG XL file.
    ///
    /// # Errors
    /// As [`protect_bytes`](Self::protect_bytes), but for what is written: a photo that was protected before, or that
    /// carries content credentials, is read like any other.
    ///
    /// ```no_run
    /// # #[cfg(feature = "bundled-generator")]
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use confounder::{Limits, Protector, ProtectorOptions};
    ///
    /// let protector = Protector::bundled(ProtectorOptions::new())?;
    /// let detection = protector.detect_bytes(&std::fs::read("photo.jpg")?, &Limits::new())?;
    /// println!("{:?}: {:?}", detection.verdict, detection.probability);
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "bundled-generator"))]
    /// # fn main() {}
    /// ```
    pub fn detect_bytes(&self, input: &[u8], limits: &Limits) -> Result<Detection> {
        let options = ProtectOptions::new().limits(limits.clone());
        check_length(input, limits)?;
        let (source, Decoded { pixels, layout }) =
            FileFormat::detect(input)?.run(Decoding(input, &options))?;
        let size = source.size();
        let stride = size.0 as usize * layout.bytes_per_pixel();
        let view = Pixels::new(&pixels, size.0, size.1, stride, layout)?;
        let orientation = Orientation::from_exif(source.orientation.into()).unwrap_or_default();
        // A profile that cannot be used is taken for sRGB, as when the photo was protected.
        let colour = ToSrgb::new(&source.space).unwrap_or_default();
        self.detect_in(
            &view,
            orientation,
            colour.as_ref().map(|colour| colour as &dyn WorkingColour),
        )
    }
}

/// Reads and decodes a file of any format.
struct Decoding<'a>(&'a [u8], &'a ProtectOptions);

impl Work for Decoding<'_> {
    type Output = Result<(Source, Decoded)>;

    fn run<F: Format>(self) -> Self::Output {
        let Self(input, options) = self;
        let (source, _) = format::read::<F>(input, options, None)?;
        let decoded = format::decode::<F>(input, source.size(), options)?;
        Ok((source, decoded))
    }
}
