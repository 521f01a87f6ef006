//! Whether a decoder saw the photo that the coefficients say.

use super::colour::ColourModel;
use super::layout::{Component, Part};
use super::photo::Photo;

/// Most by which the mean of a block may differ, in 8-bit steps: what clamping and interpolated chroma cost.
const MOST: f32 = 32.0;

/// Most by which the means of all blocks of a component may differ on average.
const MOST_ON_AVERAGE: f32 = 2.5;

impl Photo<'_> {
    /// Whether the file is coded as nearly all are: all components in the first scan, luma sampled as often as chroma or
    /// twice as often.
    pub(in crate::codec::jpeg) fn is_ordinary(&self) -> bool {
        let layout = &self.layout;
        let first = layout.parts.iter().find_map(|part| match part {
            Part::Scan(scan) => Some(scan.components.len()),
            _ => None,
        });
        let sampling = |c: &Component| (c.horizontal, c.vertical);
        let usual = match layout.components.as_slice() {
            [only] => sampling(only) == (1, 1),
            [luma, chroma @ ..] => {
                matches!(sampling(luma), (1 | 2, 1 | 2))
                    && chroma.iter().all(|c| sampling(c) == (1, 1))
            }
            [] => false,
        };
        let known = matches!(self.model, ColourModel::Gray | ColourModel::YCbCr);
        usual && known && layout.ended && first == Some(layout.components.len())
    }

    /// Whether decoded pixels, gray or RGB without padding, have the means that the blocks' DC values say.
    pub(in crate::codec::jpeg) fn agrees(&self, pixels: &[u8]) -> bool {
        let count = self.layout.components.len();
        if pixels.len() != self.layout.width * self.layout.height * count {
            return false;
        }
        (0..count).all(|component| self.component_agrees(component, pixels))
    }

    fn component_agrees(&self, component: usize, pixels: &[u8]) -> bool {
        let layout = &self.layout;
        let shape = &layout.components[component];
        let (most_h, most_v) = layout.most_sampling();
        let (wide, high) = (8 * most_h / shape.horizontal, 8 * most_v / shape.vertical);
        let (columns, rows) = (layout.width / wide, layout.height / high);
        if columns == 0 || rows == 0 {
            return false;
        }
        let scale = f32::from(shape.steps[0]) / 8.0;
        let channels = layout.components.len();
        let mut sum = 0.0;
        for row in 0..rows {
            let lines = (row * high..(row + 1) * high)
                .map(|y| &pixels[y * layout.width * channels..][..layout.width * channels]);
            let mut means = vec![0.0f32; columns];
            for line in lines {
                for (mean, part) in means.iter_mut().zip(line.chunks_exact(wide * channels)) {
                    *mean += part
                        .chunks_exact(channels)
                        .map(|pixel| of(pixel, component))
                        .sum::<f32>();
                }
            }
            for (column, mean) in means.iter().enumerate() {
                let value = self.values[component][row * shape.stride + column];
                let stated = (f32::from(value) * scale + 128.0).clamp(0.0, 255.0);
                let difference = (mean / (wide * high) as f32 - stated).abs();
                if difference > MOST {
                    return false;
                }
                sum += difference;
            }
        }
        sum / (columns * rows) as f32 <= MOST_ON_AVERAGE
    }
}

/// A component of a pixel (JFIF 1.02).
#[inline]
fn of(pixel: &[u8], component: usize) -> f32 {
    let &[r, g, b] = pixel else {
        return f32::from(pixel[0]);
    };
    let [r, g, b] = [r, g, b].map(f32::from);
    match component {
        0 => 0.299 * r + 0.587 * g + 0.114 * b,
        1 => -0.168_735_9 * r - 0.331_264_1 * g + 0.5 * b + 128.0,
        _ => 0.5 * r - 0.418_687_6 * g - 0.081_312_4 * b + 128.0,
    }
}
