//! The photo at an eighth of its size: the DC value of a block is the mean of its samples (times 8).

use super::Photo;
use super::colour::ColourModel;

/// A photo of one pixel per 8 x 8 pixels, rounded up.
pub(in crate::codec) struct Preview {
    pub(in crate::codec) width: usize,
    pub(in crate::codec) height: usize,
    pub(in crate::codec) samples: PreviewSamples,
}

/// Interleaved samples of 8 bits.
pub(in crate::codec) enum PreviewSamples {
    /// In the photo's own colour space.
    Rgb(Vec<u8>),
    /// Cyan, magenta, yellow, black. `inverted`: 255 is no ink.
    Cmyk { samples: Vec<u8>, inverted: bool },
}

impl Photo<'_> {
    /// Scales the photo down by 8. Costs no inverse transform.
    pub(in crate::codec) fn preview(&self) -> Preview {
        let (width, height) = (
            self.layout.width.div_ceil(8),
            self.layout.height.div_ceil(8),
        );
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let samples = match self.model {
            ColourModel::Gray => rgb(pixels, |at| [self.sample(0, at); 3]),
            ColourModel::Rgb => rgb(pixels, |at| self.three(at)),
            ColourModel::YCbCr => rgb(pixels, |at| from_ycbcr(self.three(at))),
            ColourModel::Cmyk { inverted } => PreviewSamples::Cmyk {
                samples: pixels
                    .flat_map(|at| {
                        let [c, m, y] = self.three(at);
                        [c, m, y, self.sample(3, at)]
                    })
                    .map(rounded)
                    .collect(),
                inverted,
            },
            ColourModel::Ycck => PreviewSamples::Cmyk {
                samples: pixels
                    .flat_map(|at| {
                        let [c, m, y] = from_ycbcr(self.three(at)).map(|ink| 255.0 - ink);
                        [c, m, y, self.sample(3, at)]
                    })
                    .map(rounded)
                    .collect(),
                inverted: true,
            },
        };
        Preview {
            width,
            height,
            samples,
        }
    }

    fn three(&self, at: (usize, usize)) -> [f32; 3] {
        std::array::from_fn(|component| self.sample(component, at))
    }

    /// The mean of a component over the 8 x 8 pixels at (x, y), 0..255.
    fn sample(&self, component: usize, (x, y): (usize, usize)) -> f32 {
        let (most_h, most_v) = self.layout.most_sampling();
        let shape = &self.layout.components[component];
        let (column, row) = (x * shape.horizontal / most_h, y * shape.vertical / most_v);
        let value = self.values[component][row * shape.stride + column];
        f32::from(value) * f32::from(shape.steps[0]) / 8.0 + 128.0
    }
}

fn rgb(
    pixels: impl Iterator<Item = (usize, usize)>,
    pixel: impl Fn((usize, usize)) -> [f32; 3],
) -> PreviewSamples {
    PreviewSamples::Rgb(pixels.flat_map(pixel).map(rounded).collect())
}

fn rounded(value: f32) -> u8 {
    value.round() as u8
}

/// JFIF 1.02: Rec. 601, full range.
fn from_ycbcr([y, cb, cr]: [f32; 3]) -> [f32; 3] {
    let (cb, cr) = (cb - 128.0, cr - 128.0);
    [
        y + 1.402 * cr,
        y - 0.344_136 * cb - 0.714_136 * cr,
        y + 1.772 * cb,
    ]
}
