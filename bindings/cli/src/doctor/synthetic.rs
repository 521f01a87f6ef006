//! Pictures that are the same on every machine.

/// The value, 0 to 255, of a synthetic photo at a place of 0..1 by 0..1: smooth colour, a few edges and some texture,
/// away from black and white so that nothing is clamped. `kind` chooses among several.
pub(super) fn sample(kind: usize, channel: usize, x: f32, y: f32) -> u8 {
    let (kind, phase) = (kind as f32, channel as f32 * 1.7);
    let smooth = (3.0 * x + kind + phase).sin() + (4.0 * y - 2.0 * kind * x + phase).cos();
    let edge = if (7.0 * x + 5.0 * y + kind).fract() < 0.5 {
        0.5
    } else {
        -0.5
    };
    let texture = 0.3 * ((131.0 * x).sin() * (97.0 * y + kind).sin());
    (128.0 + 35.0 * (smooth + edge + texture)).clamp(0.0, 255.0) as u8
}

/// Row-major R, G, B samples of a synthetic photo.
pub(super) fn rgb(kind: usize, width: u32, height: u32) -> Vec<u8> {
    let place = |i: u32, side: u32| (i as f32 + 0.5) / side as f32;
    let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    pixels
        .flat_map(|(x, y)| {
            std::array::from_fn::<u8, 3, _>(|channel| {
                sample(kind, channel, place(x, width), place(y, height))
            })
        })
        .collect()
}

/// The same as three planes of 0..1, as generators take it.
pub(super) fn planes(kind: usize, width: usize, height: usize) -> Vec<f32> {
    let rgb = rgb(kind, width as u32, height as u32);
    (0..3)
        .flat_map(|channel| {
            let samples = rgb.iter().skip(channel).step_by(3);
            samples.map(|&sample| f32::from(sample) / 255.0)
        })
        .collect()
}
