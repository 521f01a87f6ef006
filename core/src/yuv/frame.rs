//! Validated views of the caller's frames.

use super::colour::{SampleDepth, YuvFormat};
use super::plane::{Plane, Shape, invalid};
use crate::error::Result;

/// The chroma planes of a frame in the caller's memory. Strides are in bytes.
#[derive(Debug)]
pub enum ChromaPlanes<'a> {
    /// Each in memory of its own (I420).
    Separate {
        /// Cb (U), from its first sample.
        cb: &'a mut [u8],
        /// Cr (V), from its first sample.
        cr: &'a mut [u8],
        /// From one row to the next.
        row_stride: usize,
        /// From one sample to the next in a row.
        pixel_stride: usize,
    },
    /// Both in one piece of memory (NV12, NV21, and what Android gives as two buffers over the same bytes).
    Interleaved {
        /// The memory of both.
        bytes: &'a mut [u8],
        /// Where the first sample of Cb (U) lies in it.
        cb: usize,
        /// Where the first sample of Cr (V) lies in it.
        cr: usize,
        /// From one row to the next.
        row_stride: usize,
        /// From one sample to the next of the same plane in a row: 2 for NV12 and NV21.
        pixel_stride: usize,
    },
}

/// A view of a YUV frame in the caller's memory whose chroma is changed in place.
///
/// ```
/// use confounder::{ChromaPlanes, YuvFormat, YuvMut};
///
/// // Android's YUV_420_888 over NV21 memory: 640 x 480, rows of 704 bytes, Cr before Cb.
/// let luma = vec![90; 704 * 480];
/// let mut chroma = vec![128; 704 * 240];
/// let planes = ChromaPlanes::Interleaved { bytes: &mut chroma, cb: 1, cr: 0, row_stride: 704, pixel_stride: 2 };
/// let frame = YuvMut::new((640, 480), &luma, (704, 1), planes, YuvFormat::new())?;
/// assert_eq!((frame.width(), frame.height()), (640, 480));
/// # Ok::<(), confounder::Error>(())
/// ```
#[derive(Debug)]
pub struct YuvMut<'a> {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) format: YuvFormat,
    pub(super) luma: Plane<'a>,
    pub(super) chroma: Chroma<'a>,
}

/// Checked chroma planes: their memory begins with their first sample and ends with their last.
#[derive(Debug)]
pub(super) enum Chroma<'a> {
    Separate {
        shape: Shape,
        cb: &'a mut [u8],
        cr: &'a mut [u8],
    },
    /// `shape` is that of either plane; the second lies `gap` bytes behind the first.
    Interleaved {
        shape: Shape,
        bytes: &'a mut [u8],
        gap: usize,
        cr_first: bool,
    },
}

impl<'a> YuvMut<'a> {
    /// A view of a frame of `width` x `height`.
    ///
    /// `luma` is read only; `luma_strides` are the bytes from one row to the next and from one sample to the next. The
    /// last row of a plane need not be padded.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidPixels`](crate::ErrorKind::InvalidPixels) where a side is 0, a stride is too short, samples
    /// overlap, or memory is too short.
    pub fn new(
        (width, height): (u32, u32),
        luma: &'a [u8],
        luma_strides: (usize, usize),
        chroma: ChromaPlanes<'a>,
        format: YuvFormat,
    ) -> Result<Self> {
        if width == 0 || height == 0 {
            return invalid(format!(
                "the frame is {width} x {height} px; both sides must be at least 1"
            ));
        }
        let (Ok(width), Ok(height)) = (usize::try_from(width), usize::try_from(height)) else {
            return invalid(format!(
                "{width} x {height} px do not fit the address space"
            ));
        };
        let (shape, span) = Shape::new("luma", (width, height), luma_strides, format.depth)?;
        let luma = Plane {
            shape,
            bytes: cut("luma", luma, 0, span)?,
        };
        let size = format.sampling.chroma_size(width, height);
        let chroma = Chroma::new(chroma, size, format.depth)?;
        Ok(Self {
            width,
            height,
            format,
            luma,
            chroma,
        })
    }

