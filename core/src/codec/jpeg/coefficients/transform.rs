//! From coefficients to samples: the inverse DCT (Loeffler, Ligtenberg and Moschytz, 1989, as libjpeg has it).

use super::full::Block;

/// Row and column of each place of the zig-zag sequence (ITU-T T.81, figure A.6), as 8 * row + column.
const NATURAL: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// The samples of a block, row by row. `steps`: quantisation steps in zig-zag order.
pub(super) fn samples(block: &Block, steps: &[u16; 64]) -> [u8; 64] {
    let mut values = [0.0f32; 64];
    for ((&value, &step), &at) in block.iter().zip(steps).zip(&NATURAL) {
        values[usize::from(at)] = f32::from(value) * f32::from(step);
    }
    for column in 0..8 {
        let line = one_dimension(std::array::from_fn(|row| values[8 * row + column]));
        (0..8).for_each(|row| values[8 * row + column] = line[row]);
    }
    for row in values.as_chunks_mut::<8>().0 {
        *row = one_dimension(*row);
    }
    // The two passes scale by 8; the cast cuts off, and clamps to 0..=255.
    values.map(|value| (value / 8.0 + 128.5) as u8)
}

/// Eight values from eight frequencies, times the square root of 8.
#[inline(always)]
fn one_dimension(f: [f32; 8]) -> [f32; 8] {
    let z1 = (f[2] + f[6]) * 0.541_196_1;
    let (even2, even3) = (z1 - f[6] * 1.847_759_1, z1 + f[2] * 0.765_366_9);
    let (even0, even1) = (f[0] + f[4], f[0] - f[4]);
    let even = [even0 + even3, even1 + even2, even1 - even2, even0 - even3];

    let (z1, z2, z3, z4) = (f[7] + f[1], f[5] + f[3], f[7] + f[3], f[5] + f[1]);
    let z5 = (z3 + z4) * 1.175_875_6;
    let (z1, z2) = (z1 * -0.899_976_2, z2 * -2.562_915_4);
    let (z3, z4) = (z3 * -1.961_570_6 + z5, z4 * -0.390_180_65 + z5);
    let odd = [
        f[1] * 1.501_321_1 + z1 + z4,
        f[3] * 3.072_711 + z2 + z3,
        f[5] * 2.053_12 + z2 + z4,
        f[7] * 0.298_631_34 + z1 + z3,
    ];
    std::array::from_fn(|i| {
        if i < 4 {
            even[i] + odd[i]
        } else {
            even[7 - i] - odd[7 - i]
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_those_of_the_definition() {
        let mut block = [0i16; 64];
        for (place, value) in [(0, -40), (1, 31), (2, -17), (4, 9), (13, 12), (63, -8)] {
            block[place] = value;
        }
        let steps = std::array::from_fn(|i| 3 + i as u16 / 8);
        let found = samples(&block, &steps);
        for (at, &sample) in found.iter().enumerate() {
            let (y, x) = ((at / 8) as f64, (at % 8) as f64);
            let mut exact = 128.0;
            for (place, &natural) in NATURAL.iter().enumerate() {
                let (v, u) = (f64::from(natural / 8), f64::from(natural % 8));
                let scale = |k: f64| if k == 0.0 { 0.125f64.sqrt() } else { 0.5 };
                let wave = |k: f64, at: f64| {
                    scale(k) * ((2.0 * at + 1.0) * k * std::f64::consts::PI / 16.0).cos()
                };
                let value = f64::from(block[place]) * f64::from(steps[place]);
                exact += value * wave(u, x) * wave(v, y);
            }
            assert!((f64::from(sample) - exact.clamp(0.0, 255.0)).abs() < 0.51);
        }
    }
}
