//! The frame header: size, components, sampling (ITU-T T.81, B.2.2).

use img_parts::jpeg::{JpegSegment, markers};

use super::coefficients::lines;
use crate::error::{Error, ErrorKind, Result};

/// A supported frame: 8 bits, Huffman coded, one, three or four components.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) components: u8,
    pub(super) progressive: bool,
    /// Luma samples to one chroma sample, horizontally and vertically.
    pub(super) sampling: (u8, u8),
    /// Destinations of the luma and chroma quantisation tables.
    pub(super) tables: (u8, u8),
}

impl Frame {
    /// Reads the first frame header. `file`: where the number of lines is looked for if the header states none.
    pub(super) fn read(segments: &[JpegSegment], file: &[u8]) -> Result<Self> {
        let header = segments
            .iter()
            .find(|segment| is_frame(segment.marker()))
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::Decode,
                    "the JPEG has no frame header: damaged or cut short",
                )
            })?;
        check_process(header.marker())?;
        let bytes: &[u8] = header.contents();
        let damaged = || Error::new(ErrorKind::Decode, "the JPEG frame header is damaged");
        let [precision, h1, h0, w1, w0, components] = *bytes.first_chunk().ok_or_else(damaged)?;
        let (width, height) = (
            u32::from_be_bytes([0, 0, w1, w0]),
            match u16::from_be_bytes([h1, h0]) {
                0 => lines(file).map_or(0, u32::from),
                height => u32::from(height),
            },
        );
        if width == 0 || height == 0 {
            return Err(Error::new(
                ErrorKind::Decode,
                format!("the JPEG states a size of {width} x {height} px"),
            ));
        }
        if precision != 8 {
            return Err(unsupported(&format!("JPEG of {precision} bits a sample")));
        }
        let specs: Vec<&[u8]> = bytes[6..]
            .chunks_exact(3)
            .take(usize::from(components))
            .collect();
        let (sampling, tables) = match (components, specs.as_slice()) {
            (1, [y]) => ((1, 1), (y[2], y[2])),
            (3, [y, cb, cr]) => (relative_sampling(y[1], cb[1], cr[1]), (y[2], cb[2])),
            (4, [first, ..]) => ((1, 1), (first[2], first[2])),
            _ => {
                return Err(Error::new(
                    ErrorKind::Decode,
                    format!("the JPEG states {components} components"),
                ));
            }
        };
        Ok(Self {
            width,
            height,
            components,
            progressive: header.marker() == markers::SOF2,
            sampling,
            tables,
        })
    }
}

/// A SOFn marker: 0xC0 to 0xCF but DHT, JPG and DAC.
fn is_frame(marker: u8) -> bool {
    matches!(marker, 0xC0..=0xCF) && !matches!(marker, 0xC4 | 0xC8 | 0xCC)
}

fn check_process(marker: u8) -> Result<()> {
    match marker {
        0xC0..=0xC2 => Ok(()),
        0xC3 => Err(unsupported("lossless JPEG")),
        0xC9..=0xCB => Err(unsupported("arithmetically coded JPEG")),
        _ => Err(unsupported("hierarchical JPEG")),
    }
}

fn unsupported(what: &str) -> Error {
    Error::new(
        ErrorKind::UnsupportedFormat,
        format!(
            "{what} is not supported; save the photo as an ordinary 8-bit RGB JPEG or as PNG first"
        ),
    )
}

/// Sampling that the encoder can repeat; anything unusual becomes 1 x 1 (nothing is lost by that).
fn relative_sampling(y: u8, cb: u8, cr: u8) -> (u8, u8) {
    let (h, v) = (y >> 4, y & 15);
    match (h, v) {
        (1 | 2, 1 | 2) if cb == 0x11 && cr == 0x11 => (h, v),
        _ => (1, 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use img_parts::Bytes;

    fn frame(marker: u8, contents: &'static [u8]) -> Result<Frame> {
        let header = JpegSegment::new_with_contents(marker, Bytes::from_static(contents));
        Frame::read(&[header], &[])
    }

    const YCC_420: &[u8] = &[8, 0, 32, 0, 48, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1];

    #[test]
    fn reads_size_and_sampling() {
        let frame = frame(0xC2, YCC_420).expect("valid");
        assert_eq!(
            (frame.width, frame.height, frame.sampling, frame.tables),
            (48, 32, (2, 2), (0, 1))
        );
        assert!(frame.progressive);
    }

    #[test]
    fn refusals_say_what() {
        let refused = |marker, contents| frame(marker, contents).expect_err("must be refused");
        assert!(refused(0xC3, YCC_420).to_string().contains("lossless"));
        assert!(refused(0xC9, YCC_420).to_string().contains("arithmetic"));
        assert!(
            refused(0xC1, &[12, 0, 32, 0, 48, 3])
                .to_string()
                .contains("12 bits")
        );
        assert_eq!(
            refused(0xC0, &[8, 0, 0, 0, 48, 3]).kind(),
            ErrorKind::Decode
        );
        assert_eq!(refused(0xC0, &[8, 0]).kind(), ErrorKind::Decode);
        assert_eq!(
            refused(0xC0, &[8, 0, 32, 0, 48, 3, 1, 0x22]).kind(),
            ErrorKind::Decode
        );
    }
}
