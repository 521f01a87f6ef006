//! `confounder compare`

mod difference;
mod ssim;

use std::path::{Path, PathBuf};

use clap::Args;
use image::{ImageReader, RgbImage};
use serde::Serialize;

use crate::exit::{self, Failure, Outcome, Status};
use crate::output;
use difference::Difference;

/// Measures how much two photos of one size differ
///
/// Compares red, green and blue as stored: no colour profile and no orientation is applied.
#[derive(Debug, Args)]
#[command(after_long_help = exit::help(""))]
pub(crate) struct Arguments {
    /// The original photo
    #[arg(value_name = "A")]
    first: PathBuf,

    /// The photo to compare with it
    #[arg(value_name = "B")]
    second: PathBuf,

    /// Write the residual B - A, amplified around middle gray, as PNG
    #[arg(long, value_name = "FILE.png")]
    residual: Option<PathBuf>,

    /// How much the residual is amplified
    #[arg(long, default_value_t = 8, value_name = "NUMBER", requires = "residual", value_parser = clap::value_parser!(u8).range(1..))]
    gain: u8,

    /// Replace the residual file if it exists already
    #[arg(short, long, requires = "residual")]
    force: bool,

    /// Write one JSON object to standard output
    #[arg(long)]
    json: bool,
}

/// What `--json` writes.
#[derive(Debug, Serialize)]
struct Comparison {
    width: u32,
    height: u32,
    /// `null` where the photos are equal.
    psnr_db: Option<f64>,
    ssim: f64,
    largest_change: u8,
    mean_change: f64,
}

pub(crate) fn run(arguments: &Arguments) -> Outcome {
    if let Some(path) = &arguments.residual
        && path.exists()
        && !arguments.force
    {
        return Err(Failure::usage(format!(
            "{} exists already; add --force to replace it",
            path.display()
        )));
    }
    let (first, second) = (open(&arguments.first)?, open(&arguments.second)?);
    if first.dimensions() != second.dimensions() {
        let size = |photo: &RgbImage| format!("{} x {} px", photo.width(), photo.height());
        return Err(Failure::new(
            Status::SomeFailed,
            format!(
                "the photos differ in size: {} and {}",
                size(&first),
                size(&second)
            ),
        ));
    }
    let difference = Difference::between(first.as_raw(), second.as_raw());
    let comparison = Comparison {
        width: first.width(),
        height: first.height(),
        psnr_db: difference.psnr_db(),
        ssim: ssim::ssim(&first, &second),
        largest_change: difference.largest,
        mean_change: difference.mean(),
    };
    if let Some(path) = &arguments.residual {
        let residual = difference::amplified(&first, &second, arguments.gain);
        residual
            .save_with_format(path, image::ImageFormat::Png)
            .map_err(|e| Failure::file(&path.display().to_string(), &e))?;
    }
    if arguments.json {
        output::json(&comparison)?
    } else {
        output::line(&text(&comparison))?
    }
    Ok(Status::Done)
}

/// Decodes a photo to 8-bit RGB, within 1 GiB.
fn open(path: &Path) -> Result<RgbImage, Failure> {
    let failed = |e: &dyn std::fmt::Display| Failure::file(&path.display().to_string(), e);
    let mut reader = ImageReader::open(path)
        .and_then(ImageReader::with_guessed_format)
        .map_err(|e| failed(&e))?;
    let mut limits = image::Limits::no_limits();
    limits.max_alloc = Some(1 << 30);
    reader.limits(limits);
    Ok(reader.decode().map_err(|e| failed(&e))?.into_rgb8())
}

fn text(comparison: &Comparison) -> String {
    let psnr = comparison
        .psnr_db
        .map_or("equal".to_owned(), |psnr| format!("{psnr:.2} dB"));
    format!(
        "size            {} x {} px\nPSNR            {psnr}\nSSIM            {:.4}\nlargest change  {} of 255\nmean change     {:.3} of 255",
        comparison.width,
        comparison.height,
        comparison.ssim,
        comparison.largest_change,
        comparison.mean_change
    )
}
