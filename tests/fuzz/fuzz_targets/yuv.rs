//! Any view of a YUV frame in memory: an error, or every chroma sample within the bound and every other byte untouched.

#![no_main]

use confounder::{
    ChromaPlanes, ChromaSampling, Orientation, ProtectOptions, SampleDepth, Strength, YuvFormat,
    YuvMatrix, YuvMut, YuvRange,
};
use confounder_fuzz::{abort_on_our_panics, limits, protector};
use libfuzzer_sys::arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;

/// Longest piece of memory.
const LONGEST: usize = 1 << 19;

struct View {
    size: (u32, u32),
    format: YuvFormat,
    orientation: Orientation,
    strength: Strength,
    luma: Vec<u8>,
    luma_strides: (usize, usize),
    /// Cb and Cr, or one piece for both.
    chroma: [Vec<u8>; 2],
    /// Where Cb and Cr begin in the one piece.
    joint: Option<(usize, usize)>,
    chroma_strides: (usize, usize),
}

/// A number near `near`, or any.
fn number(input: &mut Unstructured<'_>, wild: bool, near: usize, more: usize) -> Result<usize> {
    if wild {
        return input.arbitrary();
    }
    // Now and then one or two too few.
    let less = input.int_in_range(0..=17)?.max(15usize) - 15;
    let more: usize = input.int_in_range(0..=more)?;
    Ok(near.saturating_add(more).saturating_sub(less))
}

/// The bytes of samples with such strides.
fn span((columns, rows): (usize, usize), (row, pixel): (usize, usize), sample: usize) -> usize {
    let last = columns.saturating_sub(1).saturating_mul(pixel);
    let above = rows.saturating_sub(1).saturating_mul(row);
    last.saturating_add(above).saturating_add(sample)
}

impl View {
    fn read(input: &mut Unstructured<'_>) -> Result<Self> {
        let format = YuvFormat::new()
            .sampling(*input.choose(&[
                ChromaSampling::S420,
                ChromaSampling::S422,
                ChromaSampling::S444,
            ])?)
            .depth(*input.choose(&[SampleDepth::Eight, SampleDepth::TenHigh])?)
            .matrix(*input.choose(&[YuvMatrix::Bt601, YuvMatrix::Bt709])?)
            .range(*input.choose(&[YuvRange::Full, YuvRange::Limited])?);
        let wild = input.ratio(1u8, 16u8)?;
        let size: (u32, u32) = if wild {
            (input.arbitrary()?, input.arbitrary()?)
        } else {
            (input.int_in_range(0..=300)?, input.int_in_range(0..=200)?)
        };
        let orientation = Orientation::from_exif(input.int_in_range(1..=8)?).unwrap_or_default();
        let strength =
            Strength::new(f32::from(input.int_in_range(0u8..=15)?) / 10.0).unwrap_or_default();

        let sample = format.depth.bytes();
        let luma_size = (size.0 as usize, size.1 as usize);
        let pixel = number(input, wild, sample, 3)?;
        let row = number(input, wild, luma_size.0.saturating_mul(pixel), 20)?;
        let luma_strides = (row, pixel);
        let luma_length = number(input, wild, span(luma_size, luma_strides, sample), 4)?;

        let chroma_size = format.sampling.chroma_size(luma_size.0, luma_size.1);
        let joint = input.arbitrary()?;
        let samples = if joint { 2 * sample } else { sample };
        let pixel = number(input, wild, samples, 3)?;
        let row = number(input, wild, chroma_size.0.saturating_mul(pixel), 20)?;
        let chroma_strides = (row, pixel);
        let one = span(chroma_size, chroma_strides, sample);
        let (offsets, length) = if joint {
            let behind: bool = input.arbitrary()?;
            let gap = number(input, wild, if behind { one } else { sample }, 3)?;
            let first = number(input, wild, 0, 5)?;
            let second = first.saturating_add(gap);
            let offsets = if input.arbitrary()? { (first, second) } else { (second, first) };
            (Some(offsets), number(input, wild, second.saturating_add(one), 4)?)
        } else {
            (None, number(input, wild, one, 4)?)
        };
        let pattern: Vec<u8> = input.bytes(input.len().min(4096))?.to_vec();
        let fill = |length: usize| -> Vec<u8> {
            let bytes = pattern.iter().copied().chain([128]).cycle();
            bytes.take(length.min(LONGEST)).collect()
        };
        let second = if joint { Vec::new() } else { fill(length) };
        Ok(Self {
            size,
            format,
            orientation,
            strength,
            luma: fill(luma_length),
            luma_strides,
            chroma: [fill(length), second],
            joint: offsets,
            chroma_strides,
        })
    }

