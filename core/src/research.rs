//! What only makers of generators need: parts of the method on their own. Apps and services do without.

use crate::blend::{Change, blend};
use crate::cancel::CancelToken;
use crate::error::Result;
use crate::generator::Generator;
use crate::graph::Op;
use crate::options::Strength;
use crate::pixels::PixelsMut;
use crate::protector::Protector;
use crate::residual::Residual;

pub use crate::grating::{Direction, Grating};

/// The operators of contract v1 that an engine runs, by their names in ONNX.
pub const OPERATORS: [&str; Op::NAMES.len()] = Op::NAMES;

/// A residual of three row-major planes, one after the other: `planes` has `3 * height * width` numbers.
///
/// Values up to `epsilon * (1 + 1e-4)` are taken for rounding and cut to the bound.
///
/// # Errors
/// [`ErrorKind::Engine`](crate::ErrorKind::Engine) where the length does not fit the size, a side is 0, epsilon is not in
/// (0, 1], or a value is not finite or exceeds the bound.
///
/// ```
/// use confounder::research::residual;
///
/// let residual = residual(2, 1, 8.0 / 255.0, vec![0.03, -0.03, 0.0, 0.0, -0.01, 0.01])?;
/// assert_eq!(residual.plane(0), [0.03, -0.03]);
/// # Ok::<(), confounder::Error>(())
/// ```
pub fn residual(width: usize, height: usize, epsilon: f32, planes: Vec<f32>) -> Result<Residual> {
    Residual::new(width, height, epsilon, planes)
}

/// Adds a residual to a photo in place.
///
/// The residual is enlarged over the whole photo (bilinear, half-pixel centres, clamped edges, as ONNX `Resize` does
/// it), scaled by the strength, dithered to the photo's depth and added; sums are clamped to 0..=peak, where the peak
/// is 255 or, for 16 bits, 65,535. Gray photos get the residual's luma (Rec. 601). The residual lies as the photo is
/// stored; alpha is untouched, and so is the colour of pixels whose alpha is 0.
///
/// With d = peak * strength * residual at a sample, the sample becomes floor(sample + d + t) with a fixed threshold
/// 0 <= t < 1 that depends on the position only. So no sample changes by more than ceil(peak * epsilon * strength),
/// a residual finer than one step keeps its mean, and the result is the same bytes on any number of threads and, being
/// computed in integers, on any machine.
///
/// # Errors
/// None at present; the signature leaves room for limits.
///
/// ```
/// use confounder::research::{blend_residual, residual};
/// use confounder::{PixelLayout, PixelsMut, Strength};
///
/// let mut photo = vec![128; 64 * 48 * 3];
/// let mut pixels = PixelsMut::new(&mut photo, 64, 48, 64 * 3, PixelLayout::Rgb8)?;
/// let residual = residual(1, 1, 8.0 / 255.0, vec![0.02, 0.0, -0.02])?;
/// let change = blend_residual(&mut pixels, &residual, Strength::default())?;
/// assert!(change.psnr_db().is_some_and(|db| db > 34.0));
/// # Ok::<(), confounder::Error>(())
/// ```
pub fn blend_residual(
    pixels: &mut PixelsMut<'_>,
    residual: &Residual,
    strength: Strength,
) -> Result<Change> {
    blend(pixels, residual, strength, &CancelToken::new())
}

/// Runs a protector's generator alone on an image of the working grid's size: three row-major planes R, G, B of `width` x
/// `height` in 0..1, one after the other. For comparing engines.
///
/// # Errors
/// [`ErrorKind::InvalidPixels`](crate::ErrorKind::InvalidPixels) where the length does not fit the size;
/// [`ErrorKind::Engine`](crate::ErrorKind::Engine), [`ErrorKind::GeneratorInvalid`](crate::ErrorKind::GeneratorInvalid) or
/// [`ErrorKind::LimitExceeded`](crate::ErrorKind::LimitExceeded) where the generator does not take that size.
pub fn run_generator(
    protector: &Protector,
    image: &[f32],
    width: usize,
    height: usize,
) -> Result<Residual> {
    protector.run_generator(image, width, height)
}

/// Multiply-adds of one run of a generator on an image of `width` x `height`.
///
/// # Errors
/// [`ErrorKind::GeneratorInvalid`](crate::ErrorKind::GeneratorInvalid) or
/// [`ErrorKind::LimitExceeded`](crate::ErrorKind::LimitExceeded) where it does not take that size.
pub fn multiply_adds(generator: &Generator, width: usize, height: usize) -> Result<u64> {
    generator.multiply_adds(width, height)
}
