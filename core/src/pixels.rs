//! Validated views of the caller's pixels.

use crate::error::{Error, ErrorKind, Result};

/// How the samples of one pixel lie in memory; sRGB-encoded (or any other R'G'B'), alpha not premultiplied.
///
/// Alpha is never touched, and neither is the colour of pixels whose alpha is 0. Samples of 16 bits are in the byte
/// order of the machine (as in a `[u16]`) and may begin at any address, odd ones included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PixelLayout {
    /// Red, green, blue; 8 bits each.
    Rgb8,
    /// Red, green, blue, alpha; 8 bits each.
    Rgba8,
    /// Blue, green, red, alpha; 8 bits each.
    Bgra8,
    /// Gray, 8 bits.
    Gray8,
    /// Gray, alpha; 8 bits each.
    GrayAlpha8,
    /// Red, green, blue; 16 bits each.
    Rgb16,
    /// Red, green, blue, alpha; 16 bits each.
    Rgba16,
    /// Gray, 16 bits.
    Gray16,
    /// Gray, alpha; 16 bits each.
    GrayAlpha16,
}

impl PixelLayout {
    /// Bytes in a pixel: 1 to 4 for 8-bit samples, 2 to 8 for 16-bit samples.
    pub fn bytes_per_pixel(self) -> usize {
        self.samples_per_pixel() * if self.peak() == u16::MAX { 2 } else { 1 }
    }

    /// Samples in a pixel, alpha included: 1 to 4.
    pub fn samples_per_pixel(self) -> usize {
        match self {
            Self::Gray8 | Self::Gray16 => 1,
            Self::GrayAlpha8 | Self::GrayAlpha16 => 2,
            Self::Rgb8 | Self::Rgb16 => 3,
            Self::Rgba8 | Self::Bgra8 | Self::Rgba16 => 4,
        }
    }

    /// The largest value of a sample: 255, or 65,535 for 16 bits.
    pub fn peak(self) -> u16 {
        match self {
            Self::Gray8 | Self::GrayAlpha8 | Self::Rgb8 | Self::Rgba8 | Self::Bgra8 => 255,
            Self::Gray16 | Self::GrayAlpha16 | Self::Rgb16 | Self::Rgba16 => u16::MAX,
        }
    }

    /// Whether there is no colour.
    pub fn is_gray(self) -> bool {
        self.samples_per_pixel() < 3
    }

    /// Whether the last sample of a pixel is its alpha.
    pub fn has_alpha(self) -> bool {
        self.samples_per_pixel().is_multiple_of(2)
    }

    /// Which samples of a pixel are red, green and blue; all the same where it is gray.
    pub(crate) fn rgb_offsets(self) -> [usize; 3] {
        match self {
            Self::Rgb8 | Self::Rgba8 | Self::Rgb16 | Self::Rgba16 => [0, 1, 2],
            Self::Bgra8 => [2, 1, 0],
            Self::Gray8 | Self::GrayAlpha8 | Self::Gray16 | Self::GrayAlpha16 => [0; 3],
        }
    }
}

/// The checked shape of a view. `stride` is in bytes and at least `width * bytes_per_pixel`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shape {
    width: usize,
    height: usize,
    stride: usize,
    layout: PixelLayout,
}

