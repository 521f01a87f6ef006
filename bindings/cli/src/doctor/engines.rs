//! Which engines run the generator here, whether they agree, and how fast they are.

use std::time::Instant;

use confounder::{Generator, GpuStatus, InputShape, Protector, ProtectorOptions, Result};
use serde::Serialize;

use super::synthetic;
use crate::engine::{self, SoftwareGpu};
use crate::output;

/// Largest difference from the reference in units of epsilon that is rounding, of float32 and of float16.
const MOST_DIFFERENCE: (f32, f32) = (1e-3, 2e-2);

/// Synthetic images per size.
const IMAGES: usize = 3;

/// Runs of which the median is the steady time.
const RUNS: usize = 15;

/// Photos whose working grids are tried: across, upright, wide, square.
const SHAPES: [(usize, usize); 4] = [(4000, 3000), (3000, 4000), (5000, 1000), (2000, 2000)];

/// An engine that may be there.
struct Candidate {
    name: &'static str,
    options: ProtectorOptions,
}

impl Candidate {
    fn open(&self, generator: &Generator) -> Result<Protector> {
        let protector = Protector::open(generator.clone(), self.options.clone())?;
        protector.warm_up();
        Ok(protector)
    }
}

/// Every engine that this build has; the first is the reference.
fn candidates(software: SoftwareGpu) -> [Candidate; 2] {
    let options = ProtectorOptions::new();
    [
        Candidate {
            name: "cpu",
            options,
        },
        Candidate {
            name: "gpu",
            options: software.gpu(),
        },
    ]
}

/// What one engine did.
#[derive(Debug, Serialize)]
pub(super) struct EngineReport {
    pub(super) engine: &'static str,
    pub(super) ok: bool,
    /// Largest difference of a residual from the cpu engine's, in units of epsilon. For the cpu engine itself: from a
    /// second one that was opened apart.
    max_diff_epsilon: Option<f32>,
    /// Opening the engine and the first run, in milliseconds.
    first_ms: Option<f64>,
    /// A later run of the same size, in milliseconds: the median of several.
    steady_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl EngineReport {
    /// For people.
    pub(super) fn text(&self) -> String {
        match (
            &self.error,
            self.max_diff_epsilon,
            self.first_ms,
            self.steady_ms,
        ) {
            (None, Some(difference), Some(first), Some(steady)) => format!(
                "{first:.1} ms to the first residual, then {steady:.2} ms each, within {difference:.0e} epsilon of the cpu engine"
            ),
            (error, ..) => error.clone().unwrap_or_default(),
        }
    }
}

/// Tries every engine on the same images, and says why one is not there.
pub(super) fn try_all(
    generator: &Generator,
    software: SoftwareGpu,
) -> (Vec<EngineReport>, Option<String>) {
    let candidates = candidates(software);
    let reference = candidates[0].open(generator).and_then(|protector| {
        let images = images(generator)?;
        let residuals = images
            .iter()
            .map(|image| image.run(&protector))
            .collect::<Result<Vec<_>>>()?;
        Ok((images, residuals, engine::no_gpu_engine(&protector)))
    });
    let mut missing = None;
    let mut reports = Vec::new();
    for candidate in &candidates {
        let measured = match &reference {
            Ok((.., Some(why))) if candidate.name == "gpu" => Ok(Found::Missing((*why).to_owned())),
            Ok((images, residuals, _)) => measure(candidate, generator, images, residuals),
            Err(error) => Err(output::explain(error)),
        };
        match measured {
            Ok(Found::Missing(reason)) => missing = Some(reason),
            Ok(Found::Measured(measured)) => reports.push(report(candidate.name, Ok(measured))),
            Err(error) => reports.push(report(candidate.name, Err(error))),
        }
    }
    (reports, missing)
}

fn report(engine: &'static str, measured: Result<Measured, String>) -> EngineReport {
    let (measured, error) = match measured {
        Ok(measured) => (Some(measured), None),
        Err(error) => (None, Some(error)),
    };
    EngineReport {
        engine,
        ok: measured.as_ref().is_some_and(|m| m.difference <= m.allowed),
        max_diff_epsilon: measured.as_ref().map(|m| m.difference),
        first_ms: measured.as_ref().map(|m| m.first_ms),
        steady_ms: measured.as_ref().map(|m| m.steady_ms),
        error,
    }
}

/// An engine that is there, or why it is not.
enum Found {
    Measured(Measured),
    Missing(String),
}

struct Measured {
    difference: f32,
    allowed: f32,
    first_ms: f64,
    steady_ms: f64,
}

fn measure(
    candidate: &Candidate,
    generator: &Generator,
    images: &[Image],
    residuals: &[Vec<f32>],
) -> Result<Found, String> {
    let explain = |e: confounder::Error| output::explain(&e);
    let Some(first) = images.first() else {
        return Err("the generator takes no size that was tried".to_owned());
    };
    let started = Instant::now();
    let protector = candidate.open(generator).map_err(explain)?;
    let (full, half) = MOST_DIFFERENCE;
    let allowed = match protector.gpu_status() {
        _ if candidate.name == "cpu" => full,
        GpuStatus::Ready(gpu) => {
            if gpu.half_precision {
                half
            } else {
                full
            }
        }
        GpuStatus::Missing { reason } => return Ok(Found::Missing(reason)),
        other => return Err(format!("the GPU is {other}")),
    };
    first.run(&protector).map_err(explain)?;
    let first_ms = milliseconds(started);
    let mut times = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        let started = Instant::now();
        first.run(&protector).map_err(explain)?;
        times.push(milliseconds(started));
    }
    times.sort_by(f64::total_cmp);
    let mut difference = 0f32;
    for (image, expected) in images.iter().zip(residuals) {
        let residual = image.run(&protector).map_err(explain)?;
        if residual.len() != expected.len() {
            let (is, should) = (residual.len(), expected.len());
            return Err(format!("a residual has {is} numbers, not {should}"));
        }
        let differences = residual.iter().zip(expected).map(|(a, b)| (a - b).abs());
        difference = differences.fold(difference, f32::max);
    }
    if protector.engine().as_str() != candidate.name {
        return Err(format!("the GPU is {}", protector.gpu_status()));
    }
    Ok(Found::Measured(Measured {
        difference: difference / generator.epsilon(),
        allowed,
        first_ms,
        steady_ms: times[RUNS / 2],
    }))
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

/// An image of the working grid's size.
struct Image {
    planes: Vec<f32>,
    width: usize,
    height: usize,
}

impl Image {
    fn run(&self, protector: &Protector) -> Result<Vec<f32>> {
        let residual =
            confounder::research::run_generator(protector, &self.planes, self.width, self.height)?;
        Ok(residual.planes().to_vec())
    }
}

/// Several images of every size that the generator would be given.
fn images(generator: &Generator) -> Result<Vec<Image>> {
    let mut sizes = Vec::new();
    match generator.input_shape() {
        InputShape::Fixed { width, height } => sizes.push((width, height)),
        _ => {
            for (width, height) in SHAPES {
                // A generator for photos at full size is tried on small ones.
                let scale = if generator.grid() == confounder::Grid::Native {
                    20
                } else {
                    1
                };
                let size = generator.grid().working_size(
                    width / scale,
                    height / scale,
                    generator.multiple(),
                )?;
                if !sizes.contains(&size) {
                    sizes.push(size);
                }
            }
        }
    }
    let images = sizes.into_iter().flat_map(|(width, height)| {
        (0..IMAGES).map(move |kind| Image {
            planes: synthetic::planes(kind, width, height),
            width,
            height,
        })
    });
    Ok(images.collect())
}
