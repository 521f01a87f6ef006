//! Protecting a frame: the working grid, the generator, the blend.

use super::blend::blend;
use super::frame::YuvMut;
use super::grid;
use crate::error::{Error, ErrorKind, Result};
use crate::options::ProtectOptions;
use crate::orientation::Orientation;
use crate::platform::Instant;
use crate::protector::{Protector, check_limits};
use crate::report::{Report, Timings};
use crate::stage::Stage;

impl Protector {
    /// Protects a YUV frame in place whose samples are stored in the orientation given: only chroma is changed, luma
    /// and padding stay bit by bit.
    ///
    /// The residual is enlarged over the chroma planes, whose samples are taken to lie in the middle of the luma samples
    /// that share them, scaled to the frame's range, dithered and added; sums are clamped to what a sample can hold. The
    /// dither depends on position and on Cb or Cr only, so every layout of the same frame gives the same chroma.
    /// The report's PSNR is that of all stored samples, luma included.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidOptions`] for a generator whose residual has luma ([`Generator::chroma`](crate::Generator::chroma));
    /// otherwise as [`protect_pixels_oriented`](Self::protect_pixels_oriented).
    pub fn protect_yuv(
        &self,
        frame: &mut YuvMut<'_>,
        orientation: Orientation,
        options: &ProtectOptions,
    ) -> Result<Report> {
        options.check()?;
        check_limits((frame.width, frame.height), &options.limits)?;
        self.check_chroma()?;
        self.run_yuv(frame, orientation, options)
    }

    /// Refuses a generator whose residual has luma.
    pub(crate) fn check_chroma(&self) -> Result<()> {
        if self.generator().chroma() {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::InvalidOptions,
            format!(
                "the residual of the generator {:?} has luma; YUV frames need one of chroma only, or convert the frame to RGB",
                self.generator().name()
            ),
        ))
    }

    fn run_yuv(
        &self,
        frame: &mut YuvMut<'_>,
        orientation: Orientation,
        options: &ProtectOptions,
    ) -> Result<Report> {
        let cancel = &options.cancel;
        let mut timings = Timings::default();
        options.on_stage.enter(Stage::Generator)?;
        let started = Instant::now();
        let stored = self.stored_grid((frame.width, frame.height), orientation)?;
        let planes = self.install(|| grid::to_planes(frame, stored, cancel))?;
        timings.grid = started.elapsed();

        cancel.check()?;
        let started = Instant::now();
        let run = self.install(|| self.residual_of(planes, stored, orientation))?;
        timings.generator = started.elapsed();

        cancel.check()?;
        options.on_stage.enter(Stage::Blend)?;
        let started = Instant::now();
        let squared = self.install(|| blend(frame, &run.residual, options.strength, cancel))?;
        timings.blend = started.elapsed();
        let (columns, rows) = orientation.upright_size(stored.0, stored.1);
        Ok(Report {
            // The view was made from u32 sides, and the grid is bounded.
            width: frame.width as u32,
            height: frame.height as u32,
            grid: (columns as u32, rows as u32),
            engine: run.engine,
            timings,
            psnr_db: psnr(frame, squared),
            jpeg: None,
            metadata: Vec::new(),
            notes: run.note.into_iter().collect(),
        })
    }
}

fn psnr(frame: &YuvMut<'_>, squared: u64) -> Option<f64> {
    let (columns, rows) = frame.format.sampling.chroma_size(frame.width, frame.height);
    let samples = (frame.width * frame.height + 2 * columns * rows) as f64;
    let peak = f64::from(frame.format.depth.largest());
    (squared > 0).then(|| 10.0 * (peak * peak * samples / squared as f64).log10())
}