    /// A frame of 8 bits, 4:2:0, full-range BT.601 in one piece without padding: luma, then Cb, then Cr.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn i420(bytes: &'a mut [u8], width: u32, height: u32) -> Result<Self> {
        let format = YuvFormat::new();
        let (luma, rest, columns, rows) = split(bytes, (width, height), format)?;
        let size = columns * rows;
        if rest.len() < size {
            return invalid(format!(
                "the chroma planes hold {} bytes, but take {}",
                rest.len(),
                2 * size
            ));
        }
        let (cb, cr) = rest.split_at_mut(size);
        let planes = ChromaPlanes::Separate {
            cb,
            cr,
            row_stride: columns,
            pixel_stride: 1,
        };
        Self::new((width, height), luma, (width as usize, 1), planes, format)
    }

    /// A frame of 8 bits, 4:2:0, full-range BT.601 in one piece without padding: luma, then pairs of Cb and Cr.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn nv12(bytes: &'a mut [u8], width: u32, height: u32) -> Result<Self> {
        Self::semi_planar(bytes, (width, height), false, YuvFormat::new())
    }

    /// A frame of 8 bits, 4:2:0, full-range BT.601 in one piece without padding: luma, then pairs of Cr and Cb
    /// (Android's camera preview).
    ///
    /// ```
    /// # #[cfg(feature = "bundled-generator")] {
    /// use confounder::{Orientation, ProtectOptions, Protector, ProtectorOptions, YuvMut};
    ///
    /// let protector = Protector::bundled(ProtectorOptions::new())?;
    /// let mut preview = vec![110; 640 * 480 * 3 / 2];
    /// let mut frame = YuvMut::nv21(&mut preview, 640, 480)?;
    /// protector.protect_yuv(&mut frame, Orientation::Rotate90, &ProtectOptions::new())?;
    /// assert!(preview[..640 * 480].iter().all(|&luma| luma == 110));
    /// # }
    /// # Ok::<(), confounder::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn nv21(bytes: &'a mut [u8], width: u32, height: u32) -> Result<Self> {
        Self::semi_planar(bytes, (width, height), true, YuvFormat::new())
    }

    /// A frame of 10 bits, 4:2:0, full-range BT.601 in one piece without padding: luma, then pairs of Cb and Cr. For
    /// another range or matrix see [`new`](Self::new).
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn p010(bytes: &'a mut [u8], width: u32, height: u32) -> Result<Self> {
        Self::semi_planar(
            bytes,
            (width, height),
            false,
            YuvFormat::new().depth(SampleDepth::TenHigh),
        )
    }

    fn semi_planar(
        bytes: &'a mut [u8],
        size: (u32, u32),
        cr_first: bool,
        format: YuvFormat,
    ) -> Result<Self> {
        let (luma, bytes, columns, _) = split(bytes, size, format)?;
        let sample = format.depth.bytes();
        let (cb, cr) = if cr_first { (sample, 0) } else { (0, sample) };
        let planes = ChromaPlanes::Interleaved {
            bytes,
            cb,
            cr,
            row_stride: 2 * columns * sample,
            pixel_stride: 2 * sample,
        };
        Self::new(
            size,
            luma,
            (size.0 as usize * sample, sample),
            planes,
            format,
        )
    }

    /// Width in luma samples, at least 1.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Height in luma samples, at least 1.
    pub fn height(&self) -> usize {
        self.height
    }

    /// How the samples are to be read.
    pub fn format(&self) -> YuvFormat {
        self.format
    }
}

impl<'a> Chroma<'a> {
    fn new(planes: ChromaPlanes<'a>, size: (usize, usize), depth: SampleDepth) -> Result<Self> {
        match planes {
            ChromaPlanes::Separate {
                cb,
                cr,
                row_stride,
                pixel_stride,
            } => {
                let (shape, span) = Shape::new("chroma", size, (row_stride, pixel_stride), depth)?;
                let (cb, cr) = (cut_mut("Cb", cb, 0, span)?, cut_mut("Cr", cr, 0, span)?);
                Ok(Self::Separate { shape, cb, cr })
            }
            ChromaPlanes::Interleaved {
                bytes,
                cb,
                cr,
                row_stride,
                pixel_stride,
            } => {
                let (shape, span) = Shape::new("chroma", size, (row_stride, pixel_stride), depth)?;
                Self::joint(bytes, (cb, cr), shape, span)
            }
        }
    }

