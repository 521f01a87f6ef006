#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;
use crate::error::ErrorKind;

/// The length that a joint frame of the given shape needs, if it is valid.
fn try_frame(
    size: (u32, u32),
    luma: usize,
    luma_strides: (usize, usize),
    chroma: usize,
    (cb, cr): (usize, usize),
    (row_stride, pixel_stride): (usize, usize),
) -> Option<ErrorKind> {
    let luma = vec![0; luma];
    let mut bytes = vec![0; chroma];
    let planes = ChromaPlanes::Interleaved {
        bytes: &mut bytes,
        cb,
        cr,
        row_stride,
        pixel_stride,
    };
    YuvMut::new(size, &luma, luma_strides, planes, YuvFormat::new())
        .err()
        .map(|e| e.kind())
}

#[test]
fn every_length_is_checked() {
    // 5 x 3 px: luma rows of 8, chroma 3 x 2.
    assert_eq!(try_frame((5, 3), 21, (8, 1), 14, (1, 0), (8, 2)), None);
    assert_eq!(
        try_frame((5, 3), 21, (8, 1), 11, (0, 6), (3, 1)),
        Some(ErrorKind::InvalidPixels)
    );
    assert_eq!(try_frame((5, 3), 21, (8, 1), 12, (0, 6), (3, 1)), None);
    assert_eq!(try_frame((5, 3), 21, (8, 1), 12, (6, 0), (3, 1)), None);
    let bad = [
        ((5, 3), 20, (8, 1), 14, (1, 0), (8, 2)),
        ((5, 3), 21, (8, 1), 13, (1, 0), (8, 2)),
        ((5, 3), 21, (4, 1), 14, (1, 0), (8, 2)),
        ((5, 3), 21, (8, 0), 14, (1, 0), (8, 2)),
        ((5, 3), 21, (8, 1), 14, (1, 0), (4, 2)),
        ((5, 3), 21, (8, 1), 14, (0, 0), (8, 2)),
        ((5, 3), 21, (8, 1), 20, (0, 3), (8, 2)),
        ((5, 3), 21, (8, 1), 14, (1, 0), (5, 2)),
        ((0, 3), 21, (8, 1), 14, (1, 0), (8, 2)),
        ((5, 0), 21, (8, 1), 14, (1, 0), (8, 2)),
        ((5, 3), 21, (usize::MAX, 1), 14, (1, 0), (8, 2)),
        ((5, 3), 21, (8, usize::MAX), 14, (1, 0), (8, 2)),
        ((5, 3), 21, (8, 1), 14, (usize::MAX, 0), (8, 2)),
        ((5, 3), 21, (8, 1), 14, (usize::MAX, usize::MAX - 1), (8, 2)),
        ((5, 3), 21, (8, 1), 14, (1, 0), (usize::MAX, usize::MAX / 2)),
        (
            (u32::MAX, u32::MAX),
            21,
            (usize::MAX, 1),
            14,
            (1, 0),
            (8, 2),
        ),
    ];
    for (size, luma, strides, chroma, offsets, chroma_strides) in bad {
        let found = try_frame(size, luma, strides, chroma, offsets, chroma_strides);
        assert_eq!(
            found,
            Some(ErrorKind::InvalidPixels),
            "{size:?} {strides:?} {offsets:?} {chroma_strides:?}"
        );
    }
}

#[test]
fn frames_in_one_piece_are_checked() {
    for (width, height, length) in [(4, 4, 24), (5, 3, 27), (1, 1, 3)] {
        let mut bytes = vec![0; length];
        assert!(YuvMut::i420(&mut bytes, width, height).is_ok());
        assert!(YuvMut::nv12(&mut bytes, width, height).is_ok());
        assert!(YuvMut::nv21(&mut bytes, width, height).is_ok());
        assert!(YuvMut::p010(&mut bytes, width, height).is_err());
        assert!(YuvMut::p010(&mut vec![0; 2 * length], width, height).is_ok());
        let short = &mut bytes[..length - 1];
        assert!(YuvMut::i420(short, width, height).is_err());
        assert!(YuvMut::nv12(short, width, height).is_err());
        assert!(YuvMut::nv21(short, u32::MAX, u32::MAX).is_err());
        assert!(YuvMut::p010(short, width, u32::MAX).is_err());
    }
}

proptest! {
    /// Any numbers give a view or an error.
    #[test]
    fn hostile_numbers_never_panic(
        width in prop_oneof![0u32..9, any::<u32>()], height in prop_oneof![0u32..9, any::<u32>()],
        strides in prop::array::uniform4(prop_oneof![0usize..40, any::<usize>()]),
        offsets in prop::array::uniform2(prop_oneof![0usize..40, any::<usize>()]), ten: bool, separate: bool,
    ) {
        let luma = [0; 64];
        let (mut one, mut other) = ([0; 64], [0; 64]);
        let (row_stride, pixel_stride) = (strides[2], strides[3]);
        let planes = if separate {
            ChromaPlanes::Separate { cb: &mut one, cr: &mut other, row_stride, pixel_stride }
        } else {
            ChromaPlanes::Interleaved { bytes: &mut one, cb: offsets[0], cr: offsets[1], row_stride, pixel_stride }
        };
        let depth = if ten { SampleDepth::TenHigh } else { SampleDepth::Eight };
        let format = YuvFormat::new().depth(depth);
        if let Ok(frame) = YuvMut::new((width, height), &luma, (strides[0], strides[1]), planes, format) {
            let planes = grid::to_planes(&frame, (4, 4), &crate::CancelToken::new()).unwrap();
            prop_assert!(planes.iter().all(|v| (0.0..=1.0).contains(v)));
        }
    }
}

/// Numbers of ITU-T T.871 (JFIF), 7 and of BT.709-6, 3.
#[test]
fn samples_mean_what_the_standards_say() {
    let near = |a: [f32; 3], b: [f32; 3]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-3);
    let full = YuvFormat::new();
    let code = |format: YuvFormat, [y, cb, cr]: [f32; 3]| {
        let ((black, luma), (zero, chroma)) = (format.luma_scale(), format.chroma_scale());
        format.rgb(
            (y - black) / luma,
            (cb - zero) / chroma,
            (cr - zero) / chroma,
        )
    };
    assert!(
        near(code(full, [76.245, 84.972, 255.5]), [1.0, 0.0, 0.0]),
        "{:?}",
        code(full, [76.245, 84.972, 255.5])
    );
    let video = full.matrix(YuvMatrix::Bt709).range(YuvRange::Limited);
    // Red: Y 16 + 219 * 0.2126, Cb 128 - 224 * 0.2126 / 1.8556, Cr 240.
    assert!(
        near(code(video, [62.559, 102.336, 240.0]), [1.0, 0.0, 0.0]),
        "{:?}",
        code(video, [62.559, 102.336, 240.0])
    );
    assert!(near(
        code(video.depth(SampleDepth::TenHigh), [940.0, 512.0, 512.0]),
        [1.0, 1.0, 1.0]
    ));
    for format in [full, video] {
        let [cb, cr] = format.chroma([0.02, 0.01, -0.03]);
        let back = format.rgb(0.0, cb, cr);
        let luma = 0.02 - back[0];
        assert!(
            near(back, [0.02 - luma, 0.01 - luma, -0.03 - luma]),
            "{back:?}"
        );
    }
}
