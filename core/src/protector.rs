//! The one object a user holds.

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::blend::{self, Change};
use crate::cancel::CancelToken;
use crate::downscale;
use crate::engine::{Engines, Run};
use crate::error::{Error, ErrorKind, Result};
use crate::generator::Generator;
use crate::gpu::GpuStatus;
use crate::options::{Limits, ProtectOptions, ProtectorOptions};
use crate::orientation::Orientation;
use crate::pixels::{Pixels, PixelsMut};
use crate::platform::Instant;
use crate::report::{EngineKind, Report, Timings};
use crate::residual::Residual;
use crate::stage::Stage;
use crate::working::WorkingColour;

/// Most threads a protector may be asked for.
const MAX_THREADS: usize = 1024;

/// Protects photos with one generator.
///
/// Opening one optimises the generator (milliseconds to a second), so keep it; several threads may share it. The same
/// photo, generator and strength give the same pixels on any number of threads.
///
/// ```
/// # #[cfg(feature = "bundled-generator")] {
/// use confounder::{PixelLayout, PixelsMut, ProtectOptions, Protector, ProtectorOptions};
///
/// let protector = Protector::bundled(ProtectorOptions::new())?;
/// let mut frame = vec![120; 320 * 240 * 4];
/// let mut pixels = PixelsMut::new(&mut frame, 320, 240, 320 * 4, PixelLayout::Rgba8)?;
/// let report = protector.protect_pixels(&mut pixels, &ProtectOptions::new())?;
/// assert_eq!((report.width, report.height), (320, 240));
/// # }
/// # Ok::<(), confounder::Error>(())
/// ```
pub struct Protector {
    generator: Generator,
    engines: Engines,
    pool: Option<ThreadPool>,
}

/// A residual, lying as the photo is stored, and what it took to compute it.
pub(crate) struct Computed {
    pub(crate) residual: Residual,
    pub(crate) engine: EngineKind,
    pub(crate) notes: Vec<String>,
    /// Width and height of the working grid.
    pub(crate) grid: (u32, u32),
    pub(crate) timings: Timings,
}

impl Protector {
    /// Makes a protector of a generator.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidOptions`] for a number of threads outside 1 to 1,024; [`ErrorKind::Engine`] where the
    /// engine cannot run the generator or the threads could not be started.
    pub fn open(generator: Generator, options: ProtectorOptions) -> Result<Self> {
        let pool = options.threads.map(pool).transpose()?;
        let engines = Engines::open(&generator, &options)?;
        log::debug!("opened {generator:?}");
        Ok(Self {
            generator,
            engines,
            pool,
        })
    }

    /// Makes a protector of the bundled generator.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    #[cfg(feature = "bundled-generator")]
    pub fn bundled(options: ProtectorOptions) -> Result<Self> {
        Self::open(Generator::bundled()?, options)
    }

    /// The generator.
    pub fn generator(&self) -> &Generator {
        &self.generator
    }

    /// The engine that would run it now.
    pub fn engine(&self) -> EngineKind {
        self.engines.kind()
    }

    /// What the GPU is doing.
    pub fn gpu_status(&self) -> GpuStatus {
        self.engines.gpu_status()
    }

    /// Waits until the GPU is ready or off, and says which.
    pub fn warm_up(&self) -> GpuStatus {
        self.engines.wait_for_gpu();
        self.engines.gpu_status()
    }

    /// Leaves the GPU alone, or uses it again. For apps that go to the background, where phones forbid it.
    pub fn pause_gpu(&self, paused: bool) {
        self.engines.pause_gpu(paused);
    }

    /// Protects an upright photo in place.
    ///
    /// Size and alpha stay, and so does the colour where alpha is 0; every R, G and B sample changes by at most
    /// `ceil(peak * epsilon * strength)`, with a peak of 255 or, for 16-bit samples, 65,535.
    ///
    /// # Errors
    /// As [`protect_pixels_oriented`](Self::protect_pixels_oriented).
    pub fn protect_pixels(
        &self,
        pixels: &mut PixelsMut<'_>,
        options: &ProtectOptions,
    ) -> Result<Report> {
        self.protect_pixels_oriented(pixels, Orientation::Upright, options)
    }

