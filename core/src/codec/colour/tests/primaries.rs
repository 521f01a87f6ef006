//! What the colours of a space are in sRGB, derived from its primaries.

/// x and y of white, red, green and blue. sRGB: IEC 61966-2-1; Display P3: SMPTE EG 432-1; ROMM (ProPhoto):
/// ISO 22028-2 with white D50.
pub(super) const SRGB: [f64; 8] = [0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06];
pub(super) const P3: [f64; 8] = [0.3127, 0.329, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06];
pub(super) const ROMM: [f64; 8] = [
    0.3457, 0.3585, 0.7347, 0.2653, 0.1596, 0.8404, 0.0366, 0.0001,
];

pub(super) type Matrix = [[f64; 3]; 3];

fn times(a: &Matrix, b: &Matrix) -> Matrix {
    std::array::from_fn(|i| std::array::from_fn(|j| (0..3).map(|k| a[i][k] * b[k][j]).sum()))
}

pub(super) fn apply(a: &Matrix, v: [f64; 3]) -> [f64; 3] {
    std::array::from_fn(|i| (0..3).map(|k| a[i][k] * v[k]).sum())
}

fn inverse(m: &Matrix) -> Matrix {
    let minor = |i: usize, j: usize| {
        let (a, b, c, d) = ((i + 1) % 3, (i + 2) % 3, (j + 1) % 3, (j + 2) % 3);
        m[a][c] * m[b][d] - m[a][d] * m[b][c]
    };
    let determinant: f64 = (0..3).map(|j| m[0][j] * minor(0, j)).sum();
    std::array::from_fn(|i| std::array::from_fn(|j| minor(j, i) / determinant))
}

fn xyz([x, y]: [f64; 2]) -> [f64; 3] {
    [x / y, 1.0, (1.0 - x - y) / y]
}

/// Linear RGB to XYZ adapted to D50 (Bradford): Lindbloom, "RGB/XYZ Matrices" and "Chromatic Adaptation".
pub(super) fn to_d50(c: &[f64; 8]) -> Matrix {
    const BRADFORD: Matrix = [
        [0.8951, 0.2664, -0.1614],
        [-0.7502, 1.7135, 0.0367],
        [0.0389, -0.0685, 1.0296],
    ];
    let columns = [2, 4, 6].map(|i| xyz([c[i], c[i + 1]]));
    let primaries: Matrix = std::array::from_fn(|i| std::array::from_fn(|j| columns[j][i]));
    let white = xyz([c[0], c[1]]);
    let scale = apply(&inverse(&primaries), white);
    let plain: Matrix =
        std::array::from_fn(|i| std::array::from_fn(|j| primaries[i][j] * scale[j]));
    let (from, to) = (
        apply(&BRADFORD, white),
        apply(&BRADFORD, xyz([0.3457, 0.3585])),
    );
    let cones: Matrix =
        std::array::from_fn(|i| std::array::from_fn(|j| BRADFORD[i][j] * to[i] / from[i]));
    times(&times(&inverse(&BRADFORD), &cones), &plain)
}

fn srgb_encode(v: f64) -> f64 {
    if v <= 0.003_130_8 {
        12.92 * v
    } else {
        1.055 * v.powf(1.0 / 2.4) - 0.055
    }
}

pub(super) fn srgb_decode(v: f64) -> f64 {
    if v <= 0.040_45 {
        v / 12.92
    } else {
        ((v + 0.055) / 1.055).powf(2.4)
    }
}

/// What sRGB should be, derived from the primaries.
pub(super) fn expected(colour: [f32; 3], primaries: &[f64; 8], decode: fn(f64) -> f64) -> [f64; 3] {
    let linear = colour.map(|v| decode(f64::from(v)));
    let srgb = apply(&inverse(&to_d50(&SRGB)), apply(&to_d50(primaries), linear));
    srgb.map(|v| srgb_encode(v.clamp(0.0, 1.0)))
}