impl Shape {
    fn new(
        length: usize,
        width: u32,
        height: u32,
        stride: usize,
        layout: PixelLayout,
    ) -> Result<Self> {
        let invalid = |message: String| Err(Error::new(ErrorKind::InvalidPixels, message));
        if width == 0 || height == 0 {
            return invalid(format!(
                "the photo is {width} x {height} px; both sides must be at least 1"
            ));
        }
        let too_large = || {
            Error::new(
                ErrorKind::InvalidPixels,
                format!(
                    "{width} x {height} px with rows of {stride} bytes do not fit the address space"
                ),
            )
        };
        let (columns, rows) = usize::try_from(width)
            .ok()
            .zip(usize::try_from(height).ok())
            .ok_or_else(too_large)?;
        let row = columns
            .checked_mul(layout.bytes_per_pixel())
            .ok_or_else(too_large)?;
        if stride < row {
            return invalid(format!(
                "the stride is {stride} bytes, but a row of {width} px in {layout:?} takes {row}"
            ));
        }
        // The last row need not be padded.
        let needed = stride
            .checked_mul(rows - 1)
            .and_then(|n| n.checked_add(row))
            .ok_or_else(too_large)?;
        if length < needed {
            return invalid(format!(
                "the buffer holds {length} bytes, but {width} x {height} px with a stride of {stride} take {needed}"
            ));
        }
        Ok(Self {
            width: columns,
            height: rows,
            stride,
            layout,
        })
    }

    fn row_bytes(&self) -> usize {
        self.width * self.layout.bytes_per_pixel()
    }

    /// Bytes from the first sample to the last.
    fn span(&self) -> usize {
        self.stride * (self.height - 1) + self.row_bytes()
    }
}

/// A read-only view of pixels in the caller's memory.
///
/// ```
/// use confounder::{PixelLayout, Pixels};
///
/// let photo = vec![0; 640 * 480 * 3];
/// let pixels = Pixels::new(&photo, 640, 480, 640 * 3, PixelLayout::Rgb8)?;
/// assert_eq!(pixels.width(), 640);
/// # Ok::<(), confounder::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Pixels<'a> {
    shape: Shape,
    bytes: &'a [u8],
}

/// A view of pixels in the caller's memory that are changed in place.
///
/// ```
/// use confounder::{PixelLayout, PixelsMut};
///
/// // A camera frame whose rows are padded to 2,048 bytes.
/// let mut frame = vec![0; 2048 * 480];
/// let pixels = PixelsMut::new(&mut frame, 500, 480, 2048, PixelLayout::Bgra8)?;
/// assert_eq!((pixels.width(), pixels.height()), (500, 480));
/// # Ok::<(), confounder::Error>(())
/// ```
#[derive(Debug)]
pub struct PixelsMut<'a> {
    shape: Shape,
    bytes: &'a mut [u8],
}

impl<'a> Pixels<'a> {
    /// A view of `height` rows of `width` pixels that start `stride` bytes apart. The last row need not be padded.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidPixels`] where a side is 0, the stride is shorter than a row, or `bytes` is too short.
    pub fn new(
        bytes: &'a [u8],
        width: u32,
        height: u32,
        stride: usize,
        layout: PixelLayout,
    ) -> Result<Self> {
        let shape = Shape::new(bytes.len(), width, height, stride, layout)?;
        Ok(Self { shape, bytes })
    }

    /// Width in pixels, at least 1.
    pub fn width(&self) -> usize {
        self.shape.width
    }

    /// Height in pixels, at least 1.
    pub fn height(&self) -> usize {
        self.shape.height
    }

    /// How the samples of a pixel lie in memory.
    pub fn layout(&self) -> PixelLayout {
        self.shape.layout
    }

    /// The bytes of the samples of row `y`, without padding; empty where there is no such row.
    pub fn row(&self, y: usize) -> &'a [u8] {
        if y >= self.shape.height {
            return &[];
        }
        let start = y * self.shape.stride;
        &self.bytes[start..start + self.shape.row_bytes()]
    }
}

impl<'a> PixelsMut<'a> {
    /// A view of `height` rows of `width` pixels that start `stride` bytes apart. The last row need not be padded.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidPixels`] where a side is 0, the stride is shorter than a row, or `bytes` is too short.
    pub fn new(
        bytes: &'a mut [u8],
        width: u32,
        height: u32,
        stride: usize,
        layout: PixelLayout,
    ) -> Result<Self> {
        let shape = Shape::new(bytes.len(), width, height, stride, layout)?;
        Ok(Self { shape, bytes })
    }