    /// Protects a photo in place whose pixels are stored in the orientation given. They keep it; only the generator
    /// sees the photo upright.
    ///
    /// # Errors
    /// [`ErrorKind::UnsupportedFormat`] for gray pixels where the generator changes colour only;
    /// [`ErrorKind::LimitExceeded`] beyond [`ProtectOptions::limits`]; [`ErrorKind::Engine`] where the generator fails
    /// or breaks its bound; [`ErrorKind::Cancelled`]. Pixels are changed only in the last stage, where nothing but
    /// cancelling can fail.
    pub fn protect_pixels_oriented(
        &self,
        pixels: &mut PixelsMut<'_>,
        orientation: Orientation,
        options: &ProtectOptions,
    ) -> Result<Report> {
        self.protect_pixels_in(pixels, orientation, None, options)
    }

    /// [`protect_pixels_oriented`](Self::protect_pixels_oriented) for samples in another colour space than sRGB.
    pub(crate) fn protect_pixels_in(
        &self,
        pixels: &mut PixelsMut<'_>,
        orientation: Orientation,
        colour: Option<&dyn WorkingColour>,
        options: &ProtectOptions,
    ) -> Result<Report> {
        options.check()?;
        check_limits((pixels.width(), pixels.height()), &options.limits)?;
        if pixels.layout().is_gray() && self.generator.chroma() {
            return Err(Error::new(
                ErrorKind::UnsupportedFormat,
                "the pixels are gray and this generator changes colour only; hand in an RGB copy, or use a generator that changes luma",
            ));
        }
        self.protect(pixels, orientation, colour, options)
    }

    /// The residual of a photo, as it would be added at strength 1: coarse, and lying as the photo is stored.
    ///
    /// # Errors
    /// As [`protect_pixels_oriented`](Self::protect_pixels_oriented) but for limits.
    pub fn residual(&self, pixels: &Pixels<'_>, orientation: Orientation) -> Result<Residual> {
        self.residual_in(pixels, orientation, None)
    }

    /// [`residual`](Self::residual) for samples in another colour space than sRGB.
    pub(crate) fn residual_in(
        &self,
        pixels: &Pixels<'_>,
        orientation: Orientation,
        colour: Option<&dyn WorkingColour>,
    ) -> Result<Residual> {
        self.install(|| {
            let (image, (width, height)) =
                self.working_image(pixels, orientation, colour, &CancelToken::new())?;
            let run = self.engines.run(&image, width, height)?;
            Ok(run.residual.turn_back(orientation))
        })
    }

    /// See [`crate::research::run_generator`].
    #[cfg(feature = "research")]
    pub(crate) fn run_generator(
        &self,
        image: &[f32],
        width: usize,
        height: usize,
    ) -> Result<Residual> {
        let expected = width.checked_mul(height).and_then(|n| n.checked_mul(3));
        if expected != Some(image.len()) {
            let message = format!(
                "an image of 3 x {height} x {width} cannot hold {} numbers",
                image.len()
            );
            return Err(Error::new(ErrorKind::InvalidPixels, message));
        }
        Ok(self.engines.run(image, width, height)?.residual)
    }

    fn protect(
        &self,
        pixels: &mut PixelsMut<'_>,
        orientation: Orientation,
        colour: Option<&dyn WorkingColour>,
        options: &ProtectOptions,
    ) -> Result<Report> {
        let cancel = &options.cancel;
        options.on_stage.enter(Stage::Generator)?;
        let photo = pixels.as_pixels();
        let mut computed = self.install(|| self.compute(&photo, orientation, colour, cancel))?;
        cancel.check()?;
        options.on_stage.enter(Stage::Blend)?;
        let started = Instant::now();
        let change =
            self.install(|| blend::blend(pixels, &computed.residual, options.strength, cancel))?;
        computed.timings.blend = started.elapsed();
        // The views were made from u32 sides.
        Ok(self.report(
            (pixels.width() as u32, pixels.height() as u32),
            &computed,
            change,
        ))
    }