    /// Protects copies of the chroma planes; `None` where that is refused.
    fn protect(&self) -> Option<[Vec<u8>; 2]> {
        let [mut one, mut other] = self.chroma.clone();
        let (row_stride, pixel_stride) = self.chroma_strides;
        let planes = match self.joint {
            Some((cb, cr)) => ChromaPlanes::Interleaved {
                bytes: &mut one,
                cb,
                cr,
                row_stride,
                pixel_stride,
            },
            None => ChromaPlanes::Separate {
                cb: &mut one,
                cr: &mut other,
                row_stride,
                pixel_stride,
            },
        };
        let mut frame =
            YuvMut::new(self.size, &self.luma, self.luma_strides, planes, self.format).ok()?;
        let options = ProtectOptions::new().limits(limits()).strength(self.strength);
        protector()
            .protect_yuv(&mut frame, self.orientation, &options)
            .ok()?;
        Some([one, other])
    }

    /// Which piece of memory and where in it the chroma samples lie.
    fn samples(&self) -> Vec<(usize, usize)> {
        let (columns, rows) = (self.size.0 as usize, self.size.1 as usize);
        let (columns, rows) = self.format.sampling.chroma_size(columns, rows);
        let (row, pixel) = self.chroma_strides;
        let planes = match self.joint {
            Some((cb, cr)) => [(0, cb), (0, cr)],
            None => [(0, 0), (1, 0)],
        };
        let places = (0..rows).flat_map(|y| (0..columns).map(move |x| y * row + x * pixel));
        places
            .flat_map(|at| planes.map(|(piece, offset)| (piece, offset + at)))
            .collect()
    }
}

/// The value of a sample, and the bits of it that must not change.
fn sample(bytes: &[u8], at: usize, depth: SampleDepth) -> (u16, u16) {
    if depth == SampleDepth::Eight {
        return (bytes[at].into(), 0);
    }
    let stored = u16::from_le_bytes([bytes[at], bytes[at + 1]]);
    (stored >> 6, stored & 0x3F)
}

fuzz_target!(init: abort_on_our_panics(), |input: &[u8]| {
    let Ok(view) = View::read(&mut Unstructured::new(input)) else {
        return;
    };
    let Some(mut protected) = view.protect() else {
        return;
    };
    let depth = view.format.depth;
    let largest = if depth == SampleDepth::Eight { 255.0 } else { 1023.0 };
    let epsilon = f64::from(protector().generator().epsilon());
    let bound = (largest * epsilon * f64::from(view.strength.get())).ceil() as u16;
    // What may have changed is put back; then all must be as before.
    for (piece, at) in view.samples() {
        let (before, kept) = sample(&view.chroma[piece], at, depth);
        let (after, still) = sample(&protected[piece], at, depth);
        assert!(before.abs_diff(after) <= bound, "{at}: {before} became {after}, bound {bound}");
        assert_eq!(kept, still, "the unused bits at {at} changed");
        let place = at..at + depth.bytes();
        protected[piece][place.clone()].copy_from_slice(&view.chroma[piece][place]);
    }
    assert!(protected == view.chroma, "bytes between the samples changed");
});
