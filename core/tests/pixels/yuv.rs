//! Planar frames: every layout gives the same chroma, and nothing else is touched.

use confounder::{
    ChromaPlanes, ChromaSampling, ErrorKind, Limits, Orientation, ProtectOptions, Protector,
    ProtectorOptions, SampleDepth, Strength, YuvFormat, YuvMut,
};
use proptest::prelude::*;

use crate::common::{self, EPSILON, Noise, code_generator, read};

fn protector() -> Protector {
    Protector::open(
        read(&code_generator(Some(32))).unwrap(),
        ProtectorOptions::new(),
    )
    .unwrap()
}

/// A picture of 8-bit planes without padding.
#[derive(Clone, PartialEq, Debug)]
struct Picture {
    size: (usize, usize),
    chroma_size: (usize, usize),
    luma: Vec<u8>,
    cb: Vec<u8>,
    cr: Vec<u8>,
}

/// Soft colours with noise on top.
fn picture(size: (usize, usize), sampling: ChromaSampling, seed: u64) -> Picture {
    let mut noise = Noise(seed);
    let (columns, rows) = sampling.chroma_size(size.0, size.1);
    let mut plane = |(width, height): (usize, usize), low: usize| -> Vec<u8> {
        let soft = |i: usize| low + 60 * (i % width) / width + 50 * (i / width) / height;
        (0..width * height)
            .map(|i| (soft(i) as f32 + 12.0 * noise.next()) as u8)
            .collect()
    };
    let (luma, cb, cr) = (
        plane(size, 70),
        plane((columns, rows), 75),
        plane((columns, rows), 65),
    );
    Picture {
        size,
        chroma_size: (columns, rows),
        luma,
        cb,
        cr,
    }
}

fn small(size: (usize, usize)) -> (u32, u32) {
    (size.0 as u32, size.1 as u32)
}

/// Lays samples so far apart over `bytes`.
fn spread(
    samples: &[u8],
    columns: usize,
    (row, pixel): (usize, usize),
    bytes: &mut [u8],
    offset: usize,
) {
    for (i, &sample) in samples.iter().enumerate() {
        let at = offset + i / columns * row + i % columns * pixel;
        bytes[at] = sample;
    }
}

fn gather(
    bytes: &[u8],
    (columns, rows): (usize, usize),
    (row, pixel): (usize, usize),
    offset: usize,
) -> Vec<u8> {
    (0..columns * rows)
        .map(|i| bytes[offset + i / columns * row + i % columns * pixel])
        .collect()
}

/// Protects a picture laid out with padding of `pad` bytes to the row and `pixel` bytes to the sample, interleaved or
/// not; checks that luma and everything between the samples stay.
fn laid_out(
    start: &Picture,
    joint: bool,
    cr_first: bool,
    pad: usize,
    pixel: usize,
    options: &ProtectOptions,
) -> Picture {
    let (columns, rows) = start.chroma_size;
    let luma_stride = start.size.0 + pad;
    let mut luma = vec![0xEE; luma_stride * start.size.1];
    spread(&start.luma, start.size.0, (luma_stride, 1), &mut luma, 0);
    let strides = (columns * pixel + pad, pixel);
    let length = strides.0 * rows + pixel;
    let (first, second) = if cr_first {
        (&start.cr, &start.cb)
    } else {
        (&start.cb, &start.cr)
    };
    let second_at = if joint { 1 } else { length };
    let mut chroma = vec![0xEE; 2 * length];
    spread(first, columns, strides, &mut chroma, 0);
    spread(second, columns, strides, &mut chroma, second_at);
    let before = chroma.clone();
    let (cb, cr) = if cr_first {
        (second_at, 0)
    } else {
        (0, second_at)
    };
    let planes = ChromaPlanes::Interleaved {
        bytes: &mut chroma,
        cb,
        cr,
        row_stride: strides.0,
        pixel_stride: pixel,
    };
    let mut frame = YuvMut::new(
        small(start.size),
        &luma,
        (luma_stride, 1),
        planes,
        YuvFormat::new(),
    )
    .unwrap();
    protector()
        .protect_yuv(&mut frame, Orientation::Upright, options)
        .unwrap();
    for (at, (a, b)) in before.iter().zip(&chroma).enumerate() {
        let row = |offset: usize| at >= offset && (at - offset) / strides.0 < rows;
        let sample = |offset: usize| {
            row(offset)
                && ((at - offset) % strides.0).is_multiple_of(pixel)
                && (at - offset) % strides.0 / pixel < columns
        };
        assert!(
            a == b || sample(0) || sample(second_at),
            "the padding at {at} changed"
        );
    }
    let planes = (
        gather(&chroma, (columns, rows), strides, cb),
        gather(&chroma, (columns, rows), strides, cr),
    );
    Picture {
        cb: planes.0,
        cr: planes.1,
        ..start.clone()
    }
}

