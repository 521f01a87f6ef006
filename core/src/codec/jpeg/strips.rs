//! Encoding by several threads: horizontal strips, joined by restart markers (ITU-T T.81, B.2.1 and E.1.4).
//!
//! After a restart marker a scan goes on as if it had just begun, so strips that are encoded apart can be put one
//! after the other. Where the strips begin depends on the photo alone: the bytes are the same for any number of threads.

use img_parts::Bytes;
use img_parts::jpeg::{Jpeg, JpegSegment, markers};

use super::encoding::Encoding;
use crate::error::{Error, ErrorKind, Result};
use crate::pixels::PixelLayout;

/// Rows of minimum coded units (MCUs) in a strip: 128 or 256 rows of pixels.
const UNITS_DOWN: u16 = 16;

/// How a photo is cut.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Strips {
    height: u16,
    /// Rows of pixels in every strip but the last, which may have fewer.
    pub(super) rows: u16,
    /// MCUs in every strip but the last: the restart interval.
    units: u16,
}

impl Strips {
    /// Progressive photos are one strip: their scans go over the whole photo several times.
    pub(super) fn new(width: u16, height: u16, layout: PixelLayout, encoding: &Encoding) -> Self {
        // A scan of one component is not interleaved: its minimum coded unit is one block (A.2.2).
        let (horizontal, vertical) = if layout.is_gray() {
            (1, 1)
        } else {
            encoding.sampling
        };
        let (across, down) = (8 * u16::from(horizontal), 8 * u16::from(vertical));
        let units_across = width.div_ceil(across).max(1);
        // A restart interval ends at 65,535 MCUs.
        let units_down = UNITS_DOWN.min(u16::MAX / units_across);
        let rows = if encoding.progressive {
            height
        } else {
            (units_down * down).min(height)
        };
        Self {
            height,
            rows: rows.max(1),
            units: units_across * units_down,
        }
    }

    pub(super) fn count(&self) -> usize {
        usize::from(self.height.div_ceil(self.rows))
    }

    /// Joins the strips, each encoded as a photo of its own with the same tables.
    ///
    /// # Errors
    /// [`ErrorKind::Encode`] where a strip is not what the encoder writes.
    pub(super) fn join(&self, strips: Vec<Jpeg>) -> Result<Jpeg> {
        let unexpected = || {
            Error::new(
                ErrorKind::Encode,
                "the encoder wrote a JPEG of an unexpected form",
            )
        };
        let mut joined = Vec::new();
        for (i, strip) in strips.iter().enumerate() {
            if i > 0 {
                // RST0 to RST7, over and over.
                joined.extend([0xFF, markers::RST0 + ((i - 1) % 8) as u8]);
            }
            joined.extend_from_slice(&scan(strip).ok_or_else(unexpected)?);
        }
        joined.extend([0xFF, markers::EOI]);

        let mut whole = strips.into_iter().next().ok_or_else(unexpected)?;
        let segments = whole.segments_mut();
        let frame = segments
            .iter_mut()
            .find(|segment| segment.marker() == markers::SOF0);
        let frame = frame.ok_or_else(unexpected)?;
        let mut header = frame.contents().to_vec();
        header
            .get_mut(1..3)
            .ok_or_else(unexpected)?
            .copy_from_slice(&self.height.to_be_bytes());
        *frame = JpegSegment::new_with_contents(markers::SOF0, header.into());

        let header = segments.pop().ok_or_else(unexpected)?.contents().clone();
        let interval = Bytes::copy_from_slice(&self.units.to_be_bytes());
        segments.push(JpegSegment::new_with_contents(markers::DRI, interval));
        segments.push(JpegSegment::new_with_entropy(
            markers::SOS,
            header,
            joined.into(),
        ));
        Ok(whole)
    }
}

/// The entropy-coded data of a photo with one scan, without the end marker.
fn scan(jpeg: &Jpeg) -> Option<Vec<u8>> {
    let scan = jpeg
        .segments()
        .last()
        .filter(|segment| segment.marker() == markers::SOS)?;
    let start = scan.len();
    let mut bytes = Vec::from(scan.clone().encoder().bytes());
    let data = bytes.split_off(start.min(bytes.len()));
    data.strip_suffix(&[0xFF, markers::EOI]).map(<[u8]>::to_vec)
}

#[cfg(test)]
mod tests {
    use super::super::decode::decode;
    use super::super::encode::encode;
    use super::*;
    use crate::codec::photo::Decoded;
    use crate::options::ProtectOptions;

    fn encoding(sampling: (u8, u8), progressive: bool) -> Encoding {
        Encoding {
            components: 3,
            tables: None,
            quality: 95,
            sampling,
            gain_map: None,
            density: None,
            progressive,
        }
    }

    /// Slow waves, so that every strip differs from the next and compression loses little.
    fn photo(samples: usize, height: usize) -> Vec<u8> {
        let wave = |x: usize, y: usize, c: usize| {
            (128.0 + 90.0 * ((x + 40 * c) as f32 / 37.0).sin() * (y as f32 / 53.0).cos()) as u8
        };
        (0..height)
            .flat_map(|y| (0..samples).map(move |i| wave(i / 3, y, i % 3)))
            .collect()
    }

    #[test]
    fn joined_strips_are_one_photo() {
        for (size, sampling) in [
            ((33, 900), (2, 2)),
            ((40, 256), (2, 1)),
            ((17, 1025), (1, 1)),
            ((50, 511), (1, 2)),
        ] {
            let (width, height) = size;
            for layout in [PixelLayout::Rgb8, PixelLayout::Gray8] {
                let pixels = photo(width * layout.samples_per_pixel(), height);
                let encoding = std::sync::Arc::new(encoding(sampling, false));
                assert!(
                    Strips::new(width as u16, height as u16, PixelLayout::Rgb8, &encoding).count()
                        > 1
                        || height <= 256
                );
                let before = pixels.clone();
                let decoded = Decoded { pixels, layout };
                let size = (width as u32, height as u32);
                let options = ProtectOptions::new();
                let jpeg = encode(decoded, size, &encoding, &[], &options).expect("encoded");
                let back = decode(&jpeg, size, &options.cancel).expect("a strict decoder reads it");
                assert_eq!(back.layout, layout);
                let pairs = before.iter().zip(&back.pixels);
                let largest = pairs.map(|(a, b)| a.abs_diff(*b)).max();
                assert!(largest < Some(16), "{size:?} {sampling:?}: {largest:?}");
            }
        }
    }

    #[test]
    fn cuts_fit_restart_intervals() {
        for (width, sampling) in [
            (1, (1, 1)),
            (4080, (2, 2)),
            (65_535, (1, 1)),
            (65_535, (2, 2)),
        ] {
            let strips = Strips::new(width, 65_535, PixelLayout::Rgb8, &encoding(sampling, false));
            assert_eq!(u32::from(strips.rows) % (8 * u32::from(sampling.1)), 0);
            let units = u32::from(width).div_ceil(8 * u32::from(sampling.0))
                * u32::from(strips.rows)
                / (8 * u32::from(sampling.1));
            assert_eq!(units, u32::from(strips.units));
        }
        let progressive = encoding((2, 2), true);
        assert_eq!(
            Strips::new(100, 5000, PixelLayout::Rgb8, &progressive).count(),
            1
        );
    }
}
