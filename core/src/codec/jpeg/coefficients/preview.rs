//! The photo at an eighth of its size: the DC value of a block is the mean of its samples (times 8).

use super::colour::{ColourModel, from_ycbcr, rounded};
use super::photo::Photo;

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
        let means: Vec<Means<'_>> = (0..self.layout.components.len())
            .map(|component| self.means(component, (width, height)))
            .collect();
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let three = |at| -> [f32; 3] { std::array::from_fn(|component| means[component].at(at)) };
        let samples = match self.model {
            ColourModel::Gray => rgb(pixels, |at| [means[0].at(at); 3]),
            ColourModel::Rgb => rgb(pixels, three),
            ColourModel::YCbCr => rgb(pixels, |at| from_ycbcr(three(at))),
            ColourModel::Cmyk { inverted } => PreviewSamples::Cmyk {
                samples: cmyk(pixels, |at| (three(at), means[3].at(at))),
                inverted,
            },
            ColourModel::Ycck => PreviewSamples::Cmyk {
                samples: cmyk(pixels, |at| {
                    let inks = from_ycbcr(three(at)).map(|ink| 255.0 - ink);
                    (inks, means[3].at(at))
                }),
                inverted: true,
            },
        };
        Preview {
            width,
            height,
            samples,
        }
    }

    fn means(&self, component: usize, (width, height): (usize, usize)) -> Means<'_> {
        let (most_h, most_v) = self.layout.most_sampling();
        let shape = &self.layout.components[component];
        Means {
            values: &self.values[component],
            columns: (0..width).map(|x| x * shape.horizontal / most_h).collect(),
            rows: (0..height)
                .map(|y| y * shape.vertical / most_v * shape.stride)
                .collect(),
            scale: f32::from(shape.steps[0]) / 8.0,
        }
    }
}

/// The means of a component over 8 x 8 pixels of the photo.
struct Means<'a> {
    values: &'a [i16],
    /// The block column of each pixel column.
    columns: Vec<usize>,
    /// The first block of each pixel row.
    rows: Vec<usize>,
    scale: f32,
}

impl Means<'_> {
    /// The mean at (x, y), 0..255.
    #[inline]
    fn at(&self, (x, y): (usize, usize)) -> f32 {
        f32::from(self.values[self.rows[y] + self.columns[x]]) * self.scale + 128.0
    }
}

fn cmyk(
    pixels: impl Iterator<Item = (usize, usize)>,
    pixel: impl Fn((usize, usize)) -> ([f32; 3], f32),
) -> Vec<u8> {
    let inks = pixels.flat_map(|at| {
        let ([c, m, y], k) = pixel(at);
        [c, m, y, k].map(rounded)
    });
    inks.collect()
}

fn rgb(
    pixels: impl Iterator<Item = (usize, usize)>,
    pixel: impl Fn((usize, usize)) -> [f32; 3],
) -> PreviewSamples {
    let samples = pixels.flat_map(|at| pixel(at).map(rounded));
    PreviewSamples::Rgb(samples.collect())
}