    /// Pixels whose rows follow each other without padding.
    ///
    /// ```
    /// use confounder::{PixelLayout, PixelsMut};
    ///
    /// let mut frame = [128; 4 * 3 * 4];
    /// let pixels = PixelsMut::packed(&mut frame, 4, 3, PixelLayout::Rgba8)?;
    /// assert_eq!((pixels.width(), pixels.height()), (4, 3));
    /// # Ok::<(), confounder::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::InvalidPixels`] where a side is 0, or `bytes` is too short.
    pub fn packed(
        bytes: &'a mut [u8],
        width: u32,
        height: u32,
        layout: PixelLayout,
    ) -> Result<Self> {
        // A row that does not fit the address space does not fit `bytes` either.
        let row = (width as usize).saturating_mul(layout.bytes_per_pixel());
        Self::new(bytes, width, height, row, layout)
    }

    /// Width in pixels, at least 1.
    pub fn width(&self) -> usize {
        self.shape.width
    }

    /// Height in pixels, at least 1.
    pub fn height(&self) -> usize {
        self.shape.height
    }

    /// How the samples of a pixel lie in memory.
    pub fn layout(&self) -> PixelLayout {
        self.shape.layout
    }

    /// The same pixels, read-only.
    pub fn as_pixels(&self) -> Pixels<'_> {
        Pixels {
            shape: self.shape,
            bytes: self.bytes,
        }
    }

    /// Rows with their padding (the last one without), all to be changed at once by several threads.
    pub(crate) fn rows_mut(&mut self) -> (&mut [u8], usize, usize) {
        let span = self.shape.span();
        (
            &mut self.bytes[..span],
            self.shape.stride,
            self.shape.row_bytes(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(
        length: usize,
        (width, height): (u32, u32),
        stride: usize,
        layout: PixelLayout,
    ) -> Option<ErrorKind> {
        let bytes = vec![0; length];
        Pixels::new(&bytes, width, height, stride, layout)
            .err()
            .map(|e| e.kind())
    }

    #[test]
    fn every_length_is_checked() {
        use PixelLayout::{Bgra8, Rgb8};
        // The last row need not be padded.
        assert_eq!(kind(2 * 20 + 15, (5, 3), 20, Rgb8), None);
        let bad = [
            (2 * 20 + 14, (5, 3), 20, Rgb8),
            (100, (5, 3), 14, Rgb8),
            (100, (5, 3), 19, Bgra8),
            (100, (0, 3), 20, Rgb8),
            (100, (5, 0), 20, Rgb8),
            (100, (u32::MAX, u32::MAX), usize::MAX, Rgb8),
            (100, (1, 2), usize::MAX, Rgb8),
        ];
        for (length, size, stride, layout) in bad {
            let found = kind(length, size, stride, layout);
            assert_eq!(
                found,
                Some(ErrorKind::InvalidPixels),
                "{length} {size:?} {stride}"
            );
        }
    }

    #[test]
    fn wide_samples_need_twice_the_bytes_and_no_alignment() {
        use PixelLayout::{GrayAlpha16, Rgb16};
        assert_eq!(
            kind(30 + 29, (5, 2), 30, Rgb16),
            Some(ErrorKind::InvalidPixels)
        );
        assert_eq!(kind(31 + 30, (5, 2), 31, Rgb16), None);
        assert_eq!(
            kind(4, (1, 1), 3, GrayAlpha16),
            Some(ErrorKind::InvalidPixels)
        );
        let mut bytes = [0; 9];
        assert!(PixelsMut::new(&mut bytes[1..], 2, 1, 8, GrayAlpha16).is_ok());
    }

    #[test]
    fn rows_come_without_padding() {
        let bytes: Vec<u8> = (0..11).collect();
        let Ok(pixels) = Pixels::new(&bytes, 1, 3, 4, PixelLayout::Rgb8) else {
            unreachable!("the size fits");
        };
        assert_eq!(pixels.row(2), [8, 9, 10]);
        assert!(pixels.row(3).is_empty());
    }
}
