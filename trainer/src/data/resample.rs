//! Separable resampling with a triangle filter that widens when shrinking, so that nothing aliases.

/// The taps along one axis: for each output position, where its inputs start and their weights (which add up to 1).
#[derive(Debug, Clone)]
pub(super) struct Resampler {
    input: usize,
    taps: Vec<(usize, Vec<f32>)>,
}

impl Resampler {
    /// Maps the stretch `start .. start + length` of an axis of `input` samples to `output` samples.
    ///
    /// Half-pixel centres; `input` and `output` at least 1; the stretch lies inside the axis and is not empty.
    pub(super) fn new(input: usize, start: f32, length: f32, output: usize) -> Self {
        let scale = length / output as f32;
        let radius = scale.max(1.0);
        let taps = (0..output)
            .map(|o| {
                let centre = start + (o as f32 + 0.5) * scale;
                Self::taps_at(centre, radius, input)
            })
            .collect();
        Self { input, taps }
    }

    fn taps_at(centre: f32, radius: f32, input: usize) -> (usize, Vec<f32>) {
        let last = input - 1;
        let first = ((centre - radius).max(0.0) as usize).min(last);
        let end = ((centre + radius).max(0.0) as usize).clamp(first, last);
        let weight = |i: usize| (1.0 - (i as f32 + 0.5 - centre).abs() / radius).max(0.0);
        let mut weights: Vec<f32> = (first..=end).map(weight).collect();
        // What lies outside of the image does not count.
        let sum: f32 = weights.iter().sum();
        weights.iter_mut().for_each(|weight| *weight /= sum);
        (first, weights)
    }

    fn output(&self) -> usize {
        self.taps.len()
    }
}

/// Resamples `[3, rows.input, columns.input]` bytes into `[3, rows.output, columns.output]` floats in 0..1.
pub(super) fn resample(image: &[u8], rows: &Resampler, columns: &Resampler, out: &mut [f32]) {
    let (height, width) = (rows.input, columns.input);
    let mut line = vec![0.0_f32; width];
    let lines = out.chunks_exact_mut(columns.output());
    for (i, out) in lines.enumerate() {
        let (channel, row) = (i / rows.output(), i % rows.output());
        let (first, weights) = &rows.taps[row];
        let top = channel * height + first;
        line.fill(0.0);
        for (y, weight) in weights.iter().enumerate() {
            let weight = weight / 255.0;
            let source = &image[(top + y) * width..][..width];
            for (sum, &sample) in line.iter_mut().zip(source) {
                *sum += weight * f32::from(sample);
            }
        }
        for (out, (first, weights)) in out.iter_mut().zip(&columns.taps) {
            let inputs = &line[*first..][..weights.len()];
            *out = inputs.iter().zip(weights).map(|(a, b)| a * b).sum();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(image: &[u8], rows: &Resampler, columns: &Resampler) -> Vec<f32> {
        let mut out = vec![0.0; 3 * rows.output() * columns.output()];
        resample(image, rows, columns, &mut out);
        out.iter()
            .map(|v| (v * 255.0 * 16.0).round() / 16.0)
            .collect()
    }

    #[test]
    fn the_same_size_is_the_identity() {
        let image: Vec<u8> = (0..12).map(|v| v * 20).collect();
        let axis = Resampler::new(2, 0.0, 2.0, 2);
        let expected: Vec<f32> = image.iter().map(|&v| f32::from(v)).collect();
        assert_eq!(run(&image, &axis, &axis), expected);
    }

    #[test]
    fn doubling_interpolates_with_half_pixel_centres() {
        let image = [0, 100, 0, 100, 0, 100];
        let out = run(
            &image,
            &Resampler::new(1, 0.0, 1.0, 1),
            &Resampler::new(2, 0.0, 2.0, 4),
        );
        assert_eq!(out[..4], [0.0, 25.0, 75.0, 100.0]);
    }

    #[test]
    fn shrinking_averages_and_does_not_alias() {
        let image: Vec<u8> = (0..3 * 64)
            .map(|i| if i % 2 == 0 { 0 } else { 200 })
            .collect();
        let out = run(
            &image,
            &Resampler::new(1, 0.0, 1.0, 1),
            &Resampler::new(64, 0.0, 64.0, 8),
        );
        assert!(out.iter().all(|v| (v - 100.0).abs() < 8.0), "{out:?}");
    }

    #[test]
    fn a_stretch_reads_only_its_own_surroundings() {
        let image = [0, 0, 0, 0, 90, 90, 90, 90].repeat(3);
        let right = Resampler::new(8, 5.0, 3.0, 3);
        let out = run(&image, &Resampler::new(1, 0.0, 1.0, 1), &right);
        assert_eq!(out[..3], [90.0, 90.0, 90.0]);
    }
}
