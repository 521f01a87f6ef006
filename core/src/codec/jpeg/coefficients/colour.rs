//! What a JPEG's components are: by the rules that libjpeg follows (`default_decompress_parms`).

use super::layout::Layout;
use crate::residual::Residual;

/// What the components of a JPEG stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ColourModel {
    Gray,
    /// Luma and two colour differences (JFIF; Rec. 601).
    YCbCr,
    Rgb,
    /// Cyan, magenta, yellow, black; `inverted`: 255 is no ink, as Adobe writes it.
    Cmyk {
        inverted: bool,
    },
    /// Cyan, magenta, yellow as if they were red, green, blue in YCbCr; then black. Only Adobe writes it.
    Ycck,
}

/// Luma, blue and red difference of an R'G'B' difference (JFIF 1.02).
const YCBCR: [[f32; 3]; 3] = [
    [0.299, 0.587, 0.114],
    [-0.168_735_9, -0.331_264_1, 0.5],
    [0.5, -0.418_687_6, -0.081_312_4],
];

const IDENTITY: [[f32; 3]; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

impl ColourModel {
    /// `None` for two components, which stand for nothing that is known.
    pub(super) fn of(layout: &Layout<'_>) -> Option<Self> {
        let ids: Vec<u8> = layout
            .components
            .iter()
            .map(|component| component.id)
            .collect();
        Some(match (ids.as_slice(), layout.adobe_transform) {
            ([_], _) => Self::Gray,
            ([_, _, _], _) if layout.jfif => Self::YCbCr,
            ([_, _, _], Some(0)) | ([b'R', b'G', b'B'], None) => Self::Rgb,
            ([_, _, _], _) => Self::YCbCr,
            ([_, _, _, _], Some(2)) => Self::Ycck,
            ([_, _, _, _], transform) => Self::Cmyk {
                inverted: transform.is_some(),
            },
            _ => return None,
        })
    }

    /// What one step of R', G' and B' adds to each of the first components.
    fn matrix(self) -> Vec<[f32; 3]> {
        let scaled =
            |matrix: [[f32; 3]; 3], sign: f32| matrix.map(|row| row.map(|v| v * sign)).to_vec();
        match self {
            Self::Gray => vec![YCBCR[0]],
            Self::YCbCr => scaled(YCBCR, 1.0),
            Self::Rgb | Self::Cmyk { inverted: true } => scaled(IDENTITY, 1.0),
            Self::Cmyk { inverted: false } => scaled(IDENTITY, -1.0),
            // More ink is less light.
            Self::Ycck => scaled(YCBCR, -1.0),
        }
    }

    /// The residual in steps of each component's samples, by component; `None` where a component does not change.
    ///
    /// `chroma`: the generator promises a residual without luma, so that what is left of it is rounding.
    pub(super) fn planes(
        self,
        residual: &Residual,
        scale: f32,
        chroma: bool,
    ) -> Vec<Option<Vec<f32>>> {
        let planes = self.matrix().into_iter().enumerate().map(|(index, row)| {
            let luma = index == 0 && matches!(self, Self::Gray | Self::YCbCr | Self::Ycck);
            if luma && chroma {
                return None;
            }
            let rgb = residual
                .plane(0)
                .iter()
                .zip(residual.plane(1))
                .zip(residual.plane(2));
            let plane = rgb.map(|((r, g), b)| scale * (row[0] * r + row[1] * g + row[2] * b));
            Some(plane.collect::<Vec<f32>>())
        });
        planes
            .map(|plane| plane.filter(|plane| plane.iter().any(|v| *v != 0.0)))
            .collect()
    }

    /// By how much changes `a` and `b` of two components add to the sum of squared changes of R', G' and B' (or of gray).
    pub(super) fn weight(self, a: usize, b: usize) -> f64 {
        // What one step of Y, Cb or Cr adds to R', G' and B'.
        const TO_RGB: [[f64; 3]; 3] = [
            [1.0, 1.0, 1.0],
            [0.0, -0.344_136, 1.772],
            [1.402, -0.714_136, 0.0],
        ];
        match self {
            Self::Gray => 1.0,
            Self::YCbCr | Self::Ycck => TO_RGB[a].iter().zip(TO_RGB[b]).map(|(x, y)| x * y).sum(),
            Self::Rgb | Self::Cmyk { .. } => f64::from(u8::from(a == b)),
        }
    }
}

/// The nearest sample.
pub(super) fn rounded(value: f32) -> u8 {
    // The cast cuts off, and clamps to 0..=255.
    (value + 0.5) as u8
}

/// JFIF 1.02: Rec. 601, full range.
pub(super) fn from_ycbcr([y, cb, cr]: [f32; 3]) -> [f32; 3] {
    let (cb, cr) = (cb - 128.0, cr - 128.0);
    [
        y + 1.402 * cr,
        y - 0.344_136 * cb - 0.714_136 * cr,
        y + 1.772 * cb,
    ]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_chroma_residual_leaves_luma_alone() {
        // Cb alone: R 0, G -0.344, B 1.772.
        let residual =
            Residual::new(1, 1, 0.1, vec![0.0, -0.344_136 / 100.0, 1.772 / 100.0]).unwrap();
        let planes = ColourModel::YCbCr.planes(&residual, 255.0, true);
        assert_eq!(planes[0], None);
        assert!((planes[1].as_ref().unwrap()[0] - 2.55).abs() < 1e-3);
        assert!(planes[2].as_ref().unwrap()[0].abs() < 1e-3);
        let planes = ColourModel::Ycck.planes(&residual, 255.0, true);
        assert!((planes[1].as_ref().unwrap()[0] + 2.55).abs() < 1e-3);
        assert_eq!(ColourModel::Gray.planes(&residual, 255.0, true), [None]);
        let planes = ColourModel::Cmyk { inverted: false }.planes(&residual, 255.0, true);
        assert_eq!((planes.len(), &planes[0]), (3, &None));
    }

    #[test]
    fn squared_changes_add_up() {
        let model = ColourModel::YCbCr;
        // One step of Cb: 0.344^2 + 1.772^2.
        assert!((model.weight(1, 1) - (0.344_136f64.powi(2) + 1.772f64.powi(2))).abs() < 1e-9);
        assert_eq!(model.weight(1, 2), model.weight(2, 1));
        assert_eq!(ColourModel::Rgb.weight(0, 1), 0.0);
    }
}