    fn joint(
        bytes: &'a mut [u8],
        (cb, cr): (usize, usize),
        shape: Shape,
        span: usize,
    ) -> Result<Self> {
        let (first, gap, cr_first) = (cb.min(cr), cb.abs_diff(cr), cr < cb);
        if gap >= span {
            // One behind the other.
            let bytes = cut_mut("chroma", bytes, first, gap.saturating_add(span))?;
            let (one, other) = bytes.split_at_mut(gap);
            let one = &mut one[..span];
            let (cb, cr) = if cr_first { (other, one) } else { (one, other) };
            return Ok(Self::Separate { shape, cb, cr });
        }
        let sample = shape.depth.bytes();
        let row = shape.row_bytes().saturating_add(gap);
        if gap < sample
            || gap + sample > shape.pixel_stride
            || row > shape.row_stride && shape.rows > 1
        {
            return invalid(format!(
                "Cb at {cb} and Cr at {cr} with strides of {} and {} bytes overlap; they must lie side by side or one behind the other",
                shape.row_stride, shape.pixel_stride
            ));
        }
        let bytes = cut_mut("chroma", bytes, first, span.saturating_add(gap))?;
        Ok(Self::Interleaved {
            shape,
            bytes,
            gap,
            cr_first,
        })
    }

    /// Both planes, Cb first, to read.
    pub(super) fn planes(&self) -> [Plane<'_>; 2] {
        match self {
            Self::Separate { shape, cb, cr } => [
                Plane {
                    shape: *shape,
                    bytes: cb,
                },
                Plane {
                    shape: *shape,
                    bytes: cr,
                },
            ],
            Self::Interleaved {
                shape,
                bytes,
                gap,
                cr_first,
            } => {
                let one = Plane {
                    shape: *shape,
                    bytes,
                };
                let other = Plane {
                    shape: *shape,
                    bytes: &bytes[*gap..],
                };
                if *cr_first {
                    [other, one]
                } else {
                    [one, other]
                }
            }
        }
    }
}

/// The luma of a frame in one piece, the rest, and the size of a chroma plane.
type Split<'a> = (&'a [u8], &'a mut [u8], usize, usize);

fn split(bytes: &mut [u8], (width, height): (u32, u32), format: YuvFormat) -> Result<Split<'_>> {
    let length = u64::from(width) * u64::from(height);
    let length = length.saturating_mul(format.depth.bytes() as u64);
    let (columns, rows) = format.sampling.chroma_size(width as usize, height as usize);
    match usize::try_from(length) {
        Ok(length) if length <= bytes.len() => {
            let (luma, rest) = bytes.split_at_mut(length);
            Ok((luma, rest, columns, rows))
        }
        _ => invalid(format!(
            "the frame holds {} bytes, but the luma of {width} x {height} px takes {length}",
            bytes.len()
        )),
    }
}

fn cut<'a>(name: &str, bytes: &'a [u8], start: usize, span: usize) -> Result<&'a [u8]> {
    let end = start.saturating_add(span);
    bytes
        .get(start..end)
        .ok_or_else(|| short(name, bytes.len(), end))
}

fn cut_mut<'a>(name: &str, bytes: &'a mut [u8], start: usize, span: usize) -> Result<&'a mut [u8]> {
    let (length, end) = (bytes.len(), start.saturating_add(span));
    bytes
        .get_mut(start..end)
        .ok_or_else(|| short(name, length, end))
}

fn short(name: &str, length: usize, needed: usize) -> crate::error::Error {
    let message =
        format!("the {name} memory holds {length} bytes, but size and strides take {needed}");
    crate::error::Error::new(crate::error::ErrorKind::InvalidPixels, message)
}