/// A frame in one piece, as I420 has it, protected on so many threads.
fn tight(start: &Picture, orientation: Orientation, threads: usize) -> Picture {
    let mut bytes = [&start.luma[..], &start.cb, &start.cr].concat();
    let (width, height) = small(start.size);
    let generator = read(&code_generator(Some(32))).unwrap();
    let protector = Protector::open(generator, ProtectorOptions::new().threads(threads)).unwrap();
    let mut frame = YuvMut::i420(&mut bytes, width, height).unwrap();
    let report = protector
        .protect_yuv(&mut frame, orientation, &ProtectOptions::new())
        .unwrap();
    assert_eq!(
        (report.width, report.height, report.grid),
        (width, height, (32, 32))
    );
    let squared: u64 = [&start.luma[..], &start.cb, &start.cr]
        .concat()
        .iter()
        .zip(&bytes)
        .map(|(&a, &b)| u64::from(a.abs_diff(b)).pow(2))
        .sum();
    let psnr = 10.0 * (255.0f64.powi(2) * bytes.len() as f64 / squared as f64).log10();
    assert!(
        (report.psnr_db.unwrap() - psnr).abs() < 1e-9,
        "{:?} {psnr}",
        report.psnr_db
    );
    let (luma, chroma) = bytes.split_at(start.luma.len());
    assert_eq!(luma, start.luma, "luma changed");
    let (cb, cr) = chroma.split_at(start.cb.len());
    Picture {
        cb: cb.to_vec(),
        cr: cr.to_vec(),
        ..start.clone()
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let start = picture((333, 211), ChromaSampling::S420, 1);
    let results = [1, 2, 4].map(|threads| tight(&start, Orientation::Upright, threads));
    assert!(results[0].cb != start.cb && results[0].cr != start.cr);
    assert!(results.iter().all(|result| *result == results[0]));
}

#[test]
fn every_layout_gives_the_same_chroma() {
    for size in [(64, 48), (61, 47), (1, 1), (2, 1), (1, 9)] {
        let start = picture(size, ChromaSampling::S420, 2);
        let want = tight(&start, Orientation::Upright, 2);
        let options = ProtectOptions::new();
        for (joint, cr_first, pad, pixel) in [
            (false, false, 0, 1),
            (false, true, 13, 1),
            (false, false, 5, 2),
            (false, false, 0, 3),
            (true, false, 0, 2),
            (true, true, 0, 2),
            (true, true, 10, 2),
            (true, false, 3, 4),
        ] {
            let got = laid_out(&start, joint, cr_first, pad, pixel, &options);
            assert!(
                got == want,
                "{size:?}, joint {joint}, Cr first {cr_first}, padding {pad}, stride {pixel}"
            );
        }
        let pairs = |a: &[u8], b: &[u8]| -> Vec<u8> {
            a.iter().zip(b).flat_map(|(&a, &b)| [a, b]).collect()
        };
        let (width, height) = small(size);
        let mut nv12 = [&start.luma[..], &pairs(&start.cb, &start.cr)].concat();
        let mut frame = YuvMut::nv12(&mut nv12, width, height).unwrap();
        protector()
            .protect_yuv(&mut frame, Orientation::Upright, &options)
            .unwrap();
        assert_eq!(nv12, [&want.luma[..], &pairs(&want.cb, &want.cr)].concat());
        let mut nv21 = [&start.luma[..], &pairs(&start.cr, &start.cb)].concat();
        let mut frame = YuvMut::nv21(&mut nv21, width, height).unwrap();
        protector()
            .protect_yuv(&mut frame, Orientation::Upright, &options)
            .unwrap();
        assert_eq!(nv21, [&want.luma[..], &pairs(&want.cr, &want.cb)].concat());
    }
}

/// Ten bits: the same residual in finer steps, and the unused bits stay.
#[test]
fn ten_bits_agree_with_eight() {
    let start = picture((98, 70), ChromaSampling::S420, 3);
    let want = tight(&start, Orientation::Upright, 1);
    let words = |samples: &mut dyn Iterator<Item = u8>| -> Vec<u8> {
        samples
            .flat_map(|sample| ((u16::from(sample) << 8) | 0x15).to_le_bytes())
            .collect()
    };
    let pairs = start
        .cb
        .iter()
        .zip(&start.cr)
        .flat_map(|(&cb, &cr)| [cb, cr]);
    let luma = words(&mut start.luma.iter().copied());
    let mut bytes = [luma.clone(), words(&mut pairs.into_iter())].concat();
    let mut frame = YuvMut::p010(&mut bytes, 98, 70).unwrap();
    protector()
        .protect_yuv(&mut frame, Orientation::Upright, &ProtectOptions::new())
        .unwrap();
    assert_eq!(bytes[..luma.len()], luma);
    let chroma: Vec<u16> = bytes[luma.len()..]
        .chunks(2)
        .map(|b| u16::from_le_bytes([b[0], b[1]]))
        .collect();
    let mut off = 0.0;
    for (i, &word) in chroma.iter().enumerate() {
        assert_eq!(word & 0x3F, 0x15, "the unused bits changed");
        let eight = if i % 2 == 0 { &want.cb } else { &want.cr }[i / 2];
        let difference = f64::from(word >> 6) / 4.0 - f64::from(eight);
        assert!(
            difference.abs() < 1.5,
            "{i}: {} in ten bits, {eight} in eight",
            word >> 6
        );
        off += difference / chroma.len() as f64;
    }
    assert!(off.abs() < 0.05, "ten bits are off by {off} on average");
}

#[test]
fn what_cannot_be_done_is_refused_and_changes_nothing() {
    let start = picture((40, 30), ChromaSampling::S420, 5);
    let mut bytes = [&start.luma[..], &start.cb, &start.cr].concat();
    let before = bytes.clone();
    let mut luma_too = code_generator(Some(32));
    common::set(&mut luma_too, "chroma", "false");
    let other = Protector::open(read(&luma_too).unwrap(), ProtectorOptions::new()).unwrap();
    let mut frame = YuvMut::i420(&mut bytes, 40, 30).unwrap();
    let error = other
        .protect_yuv(&mut frame, Orientation::Upright, &ProtectOptions::new())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidOptions);
    assert!(error.to_string().contains("luma"), "{error}");
    let limited = ProtectOptions::new().limits(Limits::new().max_pixels(1199));
    let error = protector()
        .protect_yuv(&mut frame, Orientation::Upright, &limited)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    let cancelled = ProtectOptions::new();
    cancelled.cancel.cancel();
    let error = protector()
        .protect_yuv(&mut frame, Orientation::Upright, &cancelled)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert_eq!(bytes, before);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    /// A chroma-only residual within epsilon moves Cb and Cr by epsilon / 1.402 at most.
    #[test]
    fn the_bound_holds_and_luma_stays(
        width in 1usize..90, height in 1usize..90, strength in 0.0f32..1.5, seed in 1u64.., ten: bool, sampling in 0usize..3,
    ) {
        let sampling = [ChromaSampling::S420, ChromaSampling::S422, ChromaSampling::S444][sampling];
        let depth = if ten { SampleDepth::TenHigh } else { SampleDepth::Eight };
        let (columns, rows) = sampling.chroma_size(width, height);
        let mut noise = Noise(seed);
        let luma = noise.samples(width * height * depth.bytes());
        let before = noise.samples(2 * columns * rows * depth.bytes());
        let mut after = before.clone();
        let pixel_stride = 2 * depth.bytes();
        let chroma = ChromaPlanes::Interleaved {
            bytes: &mut after, cb: 0, cr: depth.bytes(), row_stride: columns * pixel_stride, pixel_stride,
        };
        let format = YuvFormat::new().sampling(sampling).depth(depth);
        let strides = (width * depth.bytes(), depth.bytes());
        let mut frame = YuvMut::new((width as u32, height as u32), &luma, strides, chroma, format).unwrap();
        let options = ProtectOptions::new().strength(Strength::new(strength).unwrap());
        protector().protect_yuv(&mut frame, Orientation::Upright, &options).unwrap();
        let value = |bytes: &[u8]| match *bytes {
            [low, high] => i32::from(u16::from_le_bytes([low, high]) >> 6),
            _ => i32::from(bytes[0]),
        };
        let peak = if ten { 1023.0 } else { 255.0 };
        let bound = (peak * EPSILON * strength / 1.402 - 1e-4).ceil() as i32;
        for (a, b) in before.chunks(depth.bytes()).zip(after.chunks(depth.bytes())) {
            prop_assert!((value(a) - value(b)).abs() <= bound, "{} became {}, bound {}", value(a), value(b), bound);
        }
    }
}