    /// Runs the generator on a photo.
    pub(crate) fn compute(
        &self,
        pixels: &Pixels<'_>,
        orientation: Orientation,
        colour: Option<&dyn WorkingColour>,
        cancel: &CancelToken,
    ) -> Result<Computed> {
        let mut timings = Timings::default();
        let started = Instant::now();
        let (image, (columns, rows)) = self.working_image(pixels, orientation, colour, cancel)?;
        timings.grid = started.elapsed();
        cancel.check()?;
        let started = Instant::now();
        let run = self.engines.run(&image, columns, rows)?;
        timings.generator = started.elapsed();
        let unknown = self.generator.doubt(&run.residual);
        Ok(Computed {
            residual: run.residual.turn_back(orientation),
            engine: run.engine,
            notes: run.note.into_iter().chain(unknown).collect(),
            // The grid is bounded.
            grid: (columns as u32, rows as u32),
            timings,
        })
    }

    /// The report of a call that changed the photo so much.
    pub(crate) fn report(
        &self,
        (width, height): (u32, u32),
        computed: &Computed,
        change: Change,
    ) -> Report {
        Report {
            width,
            height,
            grid: computed.grid,
            engine: computed.engine,
            timings: computed.timings,
            psnr_db: change.psnr_db(),
            jpeg: None,
            metadata: Vec::new(),
            notes: computed.notes.clone(),
        }
    }

    /// The photo upright on the working grid in sRGB, and the grid's width and height.
    pub(crate) fn working_image(
        &self,
        pixels: &Pixels<'_>,
        orientation: Orientation,
        colour: Option<&dyn WorkingColour>,
        cancel: &CancelToken,
    ) -> Result<(Vec<f32>, (usize, usize))> {
        let stored = self.stored_grid((pixels.width(), pixels.height()), orientation)?;
        let mut planes = downscale::to_planes(pixels, stored, cancel)?;
        if let Some(colour) = colour {
            colour.to_srgb(&mut planes);
        }
        let size = orientation.upright_size(stored.0, stored.1);
        Ok((orientation.turn_upright(planes, stored), size))
    }

    /// Width and height of the working grid of a photo, both as stored.
    pub(crate) fn stored_grid(
        &self,
        (width, height): (usize, usize),
        orientation: Orientation,
    ) -> Result<(usize, usize)> {
        let (width, height) = orientation.upright_size(width, height);
        let (columns, rows) =
            self.generator
                .grid()
                .working_size(width, height, self.generator.multiple())?;
        Ok(orientation.upright_size(columns, rows))
    }

    /// The residual, as stored, of a working grid as stored.
    pub(crate) fn residual_of(
        &self,
        planes: Vec<f32>,
        stored: (usize, usize),
        orientation: Orientation,
    ) -> Result<Run> {
        let image = orientation.turn_upright(planes, stored);
        let (columns, rows) = orientation.upright_size(stored.0, stored.1);
        let run = self.engines.run(&image, columns, rows)?;
        Ok(Run {
            residual: run.residual.turn_back(orientation),
            ..run
        })
    }

    pub(crate) fn install<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        match &self.pool {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }
}

impl std::fmt::Debug for Protector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let threads = self.pool.as_ref().map(ThreadPool::current_num_threads);
        f.debug_struct("Protector")
            .field("generator", &self.generator)
            .field("engine", &self.engines.kind())
            .field("threads", &threads)
            .finish()
    }
}

fn pool(threads: usize) -> Result<ThreadPool> {
    if !(1..=MAX_THREADS).contains(&threads) {
        let message = format!("threads is {threads}; it must be 1 to {MAX_THREADS}");
        return Err(Error::new(ErrorKind::InvalidOptions, message));
    }
    let builder = ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|i| format!("confounder-{i}"));
    builder.build().map_err(|e| {
        let message = format!("{threads} threads could not be started; ask for fewer");
        Error::new(ErrorKind::Engine, message).with_source(e)
    })
}

pub(crate) fn check_limits((width, height): (usize, usize), limits: &Limits) -> Result<()> {
    let (width, height) = (width as u64, height as u64);
    let checks = [
        ("width", width, u64::from(limits.max_width)),
        ("height", height, u64::from(limits.max_height)),
        ("number of pixels", width * height, limits.max_pixels),
    ];
    for (what, value, limit) in checks {
        if value > limit {
            let message = format!(
                "the photo's {what} is {value}, more than the limit of {limit} (see Limits)"
            );
            return Err(Error::new(ErrorKind::LimitExceeded, message));
        }
    }
    Ok(())
}
