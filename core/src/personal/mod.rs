//! Personal mode: one secret pattern for all photos of a user.

mod model;

use prost::Message;
use sha2::{Digest, Sha256};

use crate::error::{Error, ErrorKind, Result};
use crate::generator::Generator;
use crate::grating::{Direction, Grating};

/// Side of a personal residual.
const SIDE: usize = 32;
/// Bound of a personal residual.
const EPSILON: f32 = 16.0 / 255.0;
/// Root of its mean square: 35 dB at strength 1.
const RMS: f64 = 0.017_783;
/// Photos vary least between green and magenta, at 150 degrees: a pattern of these hues stands out most, and is what a
/// model learns first. Directions and cycles tell users apart.
const HUES: std::ops::Range<f64> = 120.0..180.0;
/// Gratings in a pattern.
const WAVES: usize = 2;
/// Where gratings of root mean square 1 add up to less than this, they cancel each other and the last is used alone.
const CANCELLED: f64 = 0.01;

/// What a user's pattern is derived from: 16 to 1,024 bytes that the app keeps. Whoever knows them can take the
/// pattern away again, so keep them as you keep a password.
///
/// ```
/// use confounder::{Generator, PersonalKey};
///
/// let key = PersonalKey::generate()?;
/// let again = PersonalKey::new(key.as_bytes())?;
/// assert_eq!(Generator::personal(&key)?.bytes(), Generator::personal(&again)?.bytes());
/// # Ok::<(), confounder::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct PersonalKey(Vec<u8>);

impl PersonalKey {
    /// The numbers of bytes that a key may have.
    pub const LENGTHS: std::ops::RangeInclusive<usize> = 16..=1024;

    /// A key of bytes that the app keeps.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidOptions`] for fewer than 16 or more than 1,024 bytes.
    pub fn new(bytes: &[u8]) -> Result<Self> {
        if Self::LENGTHS.contains(&bytes.len()) {
            return Ok(Self(bytes.to_vec()));
        }
        let message = format!("a personal key has 16 to 1024 bytes, not {}", bytes.len());
        Err(Error::new(ErrorKind::InvalidOptions, message))
    }

    /// A new key: 32 bytes of the system's randomness.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] where the system has none.
    pub fn generate() -> Result<Self> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|e| {
            let message = format!("the system gave no random bytes: {e}; make a key elsewhere");
            Error::new(ErrorKind::Io, message)
        })?;
        Ok(Self(bytes.to_vec()))
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The gratings of its pattern: hue (of those that photos have least of), direction and cycles (2 to 6 across the
    /// frame) of each come from a hash.
    fn gratings(&self) -> [Grating; WAVES] {
        let hash = Sha256::new()
            .chain_update(b"confounder personal pattern 1\0")
            .chain_update(&self.0)
            .finalize();
        std::array::from_fn(|i| {
            let byte = |at: usize| usize::from(hash[8 * i + at]);
            Grating {
                hue: HUES.start
                    + (256 * byte(0) + byte(1)) as f64 / 65_536.0 * (HUES.end - HUES.start),
                direction: Direction::ALL[byte(2) % Direction::ALL.len()],
                cycles: 2.0 + (byte(3) % 9) as f64 / 2.0,
            }
        })
    }
}

/// Three planes of `SIDE` x `SIDE`: the gratings in equal parts, scaled to 35 dB as far as the bound allows.
fn pattern(gratings: &[Grating]) -> Vec<f32> {
    let mut sum = vec![0.0f64; 3 * SIDE * SIDE];
    for grating in gratings {
        let planes = grating.planes(SIDE);
        let rms = mean_square(planes.iter().copied().map(f64::from)).sqrt();
        for (to, x) in sum.iter_mut().zip(planes) {
            *to += f64::from(x) / rms;
        }
    }
    let rms = mean_square(sum.iter().copied()).sqrt();
    if rms < CANCELLED {
        return pattern(&gratings[1..]);
    }
    let most = sum.iter().fold(0.0f64, |most, x| most.max(x.abs()));
    let scale = (RMS / rms).min(f64::from(EPSILON) / most);
    sum.iter().map(|x| (x * scale) as f32).collect()
}

fn mean_square(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.map(|x| x * x).sum::<f64>() / count
}

