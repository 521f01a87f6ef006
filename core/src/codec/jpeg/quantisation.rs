//! Quantisation tables of the input: used again, so that an unchanged block comes out almost unchanged.

use img_parts::jpeg::{JpegSegment, markers};

/// Where the k-th coefficient of the zig-zag sequence lies in an 8 x 8 block (ITU-T T.81, figure A.6).
const ZIGZAG: [usize; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// Luma table of ITU-T T.81, K.1, row by row: IJG quality 50.
const LUMA_50: [u16; 64] = [
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56,
    14, 17, 22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113,
    92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];

/// Luma and chroma quantisation steps, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::codec) struct Tables {
    pub(in crate::codec) luma: [u16; 64],
    pub(in crate::codec) chroma: [u16; 64],
}

impl Tables {
    /// Whether the encoder can write them (baseline tables hold steps of 1 to 255).
    pub(super) fn fits_eight_bits(&self) -> bool {
        self.luma
            .iter()
            .chain(&self.chroma)
            .all(|step| (1..=255).contains(step))
    }
}

/// The tables at the given destinations; `None` if one is missing or damaged.
pub(super) fn read(segments: &[JpegSegment], destinations: (u8, u8)) -> Option<Tables> {
    let mut tables: [Option<[u16; 64]>; 4] = [None; 4];
    for segment in segments
        .iter()
        .filter(|segment| segment.marker() == markers::DQT)
    {
        let mut rest: &[u8] = segment.contents();
        while let Some((&head, tail)) = rest.split_first() {
            let width = if head >> 4 == 0 { 1 } else { 2 };
            let steps = tail.get(..64 * width)?;
            *tables.get_mut(usize::from(head & 15))? = Some(table(steps, width));
            rest = &tail[64 * width..];
        }
    }
    let at = |destination: u8| tables.get(usize::from(destination)).copied().flatten();
    Some(Tables {
        luma: at(destinations.0)?,
        chroma: at(destinations.1)?,
    })
}

fn table(steps: &[u8], width: usize) -> [u16; 64] {
    let mut table = [0; 64];
    for (step, &place) in steps.chunks_exact(width).zip(&ZIGZAG) {
        table[place] = step
            .iter()
            .fold(0, |value, &byte| value << 8 | u16::from(byte));
    }
    table
}

/// The IJG quality (1 to 100) whose luma table is closest to the given one in sum of absolute differences.
pub(in crate::codec) fn estimate_quality(luma: &[u16; 64]) -> u8 {
    let distance = |quality: &u8| -> u32 {
        let scaled = LUMA_50.iter().map(|&step| ijg_step(step, *quality));
        scaled
            .zip(luma)
            .map(|(a, &b)| u32::from(a.abs_diff(b)))
            .sum()
    };
    (1..=100).rev().min_by_key(distance).unwrap_or(90)
}

/// libjpeg's `jpeg_quality_scaling`, clamped to baseline.
fn ijg_step(step: u16, quality: u8) -> u16 {
    let quality = u32::from(quality);
    let scale = if quality < 50 {
        5000 / quality
    } else {
        200 - 2 * quality
    };
    ((u32::from(step) * scale + 50) / 100).clamp(1, 255) as u16
}

#[cfg(test)]
mod tests {
    use super::*;
    use img_parts::Bytes;

    #[test]
    fn finds_every_ijg_quality() {
        for quality in 8..=100 {
            let table = LUMA_50.map(|step| ijg_step(step, quality));
            assert_eq!(estimate_quality(&table), quality);
        }
    }

    #[test]
    fn reads_both_widths_and_undoes_the_zigzag() {
        let narrow: Vec<u8> = std::iter::once(0).chain(1..=64).collect();
        let wide: Vec<u8> = std::iter::once(0x11)
            .chain((1..=64).flat_map(|v| [1, v]))
            .collect();
        let segment =
            JpegSegment::new_with_contents(markers::DQT, Bytes::from([narrow, wide].concat()));
        let tables = read(&[segment], (0, 1)).expect("valid");
        assert_eq!(tables.luma[..3], [1, 2, 6]);
        assert_eq!(tables.chroma[8], 256 + 3);
        assert!(!tables.fits_eight_bits());
    }

    #[test]
    fn damaged_tables_are_none() {
        for contents in [&[0u8, 1, 2][..], &[0x05], &[]] {
            let segment =
                JpegSegment::new_with_contents(markers::DQT, Bytes::copy_from_slice(contents));
            assert_eq!(read(&[segment], (0, 0)), None);
        }
    }
}
