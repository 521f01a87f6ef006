//! Streams of frames: camera previews and video, protected in place in real time.

mod fade;
mod options;
mod worker;

use std::sync::Arc;

use crate::error::Result;
use crate::orientation::Orientation;
use crate::protector::Protector;
use crate::yuv::{Room, Scaler, YuvFormat, YuvMut, blend_here};

use fade::Fade;
use worker::Worker;

pub use options::{FrameOptions, FramePace};

/// Protects a stream of YUV frames in place: previews and video.
///
/// A residual is computed on a thread of its own for one frame in every [`FrameOptions::every`]; meanwhile the frames
/// get the last one. From one residual to the next it fades, so that nothing flickers. Only chroma is changed. The first
/// frame, and the first of another size, format or orientation, waits for its own residual: none leaves unprotected.
///
/// The frame's thread does no more than average every `every`th frame down to the working grid and add a residual; once
/// warm it allocates nothing. The strength of protection is that of photos only where the residual keeps up with what
/// is seen; after a cut it lags by up to `2 * every + fade` frames.
///
/// ```
/// # #[cfg(feature = "bundled-generator")] {
/// use std::sync::Arc;
/// use confounder::{FrameOptions, FrameProtector, Orientation, Protector, ProtectorOptions, YuvMut};
///
/// let protector = Arc::new(Protector::bundled(ProtectorOptions::new())?);
/// let mut stream = FrameProtector::new(protector, FrameOptions::new())?;
/// for _ in 0..3 {
///     let mut preview = vec![110; 640 * 480 * 3 / 2];
///     let mut frame = YuvMut::nv21(&mut preview, 640, 480)?;
///     stream.protect(&mut frame, Orientation::Rotate90)?;
/// }
/// # }
/// # Ok::<(), confounder::Error>(())
/// ```
pub struct FrameProtector {
    protector: Arc<Protector>,
    options: FrameOptions,
    worker: Worker,
    stream: Option<Stream>,
    frames: u64,
}

/// What happened to one frame of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct FrameReport {
    /// The number of the frame in the stream, from 0.
    pub frame: u64,
    /// Of which frame the residual was computed that is added, or that the fade goes to.
    pub residual_of: u64,
    /// Whether this frame lies within a fade.
    pub fading: bool,
}

/// What is known while the frames stay of one shape.
struct Stream {
    shape: Shape,
    scaler: Scaler,
    room: Room,
    fade: Fade,
    residual_of: u64,
    /// The frame that the worker was last given.
    asked: u64,
}

#[derive(Clone, Copy, PartialEq)]
struct Shape {
    size: (usize, usize),
    format: YuvFormat,
    orientation: Orientation,
}

impl FrameProtector {
    /// Begins a stream.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidOptions`](crate::ErrorKind::InvalidOptions) for options out of range and for a generator
    /// whose residual has luma; [`ErrorKind::Engine`](crate::ErrorKind::Engine) where no thread could be started.
    pub fn new(protector: Arc<Protector>, options: FrameOptions) -> Result<Self> {
        options.check()?;
        protector.check_chroma()?;
        Ok(Self {
            worker: Worker::start(Arc::clone(&protector))?,
            protector,
            options,
            stream: None,
            frames: 0,
        })
    }

    /// Protects the next frame in place, whose samples are stored in the orientation given.
    ///
    /// # Errors
    /// [`ErrorKind::Engine`](crate::ErrorKind::Engine) where the generator fails, and
    /// [`ErrorKind::LimitExceeded`](crate::ErrorKind::LimitExceeded) where its working grid would be too large. The
    /// frame is then unchanged; the next call begins the stream anew.
    pub fn protect(
        &mut self,
        frame: &mut YuvMut<'_>,
        orientation: Orientation,
    ) -> Result<FrameReport> {
        let number = self.frames;
        self.frames += 1;
        let shape = Shape {
            size: (frame.width(), frame.height()),
            format: frame.format(),
            orientation,
        };
        let known = self.stream.take().filter(|stream| stream.shape == shape);
        let mut stream = match known {
            Some(mut stream) => {
                self.refresh(&mut stream, frame, number)?;
                stream
            }
            None => self.begin(shape, frame, number)?,
        };
        let fading = stream.fade.is_running();
        let residual = stream.fade.next();
        let strength = self.options.strength;
        blend_here(&mut stream.room, frame, residual, strength)?;
        let report = FrameReport {
            frame: number,
            residual_of: stream.residual_of,
            fading,
        };
        self.stream = Some(stream);
        Ok(report)
    }

    /// The protector that the residuals come from.
    pub fn protector(&self) -> &Arc<Protector> {
        &self.protector
    }

    /// Waits for the residual of the first frame of a shape.
    fn begin(&self, shape: Shape, frame: &YuvMut<'_>, number: u64) -> Result<Stream> {
        // What the worker may still have is of another shape.
        let _ = self.worker.wait();
        let stored = self.protector.stored_grid(shape.size, shape.orientation)?;
        let mut scaler = Scaler::new(frame, stored);
        self.worker.ask((stored, shape.orientation), |planes| {
            scaler.scale(frame, planes)
        });
        let residual = self.worker.wait().unwrap_or_else(|| {
            let message = "the thread for frames gave no residual";
            Err(crate::Error::new(crate::ErrorKind::Engine, message))
        })?;
        Ok(Stream {
            shape,
            scaler,
            room: Room::default(),
            fade: Fade::new(residual, self.options.fade),
            residual_of: number,
            asked: number,
        })
    }

    /// Takes a new residual where there is one, and asks for the next where it is time.
    fn refresh(&self, stream: &mut Stream, frame: &YuvMut<'_>, number: u64) -> Result<()> {
        let due = number - stream.asked >= u64::from(self.options.every);
        let residual = match self.options.pace {
            FramePace::Live => self.worker.take(),
            FramePace::Exact if due => self.worker.wait(),
            FramePace::Exact => None,
        };
        if let Some(residual) = residual.transpose()? {
            let spent = stream.fade.turn_to(residual);
            self.worker.discard(spent);
            stream.residual_of = stream.asked;
        }
        if due {
            let Stream { shape, scaler, .. } = stream;
            let stored = self.protector.stored_grid(shape.size, shape.orientation)?;
            let asked = self.worker.ask((stored, shape.orientation), |planes| {
                scaler.scale(frame, planes)
            });
            if asked {
                stream.asked = number;
            }
        }
        Ok(())
    }
}

impl std::fmt::Debug for FrameProtector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FrameProtector")
            .field("protector", &self.protector)
            .field("options", &self.options)
            .field("frames", &self.frames)
            .finish_non_exhaustive()
    }
}