/// Says how long the key is and nothing else of it.
impl std::fmt::Debug for PersonalKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PersonalKey({} bytes)", self.0.len())
    }
}

impl Generator {
    /// The generator of a user: whatever a photo shows, it gets the pattern of the key, as class-wise noise with the
    /// user for a class. It protects against models that are to tell whose photo it is, and needs to recognise nothing.
    ///
    /// The file holds the pattern, so keep it as you keep the key. So does, for who has many of them, the mean of the
    /// user's photos.
    ///
    /// # Errors
    /// None for a valid key.
    pub fn personal(key: &PersonalKey) -> Result<Self> {
        let pattern = pattern(&key.gratings());
        Self::from_bytes(model::constant(&pattern, SIDE, EPSILON).encode_to_vec())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{PixelLayout, PixelsMut, ProtectOptions, Protector, ProtectorOptions};

    fn key(number: u8) -> PersonalKey {
        PersonalKey::new(&[number; 32]).unwrap()
    }

    #[test]
    fn keys_out_of_range_are_refused_and_never_shown() {
        for length in [0, 15, 1025] {
            let error = PersonalKey::new(&vec![7; length]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidOptions);
            assert!(error.to_string().contains(&length.to_string()));
        }
        assert_eq!(format!("{:?}", key(7)), "PersonalKey(32 bytes)");
        assert_ne!(
            PersonalKey::generate().unwrap(),
            PersonalKey::generate().unwrap()
        );
    }

    #[test]
    fn patterns_have_one_strength_no_luma_and_differ_by_key() {
        let patterns: Vec<Vec<f32>> = (0..40).map(|n| pattern(&key(n).gratings())).collect();
        for (i, pattern) in patterns.iter().enumerate() {
            let rms = mean_square(pattern.iter().copied().map(f64::from)).sqrt();
            assert!((0.7 * RMS..1.001 * RMS).contains(&rms), "{i}: {rms}");
            assert!(pattern.iter().all(|x| x.abs() <= EPSILON));
            let (red, rest) = pattern.split_at(SIDE * SIDE);
            let (green, blue) = rest.split_at(SIDE * SIDE);
            for ((r, g), b) in red.iter().zip(green).zip(blue) {
                assert!((0.299 * r + 0.587 * g + 0.114 * b).abs() < 1e-6, "{i}");
            }
            for other in &patterns[i + 1..] {
                let product: f64 = pattern
                    .iter()
                    .zip(other)
                    .map(|(a, b)| f64::from(*a) * f64::from(*b))
                    .sum();
                let alike = product / (RMS * RMS * pattern.len() as f64);
                assert!(alike < 0.99, "{i}: {alike}");
            }
        }
    }

    #[test]
    fn gratings_that_cancel_each_other_still_give_a_pattern() {
        let one = Grating {
            hue: 30.0,
            direction: Direction::Rows,
            cycles: 4.0,
        };
        let against = Grating { hue: 210.0, ..one };
        assert_eq!(pattern(&[one, against]), pattern(&[against]));
        assert!(pattern(&[against]).iter().any(|x| x.abs() > 0.01));
    }

    #[test]
    fn every_photo_of_a_user_gets_the_same_residual() {
        let generator = Generator::personal(&key(1)).unwrap();
        assert!(generator.chroma());
        let protector = Protector::open(generator, ProtectorOptions::new()).unwrap();
        let residual = |level: u8| {
            let pixels = vec![level; 3 * 64 * 48];
            let view = crate::Pixels::new(&pixels, 64, 48, 3 * 64, PixelLayout::Rgb8).unwrap();
            protector
                .residual(&view, crate::Orientation::Upright)
                .unwrap()
        };
        assert_eq!(residual(0), residual(200));
        assert_eq!(residual(9).planes(), pattern(&key(1).gratings()));
        let mut pixels = vec![128; 3 * 64 * 48];
        let mut view = PixelsMut::new(&mut pixels, 64, 48, 3 * 64, PixelLayout::Rgb8).unwrap();
        let report = protector
            .protect_pixels(&mut view, &ProtectOptions::new())
            .unwrap();
        assert!(
            (34.0..37.5).contains(&report.psnr_db.unwrap()),
            "{report:?}"
        );
    }
}
